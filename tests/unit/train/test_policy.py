"""A policy and its file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from court import ACTIONS, FEATURES
from policy import LARGEST_CONTENT, Network, NotAPolicyError, Policy, softmax

RNG = np.random.default_rng


def test_the_first_policy_plays_every_action_equally_often() -> None:
    seen = RNG(1).normal(size=(5, FEATURES))
    assert softmax(Policy.first(8, RNG(2)).offence.output(seen)) == pytest.approx(np.full((5, ACTIONS), 1 / ACTIONS))


def test_gradient_is_the_slope() -> None:
    rng = RNG(4)
    network = Network.new(6, 3, rng)
    network.w2[...] = rng.normal(size=network.w2.shape)
    seen, upon = rng.normal(size=(7, FEATURES)), rng.normal(size=(7, 3))
    gradient = network.gradient(seen, upon)
    for name, array in network.arrays.items():
        place = tuple(0 for _ in array.shape)
        sums = []
        for nudge in (1e-6, -1e-6):
            array[place] += nudge
            sums.append(float((network.output(seen) * upon).sum()))
            array[place] -= nudge
        assert gradient[name][place] == pytest.approx((sums[0] - sums[1]) / 2e-6, rel=1e-4)


def test_a_file_gives_the_policy_back(tmp_path: Path) -> None:
    policy = Policy.first(8, RNG(1))
    policy.defence.w2[...] = RNG(2).normal(size=policy.defence.w2.shape)
    (tmp_path / "policy.npz").write_bytes(policy.to_bytes())
    seen = RNG(3).normal(size=(4, FEATURES))
    again = Policy.load(tmp_path / "policy.npz")
    assert again.defence.output(seen) == pytest.approx(policy.defence.output(seen), rel=1e-5)


def broken(policy: Policy) -> dict[str, np.ndarray]:
    arrays = {
        f"{side}.{name}": a for side in ("offence", "defence") for name, a in getattr(policy, side).arrays.items()
    }
    return {name: array.copy() for name, array in arrays.items()}


@pytest.mark.parametrize("damage", ["shape", "nan", "missing", "pickle", "text", "cut", "bomb", "one array"])
def test_a_file_of_somebody_else_is_refused(tmp_path: Path, damage: str) -> None:
    path, arrays = tmp_path / "policy.npz", broken(Policy.first(8, RNG(1)))
    if damage == "shape":
        arrays["offence.w1"] = arrays["offence.w1"][:-1]
    elif damage == "nan":
        arrays["offence.w1"][0, 0] = np.nan
    elif damage == "missing":
        del arrays["defence.b2"]
    elif damage == "pickle":
        arrays["defence.b2"] = np.array([object()])
    elif damage == "bomb":
        arrays["more"] = np.zeros(LARGEST_CONTENT)
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]
    if damage == "text":
        path.write_text("<html>")
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:200])
    elif damage == "one array":
        with path.open("wb") as file:
            np.save(file, arrays["offence.w1"])
    with pytest.raises(NotAPolicyError, match=r"policy\.npz is not a policy of this game"):
        Policy.load(path)

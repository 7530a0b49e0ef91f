"""Training: it learns, the same way each time, and after an interruption as if there had been none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from checkpoints import NotACheckpointError, Origin, State
from matches import compare
from picture import draw
from policy import Policy
from settings import QUICK, Settings
from training import Update, train

SMALL = Settings(**{**QUICK, "updates": 12, "possessions": 32, "checkpoint_every": 5, "matches": 10})


def never() -> bool:
    return False


def run(state: State, opponents: list[Policy] | None = None, until: int = 10**6) -> list[Update]:
    reached = 0

    def stopping() -> bool:
        return reached >= until

    done = []
    for update in train(state, opponents or [], stopping):
        done.append(update)
        reached = update.step + 1
    return done


def numbers(updates: list[Update]) -> list[tuple[int, dict[str, float]]]:
    return [(update.step, update.metrics) for update in updates]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_quick_training_beats_the_first_policy(seed: int) -> None:
    state = State.new(Settings(**QUICK, seed=seed))
    first = state.learner.policy.copy()
    before = compare(state.learner.policy, first, 300, seed=5)
    assert 0.4 < before.win_rate < 0.6
    updates = run(state)
    after = compare(state.learner.policy, first, 300, seed=5)
    assert after.win_rate > 0.85
    assert after.scored > 2 * before.scored
    assert state.curve[0][1] < 0.6
    assert state.curve[-1][1] == updates[-1].metrics["eval/win_rate_first"] > 0.85


def test_the_defence_learns_too() -> None:
    state = State.new(Settings(**QUICK))
    run(state)
    trained, first = state.learner.policy, Policy.first(32, np.random.default_rng(1))
    without = Policy(trained.offence, first.defence)
    assert compare(trained, without, 300, seed=5).win_rate > 0.55


def test_the_same_seed_gives_the_same_numbers_and_another_one_others() -> None:
    assert numbers(run(State.new(SMALL))) == numbers(run(State.new(SMALL)))
    assert numbers(run(State.new(SMALL))) != numbers(run(State.new(replace(SMALL, seed=2))))


def test_evaluations_are_at_the_start_every_few_updates_and_at_the_end() -> None:
    updates = run(State.new(SMALL))
    assert [update.step for update in updates] == list(range(13))
    assert [update.step for update in updates if update.score] == [0, 5, 10, 12]
    assert {"train/points_per_possession", "train/entropy_offence"} <= updates[1].metrics.keys()


def test_a_stop_ends_with_an_evaluation_whenever_it_comes() -> None:
    for until in (1, 5, 7):
        updates = run(State.new(SMALL), until=until)
        assert updates[-1].step == until
        assert updates[-1].score


@pytest.mark.parametrize("opponents", [0, 2])
def test_a_training_goes_on_from_its_file_as_if_nothing_had_happened(tmp_path: Path, opponents: int) -> None:
    others = [Policy.first(8, np.random.default_rng(seed)) for seed in range(opponents)]
    whole = numbers(run(State.new(SMALL), others))
    broken_off = State.new(SMALL)
    broken_off.opponents = [Origin("0a", "checkpoints/000005/policy.npz")]
    begun = run(broken_off, others, until=7)
    (tmp_path / "state.npz").write_bytes(broken_off.to_bytes())
    again = State.load(tmp_path / "state.npz")
    assert (again.step, again.settings, again.opponents) == (7, SMALL, broken_off.opponents)
    assert (again.best_step, again.best_win_rate) == (broken_off.best_step, broken_off.best_win_rate)
    rest = numbers(run(again, others))
    assert rest == whole[8:]
    assert numbers(begun)[:7] == whole[:7]
    assert [step for step, _ in again.curve] == [0, 5, 7, 10, 12]


def test_the_best_policy_is_of_the_last_checkpoint_that_beat_the_best_one_before() -> None:
    state = State.new(SMALL)
    beat = {update.step: update.metrics["eval/win_rate_best"] for update in run(state) if update.step and update.score}
    assert state.best_step == max([0, *(step for step, rate in beat.items() if rate > 0.5)])
    assert state.best_win_rate == dict(state.curve)[state.best_step]


def test_opponents_are_played_and_measured() -> None:
    updates = run(State.new(SMALL), [Policy.first(8, np.random.default_rng(9))])
    assert 0 <= updates[-1].metrics["eval/win_rate_opponents"] <= 1
    assert numbers(updates)[1:] != numbers(run(State.new(SMALL)))[1:]


@pytest.mark.parametrize("content", [b"", b"<html>", Policy.first(4, np.random.default_rng(1)).to_bytes()])
def test_another_file_is_no_checkpoint(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "state.npz").write_bytes(content)
    with pytest.raises(NotACheckpointError):
        State.load(tmp_path / "state.npz")


def test_the_plot_is_drawn_with_shots_and_without(tmp_path: Path) -> None:
    for name, shots in (("none", np.empty((0, 2), dtype=np.int64)), ("some", np.array([[4, 0], [4, 5]]))):
        draw([(0, 0.5), (10, 0.9)], shots).savefig(tmp_path / f"{name}.png")
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")

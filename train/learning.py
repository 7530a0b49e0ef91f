"""Policy gradient with a learned baseline: both sides of the current policy learn from the possessions they play."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from court import ACTIONS, SHOT_CLOCK, Bools, Floats, Ints, Possessions, shot_value
from policy import Network, Policy, softmax


@dataclass(frozen=True)
class Played:
    """N possessions from tip-off to end, T ticks. Shapes: `seen` [T, N, FEATURES], actions and `playing` [T, N]."""

    seen: Floats
    offence: Ints
    defence: Ints
    playing: Bools
    end: Possessions


@dataclass(frozen=True)
class Tick:
    """What both players of N possessions see and choose. Shapes: `seen` [N, FEATURES], the others [N]."""

    seen: Floats
    offence: Ints
    defence: Ints
    playing: Bools


def ticks(game: Possessions, offence: Policy, defence: Policy, rng: np.random.Generator) -> Iterator[Tick]:
    """Play possessions to their end, at most SHOT_CLOCK ticks; each is yielded as it is chosen, before `game` steps."""
    while not game.over.all():
        seen, playing = game.observe(), ~game.over
        tick = Tick(seen, offence.act("offence", seen, rng), defence.act("defence", seen, rng), playing)
        yield tick
        game.step(tick.offence, tick.defence, rng)


def play(offence: Policy, defence: Policy, count: int, rng: np.random.Generator) -> Played:
    """Play `count` possessions of one policy's offence against another's defence."""
    game = Possessions.tip_off(count, rng)
    played = list(ticks(game, offence, defence, rng))
    return Played(
        np.stack([tick.seen for tick in played]),
        np.stack([tick.offence for tick in played]),
        np.stack([tick.defence for tick in played]),
        np.stack([tick.playing for tick in played]),
        game,
    )


@dataclass
class Adam:
    """Kingma and Ba's optimiser for one network: https://arxiv.org/abs/1412.6980."""

    rate: float
    mean: dict[str, Floats] = field(default_factory=dict)
    square: dict[str, Floats] = field(default_factory=dict)
    steps: int = 0

    def descend(self, network: Network, gradient: dict[str, Floats]) -> None:
        """Change the network's parameters in place, against the gradient."""
        self.steps += 1
        for name, parameter in network.arrays.items():
            slope = gradient[name]
            mean = self.mean[name] = 0.9 * self.mean.get(name, np.zeros_like(slope)) + 0.1 * slope
            square = self.square[name] = 0.999 * self.square.get(name, np.zeros_like(slope)) + 0.001 * slope**2
            unbiased = np.sqrt(square / (1 - 0.999**self.steps)) + 1e-8
            parameter -= self.rate * (mean / (1 - 0.9**self.steps)) / unbiased


@dataclass
class Learner:
    """A policy that learns, the baseline (points that an offence may expect), and their optimisers."""

    policy: Policy
    baseline: Network
    optimisers: dict[str, Adam]
    entropy_bonus: float

    @classmethod
    def new(cls, hidden: int, rate: float, entropy_bonus: float, rng: np.random.Generator) -> Learner:
        """One that has learned nothing; `rate` is Adam's."""
        policy = Policy.first(hidden, rng)
        optimisers = {name: Adam(rate) for name in ("offence", "defence", "baseline")}
        return cls(policy, Network.new(hidden, 1, rng), optimisers, entropy_bonus)

    @property
    def networks(self) -> dict[str, Network]:
        """By the name of their optimiser."""
        return {"offence": self.policy.offence, "defence": self.policy.defence, "baseline": self.baseline}

    def update(self, possessions: int, opponent: Policy | None, rng: np.random.Generator) -> dict[str, float]:
        """One gradient step of every network.

        With an opponent, half of the possessions are played against it, a quarter on each side; the rest, or all of
        them, against itself. Returns metrics of the current policy playing itself.
        """
        against = possessions // 4 if opponent else 0
        itself = play(self.policy, self.policy, possessions - 2 * against, rng)
        batches = [(itself, True, True)]
        if opponent:
            batches.append((play(self.policy, opponent, against, rng), True, False))
            batches.append((play(opponent, self.policy, against, rng), False, True))
        seen = np.concatenate([played.seen[played.playing] for played, _, _ in batches])
        points = np.concatenate([_points(played)[played.playing] for played, _, _ in batches])
        better = points - self.baseline.output(seen)[:, 0]
        entropy = {}
        for side, sign in (("offence", 1.0), ("defence", -1.0)):
            actions = np.concatenate([getattr(played, side)[played.playing] for played, _, _ in batches])
            own = {"offence": 1, "defence": 2}[side]
            learns = np.concatenate([np.full(int(batch[0].playing.sum()), batch[own]) for batch in batches])
            entropy[side] = self._improve(side, seen[learns], actions[learns], sign * better[learns])
        slope = self.baseline.gradient(seen, -2 * better[:, None] / len(seen))
        self.optimisers["baseline"].descend(self.baseline, slope)
        return {**_described(itself), **{f"entropy_{side}": value for side, value in entropy.items()}}

    def _improve(self, side: str, seen: Floats, actions: Ints, advantage: Floats) -> float:
        """Make what went better than expected likelier; returns the mean entropy of the side, in nats."""
        network = self.networks[side]
        advantage = advantage / (advantage.std() + 1e-6)
        chances = softmax(network.output(seen))
        logs = np.log(chances + 1e-12)
        entropy = -(chances * logs).sum(axis=1, keepdims=True)
        upon = (chances - np.eye(ACTIONS)[actions]) * advantage[:, None]
        upon += self.entropy_bonus * chances * (logs + entropy)
        self.optimisers[side].descend(network, network.gradient(seen, upon / len(seen)))
        return float(entropy.mean())


def _points(played: Played) -> Floats:
    """[T, N] The points that a possession ended with, at each of its ticks."""
    return np.broadcast_to(played.end.points.astype(np.float64), played.playing.shape)


def _described(played: Played) -> dict[str, float]:
    """What happened in possessions, as shares of them all; `possession_ticks` of at most SHOT_CLOCK."""
    end = played.end
    shot = end.shot_from[:, 0] >= 0
    ticks = float(played.playing.sum(axis=0).mean())
    return {
        "points_per_possession": float(end.points.mean()),
        "threes": float((shot & (shot_value(end.shot_from) == 3)).mean()),
        "steals": float(end.stolen.mean()),
        "shot_clock_violations": float((~shot & ~end.stolen).mean()),
        "possession_ticks": min(ticks, float(SHOT_CLOCK)),
    }

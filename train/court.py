"""One against one on half a court: the rules, for many possessions at once.

Cells are (x, y): x 0..8 from sideline to sideline, y 0..7 from the baseline outwards, each 1.7 m wide. One player has
the ball, one defends; both choose at the same time, once a tick. A possession ends with a shot, a steal, or the shot
clock. Points: 3 from behind the line, 2 inside.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

WIDTH, DEPTH = 9, 8
CELL_METRES = 1.7
# 1.575 m from the baseline, in cells; the center of row 0 is half a cell from it.
BASKET = (4.0, 1.575 / CELL_METRES - 0.5)
THREE_METRES = 6.75
SHOT_CLOCK = 10
"""Ticks of a possession."""

MOVES: Ints = np.array([(0, 0), (0, -1), (1, -1), (1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1)])
"""[9, 2] Cells that an action 0..8 moves by; 0 stands still."""
ACT = len(MOVES)
"""The last action: who has the ball shoots, who defends reaches for it."""
ACTIONS = ACT + 1
FEATURES = 15

STEAL = 0.12
"""Probability that a reach from a neighboring cell takes the ball; whoever missed stands still for the next tick."""
# Chance of a shot with a defender that many cells off, in front of the shooter and behind; from 3 on it is open.
CONTESTED = np.array([[0.40, 0.40, 0.75, 1.0], [0.75, 0.75, 0.9, 1.0]])


def metres_to_basket(cells: Ints) -> Floats:
    """[N, 2] cells → [N] metres from their center to the basket."""
    distance: Floats = np.hypot(cells[:, 0] - BASKET[0], cells[:, 1] - BASKET[1]) * CELL_METRES
    return distance


def shot_value(cells: Ints) -> Ints:
    """[N, 2] cells → [N] points of a shot that goes in."""
    return np.where(metres_to_basket(cells) >= THREE_METRES, 3, 2)


def shot_chance(shooter: Ints, defender: Ints) -> Floats:
    """[N, 2] and [N, 2] cells → [N] probability that a shot goes in: less with distance, and with a defender near."""
    distance = metres_to_basket(shooter)
    gap = np.minimum(np.abs(shooter - defender).max(axis=1), 3)
    behind = (metres_to_basket(defender) > distance).astype(np.int64)
    chance: Floats = np.clip(0.72 - 0.05 * distance, 0.02, 1.0) * CONTESTED[behind, gap]
    return chance


@dataclass
class Possessions:
    """N possessions, all at the same tick. `step` changes them in place; those that are over stay as they ended.

    Shapes: `ball` and `defender` [N, 2] cells; all others [N]. `shot_from` is the cell of the shot, (-1, -1) without.
    """

    ball: Ints
    defender: Ints
    off_balance: Bools
    over: Bools
    points: Ints
    stolen: Bools
    shot_from: Ints
    tick: int = 0

    @classmethod
    def tip_off(cls, count: int, rng: np.random.Generator) -> Possessions:
        """New ones: the ball somewhere outside, the defender two rows nearer to the basket and at most a cell aside."""
        x = rng.integers(0, WIDTH, count)
        aside = np.clip(x + rng.integers(-1, 2, count), 0, WIDTH - 1)
        ball = np.stack([x, np.full(count, DEPTH - 2)], axis=1)
        defender = np.stack([aside, np.full(count, DEPTH - 4)], axis=1)
        no = np.zeros(count, dtype=np.bool_)
        nowhere = np.full((count, 2), -1)
        return cls(ball, defender, no.copy(), no.copy(), np.zeros(count, dtype=np.int64), no.copy(), nowhere)

    def observe(self) -> Floats:
        """[N, FEATURES] What both players see, each number within about -1..1."""
        ball, defender = self.ball, self.defender
        between = defender - ball
        gap = np.abs(between).max(axis=1)
        ball_metres, defender_metres = metres_to_basket(ball), metres_to_basket(defender)
        columns: list[npt.NDArray[Any]] = [
            ball[:, 0] / 4 - 1,
            np.abs(ball[:, 0] - BASKET[0]) / 4,
            ball[:, 1] / 7,
            defender[:, 0] / 4 - 1,
            defender[:, 1] / 7,
            between[:, 0] / 4,
            between[:, 1] / 4,
            gap <= 1,
            gap == 2,
            defender_metres > ball_metres,
            ball_metres / 7 - 1,
            defender_metres / 7 - 1,
            ball_metres >= THREE_METRES,
            np.full(len(ball), 1 - self.tick / SHOT_CLOCK),
            self.off_balance,
        ]
        return np.stack([column.astype(np.float64) for column in columns], axis=1)

    def step(self, offence: Ints, defence: Ints, rng: np.random.Generator) -> None:
        """One tick: [N] actions 0..ACT of each side. A reach comes before a shot, a shot before the moves.

        Draws 2 N numbers, whatever happens: what one possession does changes no other's luck.
        """
        reach_luck, shot_luck = rng.random((2, len(self.over)))
        playing = ~self.over
        able = playing & ~self.off_balance
        near = np.abs(self.ball - self.defender).max(axis=1) <= 1
        reaches = able & (defence == ACT)
        self.stolen |= reaches & near & (reach_luck < STEAL)
        self.off_balance = reaches & ~self.stolen

        shoots = playing & ~self.stolen & (offence == ACT)
        scored = shoots & (shot_luck < shot_chance(self.ball, self.defender))
        self.points[scored] = shot_value(self.ball)[scored]
        self.shot_from[shoots] = self.ball[shoots]

        self._move(playing & ~self.stolen & ~shoots, offence, able & ~reaches & ~shoots, defence)
        self.tick += 1
        self.over |= self.stolen | shoots | (self.tick >= SHOT_CLOCK)

    def _move(self, ball_moves: Bools, offence: Ints, defender_moves: Bools, defence: Ints) -> None:
        """Nobody runs through the other; of two who want one cell the defender has it."""
        to = _target(self.ball, offence, ball_moves)
        defended = _target(self.defender, defence, defender_moves)
        defended = np.where(_same(defended, self.ball), self.defender, defended)
        blocked = _same(to, self.defender) | _same(to, defended)
        self.ball = np.where(blocked, self.ball, to)
        self.defender = defended


def _target(cells: Ints, actions: Ints, moves: Bools) -> Ints:
    """Where each would go; along the wall at the edge of the court."""
    steps = MOVES[np.where(moves & (actions < ACT), actions, 0)]
    targets: Ints = np.clip(cells + steps, 0, (WIDTH - 1, DEPTH - 1))
    return targets


def _same(a: Ints, b: Ints) -> Any:
    """[N, 1] Whether two cells are one."""
    return (a == b).all(axis=1, keepdims=True)

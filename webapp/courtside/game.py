"""A game between two policies, tick by tick. The rules, and how a policy acts, are train/'s own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

import court
from learning import ticks
from matches import POSSESSIONS
from policy import Policy

TEAMS = 2


@dataclass(frozen=True)
class Court:
    """What the page draws: cells, and metres where a line is."""

    width: int = court.WIDTH
    depth: int = court.DEPTH
    cell_metres: float = court.CELL_METRES
    three_metres: float = court.THREE_METRES
    basket: tuple[float, float] = court.BASKET


@dataclass(frozen=True)
class Frame:
    """Cells (x, y) of who has the ball and who defends, and what they choose: 0..9 as court.py has them.

    None in the last frame of a possession, when nothing is chosen any more.
    """

    ball: tuple[int, int]
    defender: tuple[int, int]
    offence: int | None
    defence: int | None


@dataclass(frozen=True)
class Possession:
    """`team` 0 or 1 has the ball; `outcome` is scored, missed, stolen or clock; `score` is that after it."""

    team: int
    frames: list[Frame]
    outcome: str
    points: int
    score: tuple[int, int]


@dataclass(frozen=True)
class Game:
    """Possessions in turn, POSSESSIONS of each side."""

    seed: int
    shoot: int
    court: Court
    possessions: list[Possession]


def play(teams: tuple[Policy, Policy], seed: int) -> Game:
    """One match, the same for the same policies and seed: that which `matches.compare` would count with this seed."""
    rng = np.random.default_rng(seed)
    halves = [_half(teams[team], teams[1 - team], rng) for team in range(TEAMS)]
    score = [0, 0]
    possessions = []
    for number in range(POSSESSIONS):
        for team, half in enumerate(halves):
            frames, outcome, points = half[number]
            score[team] += points
            possessions.append(Possession(team, frames, outcome, points, (score[0], score[1])))
    return Game(seed, court.ACT, Court(), possessions)


def _half(offence: Policy, defence: Policy, rng: np.random.Generator) -> list[tuple[list[Frame], str, int]]:
    game = court.Possessions.tip_off(POSSESSIONS, rng)
    frames: list[list[Frame]] = [[] for _ in range(POSSESSIONS)]
    for tick in ticks(game, offence, defence, rng):
        for each in np.flatnonzero(tick.playing):
            chosen = int(tick.offence[each]), int(tick.defence[each])
            frames[each].append(Frame(_cell(game.ball[each]), _cell(game.defender[each]), *chosen))
    ends = [Frame(_cell(game.ball[each]), _cell(game.defender[each]), None, None) for each in range(POSSESSIONS)]
    return [([*frames[each], ends[each]], _outcome(game, each), int(game.points[each])) for each in range(POSSESSIONS)]


def _cell(cell: Any) -> tuple[int, int]:
    return int(cell[0]), int(cell[1])


def _outcome(game: court.Possessions, each: int) -> str:
    if game.stolen[each]:
        return "stolen"
    if game.shot_from[each, 0] < 0:
        return "clock"
    return "scored" if game.points[each] else "missed"

"""The game that the page draws is the one that a training counts."""

from __future__ import annotations

import dataclasses
from itertools import pairwise

import numpy as np
import pytest

from court import ACT, MOVES, SHOT_CLOCK, WIDTH
from courtside import game
from matches import POSSESSIONS, compare
from policy import Policy

RNG = np.random.default_rng


def random_policy(seed: int) -> Policy:
    """A policy with preferences of its own."""
    policy = Policy.first(8, RNG(seed))
    for network in (policy.offence, policy.defence):
        network.w2[...] = RNG(seed).normal(size=network.w2.shape)
    return policy


TEAMS = random_policy(1), random_policy(2)


@pytest.mark.parametrize("seed", range(5))
def test_it_is_the_match_that_an_evaluation_would_count(seed: int) -> None:
    played = game.play(TEAMS, seed)
    score = compare(*TEAMS, 1, seed)
    assert played.possessions[-1].score == (
        pytest.approx(score.scored * POSSESSIONS),
        pytest.approx(score.conceded * POSSESSIONS),
    )
    assert [each.team for each in played.possessions] == [0, 1] * POSSESSIONS


def test_the_same_seed_is_the_same_game_and_another_one_is_not() -> None:
    assert game.play(TEAMS, 7) == game.play(TEAMS, 7)
    assert game.play(TEAMS, 7) != game.play(TEAMS, 8)


def test_the_frames_follow_from_the_rules() -> None:
    """Each frame follows from the previous one: nobody jumps, and the last choice ends the possession."""
    outcomes = set()
    for possession in (each for seed in range(20) for each in game.play(TEAMS, seed).possessions):
        outcomes.add(possession.outcome)
        frames = possession.frames
        assert 2 <= len(frames) <= SHOT_CLOCK + 1
        assert 0 <= frames[0].ball[0] < WIDTH
        for frame, after in pairwise(frames):
            assert frame.offence is not None
            assert frame.defence is not None
            moved = tuple(np.subtract(after.ball, frame.ball))
            assert moved in {(0, 0), *((int(x), int(y)) for x, y in MOVES)}
            assert frame.offence != ACT or after is frames[-1], "the game went on after a shot"
        assert (frames[-1].offence, frames[-1].defence) == (None, None)
        assert (frames[-2].offence == ACT) == (
            possession.outcome in ("scored", "missed")
        ) or possession.outcome == "stolen"
        assert (possession.outcome == "clock") <= (len(frames) == SHOT_CLOCK + 1)
        assert (possession.points > 0) == (possession.outcome == "scored")
    assert outcomes == {"scored", "missed", "stolen", "clock"}


def test_it_is_plain_numbers() -> None:
    """JSON refuses NumPy's numbers."""
    first = dataclasses.asdict(game.play(TEAMS, 1).possessions[0].frames[0])
    assert {type(number) for number in (*first["ball"], *first["defender"], first["offence"])} == {int}

"""The rules of the game, possession by possession."""

from __future__ import annotations

import numpy as np
import pytest

from court import ACT, BASKET, DEPTH, FEATURES, SHOT_CLOCK, WIDTH, Possessions, shot_chance, shot_value

STAND, TO_BASKET, RIGHT, OUT = 0, 1, 3, 5


class Luck(np.random.Generator):
    """A generator whose draws between 0 and 1 are all the same."""

    def __init__(self, value: float) -> None:
        super().__init__(np.random.PCG64(0))
        self.value = value

    def random(self, size: object = None, *_: object, **__: object) -> np.ndarray:  # type: ignore[override]
        return np.full(size, self.value)  # type: ignore[call-overload]


def game(ball: tuple[int, int], defender: tuple[int, int]) -> Possessions:
    one = Possessions.tip_off(1, np.random.default_rng(0))
    one.ball, one.defender = np.array([ball]), np.array([defender])
    return one


def step(one: Possessions, offence: int, defence: int, luck: float = 0.99) -> Possessions:
    one.step(np.array([offence]), np.array([defence]), Luck(luck))
    return one


@pytest.mark.parametrize(("cell", "points"), [((4, 0), 2), ((4, 4), 2), ((4, 5), 3), ((0, 0), 3), ((1, 0), 2)])
def test_the_line(cell: tuple[int, int], points: int) -> None:
    assert shot_value(np.array([cell])).tolist() == [points]


def test_a_shot_is_harder_from_afar_and_with_a_defender_near_and_hardest_with_one_in_front() -> None:
    far, near = np.array([[4, 6]]), np.array([[4, 2]])
    nobody = np.array([[8, 7]])
    assert shot_chance(far, nobody) < shot_chance(near, nobody)
    chances = [shot_chance(near, np.array([cell]))[0] for cell in [(4, 1), (4, 3), (4, 0), (4, 4), (4, 7)]]
    in_front, behind, two_in_front, two_behind, open_shot = chances
    assert in_front < behind == two_in_front < two_behind < open_shot


def test_a_shot_ends_the_possession_with_its_points_or_without() -> None:
    scored, missed = step(game((4, 5), (4, 1)), ACT, STAND, 0.0), step(game((4, 5), (4, 1)), ACT, STAND)
    assert (scored.points.tolist(), missed.points.tolist()) == ([3], [0])
    assert scored.over.all()
    assert missed.over.all()
    assert scored.shot_from.tolist() == [[4, 5]]


def test_a_steal_comes_before_the_shot_and_needs_a_neighbor() -> None:
    stolen = step(game((4, 3), (4, 2)), ACT, ACT, 0.0)
    assert (stolen.stolen.tolist(), stolen.points.tolist(), stolen.shot_from.tolist()) == ([True], [0], [[-1, -1]])
    assert not step(game((4, 5), (4, 2)), STAND, ACT, 0.0).stolen.any()


def test_who_reaches_and_misses_stands_for_a_tick() -> None:
    one = step(game((4, 4), (4, 3)), STAND, ACT)
    assert one.off_balance.all()
    step(one, STAND, RIGHT)
    assert one.defender.tolist() == [[4, 3]]
    step(one, STAND, RIGHT)
    assert one.defender.tolist() == [[5, 3]]


def test_nobody_runs_through_the_other_or_off_the_court() -> None:
    assert step(game((4, 4), (4, 3)), TO_BASKET, STAND).ball.tolist() == [[4, 4]]
    assert step(game((4, 4), (4, 3)), STAND, OUT).defender.tolist() == [[4, 3]]
    both = step(game((4, 4), (4, 2)), TO_BASKET, OUT)
    assert (both.ball.tolist(), both.defender.tolist()) == ([[4, 4]], [[4, 3]])
    assert step(game((4, 0), (8, 7)), TO_BASKET, RIGHT).ball.tolist() == [[4, 0]]


def test_the_shot_clock_ends_it() -> None:
    one = game((4, 6), (4, 2))
    for _ in range(SHOT_CLOCK):
        assert not one.over.any()
        step(one, STAND, STAND)
    assert one.over.all()
    assert one.points.tolist() == [0]


def test_what_is_over_stays_as_it_ended() -> None:
    one = step(game((4, 5), (4, 1)), ACT, STAND, 0.0)
    step(one, ACT, ACT, 0.0)
    assert (one.points.tolist(), one.stolen.tolist(), one.ball.tolist()) == ([3], [False], [[4, 5]])


def test_random_play_stays_on_the_court_and_never_in_one_cell() -> None:
    rng = np.random.default_rng(3)
    many = Possessions.tip_off(500, rng)
    while not many.over.all():
        assert many.observe().shape == (500, FEATURES)
        assert np.abs(many.observe()).max() <= 2
        many.step(rng.integers(0, ACT, 500), rng.integers(0, ACT + 1, 500), rng)
        for cells in (many.ball, many.defender):
            assert ((cells >= 0) & (cells < (WIDTH, DEPTH))).all()
        assert not (many.ball == many.defender).all(axis=1).any()
    assert 0 < BASKET[1] < 1

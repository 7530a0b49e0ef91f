"""Which policy is better: matches between two of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from court import Ints
from learning import play
from policy import Policy

POSSESSIONS = 10
"""Of each side in a match."""


@dataclass(frozen=True)
class Score:
    """Over many matches. `win_rate` counts a draw as half; points are per possession; `shots` [K, 2] cells."""

    win_rate: float
    scored: float
    conceded: float
    shots: Ints


def compare(policy: Policy, other: Policy, matches: int, seed: int) -> Score:
    """Let a policy play `matches` matches against another one; the same seed gives the same luck."""
    rng = np.random.default_rng(seed)
    own = play(policy, other, matches * POSSESSIONS, rng).end
    others = play(other, policy, matches * POSSESSIONS, rng).end
    lead = (own.points - others.points).reshape(matches, POSSESSIONS).sum(axis=1)
    win_rate = float((lead > 0).mean() + (lead == 0).mean() / 2)
    shots = own.shot_from[own.shot_from[:, 0] >= 0]
    return Score(win_rate, float(own.points.mean()), float(others.points.mean()), shots)

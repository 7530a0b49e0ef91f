"""The settings of a run; imports nothing slow, so that --help is fast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Settings:
    """Logged as the run's params. `possessions` are of one update, `matches` of one evaluation."""

    updates: int = 2000
    possessions: int = 1024
    learning_rate: float = 0.0005
    entropy_bonus: float = 0.01
    hidden: int = 64
    seed: int = 1
    checkpoint_every: int = 100
    matches: int = 500
    max_opponents: int = 8


QUICK: dict[str, Any] = {
    "updates": 160, "possessions": 256, "learning_rate": 0.005, "hidden": 32, "checkpoint_every": 40, "matches": 200,
}  # fmt: skip

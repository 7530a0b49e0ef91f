"""Policies of earlier runs, to play against."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from checkpoints import Origin
from failures import ServerRefused
from policy import NotAPolicyError, Policy
from tracking import Tracking

MISSING = "not in this server's store (404: it may be in the other mode's)"
REFUSED = "refused by the server"
BROKEN = "not a policy of this game"


@dataclass(frozen=True)
class Opponents:
    """How many were asked for, which ones were loaded, and why others were not: reason → count."""

    asked: int
    policies: Sequence[Policy]
    origins: Sequence[Origin]
    skipped: Counter[str]

    @property
    def lines(self) -> list[str]:
        """What is printed: which policies play, and how many were skipped."""
        said = []
        if self.skipped:
            why = ", ".join(f"{count} {reason}" for reason, count in self.skipped.items())
            said.append(f"Skipped {self.skipped.total()} of {self.asked} opponents: {why}.")
        if self.policies:
            count = len(self.policies)
            said.append(f"Playing itself and {count} {'policy' if count == 1 else 'policies'} of earlier runs.")
        elif self.asked:
            said.append("No opponent is left: the current policy plays itself.")
        else:
            said.append("No policies of earlier runs in this experiment yet: the current policy plays itself.")
        return said


def fetch(tracking: Tracking, origins: Sequence[Origin]) -> Opponents:
    """Load policies through the server; one that is not available is skipped. Raises ServerGone."""
    came: list[tuple[Origin, Policy]] = []
    skipped: Counter[str] = Counter()
    for origin in origins:
        with tempfile.TemporaryDirectory() as made:
            try:
                came.append((origin, Policy.load(tracking.download(origin, Path(made)))))
            except ServerRefused as refused:
                skipped[MISSING if refused.missing else REFUSED] += 1
            except NotAPolicyError:
                skipped[BROKEN] += 1
    return Opponents(len(origins), [policy for _, policy in came], [origin for origin, _ in came], skipped)

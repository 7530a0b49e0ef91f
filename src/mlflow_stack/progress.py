"""What a verb tells while it works. `show` prints it; a test collects it."""

from collections.abc import Sequence
from typing import Protocol


class Progress(Protocol):
    """Never part of a result: a verb gives the same result to a listener that drops everything."""

    def step(self, text: str) -> None:
        """A sentence: what begins now."""

    def command(self, argv: Sequence[str]) -> None:
        """A process is about to run."""

    def line(self, text: str) -> None:
        """A line that a process wrote."""

    def amount(self, done: int, total: int | None, unit: str, label: str) -> None:
        """`done` of `total` (None: not known)."""


class Silent:
    """Drops everything."""

    def step(self, text: str) -> None:
        """Drops it."""

    def command(self, argv: Sequence[str]) -> None:
        """Drops it."""

    def line(self, text: str) -> None:
        """Drops it."""

    def amount(self, done: int, total: int | None, unit: str, label: str) -> None:
        """Drops it."""

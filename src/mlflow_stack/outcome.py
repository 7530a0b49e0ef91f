"""How a process ended."""

import shlex
from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """`elapsed` in seconds. `out` and `err` are whole, or the last lines where a command was shown while it ran."""

    argv: tuple[str, ...]
    exit: int
    out: str
    err: str
    elapsed: float

    @property
    def by_hand(self) -> str:
        """The command as one can type it."""
        return shlex.join(self.argv)

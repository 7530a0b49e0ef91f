"""What every verb returns, and how numbers are said."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel

from mlflow_stack.errors import FOUND, Finding, errors_of

Style = Literal["", "good", "bad"]
KIB = 1024


class Line(NamedTuple):
    """`wrap` False: a command, a row or a path, to be copied whole."""

    text: str
    style: Style = ""
    wrap: bool = True


@dataclass(frozen=True)
class Result:
    """`lines` are for people, before the findings; `last` after them. `data`: the verb's own fields in the envelope.
    `code`: the exit code, where it is not 1 for findings of level error and 0 without.
    """

    lines: Sequence[Line] = ()
    findings: list[Finding] = field(default_factory=list)
    data: BaseModel | None = None
    code: int | None = None
    last: Sequence[Line] = ()

    @property
    def exit_code(self) -> int:
        """Of the process."""
        return (FOUND if errors_of(self.findings) else 0) if self.code is None else self.code

    def fields(self) -> dict[str, Any]:
        """The verb's own fields in the envelope."""
        return self.data.model_dump(mode="json") if self.data else {}


def row(text: str) -> Line:
    """A line that is not wrapped."""
    return Line(text, wrap=False)


def counted(count: int | None, one: str) -> str:
    """`1 run`, `2 runs`, `unknown runs`; thousands apart."""
    return f"unknown {one}s" if count is None else f"{count:,} {one if count == 1 else f'{one}s'}"


def held(runs: int | None, experiments: int | None) -> str:
    """`2 runs in 1 experiment`."""
    return f"{counted(runs, 'run')} in {counted(experiments, 'experiment')}"


def size(count: int | None) -> str:
    """Bytes for people: `size unknown`, `512 B`, `1.5 MiB`."""
    if count is None:
        return "size unknown"
    amount, unit, larger = float(count), "B", ["KiB", "MiB", "GiB", "TiB"]
    while round(amount, 1) >= KIB and larger:
        amount, unit = amount / KIB, larger.pop(0)
    return f"{amount:.0f} B" if unit == "B" else f"{amount:.1f} {unit}"


def duration(seconds: float) -> str:
    """`42 s`, `3 min`, `2 h 5 min`, `4 d 3 h`."""
    minutes, hours, days = int(seconds // 60), int(seconds // 3600), int(seconds // 86400)
    if days:
        return f"{days} d {hours % 24} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min" if minutes else f"{int(seconds)} s"

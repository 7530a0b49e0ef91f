"""What a verb says: JSON lines on standard output, one object a line; logs for people go to standard error."""

import json
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Literal, TypeVar

EVERY_SECONDS = 0.5
Item = TypeVar("Item")
Level = Literal["ok", "info", "warning", "error", "unknown"]


@dataclass(frozen=True)
class Finding:
    """One thing that was checked. ``id`` is documented and keeps its meaning; ``fix`` is what to type or to write."""

    id: str
    level: Level
    text: str
    where: str = ""
    fix: list[str] = field(default_factory=list)


def failed(findings: list[Finding]) -> bool:
    """Whether any of them is an error: what is unknown is shown, but does not fail."""
    return any(finding.level == "error" for finding in findings)


def say(event: str, **fields: object) -> None:
    """Print one event, flushed: the other side shows progress while the verb runs."""
    sys.stdout.write(json.dumps({"event": event, **fields}) + "\n")
    sys.stdout.flush()


class Progress:
    """Says how far a verb is: at most one event in ``EVERY_SECONDS``, and always the last one. Safe between threads."""

    def __init__(self, label: str, unit: str = "objects", total: int | None = None) -> None:
        self._label, self._unit, self._total = label, unit, total
        self._done, self._told = 0, 0
        self._next = time.monotonic() + EVERY_SECONDS
        self._lock = threading.Lock()

    def add(self, count: int = 1) -> None:
        """So many more are done."""
        with self._lock:
            self._done += count
            if time.monotonic() >= self._next:
                self._say()

    def end(self) -> None:
        """All of it is done: say so, unless that was said already."""
        with self._lock:
            if self._told != self._done:
                self._say()

    def each(self, items: Iterable[Item]) -> Iterator[Item]:
        """The items; each counts as done when the next one is asked for."""
        for item in items:
            yield item
            self.add()
        self.end()

    def _say(self) -> None:
        total = None if self._total is None else max(self._total, self._done)
        say("progress", done=self._done, total=total, unit=self._unit, label=self._label)
        self._told, self._next = self._done, time.monotonic() + EVERY_SECONDS


def say_findings(findings: list[Finding]) -> None:
    """Print each as an event of its own."""
    for finding in findings:
        say("finding", **asdict(finding))


def sentence(text: str) -> str:
    """With a capital letter, unless it begins with a name such as ``s3://…`` or ``./backups``."""
    return text[:1].upper() + text[1:] if text.partition(" ")[0].isalpha() else text


def counted(number: int, noun: str) -> str:
    """``1 run``, ``2 runs``, ``12,000 runs``; the noun is one with a plural in s."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def paragraph(findings: list[Finding]) -> str:
    """The errors as text for a log: what is wrong, where, and what fixes it."""
    lines: list[str] = []
    for finding in findings:
        if finding.level != "error":
            continue
        lines.append(f"{finding.id}: {finding.text}" + (f" ({finding.where})" if finding.where else ""))
        lines.extend(f"    {line}" for fix in finding.fix for line in fix.splitlines())
    return "\n".join(lines)

"""What was found (`Finding`), and what ends a verb early (`StackError`: findings and an exit code)."""

import signal
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Literal

Level = Literal["ok", "info", "warning", "error", "unknown"]
FOUND, USAGE, DOCKER, COMMAND, BUG = 1, 2, 3, 4, 70
"""Exit codes: findings or unhealthy, usage or settings, Docker unusable, a command failed, a bug of this project."""
KEPT_LOGS = 20
AGAIN = "./stack AGAIN"
"""In a fix: what was typed, without --yes and --dry-run. `output.commands` writes it out."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; compared by value, so that a test is one equality. Never holds a credential.
    `id` is documented in docs/findings.md and never used for something else. `where` is a file, profile, bucket or
    variable, or "". `fix` holds commands and lines to write, in order.
    """

    id: str
    level: Level
    text: str
    where: str = ""
    fix: tuple[str, ...] = ()


def _finding(level: Level, identifier: str, text: str, where: str = "", *fix: str) -> Finding:
    return Finding(identifier, level, text, where, fix)


ok, info, warning = partial(_finding, "ok"), partial(_finding, "info"), partial(_finding, "warning")
error, unknown = partial(_finding, "error"), partial(_finding, "unknown")
"""`error(id, text, where, *fix)`: has to be fixed. `unknown`: could not be determined, and is never green."""


def errors_of(findings: Iterable[Finding]) -> list[Finding]:
    """Those that have to be fixed."""
    return [finding for finding in findings if finding.level == "error"]


class StackError(Exception):
    """Ends a verb. Shown as its findings in text and in JSON alike, never as a traceback."""

    def __init__(self, *findings: Finding, exit_code: int = USAGE) -> None:
        super().__init__("; ".join(finding.text for finding in findings))
        self.findings, self.exit_code = list(findings), exit_code

    def with_findings(self, *more: Finding) -> "StackError":
        """The same end, with what was found afterwards; the last finding is the last line that people read."""
        return StackError(*self.findings, *more, exit_code=self.exit_code)


class Interrupted(KeyboardInterrupt):
    """A signal that ends this process; a `KeyboardInterrupt`, so that what cleans up for Ctrl-C does so for all."""

    def __init__(self, number: int = signal.SIGINT, _: FrameType | None = None) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise Interrupted(number, frame)


def catch_signals(handler: Callable[[int, FrameType | None], None] | signal.Handlers = _interrupt) -> None:
    """SIGTERM and SIGHUP end a verb as Ctrl-C does. One that the caller ignores stays ignored, as `nohup` wants it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, handler)


def as_error(raised: BaseException, verb: str, changed: bool, crashes: Path) -> StackError:
    """Whatever ended `verb`, as findings. `changed`: whether anything was begun that may be half done now.
    A bug of this project is one sentence; its traceback is saved in the folder `crashes`, where that can be written.
    """
    if isinstance(raised, StackError):
        return raised
    if isinstance(raised, KeyboardInterrupt):
        number = getattr(raised, "number", signal.SIGINT)
        done = "It may be half done: a second run continues" if changed else "Nothing was changed"
        text = f"`{verb}` was interrupted by {signal.Signals(number).name}. {done}"
        return StackError(error("stack.interrupted", text, "", AGAIN), exit_code=128 + number)
    if isinstance(raised, OSError) and raised.filename:
        return StackError(error("host.file", f"A file could not be used: {raised.strerror}", str(raised.filename)))
    log: list[Finding] = []
    where = save(crashes, "crash", "".join(traceback.format_exception(raised)), log)
    text = f"`{verb}` ended with an unexpected error, which is a bug: {type(raised).__name__}: {raised}"
    return StackError(error("stack.bug", text, str(where or ""), "./stack doctor --json"), *log, exit_code=BUG)


def save(folder: Path, name: str, text: str, found: list[Finding]) -> Path | None:
    """A log in `.stack/`, where the last ones stay; that it could not be saved is one more finding, no more."""
    path = folder / f"{name}-{datetime.now():%Y%m%d-%H%M%S}.log"  # noqa: DTZ005 - the clock on the user's wall
    try:
        folder.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        for old in sorted(folder.glob("*-*-*.log"), key=lambda each: each.stat().st_mtime)[:-KEPT_LOGS]:
            old.unlink()
    except OSError as problem:
        found.append(warning("host.file", f"The log could not be saved: {problem.strerror}", str(path)))
        return None
    return path

"""Alone prints: text for people, or one JSON envelope. Progress goes to stderr, the result to stdout, so that a pipe
gets the result.
"""

import dataclasses
import getpass
import json
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from shlex import join
from typing import Any, Protocol, TextIO

from rich.console import Console
from rich.text import Text

from mlflow_stack.bootstrap import Bootstrapped
from mlflow_stack.data import Adopted, Destroyed, Question, Upgraded
from mlflow_stack.doctor import Diagnosis
from mlflow_stack.errors import StackError
from mlflow_stack.findings import Finding, Level
from mlflow_stack.lifecycle import Logged, Started, Stopped
from mlflow_stack.smoke import Smoked
from mlflow_stack.status import Status
from mlflow_stack.ui import Opened

SIGNS: dict[Level, tuple[str, str]] = {
    "ok": ("✓", "green"),
    "info": ("i", "cyan"),
    "warning": ("!", "yellow"),
    "error": ("✗", "red"),
    "unknown": ("?", "magenta"),
}
BAR_EVERY = 0.05
"""A new line for each twentieth where there is no terminal to draw a bar on."""


class Result(Protocol):
    """What every verb returns."""

    @property
    def command(self) -> str:
        """The verb."""

    @property
    def exit_code(self) -> int:
        """Of the process."""

    @property
    def findings(self) -> list[Finding]:
        """In order of discovery."""


class ProgressLines:
    """Progress on stderr; each command is echoed (dim) before it runs, unless the output is JSON."""

    def __init__(self, console: Console, as_json: bool) -> None:
        self._console, self._as_json = console, as_json
        self._shown: tuple[str, int] = ("", -1)

    def step(self, text: str) -> None:
        """A sentence."""
        self._console.print(Text(text, "bold"))

    def command(self, argv: Sequence[str]) -> None:
        """As one can type it."""
        if not self._as_json:
            self._console.print(Text(f"$ {join(argv)}", "dim"))

    def line(self, text: str) -> None:
        """What a process wrote."""
        self._console.print(Text(f"  {text}", "dim"))

    def amount(self, done: int, total: int | None, unit: str, label: str) -> None:
        """A line for each twentieth: readable in a terminal and in a log file alike."""
        part = int(done / total / BAR_EVERY) if total else done
        if (label, part) != self._shown:
            self._shown = (label, part)
            self._console.print(f"  {label} {done:,}{f' of {total:,}' if total else ''} {unit}")


class Show:
    """`as_json`: one envelope on `out` whatever happens."""

    def __init__(
        self, as_json: bool, out: TextIO | None = None, err: TextIO | None = None, width: int | None = None
    ) -> None:
        self.as_json = as_json
        self._out = Console(
            file=out or sys.stdout, highlight=False, soft_wrap=True, markup=False, emoji=False, width=width
        )
        self._err = Console(
            file=err or sys.stderr, highlight=False, soft_wrap=True, markup=False, emoji=False, width=width
        )
        self.progress = ProgressLines(self._err, as_json)

    def print_line(self, text: str) -> None:
        """A line of a log, as it is."""
        self._out.print(Text(text))

    def result(self, result: Result) -> int:
        """Prints; returns the exit code."""
        if self.as_json:
            self._envelope(result.command, result.exit_code, result.findings, _fields(result))
            return result.exit_code
        for line in lines_of(result):
            _print(self._out, line)
        return result.exit_code

    def error(self, error: StackError, command: str) -> int:
        """An error is shown as its findings, on stderr or in the envelope."""
        if self.as_json:
            self._envelope(command, error.exit_code, error.findings, {})
            return error.exit_code
        for finding in error.findings:
            for line in finding_lines(finding):
                _print(self._err, line)
        return error.exit_code

    def question(self, question: Question) -> None:
        """What will happen, before it is asked for."""
        self._err.print(question.title)
        for fact in question.facts:
            self._err.print(f"  {fact}")
        for each in question.stays:
            self._err.print(f"  (stays: {each})")

    def _envelope(self, command: str, exit_code: int, findings: Sequence[Finding], fields: dict[str, Any]) -> None:
        head = {
            "command": command,
            "ok": exit_code == 0,
            "exit_code": exit_code,
            "findings": [each.as_json() for each in findings],
        }
        self._out.file.write(json.dumps(head | fields, default=str, ensure_ascii=False) + "\n")


def _print(console: Console, line: Text) -> None:
    """A sentence is wrapped where a terminal would cut its words; a command or a long path never, to be copied."""
    width = console.width - 2
    if not console.is_terminal or line.no_wrap or any(len(word) > width for word in line.plain.split()):
        console.print(line)
        return
    first, *rest = line.wrap(console, width)
    for part in (first, *rest):
        part.rstrip()
    console.print(first)
    for part in rest:
        console.print(Text("  ").append_text(part))


def _fields(result: Result) -> dict[str, Any]:
    """The verb's own fields."""
    if not dataclasses.is_dataclass(result) or isinstance(result, type):
        return {}
    own = [each.name for each in dataclasses.fields(result) if each.name not in ("command", "exit_code", "findings")]
    return {name: _plain(getattr(result, name)) for name in own}


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Path) else value


def finding_lines(finding: Finding) -> list[Text]:
    """Sign and sentence, then what to type, indented."""
    sign, colour = SIGNS[finding.level]
    first, *rest = finding.text.splitlines() or [""]
    where = f"  [{finding.where}]" if finding.where and finding.where not in finding.text else ""
    lines = [Text.assemble((sign, colour), f" {first}", (where, "dim"))]
    lines += [Text(f"    {line}", "dim", no_wrap=True) for line in rest]
    fix = [line for each in finding.fix for line in each.splitlines()]
    return lines + [Text(f"    {line}", "cyan", no_wrap=True) for line in fix]


def lines_of(result: Result) -> list[Text]:
    """A verb's result for people."""
    match result:
        case Started():
            head = _started(result)
        case Stopped():
            head = [Text(_stopped(result))]
        case Status():
            head = _status(result)
        case Opened():
            head = [Text(f"Opened {result.url}" if result.opened else result.url)]
        case Smoked():
            head = [Text(f"Smoke test of {result.url}")]
        case Destroyed():
            head = [Text("Removed: " + ", ".join(result.volumes) if result.done else "Nothing was removed")]
        case Adopted():
            head = [Text("Taken over" if result.done else "Nothing was taken over")]
        case Upgraded():
            head = [Text(_upgraded(result))]
        case Bootstrapped() | Diagnosis() | Logged():
            head = []
        case _:
            head = [Text(result.command)]
    findings = [line for finding in result.findings for line in finding_lines(finding)]
    return (
        [*head[:-1], *findings, head[-1]]
        if isinstance(result, Started) and result.ready and head
        else [*head, *findings]
    )


def _started(result: Started) -> list[Text]:
    """The `ssh` line comes last, after the findings."""
    if not result.ready:
        saved = [Text(f"The server's log: {result.log}")] if result.log else []
        return [Text(result.reason, "red"), *saved]
    if result.was == "running":
        said = f"MLflow was already running in {result.mode} mode"
    elif result.was == "other-mode":
        said = f"MLflow was switched to {result.mode} mode ({result.seconds:.1f} s)"
    elif result.was == "remade":
        said = f"MLflow was made anew in {result.mode} mode ({result.seconds:.1f} s)"
    else:
        said = f"MLflow is ready in {result.mode} mode ({result.seconds:.1f} s)"
    port = result.url.rpartition(":")[2]
    ssh = f"ssh -N -L {port}:localhost:{port} {getpass.getuser()}@{socket.gethostname()}"
    return [
        Text(f"{said}: {result.url}", "bold green"),
        Text(f"  export MLFLOW_TRACKING_URI={result.url}", no_wrap=True),
        Text(f"  from another machine: {ssh}", no_wrap=True),
    ]


def _stopped(result: Stopped) -> str:
    if not result.was_running:
        return "MLflow was already stopped" if result.mode else "MLflow was not running: there is no container"
    return "MLflow is stopped; container, database and artifacts stay. On again: ./stack start" + (
        " --disable-s3" if result.mode == "local" else ""
    )


def _upgraded(result: Upgraded) -> str:
    if result.done:
        return "Upgraded; the database of before is the newest in backups/"
    if result.plan and not result.plan.get("migrate"):
        return f"The database is at schema revision {result.plan.get('revision')}: nothing to do"
    return "Nothing was upgraded"


def _status(result: Status) -> list[Text]:
    versions = ", ".join(f"{name} {value}" for name, value in result.versions.items() if value) or "unknown"
    rows = {
        "mode": result.mode,
        "url": result.url,
        "health": result.health + (f" ({result.reason})" if result.reason else ""),
        "uptime": "unknown" if result.uptime is None else duration(result.uptime),
        "memory": f"{size(result.memory_used)} of {size(result.memory_limit)}",
        "versions": versions,
        "sizes": ", ".join(f"{name} {size(value)}" for name, value in result.sizes.items()),
        "content": f"{_known(result.runs)} runs in {_known(result.experiments)} experiments",
    }
    return [Text(f"{name:<9} {value}") for name, value in rows.items()]


def _known(value: int | None) -> str:
    return "unknown" if value is None else str(value)


def size(count: int | None) -> str:
    """Bytes for people: `unknown`, `512 B`, `1.5 MiB`."""
    if count is None:
        return "unknown"
    amount = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if amount < 1024:
            return f"{amount:.0f} B" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} TiB"


def duration(seconds: float) -> str:
    """`42 s`, `3 min`, `2 h 5 min`, `4 d 3 h`."""
    minutes, hours, days = int(seconds // 60), int(seconds // 3600), int(seconds // 86400)
    if days:
        return f"{days} d {hours % 24} h"
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min" if minutes else f"{int(seconds)} s"

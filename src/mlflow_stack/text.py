"""What a result says to people, line by line; `show` prints it."""

import getpass
import socket
from collections.abc import Sequence
from functools import singledispatch
from typing import Protocol

from rich.text import Text

from mlflow_stack.bootstrap import Bootstrapped
from mlflow_stack.doctor import Diagnosis
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
    """A verb's result: what it did, then its findings; after a start the `ssh` line comes last."""
    said = head(result)
    findings = [line for finding in result.findings for line in finding_lines(finding)]
    if isinstance(result, Started) and result.ready:
        return [*said[:-1], *findings, said[-1]]
    return [*said, *findings]


@singledispatch
def head(result: object) -> list[Text]:
    """What is said before the findings; nothing where they are all there is to say."""
    raise TypeError(f"no words for {type(result).__name__}")


@head.register(Bootstrapped)
@head.register(Diagnosis)
@head.register(Logged)
def _only_findings(_: Result) -> list[Text]:
    return []


@head.register
def _smoked(result: Smoked) -> list[Text]:
    return [Text(f"Smoke test of {result.url}")]


@head.register
def _opened(result: Opened) -> list[Text]:
    return [Text(f"Opened {result.url}" if result.opened else result.url)]


@head.register
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


@head.register
def _stopped(result: Stopped) -> list[Text]:
    if not result.was_running:
        return [Text("MLflow was already stopped" if result.mode else "MLflow was not running: there is no container")]
    again = "./stack start" + (" --disable-s3" if result.mode == "local" else "")
    return [Text(f"MLflow is stopped; container, database and artifacts stay. On again: {again}")]


def table(rows: Sequence[tuple[str, ...]]) -> list[Text]:
    """Columns as wide as their widest entry."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))] if rows else []
    return [
        Text("  ".join(part.ljust(width) for part, width in zip(row, widths, strict=True)).rstrip(), no_wrap=True)
        for row in rows
    ]


@head.register
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
        "content": f"{known(result.runs)} runs in {known(result.experiments)} experiments",
        "backup": _backup(result),
    }
    return [Text(f"{name:<9} {value}") for name, value in rows.items()]


def _backup(result: Status) -> str:
    if result.snapshot is None:
        return "none yet"
    tried = f"tried {result.drilled:%Y-%m-%d}" if result.drilled else "never tried"
    return f"{result.snapshot}, {tried}"


def known(value: int | None) -> str:
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

"""What a result says to people, line by line; `show` prints it."""

import getpass
import socket
from collections.abc import Sequence
from functools import singledispatch
from typing import Protocol

from rich.text import Text

from mlflow_stack.backup import BackedUp, Kept, Restored, Verified
from mlflow_stack.bootstrap import Bootstrapped
from mlflow_stack.cleaning import Audited, Cleaned, Used
from mlflow_stack.data import Adopted, Destroyed, Upgraded
from mlflow_stack.doctor import Diagnosis
from mlflow_stack.findings import Finding, Level
from mlflow_stack.lifecycle import Logged, Started, Stopped
from mlflow_stack.migration import Closed, Migrated
from mlflow_stack.smoke import Smoked
from mlflow_stack.status import Status
from mlflow_stack.transfer import Compared, Copied
from mlflow_stack.ui import Opened

BAR_WIDTH = 24
PATHS = 10
"""Of each list of an audit that people see; --json has a thousand."""
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
def _destroyed(result: Destroyed) -> list[Text]:
    return [Text("Removed: " + ", ".join(result.volumes) if result.done else "Nothing was removed")]


@head.register
def _adopted(result: Adopted) -> list[Text]:
    return [Text("Taken over" if result.done else "Nothing was taken over")]


@head.register
def _verified(result: Verified) -> list[Text]:
    if not result.ok:
        return []
    if result.command == "backup drill":
        said = f"Snapshot {result.what.get('snapshot')} came back: {_known(result.what.get('runs'))} runs"
        return [Text(said, "bold green")]
    return [Text("As it was written", "bold green")]


@head.register
def _restored(result: Restored) -> list[Text]:
    if not result.done:
        return [Text("Nothing was restored")]
    held = f"{result.plan.get('runs')} runs in {result.plan.get('experiments')} experiments"
    return [Text(f"Restored: {held}; {result.result.get('put_back')} artifacts put back", "bold green")]


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


@head.register
def _upgraded(result: Upgraded) -> list[Text]:
    if result.done:
        return [Text("Upgraded; the database of before is the newest in backups/")]
    if result.plan and not result.plan.get("migrate"):
        return [Text(f"The database is at schema revision {result.plan.get('revision')}: nothing to do")]
    return [Text("Nothing was upgraded")]


@head.register
def _backed_up(result: BackedUp) -> list[Text]:
    if result.snapshot is None:
        return [Text("No snapshot was made")]
    held = f"{_known(result.runs)} runs in {_known(result.experiments)} experiments"
    files = f"{_known(result.objects)} artifacts ({size(result.object_bytes)})"
    return [
        Text(f"Snapshot {result.snapshot}", "bold green"),
        Text(f"  {held}; {files} {'copied' if result.whole else 'listed, not copied'}"),
        Text(f"  back: ./stack restore {result.restore_as}", no_wrap=True),
    ]


@head.register
def _kept(result: Kept) -> list[Text]:
    if not result.snapshots:
        return [Text("There is no snapshot yet: ./stack backup")]
    rows: list[tuple[str, ...]] = [("snapshot", "runs", "artifacts", "database", "mlflow", "of", "")]
    for each in result.snapshots:
        files = f"{_known(each.get('objects'))} ({size(each.get('object_bytes'))})"
        whole = "whole" if each.get("whole") else "listed only" if each.get("understood") else "not understood"
        version, reason = str(each.get("mlflow") or "unknown"), str(each.get("reason") or "unknown")
        row = (str(each["snapshot"]), _known(each.get("runs")), files, size(each.get("database_bytes")), version)
        rows.append((*row, reason, whole))
    return _table(rows)


@head.register
def _cleaned(result: Cleaned) -> list[Text]:
    if result.done:
        gone = result.result
        held = f"{gone.get('items')} runs, models and traces with {gone.get('objects')} artifacts"
        return [Text(f"Removed: {held} ({size(gone.get('bytes'))})")]
    if result.plan and not any(result.plan.get(name) for name in ("runs", "models", "traces", "experiments")):
        return [Text("Nothing is marked deleted for that long")]
    return [Text("Nothing was removed")]


@head.register
def _used(result: Used) -> list[Text]:
    most = max((int(each["bytes"]) for each in result.usage), default=0)
    rows = [
        (
            str(each["experiment"]) or "(no run owns it)",
            str(each["state"]),
            str(each["objects"]),
            size(int(each["bytes"])),
            "█" * round(BAR_WIDTH * int(each["bytes"]) / most if most else 0),
        )
        for each in result.usage
    ]
    return [Text(f"{result.destination}; database {size(result.database_bytes)}", "bold"), *_table(rows)]


@head.register
def _audited(result: Audited) -> list[Text]:
    found = result.found
    if "objects" not in found:
        return []
    rows = [
        ("artifacts", str(found["objects"]), ""),
        ("no run owns", str(found["orphans"]), size(found["orphan_bytes"])),
        ("missing", str(found["missing"]), "of the newest snapshot's"),
        ("of another size", str(found["other_size"]), "than in the newest snapshot"),
    ]
    paths = [
        Text(f"  {name[:-6].replace('_', ' ')}: {path}", no_wrap=True)
        for name in ("orphan_paths", "missing_paths", "other_size_paths")
        for path in found[name][:PATHS]
    ]
    return [Text(str(found["destination"]), "bold"), *_table(rows), *paths]


@head.register
def _copied(result: Copied) -> list[Text]:
    if result.done:
        return [Text(f"Copied {result.result.get('objects')} artifacts ({size(result.result.get('bytes'))})")]
    if result.plan and not result.plan.get("objects"):
        return [Text("Nothing to copy: what differs is newer there, or nothing does")]
    return [Text("Nothing was copied")]


@head.register
def _migrated(result: Migrated) -> list[Text]:
    stuck = [f"{each['experiment']} cannot be moved: {each['why']}" for each in result.experiments if each["why"]]
    if result.done:
        said = f"Rewritten: {result.plan.get('uris')} addresses, {result.result.get('copied')} artifacts copied"
    elif result.plan and not result.plan.get("uris"):
        said = "Nothing to move: no experiment sends its clients past the server" if not stuck else "Nothing was moved"
    else:
        said = "Nothing was rewritten"
    return [Text(said), *(Text(line, "yellow") for line in stuck)]


@head.register
def _closed(result: Closed) -> list[Text]:
    if result.done:
        return [Text(f"Ended as KILLED: {result.runs} runs")]
    return [Text("No run was ended" if result.runs else "No run is RUNNING and silent for that long")]


@head.register
def _compared(result: Compared) -> list[Text]:
    found = result.found
    if "same" not in found:
        return []
    names = {
        "same": "the same in both",
        "only_folder": "only in ./mlartifacts",
        "only_s3": "only in S3",
        "newer_folder": "newer in ./mlartifacts",
        "newer_s3": "newer in S3",
        "unowned": "no run owns",
    }
    rows = [(text, str(found[name])) for name, text in names.items()]
    paths = [
        Text(f"  {names[name]}: {path}", no_wrap=True)
        for name in names
        for path in (found.get(f"{name}_paths") or [])[:PATHS]
    ]
    return [*_table(rows), *paths]


def _table(rows: Sequence[tuple[str, ...]]) -> list[Text]:
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

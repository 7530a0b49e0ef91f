"""Snapshots: made beside a running server, verified, tried, and put back."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlflow_stack.compose import Bind
from mlflow_stack.errors import S3Needed, SourceUnusable
from mlflow_stack.findings import Finding, errors_of
from mlflow_stack.image import ensure_image
from mlflow_stack.inside import Verdict
from mlflow_stack.maintenance import Ask, Question, Steps, while_stopped
from mlflow_stack.settings import Settings
from mlflow_stack.stack import Stack

BACKUPS, INSIDE = "backups", "/backups"
ELSEWHERE = "/snapshots"
S3 = "s3://"


@dataclass(frozen=True)
class BackedUp:
    """`snapshot`: its folder on this host; None where none was made (exit 1). Sizes in bytes.

    `restore_as` is what `restore` finds it by, quoted for a shell: its name in `backups/`, its path anywhere else.
    `in_s3` is its address there; "" where it was not to go there, or did not arrive (exit 1).
    """

    snapshot: Path | None
    runs: int | None
    experiments: int | None
    objects: int | None
    object_bytes: int | None
    whole: bool
    findings: list[Finding]
    restore_as: str = ""
    in_s3: str = ""
    command: str = "backup"

    @property
    def exit_code(self) -> int:
        """1 where none was made."""
        return 1 if errors_of(self.findings) else 0


@dataclass(frozen=True)
class Kept:
    """`snapshots` as `snapshot.json` describes them, the newest first; `drill` is what the last one left, or None."""

    snapshots: Sequence[Mapping[str, Any]]
    findings: list[Finding] = field(default_factory=list)
    command: str = "backups"

    @property
    def exit_code(self) -> int:
        """1 where they could not be listed."""
        return 1 if errors_of(self.findings) else 0


@dataclass(frozen=True)
class Verified:
    """`ok` False: a part is not as it was written (exit 1). `what` is what the image said of the snapshot."""

    ok: bool
    what: Mapping[str, Any]
    findings: list[Finding]
    command: str = "backup verify"

    @property
    def exit_code(self) -> int:
        """1 for a snapshot that could not be restored."""
        return 0 if self.ok else 1


@dataclass(frozen=True)
class Restored:
    """`plan` as the image made it, `result` what it did; `done` False: a dry run, a no, or refused (exit 1)."""

    done: bool
    plan: Mapping[str, Any]
    result: Mapping[str, Any]
    findings: list[Finding]
    restarted: bool = False
    command: str = "restore"

    @property
    def exit_code(self) -> int:
        """1 where the image refused, or the server did not come back."""
        return 1 if errors_of(self.findings) else 0


def backup(stack: Stack, disable_s3: bool, to: Path | None, whole: bool, keep: int, to_s3: bool = False) -> BackedUp:
    """A snapshot in `backups/`, or in a folder that is there already; then, with `to_s3`, in S3 as well. Raises
    UsageError, CommandFailed.
    """
    settings = _settings(stack, disable_s3, "backup --to-s3" if to_s3 else "")
    if to is not None and (not to.is_dir() or ":" in str(to.resolve())):
        raise SourceUnusable(to, "--to")
    binds = [Bind(to.resolve(), ELSEWHERE, writable=True)] if to else []
    options = [*(("--into", ELSEWHERE) if to else ()), "--keep", str(keep), *(("--whole",) if whole else ())]
    said = stack.inside(settings.mode, "backup", "create", *options, binds=binds)
    made = said.result.get("snapshot")
    folder = (to.resolve() if to else stack.root / BACKUPS) / Path(str(made)).name if made else None
    runs, experiments, objects, total = map(said.result.get, ("runs", "experiments", "objects", "object_bytes"))
    restore_as = shlex.quote(str(folder) if to else folder.name) if folder else ""
    findings, in_s3 = list(said.findings), ""
    if folder and to_s3:
        sent = stack.inside("s3", "backup", "push", "--snapshot", str(made), "--keep", str(keep), binds=binds)
        findings, in_s3 = [*findings, *sent.findings], str(sent.result.get("uri") or "")
    return BackedUp(folder, runs, experiments, objects, total, whole, findings, restore_as, in_s3)


def backups(stack: Stack, disable_s3: bool, in_s3: bool = False) -> Kept:
    """Those of `backups/`, or those in S3 by their addresses. Raises UsageError, CommandFailed."""
    settings = _settings(stack, disable_s3, "backups --in-s3" if in_s3 else "")
    if in_s3:
        there = stack.inside("s3", "backup", "in-s3")
        return Kept(there.result.get("snapshots") or [], list(there.findings))
    said = stack.inside(settings.mode, "backup", "list")
    found = [{**each, "snapshot": Path(each["snapshot"]).name} for each in said.result.get("snapshots") or []]
    return Kept(found, list(said.findings))


def verify(stack: Stack, disable_s3: bool, snapshot: str) -> Verified:
    """Reads every byte of a snapshot. Raises UsageError, CommandFailed."""
    settings = _settings(stack, disable_s3, snapshot if snapshot.startswith(S3) else "")
    if snapshot.startswith(S3):
        return _verified(stack.inside("s3", "backup", "verify-in-s3", "--uri", snapshot), "backup verify")
    inside, binds = _place(stack, snapshot)
    said = stack.inside(settings.mode, "backup", "verify", "--snapshot", inside, binds=binds)
    return _verified(said, "backup verify")


def drill(stack: Stack, disable_s3: bool) -> Verified:
    """The newest snapshot of `backups/`, restored into nothing."""
    settings = _settings(stack, disable_s3)
    return _verified(stack.inside(settings.mode, "backup", "drill"), "backup drill")


def restore(stack: Stack, disable_s3: bool, snapshot: str, take_over: bool, ask: Ask, bound_s: float) -> Restored:
    """Stops the server, keeps the present database as a snapshot, swaps, compares, starts. One in S3 comes to
    `backups/` first. Raises UsageError, CommandFailed.
    """
    settings = _settings(stack, disable_s3, snapshot if snapshot.startswith(S3) else "")
    if snapshot.startswith(S3):
        fetched = stack.inside("s3", "backup", "fetch", "--uri", snapshot)
        if not fetched.ok:
            return Restored(False, {}, {}, list(fetched.findings))
        snapshot = Path(str(fetched.result["snapshot"])).name
    inside, binds = _place(stack, snapshot)
    stays = ("the database of now: as a snapshot, in backups/", "every artifact")
    ended = while_stopped(
        stack,
        settings.mode,
        stack.running_in(settings),
        Steps("restore", ("--snapshot", inside), ("--take-over",) if take_over else (), binds),
        lambda plan: Question(f"restore {snapshot}", "This restores:", restore_lines(plan, take_over), stays),
        ask,
        bound_s,
    )
    return Restored(*ended)


def restore_lines(plan: Mapping[str, Any], take_over: bool) -> tuple[str, ...]:
    """What `restore plan` found, for people."""
    lines = [
        f"{plan.get('runs')} runs in {plan.get('experiments')} experiments, as of {plan.get('created')}",
        f"in place of {plan.get('present_runs')} runs in {plan.get('present_experiments')} experiments",
    ]
    if plan.get("migrate"):
        lines.append(f"its schema is brought up from revision {plan.get('revision')}")
    if plan.get("elsewhere"):
        lines.append(f"its artifacts were in {plan.get('destination')}, which is not this server's destination")
    if plan.get("whole"):
        lines.append(f"of its {plan.get('objects')} artifacts, those that are missing are put back")
    if take_over:
        lines.append("the owner marker: the artifacts belong to this database from now on")
    elif plan.get("foreign"):
        lines.append("it is of another volume: nothing of its artifacts can be deleted until --take-over says so")
    return tuple(lines)


def _settings(stack: Stack, disable_s3: bool, about_s3: str = "") -> Settings:
    """`about_s3` is what of the command line is about S3, if anything. Raises S3Needed in local mode."""
    stack.need_docker()
    mode = stack.mode(disable_s3)
    if about_s3 and mode != "s3":
        raise S3Needed(about_s3)
    return ensure_image(stack, stack.settings(mode))


def _verified(said: Verdict, command: str) -> Verified:
    what = {key: value for key, value in said.result.items() if key not in ("event", "ok")}
    return Verified(said.ok, what, list(said.findings), command)


def _place(stack: Stack, snapshot: str) -> tuple[str, list[Bind]]:
    """Where the image sees a snapshot: one of `backups/` by its name, any other by its path. Raises SourceUnusable."""
    named = stack.root / BACKUPS / snapshot
    if "/" not in snapshot and named.is_dir():
        return f"{INSIDE}/{snapshot}", []
    path = Path(snapshot).resolve()
    if not path.is_dir() or ":" in str(path):
        raise SourceUnusable(Path(snapshot), "SNAPSHOT")
    return f"{ELSEWHERE}/{path.name}", [Bind(path.parent, ELSEWHERE)]

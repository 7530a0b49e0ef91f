"""What is deleted, unowned or large: shown, and taken away where one says so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mlflow_stack.compose import Bind, Mode
from mlflow_stack.errors import BadArguments
from mlflow_stack.findings import Finding, errors_of
from mlflow_stack.image import ensure_image
from mlflow_stack.inside import OnPlan
from mlflow_stack.maintenance import FOLDER, WRITABLE, Ask, Question, Steps, execute, while_stopped
from mlflow_stack.settings import Settings
from mlflow_stack.stack import Stack

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}


@dataclass(frozen=True)
class Cleaned:
    """`plan` as the image made it, `result` what it did; `done` False: nothing to do, a dry run, a no, or refused."""

    done: bool
    plan: Mapping[str, Any]
    result: Mapping[str, Any]
    findings: list[Finding]
    command: str = "cleanup"

    @property
    def exit_code(self) -> int:
        """1 where the image refused, or a file would not go."""
        return 1 if errors_of(self.findings) else 0


@dataclass(frozen=True)
class Compacted:
    """`plan`, `result` (bytes before and after) as the image made them; `done` False: a dry run, a no, or refused."""

    done: bool
    plan: Mapping[str, Any]
    result: Mapping[str, Any]
    findings: list[Finding]
    restarted: bool = False
    command: str = "compact"

    @property
    def exit_code(self) -> int:
        """1 where the image refused, or the server did not come back."""
        return 1 if errors_of(self.findings) else 0


@dataclass(frozen=True)
class Orphaned:
    """`plan`, `result` as the image made them; `done` False: nothing to do, a dry run, a no, or refused."""

    done: bool
    plan: Mapping[str, Any]
    result: Mapping[str, Any]
    findings: list[Finding]
    command: str = "audit --delete-orphans"

    @property
    def exit_code(self) -> int:
        """1 where the image refused, or an object would not go."""
        return 1 if errors_of(self.findings) else 0


@dataclass(frozen=True)
class Used:
    """`usage`: experiment, state (active, deleted, nobody's), objects, bytes; the largest first."""

    destination: str
    usage: Sequence[Mapping[str, Any]]
    database_bytes: int | None
    findings: list[Finding] = field(default_factory=list)
    command: str = "usage"

    @property
    def exit_code(self) -> int:
        """1 where the store could not be listed."""
        return 1 if errors_of(self.findings) else 0


@dataclass(frozen=True)
class Audited:
    """Counts and the first thousand paths of each list; `orphans`: objects that no run, model or trace of the database
    owns; `missing` and `other_size`: against the newest snapshot's manifest; `uploads`: begun and never ended.
    """

    found: Mapping[str, Any]
    findings: list[Finding]
    command: str = "audit"

    @property
    def exit_code(self) -> int:
        """1 where something is missing or differs, or the store could not be listed; orphans only cost money."""
        wrong = any(self.found.get(name) for name in ("missing", "other_size"))
        return 1 if wrong or errors_of(self.findings) else 0


def age(text: str) -> int:
    """`30d`, `12h`, `90m`, `45s`, `2w` in seconds. Raises BadArguments."""
    number, unit = text[:-1], text[-1:]
    if not number.isascii() or not number.isdigit() or unit not in SECONDS:
        raise BadArguments(
            f"{text!r} is no age: a whole number and one of {', '.join(SECONDS)}, such as 30d", "cleanup"
        )
    return int(number) * SECONDS[unit]


def cleanup(
    stack: Stack, disable_s3: bool, older_than: str, experiment: str, registered: bool, ask: Ask, agreed: bool = False
) -> Cleaned:
    """Files and rows of what MLflow marks deleted, beside the running server. `agreed`: `ask` will say yes, so that one
    container plans and executes; a container costs more than a second. Raises UsageError, CommandFailed.
    """
    seconds = age(older_than)
    settings = _settings(stack, disable_s3)
    # In S3 mode ./mlartifacts is read-only, and a run made offline has its files there.
    binds = [Bind(stack.root / FOLDER, WRITABLE, writable=True)] if settings.mode == "s3" else []
    both = ("--also", WRITABLE) if binds else ()
    options = ["--older-than", str(seconds), *(("--experiment", experiment) if experiment else ()), *both]
    options += ["--registered"] if registered else []
    if agreed:
        return _at_once(stack, settings.mode, options, binds, lambda plan: ask(_question(plan, older_than)))
    planned = stack.inside(settings.mode, "cleanup", "plan", *options, binds=binds)
    plan = planned.result.get("plan") or {}
    if not planned.ok or not any(plan.get(name) for name in ("runs", "models", "traces", "experiments")):
        return Cleaned(False, plan, {}, list(planned.findings))
    if not ask(_question(plan, older_than)):
        return Cleaned(False, plan, {}, list(planned.findings))
    done = execute(stack, settings.mode, ("cleanup", "execute"), planned, both, binds)
    return Cleaned(done.ok, plan, done.result, list(done.findings))


def _at_once(stack: Stack, mode: Mode, options: Sequence[str], binds: Sequence[Bind], on_plan: OnPlan) -> Cleaned:
    said = stack.inside(mode, "cleanup", "at-once", *options, binds=binds, on_plan=on_plan)
    removed = said.result.get("removed")
    return Cleaned(removed is not None, said.result.get("plan") or {}, removed or {}, list(said.findings))


def _question(plan: Mapping[str, Any], older_than: str) -> Question:
    stays = ("everything that is not marked deleted", *_kept(plan), *_versions(plan))
    return Question("cleanup", "This removes for good:", cleanup_lines(plan, older_than), stays)


def compact(stack: Stack, disable_s3: bool, ask: Ask, bound_s: float) -> Compacted:
    """Stops the server, writes the database anew, compares, swaps, starts. Raises UsageError, CommandFailed."""
    settings = _settings(stack, disable_s3)
    stays = ("every row", "the database of now: whole, in backups/")
    ended = while_stopped(
        stack,
        settings.mode,
        stack.running_in(settings),
        Steps("compact"),
        lambda plan: Question("compact", "This writes the database anew:", compact_lines(plan), stays),
        ask,
        bound_s,
    )
    return Compacted(*ended)


def delete_orphans(stack: Stack, disable_s3: bool, older_than: str, ask: Ask) -> Orphaned:
    """What no run, model or trace of the database owns, with a list of it kept first."""
    seconds = age(older_than)
    settings = _settings(stack, disable_s3)
    planned = stack.inside(settings.mode, "orphans", "plan", "--older-than", str(seconds))
    plan = planned.result.get("plan") or {}
    if not planned.ok or not (plan.get("objects") or plan.get("uploads")):
        return Orphaned(False, plan, {}, list(planned.findings))
    stays = ("every artifact of a run, model or trace", "a list of them, in backups/")
    title = "This removes for good:"
    if not ask(Question("audit --delete-orphans", title, orphan_lines(plan, older_than), stays)):
        return Orphaned(False, plan, {}, list(planned.findings))
    done = execute(stack, settings.mode, ("orphans", "execute"), planned, (), ())
    return Orphaned(done.ok, plan, done.result, list(done.findings))


def usage(stack: Stack, disable_s3: bool) -> Used:
    """Lists the whole destination."""
    settings = _settings(stack, disable_s3)
    said = stack.inside(settings.mode, "usage")
    return Used(
        settings.destination, said.result.get("usage") or [], said.result.get("database_bytes"), list(said.findings)
    )


def audit(stack: Stack, disable_s3: bool) -> Audited:
    """Lists the whole destination, and reads the newest snapshot's manifest where there is one."""
    settings = _settings(stack, disable_s3)
    said = stack.inside(settings.mode, "audit")
    found = {key: value for key, value in said.result.items() if key not in ("event", "ok")}
    return Audited(found, list(said.findings))


def cleanup_lines(plan: Mapping[str, Any], older_than: str) -> tuple[str, ...]:
    """What `cleanup plan` found, for people."""
    counts = ", ".join(
        f"{plan.get(name)} {name}" for name in ("runs", "models", "traces", "experiments") if plan.get(name)
    )
    where = f" of experiment {plan['experiment']}" if plan.get("experiment") else ""
    return (
        f"{counts}{where}, marked deleted for {older_than} or longer",
        f"{plan.get('objects')} artifacts, {int(plan.get('bytes') or 0):,} bytes, in {plan.get('destination')}",
    )


def orphan_lines(plan: Mapping[str, Any], older_than: str) -> tuple[str, ...]:
    """What `orphans plan` found, for people."""
    where = f"{older_than} old or older, in {plan.get('destination')}"
    amount = f"{plan.get('objects')} artifacts that no run owns, {int(plan.get('bytes') or 0):,} bytes"
    lines = [f"{amount}, {where}", *(f"  {path}" for path in plan.get("paths") or [])]
    if plan.get("uploads"):
        size = plan.get("upload_bytes")
        held = "bytes unknown" if size is None else f"{size:,} bytes"
        lines.append(f"{plan['uploads']} uploads that never ended, {held}, {where}")
        lines += [f"  {path}" for path in plan.get("upload_paths") or []]
    return tuple(lines)


def compact_lines(plan: Mapping[str, Any]) -> tuple[str, ...]:
    """What `compact plan` found, for people."""
    tables = ", ".join(f"{name} {rows:,}" for name, rows in (plan.get("tables") or {}).items())
    return (
        f"{int(plan.get('bytes') or 0):,} bytes, of which {int(plan.get('free') or 0):,} are free already",
        f"what is in it, in rows: {tables}",
    )


def _kept(plan: Mapping[str, Any]) -> tuple[str, ...]:
    kept = plan.get("kept") or []
    return (f"what registered model versions point into: {', '.join(kept)}",) if kept else ()


def _versions(plan: Mapping[str, Any]) -> tuple[str, ...]:
    """What deleting frees nothing of, in a bucket that keeps versions."""
    kept = plan.get("versions") or {}
    if kept.get("state") == "unknown":
        return ("whatever versions the bucket keeps: whether it does could not be found out",)
    if kept.get("state") != "yes":
        return ()
    count = "an unknown number of" if kept.get("versions") is None else f"{kept['versions']:,}"
    size = "" if kept.get("bytes") is None else f", {kept['bytes']:,} bytes"
    return (f"{count} versions of them{size}: the bucket keeps versions, so nothing is freed",)


def _settings(stack: Stack, disable_s3: bool) -> Settings:
    stack.need_docker()
    return ensure_image(stack, stack.settings_in_force(disable_s3))

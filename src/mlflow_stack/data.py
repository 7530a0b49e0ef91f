"""Verbs that make or remove data: plan (reads only), ask, execute."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlflow_stack.compose import Bind, Mode
from mlflow_stack.errors import NothingNamed, SourceUnusable
from mlflow_stack.findings import Finding, errors_of
from mlflow_stack.image import ensure_image
from mlflow_stack.maintenance import Ask, Question, Steps, execute, while_stopped
from mlflow_stack.progress import Silent
from mlflow_stack.stack import Stack

DATABASE_TARGET = "/adopt"
ARTIFACTS_TARGET = "/adopt-artifacts"


@dataclass(frozen=True)
class Source:
    """What `adopt` was given: a native server's database or its file store, and folders of artifacts."""

    db: Path | None = None
    mlruns: Path | None = None
    artifacts: tuple[Path, ...] = ()

    def named(self) -> list[tuple[str, Path]]:
        """Options with their paths, as one types them."""
        given = [("--db", self.db), ("--mlruns", self.mlruns), *(("--artifacts", each) for each in self.artifacts)]
        return [(option, path) for option, path in given if path is not None]


@dataclass(frozen=True)
class Destroyed:
    """`done` False: a dry run, a no, or nothing there. `volumes`: those that were or would be removed."""

    done: bool
    volumes: tuple[str, ...]
    runs: int | None
    experiments: int | None
    command: str = "destroy"
    exit_code: int = 0
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True)
class Adopted:
    """`plan` as the image made it, `result` what it did; `done` False: a dry run, a no, or refused (exit 1)."""

    done: bool
    plan: Mapping[str, Any]
    result: Mapping[str, Any]
    findings: list[Finding]
    restarted: bool = False
    command: str = "adopt"

    @property
    def exit_code(self) -> int:
        """1 where the image refused."""
        return 1 if errors_of(self.findings) else 0


def destroy(stack: Stack, disable_s3: bool, ask: Ask) -> Destroyed:
    """Removes containers, network and volumes, the database with them. `mlartifacts/`, `backups/` and S3 stay."""
    stack.need_docker()
    settings = stack.settings_in_force(disable_s3)
    container = stack.container(settings)
    names = [str(volume["name"]) for volume in (settings.config.get("volumes") or {}).values()]
    volumes = tuple(name for name in names if stack.engine.has_volume(name))
    if container is None and not volumes:
        return Destroyed(False, (), None, None)
    database = _database(stack, settings.mode, settings.image) if settings.data_volume in volumes else {}
    runs, experiments = database.get("runs"), database.get("experiments")
    known = (
        f"{runs} runs in {experiments} experiments"
        if runs is not None
        else "how many runs it holds could not be found out"
    )
    facts = [
        f"volume {name}" + (f", the database: {known}" if name == settings.data_volume else "") for name in volumes
    ]
    facts += [f"container {container.name} ({container.state})"] if container else []
    stays = ("mlartifacts/ and backups/ in this folder", "everything in S3")
    if not ask(Question("destroy", "This removes for good:", tuple(facts), stays)):
        return Destroyed(False, volumes, runs, experiments)
    stack.runner.act(stack.files.down_volumes(settings.mode))
    place = "mlartifacts/" if settings.mode == "local" else settings.destination
    text = f"What stays in {place} belongs to the removed database; a new one deletes nothing there"
    kept = Finding(
        "owner.kept", "info", text, settings.destination, ("./stack adopt --claim   # after the next start",)
    )
    return Destroyed(True, volumes, runs, experiments, findings=[kept])


def _database(stack: Stack, mode: Mode, image: str) -> Mapping[str, Any]:
    if stack.engine.image(image) is None:
        return {}
    return stack.inside_or_why(mode, "check", "--preflight", progress=Silent()).database


def adopt(stack: Stack, source: Source, claim: bool, disable_s3: bool, ask: Ask, bound_s: float) -> Adopted:
    """Takes over a native server's database or file store, with its artifacts, then, with `claim`, a prefix that is
    already in use.

    The sources are bound read-only. Raises UsageError, CommandFailed.
    """
    named = [path for path in (source.db, source.mlruns) if path]
    if len(named) > 1 or (not named and (source.artifacts or not claim)):
        raise NothingNamed
    stack.need_docker()
    mode = stack.mode(disable_s3)
    adopted = _adopt_database(stack, source, ask, bound_s) if named else None
    if not claim or (adopted is not None and (errors_of(adopted.findings) or not adopted.done)):
        return adopted or Adopted(False, {}, {}, [])
    claimed = _claim(stack, mode, ask)
    before = adopted.findings if adopted else []
    return Adopted(
        claimed.done, claimed.plan, claimed.result, [*before, *claimed.findings], bool(adopted and adopted.restarted)
    )


def _adopt_database(stack: Stack, source: Source, ask: Ask, bound_s: float) -> Adopted:
    """Always with the local file: mlartifacts/ is writable only there."""
    binds, options = sources(source)
    settings = ensure_image(stack, stack.settings("local"))
    named = shlex.join(["adopt", *(part for pair in source.named() for part in map(str, pair))])
    stays = tuple(
        f"{path}, {'likewise' if number else 'which is only read'}" for number, (_, path) in enumerate(source.named())
    )
    ended = while_stopped(
        stack,
        "local",
        stack.running_in(settings),
        Steps("adopt", plan_options=options, binds=binds),
        lambda plan: Question(named, "This copies:", plan_lines(plan), stays),
        ask,
        bound_s,
    )
    return Adopted(*ended)


def _claim(stack: Stack, mode: Mode, ask: Ask) -> Adopted:
    settings = ensure_image(stack, stack.settings(mode))
    planned = stack.inside(mode, "adopt", "claim", "plan")
    plan = planned.result.get("plan") or {}
    if not planned.ok:
        return Adopted(False, plan, {}, list(planned.findings))
    if not ask(
        Question(
            "adopt --claim",
            f"This writes the owner marker of this stack at {settings.destination}:",
            claim_lines(plan),
            ("every object there",),
        )
    ):
        return Adopted(False, plan, {}, list(planned.findings))
    done = execute(stack, mode, ("adopt", "claim", "execute"), planned, (), ())
    return Adopted(done.ok, plan, done.result, list(done.findings))


def sources(source: Source) -> tuple[list[Bind], tuple[str, ...]]:
    """Binds and options for `adopt`: the database's folder whole, for a -wal file beside it belongs to it; a file
    store's parent, for addresses hold its name. Raises SourceUnusable.
    """
    binds: list[Bind] = []
    options: list[str] = []
    for option, path in source.named():
        real = path.resolve()
        if not (real.is_file() if option == "--db" else real.is_dir()) or ":" in str(real):
            raise SourceUnusable(path, option)
        if option == "--artifacts":
            target = f"{ARTIFACTS_TARGET}-{len(binds)}"
            binds.append(Bind(real, target))
            options += ["--artifacts", f"{target}:{real}"]
        else:
            inner = real / "mlruns" if option == "--mlruns" and (real / "mlruns").is_dir() else real
            binds.append(Bind(inner.parent, DATABASE_TARGET))
            options += ["--source", f"{DATABASE_TARGET}/{inner.name}"]
    return binds, tuple(options)


def plan_lines(plan: Mapping[str, Any]) -> tuple[str, ...]:
    """What `adopt plan` found, for people."""
    lines = [f"{plan.get('runs')} runs in {plan.get('experiments')} experiments ({_bytes(plan.get('bytes'))})"]
    if plan.get("artifact_files"):
        lines.append(
            f"{plan['artifact_files']} artifact files ({_bytes(plan.get('artifact_bytes'))}), into mlartifacts/"
        )
    if plan.get("migrate"):
        lines.append(f"the copy's schema is brought from {plan.get('revision')} to {plan.get('expected_revision')}")
    uris = {kind: count for kind, count in (plan.get("uris") or {}).items() if count}
    lines += [f"{count} artifact addresses that begin with {kind}:" for kind, count in uris.items()]
    if plan.get("rewritten"):
        lines.append(f"{plan['rewritten']} of them lie below these folders, and come behind the server")
    return tuple(lines)


def claim_lines(plan: Mapping[str, Any]) -> tuple[str, ...]:
    """What `adopt claim plan` found, for people."""
    count = f"{plan.get('objects')}{' or more' if plan.get('more') else ''}"
    sample = tuple(f"  {key}" for key in plan.get("sample") or ())
    return (
        f"owner now: {plan.get('owner') or 'nobody'}; ours: {plan.get('ours')}",
        f"{count} objects are there",
        *sample,
    )


def _bytes(count: object) -> str:
    return f"{int(count):,} bytes" if isinstance(count, int) else "size unknown"

"""Artifacts of runs that were made offline, to S3 and back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mlflow_stack.compose import Bind
from mlflow_stack.findings import Finding, errors_of
from mlflow_stack.image import ensure_image
from mlflow_stack.maintenance import FOLDER, WRITABLE, Ask, Question, execute
from mlflow_stack.stack import Stack

Direction = Literal["push", "pull"]


@dataclass(frozen=True)
class Compared:
    """Counts and the first paths of each list: `same`, `only_folder`, `only_s3`, `newer_folder`, `newer_s3`."""

    found: Mapping[str, Any]
    findings: list[Finding] = field(default_factory=list)
    command: str = "artifacts diff"

    @property
    def exit_code(self) -> int:
        """1 where the stores could not be compared; that they differ is no error."""
        return 1 if errors_of(self.findings) else 0


@dataclass(frozen=True)
class Copied:
    """`plan` as the image made it, `result` what it did; `done` False: nothing to do, a dry run, a no, or refused."""

    direction: Direction
    done: bool
    plan: Mapping[str, Any]
    result: Mapping[str, Any]
    findings: list[Finding]

    @property
    def command(self) -> str:
        """As one types it."""
        return f"artifacts {self.direction}"

    @property
    def exit_code(self) -> int:
        """1 where the image refused, or an object is not what was sent."""
        return 1 if errors_of(self.findings) else 0


def diff(stack: Stack) -> Compared:
    """Always in S3 mode: local mode knows one store only."""
    stack.need_docker()
    settings = ensure_image(stack, stack.settings("s3"))
    said = stack.inside(settings.mode, "artifacts", "diff")
    found = {key: value for key, value in said.result.items() if key not in ("event", "ok")}
    return Compared(found, list(said.findings))


def copy(stack: Stack, direction: Direction, ask: Ask) -> Copied:
    """What differs, and nothing over something newer. Raises UsageError, CommandFailed."""
    stack.need_docker()
    settings = ensure_image(stack, stack.settings("s3"))
    binds = [Bind(stack.root / FOLDER, WRITABLE, writable=True)] if direction == "pull" else []
    options = ("--folder", WRITABLE) if direction == "pull" else ()
    planned = stack.inside("s3", "artifacts", "plan", "--direction", direction, *options, binds=binds)
    plan = planned.result.get("plan") or {}
    if not planned.ok or not plan.get("objects"):
        return Copied(direction, False, plan, {}, list(planned.findings))
    way = (f"./{FOLDER}", settings.destination)
    source, target = way if direction == "push" else tuple(reversed(way))
    stays = (f"everything in {source}", *_newer(plan, target))
    facts = (f"{plan.get('objects')} artifacts, {int(plan.get('bytes') or 0):,} bytes, from {source} to {target}",)
    if not ask(Question(f"artifacts {direction}", "This copies:", facts, stays)):
        return Copied(direction, False, plan, {}, list(planned.findings))
    done = execute(stack, "s3", ("artifacts", "execute"), planned, options, binds)
    return Copied(direction, done.ok, plan, done.result, list(done.findings))


def _newer(plan: Mapping[str, Any], target: str) -> tuple[str, ...]:
    count = plan.get("newer")
    return (f"{count} artifacts that are newer in {target}",) if count else ()

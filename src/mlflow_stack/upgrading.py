"""The database's schema, brought to what this checkout's MLflow expects."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlflow_stack.findings import Finding, errors_of
from mlflow_stack.image import ensure_image
from mlflow_stack.maintenance import Ask, Question, again, execute
from mlflow_stack.stack import Stack


@dataclass(frozen=True)
class Upgraded:
    """`plan` as the image made it; `done` False: nothing to do, a dry run, a no, or refused (exit 1)."""

    done: bool
    plan: Mapping[str, Any]
    result: Mapping[str, Any]
    findings: list[Finding]
    restarted: bool = False
    command: str = "upgrade"

    @property
    def exit_code(self) -> int:
        """1 where the image refused, or the server did not come back."""
        return 1 if errors_of(self.findings) else 0


def upgrade(stack: Stack, disable_s3: bool, ask: Ask, bound_s: float) -> Upgraded:
    """Brings the volume's own database to the revision of this image's MLflow, on a copy; the old one goes to backups/.

    A server of any kind is stopped for it: the one that waits for this, and the one of an older image that still
    serves. Raises UsageError, CommandFailed.
    """
    stack.need_docker()
    settings = ensure_image(stack, stack.settings(stack.mode(disable_s3)))
    container = stack.container(settings)
    planned = stack.inside(settings.mode, "upgrade", "plan")
    plan = planned.result.get("plan") or {}
    if not planned.ok or not plan.get("migrate"):
        return Upgraded(False, plan, {}, list(planned.findings))
    running = container is not None and container.running
    title = "The server is stopped for it and started again; this upgrades the database:"
    stays = ("every artifact", "the database of now: whole, in backups/")
    question = Question("upgrade", title if running else "This upgrades the database:", upgrade_lines(plan), stays)
    if not ask(question):
        return Upgraded(False, plan, {}, list(planned.findings))
    if running and container is not None:
        stack.runner.act(stack.files.stop(container.mode))
        planned = stack.inside(settings.mode, "upgrade", "plan")
    done = execute(stack, settings.mode, ("upgrade", "execute"), planned, (), ())
    ready, found = again(stack, container.mode, bound_s) if running and container is not None else (False, [])
    return Upgraded(done.ok, plan, done.result, [*done.findings, *found], ready)


def upgrade_lines(plan: Mapping[str, Any]) -> tuple[str, ...]:
    """What `upgrade plan` found, for people."""
    return (
        f"{plan.get('runs')} runs in {plan.get('experiments')} experiments ({int(plan.get('bytes') or 0):,} bytes)",
        f"schema revision {plan.get('revision')} becomes {plan.get('expected_revision')}, on a copy that is compared",
        "nothing goes back by itself: an older MLflow needs the older database, out of backups/",
    )

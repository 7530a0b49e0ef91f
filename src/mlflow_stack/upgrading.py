"""To what this checkout pins: its image, its schema, serving. What is already so is left; the rest is done, or nothing.

Nothing is written down to go on from. The container knows the image of before, Docker the new one, and the volume's
revision says whether the image's verb has swapped, which it does last: whatever is killed, that is how far it came.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from mlflow_stack import compose
from mlflow_stack.engine import Container, Image
from mlflow_stack.errors import CommandFailed, Interrupted, PreflightFailed, StackError
from mlflow_stack.findings import Finding, errors_of
from mlflow_stack.image import ensure_image, kept_name, outdated
from mlflow_stack.inside import Verdict
from mlflow_stack.maintenance import Ask, Question, again, execute
from mlflow_stack.progress import Progress
from mlflow_stack.readiness import probe, wait_ready
from mlflow_stack.settings import Settings
from mlflow_stack.stack import Stack

PATIENCE_S = 240
"""How long MLflow's client tries a request again before a training fails: seven times, up to two minutes apart."""
KEPT_IMAGES = 2
EXECUTE = ("upgrade", "execute")
SWAPPED = "the database has the new schema, and no server runs"


@dataclass(frozen=True)
class Upgraded:
    """`plan` and `result` as the image made them; `image`: version and source `now` and `new`.

    `done` False: nothing to do, a dry run, a no, or red (exit 1): then the server of before runs again, and `log` has
    what was said. `restarted`: the new server is ready. `snapshot`: the database of before.
    """

    done: bool
    plan: Mapping[str, Any]
    image: Mapping[str, Any]
    result: Mapping[str, Any]
    findings: list[Finding]
    restarted: bool = False
    snapshot: Path | None = None
    log: Path | None = None
    command: str = "upgrade"

    @property
    def exit_code(self) -> int:
        """1 where something was red, or the new server is not ready."""
        return 1 if errors_of(self.findings) else 0


class Heard:
    """Hands everything on, and keeps the lines for a log."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self.lines: list[str] = []
        self.step, self.command, self.amount = progress.step, progress.command, progress.amount

    def line(self, text: str) -> None:
        """A line that the image wrote."""
        self.lines.append(text)
        self._progress.line(text)


@dataclass(frozen=True)
class Before:
    """What there is to go back to: the server's container, whether it answered, and the image that has its name."""

    container: Container | None
    served: bool
    image: Image | None
    named: bool


def upgrade(stack: Stack, disable_s3: bool, ask: Ask, bound_s: float) -> Upgraded:
    """Builds beside the server; then stops it, and publishes the new one once the image's verb has proved it.

    Raises UsageError, PreflightFailed, CommandFailed before anything is changed, and Interrupted.
    """
    stack.need_docker()
    settings = stack.settings_in_force(disable_s3)
    before = _before(stack, settings)
    notable = errors_of(stack.preflight(settings, before.container))
    if notable:
        raise PreflightFailed(notable)
    heard = Heard(stack.progress)
    try:
        settings = ensure_image(stack, settings)
    except CommandFailed as error:
        log = _save(stack, [error.outcome.out, error.outcome.err])
        text = "The new image does not build: nothing was changed"
        found = [*error.findings, Finding("upgrade.build", "error", text, str(log), (error.outcome.by_hand,))]
        return Upgraded(False, {}, {}, {}, found, log=log)
    new = stack.engine.image(settings.image)
    image = {"now": _described(before.image), "new": _described(new)}
    planned = stack.inside(settings.mode, "upgrade", "plan")
    plan = planned.result.get("plan") or {}
    # By id: the same source on a newer base is another image.
    same = before.image is not None and new is not None and before.image.id == new.id
    runs = before.container is not None and before.container.running
    if not planned.ok or (same and runs and not plan.get("migrate")):
        _name_back(stack, settings, before)
        return Upgraded(False, plan, image, {}, list(planned.findings))
    if not ask(Question("upgrade", _title(runs), upgrade_lines(plan, image, same), STAYS)):
        _name_back(stack, settings, before)
        return Upgraded(False, plan, image, {}, list(planned.findings))
    done = _prepared(stack, settings, before, plan, heard, bound_s)
    kept = done.result.get("kept")
    snapshot = stack.root / "backups" / Path(str(kept)).name if kept else None
    if not done.ok:
        log = _save(stack, heard.lines)
        back = _back(stack, settings, before, str(log), bound_s)
        return Upgraded(False, plan, image, done.result, [*done.findings, back], False, snapshot, log)
    ready, found = again(stack, settings.mode, bound_s)
    if ready:
        _forget(stack, settings, before, new)
    return Upgraded(True, plan, image, done.result, [*done.findings, *found], ready, snapshot)


def _before(stack: Stack, settings: Settings) -> Before:
    container = stack.container(settings)
    named = stack.engine.image(settings.image)
    if container is None:
        return Before(None, False, named, named is not None)
    served = container.running and probe(settings.running_at(container.published)) == ""
    return Before(container, served, stack.engine.image(container.image_id), container.image_name == settings.image)


def _prepared(
    stack: Stack, settings: Settings, before: Before, plan: Mapping[str, Any], heard: Heard, bound_s: float
) -> Verdict:
    """All that comes before publishing. Whether it is done the volume says, for a verb that was killed says nothing."""
    interrupted = False
    try:
        _end_leftovers(stack, settings)
        if before.image is not None:
            stack.runner.act(compose.tag(before.image.id, kept_name(settings.image, before.image)))
        if before.container is not None and before.container.running:
            # The server alone, for the way back starts the server alone.
            stack.runner.act(stack.files.stop(before.container.mode, compose.SERVICE))
        planned = stack.inside(settings.mode, "upgrade", "plan", progress=heard)
        done = execute(stack, settings.mode, EXECUTE, planned, (), (), heard)
    except StackError as error:
        done = Verdict(tuple(error.findings))
    except KeyboardInterrupt:
        stack.runner.interrupt()
        interrupted, done = True, Verdict()
    if done.ok:
        return done
    _end_leftovers(stack, settings)
    swapped = bool(plan.get("migrate")) and _is_current(stack, settings, heard)
    if interrupted:
        left = SWAPPED if swapped else _back(stack, settings, before, str(_save(stack, heard.lines)), bound_s).text
        raise Interrupted("upgrade", left, "./stack upgrade") from None
    return Verdict((), {"ok": True}) if swapped else done


def _is_current(stack: Stack, settings: Settings, heard: Heard) -> bool:
    now = stack.inside_or_why(settings.mode, "upgrade", "plan", progress=heard)
    return now.ok and not (now.result.get("plan") or {}).get("migrate")


def _end_leftovers(stack: Stack, settings: Settings) -> None:
    """A wrapper that was killed leaves its verb at work, alone with the volume; until it has swapped it can go."""
    for container in stack.engine.one_offs(settings.project, " ".join(EXECUTE)):
        stack.progress.step("Ending what an interrupted upgrade has left at work")
        # It may end by itself meanwhile.
        stack.runner.stream(compose.kill(container), stack.progress.line, stack.progress.line)


def _back(stack: Stack, settings: Settings, before: Before, log: str, bound_s: float) -> Finding:
    """The image's name, and the container, which still has its image; the database has not been touched."""
    try:
        _end_leftovers(stack, settings)
        _name_back(stack, settings, before)
        container = before.container
        if container is None:
            text = "Nothing was published, and the database is as it was; there was no server before"
            return Finding("upgrade.back", "warning", text, log, ("./stack upgrade",))
        stack.runner.act(stack.files.start_as_it_is(container.mode))
    except StackError as error:
        text = f"Nothing was published; the server of before did not start again: {error}"
        return Finding("upgrade.back", "error", text, log, ("./stack doctor",))
    if before.served:
        at = settings.running_at(container.published)
        waited = wait_ready(lambda: probe(at), lambda: stack.container(settings), list, bound_s)
        if not waited.ready:
            text = f"Nothing was published; the server of before was started again: {waited.reason}"
            return Finding("upgrade.back", "error", text, log, ("./stack logs", "./stack doctor"))
    again = "runs again" if before.served else "is started again, though it did not serve"
    text = f"Nothing was published: the server of before {again}, and the database is as it was"
    return Finding("upgrade.back", "warning", text, log, ("./stack upgrade",))


def _name_back(stack: Stack, settings: Settings, before: Before) -> None:
    """Bare `docker compose up` starts the image of before again, where it had this name."""
    named = stack.engine.image(settings.image)
    if before.named and before.image is not None and named is not None and named.id != before.image.id:
        stack.runner.act(compose.tag(before.image.id, settings.image))


def _forget(stack: Stack, settings: Settings, before: Before, new: Image | None) -> None:
    """Older images go but for the last ones; one that another project uses stays, and is no error."""
    keep = [kept_name(settings.image, each) for each in (before.image, new) if each is not None]
    for reference in outdated(settings.image, stack.engine.tags(settings.image.rpartition(":")[0]), keep, KEPT_IMAGES):
        stack.runner.stream(compose.untag(reference), stack.progress.line, stack.progress.line)


def _save(stack: Stack, lines: Sequence[str]) -> Path:
    folder = stack.root / ".stack"
    folder.mkdir(exist_ok=True)
    path = folder / f"upgrade-{datetime.now():%Y%m%d-%H%M%S}.log"  # noqa: DTZ005 - the clock on the user's wall.
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


STAYS = ("every artifact", "the database of now: as a snapshot, in backups/")


def upgrade_lines(plan: Mapping[str, Any], image: Mapping[str, Any], same: bool) -> tuple[str, ...]:
    """What is going to change, for people."""
    revision, expected, seconds = plan.get("revision"), plan.get("expected_revision"), int(plan.get("seconds") or 0)
    patience = PATIENCE_S // 60
    away = (
        f"about {seconds} s without a server; a training that logs meanwhile tries again for {patience} minutes"
        if seconds <= PATIENCE_S
        else f"about {seconds // 60} minutes without a server; a training that logs meanwhile tries again for "
        f"{patience} minutes and then FAILS: end trainings first"
    )
    return (
        f"the image stays {_named(image['new'])}" if same else f"{_named(image['now'])} becomes {_named(image['new'])}",
        f"schema revision {revision} becomes {expected}, on a copy that is compared"
        if plan.get("migrate")
        else f"schema revision {revision} stays",
        f"{plan.get('runs')} runs in {plan.get('experiments')} experiments ({int(plan.get('bytes') or 0):,} bytes)",
        away,
        "the new server is tried on a copy; anything wrong until then, and the server of before runs again",
        "once it is published nothing goes back by itself, for clients have written",
    )


def _title(runs: bool) -> str:
    return f"The server {'is stopped, and ' if runs else ''}runs in the end as this checkout has it; this upgrades:"


def _described(image: Image | None) -> Mapping[str, str] | None:
    return None if image is None else {"version": image.version, "source": image.source}


def _named(described: Mapping[str, str] | None) -> str:
    return f"MLflow {described['version']} ({described['source'][:12]})" if described else "no image"

"""upgrade: server and database are brought to what this checkout pins; the swap comes last.

Nothing is written down to continue from. The container knows the previous image, Docker the new one, and the volume's
revision says whether the image's verb has swapped, which it does last: whatever is killed, that is how far it came.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlflow_stack.engine.containers import Container, Image
from mlflow_stack.engine.contract import Place, Planned, UpgradePlan
from mlflow_stack.engine.image import kept_name, outdated
from mlflow_stack.engine.image_verb import Decide, Said, never
from mlflow_stack.engine.server import probe
from mlflow_stack.engine.stack import Stack
from mlflow_stack.errors import AGAIN, Finding, StackError, as_error, error, errors_of, save, warning
from mlflow_stack.settings import Settings
from mlflow_stack.verbs.plan import STOPPING, Done, Question, Session
from mlflow_stack.verbs.result import Line
from mlflow_stack.verbs.server import READY_WITHIN_S, bring_up, start_again, state_finding

KEPT_IMAGES = 2
VERB = "upgrade"
NOT_DONE = [Line("Nothing was upgraded")]
AS_IT_WAS = "Nothing was published, and the database is as it was"


@dataclass(frozen=True)
class Upgraded(Done[UpgradePlan, Place]):
    """`images`: MLflow's version and the source's hash, before and after. `snapshot`: the previous database; `log`:
    what was said by an upgrade that was red (exit 1), after which all is as it was.
    """

    images: tuple[str, str] = ("", "")
    snapshot: Path | None = None
    log: Path | None = None

    def fields(self) -> dict[str, Any]:
        """With both images, snapshot and log."""
        return super().fields() | {"images": self.images, "snapshot": self.snapshot, "log": self.log}


@dataclass
class Attempt:
    """One upgrade on its way, and what there is to go back to: the server's container, whether it answered, its image,
    and whether that had the name that the Compose files give. `swapped`: the database has the new schema.
    """

    stack: Stack
    settings: Settings
    container: Container | None
    served: bool
    image: Image | None
    named: bool
    swapped: bool = False

    @property
    def ran(self) -> bool:
        """Whether the server has to run again, whatever happens."""
        return self.container is not None and self.container.running

    def ask(self, step: str, decide: Decide = never) -> Said[UpgradePlan, Place]:
        """What the new image says of the database, or does to it."""
        return self.stack.ask(self.settings, (UpgradePlan, Place), (VERB, step), decide)

    def end_leftovers(self) -> None:
        """A wrapper that was killed leaves its verb at work, alone with the volume; until it has swapped it can go."""
        for container in self.stack.engine.one_offs(self.settings.project, f"{VERB} execute"):
            self.stack.progress.step("Ending what an interrupted upgrade has left running")
            self.stack.runner.query(("docker", "rm", "--force", container))  # It may end by itself meanwhile.

    def name_back(self) -> None:
        """The Compose files' name goes back to the previous image, so that bare `docker compose up` starts that one."""
        now = self.stack.engine.image(self.settings.image)
        if self.named and self.image is not None and now is not None and now.id != self.image.id:
            self.named = False  # A failure is said once, and hides no other.
            self.stack.runner.act(("docker", "tag", self.image.id, self.settings.image))

    def roll_back(self, said: str = "") -> tuple[list[Finding], Path | None]:
        """Image, name and server as they were; the database has not been touched. What was found, and the log, where
        the image has `said` something.
        """
        found: list[Finding] = []
        log = save(self.stack.own_folder, VERB, said, found) if said else None
        where = str(log or "")
        try:
            self.end_leftovers()
            self.name_back()
        except StackError as failed:
            text = "The previous image did not get its name back"
            found += [*failed.findings, error("upgrade.back", text, where, AGAIN)]
        if self.container is None or not self.ran:
            text = f"{AS_IT_WAS}; no server ran before, and none runs now"
            return [*found, warning("upgrade.back", text, where, AGAIN)], log
        ready, more = start_again(self.stack, self.container.mode, interrupted=True)
        text = f"{AS_IT_WAS}: the previous server runs again" if ready else AS_IT_WAS
        text += "" if self.served else "; it did not serve before either"
        return [*found, warning("upgrade.back", text, where, AGAIN), *more], log


def upgrade(session: Session) -> Upgraded:
    """Builds beside the server; then stops it, and publishes the new one once the image's verb has proved it.

    Whatever ends it before that, the previous image has its name and the previous server runs. Raises StackError.
    """
    stack, settings = session.stack, session.settings()
    container, named = stack.container(settings), stack.engine.image(settings.image)
    image = named if container is None else stack.engine.image(container.image_id)
    served = container is not None and container.running and probe(settings) == ""
    had_name = named is not None if container is None else container.image_name == settings.image
    attempt = Attempt(stack, settings, container, served, image, had_name)
    wrong = errors_of(stack.preflight(settings, container))
    if wrong:
        raise StackError(*wrong)
    if session.dry_run:
        stale = stack.need_image(settings, looks=True)
        return Upgraded(NOT_DONE, stale) if stale else _upgrade(session, attempt)
    try:
        stack.build(settings)
        return _upgrade(session, attempt)
    finally:
        if not attempt.swapped:
            attempt.name_back()


def _upgrade(session: Session, attempt: Attempt) -> Upgraded:
    stack, settings = attempt.stack, attempt.settings
    new = stack.engine.image(settings.image)
    images = (_described(attempt.image), _described(new))
    # By id: the same source on a newer base is another image.
    same = attempt.image is not None and new is not None and attempt.image.id == new.id
    agreed: list[bool] = []

    def decide(planned: Planned) -> bool:
        if not (same and attempt.ran and not planned.plan.get("migrate")):
            becomes = f"the image stays {images[1]}" if same else f"{images[0]} becomes {images[1]}"
            agreed.append(session.ask(Question(planned.title, (becomes, *planned.facts), planned.stays)))
        return False

    said = attempt.ask("plan", decide)
    if not any(agreed):
        at = f"serves a database at schema revision {said.plan.revision}" if said.plan else ""
        current = [Line(f"Nothing to do: {images[1]} {at}")]
        lines = current if said.plan and not agreed and not said.nothing else NOT_DONE
        return Upgraded(lines, list(said.findings), plan=said.plan, images=images)
    done = _execute(attempt)
    if done.result is None:
        back, log = attempt.roll_back(done.log)
        return Upgraded(NOT_DONE, [*done.findings, *back], plan=said.plan, images=images, log=log)
    kept = stack.root / "backups" / Path(done.result.kept).name if done.result.kept else None
    started = bring_up(stack, settings, attempt.container, READY_WITHIN_S, stack.compose.up(settings.mode))
    found, ready = [*done.findings, *started.findings], started.exit_code == 0
    if ready:
        _prune(attempt, new)
    else:
        found.append(error("server.ready", started.lines[0].text, "", "./stack logs --tail 50"))
    snapshot = f"; the previous database is snapshot {kept.name}" if kept else ""
    lines = [Line(f"Upgraded: {images[0]} → {images[1]}{snapshot}", "good")]
    return Upgraded(lines, found, None, None, (), said.plan, done.result, ready, images, kept)


def _execute(attempt: Attempt) -> Said[UpgradePlan, Place]:
    """All that comes before publishing. A verb that was killed says nothing: then the volume's revision counts.

    Raises StackError: after a roll back, or where only the server is missing.
    """
    stack, settings = attempt.stack, attempt.settings
    migrates: list[bool] = []

    def agree(planned: Planned) -> bool:
        migrates.append(bool(planned.plan.get("migrate")))
        return True

    try:
        attempt.end_leftovers()
        if attempt.image is not None:
            stack.runner.act(("docker", "tag", attempt.image.id, kept_name(settings.image, attempt.image)))
        if attempt.container is not None and attempt.ran:
            stack.progress.step(STOPPING)
            stack.runner.act(stack.compose.stop(attempt.container.mode))
        said = attempt.ask("execute", agree)
        attempt.swapped = said.result is not None
        return said
    except BaseException as raised:
        stack.runner.interrupt()
        ended = as_error(raised, VERB, changed=True, crashes=stack.own_folder)
        try:
            attempt.end_leftovers()
            now = attempt.ask("plan") if any(migrates) else None
        except StackError as failed:
            raise ended.with_findings(*failed.findings, state_finding(stack, settings.mode)) from raised
        if now is None or now.plan is None or now.plan.migrate:
            raise ended.with_findings(*attempt.roll_back()[0]) from raised
        attempt.swapped = True
        if isinstance(raised, StackError):
            return Said(tuple(ended.findings), True, result=Place())
        text = "The database has the new schema, and no server runs"
        raise ended.with_findings(error("server.ready", text, "", AGAIN)) from raised


def _prune(attempt: Attempt, new: Image | None) -> None:
    """Older images go but for the last ones; one that another project uses stays, and is no error."""
    stack, reference = attempt.stack, attempt.settings.image
    keep = [kept_name(reference, each) for each in (attempt.image, new) if each is not None]
    for each in outdated(reference, stack.engine.tags(reference.rpartition(":")[0]), keep, KEPT_IMAGES):
        stack.runner.query(("docker", "image", "rm", each))


def _described(image: Image | None) -> str:
    return f"MLflow {image.version} ({image.source[:12]})" if image else "no image"

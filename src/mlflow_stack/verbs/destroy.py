"""destroy: containers and volumes are removed, the database with them."""

from pydantic import BaseModel

from mlflow_stack.errors import info
from mlflow_stack.verbs.plan import Question, Session
from mlflow_stack.verbs.result import Line, Result, held


class Destroyed(BaseModel):
    """`done` False: a dry run, a no, or nothing there. `volumes`: those that were or would be removed."""

    done: bool
    volumes: tuple[str, ...]
    runs: int | None = None
    experiments: int | None = None


def destroy(session: Session) -> Result:
    """Removes containers, network and volumes. `mlartifacts/`, `backups/` and S3 stay. Raises StackError."""
    stack, settings = session.stack, session.settings()
    container = stack.container(settings)
    volumes = tuple(name for name in settings.volumes if stack.engine.has_volume(name))
    if container is None and not volumes:
        return Result([Line("There is nothing to remove")], data=Destroyed(done=False, volumes=()))
    facts = stack.facts(settings) if settings.data_volume in volumes else None
    content = {"runs": facts.database.runs, "experiments": facts.database.experiments} if facts else {}
    known = held(**content) if content.get("runs") is not None else "how many runs it holds is unknown"
    lines = [f"volume {each}{f', the database: {known}' if each == settings.data_volume else ''}" for each in volumes]
    lines += [f"container {container.name} ({container.state})"] if container else []
    stays = ("mlartifacts/ and backups/ in this folder", "everything in S3")
    if not session.ask(Question("This removes for good:", lines, stays)):
        return Result([Line("Nothing was removed")], data=Destroyed(done=False, volumes=volumes, **content))
    stack.runner.act(stack.compose.down_volumes(settings.mode))
    gone = tuple(name for name in volumes if not stack.engine.has_volume(name))
    place = "mlartifacts/" if settings.mode == "local" else settings.destination
    text = f"What stays in {place} belongs to the removed database; a new one deletes nothing there"
    fixes = ("./stack backups   # the copies to restore from", "./stack adopt --claim   # after the next start")
    kept = info("owner.kept", text, settings.destination, *fixes)
    return Result([Line(f"Removed: {', '.join(gone)}")], [kept], Destroyed(done=True, volumes=gone, **content))

"""status: how the stack is, without changing or starting anything."""

from datetime import UTC, datetime

from pydantic import BaseModel

from mlflow_stack.engine import host
from mlflow_stack.engine.server import probe
from mlflow_stack.settings import BOUND_FOLDERS, MODE_NAMES, Mode
from mlflow_stack.verbs.plan import Session
from mlflow_stack.verbs.result import Line, Result, duration, held, row, size


class Status(BaseModel):
    """`health`: ready, not-ready, stopped or absent. `snapshot`: the newest; `drilled`: when one was last tried.
    Sizes and memory in bytes, uptime in seconds; None: not known, or not there.
    """

    mode: Mode
    url: str
    health: str
    reason: str
    uptime: float | None
    memory_used: int | None
    memory_limit: int | None
    versions: dict[str, str | None]
    sizes: dict[str, int | None]
    runs: int | None
    experiments: int | None
    snapshot: str | None = None
    drilled: str | None = None


def status(session: Session) -> Result:
    """Asks engine, URL, and the image for versions and the database (a container of its own, about two seconds)."""
    stack, settings = session.stack, session.settings()
    container, engine = stack.container(settings), stack.engine
    health, reason = "absent", "there is no container"
    if container is not None:
        reason = probe(settings) if container.running else f"exit code {container.exit_code}"
        health = "stopped" if not container.running else "not-ready" if reason else "ready"
    running = container if container and container.running else None
    memory, started = (
        (engine.memory(running) or (None, None)) if running else (None, None),
        running and running.started_at,
    )
    facts = stack.facts(settings) if engine.has_volume(settings.data_volume) else None
    database, image = facts.database if facts else None, engine.image(settings.image)
    sizes = {"database": database.bytes if database else None, "image": image.size if image else None}
    named = facts.model_dump(include={"mlflow", "python", "sqlite"}) if facts else {}
    found = Status(
        mode=settings.mode,
        url=settings.url,
        health=health,
        reason=reason,
        uptime=(datetime.now(UTC) - started).total_seconds() if started else None,
        memory_used=memory[0],
        memory_limit=memory[1],
        versions={**named, "revision": database.revision if database else None},
        sizes=sizes | {name: host.folder_bytes(stack.root / name) for name in BOUND_FOLDERS},
        runs=database.runs if database else None,
        experiments=database.experiments if database else None,
        snapshot=facts.snapshot if facts else None,
        drilled=facts.drilled if facts else None,
    )
    findings = [each for each in [stack.image_finding(settings)] if each.level != "ok"]
    return Result(_rows(found), findings, found, code=0 if health == "ready" else 1)


def _rows(found: Status) -> list[Line]:
    """What is there, by name."""
    tried = f"tried {found.drilled[:10]}" if found.drilled else "never tried"
    rows = {
        "mode": MODE_NAMES[found.mode],
        "url": found.url,
        "health": found.health + (f" ({found.reason})" if found.reason else ""),
        "uptime": "" if found.uptime is None else duration(found.uptime),
        "memory": "" if found.memory_used is None else f"{size(found.memory_used)} of {size(found.memory_limit)}",
        "versions": ", ".join(f"{name} {value}" for name, value in found.versions.items() if value),
        "sizes": ", ".join(f"{name} {size(value)}" for name, value in found.sizes.items() if value is not None),
        "content": "" if found.runs is None else held(found.runs, found.experiments),
        "backup": f"{found.snapshot}, {tried}" if found.snapshot else "none yet" if found.runs is not None else "",
    }
    return [row(f"{name:<9} {value}") for name, value in rows.items() if value]

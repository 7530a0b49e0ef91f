"""How the stack is, without changing or starting a server."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from mlflow_stack import host, snapshots
from mlflow_stack.compose import Mode
from mlflow_stack.findings import Finding
from mlflow_stack.progress import Silent
from mlflow_stack.readiness import probe
from mlflow_stack.settings import Settings
from mlflow_stack.stack import BOUND_FOLDERS, Stack


@dataclass(frozen=True)
class Status:
    """`health`: ready, not-ready, stopped or absent. `snapshot`: the newest; `drilled`: when one was last tried. Sizes
    and memory in bytes, uptime in seconds; None: could not be found out.
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
    drilled: datetime | None = None
    findings: list[Finding] = field(default_factory=list)
    command: str = "status"

    @property
    def exit_code(self) -> int:
        """0 only for a server that is ready."""
        return 0 if self.health == "ready" else 1


def status(stack: Stack, disable_s3: bool, now: datetime | None = None) -> Status:
    """Asks engine, URL, and the image for versions and the database (a container of its own, about two seconds)."""
    stack.need_docker()
    settings = stack.settings_in_force(disable_s3)
    container = stack.container(settings)
    health, reason = "absent", ""
    if container is not None:
        settings = settings.running_at(container.published if container.running else None)
        reason = probe(settings) if container.running else f"exit code {container.exit_code}"
        health = "stopped" if not container.running else "not-ready" if reason else "ready"
    memory = stack.engine.memory(container) if container and container.running else None
    started = container.started_at if container and container.running else None
    facts = _facts(stack, settings) if container is not None else {}
    database = facts.get("database") or {}
    image = stack.engine.image(settings.image)
    last = snapshots.look(stack.root / "backups")
    sizes: dict[str, int | None] = {"database": database.get("bytes"), "image": image.size if image else None}
    sizes |= {name: host.folder_bytes(stack.root / name) for name in BOUND_FOLDERS}
    return Status(
        mode=settings.mode,
        url=settings.url,
        health=health,
        reason=reason,
        uptime=((now or datetime.now(UTC)) - started).total_seconds() if started else None,
        memory_used=memory.used if memory else None,
        memory_limit=memory.limit if memory else None,
        versions={
            **{name: facts.get(name) for name in ("mlflow", "python", "sqlite")},
            "revision": database.get("revision"),
        },
        sizes=sizes,
        runs=database.get("runs"),
        experiments=database.get("experiments"),
        snapshot=last.snapshot,
        drilled=last.drilled,
    )


def _facts(stack: Stack, settings: Settings) -> Any:
    if stack.engine.image(settings.image) is None:
        return {}
    return stack.inside_or_why(settings.mode, "check", "--preflight", progress=Silent()).facts

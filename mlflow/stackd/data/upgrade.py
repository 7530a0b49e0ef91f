"""Brings the volume's own database, written by an older MLflow, to this image's schema revision.

A start never does that by itself. The migration runs on a copy; the old database stays in ./backups.
"""

from typing import Any

from stackd import mlflow_internals, settings
from stackd.data import swap
from stackd.database import serving, sqlite


def plan() -> dict[str, Any]:
    """What would change: ``revision``, ``expected_revision``, ``migrate``, ``experiments``, ``runs``, ``bytes``.

    Raises:
        swap.Refused: there is no database, or a newer MLflow has written it.
    """
    state = _state()
    sqlite.copy(settings.DATABASE, swap.SCRATCH)
    try:
        revision = swap.known_revision(settings.DATABASE.name)
        tables = sqlite.counts(swap.SCRATCH)
    finally:
        swap.remove_scratch()
    return {
        "state": state,
        "revision": revision,
        "expected_revision": mlflow_internals.SCHEMA_HEAD,
        "migrate": revision != mlflow_internals.SCHEMA_HEAD,
        "experiments": tables.get("experiments", 0),
        "runs": tables.get("runs", 0),
        "bytes": settings.DATABASE.stat().st_size,
    }


def execute(planned: dict[str, Any]) -> dict[str, Any]:
    """Migrate a copy, compare every table's rows, keep the old database in ./backups, swap.

    Raises:
        swap.Refused: a server has the database, it changed since the plan, or the migration would lose rows.
    """
    if serving.in_use():
        raise swap.Refused("database.busy", "the server is running", "", ["./stack stop"])
    if planned["state"] != _state():
        text = "the database has changed since the plan"
        raise swap.Refused("database.busy", text, str(settings.DATABASE), ["./stack upgrade"])
    if not planned["migrate"]:
        return {"tables": {}}
    sqlite.copy(settings.DATABASE, swap.SCRATCH)
    try:
        compared = swap.bring_up(migrate=True)
        swap.swap_in()
    finally:
        swap.remove_scratch()
    return {"tables": compared}


def _state() -> list[int]:
    if not settings.DATABASE.exists():
        raise swap.Refused(
            "data.volume-empty", "there is no database yet: the first start makes one", "", ["./stack start"]
        )
    found = settings.DATABASE.stat()
    return [found.st_size, found.st_mtime_ns]

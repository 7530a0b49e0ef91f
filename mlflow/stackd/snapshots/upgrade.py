"""Brings the volume's own database to this image's schema revision, and proves that this image serves it.

A start never migrates by itself. All of it is done on a copy, which is served and read before it replaces the
database: until that one rename the volume is unchanged, whatever fails or is killed.
"""

from typing import Any

from stackd import mlflow_internals, settings
from stackd.database import sqlite
from stackd.failures import Refused
from stackd.settings import Settings
from stackd.snapshots import smoke, snapshot, swap

KEPT = 7
# How long no server answers, whatever the database holds, and what each further byte takes: copied four times,
# read once for its SHA-256, migrated. From one of 3.14 with 230 MB of metrics, on two busy cores: a
# copy took 6 s, the SHA-256 1.4 s, the migration 31 s.
SECONDS, BYTES_PER_SECOND = 30, 5_000_000


def plan() -> dict[str, Any]:
    """What would change: ``revision``, ``expected_revision``, ``migrate``, ``experiments``, ``runs``, ``bytes``.

    ``seconds``: how long no server answers, estimated from the size. Reads beside a server and takes no room.

    Raises:
        Refused: there is no database, or a newer MLflow has written it.
    """
    state = swap.state()
    if not state:
        text = "There is no database yet: the first start creates it"
        raise Refused("data.volume-empty", text, "", [settings.start_command()])
    revision = swap.known_revision(settings.DATABASE.name, settings.DATABASE)
    tables = sqlite.counts(settings.DATABASE)
    return {
        "state": state,
        "revision": revision,
        "expected_revision": mlflow_internals.SCHEMA_HEAD,
        "migrate": revision != mlflow_internals.SCHEMA_HEAD,
        "experiments": tables.get("experiments", 0),
        "runs": tables.get("runs", 0),
        "bytes": state[0],
        "seconds": SECONDS + state[0] // BYTES_PER_SECOND,
    }


@swap.alone()
def execute(config: Settings, planned: dict[str, Any]) -> dict[str, Any]:
    """A snapshot; a copy, migrated where it has to be, every table's rows compared; served and read; swapped.

    Returns:
        ``kept``: the snapshot's folder; ``tables``: rows before and after.

    Raises:
        Refused: a server has the database, it changed since the plan, the migration would lose rows, or the
            smoke test is red. The database is unchanged.
    """
    if planned["state"] != swap.state():
        text = "The database has changed since the plan"
        raise Refused("database.busy", text, str(settings.DATABASE), ["./stack upgrade"])
    kept = snapshot.create(config, settings.BACKUPS, whole=False, keep=KEPT, reason="before-upgrade")
    sqlite.copy(settings.DATABASE, swap.SCRATCH)
    try:
        compared = swap.bring_up(planned["migrate"])
        smoke.smoke(config, swap.SCRATCH)
        if planned["migrate"]:
            swap.swap_in(keep=False)
    finally:
        swap.remove_scratch()
    return {"kept": str(kept), "tables": compared}

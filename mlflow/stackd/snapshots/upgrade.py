"""Brings the volume's own databases to this image's schema revisions, and proves that this image serves it.

A start never migrates by itself. All of it is done on a copy, which is served and read before it replaces the
database: until that one rename the volume is unchanged, whatever fails or is killed.
"""

from typing import Any

from stackd import database, mlflow_internals
from stackd.failures import Refused
from stackd.settings import Settings, start_command
from stackd.snapshots import smoke, snapshot, swap

KEPT = 7
# How long no server answers, whatever the database holds, and what each further byte takes: copied four times,
# read once for its SHA-256, migrated. From one of 3.14 with 230 MB of metrics, on two busy cores: a
# copy took 6 s, the SHA-256 1.4 s, the migration 31 s.
SECONDS, BYTES_PER_SECOND = 30, 5_000_000


def plan(config: Settings) -> dict[str, Any]:
    """What would change: ``revision``, ``expected_revision``, ``migrate``, ``experiments``, ``runs``, ``bytes``.

    ``seconds``: how long no server answers, estimated from the size. Reads beside a server and takes no room.

    Raises:
        Refused: there is no database, or a newer MLflow has written it.
    """
    base = database.of(config)
    if not base.exists():
        text = "There is no database yet: the first start creates it"
        raise Refused("data.volume-empty", text, "", [start_command()])
    revision, migrate = swap.known_revision(config.places.database.name, base, database.users(config))
    state, tables, (size, _) = swap.state(config), base.counts(), base.space()
    return {
        "state": state,
        "revision": revision,
        "expected_revision": mlflow_internals.SCHEMA_HEAD,
        "migrate": migrate,
        "experiments": tables.get("experiments", 0),
        "runs": tables.get("runs", 0),
        "bytes": size,
        "seconds": SECONDS + size // BYTES_PER_SECOND,
    }


@swap.alone
def execute(config: Settings, planned: dict[str, Any]) -> dict[str, Any]:
    """A snapshot; a copy, migrated where it has to be, every table's rows compared; served and read; swapped.

    Returns:
        ``kept``: the snapshot's folder; ``tables``: rows before and after.

    Raises:
        Refused: a server has the database, it changed since the plan, the migration would lose rows, or the
            smoke test is red. The database is unchanged.
    """
    base = database.of(config)
    if planned["state"] != swap.state(config):
        text = "The database has changed since the plan"
        raise Refused("database.busy", text, base.where, ["./stack upgrade"])
    kept = snapshot.create(config, config.places.backups, whole=False, keep=KEPT, reason="before-upgrade")
    swap.take(config, base, database.users(config))
    compared = swap.bring_up(config)
    smoke.smoke(config)
    if planned["migrate"]:
        swap.swap_in(config, keep=False)
    return {"kept": str(kept), "tables": compared}

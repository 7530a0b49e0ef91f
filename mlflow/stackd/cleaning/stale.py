"""Ends runs that a crash left RUNNING: they have been silent for so long that nobody logs to them any more."""

import hashlib
import sqlite3
import time
from contextlib import closing
from typing import Any

from stackd import settings
from stackd.database import sqlite
from stackd.database.turns import Turns
from stackd.failures import Refused

SHOWN = 20
# The last word of a run: its start, or its newest metric, a heartbeat of the system metrics included.
SILENT = """
    SELECT run_uuid, experiment_id, MAX(start_time, COALESCE((
        SELECT MAX(timestamp) FROM latest_metrics WHERE latest_metrics.run_uuid = runs.run_uuid), 0)) AS last
    FROM runs WHERE status = 'RUNNING' AND lifecycle_stage = 'active' AND last <= :before ORDER BY run_uuid
"""


def plan(older_than: int) -> dict[str, Any]:
    """Runs that are RUNNING and have logged nothing for ``older_than`` seconds."""
    before = int((time.time() - older_than) * 1000)
    with sqlite.reading(settings.DATABASE, timeout=10) as connection:
        found = _silent(connection, before)
    return {"before": before, "runs": len(found), "run_ids": [run for run, _ in found[:SHOWN]], "state": _state(found)}


def execute(planned: dict[str, Any], turns: Turns | None = None) -> dict[str, Any]:
    """End them as KILLED, at the time of their last word.

    Raises:
        Refused: one of them has logged something since the plan.
    """
    with closing(sqlite3.connect(settings.DATABASE, timeout=10)) as connection, (turns or Turns()).turn(), connection:
        sqlite.serving_pragmas(connection)
        found = _silent(connection, planned["before"])
        if _state(found) != planned["state"]:
            text = "A run has ended, or has logged something, since the plan: nothing was changed"
            raise Refused("database.busy", text, "", ["./stack close-stale"])
        ended = [(last, run) for run, last in found]
        connection.executemany("UPDATE runs SET status = 'KILLED', end_time = ? WHERE run_uuid = ?", ended)
    return {"runs": len(found)}


def _silent(connection: sqlite3.Connection, before: int) -> list[tuple[str, int]]:
    rows = connection.execute(SILENT, {"before": before})
    return [(str(run), int(last)) for run, _, last in rows]


def _state(found: list[tuple[str, int]]) -> str:
    return hashlib.sha256(repr(found).encode()).hexdigest()

"""Ends runs that a crash left RUNNING: they have been silent for so long that nobody logs to them any more."""

import hashlib
import time
from typing import Any

from stackd import database
from stackd.database import Rows
from stackd.failures import Refused
from stackd.settings import Settings

SHOWN = 20
# The last word of a run: its start, or its newest metric, a heartbeat of the system metrics included.
SILENT = """
    SELECT run_uuid, experiment_id, MAX(start_time, COALESCE((
        SELECT MAX(timestamp) FROM latest_metrics WHERE latest_metrics.run_uuid = runs.run_uuid), 0)) AS last
    FROM runs WHERE status = 'RUNNING' AND lifecycle_stage = 'active' AND last <= :before ORDER BY run_uuid
"""


def plan(config: Settings, older_than: int) -> dict[str, Any]:
    """Runs that are RUNNING and have logged nothing for ``older_than`` seconds."""
    before = int((time.time() - older_than) * 1000)
    with database.of(config).read() as rows:
        found = _silent(rows, before)
    return {"before": before, "runs": len(found), "run_ids": [run for run, _ in found[:SHOWN]], "state": _state(found)}


def execute(config: Settings, planned: dict[str, Any]) -> dict[str, Any]:
    """End them as KILLED, at the time of their last word.

    Raises:
        Refused: one of them has logged something since the plan.
    """
    with database.of(config).write() as rows:
        found = _silent(rows, planned["before"])
        if _state(found) != planned["state"]:
            text = "A run has ended, or has logged something, since the plan: nothing was changed"
            raise Refused("database.busy", text, "", ["./stack close-stale"])
        for run, last in found:
            rows.change("UPDATE runs SET status = 'KILLED', end_time = :last WHERE run_uuid = :run", last=last, run=run)
    return {"runs": len(found)}


def _silent(rows: Rows, before: int) -> list[tuple[str, int]]:
    return [(str(run), int(last)) for run, _, last in rows(SILENT, before=before)]


def _state(found: list[tuple[str, int]]) -> str:
    return hashlib.sha256(repr(found).encode()).hexdigest()

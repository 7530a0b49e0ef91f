"""What a cleanup is about to remove: until it has gone, the database itself refuses to bring it back.

MLflow's ``restore_run`` asks nothing, and the schema allows no third ``lifecycle_stage``: so there are triggers, which
count for whoever writes. MLflow looks for the tables that it needs, and does not mind one more. A cleanup that was
killed leaves its claims to the next one; one that has ended leaves neither claim, table nor trigger.
"""

import json
from collections.abc import Iterable

from stackd.database import Database, Rows

# Kind and id.
Item = tuple[str, str]
TABLE = "stackd_claims"
# By kind: table, id, and what moves a row out of reach.
TABLES = {
    "experiment": ("experiments", "experiment_id", "lifecycle_stage"),
    "run": ("runs", "run_uuid", "lifecycle_stage, experiment_id"),
    "model": ("logged_models", "model_id", "lifecycle_stage, experiment_id"),
    "trace": ("trace_info", "request_id", "experiment_id"),
}
# Every id that a version names is a whole segment, as in cleaning/cleanup.py.
NAMED = """'/' || COALESCE(NEW.run_id, '') || '/' || replace(COALESCE(NEW.source, ''), ':/', '/')
    || '/' || replace(COALESCE(NEW.storage_location, ''), ':/', '/') || '/'"""


def _triggers() -> dict[str, str]:
    """By name: when something happens to a claimed row, into a claimed experiment, or of what is claimed."""
    held = f"EXISTS (SELECT 1 FROM {TABLE} WHERE"
    made = {
        "version": f"INSERT ON model_versions WHEN {held} kind <> 'experiment' AND instr({NAMED}, '/' || id || '/'))"
    }
    for kind, (table, column, moved) in TABLES.items():
        other = " OR ".join(f"OLD.{each} <> NEW.{each}" for each in moved.split(", "))
        mine = f"{held} kind = '{kind}' AND id = CAST(OLD.{column} AS TEXT))"
        made[f"{kind}_kept"] = f"UPDATE OF {moved} ON {table} WHEN ({other}) AND {mine}"
        if kind != "experiment":
            into = f"{held} kind = 'experiment' AND id = CAST(NEW.experiment_id AS TEXT))"
            made[f"{kind}_new"] = f"INSERT ON {table} WHEN {into}"
    return made


def take(rows: Rows, items: Iterable[Item]) -> None:
    """Claim these and nothing else, in the turn that has chosen them."""
    forget(rows)
    rows.change(f"CREATE TABLE {TABLE} (kind TEXT, id TEXT, PRIMARY KEY (kind, id)) WITHOUT ROWID")
    said = "SELECT RAISE(ABORT, 'this is being removed by ./stack cleanup');"
    for name, event in _triggers().items():
        rows.change(f"CREATE TRIGGER stackd_{name} BEFORE {event} BEGIN {said} END")
    rows.change(
        f"INSERT INTO {TABLE} SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(:items)",
        items=json.dumps(list(items)),
    )


def held(rows: Rows) -> str:
    """A query for the ids that are claimed; of nothing where there is no claim."""
    there = rows.one("SELECT 1 FROM sqlite_master WHERE name = :name", name=TABLE)
    return f"SELECT id FROM {TABLE} WHERE kind =" if there else "SELECT NULL WHERE NULL ="


def release(base: Database, items: Iterable[Item]) -> None:
    """Give these back, or say that they are gone; with the last claim its table and triggers go."""
    with base.write() as rows:
        some = "SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(:items)"
        rows.change(f"DELETE FROM {TABLE} WHERE (kind, id) IN ({some})", items=json.dumps(list(items)))
        if rows.one(f"SELECT 1 FROM {TABLE}") is None:
            forget(rows)


def forget(rows: Rows) -> None:
    """Take every claim back."""
    for name in _triggers():
        rows.change(f"DROP TRIGGER IF EXISTS stackd_{name}")
    rows.change(f"DROP TABLE IF EXISTS {TABLE}")

"""Deletes rows with everything that depends on them, a limited number in each turn: a server's writers hardly wait.

What depends on a row is read from the schema itself (``PRAGMA foreign_key_list``). What MLflow relates without a
foreign key is named here, for SQLite gives an experiment's id to the next one.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from stackd import settings
from stackd.database import sqlite
from stackd.database.turns import Turns

# Of one transaction: some tens of milliseconds, where a turn may last a second.
ROWS = 5_000
# Ids of one statement.
IDS = 100
# By table and id, as a foreign key would say it: table, column of the id, and which of its rows are meant.
LOOSE = {
    ("experiments", "experiment_id"): (
        ("entity_associations", "destination_id", "destination_type = 'experiment'"),
        ("sql_trace_metric_daily_rollups", "experiment_id", "1"),
        ("sql_span_cost_daily_rollups", "experiment_id", "1"),
        ("sql_assessment_daily_rollups", "experiment_id", "1"),
        ("sql_trace_rollup_rebuild_queue", "experiment_id", "1"),
    ),
    ("runs", "run_uuid"): (
        ("inputs", "destination_id", "destination_type = 'RUN'"),
        ("inputs", "source_id", "source_type IN ('RUN_INPUT', 'RUN_OUTPUT')"),
        ("entity_associations", "source_id", "source_type = 'run'"),
        ("entity_associations", "destination_id", "destination_type = 'run'"),
    ),
    ("logged_models", "model_id"): (
        ("inputs", "destination_id", "destination_type IN ('MODEL_INPUT', 'MODEL_OUTPUT')"),
    ),
    ("trace_info", "request_id"): (
        ("entity_associations", "source_id", "source_type = 'trace'"),
        ("entity_associations", "destination_id", "destination_type = 'trace'"),
        ("review_queue_items", "item_id", "item_type = 'trace'"),
    ),
    ("scorers", "scorer_id"): (("endpoint_bindings", "resource_id", "resource_type = 'scorer'"),),
    ("inputs", "input_uuid"): (("input_tags", "input_uuid", "1"),),
}
# The id of a table's rows where that is not its primary key.
KEYS = {"inputs": "input_uuid"}
# A table that depends on an id: its name, its column, and which of its rows.
Child = tuple[str, str, str]


class Deletion:
    """Deletes from one database, beside its server. Raises ``TurnNotFree`` where writers hold it for ten seconds.

    The schema is read once: reading it costs more than deleting a run.
    """

    def __init__(self, database: Path = settings.DATABASE, turns: Turns | None = None) -> None:
        self.database, self._turns = database, turns or Turns()
        self._references: dict[tuple[str, str], list[Child]] | None = None
        self._primary: dict[str, list[str]] = {name: [key] for name, key in KEYS.items()}

    def delete(self, table: str, column: str, identities: Sequence[str | int]) -> int:
        """Delete the rows with these ids, children first and grandchildren before them; returns how many rows went.

        Interrupted, it leaves rows with fewer children, and a second run finishes.
        """
        with closing(sqlite3.connect(self.database, timeout=10, isolation_level=None)) as connection:
            sqlite.serving_pragmas(connection)
            # Cascades of several columns (a trace's spans) are SQLite's.
            return self._delete(connection, table, column, identities)

    def _delete(self, connection: sqlite3.Connection, table: str, column: str, identities: Sequence[str | int]) -> int:
        gone = 0
        for first in range(0, len(identities), IDS):
            some = tuple(identities[first : first + IDS])
            marks = ", ".join("?" * len(some))
            for child, reference, which in self._children(connection, table, column):
                where = f'"{reference}" IN ({marks}) AND {which}'
                if key := self._key(connection, child):
                    rows = connection.execute(f'SELECT "{key}" FROM "{child}" WHERE {where}', some)
                    gone += self._delete(connection, child, key, [row[0] for row in rows.fetchall()])
                gone += self._rows(connection, child, where, some)
            gone += self._rows(connection, table, f'"{column}" IN ({marks})', some)
        return gone

    def _rows(self, connection: sqlite3.Connection, table: str, where: str, values: Sequence[str | int]) -> int:
        statement = f'DELETE FROM "{table}" WHERE rowid IN (SELECT rowid FROM "{table}" WHERE {where} LIMIT {ROWS})'
        gone = 0
        while True:
            with self._turns.turn():
                count = connection.execute(statement, values).rowcount
            gone += count
            if count < ROWS:
                return gone

    def _children(self, connection: sqlite3.Connection, table: str, column: str) -> list[Child]:
        """Tables and columns that refer to a column, except those whose rows only lose the reference."""
        if self._references is None:
            self._references = _references(connection)
        return self._references.get((table, column), [])

    def _key(self, connection: sqlite3.Connection, table: str) -> str | None:
        """The id by which others refer to a table's rows; None where none does."""
        if table not in self._primary:
            rows = connection.execute(f'PRAGMA table_info("{table}")')
            self._primary[table] = [str(row[1]) for row in rows if row[5]]
        columns = self._primary[table]
        return columns[0] if len(columns) == 1 and self._children(connection, table, columns[0]) else None


def _references(connection: sqlite3.Connection) -> dict[tuple[str, str], list[Child]]:
    """Of each column that others refer to, who does; references of several columns left out."""
    names = [str(row[0]) for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {key: [child for child in children if child[0] in names] for key, children in LOOSE.items()}
    for name in names:
        rows = connection.execute(f'PRAGMA foreign_key_list("{name}")').fetchall()
        wide = {row[0] for row in rows if row[1] > 0}
        for row in rows:
            if row[0] not in wide and row[6] != "SET NULL":
                found.setdefault((str(row[2]), str(row[4])), []).append((name, str(row[3]), "1"))
    return found

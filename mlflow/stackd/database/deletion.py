"""Deletes rows with everything that hangs on them, a bounded number a turn: a running server's writers hardly wait.

What hangs on a row is read from the schema itself (``PRAGMA foreign_key_list``). Rows that MLflow relates without a
foreign key (``inputs``, ``entity_associations``) are named here.
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
# Table, column of the id, column and value of its kind.
LOOSE = {
    "runs": (
        ("inputs", "destination_id", "destination_type", "RUN"),
        ("entity_associations", "source_id", "source_type", "run"),
        ("entity_associations", "destination_id", "destination_type", "run"),
    ),
    "trace_info": (
        ("entity_associations", "source_id", "source_type", "trace"),
        ("entity_associations", "destination_id", "destination_type", "trace"),
    ),
}


class Deletion:
    """Deletes from one database, beside its server. Raises ``TurnNotFree`` where writers hold it for ten seconds."""

    def __init__(self, database: Path = settings.DATABASE, turns: Turns | None = None) -> None:
        self.database, self._turns = database, turns or Turns()

    def delete(self, table: str, column: str, identity: str | int) -> int:
        """Delete the row with an id, children first and grandchildren before them; returns how many rows went.

        Interrupted, it leaves a row with fewer children, and a second run finishes.
        """
        with closing(sqlite3.connect(self.database, timeout=10, isolation_level=None)) as connection:
            sqlite.serving_pragmas(connection)
            # Cascades of several columns (a trace's spans) are SQLite's.
            return self._delete(connection, table, column, identity)

    def _delete(self, connection: sqlite3.Connection, table: str, column: str, identity: str | int) -> int:
        gone = 0
        for child, reference in _children(connection, table, column):
            for key, own in _keys(connection, child, reference, identity):
                gone += self._delete(connection, child, key, own)
            gone += self._rows(connection, child, f'"{reference}" = ?', (identity,))
        for child, reference, kind, value in LOOSE.get(table, ()):
            gone += self._rows(connection, child, f'"{reference}" = ? AND "{kind}" = ?', (identity, value))
        return gone + self._rows(connection, table, f'"{column}" = ?', (identity,))

    def _rows(self, connection: sqlite3.Connection, table: str, where: str, values: Sequence[str | int]) -> int:
        statement = f'DELETE FROM "{table}" WHERE rowid IN (SELECT rowid FROM "{table}" WHERE {where} LIMIT {ROWS})'
        gone = 0
        while True:
            with self._turns.turn():
                count = connection.execute(statement, values).rowcount
            gone += count
            if count < ROWS:
                return gone


def _children(connection: sqlite3.Connection, table: str, column: str) -> list[tuple[str, str]]:
    """Tables and columns that refer to a column, but for those whose rows only lose the reference."""
    names = [str(row[0]) for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = []
    for name in names:
        rows = connection.execute(f'PRAGMA foreign_key_list("{name}")').fetchall()
        wide = {row[0] for row in rows if row[1] > 0}
        found += [
            (name, str(row[3]))
            for row in rows
            if row[0] not in wide and (row[2], row[4]) == (table, column) and row[6] != "SET NULL"
        ]
    return found


def _keys(
    connection: sqlite3.Connection, table: str, reference: str, identity: str | int
) -> list[tuple[str, str | int]]:
    """Of a child's rows: the id by which others refer to it; nothing where none does."""
    columns = [str(row[1]) for row in connection.execute(f'PRAGMA table_info("{table}")') if row[5] == 1]
    if len(columns) != 1 or not _children(connection, table, columns[0]):
        return []
    (key,) = columns
    rows = connection.execute(f'SELECT "{key}" FROM "{table}" WHERE "{reference}" = ?', (identity,))
    return [(key, row[0]) for row in rows.fetchall()]

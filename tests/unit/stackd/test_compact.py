"""The space of deleted rows, given back: every row stays."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from stackd import database
from stackd.failures import Refused
from stackd.settings import Settings
from stackd.snapshots import compact
from unit.stackd.filled import rows


def test_a_compacted_database_has_every_row_and_less_space(filled: Settings) -> None:
    with closing(sqlite3.connect(filled.places.database)) as connection, connection:
        connection.execute("CREATE TABLE large (x)")
        connection.executemany("INSERT INTO large VALUES (?)", ((b"0" * 4000,) for _ in range(500)))
        connection.execute("DROP TABLE large")
    before = rows(filled)
    planned = compact.plan(filled)
    assert planned["free"] > 1_000_000
    done = compact.execute(filled, planned)
    assert (rows(filled), done["after"] < done["before"] - 1_000_000) == (before, True)
    assert len(list(filled.places.backups.glob("mlflow-*.db"))) == 1
    with pytest.raises(Refused, match="has changed since the plan"):
        compact.execute(filled, planned)


def test_a_database_that_a_server_has_is_left_alone(filled: Settings) -> None:
    """It would keep writing to the previous file."""
    planned, before = compact.plan(filled), filled.places.database.stat().st_ino
    with database.of(filled).hold(), pytest.raises(Refused, match="A server uses the database"):
        compact.execute(filled, planned)
    assert filled.places.database.stat().st_ino == before

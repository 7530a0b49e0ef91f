"""The space of deleted rows, given back: every row stays."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing

import pytest

from stackd import settings
from stackd.database import serving
from stackd.failures import Refused
from stackd.settings import Settings
from stackd.snapshots import compact
from unit.stackd.filled import rows


def test_a_compacted_database_has_every_row_and_less_space(filled: Settings) -> None:
    with closing(sqlite3.connect(settings.DATABASE)) as connection, connection:
        connection.execute("CREATE TABLE large (x)")
        connection.executemany("INSERT INTO large VALUES (?)", ((b"0" * 4000,) for _ in range(500)))
        connection.execute("DROP TABLE large")
    before = rows()
    planned = compact.plan()
    assert planned["free"] > 1_000_000
    done = compact.execute(planned)
    assert (rows(), done["after"] < done["before"] - 1_000_000) == (before, True)
    assert len(list(settings.BACKUPS.glob("mlflow-*.db"))) == 1
    with pytest.raises(Refused, match="has changed since the plan"):
        compact.execute(planned)


def test_a_database_that_a_server_has_is_left_alone(filled: Settings) -> None:
    """It would keep writing to the previous file."""
    planned, before = compact.plan(), settings.DATABASE.stat().st_ino
    held = serving.hold()
    with pytest.raises(Refused, match="A server uses the database"):
        compact.execute(planned)
    os.close(held)
    assert settings.DATABASE.stat().st_ino == before

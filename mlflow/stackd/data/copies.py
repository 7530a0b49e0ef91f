"""The second copy of the metadata: the master leaves one in ./backups whenever the server stops."""

import contextlib
import os
import sqlite3
import time
from pathlib import Path

from stackd.database import sqlite

PATTERN = "mlflow-*.db"


def leave(database: Path, folder: Path, keep: int) -> Path | None:
    """Copy the database into ``folder`` as ``mlflow-<UTC time>.db``; keep the newest ``keep``.

    Skipped when nothing was written since the newest copy (it carries the database's own modification time, so that
    the two can be compared without reading them): then None.

    Raises:
        sqlite3.Error, OSError: no copy was made.
    """
    checkpoint(database)
    before = database.stat()
    newest = max(folder.glob(PATTERN), default=None)
    if newest is not None and newest.stat().st_mtime_ns == before.st_mtime_ns:
        return None
    target = folder / time.strftime("mlflow-%Y%m%dT%H%M%SZ.db", time.gmtime())
    sqlite.copy(database, target)
    os.utime(target, ns=(before.st_mtime_ns, before.st_mtime_ns))
    for old in sorted(folder.glob(PATTERN))[:-keep]:
        old.unlink()
    return target


def checkpoint(database: Path) -> None:
    """Bring what is in the WAL into the file, so that its modification time says when it was last written."""
    with contextlib.closing(sqlite3.connect(database, timeout=10)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

"""The second copy of the metadata: the master leaves one in ./backups whenever the server stops."""

import contextlib
import os
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

from stackd import failures, settings
from stackd.database import sqlite

PREFIX = "mlflow-"
PATTERN = f"{PREFIX}*.db"
# What a server that was killed while it copied has left.
UNFINISHED = ".mlflow-*.db.part*"


@dataclass(frozen=True)
class Left:
    """The newest copy, and whether it was made just now."""

    path: Path
    made: bool


def leave(database: Path, folder: Path, keep: int) -> Left:
    """Copy the database into ``folder`` as ``mlflow-<UTC time>.db``; keep the newest ``keep``.

    No copy is made when nothing was written since the newest one (it carries the database's own modification time, so
    that the two can be compared without reading them).

    Raises:
        sqlite3.Error, OSError: no copy was made.
    """
    for part in folder.glob(UNFINISHED):
        part.unlink(missing_ok=True)
    checkpoint(database)
    before = database.stat()
    newest = max(folder.glob(PATTERN), default=None)
    if newest is not None and newest.stat().st_mtime_ns == before.st_mtime_ns and not _in_wal(database):
        return Left(newest, made=False)
    target = folder / time.strftime("mlflow-%Y%m%dT%H%M%SZ.db", time.gmtime())
    sqlite.copy(database, target)
    os.utime(target, ns=(before.st_mtime_ns, before.st_mtime_ns))
    for old in sorted(folder.glob(PATTERN))[:-keep]:
        old.unlink()
    return Left(target, made=True)


def _in_wal(database: Path) -> bool:
    """Whether something was written that is not in the file yet: a reader was in the way of the checkpoint."""
    wal = database.with_name(f"{database.name}-wal")
    return wal.exists() and wal.stat().st_size > 0


def at_the_stop(keep: int) -> str:
    """Leave a copy of the database in ./backups, and say in one line what became of it."""
    try:
        left = leave(settings.DATABASE, settings.BACKUPS, keep)
    except failures.RAISED as error:
        return f"The database could not be copied to ./backups: {failures.explain(error).text}"
    if left.made:
        return f"The database was copied to ./backups/{left.path.name}"
    return f"The database has not changed since the copy ./backups/{left.path.name}"


def checkpoint(database: Path) -> None:
    """Bring what is in the WAL into the file, so that its modification time says when it was last written."""
    with contextlib.closing(sqlite3.connect(database, timeout=10)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

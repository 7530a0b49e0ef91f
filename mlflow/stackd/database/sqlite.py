"""The database file: which SQLite, which journal, which revision; copies in one step.

Nothing here writes to a database that another process serves, except ``serving_pragmas`` on a connection of its own.
"""

import contextlib
import errno
import os
import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path

from stackd import settings

STORE_ID = "store_id"


def journal_mode(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> str:
    """``wal`` on a SQLite that resets its WAL safely, else ``delete``.

    The bug may lose commits (sqlite.org/wal.html#walresetbug).
    """
    safe = version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)
    return "wal" if safe else "delete"


def uri(path: Path = settings.DATABASE) -> str:
    """The SQLAlchemy URI of a database file."""
    return f"sqlite:///{path}"


@contextlib.contextmanager
def reading(path: Path = settings.DATABASE, timeout: float = 2.0) -> Iterator[sqlite3.Connection]:
    """A connection that cannot write; waits ``timeout`` seconds for a lock.

    Raises:
        sqlite3.Error: no such file, not a database, or locked for longer.
    """
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=timeout, check_same_thread=False)
    try:
        yield connection
    finally:
        connection.close()


def revision(path: Path = settings.DATABASE) -> str | None:
    """The schema revision, or None for a database without MLflow's tables.

    Raises:
        sqlite3.Error: it cannot be read.
    """
    with reading(path) as connection:
        known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone() if known else None
    return str(row[0]) if row else None


def counts(path: Path = settings.DATABASE) -> dict[str, int]:
    """Rows of every table, by its name."""
    with reading(path) as connection:
        rows = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        )
        names = [str(row[0]) for row in rows]
        # Names come from the schema itself: a table cannot be a parameter.
        sizes = (connection.execute(f'SELECT COUNT(*) FROM "{name}"').fetchone()[0] for name in names)
        return dict(zip(names, map(int, sizes), strict=True))


def set_journal(path: Path = settings.DATABASE) -> str:
    """Bring the file into the journal mode that this SQLite can be trusted with; return the mode in force."""
    connection = sqlite3.connect(path, timeout=10)
    try:
        return str(connection.execute(f"PRAGMA journal_mode = {journal_mode()}").fetchone()[0])
    finally:
        connection.close()


def serving_pragmas(connection: sqlite3.Connection) -> None:
    """What MLflow sends with each session, once per connection, and FULL: an answered write is on disk."""
    cursor = connection.cursor()
    for pragma in ("foreign_keys = ON", "busy_timeout = 20000", "case_sensitive_like = true", "synchronous = FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def copy(source: Path, target: Path) -> None:
    """Copy a database that may be in use: in one step (a copy in steps starts again at every write), whole or not at
    all.

    The copy is one file without a WAL. Written beside ``target``, checked, synced, renamed, and the folder synced.

    Raises:
        sqlite3.Error: the source cannot be read, or the copy is not sound.
        OSError: no room, no permission.
    """
    temporary = target.with_name(f".{target.name}.part")
    temporary.unlink(missing_ok=True)
    # Made first, for SQLite does not say why a file cannot be made.
    temporary.touch()
    try:
        with reading(source, timeout=10) as origin, contextlib.closing(sqlite3.connect(temporary)) as copied:
            origin.backup(copied, pages=-1)
            copied.execute("PRAGMA journal_mode = delete")
            verdict = copied.execute("PRAGMA quick_check(1)").fetchone()[0]
            if verdict != "ok":
                raise sqlite3.DatabaseError(f"the copy of {source.name} is not sound: {verdict}")
        sync(temporary)
        temporary.replace(target)
        sync(target.parent)
    except sqlite3.OperationalError as error:
        if "is full" in str(error):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target)) from error
        raise
    finally:
        temporary.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """fsync a file or a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def known_store_id(folder: Path = settings.DATA) -> str:
    """This database's UUID; "" where nothing has needed one yet. Changes nothing."""
    path = folder / STORE_ID
    return path.read_text().strip() if path.exists() else ""


def store_id(folder: Path = settings.DATA) -> str:
    """This database's UUID, made on first use: what the owner marker of a destination holds."""
    path = folder / STORE_ID
    if known := known_store_id(folder):
        return known
    made = str(uuid.uuid4())
    temporary = folder / f".{STORE_ID}.{made}"
    temporary.write_text(made + "\n")
    sync(temporary)
    with contextlib.suppress(FileExistsError):
        # link, not rename: of two processes that get here at once, one wins and both read the winner's.
        os.link(temporary, path)
    temporary.unlink()
    sync(folder)
    return path.read_text().strip()

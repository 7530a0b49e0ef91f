"""Migrates a copy of a database to this image's schema revision and swaps it in, or changes nothing."""

import contextlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from stackd import mlflow_internals, settings
from stackd.database import serving, sqlite
from stackd.failures import Refused
from stackd.report import say
from stackd.snapshots import copies

SCRATCH = settings.SPOOL / "incoming.db"
# Of the lock under which its addresses are moved.
TURN = "-turn"
# Rows of these say nothing about what a user has.
BOOKKEEPING = frozenset({"alembic_version"})


def state() -> list[int]:
    """Size and time (ns) of the volume's database: a plan names it; empty without one."""
    if not settings.DATABASE.exists():
        return []
    found = settings.DATABASE.stat()
    return [found.st_size, found.st_mtime_ns]


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Nobody else uses the volume, from the first look to the rename: a server that starts in the meantime waits,
    since it would keep writing to the file that the rename removes.

    Raises:
        Refused: a server has the database, or another verb that replaces it.
    """
    try:
        held = serving.hold()
    except serving.InUseError:
        text = "A server uses the database, or another command that replaces it is running"
        raise Refused("database.busy", text, str(settings.DATABASE), ["./stack stop"]) from None
    try:
        yield
    finally:
        os.close(held)


def remove_scratch() -> None:
    """Remove the copy."""
    for suffix in ("", "-wal", "-journal", "-shm", TURN):
        SCRATCH.with_name(SCRATCH.name + suffix).unlink(missing_ok=True)


def known_revision(name: str, database: Path | None = None) -> str:
    """A database's schema revision, the copy's by default, if this image's MLflow knows it.

    Raises:
        Refused: no MLflow database, or one of a newer MLflow; ``name`` is what the message calls it.
    """
    revision = sqlite.revision(database or SCRATCH)
    if revision is None:
        raise Refused("database.revision", "That is not an MLflow database: it has no schema revision", name)
    # The usual one needs no import of MLflow, which takes seconds.
    if revision != mlflow_internals.SCHEMA_HEAD and revision not in mlflow_internals.known_revisions():
        text = f"Revision {revision} is unknown to MLflow {mlflow_internals.VERSION}: a newer MLflow has written it"
        raise Refused("database.revision", text, name, ["use a newer version of this stack"])
    return revision


def bring_up(migrate: bool) -> dict[str, list[int]]:
    """Migrate the copy in another process, and compare the rows of every table that was there before.

    Returns:
        Rows before and after, by table.

    Raises:
        Refused: the migration failed, or would lose rows. The copy is all that it touched.
    """
    before = sqlite.counts(SCRATCH)
    moved = _into_columns(before) if migrate else {}
    if migrate:
        say("progress", done=0, total=None, unit="tables", label="migrating the copy")
        command = [sys.executable, "-m", "stackd", "upgrade-schema", sqlite.uri(SCRATCH)]
        ended = subprocess.run(command, stdout=sys.stderr, check=False)
        if ended.returncode != 0:
            text = "MLflow's migration of the copy failed; nothing was changed (its log is above)"
            raise Refused("database.revision", text)
    after = sqlite.counts(SCRATCH)
    compared = {name: [rows, after.get(name, 0)] for name, rows in before.items() if name not in BOOKKEEPING}
    lost = [name for name, (had, has) in compared.items() if has < had - moved.get(name, 0)]
    if lost:
        raise Refused("database.revision", f"The migration would lose rows of {', '.join(lost)}; nothing was changed")
    return compared


def _into_columns(tables: dict[str, int]) -> dict[str, int]:
    """How many rows of a table the migration turns into columns: those are not lost."""
    found = {}
    with sqlite.reading(SCRATCH) as connection:
        for table, keys in mlflow_internals.INTO_COLUMNS.items():
            if table in tables:
                marks = ", ".join("?" * len(keys))
                query = f"SELECT COUNT(*) FROM {table} WHERE key IN ({marks})"
                found[table] = int(connection.execute(query, keys).fetchone()[0])
    return found


def swap_in(keep: bool = True) -> None:
    """Replace the volume's database with the copy: the previous one is kept in ./backups, its WAL is removed first.

    ``keep`` False where the caller has kept it already.

    Raises:
        Refused: something reads the database, so that its WAL cannot be removed.
    """
    if settings.DATABASE.exists():
        if keep:
            copies.leave(settings.DATABASE, settings.BACKUPS, keep=1000)
        _settle()
    for suffix in ("-wal", "-shm", "-journal"):
        settings.DATABASE.with_name(settings.DATABASE.name + suffix).unlink(missing_ok=True)
    sqlite.copy(SCRATCH, settings.DATABASE)


def _settle() -> None:
    """Empty the WAL, which is removed before the rename: if that is killed in between, the file alone is complete."""
    try:
        copies.checkpoint(settings.DATABASE)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        # Damaged, so nothing can be brought into it: who replaces it has kept its bytes.
        return
    wal = settings.DATABASE.with_name(f"{settings.DATABASE.name}-wal")
    if wal.exists() and wal.stat().st_size:
        text = "Something else reads the database: nothing was replaced"
        raise Refused("database.busy", text, str(settings.DATABASE), ["run the command again"])

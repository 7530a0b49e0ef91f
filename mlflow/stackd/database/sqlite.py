"""The database as a file of SQLite: which version, which journal, pragmas, turns; copies in one step.

Nothing here writes to a database that another process serves, but in a turn.
"""

import contextlib
import errno
import hashlib
import os
import shutil
import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from stackd import files
from stackd.database import STORE_ID, Busy, Damaged, Denied, Failure, Full, Missing, Rows, Use, at, lock
from stackd.report import Finding

# What SQLite has not brought into the file yet.
SIDECARS = ("-wal", "-journal")
# A WAL that has grown beyond this, under readers that overlapped, is emptied: looked at so often, by whoever writes.
WAL_BYTES, LOOK_SECONDS = 64 * 2**20, 1.0
PRAGMAS = (
    # What MLflow sends with each session.
    *("foreign_keys = ON", "busy_timeout = 20000", "case_sensitive_like = true"),
    # An answered write is on disk.
    "synchronous = FULL",
    f"journal_size_limit = {WAL_BYTES}",
)
# The first word of a statement that is no ORM construct and changes rows.
WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")


def journal_mode(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> str:
    """``wal`` on a SQLite that resets its WAL safely, else ``delete``.

    The bug may lose commits (sqlite.org/wal.html#walresetbug).
    """
    safe = version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)
    return "wal" if safe else "delete"


def judge(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> Finding:
    """A SQLite that cannot be trusted with a WAL works, and is slower."""
    name = ".".join(map(str, version))
    if journal_mode(version) == "wal":
        return Finding("sqlite.version", "ok", f"SQLite {name}, journal WAL")
    text = f"SQLite {name} may lose commits with a WAL, so its journal is DELETE: safe, but slower"
    return Finding("sqlite.version", "warning", text, "", ["use an x86-64 image, where pysqlite3 has a wheel"])


class Sqlite:
    """``Database``, in a file."""

    def __init__(self, path: Path) -> None:
        self.path, self.where, self.uri = path, str(path), f"sqlite:///{path}"
        self._turns = lock.Turns(self._beside(".turn"))
        self._thread = threading.local()
        self._looked = 0.0

    def exists(self) -> bool:
        return self.path.exists()

    def prepare(self, empty: Path) -> None:
        if not self.exists():
            at(empty).copy(self.path)
        with self._open("rw") as connection:
            connection.execute(f"PRAGMA journal_mode = {journal_mode()}")
        self.store_id()

    def serve(self, engine: Any) -> None:
        # Not at the top: a look at the database needs no SQLAlchemy, which takes longer than the look.
        import sqlalchemy

        sqlalchemy.event.listen(engine, "connect", lambda connection, _: _prepare(connection))
        sqlalchemy.event.listen(engine, "before_cursor_execute", self._before_statement)
        # Connections from the store's own look at its tables were made without the pragmas.
        engine.dispose()

    @contextlib.contextmanager
    def session(self) -> Iterator[None]:
        """Sessions nest: ``log_batch`` does it."""
        outer = getattr(self._thread, "held", None)
        with contextlib.ExitStack() as held:
            self._thread.held = held
            try:
                yield
            finally:
                self._thread.held = outer

    def _before_statement(self, _: Any, __: Any, statement: str, ___: Any, context: Any, ____: Any) -> None:
        """Take the turn before a statement that writes; a thread that holds it takes it again."""
        held = getattr(self._thread, "held", None)
        if held is not None and writes(statement, context):
            held.enter_context(self.turn())

    @contextlib.contextmanager
    def turn(self, wait: float = lock.WAIT_SECONDS) -> Iterator[None]:
        """Nobody else writes in the block. Raises Busy."""
        with self._turns.turn(wait):
            if time.monotonic() > self._looked + LOOK_SECONDS:
                self._looked = time.monotonic()
                if _bytes(self._beside("-wal")) > WAL_BYTES:
                    with contextlib.suppress(Failure):
                        self.settle(wait=0)
            yield

    def hold(self, use: Use = "serving") -> contextlib.AbstractContextManager[None]:
        return lock.held(self.path, use)

    def served(self) -> bool:
        return lock.in_use(self.path)

    def judge(self) -> Finding:
        return judge()

    def facts(self) -> dict[str, str]:
        return {"sqlite": sqlite3.sqlite_version, "journal": journal_mode()}

    def state(self) -> str:
        if not self.exists():
            return ""
        found = self.path.stat()
        return f"{found.st_size}-{found.st_mtime_ns}"

    def space(self) -> tuple[int, int]:
        with self.read() as rows:
            page, free = (rows.one(f"PRAGMA {name}") or (0,) for name in ("page_size", "freelist_count"))
        return self.path.stat().st_size, int(page[0] * free[0])

    def revision(self, tables: tuple[str, ...] = ("alembic_version",)) -> str | None:
        with self.read(wait=2) as rows:
            for table in [each for each in tables if each in _tables(rows)]:
                if row := rows.one(f"SELECT version_num FROM {table}"):
                    return str(row[0])
        return None

    def tables(self) -> list[str]:
        with self.read() as rows:
            return _tables(rows)

    def counts(self) -> dict[str, int]:
        with self.read() as rows:
            # Names come from the schema itself: a table cannot be a parameter.
            return {name: int((rows.one(f'SELECT COUNT(*) FROM "{name}"') or (0,))[0]) for name in _tables(rows)}

    def content(self) -> str:
        made = hashlib.sha256()
        with self.read() as rows:
            for name in _tables(rows):
                made.update(name.encode())
                for row in rows(f'SELECT * FROM "{name}"'):
                    made.update(repr(row).encode())
        return made.hexdigest()

    def verdict(self) -> str:
        try:
            with self.read() as rows:
                return str((rows.one("PRAGMA integrity_check(1)") or ("no answer",))[0])
        except Damaged as error:
            return str(error)

    @contextlib.contextmanager
    def read(self, wait: float = 10.0) -> Iterator[Rows]:
        with self._open("ro", wait) as connection:
            yield Rows(connection)

    @contextlib.contextmanager
    def write(self, wait: float = 10.0) -> Iterator[Rows]:
        with self.turn(wait), self._open("rw", wait) as connection:
            _prepare(connection)
            connection.execute("BEGIN IMMEDIATE")
            yield Rows(connection)
            # Without it, closing the connection undoes the transaction.
            connection.execute("COMMIT")

    def copy(self, target: Path) -> None:
        """In one step: a copy in steps starts again at every write. Beside ``target``, checked, synced, renamed."""
        temporary = target.with_name(f".{target.name}.part")
        temporary.unlink(missing_ok=True)
        # Made first, for SQLite does not say why a file cannot be made.
        temporary.touch(0o600)
        try:
            with self._open("ro") as origin, contextlib.closing(sqlite3.connect(temporary)) as copied:
                origin.backup(copied, pages=-1)
                copied.execute("PRAGMA journal_mode = delete")
                verdict = copied.execute("PRAGMA quick_check(1)").fetchone()[0]
                if verdict != "ok":
                    raise Damaged(f"The copy of {self.path.name} is not sound: {verdict}", self.where)
            temporary.chmod(self.path.stat().st_mode & 0o777 | 0o600)
            files.sync(temporary)
            temporary.replace(target)
            files.sync(target.parent)
        except Full as error:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target)) from error
        finally:
            temporary.unlink(missing_ok=True)

    def compact(self, target: Path) -> None:
        with self._open("rw") as connection:
            connection.execute("VACUUM INTO :target", {"target": str(target)})

    def replace(self, source: Path) -> None:
        if self.exists():
            # A damaged one takes nothing in: who replaces it has kept its bytes.
            with contextlib.suppress(Damaged):
                if not self.settle():
                    raise Busy("Something else reads the database: nothing was replaced", self.where)
        # Before the rename: killed in between, the file alone is complete.
        for suffix in (*SIDECARS, "-shm"):
            self._beside(suffix).unlink(missing_ok=True)
        at(source).copy(self.path)

    def salvage(self, target: Path) -> None:
        for suffix in (*SIDECARS, ""):
            if self._beside(suffix).exists():
                shutil.copyfile(self._beside(suffix), target.with_name(target.name + suffix))
                files.sync(target.with_name(target.name + suffix))

    def settle(self, wait: float = 10.0) -> bool:
        with self._open("rw", wait) as connection:
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

    def take(self, source: Path) -> None:
        """Become a copy of a file that nobody may write to meanwhile; SQLite opens, and recovers, the copy alone.

        Raises:
            Busy: somebody did.
            Damaged: it is no database, or not a sound one.
        """
        before = about(source)
        self.remove()
        for suffix in before:
            shutil.copyfile(source.with_name(source.name + suffix), self._beside(suffix))
        if about(source) != before:
            raise Busy("The source is being written to", source.name)
        self.flatten()
        if (verdict := self.verdict()) != "ok":
            raise Damaged(f"{source.name} is damaged: {verdict}", source.name)

    def flatten(self) -> None:
        """Make it one file, without a WAL."""
        with self._open("rw") as connection:
            connection.execute("PRAGMA journal_mode = delete")

    def remove(self) -> None:
        for suffix in ("", *SIDECARS, "-shm", ".turn"):
            self._beside(suffix).unlink(missing_ok=True)

    def store_id(self) -> str:
        if not (known := self.known(STORE_ID)):
            files.write_once(self.path.with_name(STORE_ID), f"{uuid.uuid4()}\n".encode())
            return self.known(STORE_ID)
        return known

    def known(self, name: str) -> str:
        path = self.path.with_name(name)
        return path.read_text().strip() if path.exists() else ""

    def remember(self, name: str, value: str) -> None:
        files.write(self.path.with_name(name), f"{value}\n".encode())

    def _beside(self, suffix: str) -> Path:
        return self.path.with_name(self.path.name + suffix)

    @contextlib.contextmanager
    def _open(self, mode: str, wait: float = 10.0) -> Iterator[sqlite3.Connection]:
        """A connection to a file that is there; what a power cut has left is undone first."""
        with _explained(self.path):
            if mode == "ro" and _bytes(self._beside("-journal")):
                # A connection that cannot write does not do it. The journal of a writer who is alive stays: SQLite
                # tells them apart.
                with self._open("rw", wait):
                    pass
            uri = f"file:{quote(self.where)}?mode={mode}"
            opened = sqlite3.connect(uri, uri=True, timeout=wait, isolation_level=None, check_same_thread=False)
            with contextlib.closing(opened) as connection:
                if mode == "rw":
                    connection.execute("SELECT 1 FROM sqlite_master").fetchone()
                yield connection


def about(path: Path) -> dict[str, list[int]]:
    """Size and modification time (ns) of a database's file and of what belongs to it, by suffix."""
    found = ((suffix, path.with_name(path.name + suffix)) for suffix in ("", *SIDECARS))
    return {suffix: [part.stat().st_size, part.stat().st_mtime_ns] for suffix, part in found if part.exists()}


def writes(statement: str, context: Any) -> bool:
    """Whether a statement of SQLAlchemy's changes rows."""
    if context is not None and (context.isinsert or context.isupdate or context.isdelete):
        return True
    return statement.lstrip()[:7].upper().startswith(WRITES)


def _prepare(connection: Any) -> None:
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _tables(rows: Rows) -> list[str]:
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    return [str(name) for (name,) in rows(query)]


def _bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise explained(error, path) from error


def explained(error: sqlite3.Error, path: Path) -> Failure:
    """What an error of the driver is to those above."""
    said = str(error)
    if "is full" in said:
        return Full(f"The database could not be written: {said}", str(path))
    if "unable to open" in said and not path.exists():
        return Missing("There is no database yet", str(path))
    if "readonly" in said or "unable to open" in said:
        return Denied(said, str(path))
    if type(error) is sqlite3.DatabaseError:
        return Damaged(f"The database could not be read: {said}", str(path))
    kind = Busy if "locked" in said or "busy" in said else Failure
    return kind(f"The database could not be used: {said}", str(path))

"""What an error of the file system or of SQLite means to a person: what failed, where on the host, what to do."""

import errno
import os
import shutil
import sqlite3
from pathlib import Path

from stackd import settings
from stackd.database.turns import TurnNotFree
from stackd.report import Finding, Level, sentence
from stackd.settings import on_host

RAISED = (OSError, sqlite3.Error, TurnNotFree, ValueError)
"""What ``explain`` explains."""

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
DENIED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
AGAIN = "run the command again"


class Refused(Exception):
    """The verb stops; carries the finding that says why and what to do."""

    def __init__(
        self, identifier: str, text: str, where: str = "", fix: list[str] | None = None, level: Level = "error"
    ) -> None:
        self.finding = Finding(identifier, level, text, on_host(where), fix or [])
        super().__init__(text)


def explain(error: BaseException) -> Finding:
    """A finding for one of ``RAISED``."""
    if isinstance(error, OSError):
        return _of_the_system(error)
    if isinstance(error, TurnNotFree):
        return Finding("database.busy", "error", sentence(str(error)), _database(), [AGAIN])
    if isinstance(error, sqlite3.Error):
        return _of_sqlite(error)
    if isinstance(error, UnicodeError) or type(error) is not ValueError:
        return Finding("host.file", "error", f"A file does not hold what it should: {error}", "", ["./stack doctor"])
    return Finding("artifacts.changed", "error", sentence(str(error)), "", [AGAIN])


def no_room(path: Path | None) -> Finding:
    """Nothing more fits on the disk of a path; None: of the fullest of those that are written to."""
    if path is None:
        path = min(_written(), key=_free)
    where = on_host(str(path))
    text = f"There is no room left on the disk of {where}: {_free(path):,} bytes are free"
    return Finding("data.no-room", "error", text, where, [look_at_the_disk(path)])


def denied(path: Path, why: str) -> Finding:
    """This user may not do what it has to with a path."""
    where = on_host(str(path))
    for folder, identifier in (
        (settings.BACKUPS, "backups.folder"),
        (settings.MLARTIFACTS, "artifacts.folder"),
        (settings.DATA, "data.folder-unwritable"),
        (settings.SPOOL, "data.folder-unwritable"),
    ):
        if path.is_relative_to(folder):
            text = f"{where} cannot be used by uid {os.geteuid()}, as whom the stack runs: {why}"
            return Finding(identifier, "error", text, where, [give(folder)])
    text = f"{where} cannot be used by uid {os.geteuid()}, as whom the stack runs: {why}"
    return Finding(
        "host.file", "error", text, where, [f"sudo chown -R {os.geteuid()} FOLDER   # the one that holds it"]
    )


def give(folder: Path) -> str:
    """The command that gives a folder to this user: a volume is given at each start of a container."""
    where = on_host(str(folder))
    return f"sudo chown -R {os.geteuid()} {where}" if where.startswith(("./", "~/")) else "./stack restart"


def look_at_the_disk(path: Path) -> str:
    """The command that shows what fills the disk of a path."""
    where = on_host(str(path))
    return f"df -h {where}" if where.startswith(("./", "~/")) else "docker system df"


def _of_the_system(error: OSError) -> Finding:
    path = Path(os.fsdecode(error.filename2 or error.filename)) if error.filename else None
    why = error.strerror or str(error)
    if error.errno in FULL:
        return no_room(path)
    if path is None:
        return Finding("host.file", "error", f"The system refused it: {why}", "", ["./stack doctor"])
    where = on_host(str(path))
    if error.errno in DENIED:
        return denied(path, why)
    said = {
        errno.ENOENT: f"{where} does not exist",
        errno.EEXIST: f"{where} exists already",
        errno.ENAMETOOLONG: f"The name of {where} is too long for the file system",
        errno.ENOTDIR: f"{where} cannot be a folder: there is a file in its place, or in that of a folder above it",
        errno.EISDIR: f"{where} cannot be a file: there is a folder in its place",
    }
    text = said.get(error.errno or 0, f"{where} cannot be used: {why}")
    return Finding("host.file", "error", text, where, ["./stack doctor"])


def _of_sqlite(error: sqlite3.Error) -> Finding:
    said = str(error)
    if "is full" in said:
        return no_room(None)
    if "unable to open" in said and not settings.DATABASE.exists():
        text = "There is no database yet: the first start creates it"
        return Finding("data.volume-empty", "error", text, _database(), [settings.start_command()])
    if "readonly" in said or "unable to open" in said:
        return denied(settings.DATABASE, said)
    if isinstance(error, sqlite3.OperationalError):
        text = f"The database could not be used: {said}"
        return Finding("database.busy", "error", text, _database(), ["./stack status", AGAIN])
    text = f"The database could not be read: {said}"
    return Finding("database.corrupt", "error", text, _database(), ["./stack backups", "./stack restore SNAPSHOT"])


def _database() -> str:
    return on_host(str(settings.DATABASE))


def _written() -> list[Path]:
    return [each for each in (settings.DATA, settings.SPOOL, settings.BACKUPS, settings.MLARTIFACTS) if each.exists()]


def _free(path: Path) -> int:
    """Of the disk that a path is on, or will be."""
    return shutil.disk_usage(next(each for each in (path, *path.parents) if each.exists())).free

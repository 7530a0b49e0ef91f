"""What an error of the file system or of a database means to a person: what failed, where on the host, what to do."""

import errno
import os
import shutil
from pathlib import Path

from stackd import settings
from stackd.database import Damaged, Denied, Failure, Full, Missing
from stackd.report import Finding, Level, sentence
from stackd.settings import Places

RAISED = (OSError, Failure, ValueError)
"""What ``explain`` explains."""

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
DENIED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
AGAIN = "run the command again"


class Refused(Exception):
    """The verb stops; carries the finding that says why and what to do."""

    def __init__(
        self, identifier: str, text: str, where: str = "", fix: list[str] | None = None, level: Level = "error"
    ) -> None:
        self.finding = Finding(identifier, level, text, Places().on_host(where), fix or [])
        super().__init__(text)


def explain(error: BaseException, places: Places) -> Finding:
    """A finding for one of ``RAISED``."""
    if isinstance(error, OSError):
        return _of_the_system(error, places)
    if isinstance(error, Failure):
        return _of_a_database(error, places)
    if isinstance(error, UnicodeError) or type(error) is not ValueError:
        return Finding("host.file", "error", f"A file does not hold what it should: {error}", "", ["./stack doctor"])
    return Finding("artifacts.changed", "error", sentence(str(error)), "", [AGAIN])


def no_room(path: Path | None, places: Places) -> Finding:
    """Nothing more fits on the disk of a path; None: of the fullest of those that are written to."""
    if path is None:
        path = min(_written(places), key=_free)
    where = places.on_host(str(path))
    text = f"There is no room left on the disk of {where}: {_free(path):,} bytes are free"
    return Finding("data.no-room", "error", text, where, [look_at_the_disk(path, places)])


def denied(path: Path, why: str, places: Places) -> Finding:
    """This user may not do what it has to with a path."""
    where = places.on_host(str(path))
    text = f"{where} cannot be used by uid {os.geteuid()}, as whom the stack runs: {why}"
    for folder, identifier in (
        (places.backups, "backups.folder"),
        (places.mlartifacts, "artifacts.folder"),
        (places.data, "data.folder-unwritable"),
        (places.spool, "data.folder-unwritable"),
    ):
        if path.is_relative_to(folder):
            return Finding(identifier, "error", text, where, [give(folder, places)])
    return Finding(
        "host.file", "error", text, where, [f"sudo chown -R {os.geteuid()} FOLDER   # the one that holds it"]
    )


def give(folder: Path, places: Places) -> str:
    """The command that gives a folder to this user: a volume is given at each start of a container."""
    where = places.on_host(str(folder))
    return f"sudo chown -R {os.geteuid()} {where}" if where.startswith(("./", "~/")) else "./stack restart"


def look_at_the_disk(path: Path, places: Places) -> str:
    """The command that shows what fills the disk of a path."""
    where = places.on_host(str(path))
    return f"df -h {where}" if where.startswith(("./", "~/")) else "docker system df"


def _of_the_system(error: OSError, places: Places) -> Finding:
    path = Path(os.fsdecode(error.filename2 or error.filename)) if error.filename else None
    why = error.strerror or str(error)
    if error.errno in FULL:
        return no_room(path, places)
    if path is None:
        return Finding("host.file", "error", f"The system refused it: {why}", "", ["./stack doctor"])
    where = places.on_host(str(path))
    if error.errno in DENIED:
        return denied(path, why, places)
    said = {
        errno.ENOENT: f"{where} does not exist",
        errno.EEXIST: f"{where} exists already",
        errno.ENAMETOOLONG: f"The name of {where} is too long for the file system",
        errno.ENOTDIR: f"{where} cannot be a folder: there is a file in its place, or in that of a folder above it",
        errno.EISDIR: f"{where} cannot be a file: there is a folder in its place",
    }
    text = said.get(error.errno or 0, f"{where} cannot be used: {why}")
    return Finding("host.file", "error", text, where, ["./stack doctor"])


def _of_a_database(error: Failure, places: Places) -> Finding:
    where, said = places.on_host(error.where), sentence(str(error))
    if isinstance(error, Full):
        return no_room(None, places)
    if isinstance(error, Missing):
        text = f"{said}: the first start creates it"
        return Finding("data.volume-empty", "error", text, where, [settings.start_command()])
    if isinstance(error, Denied):
        return denied(Path(error.where), said, places)
    if isinstance(error, Damaged):
        return Finding("database.corrupt", "error", said, where, ["./stack backups", "./stack restore SNAPSHOT"])
    return Finding("database.busy", "error", said, where, ["./stack status", AGAIN])


def _written(places: Places) -> list[Path]:
    return [each for each in (places.data, places.spool, places.backups, places.mlartifacts) if each.exists()]


def _free(path: Path) -> int:
    """Of the disk that a path is on, or will be."""
    return shutil.disk_usage(next(each for each in (path, *path.parents) if each.exists())).free

"""The second copy of metadata and users: the master leaves one in ./backups whenever the server stops."""

import contextlib
import time
from dataclasses import dataclass
from pathlib import Path

from stackd import database, failures
from stackd.database import Damaged, Database
from stackd.settings import Settings

PREFIX, OF_USERS = "mlflow-", "basic_auth-"
PATTERN = f"{PREFIX}*.db"
# What a server that was killed while it copied has left.
UNFINISHED = f".{PREFIX}*.db.part*", f".{OF_USERS}*.db.part*"
# Under which the name of the newest copy is remembered, with the state that it is of.
COPIED = "copied"


@dataclass(frozen=True)
class Left:
    """The newest copy, and whether it was made just now."""

    path: Path
    made: bool


def of_users(copy: Path) -> Path:
    """Where the copy of the users is that was made with one of the metadata."""
    return copy.with_name(OF_USERS + copy.name.removeprefix(PREFIX))


def leave(base: Database, folder: Path, keep: int, users: Database | None = None) -> Left:
    """Copy the database into ``folder`` as ``mlflow-<UTC time>.db``, and users, where there are any, as
    ``basic_auth-<UTC time>.db``; keep the newest ``keep``.

    No copy is made when nothing was written since the newest one: it is remembered beside the database, with its state.

    Raises:
        Failure, OSError: no copy was made, or none of the users.
    """
    for part in (path for pattern in UNFINISHED for path in folder.glob(pattern)):
        part.unlink(missing_ok=True)
    held = [base, *([users] if users is not None and users.exists() else [])]
    # What a reader has kept out of the file does not show in its state.
    whole = False not in [_settled(each) for each in held]
    state = " ".join(each.state() for each in held)
    newest = max(folder.glob(PATTERN), default=None)
    if whole and newest is not None and base.known(COPIED) == f"{newest.name} {state}":
        return Left(newest, made=False)
    target = folder / time.strftime("mlflow-%Y%m%dT%H%M%SZ.db", time.gmtime())
    for each, place in zip(held, (target, of_users(target)), strict=False):
        each.copy(place)
    base.remember(COPIED, f"{target.name} {state}" if whole else "")
    for old in sorted(folder.glob(PATTERN))[:-keep]:
        of_users(old).unlink(missing_ok=True)
        old.unlink()
    return Left(target, made=True)


def _settled(base: Database) -> bool:
    # Copying a damaged one says so, when the other has its copy.
    with contextlib.suppress(Damaged):
        return base.settle()
    return False


def at_the_stop(config: Settings) -> str:
    """Leave a copy of the database in ./backups, and say in one line what became of it."""
    try:
        left = leave(database.of(config), config.places.backups, config.keep_copies, database.users(config))
    except failures.RAISED as error:
        why = failures.explain(error, config.places).text
        return f"The database could not be copied to ./backups: {why}"
    if left.made:
        return f"The database was copied to ./backups/{left.path.name}"
    return f"The database has not changed since the copy ./backups/{left.path.name}"

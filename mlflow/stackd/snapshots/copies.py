"""The second copy of the metadata: the master leaves one in ./backups whenever the server stops."""

import time
from dataclasses import dataclass
from pathlib import Path

from stackd import database, failures
from stackd.database import Database
from stackd.settings import Settings

PREFIX = "mlflow-"
PATTERN = f"{PREFIX}*.db"
# What a server that was killed while it copied has left.
UNFINISHED = ".mlflow-*.db.part*"
# Under which the name of the newest copy is remembered, with the state that it is of.
COPIED = "copied"


@dataclass(frozen=True)
class Left:
    """The newest copy, and whether it was made just now."""

    path: Path
    made: bool


def leave(base: Database, folder: Path, keep: int) -> Left:
    """Copy the database into ``folder`` as ``mlflow-<UTC time>.db``; keep the newest ``keep``.

    No copy is made when nothing was written since the newest one: it is remembered beside the database, with its state.

    Raises:
        Failure, OSError: no copy was made.
    """
    for part in folder.glob(UNFINISHED):
        part.unlink(missing_ok=True)
    # What a reader has kept out of the file does not show in its state.
    whole, state = base.settle(), base.state()
    newest = max(folder.glob(PATTERN), default=None)
    if whole and newest is not None and base.known(COPIED) == f"{newest.name} {state}":
        return Left(newest, made=False)
    target = folder / time.strftime("mlflow-%Y%m%dT%H%M%SZ.db", time.gmtime())
    base.copy(target)
    base.remember(COPIED, f"{target.name} {state}" if whole else "")
    for old in sorted(folder.glob(PATTERN))[:-keep]:
        old.unlink()
    return Left(target, made=True)


def at_the_stop(config: Settings) -> str:
    """Leave a copy of the database in ./backups, and say in one line what became of it."""
    try:
        left = leave(database.of(config), config.places.backups, config.keep_copies)
    except failures.RAISED as error:
        why = failures.explain(error, config.places).text
        return f"The database could not be copied to ./backups: {why}"
    if left.made:
        return f"The database was copied to ./backups/{left.path.name}"
    return f"The database has not changed since the copy ./backups/{left.path.name}"

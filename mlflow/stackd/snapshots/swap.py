"""Migrates copies of the volume's two databases to this image's schemas and swaps them in, or changes nothing."""

import contextlib
import subprocess
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Concatenate, NamedTuple, ParamSpec, TypeVar

from stackd import database, mlflow_internals
from stackd.database import Busy, Damaged, Database, InUse
from stackd.failures import Refused
from stackd.report import say
from stackd.settings import Settings
from stackd.snapshots import copies

# Rows of these say nothing about what a user has.
BOOKKEEPING = frozenset(mlflow_internals.USERS.tables)
SCHEMAS = mlflow_internals.METADATA, mlflow_internals.USERS
Given = ParamSpec("Given")
Done = TypeVar("Done")


class Part(NamedTuple):
    """One of the two databases, the copy of it that is worked on (none of what is not to be replaced), their schema."""

    base: Database
    copy: Database
    schema: mlflow_internals.Schema


def parts(config: Settings) -> tuple[Part, Part]:
    """Metadata and users."""
    places, (metadata, users) = config.places, SCHEMAS
    return (
        Part(database.of(config), database.at(places.scratch), metadata),
        Part(database.users(config), database.at(places.scratch_users), users),
    )


def take(config: Settings, *held: Database | None) -> None:
    """Copy the metadata, and the users where there are any."""
    for place, each in zip((config.places.scratch, config.places.scratch_users), held, strict=False):
        if each is not None and each.exists():
            each.copy(place)


def clear(config: Settings) -> None:
    """Remove the copies."""
    for part in parts(config):
        part.copy.remove()


def state(config: Settings) -> str:
    """What a plan names: changes when one of the two is written; "" where there is none."""
    return " ".join(filter(None, (part.base.state() for part in parts(config))))


def alone(verb: Callable[Concatenate[Settings, Given], Done]) -> Callable[Concatenate[Settings, Given], Done]:
    """Nobody else uses the volume, from the first look to the rename: a server that starts in the meantime waits,
    since it would keep writing to the file that the rename removes. Nor are there copies before it, or after it.

    Raises:
        Refused: a server has the database, or another verb that replaces it or deletes from it.
    """

    @wraps(verb)
    def held(config: Settings, /, *given: Given.args, **named: Given.kwargs) -> Done:
        base = database.of(config)
        try:
            with base.hold("serving"), base.hold("changing"), contextlib.ExitStack() as left:
                clear(config)
                left.callback(clear, config)
                return verb(config, *given, **named)
        except InUse as error:
            raise Refused("database.busy", str(error), base.where, ["./stack stop"]) from None

    return held


def known_revision(name: str, *held: Database | None) -> tuple[str, bool]:
    """The schema revision of metadata, and whether theirs, or that of users beside them, is behind this image's.

    Raises:
        Refused: no MLflow database, or one of a newer MLflow; ``name`` is what the message calls it.
    """
    found = []
    for base, schema in zip(held, SCHEMAS, strict=False):
        if base is None or not base.exists():
            continue
        revision = base.revision(schema.tables)
        if revision is None:
            text = f"That is not a database of MLflow's {schema.name}: it has no schema revision"
            raise Refused("database.revision", text, name)
        # The usual one needs no import of MLflow, which takes seconds.
        if revision != schema.head and revision not in mlflow_internals.known_revisions(schema):
            text = f"Revision {revision} is unknown to MLflow {mlflow_internals.VERSION}: a newer MLflow has written it"
            raise Refused("database.revision", text, name, ["use a newer version of this stack"])
        found.append((revision, revision != schema.head))
    return found[0][0], any(behind for _, behind in found)


def bring_up(config: Settings) -> dict[str, list[int]]:
    """Migrate the copies that are behind, in another process, and compare the rows of every table that was there.

    Returns:
        Rows before and after, by table.

    Raises:
        Refused: the migration failed, or would lose rows. The copies are all that it touched.
    """
    there = [part for part in parts(config) if part.copy.exists()]
    return {name: rows for part in there for name, rows in _bring_up(part.copy, part.schema).items()}


def _bring_up(copy: Database, schema: mlflow_internals.Schema) -> dict[str, list[int]]:
    before, migrate = copy.counts(), copy.revision(schema.tables) != schema.head
    moved = _into_columns(copy, before) if migrate else {}
    if migrate:
        say("progress", done=0, total=None, unit="tables", label="migrating the copy")
        command = [sys.executable, "-m", "stackd", "upgrade-schema", schema.name, copy.uri]
        ended = subprocess.run(command, stdout=sys.stderr, check=False)
        if ended.returncode != 0:
            text = "MLflow's migration of the copy failed; nothing was changed (its log is above)"
            raise Refused("database.revision", text)
    after = copy.counts()
    compared = {name: [rows, after.get(name, 0)] for name, rows in before.items() if name not in BOOKKEEPING}
    lost = [name for name, (had, has) in compared.items() if has < had - moved.get(name, 0)]
    if lost:
        raise Refused("database.revision", f"The migration would lose rows of {', '.join(lost)}; nothing was changed")
    return compared


def _into_columns(copy: Database, tables: dict[str, int]) -> dict[str, int]:
    """How many rows of a table the migration turns into columns: those are not lost."""
    with copy.read() as rows:
        found = (
            (table, rows.one(f"SELECT COUNT(*) FROM {table} WHERE key IN :keys", keys=list(keys)))
            for table, keys in mlflow_internals.INTO_COLUMNS.items()
            if table in tables
        )
        return {table: int(count[0]) for table, count in found if count}


def swap_in(config: Settings, keep: bool = True) -> None:
    """Replace the volume's databases with the copies that there are: the previous ones are kept in ./backups.

    ``keep`` False where the caller has kept them already. Raises Busy where something reads one: none is replaced.
    """
    metadata, users = parts(config)
    if keep and metadata.base.exists():
        copies.leave(metadata.base, config.places.backups, keep=1000, users=users.base)
    # The metadata last: whether they are new says how far an upgrade came.
    replaced = [part for part in (users, metadata) if part.copy.exists()]
    for part in replaced:
        # A damaged one takes nothing in.
        with contextlib.suppress(Damaged):
            if part.base.exists() and not part.base.settle():
                raise Busy("Something else reads the database: nothing was replaced", part.base.where)
    for part in replaced:
        part.base.replace(Path(part.copy.where))

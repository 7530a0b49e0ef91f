"""Migrates a copy of a database to this image's schema revision and swaps it in, or changes nothing."""

import contextlib
import subprocess
import sys
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from stackd import database, mlflow_internals
from stackd.database import Database, Failure, InUse, Use, claims, grants
from stackd.failures import Refused
from stackd.report import say
from stackd.settings import Settings
from stackd.snapshots import copies

# Rows of these say nothing about what a user has.
BOOKKEEPING = frozenset({"alembic_version"})
Given = ParamSpec("Given")
Done = TypeVar("Done")


def scratch(config: Settings) -> Database:
    """The copy that is worked on."""
    return database.at(config.places.scratch)


Verb = Callable[Concatenate[Settings, Given], Done]


def alone(*uses: Use) -> Callable[[Verb[Given, Done]], Verb[Given, Done]]:
    """Nobody else uses the volume in these ways, from the first look to the end. A server that starts in the meantime
    waits: it would keep writing to the file that a rename removes. Nor does a verb delete what another has restored.

    Raises:
        Refused: a server has the database, or another verb that replaces it or deletes from it.
    """

    def decorated(verb: Verb[Given, Done]) -> Verb[Given, Done]:
        @wraps(verb)
        def held(config: Settings, /, *given: Given.args, **named: Given.kwargs) -> Done:
            base = database.of(config)
            with contextlib.ExitStack() as holding:
                for use in uses:
                    try:
                        holding.enter_context(base.hold(use))
                    except InUse as error:
                        fix = "./stack stop" if use == "serving" else "run the command again"
                        raise Refused("database.busy", str(error), base.where, [fix]) from None
                return verb(config, *given, **named)

        return held

    return decorated


def known_revision(name: str, base: Database) -> str:
    """A database's schema revision, if this image's MLflow knows it.

    Raises:
        Refused: no MLflow database, or one of a newer MLflow; ``name`` is what the message calls it.
    """
    revision = base.revision()
    if revision is None:
        raise Refused("database.revision", "That is not an MLflow database: it has no schema revision", name)
    # The usual one needs no import of MLflow, which takes seconds.
    if revision != mlflow_internals.SCHEMA_HEAD and revision not in mlflow_internals.known_revisions():
        text = f"Revision {revision} is unknown to MLflow {mlflow_internals.VERSION}: a newer MLflow has written it"
        raise Refused("database.revision", text, name, ["use a newer version of this stack"])
    return revision


def bring_up(config: Settings, migrate: bool) -> dict[str, list[int]]:
    """Migrate the copy in another process, and compare the rows of every table that was there before. What a cleanup
    has claimed of it can be restored again: triggers do not outlive a migration.

    Returns:
        Rows before and after, by table.

    Raises:
        Refused: the migration failed, or would lose rows. The copy is all that it touched.
    """
    copy = scratch(config)
    with copy.write() as rows:
        claims.forget(rows)
    before = copy.counts()
    moved = _into_columns(copy, before) if migrate else {}
    if migrate:
        say("progress", done=0, total=None, unit="tables", label="migrating the copy")
        command = [sys.executable, "-m", "stackd", "upgrade-schema", copy.uri]
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
    """Replace the volume's database with the copy, and remove grants on what is not in it; the previous one is kept in
    ./backups.

    ``keep`` False where the caller has kept it already. Raises Busy where something reads the database.
    """
    base = database.of(config)
    if keep and base.exists():
        copies.leave(base, config.places.backups, keep=1000)
    before = None
    with contextlib.suppress(Failure):
        # A damaged one says nothing.
        before = grants.identities(base)
    base.replace(config.places.scratch)
    grants.remove_stale(base, database.users(config), before)

"""Every column that holds an artifact URI, and one transaction that moves them all from one root to another."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from stackd.database import sqlite
from stackd.database.roots import SCHEME, TRACE
from stackd.database.turns import Turns


@dataclass(frozen=True)
class Column:
    """A column, which of its rows hold a URI, and how a row's experiment is found (empty: it has none of its own, and
    ``model`` is the registered model's name).
    """

    table: str
    column: str
    which: str = "1"
    experiment: str = "experiment_id"
    model: str = ""


COLUMNS = (
    Column("experiments", "artifact_location"),
    Column("runs", "artifact_uri"),
    Column("logged_models", "artifact_location"),
    Column(
        "trace_tags",
        "value",
        TRACE,
        "(SELECT experiment_id FROM trace_info WHERE trace_info.request_id = trace_tags.request_id)",
    ),
    Column("model_versions", "source", experiment="", model="name"),
    Column("model_versions", "storage_location", experiment="", model="name"),
)


@dataclass(frozen=True)
class Recorded:
    """A URI as a row holds it; ``experiment`` is None for a version of a registered ``model``, which has a name."""

    table: str
    experiment: int | None
    uri: str
    model: str = ""


def recorded(database: Path) -> Iterator[Recorded]:
    """Every artifact URI. Raises sqlite3.Error."""
    with sqlite.reading(database, timeout=10) as connection:
        for each in COLUMNS:
            query = (
                f"SELECT {each.experiment or 'NULL'}, {each.column}, {each.model or 'NULL'} FROM {each.table}"
                f" WHERE {each.which} AND {each.column} IS NOT NULL"
            )
            for experiment, uri, model in connection.execute(query):
                home = None if experiment is None else int(experiment)
                yield Recorded(each.table, home, str(uri), str(model or ""))


def move(database: Path, prefixes: list[str], turns: Turns | None = None) -> dict[str, int]:
    """Rewrite ``<prefix>/x`` to ``mlflow-artifacts:/x`` in every column, in one transaction; rows by column.

    Raises:
        TurnNotFree: writers held the database for ten seconds.
        sqlite3.Error: nothing was rewritten.
    """
    moved = {f"{each.table}.{each.column}": 0 for each in COLUMNS}
    with closing(sqlite3.connect(database, timeout=10, isolation_level=None)) as connection, (turns or Turns()).turn():
        sqlite.serving_pragmas(connection)
        connection.execute("BEGIN IMMEDIATE")
        try:
            for prefix in prefixes:
                for each in COLUMNS:
                    moved[f"{each.table}.{each.column}"] += _move(connection, each, prefix.rstrip("/"))
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
    return moved


def _move(connection: sqlite3.Connection, each: Column, prefix: str) -> int:
    # Not LIKE: `_` and `%` stand in names of buckets and folders.
    statement = (
        f"UPDATE {each.table} SET {each.column} = ? || ltrim(substr({each.column}, ?), '/')"
        f" WHERE {each.which} AND ({each.column} = ? OR substr({each.column}, 1, ?) = ?)"
    )
    values = (SCHEME, len(prefix) + 1, prefix, len(prefix) + 1, prefix + "/")
    return connection.execute(statement, values).rowcount

"""Every column that holds an artifact URI, and what moves them all from one root to another."""

from collections.abc import Iterator
from dataclasses import dataclass

from stackd.database import Database
from stackd.database.deletion import ROWS
from stackd.database.roots import SCHEME, TRACE


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


def recorded(base: Database) -> Iterator[Recorded]:
    """Every artifact URI."""
    with base.read() as rows:
        for each in COLUMNS:
            query = (
                f"SELECT {each.experiment or 'NULL'}, {each.column}, {each.model or 'NULL'} FROM {each.table}"
                f" WHERE {each.which} AND {each.column} IS NOT NULL"
            )
            for experiment, uri, model in rows(query):
                home = None if experiment is None else int(experiment)
                yield Recorded(each.table, home, str(uri), str(model or ""))


def move(base: Database, prefixes: list[str]) -> dict[str, int]:
    """Rewrite ``<prefix>/x`` to ``mlflow-artifacts:/x`` in every column; rows by column.

    Both addresses are of the same file, so they may stand beside each other: a limited number of rows is rewritten in
    each turn, for the scan of a large table would keep every writer waiting. Interrupted, a second run does the rest.
    """
    moved = {f"{each.table}.{each.column}": 0 for each in COLUMNS}
    for prefix in (each.rstrip("/") for each in prefixes):
        for each in COLUMNS:
            moved[f"{each.table}.{each.column}"] += _move(base, each, prefix)
    return moved


def _move(base: Database, each: Column, prefix: str) -> int:
    # Not LIKE: `_` and `%` stand in names of buckets and folders.
    below = f"({each.column} = :prefix OR substr({each.column}, 1, :length) = :prefix || '/')"
    values = {"prefix": prefix, "length": len(prefix) + 1}
    with base.read() as rows:
        found = [row for (row,) in rows(f"SELECT rowid FROM {each.table} WHERE {each.which} AND {below}", **values)]
    statement = (
        f"UPDATE {each.table} SET {each.column} = '{SCHEME}' || ltrim(substr({each.column}, :length), '/')"
        f" WHERE rowid IN :found AND {below}"
    )
    moved = 0
    for first in range(0, len(found), ROWS):
        with base.write() as rows:
            moved += rows.change(statement, found=found[first : first + ROWS], **values)
    return moved

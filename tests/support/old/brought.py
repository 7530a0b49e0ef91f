"""What an older MLflow has left, laid out for a test: the database, the folder beside it, the objects in S3."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from support.stack import Stack
from support.working_copy import own

VERSIONS = ("2.22", "3.14")
HERE = Path(__file__).resolve().parent
INTO_COLUMNS = {
    "trace_tags": ("mlflow.traceName",),
    "trace_request_metadata": ("mlflow.trace.session", "mlflow.trace.tokenUsage"),
    "trace_metrics": ("input_tokens", "output_tokens", "total_tokens"),
}
# Table → how often each of its rows is there, as column → value.
Rows = dict[str, Counter[tuple[tuple[str, object], ...]]]


@dataclass(frozen=True)
class Left:
    """`folder` has mlflow.db and mlruns/; `files` is what came to be below a server's root: path → bytes.

    `addresses`: what stands in front of such a path in the rows, `lost` where nobody has the files any more.
    """

    folder: Path
    files: dict[str, bytes]
    addresses: tuple[str, ...]
    lost: str

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.folder / "mlflow.db"

    @property
    def artifacts(self) -> Path:
        """Files of experiments with a path, and of those behind a server."""
        return self.folder / "mlruns"


def left_by(version: str, stack: Stack, other: str, folder: Path) -> Left:
    """Lay out what a version has left; `other` is a bucket, where it also had an experiment, below the same prefix."""
    places = {"here": f"s3://{stack.bucket}/{stack.prefix}", "there": f"s3://{other}/{stack.prefix}"}
    lost = "s3://no-such-bucket/gone"
    filled = {"@folder@": str(folder), "@elsewhere@": lost} | {f"@{name}@": uri for name, uri in places.items()}
    with closing(sqlite3.connect(folder / "mlflow.db")) as connection:
        connection.executescript(_filled(HERE / f"{version}.sql", filled))
    stores: dict[str, dict[str, str]] = json.loads(_filled(HERE / f"{version}.json", filled))
    files: dict[str, bytes] = {}
    for store, held in stores.items():
        for path, text in held.items():
            files[path] = text.encode()
            if store in places:
                bucket = places[store].removeprefix("s3://").partition("/")[0]
                stack.s3.client().put_object(Bucket=bucket, Key=f"{stack.prefix}/{path}", Body=files[path])
            else:
                (folder / store / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / store / path).write_bytes(files[path])
    own(folder)
    paths = (f"file://{folder}/mlruns", f"{folder}/mlruns")
    return Left(folder, files, (*places.values(), *paths), lost)


def rows(database: Path, columns: dict[str, list[str]] | None = None) -> Rows:
    """Every row of these columns; of all but the schema's own revision without any."""
    held = columns if columns is not None else columns_of(database)
    found: Rows = {}
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        for table, names in held.items():
            listed = ", ".join(f'"{name}"' for name in names)
            answer = connection.execute(f'SELECT {listed} FROM "{table}"')
            found[table] = Counter(tuple(zip(names, row, strict=True)) for row in answer)
    return found


def columns_of(database: Path) -> dict[str, list[str]]:
    """Table → its columns."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            table: [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]
            for table in tables
            if table != "alembic_version"
        }


def without_rows_that_become_columns(database: Path) -> int:
    """Take away what MLflow's migration moves into columns of a trace; how many rows that is."""
    known = columns_of(database)
    with closing(sqlite3.connect(database)) as connection, connection:
        return sum(
            connection.execute(f"DELETE FROM {table} WHERE key = ?", (key,)).rowcount
            for table, keys in INTO_COLUMNS.items()
            for key in keys
            if table in known
        )


def _filled(source: Path, values: dict[str, str]) -> str:
    text = source.read_text(encoding="utf-8")
    for name, value in values.items():
        text = text.replace(name, value)
    return text

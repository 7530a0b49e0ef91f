"""An upgrade that is killed: of a database that MLflow 2.22 wrote, put into the volume again for each round."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import seen

from support.old.brought import columns_of, left_by, rows, without_rows_that_become_columns
from support.stack import Stack
from support.working_copy import USER

VERSION, OTHER = "2.22", "otherbucket"
PUT = "rm -f /data/mlflow.db /data/mlflow.db-* && cp /older/mlflow.db /data/mlflow.db"


class Upgrade:
    """The server waits for it, as after a start of a newer version of this stack."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        folder = stack.folder.parent / "older"
        folder.mkdir()
        self.source = left_by(VERSION, stack, OTHER, folder).database
        without_rows_that_become_columns(self.source)
        self.older, self.columns = rows(self.source), columns_of(self.source)
        self.revision = _revision(self.source)

    def begin(self) -> tuple[str, ...]:
        self.stack.stop()
        bind = ("--volume", f"{self.source.parent}:/older:ro", "--user", f"{USER}:{USER}", "--entrypoint", "sh")
        self.stack.compose("run", "--rm", "--no-deps", "--no-TTY", *bind, "mlflow", "-c", PUT)
        self.stack.compose("start", "mlflow")
        self.objects = seen.objects(self.stack)
        return ("upgrade", "--yes")

    def between(self) -> list[str]:
        with seen.database(self.stack) as found:
            wrong = seen.changed(self.older, rows(found, self.columns))
        return [*wrong, *seen.missing(self.objects, seen.objects(self.stack), "S3")]

    def end(self) -> list[str]:
        wrong = self.between()
        with seen.database(self.stack) as found:
            if _revision(found) == self.revision:
                wrong.append("the database was not upgraded")
        kept = [path for path in (self.stack.folder / "backups").rglob("*.db") if _revision(path) == self.revision]
        if not any(rows(path) == self.older for path in kept):
            wrong.append("the older database is nowhere")
        if self.stack.ready() is None:
            self.stack.up("s3")
        return wrong


def _revision(database: object) -> str:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])

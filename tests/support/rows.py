"""What a database holds, to be compared with what another one does."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from support.stack import Stack


def content(database: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in names}


def copy_of_now(stack: Stack) -> Path:
    """The database as the server leaves it when it stops."""
    stack.stop()
    return max((stack.folder / "backups").glob("mlflow-*.db"))

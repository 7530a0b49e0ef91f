"""A small store of local mode, three runs of a file each, and its snapshots."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from stackd import mlflow_internals, settings
from stackd.database import sqlite
from stackd.settings import Settings
from stackd.snapshots import snapshot

RUNS = 3


def make_database(path: Path) -> None:
    """The tables that a snapshot reads, with the runs."""
    connection = sqlite3.connect(path)
    connection.executescript(
        f"""
        PRAGMA journal_mode = wal;
        CREATE TABLE alembic_version (version_num TEXT);
        INSERT INTO alembic_version VALUES ('{mlflow_internals.SCHEMA_HEAD}');
        CREATE TABLE experiments (experiment_id INTEGER);
        INSERT INTO experiments VALUES (1);
        CREATE TABLE runs (run_uuid TEXT, experiment_id INTEGER, artifact_uri TEXT, lifecycle_stage TEXT);
        CREATE TABLE logged_models (model_id TEXT, experiment_id INTEGER, artifact_location TEXT, lifecycle_stage TEXT);
        CREATE TABLE trace_info (request_id TEXT, experiment_id INTEGER);
        CREATE TABLE trace_tags (request_id TEXT, key TEXT, value TEXT);
        """
    )
    add_runs(connection, range(RUNS))
    connection.close()


def add_runs(connection: sqlite3.Connection, numbers: range) -> None:
    """Further rows of runs."""
    rows = [(f"run{number}", 1, f"mlflow-artifacts:/1/run{number}/artifacts", "active") for number in numbers]
    connection.executemany("INSERT INTO runs VALUES (?, ?, ?, ?)", rows)
    connection.commit()


def put(path: Path, content: bytes) -> None:
    """Write a file, with its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def runs() -> list[str]:
    """The ids that the database has now."""
    with sqlite.reading(settings.DATABASE) as connection:
        return [row[0] for row in connection.execute("SELECT run_uuid FROM runs ORDER BY run_uuid")]


def make(config: Settings, whole: bool = False, keep: int = 7) -> Path:
    """A snapshot, as `backup` makes it."""
    return snapshot.create(config, settings.BACKUPS, whole, keep)


def flip(path: Path) -> None:
    """Another bit in the middle."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)

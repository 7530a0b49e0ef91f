"""A small store of local mode, three runs of a file each, and its snapshots."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

from stackd import database, mlflow_internals
from stackd.settings import Places, Settings
from stackd.snapshots import snapshot

RUNS = 3


def in_folders(root: Path) -> Settings:
    """Settings of local mode, all of whose folders are below one."""
    return Settings(
        mode="local", destination=str(root / "mlartifacts"), profile="", region="", readable=(), backups="", workers=2,
        extra_hosts=(), published_host="127.0.0.1", published_port=5000, open_to_network=False, basic_auth=False,
        keep_copies=5, stop_grace=300, places=replace(Places.below(root), mlartifacts=root / "mlartifacts"),
    )  # fmt: skip


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


def make_users(path: Path, *names: str, revision: str = mlflow_internals.USERS_HEAD) -> None:
    """A database of users as MLflow has it, who are "admin" and these; their hashes fit no password."""
    connection = sqlite3.connect(path)
    connection.executescript(
        f"""
        CREATE TABLE alembic_version_auth (version_num TEXT);
        INSERT INTO alembic_version_auth VALUES ('{revision}');
        CREATE TABLE users (
            id INTEGER PRIMARY KEY, username VARCHAR(255) UNIQUE, password_hash VARCHAR(255), is_admin BOOLEAN
        );
        """
    )
    rows = [(name, "pbkdf2:sha256:1$a$b", name == "admin") for name in ("admin", *names)]
    connection.executemany("INSERT INTO users (username, password_hash, is_admin) VALUES (?, ?, ?)", rows)
    connection.commit()
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


def runs(config: Settings) -> list[str]:
    """The ids that the database has now."""
    with database.of(config).read() as rows:
        return [row[0] for row in rows("SELECT run_uuid FROM runs ORDER BY run_uuid")]


def make(config: Settings, whole: bool = False, keep: int = 7) -> Path:
    """A snapshot, as `backup` makes it."""
    return snapshot.create(config, config.places.backups, whole, keep)


def flip(path: Path) -> None:
    """Another bit in the middle."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)

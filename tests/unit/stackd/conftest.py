"""MLflow's real tables, made once by its own migrations, and folders in the places of the image's."""

from __future__ import annotations

import shutil
import warnings
from dataclasses import replace
from pathlib import Path

import pytest

from stackd import mlflow_internals, settings
from stackd.artifacts import owner, s3
from stackd.cleaning import cleanup
from stackd.database import sqlite
from stackd.database.deletion import Deletion
from stackd.database.turns import Turns
from stackd.settings import Settings
from stackd.snapshots import swap
from unit.stackd.bucket import Bucket
from unit.stackd.filled import fill
from unit.stackd.kept import RUNS, make_database, put


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with MLflow's tables and no row but the default experiment's."""
    path = tmp_path_factory.mktemp("schema") / "empty.db"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mlflow_internals.create_schema(sqlite.uri(path))
    return path


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty_database: Path) -> Settings:
    """Settings of local mode, in folders of the test, with an empty database in the volume's place."""
    for name in ("data", "spool", "backups", "mlartifacts"):
        (tmp_path / name).mkdir()
    database = tmp_path / "data" / "mlflow.db"
    shutil.copy(empty_database, database)
    monkeypatch.setattr(settings, "DATABASE", database)
    monkeypatch.setattr(settings, "BACKUPS", tmp_path / "backups")
    monkeypatch.setattr(settings, "SPOOL", tmp_path / "spool")
    monkeypatch.setattr(settings, "SERVED_S3", tmp_path / "data" / "served_s3")
    monkeypatch.setattr(swap, "SCRATCH", tmp_path / "spool" / "incoming.db")
    monkeypatch.setattr(sqlite.store_id, "__defaults__", (tmp_path / "data",))
    return Settings(
        mode="local", destination=str(tmp_path / "mlartifacts"), profile="", region="", readable=(), backups="",
        workers=2, extra_hosts=(), published_host="127.0.0.1", published_port=5000, open_to_network=False,
        basic_auth=False, keep_copies=5, stop_grace=300,
    )  # fmt: skip


@pytest.fixture
def filled(local: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    """What `fill` makes; rows are deleted with a lock file of the test."""
    monkeypatch.setattr(cleanup, "Deletion", lambda: Deletion(settings.DATABASE, Turns(tmp_path / "turn")))
    return fill(local)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """The store of every client, and this database's own."""
    made = Bucket()
    monkeypatch.setattr(s3, "client_of", lambda settings: lambda: made)
    monkeypatch.setattr(owner, "required", lambda config: None)
    return made


@pytest.fixture
def remote(filled: Settings) -> Settings:
    """What `filled` has in S3 mode: `s3://b/p`."""
    return replace(filled, mode="s3", destination="s3://b/p")


@pytest.fixture
def three_runs(local: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Local mode with three runs that have a file each, and a file that nobody owns; few tables, for speed."""
    monkeypatch.setattr(mlflow_internals, "known_revisions", lambda: {mlflow_internals.SCHEMA_HEAD})
    monkeypatch.setattr(sqlite.counts, "__defaults__", (settings.DATABASE,))
    settings.DATABASE.unlink()
    make_database(settings.DATABASE)
    artifacts = Path(local.destination)
    for number in range(RUNS):
        put(artifacts / f"1/run{number}/artifacts/model.bin", bytes([number]) * 100)
    put(artifacts / "1/stranger/artifacts/x", b"nobody's")
    return local

"""MLflow's real tables, made once by its own migrations, and folders in the places of the image's."""

from __future__ import annotations

import shutil
import warnings
from dataclasses import replace
from pathlib import Path

import pytest

from stackd import database, mlflow_internals
from stackd.artifacts import client, owner
from stackd.artifacts.client import Made
from stackd.settings import Settings
from unit.stackd.bucket import Bucket
from unit.stackd.filled import fill
from unit.stackd.kept import RUNS, in_folders, make_database, put


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with MLflow's tables and no row but the default experiment's."""
    path = tmp_path_factory.mktemp("schema") / "empty.db"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mlflow_internals.create_schema(database.at(path).uri)
    return path


@pytest.fixture
def local(tmp_path: Path, empty_database: Path) -> Settings:
    """Settings of local mode, in folders of the test, with an empty database in the volume's place."""
    for name in ("data", "spool", "backups", "mlartifacts"):
        (tmp_path / name).mkdir()
    shutil.copy(empty_database, tmp_path / "data" / "mlflow.db")
    return in_folders(tmp_path)


@pytest.fixture
def filled(local: Settings) -> Settings:
    """What `fill` makes."""
    return fill(local)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """The store of every client, and this database's own."""
    made = Bucket()
    clients = Made(made, made, "unknown")
    monkeypatch.setattr(client, "client_of", lambda settings: lambda: clients)
    monkeypatch.setattr(owner, "required", lambda config: None)
    return made


@pytest.fixture
def remote(filled: Settings) -> Settings:
    """What `filled` has in S3 mode: `s3://b/p`."""
    return replace(filled, mode="s3", destination="s3://b/p")


@pytest.fixture
def three_runs(local: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Local mode with three runs that have a file each, and a file that nobody owns; few tables, for speed."""
    monkeypatch.setattr(mlflow_internals, "known_revisions", lambda _: {mlflow_internals.SCHEMA_HEAD})
    local.places.database.unlink()
    make_database(local.places.database)
    artifacts = Path(local.destination)
    for number in range(RUNS):
        put(artifacts / f"1/run{number}/artifacts/model.bin", bytes([number]) * 100)
    put(artifacts / "1/stranger/artifacts/x", b"nobody's")
    return local

"""MLflow's real tables, made once by its own migrations, and folders in the places of the image's."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path

import pytest

from stackd import mlflow_internals, settings
from stackd.data import swap
from stackd.database import serving, sqlite
from stackd.settings import Settings


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
    monkeypatch.setattr(serving, "in_use", lambda: False)
    monkeypatch.setattr(sqlite.store_id, "__defaults__", (tmp_path / "data",))
    return Settings(
        mode="local", destination=str(tmp_path / "mlartifacts"), profile="", region="", readable=(), backups="",
        workers=2, extra_hosts=(), published_host="127.0.0.1", published_port=5000, open_to_network=False,
        basic_auth=False, keep_copies=5,
    )  # fmt: skip

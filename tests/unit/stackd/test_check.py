"""Findings of the image, compared whole: a healthy case and the faults of each."""

import os
import sqlite3
from dataclasses import replace
from pathlib import Path

from stackd import check, database
from stackd.mlflow_internals import SCHEMA_HEAD as HEAD
from stackd.report import Finding
from stackd.settings import from_environment
from unit.stackd.test_settings import S3

CONFIG = from_environment(S3)
PLACES = CONFIG.places


def levels(found: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.id, finding.level) for finding in found]


def test_publishing_is_an_error_only_where_others_reach_it() -> None:
    assert levels(check.publishing(CONFIG)) == [("publish.open", "ok")]
    outside = replace(CONFIG, published_host="0.0.0.0")
    assert levels(check.publishing(outside)) == [("publish.open", "error")]
    assert levels(check.publishing(replace(outside, open_to_network=True))) == [("publish.open", "warning")]
    assert levels(check.publishing(replace(outside, basic_auth=True))) == [("publish.open", "ok")]


def test_job_execution_is_refused() -> None:
    assert check.jobs({}) == []
    assert levels(check.jobs({"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "true"})) == [("settings.jobs", "error")]


def test_folder(tmp_path: Path) -> None:
    assert levels(check.folder(PLACES, tmp_path, "data.folder-unwritable", "./x")) == [("data.folder-unwritable", "ok")]
    gone = tmp_path / "gone"
    assert levels(check.folder(PLACES, gone, "backups.folder", "./x", level="warning")) == [
        ("backups.folder", "warning")
    ]
    assert list(tmp_path.iterdir()) == []


def made(path: Path, revision: str | None) -> Path:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        if revision:
            connection.execute("INSERT INTO alembic_version VALUES (?)", (revision,))
    connection.close()
    return path


def test_database(tmp_path: Path) -> None:
    ours = made(tmp_path / "ours.db", HEAD)
    assert levels(check.metadata(database.at(ours), PLACES))[1:] == [("database.revision", "ok")]
    older = check.metadata(database.at(made(tmp_path / "older.db", "older")), PLACES)[1]
    assert (older.id, older.level) == ("database.revision", "error")
    assert "revision older" in older.text
    assert HEAD in older.text
    assert any("./stack upgrade" in line for line in older.fix)
    assert levels(check.metadata(database.at(tmp_path / "none.db"), PLACES))[1:] == [("data.volume-empty", "info")]
    torn = tmp_path / "torn.db"
    torn.write_bytes(b"SQLite format 3\0" + os.urandom(5000))
    assert levels(check.metadata(database.at(torn), PLACES))[1:] == [("database.corrupt", "error")]

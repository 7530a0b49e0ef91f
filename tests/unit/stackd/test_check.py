"""Findings of the image, compared whole: a healthy case and the faults of each."""

import os
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from stackd import check, database
from stackd.report import Finding
from stackd.settings import from_environment
from unit.stackd.test_settings import S3

CONFIG = from_environment(S3)
PLACES = CONFIG.places


def levels(found: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.id, finding.level) for finding in found]


PASSWORD = "twelve characters and more"


@pytest.mark.parametrize(
    ("content", "later", "level", "said"),
    [
        (PASSWORD, False, "ok", "can be read"),
        (None, False, "error", "names no file, or an empty one"),
        (" \n", False, "error", "names no file, or an empty one"),
        ("elevenchars", False, "error", "too short: MLflow asks for 12 characters"),
        ("password1234", False, "error", "which MLflow refuses"),
        # Once there is an administrator, his password is in the database of users.
        (None, True, "ok", "there is an administrator"),
        ("short", True, "ok", "can be read"),
    ],
)
def test_the_first_administrators_password(
    tmp_path: Path, content: str | None, later: bool, level: str, said: str
) -> None:
    users, file = tmp_path / "basic_auth.db", tmp_path / "password"
    if content is not None:
        file.write_text(content)
    if later:
        users.touch()
    [finding] = check.logins(users, file)
    assert (finding.id, finding.level, finding.where) == ("settings.value", level, "MLFLOW_ADMIN_PASSWORD_FILE")
    assert said in finding.text
    if content and content.strip():
        assert content not in str(finding)


def test_a_password_file_that_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    """Not a traceback in a container that is restarted for ever."""
    [finding] = check.logins(tmp_path / "none", tmp_path)
    assert (finding.level, finding.where) == ("error", "MLFLOW_ADMIN_PASSWORD_FILE")
    assert f"cannot be read by uid {os.geteuid()}" in finding.text
    assert "Is a directory" in finding.text
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    [finding] = check.logins(tmp_path / "none", tmp_path / "bytes")
    assert "it is not text" in finding.text


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
        connection.execute("CREATE TABLE webhooks (webhook_id, name, secret, deleted_timestamp)")
        connection.execute("CREATE TABLE secrets (secret_id, secret_name, encrypted_value, wrapped_dek)")
        if revision:
            connection.execute("INSERT INTO alembic_version VALUES (?)", (revision,))
    connection.close()
    return path


def test_database(tmp_path: Path) -> None:
    ours = made(tmp_path / "ours.db", "head")
    assert levels(check.metadata(database.at(ours), PLACES, "head"))[1:] == [("database.revision", "ok")]
    older = check.metadata(database.at(made(tmp_path / "older.db", "older")), PLACES, "head")[1]
    assert (older.id, older.level) == ("database.revision", "error")
    assert "revision older" in older.text
    assert "head" in older.text
    assert any("./stack upgrade" in line for line in older.fix)
    assert levels(check.metadata(database.at(tmp_path / "none.db"), PLACES, "head"))[1:] == [
        ("data.volume-empty", "info")
    ]
    torn = tmp_path / "torn.db"
    torn.write_bytes(b"SQLite format 3\0" + os.urandom(5000))
    assert levels(check.metadata(database.at(torn), PLACES, "head"))[1:] == [("database.corrupt", "error")]

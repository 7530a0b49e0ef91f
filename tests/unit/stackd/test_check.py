"""Findings of the image, compared whole: a healthy case and the faults of each."""

import os
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from stackd import check
from stackd.report import Finding
from stackd.settings import from_environment
from unit.stackd.test_settings import S3

CONFIG = from_environment(S3)
SECRET = "wJalrXUtnFEMI-not-a-real-key"
KEYS = f"aws_access_key_id = AKIA\naws_secret_access_key = {SECRET}\n"


def levels(found: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.id, finding.level) for finding in found]


def profile(folder: Path, config: str | None, credentials: str | None) -> list[Finding]:
    for name, text in (("config", config), ("credentials", credentials)):
        if text is not None:
            (folder / name).write_text(text)
    found = check.profile(folder, "basketworld")
    assert SECRET not in str(found)
    return found


@pytest.mark.parametrize(
    ("config", "credentials", "expected"),
    [
        ("[profile basketworld]\nregion = us-west-1\n", f"[basketworld]\n{KEYS}", ("aws.profile", "ok")),
        ("[profile basketworld]\nsso_session = corp\n[sso-session corp]\n", None, ("aws.profile", "ok")),
        ("[profile basketworld]\nrole_arn = arn:x\nsource_profile = a\n", None, ("aws.profile", "ok")),
        (None, None, ("aws.profile-missing", "error")),
        (None, f"[default]\n{KEYS}", ("aws.profile-missing", "error")),
        ("[profile basketworld]\nregion = us-west-1\n", None, ("aws.credentials-missing", "error")),
        (None, f"[basketworld]\naws_access_key_id = AKIA\nnothing = {SECRET}\n", ("aws.credentials-broken", "error")),
        (
            None,
            f"[basketworld]\naws_access_key_id = AKIA\naws_secret_access_key\n{SECRET}",
            ("aws.credentials-broken", "error"),
        ),
        (None, f"{SECRET}", ("aws.credentials-broken", "error")),
        ("[profile basketworld]\ncredential_process = /bin/x\n", None, ("aws.profile-unsupported", "error")),
        ("[profile basketworld]\nrole_arn = a\nmfa_serial = b\n", None, ("aws.profile-unsupported", "error")),
    ],
)
def test_profile(tmp_path: Path, config: str | None, credentials: str | None, expected: tuple[str, str]) -> None:
    assert levels(profile(tmp_path, config, credentials)) == [expected]


def test_every_error_of_a_profile_says_what_to_do(tmp_path: Path) -> None:
    (finding,) = profile(tmp_path, None, None)
    assert finding.text == "there is no profile basketworld"
    assert "or without AWS: ./stack start --disable-s3" in finding.fix


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
    assert levels(check.folder(tmp_path, "data.folder-unwritable", "./x")) == [("data.folder-unwritable", "ok")]
    gone = tmp_path / "gone"
    assert levels(check.folder(gone, "backups.folder", "./x", level="warning")) == [("backups.folder", "warning")]
    assert list(tmp_path.iterdir()) == []


def database(path: Path, revision: str | None) -> Path:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        if revision:
            connection.execute("INSERT INTO alembic_version VALUES (?)", (revision,))
    connection.close()
    return path


def test_database(tmp_path: Path) -> None:
    ours = database(tmp_path / "ours.db", "head")
    assert levels(check.database(ours, "head"))[1:] == [("database.revision", "ok")]
    older = check.database(database(tmp_path / "older.db", "older"), "head")[1]
    assert (older.id, older.level) == ("database.revision", "error")
    assert "revision older" in older.text
    assert "head" in older.text
    assert any("./stack upgrade" in line for line in older.fix)
    assert levels(check.database(tmp_path / "none.db", "head"))[1:] == [("data.volume-empty", "info")]
    torn = tmp_path / "torn.db"
    torn.write_bytes(b"SQLite format 3\0" + os.urandom(5000))
    assert levels(check.database(torn, "head"))[1:] == [("database.corrupt", "error")]

"""The first administrator's password: whether the server starts with it, and how it is set again."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from werkzeug.security import check_password_hash

from stackd import check, database, logins
from stackd.failures import Refused
from stackd.settings import Settings
from unit.stackd.kept import make_users

PASSWORD = "twelve characters and more"


@pytest.fixture
def with_users(three_runs: Settings, tmp_path: Path) -> Settings:
    """Logins are on; an administrator whose password nobody knows, ada, and a file with another password."""
    make_users(three_runs.places.auth_database, "ada")
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    return replace(three_runs, basic_auth=True, places=replace(three_runs.places, admin_password=tmp_path / "password"))


def hashes(config: Settings) -> dict[str, str]:
    with closing(sqlite3.connect(config.places.auth_database)) as connection:
        return dict(connection.execute("SELECT username, password_hash FROM users"))


@pytest.mark.parametrize(
    ("content", "later", "expected", "said"),
    [
        (PASSWORD, False, ("settings.value", "ok"), "can be read"),
        (None, False, ("settings.value", "error"), "names no file, or an empty one"),
        (" \n", False, ("settings.value", "error"), "names no file, or an empty one"),
        ("elevenchars", False, ("settings.value", "error"), "too short: MLflow asks for 12 characters"),
        ("password1234", False, ("settings.value", "error"), "which MLflow refuses"),
        # Once there is an administrator, his password is in the database of users.
        (None, True, ("settings.value", "ok"), "there is an administrator"),
        ("short", True, ("logins.password", "warning"), "does not hold the password of admin"),
    ],
)
def test_the_first_administrators_password(
    tmp_path: Path, content: str | None, later: bool, expected: tuple[str, str], said: str
) -> None:
    users, file = tmp_path / "basic_auth.db", tmp_path / "password"
    if content is not None:
        file.write_text(content)
    if later:
        make_users(users)
    [finding] = logins.judge(database.at(users), file)
    assert ((finding.id, finding.level), finding.where) == (expected, "MLFLOW_ADMIN_PASSWORD_FILE")
    assert said in finding.text
    if content and content.strip():
        assert content not in str(finding)


def test_users_without_an_administrator_need_a_first_password(tmp_path: Path) -> None:
    """MLflow would not start: those of an adopted server may have another name."""
    make_users(tmp_path / "users.db", "ada")
    with closing(sqlite3.connect(tmp_path / "users.db")) as connection, connection:
        connection.execute("DELETE FROM users WHERE username = 'admin'")
    [finding] = logins.judge(database.at(tmp_path / "users.db"), tmp_path / "none")
    assert (finding.level, "names no file" in finding.text) == ("error", True)


def test_a_password_file_that_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    """Not a traceback in a container that is restarted for ever; and with an administrator it only is unknown."""
    none, users = database.at(tmp_path / "none"), tmp_path / "users.db"
    [finding] = logins.judge(none, tmp_path)
    assert (finding.level, finding.where) == ("error", "MLFLOW_ADMIN_PASSWORD_FILE")
    assert f"cannot be read by uid {os.geteuid()}" in finding.text
    assert "Is a directory" in finding.text
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    [finding] = logins.judge(none, tmp_path / "bytes")
    assert "it is not text" in finding.text
    make_users(users)
    assert [each.level for each in logins.judge(database.at(users), tmp_path)] == ["unknown"]
    users.write_bytes(b"SQLite format 3\0" + b"\1" * 5000)
    assert [each.level for each in logins.judge(database.at(users), tmp_path)] == ["unknown"]


def test_the_password_is_set_again_and_nothing_else(with_users: Settings) -> None:
    before = hashes(with_users)
    assert logins.plan_reset(with_users) == {"exists": True, "same": False}
    logins.reset(with_users)
    after = hashes(with_users)
    assert check_password_hash(after.pop("admin"), PASSWORD)
    assert after == {"ada": before["ada"]}
    assert logins.plan_reset(with_users) == {"exists": True, "same": True}
    found = logins.judge(database.users(with_users), with_users.places.admin_password)
    assert [each.level for each in found] == ["ok"]


def test_an_administrator_who_was_deleted_or_demoted_is_one_again(with_users: Settings) -> None:
    for change in ("DELETE FROM users WHERE username = 'admin'", "UPDATE users SET is_admin = 0"):
        with closing(sqlite3.connect(with_users.places.auth_database)) as connection, connection:
            connection.execute(change)
        assert logins.plan_reset(with_users)["same"] is False
        logins.reset(with_users)
        with closing(sqlite3.connect(with_users.places.auth_database)) as connection:
            assert connection.execute("SELECT username FROM users WHERE is_admin").fetchall() == [("admin",)]


@pytest.mark.parametrize("content", ["", "elevenchars", "password1234"])
def test_a_password_that_mlflow_refuses_is_refused(with_users: Settings, content: str) -> None:
    with_users.places.admin_password.write_text(content)
    before = hashes(with_users)
    for step in (logins.plan_reset, logins.reset):
        with pytest.raises(Refused):
            step(with_users)
    assert hashes(with_users) == before


def test_without_users_there_is_no_password_to_set(three_runs: Settings) -> None:
    with pytest.raises(Refused, match="first start with logins"):
        logins.plan_reset(three_runs)


@pytest.mark.parametrize("basic_auth", [True, False])
def test_users_of_another_revision_are_not_served(with_users: Settings, basic_auth: bool) -> None:
    """MLflow would migrate them in silence, and no way would lead back."""
    with closing(sqlite3.connect(with_users.places.auth_database)) as connection, connection:
        connection.execute("UPDATE alembic_version_auth SET version_num = 'older'")
    found = [each for each in check.preflight(replace(with_users, basic_auth=basic_auth)) if "of users" in each.text]
    assert [(each.id, each.level) for each in found] == [("database.revision", "error")] * basic_auth
    assert all("./stack upgrade" in each.fix[0] for each in found)

"""Nobody inherits what was granted on an experiment or model that is gone, whatever comes back under its id."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from stackd import database
from stackd.cleaning import cleanup
from stackd.database import grants
from stackd.database.deletion import Deletion
from stackd.settings import Settings
from stackd.snapshots import restore, snapshot
from unit.stackd.test_cleanup import write

GRANTS = [
    ("experiment", "1"), ("experiment", "2"), ("experiment", "77"), ("experiment", "*"),
    ("scorer", "1/good"), ("scorer", "2/a%2Fb"), ("scorer", "77/x"),
    ("registered_model", "model"), ("registered_model", "gone"), ("prompt", "gone too"),
    ("gateway_secret", "77"), ("workspace", "*"),
]  # fmt: skip


@pytest.fixture
def users(filled: Settings) -> Settings:
    """Grants of one user on what is there and on what is not."""
    with closing(sqlite3.connect(filled.places.auth_database)) as connection, connection:
        connection.execute(
            "CREATE TABLE role_permissions (id INTEGER PRIMARY KEY, role_id INTEGER, resource_type VARCHAR(64),"
            " resource_pattern VARCHAR(255), permission VARCHAR(255))"
        )
        connection.executemany(
            "INSERT INTO role_permissions (role_id, resource_type, resource_pattern, permission)"
            " VALUES (1, ?, ?, 'MANAGE')",
            GRANTS,
        )
    return filled


def held(config: Settings) -> set[tuple[str, str]]:
    with database.users(config).read() as rows:
        return {(kind, name) for kind, name in rows("SELECT resource_type, resource_pattern FROM role_permissions")}


STALE = {("experiment", "77"), ("scorer", "77/x"), ("registered_model", "gone"), ("prompt", "gone too")}


def test_grants_on_what_is_not_there_go_and_no_others(users: Settings) -> None:
    assert grants.remove_stale(database.of(users), database.users(users)) == len(STALE)
    assert held(users) == set(GRANTS) - STALE
    users.places.auth_database.unlink()
    assert grants.remove_stale(database.of(users), database.users(users)) == 0


def test_a_cleanup_takes_them_before_the_id_is_free(users: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []
    real = Deletion.delete

    def delete(self: Deletion, table: str, column: str, identities: list[str | int]) -> int:
        if table == "experiments":
            seen.append(("experiment", "2") in held(users))
        return real(self, table, column, identities)

    monkeypatch.setattr(Deletion, "delete", delete)
    cleanup.execute(users, cleanup.plan(users, 3600, "", registered=False))
    assert seen == [False]
    assert held(users) == set(GRANTS) - STALE - {("experiment", "2"), ("scorer", "2/a%2Fb")}


def test_an_experiment_that_stays_keeps_its_grants(users: Settings) -> None:
    write(users, "UPDATE model_versions SET run_id = 'inside'")
    cleanup.execute(users, cleanup.plan(users, 3600, "", registered=False))
    assert ("experiment", "2") in held(users)


def test_after_a_restore_an_id_that_was_another_experiments_has_none(users: Settings) -> None:
    write(users, "UPDATE experiments SET creation_time = 10 * experiment_id")
    made = snapshot.create(users, users.places.backups, whole=False, keep=1)
    write(
        users,
        "UPDATE experiments SET creation_time = 999 WHERE experiment_id = 1",
        "UPDATE registered_models SET creation_time = 999",
    )
    restore.execute(users, restore.plan(users, made), take_over=False)
    assert held(users) == set(GRANTS) - STALE - {
        ("experiment", "1"), ("scorer", "1/good"), ("registered_model", "model"),
    }  # fmt: skip

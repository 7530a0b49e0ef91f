"""The database of users goes where that of the metadata goes: snapshots, copies of a stop, restore, upgrade, adopt."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import ModuleType

import mlflow
import pytest
import sqlalchemy

from stackd import database, mlflow_internals
from stackd.database import Busy
from stackd.failures import Refused
from stackd.incoming import adopt
from stackd.settings import Settings
from stackd.snapshots import compact, copies, drill, restore, smoke, snapshot, swap, upgrade
from unit.stackd.kept import flip, make, make_database, make_users

HEAD = mlflow_internals.USERS_HEAD


@pytest.fixture
def served(three_runs: Settings) -> Settings:
    """Three runs; admin and ada."""
    make_users(three_runs.places.auth_database, "ada")
    three_runs.places.auth_database.chmod(0o600)
    return three_runs


def change(config: Settings, statement: str) -> None:
    with closing(sqlite3.connect(config.places.auth_database)) as connection, connection:
        connection.execute(statement)


def users(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("SELECT username FROM users ORDER BY username")]


def left(config: Settings) -> Path:
    """What a stop leaves."""
    return copies.leave(database.of(config), config.places.backups, keep=2, users=database.users(config)).path


@pytest.mark.parametrize("kept", [make, left])
def test_users_come_back_with_the_runs(served: Settings, kept: Callable[[Settings], Path]) -> None:
    place = kept(served)
    change(served, "DELETE FROM users WHERE username = 'ada'")
    change(served, "INSERT INTO users (username) VALUES ('bob')")
    planned = restore.plan(served, place)
    assert (planned["users"], planned["present_users"]) == (2, 2)
    done = restore.execute(served, planned, take_over=False)
    assert users(served.places.auth_database) == ["ada", "admin"]
    # The way back has those that were there.
    restore.execute(served, restore.plan(served, Path(done["kept"])), take_over=False)
    assert users(served.places.auth_database) == ["admin", "bob"]
    assert not served.places.scratch_users.exists()


@pytest.mark.parametrize("kept", [make, left])
def test_without_users_the_present_ones_stay(three_runs: Settings, kept: Callable[[Settings], Path]) -> None:
    place = kept(three_runs)
    make_users(three_runs.places.auth_database, "ada")
    # What a killed verb has left is not what is restored.
    make_users(three_runs.places.scratch_users, "stranger")
    planned = restore.plan(three_runs, place)
    assert (planned["users"], planned["present_users"]) == (None, 2)
    restore.execute(three_runs, planned, take_over=False)
    assert users(three_runs.places.auth_database) == ["ada", "admin"]


def test_a_plan_is_of_the_users_too(served: Settings) -> None:
    planned = restore.plan(served, make(served))
    change(served, "INSERT INTO users (username) VALUES ('" + "x" * 9000 + "')")
    with pytest.raises(Refused, match="has changed since the plan"):
        restore.execute(served, planned, take_over=False)


@pytest.mark.parametrize("kept", [make, left])
def test_copies_are_as_private_as_the_users_are(served: Settings, kept: Callable[[Settings], Path]) -> None:
    """Their hashes can be tried as fast as somebody likes."""
    place = kept(served)
    held = snapshot.users(place, snapshot.verify(place))
    assert held is not None
    assert Path(held.where).stat().st_mode & 0o777 == 0o600
    restore.execute(served, restore.plan(served, place), take_over=False)
    assert served.places.auth_database.stat().st_mode & 0o777 == 0o600


def test_damaged_users_are_named(served: Settings) -> None:
    folder = make(served)
    assert snapshot.verify(folder).parts.keys() == {"mlflow.db", "manifest.jsonl", "basic_auth.db"}
    flip(folder / snapshot.USERS)
    with pytest.raises(Refused, match=r"basic_auth\.db does not match"):
        restore.plan(served, folder)
    copy = left(served)
    copies.of_users(copy).write_bytes(copies.of_users(copy).read_bytes()[:5000])
    with pytest.raises(Refused):
        restore.plan(served, copy)


def test_a_drill_opens_the_users_too(served: Settings) -> None:
    make(served)
    assert drill.drill(served, served.places.backups)["runs"] == 3
    assert not served.places.scratch_users.exists()
    change(served, "UPDATE alembic_version_auth SET version_num = 'from the future'")
    make(served)
    with pytest.raises(Refused, match="a newer MLflow has written it"):
        drill.drill(served, served.places.backups)


def test_damaged_users_in_the_volume_are_what_a_restore_is_for(served: Settings) -> None:
    folder = make(served)
    torn = b"SQLite format 3\0" + b"\1" * 5000
    served.places.auth_database.write_bytes(torn)
    done = restore.execute(served, restore.plan(served, folder), take_over=False)
    assert users(served.places.auth_database) == ["ada", "admin"]
    assert copies.of_users(Path(done["kept"])).read_bytes() == torn


def test_a_stop_copies_both_when_one_was_written_and_takes_the_oldest_away_with_its_users(
    served: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = iter(range(10))
    monkeypatch.setattr(copies.time, "strftime", lambda _, __: f"mlflow-2026010{next(now)}T000000Z.db")
    made = []
    for name in ("b", "c", "d"):
        made.append(left(served))
        change(served, f"INSERT INTO users (username) VALUES ('{name}')")
    assert len(set(made)) == 3
    assert sorted(path.name for path in served.places.backups.glob("*.db")) == sorted(
        name for path in made[1:] for name in (path.name, copies.of_users(path).name)
    )
    assert users(copies.of_users(made[2])) == ["ada", "admin", "b", "c"]
    newest = left(served)
    assert left(served) == newest


def test_damaged_users_do_not_keep_a_stop_from_copying_the_metadata(served: Settings) -> None:
    served.places.auth_database.write_bytes(b"this is no database" * 100)
    assert "could not be copied" in copies.at_the_stop(served)
    assert [path.name.partition("-")[0] for path in served.places.backups.glob("*.db")] == ["mlflow"]


@pytest.fixture
def older(served: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Only the users are behind; the migration writes nothing but their revision."""
    change(served, "UPDATE alembic_version_auth SET version_num = 'older'")
    monkeypatch.setattr(mlflow_internals, "known_revisions", lambda schema: {"older", schema.head})

    def migrate(command: list[str], **_: object) -> object:
        assert command[-2:] == ["users", f"sqlite:///{served.places.scratch_users}"]
        with closing(sqlite3.connect(served.places.scratch_users)) as connection, connection:
            connection.execute(f"UPDATE alembic_version_auth SET version_num = '{HEAD}'")
        return type("Ended", (), {"returncode": 0})

    monkeypatch.setattr(swap.subprocess, "run", migrate)
    return served


def revision(config: Settings) -> str | None:
    return database.users(config).revision(mlflow_internals.USERS.tables)


def test_an_upgrade_migrates_users_on_a_copy_and_the_way_back_has_both(
    older: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = database.of(older).content()
    tried: list[str | None] = []
    look = lambda config: tried.append(swap.parts(config)[1].copy.revision(mlflow_internals.USERS.tables))  # noqa: E731
    monkeypatch.setattr(smoke, "smoke", look)
    planned = upgrade.plan(older)
    assert (planned["migrate"], planned["revision"]) == (True, mlflow_internals.SCHEMA_HEAD)
    done = upgrade.execute(older, planned)
    assert (tried, revision(older), done["tables"]["users"]) == ([HEAD], HEAD, [2, 2])
    assert upgrade.plan(older)["migrate"] is False
    kept = Path(done["kept"])
    assert database.at(kept / snapshot.USERS).revision(mlflow_internals.USERS.tables) == "older"
    assert database.of(older).content() == before


def test_a_red_smoke_test_leaves_the_users(older: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def red(*_: object) -> None:
        raise Refused("upgrade.smoke", "on purpose")

    before = older.places.auth_database.read_bytes()
    monkeypatch.setattr(smoke, "smoke", red)
    with pytest.raises(Refused):
        upgrade.execute(older, upgrade.plan(older))
    assert older.places.auth_database.read_bytes() == before
    assert not older.places.scratch_users.exists()


def test_a_restore_brings_older_users_up(older: Settings) -> None:
    folder = make(older)
    assert restore.plan(older, folder)["migrate"] is True
    restore.execute(older, restore.plan(older, folder), take_over=False)
    assert revision(older) == HEAD


def test_none_is_replaced_while_something_reads_the_other(served: Settings) -> None:
    folder = make(served)
    change(served, "INSERT INTO users (username) VALUES ('bob')")
    with (
        closing(sqlite3.connect(served.places.database)) as writer,
        closing(sqlite3.connect(served.places.database)) as reader,
    ):
        planned = restore.plan(served, folder)
        reader.execute("BEGIN")
        reader.execute("SELECT COUNT(*) FROM runs").fetchone()
        writer.execute("CREATE TABLE later (id)")
        writer.commit()
        planned["state"] = swap.state(served)
        with pytest.raises(Busy):
            restore.execute(served, planned, take_over=False)
    assert users(served.places.auth_database) == ["ada", "admin", "bob"]


def test_compacting_leaves_the_users(served: Settings) -> None:
    make_users(served.places.scratch_users, "stranger")
    compact.execute(served, compact.plan(served))
    assert users(served.places.auth_database) == ["ada", "admin"]


@pytest.mark.parametrize(
    ("own", "taken", "after"),
    [
        (None, 3, ["ada", "admin", "eve"]),
        ((), 3, ["ada", "admin", "eve"]),
        (("bob",), 0, ["admin", "bob"]),
    ],
)
def test_users_beside_a_database_come_along_unless_the_volume_has_its_own(
    three_runs: Settings, tmp_path: Path, own: tuple[str, ...] | None, taken: int, after: list[str]
) -> None:
    native = tmp_path / "native"
    native.mkdir()
    three_runs.places.database.unlink()
    make_database(native / "mlflow.db")
    with closing(sqlite3.connect(native / "mlflow.db")) as connection, connection:
        connection.execute("ALTER TABLE experiments ADD artifact_location TEXT")
    make_users(native / "basic_auth.db", "ada", "eve")
    if own is not None:
        make_users(three_runs.places.auth_database, *own)
    planned = adopt.plan(three_runs, native / "mlflow.db", [])
    assert (planned["users"], planned["users_left"]) == (taken, not taken)
    adopt.execute(three_runs, planned)
    assert users(three_runs.places.auth_database) == after
    assert not three_runs.places.scratch_users.exists()


def test_what_is_taken_over_is_what_was_planned(three_runs: Settings, tmp_path: Path) -> None:
    native = tmp_path / "native"
    native.mkdir()
    shutil.move(three_runs.places.database, native / "mlflow.db")
    with closing(sqlite3.connect(native / "mlflow.db")) as connection, connection:
        connection.execute("ALTER TABLE experiments ADD artifact_location TEXT")
    planned = adopt.plan(three_runs, native / "mlflow.db", [])
    make_users(native / "basic_auth.db")
    with pytest.raises(Refused, match="has changed since the plan"):
        adopt.execute(three_runs, planned)


def test_mlflows_own_revisions_of_users_are_known() -> None:
    known = mlflow_internals.known_revisions(mlflow_internals.USERS)
    # The first one, of MLflow 2.5, and the last.
    assert {"8606fa83a998", HEAD} <= known


def test_users_of_an_mlflow_before_3_6_have_a_revision(tmp_path: Path) -> None:
    make_users(tmp_path / "users.db", revision="8606fa83a998")
    with closing(sqlite3.connect(tmp_path / "users.db")) as connection, connection:
        connection.execute("ALTER TABLE alembic_version_auth RENAME TO alembic_version")
    assert database.at(tmp_path / "users.db").revision(mlflow_internals.USERS.tables) == "8606fa83a998"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_mlflows_own_migrations_bring_users_of_2_22_with_their_permissions(
    three_runs: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("mlflow.server", "mlflow.server.auth"):
        # Without what a server needs besides, which is not installed here.
        package = ModuleType(name)
        package.__path__ = [str(Path(str(mlflow.__file__)).parents[1] / name.replace(".", "/"))]
        monkeypatch.setitem(sys.modules, name, package)
    from mlflow.server.auth.db import utils

    older = database.at(tmp_path / "users.db")
    engine = sqlalchemy.create_engine(older.uri)
    utils.migrate(engine, "8606fa83a998")
    engine.dispose()
    with closing(sqlite3.connect(tmp_path / "users.db")) as connection, connection:
        connection.execute("ALTER TABLE alembic_version_auth RENAME TO alembic_version")
        connection.execute("INSERT INTO users VALUES (1, 'admin', 'h', 1), (2, 'ada', 'h', 0)")
        connection.execute("INSERT INTO experiment_permissions VALUES (1, '7', 2, 'MANAGE')")

    def migrate(command: list[str], **_: object) -> object:
        mlflow_internals.upgrade_schema(*command[-2:])
        return type("Ended", (), {"returncode": 0})

    monkeypatch.setattr(swap.subprocess, "run", migrate)
    swap.take(three_runs, None, older)
    assert swap.bring_up(three_runs)["users"] == [2, 2]
    copy = swap.parts(three_runs)[1].copy
    assert copy.revision(mlflow_internals.USERS.tables) == HEAD
    with copy.read() as rows:
        granted = rows.one("SELECT resource_type, resource_pattern, permission FROM role_permissions")
    assert granted == ("experiment", "7", "MANAGE")

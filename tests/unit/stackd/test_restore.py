"""What a restore puts in the volume's place, and when it refuses."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from stackd import database
from stackd.artifacts import owner, store
from stackd.database import Busy, InUse, claims
from stackd.failures import Refused
from stackd.settings import Settings
from stackd.snapshots import copies, restore, snapshot, swap
from unit.stackd.kept import RUNS, add_runs, make, runs
from unit.stackd.test_cleanup import write


def test_what_comes_back_is_what_was_there_and_the_present_one_is_kept(three_runs: Settings) -> None:
    folder = make(three_runs)
    before = database.at(three_runs.places.database).content()
    with sqlite3.connect(three_runs.places.database) as connection:
        add_runs(connection, range(10, 12))
    connection.close()
    done = restore.execute(three_runs, restore.plan(three_runs, folder), take_over=False)
    assert database.at(three_runs.places.database).content() == before
    assert (done["missing"], done["put_back"]) == (0, 0)
    kept = snapshot.verify(Path(done["kept"]))
    assert (kept.reason, kept.tables["runs"]) == ("before-restore", RUNS + 2)


def test_missing_artifacts_are_named_or_put_back(three_runs: Settings) -> None:
    owner.mark(store.of(three_runs), database.of(three_runs).store_id())
    listed, whole = make(three_runs), make(three_runs, whole=True)
    gone = Path(three_runs.destination) / "1/run1/artifacts/model.bin"
    gone.unlink()
    assert restore.execute(three_runs, restore.plan(three_runs, listed), take_over=False)["missing"] == 1
    done = restore.execute(three_runs, restore.plan(three_runs, whole), take_over=False)
    assert (done["missing"], done["put_back"], gone.read_bytes()) == (0, 1, b"\x01" * 100)


@pytest.mark.parametrize("again", [b"newer and longer than it was", b"\x02" * 100, b""])
def test_what_was_logged_again_stays_as_it_is_and_is_named(
    three_runs: Settings, again: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    owner.mark(store.of(three_runs), database.of(three_runs).store_id())
    whole = make(three_runs, whole=True)
    file = Path(three_runs.destination) / "1/run1/artifacts/model.bin"
    file.write_bytes(again)
    done = restore.execute(three_runs, restore.plan(three_runs, whole), take_over=False)
    assert file.read_bytes() == again
    # Without an ETag only another size is seen.
    assert (done["put_back"], done["different"]) == (0, int(len(again) != 100))
    assert ("1 of 3 objects were logged again" in capsys.readouterr().out) == bool(done["different"])


def test_the_copy_of_a_stop_is_listed_verified_and_restored(three_runs: Settings) -> None:
    left = copies.leave(database.of(three_runs), three_runs.places.backups, keep=5).path
    before = database.of(three_runs).content()
    with closing(sqlite3.connect(three_runs.places.database)) as connection, connection:
        add_runs(connection, range(10, 12))
    ((path, head),) = snapshot.known(three_runs.places.backups)
    assert head
    assert (path, head.reason, head.tables["runs"], head.objects) == (left, "stop", RUNS, 0)
    planned = restore.plan(three_runs, left)
    assert (planned["runs"], planned["elsewhere"], planned["foreign"]) == (RUNS, False, False)
    restore.execute(three_runs, planned, take_over=False)
    assert database.of(three_runs).content() == before


def test_a_damaged_copy_is_named(three_runs: Settings) -> None:
    left = copies.leave(database.of(three_runs), three_runs.places.backups, keep=5).path
    left.write_bytes(left.read_bytes()[:5000])
    with pytest.raises(Refused) as refused:
        restore.plan(three_runs, left)
    assert refused.value.finding.id == "backup.broken"


def test_nothing_is_put_back_where_another_database_owns_the_prefix(three_runs: Settings) -> None:
    whole = make(three_runs, whole=True)
    (Path(three_runs.destination) / "1/run1/artifacts/model.bin").unlink()
    owner.mark(store.of(three_runs), "another")
    done = restore.execute(three_runs, restore.plan(three_runs, whole), take_over=False)
    assert (done["missing"], done["put_back"]) == (1, 0)
    done = restore.execute(three_runs, restore.plan(three_runs, whole), take_over=True)
    assert (done["missing"], done["put_back"], done["taken_over"]) == (0, 1, True)


def test_a_damaged_database_is_what_a_restore_is_for(three_runs: Settings) -> None:
    folder = make(three_runs)
    three_runs.places.database.write_bytes(b"this is no database" * 100)
    wal = three_runs.places.database.with_name(three_runs.places.database.name + "-wal")
    wal.write_bytes(b"nor is this its log")
    done = restore.execute(three_runs, restore.plan(three_runs, folder), take_over=False)
    assert runs(three_runs) == [f"run{number}" for number in range(RUNS)]
    assert Path(done["kept"]).read_bytes() == b"this is no database" * 100
    assert Path(done["kept"] + "-wal").read_bytes() == b"nor is this its log"
    assert not wal.exists()


def test_a_snapshot_of_a_newer_mlflow_is_refused(three_runs: Settings) -> None:
    with sqlite3.connect(three_runs.places.database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'from the future'")
    connection.close()
    folder = make(three_runs)
    with pytest.raises(Refused, match="a newer MLflow has written it"):
        restore.plan(three_runs, folder)


def test_a_plan_is_refused_once_the_volume_has_changed_or_a_server_has_it(three_runs: Settings) -> None:
    planned = restore.plan(three_runs, make(three_runs))
    with database.of(three_runs).hold(), pytest.raises(Refused, match="A server uses the database"):
        restore.execute(three_runs, planned, take_over=False)
    three_runs.places.database.write_bytes(three_runs.places.database.read_bytes() + b"\0")
    with pytest.raises(Refused, match="has changed since the plan"):
        restore.execute(three_runs, planned, take_over=False)


def test_a_server_that_starts_meanwhile_waits(three_runs: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would keep writing to a file that the rename removes. `adopt` and `compact` are held the same way."""
    seen: list[bool] = []
    real = swap.swap_in

    def looked(config: Settings, keep: bool = True) -> None:
        with pytest.raises(InUse):
            database.of(three_runs).hold().__enter__()
        seen.append(True)
        real(config, keep)

    monkeypatch.setattr(swap, "swap_in", looked)
    restore.execute(three_runs, restore.plan(three_runs, make(three_runs)), take_over=False)
    assert not database.of(three_runs).served()
    assert seen == [True]


def test_nothing_is_replaced_while_something_keeps_the_wal(three_runs: Settings) -> None:
    """Killed between the WAL's end and the rename, what is only in the WAL would be gone."""
    folder = make(three_runs)
    with (
        closing(sqlite3.connect(three_runs.places.database)) as writer,
        closing(sqlite3.connect(three_runs.places.database)) as reader,
    ):
        writer.execute("PRAGMA journal_mode = wal")
        planned = restore.plan(three_runs, folder)
        reader.execute("BEGIN")
        reader.execute("SELECT COUNT(*) FROM runs").fetchone()
        writer.execute("CREATE TABLE later (id)")
        writer.commit()
        planned["state"] = database.of(three_runs).state()
        with pytest.raises(Busy, match="Something else reads the database"):
            restore.execute(three_runs, planned, take_over=False)
        assert writer.execute("SELECT COUNT(*) FROM later").fetchall() == [(0,)]


def test_another_destination_is_said(three_runs: Settings) -> None:
    folder = make(three_runs)
    moved = replace(three_runs, destination=three_runs.destination + "-elsewhere")
    assert restore.plan(moved, folder)["elsewhere"]
    assert not restore.plan(three_runs, folder)["elsewhere"]


def test_what_a_cleanup_has_claimed_in_a_snapshot_can_be_restored_again(filled: Settings) -> None:
    """The snapshot was made while it worked; its triggers say nothing about the files that are there."""
    with database.of(filled).write() as rows:
        claims.take(rows, [("run", "old")])
    made = snapshot.create(filled, filled.places.backups, whole=False, keep=1)
    restore.execute(filled, restore.plan(filled, made), take_over=False)
    write(filled, "UPDATE runs SET lifecycle_stage = 'active' WHERE run_uuid = 'old'")
    assert claims.TABLE not in database.of(filled).tables()

"""Copies that are whole, journals that can be trusted, and which paths this database owns."""

import contextlib
import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from stackd import settings
from stackd.database import roots, serving, sqlite
from stackd.snapshots import copies

RUN, MODEL, TRACE = "a" * 32, "m-" + "b" * 32, "tr-" + "c" * 32


@pytest.mark.parametrize(
    ("version", "mode"),
    [
        ((3, 53, 4), "wal"),
        ((3, 51, 3), "wal"),
        ((3, 51, 2), "delete"),
        ((3, 50, 7), "wal"),
        ((3, 50, 6), "delete"),
        ((3, 46, 1), "delete"),
        ((3, 44, 6), "wal"),
        ((3, 44, 5), "delete"),
        ((3, 40, 1), "delete"),
    ],
)
def test_wal_only_where_sqlite_resets_it_safely(version: tuple[int, ...], mode: str) -> None:
    assert sqlite.journal_mode(version) == mode


def filled(path: Path, rows: int = 100) -> Path:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = wal")
    connection.execute("CREATE TABLE t (n INTEGER, filler TEXT)")
    connection.executemany("INSERT INTO t VALUES (?, ?)", ((n, "x" * 500) for n in range(rows)))
    connection.commit()
    connection.close()
    return path


def test_a_copy_holds_what_was_committed_and_is_one_file(tmp_path: Path) -> None:
    source = filled(tmp_path / "a.db")
    open_writer = sqlite3.connect(source)
    open_writer.execute("INSERT INTO t VALUES (1000, 'in the wal')")
    open_writer.commit()
    sqlite.copy(source, tmp_path / "b.db")
    open_writer.close()
    assert sqlite.counts(tmp_path / "b.db") == {"t": 101}
    assert sorted(path.name for path in tmp_path.glob("b.db*")) == ["b.db"]


def test_a_copy_of_a_damaged_database_does_not_appear(tmp_path: Path) -> None:
    source = filled(tmp_path / "a.db", rows=2000)
    content = bytearray(source.read_bytes())
    before = bytes(content)
    content[40000:44000] = b"\xff" * 4000
    assert bytes(content) != before
    source.write_bytes(bytes(content))
    with pytest.raises(sqlite3.DatabaseError):
        sqlite.copy(source, tmp_path / "b.db")
    assert not (tmp_path / "b.db").exists()
    assert not list(tmp_path.glob(".*.part"))


def test_copies_are_left_only_when_something_changed(tmp_path: Path) -> None:
    database, folder = filled(tmp_path / "a.db"), tmp_path / "backups"
    folder.mkdir()
    first = copies.leave(database, folder, keep=2)
    assert (first.made, sqlite.counts(first.path)) == (True, {"t": 100})
    assert copies.leave(database, folder, keep=2) == copies.Left(first.path, made=False)
    connection = sqlite3.connect(database)
    connection.execute("DELETE FROM t WHERE n < 50")
    connection.commit()
    connection.close()
    second = copies.leave(database, folder, keep=2)
    assert (second.made, sqlite.counts(second.path)) == (True, {"t": 50})


def test_what_only_the_wal_holds_is_a_change(tmp_path: Path) -> None:
    """A reader keeps the checkpoint from bringing it into the file, whose time stays."""
    database, folder = filled(tmp_path / "a.db"), tmp_path / "backups"
    folder.mkdir()
    with closing(sqlite3.connect(database)) as writer, closing(sqlite3.connect(database)) as reader:
        writer.execute("PRAGMA journal_mode = wal")
        copies.leave(database, folder, keep=2)
        reader.execute("BEGIN")
        reader.execute("SELECT COUNT(*) FROM t").fetchone()
        writer.execute("DELETE FROM t WHERE n < 50")
        writer.commit()
        left = copies.leave(database, folder, keep=2)
    assert (left.made, sqlite.counts(left.path)) == (True, {"t": 50})


def test_only_the_newest_copies_are_kept_and_no_unfinished_one(tmp_path: Path) -> None:
    for day in range(1, 6):
        (tmp_path / f"mlflow-2026110{day}T000000Z.db").write_bytes(b"")
    for name in ("notes.txt", ".mlflow-20261101T000000Z.db.part", ".mlflow-20261101T000000Z.db.part-journal"):
        (tmp_path / name).write_text("x")
    made = copies.leave(filled(tmp_path / "a.db"), tmp_path, keep=2).path
    left = sorted(path.name for path in tmp_path.iterdir() if not path.name.startswith("a.db"))
    assert left == ["mlflow-20261105T000000Z.db", made.name, "notes.txt"]


def test_the_store_id_is_made_once_even_by_two_at_a_time(tmp_path: Path) -> None:
    seen: list[str] = []
    threads = [threading.Thread(target=lambda: seen.append(sqlite.store_id(tmp_path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(seen)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["store_id"]


def test_a_database_is_served_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DATABASE", tmp_path / "mlflow.db")
    assert not serving.in_use()
    held = serving.hold()
    assert serving.in_use()
    with pytest.raises(serving.InUseError):
        serving.hold()
    os.close(held)
    assert not serving.in_use()


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    path = tmp_path / "mlflow.db"
    connection = sqlite3.connect(path)
    connection.executescript(
        f"""
        CREATE TABLE runs (run_uuid TEXT, artifact_uri TEXT);
        CREATE TABLE logged_models (model_id TEXT, artifact_location TEXT);
        CREATE TABLE trace_tags (request_id TEXT, key TEXT, value TEXT);
        INSERT INTO runs VALUES ('{RUN}', 'mlflow-artifacts:/1/{RUN}/artifacts');
        INSERT INTO runs VALUES ('custom', 's3://b/p/team/x/custom/artifacts');
        INSERT INTO runs VALUES ('elsewhere', 's3://other/p/elsewhere/artifacts');
        INSERT INTO logged_models VALUES ('{MODEL}', 'mlflow-artifacts:/1/models/{MODEL}/artifacts');
        INSERT INTO trace_tags
            VALUES ('{TRACE}', 'mlflow.artifactLocation', 'mlflow-artifacts:/1/traces/{TRACE}/artifacts');
        INSERT INTO trace_tags VALUES ('1', 'mlflow.artifactLocation', 'mlflow-artifacts:/');
        INSERT INTO trace_tags VALUES ('2', 'mlflow.artifactLocation', 'mlflow-artifacts:/1');
        """
    )
    connection.close()
    return path


@pytest.mark.parametrize(
    "path",
    [
        f"1/{RUN}/artifacts",
        f"1/{RUN}/artifacts/",
        f"1/{RUN}/artifacts/model/weights.npz",
        f"1/models/{MODEL}/artifacts/",
        f"1/traces/{TRACE}/artifacts/traces.json",
        "team/x/custom/artifacts/plot.png",
    ],
)
def test_owned(recorded: Path, path: str) -> None:
    assert roots.owned(path, "s3://b/p", recorded)


@pytest.mark.parametrize(
    "path",
    [
        "", ".", "/", "1", "1/", f"1/{RUN}", f"1/{RUN}/artifactsX", f"1/{RUN}/artifacts/..", f"1/{RUN}/artifacts/../..",
        f"../1/{RUN}/artifacts", f"2/{RUN}/artifacts", f"1/{'d' * 32}/artifacts", "1/models", f"1/models/{MODEL}",
        f"1/traces/{TRACE}", "p/elsewhere/artifacts", "elsewhere/artifacts", "team", "2/x", "1/2/x",
    ],
)  # fmt: skip
def test_not_owned(recorded: Path, path: str) -> None:
    assert not roots.owned(path, "s3://b/p", recorded)


def test_a_checkpoint_empties_the_wal_beside_another_connection(tmp_path: Path) -> None:
    """Otherwise the file's time does not say when it was last written, and a swap would take writes away."""
    database = tmp_path / "mlflow.db"
    with contextlib.closing(sqlite3.connect(database)) as other:
        other.execute("PRAGMA journal_mode = wal")
        other.execute("CREATE TABLE written (x)")
        other.commit()
        assert (tmp_path / "mlflow.db-wal").stat().st_size > 0
        copies.checkpoint(database)
        assert (tmp_path / "mlflow.db-wal").stat().st_size == 0

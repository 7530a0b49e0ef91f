"""Copies that are whole, journals that can be trusted, and which paths this database owns."""

import contextlib
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from stackd import database
from stackd.database import Busy, Damaged, Denied, Failure, Full, InUse, Missing, roots, sqlite
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
    database.at(source).copy(tmp_path / "b.db")
    open_writer.close()
    assert database.at(tmp_path / "b.db").counts() == {"t": 101}
    assert sorted(path.name for path in tmp_path.glob("b.db*")) == ["b.db"]


def test_a_copy_of_a_damaged_database_does_not_appear(tmp_path: Path) -> None:
    source = filled(tmp_path / "a.db", rows=2000)
    content = bytearray(source.read_bytes())
    before = bytes(content)
    content[40000:44000] = b"\xff" * 4000
    assert bytes(content) != before
    source.write_bytes(bytes(content))
    with pytest.raises(Damaged):
        database.at(source).copy(tmp_path / "b.db")
    assert not (tmp_path / "b.db").exists()
    assert not list(tmp_path.glob(".*.part"))


def test_copies_are_left_only_when_something_changed(tmp_path: Path) -> None:
    path, folder = filled(tmp_path / "a.db"), tmp_path / "backups"
    folder.mkdir()
    first = copies.leave(database.at(path), folder, keep=2)
    assert (first.made, database.at(first.path).counts()) == (True, {"t": 100})
    assert copies.leave(database.at(path), folder, keep=2) == copies.Left(first.path, made=False)
    connection = sqlite3.connect(path)
    connection.execute("DELETE FROM t WHERE n < 50")
    connection.commit()
    connection.close()
    second = copies.leave(database.at(path), folder, keep=2)
    assert (second.made, database.at(second.path).counts()) == (True, {"t": 50})


def test_what_only_the_wal_holds_is_a_change(tmp_path: Path) -> None:
    """A reader keeps the checkpoint from bringing it into the file, whose time stays."""
    path, folder = filled(tmp_path / "a.db"), tmp_path / "backups"
    folder.mkdir()
    with closing(sqlite3.connect(path)) as writer, closing(sqlite3.connect(path)) as reader:
        writer.execute("PRAGMA journal_mode = wal")
        copies.leave(database.at(path), folder, keep=2)
        reader.execute("BEGIN")
        reader.execute("SELECT COUNT(*) FROM t").fetchone()
        writer.execute("DELETE FROM t WHERE n < 50")
        writer.commit()
        left = copies.leave(database.at(path), folder, keep=2)
    assert (left.made, database.at(left.path).counts()) == (True, {"t": 50})


def test_only_the_newest_copies_are_kept_and_no_unfinished_one(tmp_path: Path) -> None:
    for day in range(1, 6):
        (tmp_path / f"mlflow-2026110{day}T000000Z.db").write_bytes(b"")
    for name in ("notes.txt", ".mlflow-20261101T000000Z.db.part", ".mlflow-20261101T000000Z.db.part-journal"):
        (tmp_path / name).write_text("x")
    made = copies.leave(database.at(filled(tmp_path / "a.db")), tmp_path, keep=2).path
    left = sorted(path.name for path in tmp_path.iterdir() if not path.name.startswith(("a.db", "copied")))
    assert left == ["mlflow-20261105T000000Z.db", made.name, "notes.txt"]


def test_the_store_id_is_made_once_even_by_two_at_a_time(tmp_path: Path) -> None:
    seen: list[str] = []
    threads = [
        threading.Thread(target=lambda: seen.append(database.at(tmp_path / "mlflow.db").store_id())) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(seen)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["store_id"]


def test_a_database_is_served_once(tmp_path: Path) -> None:
    base = database.at(tmp_path / "mlflow.db")
    assert not base.served()
    with base.hold():
        assert base.served()
        with pytest.raises(InUse, match="A server uses the database"), base.hold():
            pass
        with base.hold("changing"):
            assert base.served()
    assert not base.served()


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    path = tmp_path / "mlflow.db"
    connection = sqlite3.connect(path)
    connection.executescript(
        f"""
        CREATE TABLE experiments (artifact_location TEXT);
        INSERT INTO experiments VALUES ('mlflow-artifacts:/1'), ('s3://b/p/team/y/nest/artifacts/sweep');
        CREATE TABLE runs (run_uuid TEXT, artifact_uri TEXT);
        INSERT INTO runs VALUES ('nest', 's3://b/p/team/y/nest/artifacts');
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
        "team/y/nest/artifacts/plot.png",
    ],
)
def test_owned(recorded: Path, path: str) -> None:
    assert roots.owned(path, "s3://b/p", database.at(recorded))


@pytest.mark.parametrize(
    "path",
    [
        "", ".", "/", "1", "1/", f"1/{RUN}", f"1/{RUN}/artifactsX", f"1/{RUN}/artifacts/..", f"1/{RUN}/artifacts/../..",
        f"../1/{RUN}/artifacts", f"2/{RUN}/artifacts", f"1/{'d' * 32}/artifacts", "1/models", f"1/models/{MODEL}",
        f"1/traces/{TRACE}", "p/elsewhere/artifacts", "elsewhere/artifacts", "team", "2/x", "1/2/x",
        # Of a run, and an experiment that keeps its runs inside of it.
        "team/y/nest/artifacts", "team/y/nest/artifacts/", "team/y/nest/artifacts/sweep",
    ],
)  # fmt: skip
def test_not_owned(recorded: Path, path: str) -> None:
    assert not roots.owned(path, "s3://b/p", database.at(recorded))


def test_a_checkpoint_empties_the_wal_beside_another_connection(tmp_path: Path) -> None:
    """Otherwise the file's time does not say when it was last written, and a swap would take writes away."""
    path = tmp_path / "mlflow.db"
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA journal_mode = wal")
        other.execute("CREATE TABLE written (x)")
        other.commit()
        assert (tmp_path / "mlflow.db-wal").stat().st_size > 0
        assert database.at(path).settle()
        assert (tmp_path / "mlflow.db-wal").stat().st_size == 0


def hot(path: Path) -> None:
    """A database with half a transaction in it, and the journal that undoes it, as a power cut leaves them."""
    script = (
        "import os, sqlite3, sys\n"
        "writer = sqlite3.connect(sys.argv[1])\n"
        "writer.execute('PRAGMA cache_size = 1')\n"
        "writer.execute(\"UPDATE t SET filler = 'half' || n\")\n"
        "os._exit(1)\n"
    )
    with closing(sqlite3.connect(filled(path, rows=2000))) as connection:
        connection.execute("PRAGMA journal_mode = delete")
    whole = path.read_bytes()
    subprocess.run([sys.executable, "-c", script, str(path)], check=False)
    assert (path.read_bytes() != whole, path.with_name(f"{path.name}-journal").stat().st_size > 0) == (True, True)


def test_what_a_power_cut_has_left_is_undone_before_it_is_judged(tmp_path: Path) -> None:
    """A connection that cannot write could not, and would call the database busy."""
    hot(tmp_path / "a.db")
    base = database.at(tmp_path / "a.db")
    with base.read() as rows:
        assert rows.one("SELECT COUNT(*) FROM t WHERE filler LIKE 'half%'") == (0,)
    assert (base.verdict(), base.counts()) == ("ok", {"t": 2000})


def test_a_replacement_takes_no_journal_away_before_it_is_undone(tmp_path: Path, monkeypatch) -> None:
    """Killed before the rename, half a transaction would be left as the database."""
    hot(tmp_path / "a.db")
    filled(tmp_path / "b.db", rows=3)
    killed = InterruptedError("on purpose")

    def copy(*_: object) -> None:
        raise killed

    with monkeypatch.context() as patched:
        patched.setattr(sqlite.Sqlite, "copy", copy)
        with pytest.raises(InterruptedError):
            database.at(tmp_path / "a.db").replace(tmp_path / "b.db")
    with closing(sqlite3.connect(tmp_path / "a.db")) as connection:
        assert connection.execute("SELECT COUNT(*) FROM t WHERE filler LIKE 'half%'").fetchall() == [(0,)]
    database.at(tmp_path / "a.db").replace(tmp_path / "b.db")
    assert database.at(tmp_path / "a.db").counts() == {"t": 3}


def test_a_damaged_one_is_kept_with_what_belongs_to_it(tmp_path: Path) -> None:
    hot(tmp_path / "a.db")
    database.at(tmp_path / "a.db").salvage(tmp_path / "kept.db")
    assert sorted(path.name for path in tmp_path.glob("kept*")) == ["kept.db", "kept.db-journal"]


def test_a_wal_that_a_reader_has_let_grow_is_emptied_in_a_turn(tmp_path: Path, monkeypatch) -> None:
    path = filled(tmp_path / "a.db")
    wal = tmp_path / "a.db-wal"
    monkeypatch.setattr(sqlite, "WAL_BYTES", 50_000)
    monkeypatch.setattr(sqlite, "LOOK_SECONDS", 0)
    base = sqlite.Sqlite(path)
    with closing(sqlite3.connect(path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT COUNT(*) FROM t").fetchone()
        for _ in range(5):
            with base.write() as rows:
                rows.change("UPDATE t SET filler = filler || 'x'")
        assert wal.stat().st_size > 50_000
        reader.rollback()
        with base.write() as rows:
            rows.change("UPDATE t SET filler = 'y' WHERE n = 1")
        assert wal.stat().st_size < 50_000


def test_a_transaction_is_whole_and_a_list_is_a_parenthesis(tmp_path: Path) -> None:
    base = database.at(filled(tmp_path / "a.db"))
    with base.write() as rows:
        assert rows.change("DELETE FROM t WHERE n IN :some AND n <> :but", some=[1, 2, 3, 10], but=3) == 3
        assert rows.change("DELETE FROM t WHERE n IN :some", some=[]) == 0
    with contextlib.suppress(ValueError), base.write() as rows:
        rows.change("DELETE FROM t")
        raise ValueError("on purpose")
    assert base.counts() == {"t": 97}


def test_a_word_is_whole_or_the_last_one(tmp_path: Path) -> None:
    base = database.at(tmp_path / "mlflow.db")
    assert base.known("served_s3") == ""
    base.remember("served_s3", "s3://b/one")
    base.remember("served_s3", "s3://b/two")
    assert base.known("served_s3") == "s3://b/two"
    assert [path.name for path in tmp_path.iterdir()] == ["served_s3"]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (sqlite3.OperationalError("database is locked"), Busy),
        (sqlite3.OperationalError("database or disk is full"), Full),
        (sqlite3.OperationalError("attempt to write a readonly database"), Denied),
        (sqlite3.OperationalError("unable to open database file"), Missing),
        (sqlite3.OperationalError("no such table: runs"), Failure),
        (sqlite3.IntegrityError("UNIQUE constraint failed"), Failure),
        (sqlite3.DatabaseError("file is not a database"), Damaged),
    ],
)
def test_what_the_driver_says_is_one_of_a_few(tmp_path: Path, error: sqlite3.Error, kind: type[Failure]) -> None:
    found = sqlite.explained(error, tmp_path / "none.db")
    assert (type(found), found.where) == (kind, str(tmp_path / "none.db"))

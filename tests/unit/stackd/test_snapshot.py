"""A snapshot is whole or it is none, says what is wrong with it, and comes back row by row."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from stackd import mlflow_internals, settings
from stackd.artifacts import owner
from stackd.data import drill, restore, snapshot, swap
from stackd.database import serving, sqlite
from stackd.settings import Settings

RUNS = 3


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Local mode, in folders of the test, with three runs that have a file each and a file that nobody owns."""
    for name in ("data", "spool", "backups", "mlartifacts"):
        (tmp_path / name).mkdir()
    database = tmp_path / "data" / "mlflow.db"
    monkeypatch.setattr(settings, "DATABASE", database)
    monkeypatch.setattr(settings, "BACKUPS", tmp_path / "backups")
    monkeypatch.setattr(swap, "SCRATCH", tmp_path / "spool" / "incoming.db")
    monkeypatch.setattr(mlflow_internals, "known_revisions", lambda: {mlflow_internals.SCHEMA_HEAD})
    monkeypatch.setattr(sqlite.counts, "__defaults__", (database,))
    monkeypatch.setattr(sqlite.store_id, "__defaults__", (tmp_path / "data",))
    make_database(database)
    for number in range(RUNS):
        put(tmp_path / "mlartifacts" / f"1/run{number}/artifacts/model.bin", bytes([number]) * 100)
    put(tmp_path / "mlartifacts" / "1/stranger/artifacts/x", b"nobody's")
    return Settings(
        mode="local", destination=str(tmp_path / "mlartifacts"), profile="", region="", readable=(), backups="",
        workers=2, extra_hosts=(), published_host="127.0.0.1", published_port=5000, open_to_network=False,
        basic_auth=False, keep_copies=5,
    )  # fmt: skip


def make_database(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.executescript(
        f"""
        PRAGMA journal_mode = wal;
        CREATE TABLE alembic_version (version_num TEXT);
        INSERT INTO alembic_version VALUES ('{mlflow_internals.SCHEMA_HEAD}');
        CREATE TABLE experiments (experiment_id INTEGER);
        INSERT INTO experiments VALUES (1);
        CREATE TABLE runs (run_uuid TEXT, experiment_id INTEGER, artifact_uri TEXT, lifecycle_stage TEXT);
        CREATE TABLE logged_models (model_id TEXT, experiment_id INTEGER, artifact_location TEXT, lifecycle_stage TEXT);
        CREATE TABLE trace_info (request_id TEXT, experiment_id INTEGER);
        CREATE TABLE trace_tags (request_id TEXT, key TEXT, value TEXT);
        """
    )
    add_runs(connection, range(RUNS))
    connection.close()


def add_runs(connection: sqlite3.Connection, numbers: range) -> None:
    rows = [(f"run{number}", 1, f"mlflow-artifacts:/1/run{number}/artifacts", "active") for number in numbers]
    connection.executemany("INSERT INTO runs VALUES (?, ?, ?, ?)", rows)
    connection.commit()


def put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def runs() -> list[str]:
    with sqlite.reading(settings.DATABASE) as connection:
        return [row[0] for row in connection.execute("SELECT run_uuid FROM runs ORDER BY run_uuid")]


def make(config: Settings, whole: bool = False, keep: int = 7) -> Path:
    return snapshot.create(config, settings.BACKUPS, whole, keep)


@pytest.mark.parametrize("whole", [False, True])
def test_a_snapshot_holds_the_rows_and_lists_what_its_runs_own(config: Settings, whole: bool) -> None:
    folder = make(config, whole)
    head = snapshot.verify(folder)
    assert (head.tables["runs"], head.objects, head.object_bytes, head.whole) == (RUNS, RUNS, 300, whole)
    listed = [(line["path"], line["bytes"]) for line in snapshot.manifest(folder)]
    assert listed == [(f"1/run{number}/artifacts/model.bin", 100) for number in range(RUNS)]
    copied = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.bin"))
    assert copied == ([f"artifacts/{path}" for path, _ in listed] if whole else [])
    assert not [path for path in settings.BACKUPS.iterdir() if path.name.startswith(".")]


def test_what_a_killed_removal_leaves_is_no_snapshot_and_the_next_backup_takes_it_away(
    config: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would take the room of a whole snapshot for ever, and `backups` would not show it."""
    folder = make(config, whole=True)

    def cut(path: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as cutting:
        cutting.setattr(snapshot.shutil, "rmtree", cut)
        with pytest.raises(KeyboardInterrupt):
            snapshot.remove(folder)
    assert snapshot.known(settings.BACKUPS) == []
    made = make(config)
    assert list(settings.BACKUPS.iterdir()) == [made]


def test_what_comes_back_is_what_was_there_and_the_present_one_is_kept(config: Settings) -> None:
    folder = make(config)
    before = restore.content(settings.DATABASE)
    with sqlite3.connect(settings.DATABASE) as connection:
        add_runs(connection, range(10, 12))
    connection.close()
    done = restore.execute(config, restore.plan(config, folder), take_over=False)
    assert restore.content(settings.DATABASE) == before
    assert (done["missing"], done["put_back"]) == (0, 0)
    kept = snapshot.verify(Path(done["kept"]))
    assert (kept.reason, kept.tables["runs"]) == ("before-restore", RUNS + 2)


def test_missing_artifacts_are_named_or_put_back(config: Settings) -> None:
    owner.Folder(Path(config.destination)).write(sqlite.store_id())
    listed, whole = make(config), make(config, whole=True)
    gone = Path(config.destination) / "1/run1/artifacts/model.bin"
    gone.unlink()
    assert restore.execute(config, restore.plan(config, listed), take_over=False)["missing"] == 1
    done = restore.execute(config, restore.plan(config, whole), take_over=False)
    assert (done["missing"], done["put_back"], gone.read_bytes()) == (0, 1, b"\x01" * 100)


def test_nothing_is_put_back_where_another_database_owns_the_prefix(config: Settings) -> None:
    whole = make(config, whole=True)
    (Path(config.destination) / "1/run1/artifacts/model.bin").unlink()
    owner.Folder(Path(config.destination)).write("another")
    done = restore.execute(config, restore.plan(config, whole), take_over=False)
    assert (done["missing"], done["put_back"]) == (1, 0)
    done = restore.execute(config, restore.plan(config, whole), take_over=True)
    assert (done["missing"], done["put_back"], done["taken_over"]) == (0, 1, True)


def test_a_damaged_database_is_what_a_restore_is_for(config: Settings) -> None:
    folder = make(config)
    settings.DATABASE.write_bytes(b"this is no database" * 100)
    wal = settings.DATABASE.with_name(settings.DATABASE.name + "-wal")
    wal.write_bytes(b"nor is this its log")
    done = restore.execute(config, restore.plan(config, folder), take_over=False)
    assert runs() == [f"run{number}" for number in range(RUNS)]
    assert Path(done["kept"]).read_bytes() == b"this is no database" * 100
    assert Path(done["kept"] + "-wal").read_bytes() == b"nor is this its log"
    assert not wal.exists()


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def head_says(folder: Path, **fields: object) -> None:
    said = json.loads((folder / snapshot.HEAD).read_text()) | fields
    (folder / snapshot.HEAD).write_text(json.dumps(said))


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "a flipped byte of the database": (lambda folder: flip(folder / "mlflow.db"), "mlflow.db is not as it was written"),
    "a flipped byte of the manifest": (lambda folder: flip(folder / "manifest.jsonl"), "manifest.jsonl is not as it"),
    "a flipped byte of an artifact": (
        lambda folder: flip(folder / "artifacts/1/run1/artifacts/model.bin"),
        "artifacts/1/run1/artifacts/model.bin is not as it was written",
    ),
    "truncated": (lambda folder: (folder / "mlflow.db").write_bytes(b"SQLite"), "mlflow.db has 6 bytes and not"),
    "a part is gone": (lambda folder: (folder / "manifest.jsonl").unlink(), "manifest.jsonl is missing"),
    "an artifact is gone": (lambda folder: (folder / "artifacts/1/run0/artifacts/model.bin").unlink(), "is missing"),
    "no snapshot.json": (lambda folder: (folder / "snapshot.json").unlink(), "is no snapshot that this version"),
    "of a newer version": (lambda folder: head_says(folder, format=2), "is no snapshot that this version"),
    "half of a snapshot.json": (lambda folder: (folder / "snapshot.json").write_text("{"), "is no snapshot that this"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_named_and_nothing_is_changed(config: Settings, name: str) -> None:
    folder = make(config, whole=True)
    damage, text = DAMAGE[name]
    damage(folder)
    before = restore.content(settings.DATABASE)
    for step in (snapshot.verify, lambda folder: restore.plan(config, folder)):
        with pytest.raises(swap.Refused) as refused:
            step(folder)
        assert refused.value.finding.id == "backup.broken"
        assert text in refused.value.finding.text
    assert restore.content(settings.DATABASE) == before
    assert not swap.SCRATCH.exists()


def test_a_snapshot_of_a_newer_mlflow_is_refused(config: Settings) -> None:
    with sqlite3.connect(settings.DATABASE) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'from the future'")
    connection.close()
    folder = make(config)
    with pytest.raises(swap.Refused, match="a newer MLflow has written it"):
        restore.plan(config, folder)


def test_a_plan_is_refused_once_the_volume_has_changed_or_a_server_has_it(config: Settings) -> None:
    planned = restore.plan(config, make(config))
    held = serving.hold()
    with pytest.raises(swap.Refused, match="a server has the database"):
        restore.execute(config, planned, take_over=False)
    os.close(held)
    settings.DATABASE.write_bytes(settings.DATABASE.read_bytes() + b"\0")
    with pytest.raises(swap.Refused, match="has changed since the plan"):
        restore.execute(config, planned, take_over=False)


def test_a_server_that_starts_meanwhile_waits(config: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would go on writing to a file that the rename unlinks. `adopt` and `compact` are held the same way."""
    seen: list[bool] = []
    real = swap.swap_in

    def looked(keep: bool = True) -> None:
        with pytest.raises(serving.InUseError):
            serving.hold()
        seen.append(True)
        real(keep)

    monkeypatch.setattr(swap, "swap_in", looked)
    restore.execute(config, restore.plan(config, make(config)), take_over=False)
    os.close(serving.hold())
    assert seen == [True]


def test_nothing_is_replaced_while_something_keeps_the_wal(config: Settings) -> None:
    """Killed between the WAL's end and the rename, what is only in the WAL would be gone."""
    folder = make(config)
    with closing(sqlite3.connect(settings.DATABASE)) as writer, closing(sqlite3.connect(settings.DATABASE)) as reader:
        writer.execute("PRAGMA journal_mode = wal")
        planned = restore.plan(config, folder)
        reader.execute("BEGIN")
        reader.execute("SELECT COUNT(*) FROM runs").fetchone()
        writer.execute("CREATE TABLE later (id)")
        writer.commit()
        planned["state"] = swap.state()
        with pytest.raises(swap.Refused, match="something else reads the database"):
            restore.execute(config, planned, take_over=False)
        assert writer.execute("SELECT COUNT(*) FROM later").fetchall() == [(0,)]


def test_the_newest_are_kept_and_those_before_a_restore_count_apart(config: Settings) -> None:
    first = make(config)
    restore.execute(config, restore.plan(config, first), take_over=False)
    made = [make(config, keep=2) for _ in range(3)]
    found = {path.name: head.reason for path, head in snapshot.known(settings.BACKUPS) if head}
    assert sorted(name for name, reason in found.items() if reason == "backup") == sorted(p.name for p in made[1:])
    assert list(found.values()).count("before-restore") == 1


def test_a_backup_that_fails_leaves_nothing(config: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(snapshot, "_about", full)
    with pytest.raises(OSError, match="No space left"):
        make(config)
    assert list(settings.BACKUPS.iterdir()) == []


def test_what_a_killed_backup_left_goes_with_the_next(config: Settings) -> None:
    put(settings.BACKUPS / ".20260101T000000Z.part" / "mlflow.db", b"half")
    assert snapshot.known(settings.BACKUPS) == []
    folder = make(config)
    assert [path.name for path in settings.BACKUPS.iterdir()] == [folder.name]


def test_two_backups_at_once_are_one(config: Settings) -> None:
    with snapshot.alone(settings.BACKUPS), pytest.raises(swap.Refused) as refused:
        make(config)
    assert refused.value.finding.id == "backup.busy"


def test_a_drill_leaves_its_result(config: Settings) -> None:
    with pytest.raises(swap.Refused, match="there is no snapshot"):
        drill.drill(settings.BACKUPS)
    folder = make(config)
    assert drill.drill(settings.BACKUPS)["runs"] == RUNS
    flip(folder / "mlflow.db")
    with pytest.raises(swap.Refused):
        drill.drill(settings.BACKUPS)
    left = drill.last(settings.BACKUPS)
    assert left
    assert (left["snapshot"], "not as it was written" in left["problem"]) == (folder.name, True)
    assert not swap.SCRATCH.exists()


def test_another_destination_is_said(config: Settings) -> None:
    folder = make(config)
    moved = replace(config, destination=config.destination + "-elsewhere")
    assert restore.plan(moved, folder)["elsewhere"]
    assert not restore.plan(config, folder)["elsewhere"]

"""Bringing a native set-up in: refused rather than guessed, and the source is left as it was."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from stackd import mlflow_internals, settings
from stackd.data import adopt, swap, tree
from stackd.database import serving, sqlite


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("data", "spool", "backups", "mlartifacts", "native"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(settings, "DATABASE", tmp_path / "data" / "mlflow.db")
    monkeypatch.setattr(settings, "BACKUPS", tmp_path / "backups")
    monkeypatch.setattr(settings, "MLARTIFACTS", tmp_path / "mlartifacts")
    monkeypatch.setattr(swap, "SCRATCH", tmp_path / "spool" / "adopt.db")
    monkeypatch.setattr(serving, "in_use", lambda: False)
    monkeypatch.setattr(mlflow_internals, "known_revisions", lambda: {"older", mlflow_internals.SCHEMA_HEAD})
    monkeypatch.setattr(sqlite.counts, "__defaults__", (tmp_path / "data" / "mlflow.db",))
    return tmp_path


def native(folder: Path, revision: str = mlflow_internals.SCHEMA_HEAD, runs: int = 3) -> Path:
    path = folder / "mlflow.db"
    connection = sqlite3.connect(path)
    connection.executescript(
        f"""
        PRAGMA journal_mode = wal;
        CREATE TABLE alembic_version (version_num TEXT); INSERT INTO alembic_version VALUES ('{revision}');
        CREATE TABLE experiments (experiment_id INTEGER, artifact_location TEXT);
        INSERT INTO experiments VALUES (0, 'mlflow-artifacts:/0'), (1, '/home/me/mlruns/1');
        CREATE TABLE runs (run_uuid TEXT);
        """
    )
    connection.executemany("INSERT INTO runs VALUES (?)", ((str(n),) for n in range(runs)))
    connection.commit()
    connection.close()
    return path


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_runs_artifacts_and_nothing_else_come_in(places: Path) -> None:
    source = native(places / "native")
    files = places / "files"
    (files / "1").mkdir(parents=True)
    (files / "1" / "a.txt").write_text("bytes")
    before = content(places / "native")
    planned = adopt.plan(source, files)
    assert (planned["experiments"], planned["runs"], planned["migrate"]) == (2, 3, False)
    assert (planned["artifact_files"], planned["artifact_bytes"]) == (1, 5)
    assert planned["uris"] == {"mlflow-artifacts": 1, "file": 1}
    assert not settings.DATABASE.exists()
    done = adopt.execute(planned)
    assert done["tables"] == {"experiments": [2, 2], "runs": [3, 3]}
    assert sqlite.counts(settings.DATABASE)["runs"] == 3
    assert (places / "mlartifacts" / "1" / "a.txt").read_text() == "bytes"
    assert content(places / "native") == before
    assert list((places / "spool").iterdir()) == []


def test_what_is_only_in_the_wal_comes_in_too(places: Path) -> None:
    source = native(places / "native")
    writer = sqlite3.connect(source)
    writer.execute("INSERT INTO runs VALUES ('late')")
    writer.commit()
    assert Path(f"{source}-wal").stat().st_size > 0
    planned = adopt.plan(source, None)
    writer_view = content(places / "native")
    adopt.execute(planned)
    assert content(places / "native") == writer_view
    writer.close()
    assert sqlite.counts(settings.DATABASE)["runs"] == 4


def refused(call: Any, *arguments: Any) -> str:
    with pytest.raises(swap.Refused) as caught:
        call(*arguments)
    return caught.value.finding.id


def test_a_volume_with_runs_is_refused_and_untouched(places: Path) -> None:
    source = native(places / "native")
    adopt.execute(adopt.plan(source, None))
    before = settings.DATABASE.read_bytes()
    assert refused(adopt.plan, source, None) == "data.volume-empty"
    assert settings.DATABASE.read_bytes() == before


def test_a_source_that_changed_since_the_plan_is_refused(places: Path) -> None:
    source = native(places / "native")
    planned = adopt.plan(source, None)
    connection = sqlite3.connect(source)
    connection.execute("DELETE FROM runs")
    connection.commit()
    connection.close()
    assert refused(adopt.execute, planned) == "database.busy"
    assert not settings.DATABASE.exists()


@pytest.mark.parametrize(("revision", "identifier"), [("from-the-future", "database.revision")])
def test_a_newer_database_is_refused(places: Path, revision: str, identifier: str) -> None:
    assert refused(adopt.plan, native(places / "native", revision), None) == identifier


def test_not_a_database(places: Path) -> None:
    junk = places / "native" / "mlflow.db"
    junk.write_bytes(b"not a database at all" * 500)
    assert refused(adopt.plan, junk, None) == "database.corrupt"
    assert refused(adopt.plan, places / "native" / "none.db", None) == "database.corrupt"


def test_a_running_server_is_refused(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planned = adopt.plan(native(places / "native"), None)
    monkeypatch.setattr(serving, "in_use", lambda: True)
    assert refused(adopt.execute, planned) == "database.busy"


def test_a_migration_that_loses_rows_changes_nothing(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planned = adopt.plan(native(places / "native", "older"), None)
    assert planned["migrate"]

    class Ended:
        returncode = 0

    def migrate(*_: Any, **__: Any) -> Ended:
        connection = sqlite3.connect(swap.SCRATCH)
        connection.execute("DELETE FROM runs WHERE run_uuid = '1'")
        connection.commit()
        connection.close()
        return Ended()

    monkeypatch.setattr(swap.subprocess, "run", migrate)
    assert refused(adopt.execute, planned) == "database.revision"
    assert not settings.DATABASE.exists()


def test_a_file_that_is_there_with_another_size_is_not_overwritten(places: Path) -> None:
    source, target = places / "from", places / "mlartifacts"
    source.mkdir()
    (source / "a").write_text("new and longer")
    (target / "a").write_text("mine")
    with pytest.raises(FileExistsError):
        tree.copy(source, target)
    assert (target / "a").read_text() == "mine"

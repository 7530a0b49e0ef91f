"""Bringing a native set-up in: refused rather than guessed, and the source is left as it was."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from stackd import database, mlflow_internals
from stackd.failures import Refused
from stackd.incoming import adopt, filestore
from stackd.settings import Settings
from stackd.snapshots import swap
from unit.stackd.kept import in_folders


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("data", "spool", "backups", "mlartifacts", "native"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(mlflow_internals, "known_revisions", lambda _: {"older", mlflow_internals.SCHEMA_HEAD})
    return tmp_path


@pytest.fixture
def config(places: Path) -> Settings:
    return in_folders(places)


def native(folder: Path, revision: str = mlflow_internals.SCHEMA_HEAD, runs: int = 3) -> Path:
    path = folder / "mlflow.db"
    connection = sqlite3.connect(path)
    connection.executescript(
        f"""
        PRAGMA journal_mode = wal;
        CREATE TABLE alembic_version (version_num TEXT); INSERT INTO alembic_version VALUES ('{revision}');
        CREATE TABLE experiments (experiment_id INTEGER, artifact_location TEXT);
        INSERT INTO experiments VALUES (0, 'mlflow-artifacts:/0'), (1, '/home/me/mlruns/1');
        CREATE TABLE runs (run_uuid TEXT, experiment_id INTEGER, artifact_uri TEXT);
        CREATE TABLE logged_models (experiment_id INTEGER, artifact_location TEXT);
        CREATE TABLE trace_info (request_id TEXT, experiment_id INTEGER);
        CREATE TABLE trace_tags (request_id TEXT, key TEXT, value TEXT);
        CREATE TABLE model_versions (source TEXT, storage_location TEXT);
        """
    )
    connection.executemany(
        "INSERT INTO runs VALUES (?, 1, ?)", ((str(n), f"/home/me/mlruns/1/{n}/artifacts") for n in range(runs))
    )
    connection.commit()
    connection.close()
    return path


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_runs_artifacts_and_nothing_else_come_in(config: Settings, places: Path) -> None:
    source = native(places / "native")
    files = places / "files"
    (files / "1").mkdir(parents=True)
    (files / "1" / "a.txt").write_text("bytes")
    before = content(places / "native")
    planned = adopt.plan(config, source, [(str(files), "/home/me/mlruns")])
    assert (planned["experiments"], planned["runs"], planned["migrate"]) == (2, 3, False)
    assert (planned["artifact_files"], planned["artifact_bytes"]) == (1, 5)
    assert (planned["uris"], planned["rewritten"]) == ({"mlflow-artifacts": 1, "file": 1}, 1)
    assert not config.places.database.exists()
    done = adopt.execute(config, planned)
    assert (done["tables"]["experiments"], done["tables"]["runs"]) == ([2, 2], [3, 3])
    assert database.at(config.places.database).counts()["runs"] == 3
    assert (places / "mlartifacts" / "1" / "a.txt").read_text() == "bytes"
    assert content(places / "native") == before
    assert list((places / "spool").iterdir()) == []


def test_what_is_only_in_the_wal_comes_in_too(config: Settings, places: Path) -> None:
    source = native(places / "native")
    writer = sqlite3.connect(source)
    writer.execute("INSERT INTO runs (run_uuid) VALUES ('late')")
    writer.commit()
    assert Path(f"{source}-wal").stat().st_size > 0
    planned = adopt.plan(config, source, [])
    writer_view = content(places / "native")
    adopt.execute(config, planned)
    assert content(places / "native") == writer_view
    writer.close()
    assert database.at(config.places.database).counts()["runs"] == 4


def refused(call: Any, *arguments: Any) -> str:
    with pytest.raises(Refused) as caught:
        call(*arguments)
    return caught.value.finding.id


def test_a_volume_with_runs_is_refused_and_untouched(config: Settings, places: Path) -> None:
    source = native(places / "native")
    adopt.execute(config, adopt.plan(config, source, []))
    before = config.places.database.read_bytes()
    assert refused(adopt.plan, config, source, []) == "data.volume-empty"
    assert config.places.database.read_bytes() == before


def test_a_source_that_changed_since_the_plan_is_refused(config: Settings, places: Path) -> None:
    source = native(places / "native")
    planned = adopt.plan(config, source, [])
    connection = sqlite3.connect(source)
    connection.execute("DELETE FROM runs")
    connection.commit()
    connection.close()
    assert refused(adopt.execute, config, planned) == "database.busy"
    assert not config.places.database.exists()


@pytest.mark.parametrize(("revision", "identifier"), [("from-the-future", "database.revision")])
def test_a_newer_database_is_refused(config: Settings, places: Path, revision: str, identifier: str) -> None:
    assert refused(adopt.plan, config, native(places / "native", revision), []) == identifier


def test_not_a_database(config: Settings, places: Path) -> None:
    junk = places / "native" / "mlflow.db"
    junk.write_bytes(b"not a database at all" * 500)
    assert refused(adopt.plan, config, junk, []) == "database.corrupt"
    assert refused(adopt.plan, config, places / "native" / "none.db", []) == "database.corrupt"


def test_a_running_server_is_refused(config: Settings, places: Path) -> None:
    planned = adopt.plan(config, native(places / "native"), [])
    with database.of(config).hold():
        assert refused(adopt.execute, config, planned) == "database.busy"


def test_a_migration_that_loses_rows_changes_nothing(
    config: Settings, places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = adopt.plan(config, native(places / "native", "older"), [])
    assert planned["migrate"]

    class Ended:
        returncode = 0

    def migrate(*_: Any, **__: Any) -> Ended:
        connection = sqlite3.connect(config.places.scratch)
        connection.execute("DELETE FROM runs WHERE run_uuid = '1'")
        connection.commit()
        connection.close()
        return Ended()

    monkeypatch.setattr(swap.subprocess, "run", migrate)
    assert refused(adopt.execute, config, planned) == "database.revision"
    assert not config.places.database.exists()


def test_a_file_that_is_there_with_another_size_is_not_overwritten(places: Path) -> None:
    source, target = places / "from", places / "mlartifacts"
    source.mkdir()
    (source / "a").write_text("new and longer")
    (target / "a").write_text("mine")
    with pytest.raises(FileExistsError):
        adopt.copy_files(source, target)
    assert (target / "a").read_text() == "mine"


def test_addresses_below_a_folder_that_is_copied_come_behind_the_server_and_no_others(
    config: Settings, places: Path
) -> None:
    source = native(places / "native", runs=1)
    for name in ("one", "two"):
        put(places / name / "1/0/artifacts" / name, name)
    folders = [(str(places / "one"), "/home/me/mlruns"), (str(places / "two"), "/home/me/mlruns2")]
    adopt.execute(config, adopt.plan(config, source, folders))
    with database.of(config).read() as rows:
        uris = [uri for (uri,) in rows("SELECT artifact_uri FROM runs")]
    assert uris == ["mlflow-artifacts:/1/0/artifacts"]
    assert [path.name for path in adopt.walk(config.places.mlartifacts)] == ["one", "two"]
    elsewhere = adopt._prefixes(source, [("/a", "/with space")], {})
    assert elsewhere == ["file:///with%20space", "file:///with space", "/with space"]


def test_a_copy_that_is_not_the_source_is_seen_byte_by_byte(config: Settings, places: Path) -> None:
    """Of one size: a folder that is there already."""
    source = native(places / "native", runs=1)
    put(places / "one/1/0/artifacts/a", "bytes")
    put(config.places.mlartifacts / "1/0/artifacts/a", "other")
    assert refused(adopt.execute, config, adopt.plan(config, source, [(str(places / "one"), "/x")])) == "adopt.lost"
    assert not config.places.database.exists()


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(text)


def a_file_store(root: Path) -> Path:
    """Two experiments, one of them deleted; a run each, models and a trace."""
    for experiment in ("1", ".trash/2"):
        put(root / experiment / "meta.yaml", "name: x")
        put(root / experiment / "tags/mlflow.note", "x")
        put(root / experiment / "r1/meta.yaml", "run_id: r1")
        put(root / experiment / "r1/params/a/b", "1")
        put(root / experiment / "r1/metrics/loss", "1 0.5 0\n2 0.4 1\n")
        put(root / experiment / "r1/artifacts/model.bin", "bytes")
    put(root / "1/models/m-1/meta.yaml", "model_id: m-1")
    put(root / "1/models/m-1/artifacts/MLmodel", "x")
    put(root / "1/traces/tr-1/trace_info.yaml", "trace_id: tr-1")
    put(root / "1/traces/tr-1/artifacts/traces.json", "{}")
    put(root / "models/net/meta.yaml", "name: net")
    put(root / "models/net/version-1/meta.yaml", "version: 1")
    return root


def test_a_file_store_is_counted_by_its_files_and_its_artifacts_found(tmp_path: Path) -> None:
    store = a_file_store(tmp_path / "mlruns")
    assert filestore.counts(store) == {
        "experiments": 2, "experiment_tags": 2, "runs": 2, "params": 2, "tags": 0, "metrics": 4,
        "logged_models": 1, "trace_info": 1, "registered_models": 1, "model_versions": 1,
    }  # fmt: skip
    assert [below for _, below in filestore.artifacts(store)] == [
        "1/models/m-1/artifacts", "1/traces/tr-1/artifacts", "1/r1/artifacts", "2/r1/artifacts",
    ]  # fmt: skip
    before = filestore.fingerprint(store)
    (store / "1/r1/params/a/b").write_text("22")
    assert filestore.fingerprint(store) != before


def test_a_file_store_that_has_moved_is_known_by_its_name(tmp_path: Path) -> None:
    """And what an experiment's own location names is not below it."""
    locations = {1: "file:///home/b%20ob/mlruns/1", 2: "/data/big", 3: "s3://b/mlruns/3", 4: "/data/4", 5: "mlruns/1"}
    assert filestore.roots(tmp_path / "mlruns", locations) == {"/home/b ob/mlruns"}

"""The spans of an archived trace are in one file and nowhere else: every verb knows whose it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

from stackd import database, mlflow_internals
from stackd.artifacts import repository
from stackd.artifacts.store import Folder
from stackd.cleaning import audit, cleanup, orphans
from stackd.database import roots, uris
from stackd.incoming import migrate
from stackd.settings import Settings
from stackd.snapshots import snapshot
from unit.stackd.filled import files, rows

TRACE = "tr-1"
ARCHIVED, ATTACHED = f"archive/2/traces/{TRACE}/artifacts/traces.bin", f"2/traces/{TRACE}/artifacts/file.bin"


@pytest.fixture
def archived(filled: Settings) -> Settings:
    """In the deleted experiment a trace with an attachment, whose spans were archived below another prefix."""
    with closing(sqlite3.connect(filled.places.database)) as connection, connection:
        connection.execute(
            "INSERT INTO trace_info (request_id, experiment_id, timestamp_ms, status) VALUES (?, 2, 1, 'OK')", (TRACE,)
        )
        tags = {
            "mlflow.artifactLocation": f"mlflow-artifacts:/{Path(ATTACHED).parent}",
            "mlflow.trace.archiveLocation": f"{filled.destination}/{Path(ARCHIVED).parent}",
        }
        connection.executemany("INSERT INTO trace_tags VALUES (?, ?, ?)", [(*tag, TRACE) for tag in tags.items()])
    for path in (ARCHIVED, ATTACHED):
        file = Path(filled.destination) / path
        file.parent.mkdir(parents=True)
        file.write_bytes(b"12345")
    return filled


def test_it_is_nobody_elses_to_delete(archived: Settings) -> None:
    assert orphans.plan(archived, -1)["paths"] == []
    assert audit.audit(archived)["orphans"] == 0
    assert {each["experiment"] for each in audit.usage(archived)["usage"]} == {"one", "two"}
    owned = [
        roots.owned(path, archived.destination, database.of(archived)) for path in (ARCHIVED, ATTACHED, "archive/2")
    ]
    assert owned == [True, True, False]


def test_it_is_in_a_whole_snapshot(archived: Settings) -> None:
    made = snapshot.create(archived, archived.places.backups, whole=True, keep=1)
    assert {ARCHIVED, ATTACHED} <= {str(line["path"]) for line in snapshot.manifest(made)}


def run(config: Settings) -> dict[str, Any]:
    return cleanup.execute(config, cleanup.plan(config, 3600, "", registered=False))


def test_it_goes_with_its_trace(archived: Settings) -> None:
    done = run(archived)
    assert (done["traces"], done["experiments"], done["failed"]) == (1, 1, 0)
    assert not {ARCHIVED, ATTACHED} & set(files(archived))
    assert "trace_info" not in rows(archived)


@pytest.mark.parametrize("stuck", [ARCHIVED, ATTACHED])
def test_a_trace_keeps_its_rows_until_both_are_gone(
    archived: Settings, monkeypatch: pytest.MonkeyPatch, stuck: str
) -> None:
    removing = Folder.delete

    def stubborn(place: Folder, paths: list[str]) -> dict[str, str]:
        kept = {path: "busy" for path in paths if path == stuck}
        return kept | removing(place, [path for path in paths if path != stuck])

    monkeypatch.setattr(Folder, "delete", stubborn)
    assert (run(archived)["traces"], len(rows(archived)["trace_info"])) == (0, 1)
    monkeypatch.setattr(Folder, "delete", removing)
    assert (run(archived)["traces"], "trace_info" in rows(archived)) == (1, False)


def test_its_address_is_moved_with_its_experiment(archived: Settings) -> None:
    planned = migrate.plan(archived, [])
    assert [each["how"] for each in planned["experiments"] if each["experiment"] == "two"] == ["rewrite"]
    migrate.execute(archived, planned)
    assert f"mlflow-artifacts:/{Path(ARCHIVED).parent}" in {each.uri for each in uris.recorded(database.of(archived))}


@pytest.fixture
def registered(archived: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """The server's own table of repositories, as it is when it serves."""
    registry = mlflow_internals.artifact_repositories()
    before = dict(registry)
    for each in (repository.S3Repository, repository.FolderRepository):
        for name in ("settings", "claim"):
            monkeypatch.setattr(each, name, None, raising=False)
    repository.register(archived, registry)
    yield archived
    registry.clear()
    registry.update(before)


def test_the_server_reads_it_under_the_address_that_clients_use(registered: Settings) -> None:
    """MLflow's store gets and deletes spans itself, and its own class would ask a server for them."""
    found = get_artifact_repository(f"mlflow-artifacts:/{Path(ARCHIVED).parent}")
    assert [each.path for each in found.list_artifacts()] == ["traces.bin"]
    found.delete_artifacts("traces.bin")
    assert ARCHIVED not in files(registered)


@pytest.mark.parametrize(
    "uri", ["mlflow-artifacts:/../x", "mlflow-artifacts://host/1/x", "mlflow-artifacts:/", "http://x/y"]
)
def test_no_other_address_is_the_servers(registered: Settings, uri: str) -> None:
    with pytest.raises(MlflowException, match="serves artifacts of"):
        get_artifact_repository(uri)

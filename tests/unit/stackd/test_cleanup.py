"""Only what is marked deleted dies, files before rows; what would not go keeps its rows."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from stackd import database
from stackd.artifacts import owner, store
from stackd.artifacts.store import Folder
from stackd.cleaning import cleanup, removal
from stackd.database import Busy, claims
from stackd.database.deletion import Deletion
from stackd.failures import Refused
from stackd.settings import Settings
from unit.stackd.filled import add_run, files, rows, without


def write(config: Settings, *steps: str | Callable[[sqlite3.Connection], None]) -> None:
    """As anybody who has the database."""
    with closing(sqlite3.connect(config.places.database)) as connection, connection:
        for step in steps:
            connection.execute(step) if isinstance(step, str) else step(connection)


def run(config: Settings, experiment: str = "", registered: bool = False) -> dict[str, Any]:
    return cleanup.execute(config, cleanup.plan(config, 3600, experiment, registered))


def test_what_is_marked_deleted_goes_and_nothing_else(filled: Settings) -> None:
    before = rows(filled)
    planned = cleanup.plan(filled, 3600, "", registered=False)
    counts = {name: planned[name] for name in ("runs", "models", "experiments", "objects", "bytes", "kept")}
    assert counts == {"runs": 2, "models": 1, "experiments": 1, "objects": 3, "bytes": 15, "kept": ["registered"]}
    assert (rows(filled), len(files(filled))) == (before, 6)
    done = cleanup.execute(filled, planned)
    assert (done["items"], done["experiments"], done["objects"], done["failed"]) == (3, 1, 3, 0)
    assert files(filled) == [f"1/{name}/artifacts/file.bin" for name in ("fresh", "live", "registered")]
    expected = without(before, "old", "inside", "m-old", "two")
    assert rows(filled) == expected
    assert not (Path(filled.destination) / "2").exists()


def test_a_second_run_has_nothing_to_do(filled: Settings) -> None:
    run(filled)
    planned = cleanup.plan(filled, 3600, "", registered=False)
    assert (planned["runs"], planned["models"], planned["experiments"], planned["objects"]) == (0, 0, 0, 0)


def test_of_one_experiment_only(filled: Settings) -> None:
    done = run(filled, experiment="one")
    assert (done["items"], done["experiments"]) == (2, 0)
    with pytest.raises(Refused, match="There is no experiment 'none'"):
        run(filled, experiment="none")


def test_registered_ones_go_when_told(filled: Settings) -> None:
    run(filled, registered=True)
    assert files(filled) == ["1/fresh/artifacts/file.bin", "1/live/artifacts/file.bin"]


def test_an_experiment_stays_for_a_registered_run_in_it(filled: Settings) -> None:
    with closing(sqlite3.connect(filled.places.database)) as connection, connection:
        connection.execute("UPDATE model_versions SET run_id = 'inside'")
    done = run(filled)
    assert done["experiments"] == 0
    assert "2/inside/artifacts/file.bin" in files(filled)


@pytest.mark.parametrize("marker", ["another", None])
def test_only_the_owner_of_the_destination_may(filled: Settings, marker: str | None) -> None:
    planned = cleanup.plan(filled, 3600, "", registered=False)
    place = Path(filled.destination) / owner.MARKER
    place.write_text(marker) if marker else place.unlink()
    before = rows(filled), files(filled)
    for step in (lambda: cleanup.plan(filled, 3600, "", False), lambda: cleanup.execute(filled, planned)):
        with pytest.raises(Refused) as refused:
            step()
        assert refused.value.finding.id == "owner.refused"
    assert (rows(filled), files(filled)) == before


def test_what_was_restored_since_the_plan_stays_and_is_said(
    filled: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    before = rows(filled)
    planned = cleanup.plan(filled, 3600, "", registered=False)
    write(filled, "UPDATE runs SET lifecycle_stage = 'active' WHERE run_uuid = 'old'")
    done = cleanup.execute(filled, planned)
    assert (done["runs"], done["models"], done["experiments"], len(files(filled))) == (1, 1, 1, 4)
    assert "restored or registered after the plan was made: 1 run" in capsys.readouterr().out
    assert without(rows(filled), "old") == without(before, "old", "inside", "m-old", "two")


def test_a_plan_that_said_less_is_refused(filled: Settings) -> None:
    planned = cleanup.plan(filled, 3600, "", registered=False)
    write(filled, "UPDATE runs SET deleted_time = 1 WHERE run_uuid = 'fresh'")
    with pytest.raises(Refused, match="has changed since the plan"):
        cleanup.execute(filled, planned)
    write(filled, "UPDATE runs SET lifecycle_stage = 'active' WHERE run_uuid = 'old'")
    with pytest.raises(Refused, match="has changed since the plan"):
        cleanup.execute(filled, planned)
    assert len(files(filled)) == 6


BACK = {
    "a run is restored": "UPDATE runs SET lifecycle_stage = 'active' WHERE run_uuid = 'old'",
    "a model is restored": "UPDATE logged_models SET lifecycle_stage = 'active' WHERE model_id = 'm-old'",
    "an experiment is restored": "UPDATE experiments SET lifecycle_stage = 'active' WHERE experiment_id = 2",
    "a run is moved": "UPDATE runs SET experiment_id = 1 WHERE run_uuid = 'inside'",
    "a run is created": "INSERT INTO runs (run_uuid, experiment_id) VALUES ('new', 2)",
    "a trace comes": "INSERT INTO trace_info (request_id, experiment_id, timestamp_ms, status)"
    " VALUES ('t', 2, 1, 'OK')",
    "its run is registered": "INSERT INTO model_versions (name, version, run_id, workspace)"
    " VALUES ('model', 2, 'old', 'default')",
    "its model is registered": "INSERT INTO model_versions (name, version, source, workspace)"
    " VALUES ('model', 2, 'models:/m-old', 'default')",
    "its files are registered": "INSERT INTO model_versions (name, version, storage_location, workspace)"
    " VALUES ('model', 2, 'mlflow-artifacts:/1/old/artifacts/x', 'default')",
}


@pytest.mark.parametrize("what", BACK)
def test_what_is_being_removed_comes_back_by_no_way(
    filled: Settings, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Its files are on their way out. Before, and once it has gone, the same statement is MLflow's alone to judge."""
    reaches, said = cleanup._reaches, list[str]()
    planned = cleanup.plan(filled, 3600, "", registered=False)

    def meanwhile(*given: Any) -> Any:
        with pytest.raises(sqlite3.IntegrityError, match="this is being removed by"):
            write(filled, BACK[what])
        write(filled, "UPDATE runs SET lifecycle_stage = 'deleted', deleted_time = 7 WHERE run_uuid = 'old'")
        said.append(what)
        return reaches(*given)

    monkeypatch.setattr(cleanup, "_reaches", meanwhile)
    assert (cleanup.execute(filled, planned)["items"], said) == (3, [what])
    write(filled, BACK[what])


def test_a_cleanup_that_was_killed_is_finished_by_the_next_one(
    filled: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever that one is asked for."""
    with database.of(filled).write() as rows_:
        claims.take(rows_, cleanup.choose(rows_, 10**13, "", registered=False).claimed)
    (Path(filled.destination) / "1/old/artifacts/file.bin").unlink()
    with pytest.raises(sqlite3.IntegrityError):
        write(filled, BACK["a run is restored"])
    planned = cleanup.plan(filled, 10**9, "one", registered=False)
    assert (planned["runs"], planned["models"], planned["experiments"], planned["objects"]) == (2, 1, 1, 2)
    assert cleanup.execute(filled, planned)["items"] == 3
    assert files(filled) == [f"1/{name}/artifacts/file.bin" for name in ("fresh", "live", "registered")]
    assert not [name for name in rows(filled) if name.startswith("stackd")]
    write(filled, "UPDATE runs SET lifecycle_stage = 'active' WHERE run_uuid = 'fresh'")


@pytest.mark.parametrize("error", [Busy("Other writers held the database for 10 s"), SystemExit(143)])
def test_an_error_in_the_middle_stops_what_waits_and_is_said(
    filled: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: BaseException
) -> None:
    """Otherwise the files of thousands of runs go, and their rows stay."""
    # So many that live beside them that each is a reach of its own.
    for number in range(60):
        write(filled, partial(add_run, identity=f"r{number}", experiment=1, stage="deleted", deleted=1))
        write(filled, partial(add_run, identity=f"live{number}", experiment=1, stage="active", deleted=None))
    monkeypatch.setattr(cleanup, "ROOTS_AT_ONCE", 1)
    monkeypatch.setattr(cleanup, "AT_ONCE", 1)
    removed: list[removal.Reach] = []
    real = removal.remove

    stopped = threading.Event()

    def remove(config: Settings, reach: removal.Reach, *given: Any) -> store.Removed:
        removed.append(reach)
        assert len(removed) == 1 or stopped.wait(30)
        return real(config, reach, *given)

    class Pool(ThreadPoolExecutor):
        def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
            super().shutdown(wait=False, cancel_futures=cancel_futures)
            stopped.set()
            super().shutdown()

    def deleting(self: Deletion, *_: Any) -> int:
        raise error

    monkeypatch.setattr(removal, "remove", remove)
    monkeypatch.setattr(Deletion, "delete", deleting)
    planned = cleanup.plan(filled, 3600, "", registered=False)
    monkeypatch.setattr(cleanup, "ThreadPoolExecutor", Pool)
    with pytest.raises(type(error)):
        cleanup.execute(filled, planned)
    # One that was done, and one that was under way.
    assert len(removed) == 2
    assert "cleanup.stopped" in capsys.readouterr().out
    with database.of(filled).read() as read:
        held = {identity for (identity,) in read("SELECT id FROM stackd_claims")}
    begun = {root.split("/")[-2] for reach in removed for root in reach.roots}
    assert held == begun
    monkeypatch.undo()
    cleanup.execute(filled, cleanup.plan(filled, 3600, "", registered=False))
    assert files(filled) == [f"1/{name}/artifacts/file.bin" for name in ("fresh", "live", "registered")]


def test_two_cleanups_do_not_work_at_once_nor_beside_a_restore(filled: Settings) -> None:
    planned = cleanup.plan(filled, 3600, "", registered=False)
    with database.of(filled).hold("changing"), pytest.raises(Refused, match="Another command that replaces") as refused:
        cleanup.execute(filled, planned)
    assert refused.value.finding.id == "database.busy"
    assert len(files(filled)) == 6


def test_the_nearest_root_owns_a_file(filled: Settings) -> None:
    """An experiment may keep its runs inside of another run's folder."""
    write(
        filled,
        "INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage, workspace)"
        " VALUES (3, 'sweep', 'mlflow-artifacts:/1/old/artifacts', 'active', 'default')",
        lambda connection: add_run(connection, "child", 3, "active", None),
        "UPDATE runs SET artifact_uri = 'mlflow-artifacts:/1/old/artifacts/child/artifacts' WHERE run_uuid = 'child'",
    )
    file = Path(filled.destination) / "1/old/artifacts/child/artifacts/file.bin"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"mine")
    planned = cleanup.plan(filled, 3600, "", registered=False)
    assert planned["objects"] == 3
    # One more, that no plan knew of.
    write(
        filled,
        lambda connection: add_run(connection, "late", 3, "active", None),
        "UPDATE runs SET artifact_uri = 'mlflow-artifacts:/1/old/artifacts/late/artifacts' WHERE run_uuid = 'late'",
    )
    late = Path(filled.destination) / "1/old/artifacts/late/artifacts/file.bin"
    late.parent.mkdir(parents=True)
    late.write_bytes(b"mine")
    cleanup.execute(filled, planned)
    assert (file.read_bytes(), late.read_bytes()) == (b"mine", b"mine")
    assert not (Path(filled.destination) / "1/old/artifacts/file.bin").exists()


@pytest.mark.parametrize(("place", "experiments"), [("1/old", 1), ("2/inside", 0)])
def test_a_file_that_will_not_go_keeps_its_run_and_no_other(
    filled: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], place: str, experiments: int
) -> None:
    removing = Folder.delete

    def stubborn(here: Folder, paths: Iterable[str]) -> dict[str, str]:
        batch = list(paths)
        stuck = [path for path in batch if path.startswith(place)]
        return dict.fromkeys(stuck, "Permission denied") | removing(here, [path for path in batch if path not in stuck])

    monkeypatch.setattr(Folder, "delete", stubborn)
    done = run(filled)
    assert (done["items"], done["experiments"], done["failed"]) == (2, experiments, 1)
    assert f"{place}/artifacts/file.bin (Permission denied)" in capsys.readouterr().out
    run_id = place.partition("/")[2]
    assert run_id in {row[0] for row in rows(filled)["runs"]}
    # Some of its files may be gone: it is not restored, but removed by the next cleanup.
    with pytest.raises(sqlite3.IntegrityError):
        write(filled, f"UPDATE runs SET lifecycle_stage = 'active', experiment_id = 1 WHERE run_uuid = '{run_id}'")
    monkeypatch.setattr(Folder, "delete", removing)
    assert run(filled)["items"] == 1
    assert "two" not in str(rows(filled)["experiments"])


def test_in_s3_mode_files_of_both_stores_go_and_local_mode_refuses(
    filled: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Rows that went before files of a store out of reach would leave these to nobody."""
    database.of(filled).remember(database.SERVED_S3, "s3://b/p")
    with pytest.raises(Refused, match="may have files in s3://b/p"):
        cleanup.plan(filled, 3600, "", False)
    offline = tmp_path / "offline"
    (offline / "1/old/artifacts").mkdir(parents=True)
    (offline / "1/old/artifacts/offline.bin").write_bytes(b"123")
    monkeypatch.setattr(cleanup, "_places", lambda config, also: [store.of(config), Folder(also)])
    planned = cleanup.plan(filled, 3600, "", False, offline)
    assert (planned["objects"], planned["bytes"]) == (4, 18)
    assert cleanup.execute(filled, planned, offline)["objects"] == 4
    assert list(offline.rglob("*")) == []

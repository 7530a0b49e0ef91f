"""Only what is marked deleted dies, files before rows; what would not go keeps its rows."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stackd import settings
from stackd.artifacts import owner, removal
from stackd.data import audit, cleanup, compact, orphans, snapshot, swap
from stackd.database import deletion, sqlite
from stackd.database.deletion import Deletion
from stackd.database.turns import Turns
from stackd.settings import Settings

LONG_AGO = 1_000
METRICS = 12


@pytest.fixture
def filled(local: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    """Two experiments, the second deleted; in the first a run that lives, one deleted long ago, one just now, and one
    that is deleted and registered; a deleted logged model; each with a file.
    """
    monkeypatch.setattr(cleanup, "Deletion", lambda: Deletion(settings.DATABASE, Turns(tmp_path / "turn")))
    now = 10**14
    with closing(sqlite3.connect(settings.DATABASE)) as connection, connection:
        connection.executemany(
            "INSERT INTO experiments"
            " (experiment_id, name, artifact_location, lifecycle_stage, last_update_time, workspace)"
            " VALUES (?, ?, ?, ?, ?, 'default')",
            [
                (1, "one", "mlflow-artifacts:/1", "active", LONG_AGO),
                (2, "two", "mlflow-artifacts:/2", "deleted", LONG_AGO),
            ],
        )
        for identity, experiment, stage, when in (
            ("live", 1, "active", None),
            ("old", 1, "deleted", LONG_AGO),
            ("fresh", 1, "deleted", now),
            ("registered", 1, "deleted", LONG_AGO),
            ("inside", 2, "active", None),
        ):
            add_run(connection, identity, experiment, stage, when)
        connection.execute(
            "INSERT INTO logged_models (model_id, experiment_id, name, artifact_location, creation_timestamp_ms,"
            " last_updated_timestamp_ms, status, lifecycle_stage)"
            " VALUES ('m-old', 1, 'm', 'mlflow-artifacts:/1/models/m-old/artifacts', 1, 1, 1, 'deleted')"
        )
        connection.execute("INSERT INTO logged_model_params VALUES ('m-old', 1, 'p', 'v')")
        connection.execute("INSERT INTO registered_models (name, workspace) VALUES ('model', 'default')")
        connection.execute(
            "INSERT INTO model_versions (name, version, source, run_id, workspace)"
            " VALUES ('model', 1, 'mlflow-artifacts:/1/registered/artifacts/x', '', 'default')"
        )
    for path in ("1/live", "1/old", "1/fresh", "1/registered", "2/inside", "1/models/m-old"):
        file = Path(local.destination) / path / "artifacts" / "file.bin"
        file.parent.mkdir(parents=True)
        file.write_bytes(b"12345")
    owner.Folder(Path(local.destination)).write(sqlite.store_id())
    return local


def add_run(connection: sqlite3.Connection, identity: str, experiment: int, stage: str, deleted: int | None) -> None:
    connection.execute(
        "INSERT INTO runs (run_uuid, experiment_id, artifact_uri, lifecycle_stage, deleted_time, status, source_type)"
        " VALUES (?, ?, ?, ?, ?, 'FINISHED', 'LOCAL')",
        (identity, experiment, f"mlflow-artifacts:/{experiment}/{identity}/artifacts", stage, deleted),
    )
    metrics = [("loss", 0.5, 1, identity, step, 0) for step in range(METRICS)]
    connection.executemany(
        'INSERT INTO metrics ("key", value, timestamp, run_uuid, step, is_nan) VALUES (?, ?, ?, ?, ?, ?)', metrics
    )
    connection.execute("INSERT INTO latest_metrics VALUES ('loss', 0.5, 1, 11, 0, ?)", (identity,))
    connection.execute('INSERT INTO params ("key", value, run_uuid) VALUES (?, ?, ?)', ("p", "v", identity))
    connection.execute('INSERT INTO tags ("key", value, run_uuid) VALUES (?, ?, ?)', ("t", "v", identity))
    inputs = (f"input-{identity}", "DATASET", "d", "RUN", identity, 0)
    connection.execute("INSERT INTO inputs VALUES (?, ?, ?, ?, ?, ?)", inputs)


def rows() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table that has one."""
    with sqlite.reading(settings.DATABASE) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {name: connection.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}
    return {name: sorted(held, key=repr) for name, held in found.items() if held}


def without(before: dict[str, list[tuple[Any, ...]]], *gone: str) -> dict[str, list[tuple[Any, ...]]]:
    """The rows that name none of some ids."""
    marks = {*gone, *(f"input-{each}" for each in gone)}
    left = {name: [row for row in held if not marks & {str(cell) for cell in row}] for name, held in before.items()}
    return {name: held for name, held in left.items() if held}


def files(config: Settings) -> list[str]:
    top = Path(config.destination)
    return sorted(str(path.relative_to(top)) for path in top.rglob("*.bin"))


def run(config: Settings, experiment: str = "", registered: bool = False) -> dict[str, Any]:
    return cleanup.execute(config, cleanup.plan(config, 3600, experiment, registered))


def test_what_is_marked_deleted_goes_and_nothing_else(filled: Settings) -> None:
    before = rows()
    planned = cleanup.plan(filled, 3600, "", registered=False)
    counts = {name: planned[name] for name in ("runs", "models", "experiments", "objects", "bytes", "kept")}
    assert counts == {"runs": 2, "models": 1, "experiments": 1, "objects": 3, "bytes": 15, "kept": ["registered"]}
    assert (rows(), len(files(filled))) == (before, 6)
    done = cleanup.execute(filled, planned)
    assert (done["items"], done["experiments"], done["objects"], done["failed"]) == (3, 1, 3, 0)
    assert files(filled) == [f"1/{name}/artifacts/file.bin" for name in ("fresh", "live", "registered")]
    expected = without(before, "old", "inside", "m-old", "two")
    assert rows() == expected
    assert not (Path(filled.destination) / "2").exists()


def test_a_second_run_has_nothing_to_do(filled: Settings) -> None:
    run(filled)
    planned = cleanup.plan(filled, 3600, "", registered=False)
    assert (planned["runs"], planned["models"], planned["experiments"], planned["objects"]) == (0, 0, 0, 0)


def test_of_one_experiment_only(filled: Settings) -> None:
    done = run(filled, experiment="one")
    assert (done["items"], done["experiments"]) == (2, 0)
    with pytest.raises(swap.Refused, match="there is no experiment 'none'"):
        run(filled, experiment="none")


def test_registered_ones_go_when_told(filled: Settings) -> None:
    run(filled, registered=True)
    assert files(filled) == ["1/fresh/artifacts/file.bin", "1/live/artifacts/file.bin"]


def test_an_experiment_stays_for_a_registered_run_in_it(filled: Settings) -> None:
    with closing(sqlite3.connect(settings.DATABASE)) as connection, connection:
        connection.execute("UPDATE model_versions SET run_id = 'inside'")
    done = run(filled)
    assert done["experiments"] == 0
    assert "2/inside/artifacts/file.bin" in files(filled)


@pytest.mark.parametrize("marker", ["another", None])
def test_only_the_owner_of_the_destination_may(filled: Settings, marker: str | None) -> None:
    planned = cleanup.plan(filled, 3600, "", registered=False)
    place = Path(filled.destination) / owner.MARKER
    place.write_text(marker) if marker else place.unlink()
    before = rows(), files(filled)
    for step in (lambda: cleanup.plan(filled, 3600, "", False), lambda: cleanup.execute(filled, planned)):
        with pytest.raises(swap.Refused) as refused:
            step()
        assert refused.value.finding.id == "owner.refused"
    assert (rows(), files(filled)) == before


def test_a_plan_is_refused_once_a_run_was_restored(filled: Settings) -> None:
    planned = cleanup.plan(filled, 3600, "", registered=False)
    with closing(sqlite3.connect(settings.DATABASE)) as connection, connection:
        connection.execute("UPDATE runs SET lifecycle_stage = 'active' WHERE run_uuid = 'old'")
    with pytest.raises(swap.Refused, match="has changed since the plan"):
        cleanup.execute(filled, planned)
    assert len(files(filled)) == 6


def test_a_file_that_will_not_go_keeps_its_run_and_no_other(
    filled: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    removing = removal._remove_files

    def stubborn(config: Settings, batch: list[Any]) -> dict[str, str]:
        stuck = [entry for entry in batch if "/old/" in entry.path]
        kept = {entry.path: "Permission denied" for entry in stuck}
        return kept | removing(config, [entry for entry in batch if entry not in stuck])

    monkeypatch.setattr(removal, "_remove_files", stubborn)
    done = run(filled)
    assert (done["items"], done["experiments"], done["failed"]) == (2, 0, 1)
    assert "1/old/artifacts/file.bin (Permission denied)" in capsys.readouterr().out
    assert [row[0] for row in rows()["runs"] if row[0] == "old"] == ["old"]
    monkeypatch.setattr(removal, "_remove_files", removing)
    assert run(filled)["items"] == 1
    assert "two" not in str(rows()["experiments"])


def test_many_rows_go_a_bounded_number_a_turn(
    filled: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Otherwise a run with millions of metrics would hold every writer up."""
    monkeypatch.setattr(deletion, "ROWS", 5)
    held: list[int] = []

    class Counted(Turns):
        def turn(self, wait: float = 10) -> Any:
            held.append(1)
            return super().turn(wait)

    before = rows()
    gone = Deletion(settings.DATABASE, Counted(tmp_path / "turn2")).delete("runs", "run_uuid", ["old"])
    # Metrics in thirds, and the rest.
    assert (gone, len(held) >= 8) == (METRICS + 5, True)
    assert rows() == without(before, "old")


@pytest.fixture
def spans(local: Settings) -> None:
    with closing(sqlite3.connect(settings.DATABASE)) as connection, connection:
        connection.execute("INSERT INTO experiments (experiment_id, name, workspace) VALUES (3, 'traced', 'default')")
        for trace in ("tr-1", "tr-2"):
            connection.execute(
                "INSERT INTO trace_info (request_id, experiment_id, timestamp_ms, status) VALUES (?, 3, 1, 'OK')",
                (trace,),
            )
            connection.execute(
                "INSERT INTO spans (trace_id, experiment_id, span_id, status, start_time_unix_nano, content)"
                " VALUES (?, 3, 's', 'OK', 1, '{}')",
                (trace,),
            )
            connection.execute("INSERT INTO span_metrics VALUES (?, 's', 'k', 1)", (trace,))


@pytest.mark.usefixtures("spans")
def test_a_trace_goes_with_its_spans_and_no_other_trace_does(tmp_path: Path) -> None:
    before = rows()
    Deletion(settings.DATABASE, Turns(tmp_path / "turn")).delete("trace_info", "request_id", ["tr-1"])
    assert rows() == without(before, "tr-1")
    Deletion(settings.DATABASE, Turns(tmp_path / "turn")).delete("experiments", "experiment_id", [3])
    assert not {"spans", "span_metrics", "trace_info"} & set(rows())


def test_usage_is_by_experiment_and_state(filled: Settings) -> None:
    stray = Path(filled.destination) / "9/stray.bin"
    stray.parent.mkdir()
    stray.write_bytes(b"1" * 100)
    found = [
        (each["experiment"], each["state"], each["objects"], each["bytes"]) for each in audit.usage(filled)["usage"]
    ]
    assert found == [
        ("", "nobody's", 1, 100),
        ("one", "deleted", 4, 20),
        ("one", "active", 1, 5),
        ("two", "deleted", 1, 5),
    ]


def test_an_audit_names_what_nobody_owns_and_what_the_snapshot_knows(filled: Settings) -> None:
    assert audit.audit(filled)["missing"] == 0
    snapshot.create(filled, settings.BACKUPS, whole=False, keep=1)
    top = Path(filled.destination)
    (top / "1/live/artifacts/file.bin").unlink()
    (top / "1/fresh/artifacts/file.bin").write_bytes(b"longer than before")
    (top / "1/live/stray.bin").write_bytes(b"1")
    found = audit.audit(filled)
    assert (found["orphan_paths"], found["missing_paths"], found["other_size_paths"]) == (
        ["1/live/stray.bin"], ["1/live/artifacts/file.bin"], ["1/fresh/artifacts/file.bin"],
    )  # fmt: skip


def test_orphans_of_an_age_go_after_their_list_was_kept(filled: Settings) -> None:
    top = Path(filled.destination)
    for name in ("9/old.bin", "9/young.bin", "1/live/stray.bin"):
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_bytes(b"1234567")
    for name in ("9/old.bin", "1/live/stray.bin", "1/live/artifacts/file.bin"):
        os.utime(top / name, (1, 1))
    before = files(filled)
    planned = orphans.plan(filled, 3600)
    assert (planned["paths"], planned["bytes"]) == (["1/live/stray.bin", "9/old.bin"], 14)
    done = orphans.execute(filled, planned)
    assert done["objects"] == 2
    assert files(filled) == [path for path in before if path not in ("9/old.bin", "1/live/stray.bin")]
    listed = [json.loads(line)["path"] for line in Path(done["listed"]).read_text().splitlines()]
    assert listed == planned["paths"]


def test_orphans_of_another_databases_prefix_are_none_of_ours(filled: Settings) -> None:
    owner.Folder(Path(filled.destination)).write("another")
    with pytest.raises(swap.Refused, match="is foreign"):
        orphans.plan(filled, 0)


def test_in_s3_mode_files_of_both_stores_go_and_local_mode_refuses(
    filled: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Rows that went before files of a store out of reach would leave these to nobody."""
    monkeypatch.setattr(settings, "SERVED_S3", tmp_path / "served_s3")
    settings.SERVED_S3.write_text("s3://b/p\n")
    with pytest.raises(swap.Refused, match="may have files in s3://b/p"):
        cleanup.plan(filled, 3600, "", False)
    offline = tmp_path / "offline"
    (offline / "1/old/artifacts").mkdir(parents=True)
    (offline / "1/old/artifacts/offline.bin").write_bytes(b"123")
    monkeypatch.setattr(cleanup, "_stores", lambda config, also: [config, replace(config, destination=str(also))])
    planned = cleanup.plan(filled, 3600, "", False, offline)
    assert (planned["objects"], planned["bytes"]) == (4, 18)
    assert cleanup.execute(filled, planned, offline)["objects"] == 4
    assert list(offline.rglob("*")) == []


def test_a_compacted_database_has_every_row_and_less_space(filled: Settings) -> None:
    with closing(sqlite3.connect(settings.DATABASE)) as connection, connection:
        connection.execute("CREATE TABLE large (x)")
        connection.executemany("INSERT INTO large VALUES (?)", ((b"0" * 4000,) for _ in range(500)))
        connection.execute("DROP TABLE large")
    before = rows()
    planned = compact.plan()
    assert planned["free"] > 1_000_000
    done = compact.execute(planned)
    assert (rows(), done["after"] < done["before"] - 1_000_000) == (before, True)
    assert len(list(settings.BACKUPS.glob("mlflow-*.db"))) == 1
    with pytest.raises(swap.Refused, match="has changed since the plan"):
        compact.execute(planned)

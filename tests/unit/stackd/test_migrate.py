"""Addresses that send clients past the server: rewritten whole or not at all, and nobody else's."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from stackd import database
from stackd.artifacts import owner, store
from stackd.cleaning import stale
from stackd.database import Failure, Rows, uris
from stackd.failures import Refused
from stackd.incoming import migrate
from stackd.settings import Settings

EXPERIMENTS = {1: "s3://b/p", 2: "/old/mlruns", 3: "mlflow-artifacts:", 4: "s3://other/place"}


@pytest.fixture
def filled(local: Settings) -> Settings:
    """Four experiments with roots of their own, each with a run, a logged model and a trace; a registered version of
    each run; files in the folder of local mode for the second.
    """
    with closing(sqlite3.connect(local.places.database)) as connection, connection:
        connection.execute("INSERT INTO registered_models (name, workspace) VALUES ('m', 'default')")
        for number, root in EXPERIMENTS.items():
            add(connection, number, root)
    file = Path(local.destination) / "2/run2/artifacts/file.bin"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"content")
    owner.mark(store.of(local), database.of(local).store_id())
    return local


def add(connection: sqlite3.Connection, number: int, root: str) -> None:
    connection.execute(
        "INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage, workspace)"
        " VALUES (?, ?, ?, 'active', 'default')",
        (number, f"e{number}", f"{root}/{number}"),
    )
    connection.execute(
        "INSERT INTO runs (run_uuid, experiment_id, artifact_uri, lifecycle_stage, status, source_type, start_time)"
        " VALUES (?, ?, ?, 'active', 'RUNNING', 'LOCAL', 1)",
        (f"run{number}", number, f"{root}/{number}/run{number}/artifacts"),
    )
    connection.execute(
        "INSERT INTO logged_models (model_id, experiment_id, name, artifact_location, creation_timestamp_ms,"
        " last_updated_timestamp_ms, status, lifecycle_stage) VALUES (?, ?, 'm', ?, 1, 1, 1, 'active')",
        (f"m-{number}", number, f"{root}/{number}/models/m-{number}/artifacts"),
    )
    connection.execute(
        "INSERT INTO trace_info (request_id, experiment_id, timestamp_ms, status) VALUES (?, ?, 1, 'OK')",
        (f"tr-{number}", number),
    )
    connection.execute(
        "INSERT INTO trace_tags (key, value, request_id) VALUES ('mlflow.artifactLocation', ?, ?)",
        (f"{root}/{number}/traces/tr-{number}/artifacts", f"tr-{number}"),
    )
    connection.execute(
        "INSERT INTO trace_tags (key, value, request_id) VALUES ('note', ?, ?)", (f"{root}/{number}", f"tr-{number}")
    )
    connection.execute(
        "INSERT INTO model_versions (name, version, source, storage_location, run_id, workspace)"
        " VALUES ('m', ?, ?, ?, ?, 'default')",
        (number, f"{root}/{number}/run{number}/artifacts/model", f"{root}/{number}/models/m-{number}", f"run{number}"),
    )


def held(filled: Settings) -> set[str]:
    """Every URI of every column."""
    return {each.uri for each in uris.recorded(database.of(filled))}


def test_every_column_is_moved_and_only_below_the_prefix(filled: Settings) -> None:
    with closing(sqlite3.connect(filled.places.database)) as connection, connection:
        connection.execute("UPDATE experiments SET artifact_location = 's3://b/p_other/4' WHERE experiment_id = 4")
    before = held(filled)
    moved = uris.move(database.of(filled), ["s3://b/p"])
    assert set(moved.values()) == {1}
    assert held(filled) - before == {
        "mlflow-artifacts:/1", "mlflow-artifacts:/1/run1/artifacts", "mlflow-artifacts:/1/models/m-1/artifacts",
        "mlflow-artifacts:/1/traces/tr-1/artifacts", "mlflow-artifacts:/1/run1/artifacts/model",
        "mlflow-artifacts:/1/models/m-1",
    }  # fmt: skip
    assert not {uri for uri in held(filled) if uri.startswith("s3://b/p/")}
    assert "s3://b/p_other/4" in held(filled)
    with database.of(filled).read() as rows:
        notes = rows("SELECT value FROM trace_tags WHERE key = 'note' AND request_id = 'tr-1'")
        assert list(notes) == [("s3://b/p/1",)]


def test_after_a_failure_in_the_middle_a_second_run_does_the_rest(filled: Settings) -> None:
    """Both addresses are of the same file: what was moved is served, and so is what was not."""
    before = held(filled)
    with closing(sqlite3.connect(filled.places.database)) as connection, connection:
        connection.execute("CREATE TRIGGER stop BEFORE UPDATE ON model_versions BEGIN SELECT RAISE(ABORT, 'full'); END")
    with pytest.raises(Failure, match="full"):
        uris.move(database.of(filled), ["s3://b/p"])
    assert "s3://b/p/1/run1/artifacts/model" in held(filled) & before
    with closing(sqlite3.connect(filled.places.database)) as connection, connection:
        connection.execute("DROP TRIGGER stop")
    uris.move(database.of(filled), ["s3://b/p"])
    assert not {uri for uri in held(filled) if uri.startswith("s3://b/p/")}


def test_no_writer_waits_for_a_large_table(filled: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are looked for outside of a turn, changed a few at a time, and only if they still hold that address."""
    monkeypatch.setattr(uris, "ROWS", 2)
    with closing(sqlite3.connect(filled.places.database)) as connection, connection:
        for number in range(10, 17):
            add(connection, number, "s3://b/p")
    changed: list[int] = []
    real = Rows.change

    def change(self: Rows, statement: str, **values: Any) -> int:
        if statement.startswith("UPDATE runs") and "s3://mine/1" not in str(held(filled)):
            # Somebody has moved this one since it was found.
            real(self, "UPDATE runs SET artifact_uri = 's3://mine/1' WHERE run_uuid = 'run1'")
        changed.append(real(self, statement, **values))
        return changed[-1]

    monkeypatch.setattr(Rows, "change", change)
    moved = uris.move(database.of(filled), ["s3://b/p"])
    assert (max(changed), moved["runs.artifact_uri"], moved["experiments.artifact_location"]) == (2, 7, 8)
    assert "s3://mine/1" in held(filled)


def test_a_plan_says_what_becomes_of_each_experiment_and_why_not(filled: Settings) -> None:
    found = migrate.plan(filled, ["/old/mlruns"])
    assert [(each["experiment"], each["how"], each["uris"]) for each in found["experiments"]] == [
        ("e1", "cannot", 4), ("e2", "rewrite", 4), ("e3", "here", 0), ("e4", "cannot", 4),
    ]  # fmt: skip
    assert (found["prefixes"], found["uris"]) == (["/old/mlruns"], 4)
    assert "is not below" in found["experiments"][0]["why"]


def test_a_registered_version_outside_of_every_experiment_is_moved_or_named(filled: Settings) -> None:
    """It is in nobody's artifacts, and a client without keys would find that out when it loads the model."""
    sources = ("s3://foreign/x/model", "/old/mlruns/9/lost/model", "runs:/run1/model", "models:/m-1", "", "s3://b/p/1")
    with closing(sqlite3.connect(filled.places.database)) as connection, connection:
        for number, source in enumerate(sources):
            name = f"r{number}"
            connection.execute("INSERT INTO registered_models (name, workspace) VALUES (?, 'default')", (name,))
            connection.execute(
                "INSERT INTO model_versions (name, version, source, run_id, workspace) VALUES (?, 1, ?, '', 'default')",
                (name, source),
            )
    found = migrate.plan(filled, ["/old/mlruns"])
    apart = {each["experiment"]: each for each in found["experiments"] if each["experiment"].startswith("registered")}
    assert {name: each["how"] for name, each in apart.items()} == {
        "registered model r0": "cannot", "registered model r1": "rewrite", "registered model r5": "cannot",
    }  # fmt: skip
    assert apart["registered model r0"]["why"].startswith("s3://foreign/x/model is not below")
    migrate.execute(filled, found)
    assert {"mlflow-artifacts:/9/lost/model", "s3://foreign/x/model"} <= held(filled)


@pytest.mark.parametrize("spelt", ["/old/mlruns", "/old/mlruns/", "file:///old/mlruns"])
def test_a_folder_is_meant_however_it_is_spelt(filled: Settings, spelt: str) -> None:
    with closing(sqlite3.connect(filled.places.database)) as connection, connection:
        connection.execute("UPDATE runs SET artifact_uri = 'file://' || artifact_uri WHERE run_uuid = 'run2'")
    found = migrate.plan(filled, [spelt])
    assert found["experiments"][1]["how"] == "rewrite"
    assert found["prefixes"] == ["/old/mlruns", "file:///old/mlruns"]
    migrate.execute(filled, found)
    assert "mlflow-artifacts:/2/run2/artifacts" in held(filled)


def test_addresses_are_rewritten_after_a_snapshot_and_samples_are_handed_out(filled: Settings) -> None:
    before = held(filled)
    done = migrate.execute(filled, migrate.plan(filled, ["/old/mlruns"]))
    assert sum(done["columns"].values()) == 6
    assert before - held(filled) == {uri for uri in before if uri.startswith("/old/mlruns/")}
    assert [(each["path"], each["bytes"]) for each in done["samples"]] == [("2/run2/artifacts/file.bin", 7)]
    with closing(sqlite3.connect(Path(done["kept"]) / "mlflow.db")) as kept:
        assert kept.execute("SELECT COUNT(*) FROM runs WHERE artifact_uri LIKE '/old%'").fetchone() == (1,)
    assert migrate.plan(filled, ["/old/mlruns"])["uris"] == 0


def test_a_plan_is_refused_once_an_experiment_has_come(filled: Settings) -> None:
    planned = migrate.plan(filled, ["/old/mlruns"])
    with closing(sqlite3.connect(filled.places.database)) as connection, connection:
        add(connection, 5, "/old/mlruns")
    before = held(filled)
    with pytest.raises(Refused, match="has changed since the plan"):
        migrate.execute(filled, planned)
    assert held(filled) == before


def test_nothing_is_moved_into_another_databases_destination(filled: Settings) -> None:
    owner.mark(store.of(filled), "another")
    with pytest.raises(Refused, match="is foreign"):
        migrate.plan(filled, ["/old/mlruns"])


def status(filled: Settings) -> dict[str, tuple[Any, ...]]:
    with database.of(filled).read() as rows:
        return {run: tuple(rest) for run, *rest in rows("SELECT run_uuid, status, end_time FROM runs")}


def test_silent_runs_are_ended_at_their_last_word_and_live_ones_never(filled: Settings) -> None:
    far = 10**14
    with closing(sqlite3.connect(filled.places.database)) as connection, connection:
        connection.execute("UPDATE runs SET start_time = ? WHERE run_uuid = 'run2'", (far,))
        for run, when in (("run1", 4000), ("run3", far)):
            connection.execute("INSERT INTO latest_metrics VALUES ('m', 1, ?, 1, 0, ?)", (when, run))
        connection.execute("UPDATE runs SET status = 'FINISHED' WHERE run_uuid = 'run4'")
    planned = stale.plan(filled, 3600)
    assert planned["run_ids"] == ["run1"]
    assert stale.execute(filled, planned) == {"runs": 1}
    assert status(filled) == {
        "run1": ("KILLED", 4000), "run2": ("RUNNING", None), "run3": ("RUNNING", None), "run4": ("FINISHED", None),
    }  # fmt: skip


def test_a_run_that_speaks_after_the_plan_stays(filled: Settings) -> None:
    planned = stale.plan(filled, 3600)
    with closing(sqlite3.connect(filled.places.database)) as connection, connection:
        connection.execute("INSERT INTO latest_metrics VALUES ('m', 1, ?, 1, 0, 'run1')", (10**14,))
    with pytest.raises(Refused, match="since the plan"):
        stale.execute(filled, planned)
    assert {each[0] for each in status(filled).values()} == {"RUNNING"}

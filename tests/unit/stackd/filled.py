"""A database and a folder with what may be cleaned and what may not, and how a test looks at both."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from stackd import database
from stackd.artifacts import owner, store
from stackd.settings import Settings

LONG_AGO = 1_000
METRICS = 12


def fill(local: Settings) -> Settings:
    """Two experiments, the second deleted; in the first a run that lives, one deleted long ago, one just now, and one
    that is deleted and registered; a deleted logged model; each with a file.
    """
    now = 10**14
    with closing(sqlite3.connect(local.places.database)) as connection, connection:
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
    owner.mark(store.of(local), database.of(local).store_id())
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


def rows(config: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table that has one."""
    base = database.of(config)
    with base.read() as read:
        found = {name: list(read(f'SELECT * FROM "{name}"')) for name in base.tables()}
    return {name: sorted(held, key=repr) for name, held in found.items() if held}


def without(before: dict[str, list[tuple[Any, ...]]], *gone: str) -> dict[str, list[tuple[Any, ...]]]:
    """The rows that name none of some ids."""
    marks = {*gone, *(f"input-{each}" for each in gone)}
    left = {name: [row for row in held if not marks & {str(cell) for cell in row}] for name, held in before.items()}
    return {name: held for name, held in left.items() if held}


def files(config: Settings) -> list[str]:
    top = Path(config.destination)
    return sorted(str(path.relative_to(top)) for path in top.rglob("*.bin"))

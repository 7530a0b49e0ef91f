"""Runs in number: rows of a database with MLflow's schema, and their small objects in S3 and in a folder."""

from __future__ import annotations

import hashlib
import sqlite3
import uuid
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from support.s3server import S3Server

OBJECTS_OF_A_RUN = 10
RUNS_OF_AN_EXPERIMENT = 500
PARAMS, TAGS, METRICS, STEPS = 5, 5, 2, 10
# Milliseconds since 1970: long ago, so that every run is old enough.
THEN = 1_700_000_000_000
PROCESSES, THREADS, CHUNK = 3, 8, 500


@dataclass(frozen=True)
class Run:
    """A run as its row says; its objects lie at `<experiment>/<id>/artifacts/`."""

    identity: str
    experiment: int
    deleted: bool

    @property
    def root(self) -> str:
        """Of its artifacts, below the destination."""
        return f"{self.experiment}/{self.identity}/artifacts"

    def objects(self) -> Iterator[tuple[str, bytes]]:
        """Path below the destination and content, the same at every call; 64 to 1,024 bytes."""
        for number in range(OBJECTS_OF_A_RUN):
            path = f"{self.root}/{'model/' if number % 2 else ''}part-{number}.bin"
            seed = hashlib.sha256(path.encode()).digest()
            yield path, seed * (2 + seed[0] % 31)


def make(live: int, deleted: int) -> list[Run]:
    """So many runs, the deleted ones spread evenly over all experiments; ids are the same at every call."""
    total = live + deleted
    marked = [number * deleted // total != (number + 1) * deleted // total for number in range(total)]
    ids = (uuid.uuid5(uuid.NAMESPACE_OID, str(number)).hex for number in range(total))
    return [
        Run(identity, 1 + number // RUNS_OF_AN_EXPERIMENT, gone)
        for number, (identity, gone) in enumerate(zip(ids, marked, strict=True))
    ]


def write_rows(database: Path, runs: list[Run], root: str) -> None:
    """Put runs with params, tags and metrics into an empty database of MLflow's schema.

    `root` is what their artifact URIs begin with, up to the experiment: `mlflow-artifacts:/` or `s3://bucket/prefix/`.
    """
    homes = sorted({0, *(run.experiment for run in runs)})
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.executemany(
            "INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage, creation_time,"
            " last_update_time) VALUES (?, ?, ?, 'active', ?, ?)",
            [(home, f"benchmark-{home}" if home else "Default", f"{root}{home}", THEN, THEN) for home in homes],
        )
        connection.executemany(
            "INSERT INTO runs (run_uuid, name, source_type, user_id, status, start_time, end_time, lifecycle_stage,"
            " artifact_uri, experiment_id, deleted_time) VALUES (?, 'r', 'LOCAL', 'ada', 'FINISHED', ?, ?, ?, ?, ?, ?)",
            [
                (
                    run.identity,
                    THEN,
                    THEN,
                    "deleted" if run.deleted else "active",
                    root + run.root,
                    run.experiment,
                    THEN if run.deleted else None,
                )
                for run in runs
            ],
        )
        for table, count in (("params", PARAMS), ("tags", TAGS)):
            connection.executemany(
                f"INSERT INTO {table} (key, value, run_uuid) VALUES (?, 'some value', ?)",  # noqa: S608
                [(f"k{number}", run.identity) for run in runs for number in range(count)],
            )
        _write_metrics(connection, runs)


def _write_metrics(connection: sqlite3.Connection, runs: list[Run]) -> None:
    names = [f"m{number}" for number in range(METRICS)]
    connection.executemany(
        "INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES (?, 0.5, ?, ?, ?, 0)",
        [(name, THEN + step, run.identity, step) for run in runs for name in names for step in range(STEPS)],
    )
    connection.executemany(
        "INSERT INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid) VALUES (?, 0.5, ?, ?, 0, ?)",
        [(name, THEN + STEPS - 1, STEPS - 1, run.identity) for run in runs for name in names],
    )


def upload(server: S3Server, bucket: str, prefix: str, runs: list[Run]) -> None:
    """Put every object of the runs below a prefix. Raises what boto3 raises."""
    chunks = [(server, bucket, prefix, runs[first : first + CHUNK]) for first in range(0, len(runs), CHUNK)]
    # boto3 costs more processor time than the store itself: threads of one process would wait for each other.
    with get_context("spawn").Pool(PROCESSES) as pool:
        pool.starmap(_upload, chunks, chunksize=1)


def _upload(server: S3Server, bucket: str, prefix: str, runs: list[Run]) -> None:
    client = server.client()

    def put(run: Run) -> None:
        for path, content in run.objects():
            client.put_object(Bucket=bucket, Key=f"{prefix}/{path}", Body=content)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(put, runs))


def write_files(folder: Path, runs: Iterable[Run]) -> None:
    """The same objects as files of a folder."""
    for run in runs:
        for path, content in run.objects():
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)

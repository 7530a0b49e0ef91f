"""Metadata with history: 100,000 runs of 20 metrics and one with 5 million rows, the same database behind both."""

from __future__ import annotations

import http.client
import json
import sqlite3
import statistics
import tempfile
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from containers import Ours, Server, Stock, command, in_turns

RUNS, METRICS, LONG, CHARTS, POINTS, DELETED_ROWS = 100_000, 20, 100_000, 10, 10_000, 5_000_000
RUNS_OF_AN_EXPERIMENT = 10_000
THEN = 1_700_000_000_000
DELETED = "f" * 32
BATCH = 100_000
VERSION = "3.17.2"


def name_of(number: int) -> str:
    """A run's id."""
    return f"{number:032x}"


def write(database: Path, runs: int = RUNS, deleted_rows: int = DELETED_ROWS) -> None:
    """Put it all into an empty database of MLflow's schema: about ten million rows, in a minute or two.

    Run 0 has a metric of `LONG` points, runs 1 to `CHARTS` have one of `POINTS`; one deleted run has `deleted_rows`.
    """
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000;")
        homes = range(1, runs // RUNS_OF_AN_EXPERIMENT + 1)
        connection.executemany(
            "INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage, creation_time,"
            " last_update_time) VALUES (?, ?, ?, 'active', ?, ?)",
            [(home, f"history-{home}", f"mlflow-artifacts:/{home}", THEN, THEN) for home in homes],
        )
        connection.executemany(
            "INSERT INTO runs (run_uuid, name, source_type, user_id, status, start_time, end_time, lifecycle_stage,"
            " artifact_uri, experiment_id, deleted_time) VALUES (?, 'r', 'LOCAL', 'ada', 'FINISHED', ?, ?, ?, ?, ?, ?)",
            _runs(runs),
        )
        for table, count in (("params", 5), ("tags", 5)):
            connection.executemany(
                f"INSERT INTO {table} (key, value, run_uuid) VALUES (?, ?, ?)",  # noqa: S608
                ((f"k{key}", f"v{number % 7}", name_of(number)) for number in range(runs) for key in range(count)),
            )
        points = "INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES (?, ?, ?, ?, ?, 0)"
        connection.executemany(points, _last(runs))
        connection.executemany(
            "INSERT INTO latest_metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES (?, ?, ?, ?, ?, 0)",
            _last(runs),
        )
        for run, key, count in ((name_of(0), "long", LONG), (DELETED, "many", deleted_rows)):
            connection.executemany(points, ((key, 0.5, THEN + step, run, step) for step in range(count)))
        for number in range(1, CHARTS + 1):
            run = name_of(number)
            connection.executemany(points, (("chart", step / 7, THEN + step, run, step) for step in range(POINTS)))
        connection.commit()


def _runs(runs: int) -> Iterator[tuple[Any, ...]]:
    for number in range(runs):
        home = 1 + number // RUNS_OF_AN_EXPERIMENT
        root = f"mlflow-artifacts:/{home}/{name_of(number)}/artifacts"
        yield name_of(number), THEN + number, THEN + number + 1, "active", root, home, None
    yield DELETED, THEN, THEN, "deleted", f"mlflow-artifacts:/1/{DELETED}/artifacts", 1, THEN


def _last(runs: int) -> Iterator[tuple[Any, ...]]:
    for number in range(runs):
        for key in range(METRICS):
            yield f"m{key}", (number * 7919 + key) % 1000 / 1000, THEN + number, name_of(number), 1


def requests() -> dict[str, tuple[str, str, dict[str, Any] | None]]:
    """What is asked, by the name of its row: method, path, body."""
    page = {"experiment_ids": ["1"], "max_results": 100, "order_by": ["attributes.start_time DESC"]}
    sought = {
        "experiment_ids": ["1", "2", "3"],
        "max_results": 100,
        "filter": "metrics.m3 > 0.5 and params.k1 = 'v3'",
        "order_by": ["metrics.m1 DESC"],
    }
    charts = [("run_ids", name_of(number)) for number in range(1, CHARTS + 1)]
    interval = urllib.parse.urlencode([*charts, ("metric_key", "chart"), ("max_results", 320)])
    return {
        "first_page": ("POST", "/api/2.0/mlflow/runs/search", page),
        "sought": ("POST", "/api/2.0/mlflow/runs/search", sought),
        "history": ("GET", f"/api/2.0/mlflow/metrics/get-history?run_id={name_of(0)}&metric_key=long", None),
        "charts": ("GET", f"/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval?{interval}", None),
    }


def measure(rounds: int, runs: int = RUNS, deleted_rows: int = DELETED_ROWS) -> dict[str, list[dict[str, float]]]:
    """Rounds of seconds by server, with the memory after them; `deletion` is in the last round."""
    servers: list[Server] = [Stock(VERSION, None), Ours(2)]
    with tempfile.TemporaryDirectory(prefix="mlflow-benchmark-") as folder:
        try:
            for server in servers:
                server.create()
            database = Path(folder) / "mlflow.db"
            command("docker", "cp", f"{servers[1].container}:/opt/stackd/empty.db", str(database))
            write(database, runs, deleted_rows)
            for server in servers:
                command("docker", "cp", str(database), f"{server.container}:/data/mlflow.db")
            return in_turns(servers, rounds, _round)
        finally:
            for server in servers:
                server.remove()


def _round(server: Server, last: bool) -> dict[str, float]:
    server.start()
    figures = _asked(server)
    return {**figures, "deletion": _deletion(server)} if last else figures


def _asked(server: Server) -> dict[str, float]:
    """The median of a few answers for each row, and the memory afterwards."""
    seconds = {}
    for row, (method, path, body) in requests().items():
        taken = []
        for _ in range(4):
            began = time.monotonic()
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=300)
            headers = {"Content-Type": "application/json"} if body else {}
            connection.request(method, path, json.dumps(body) if body else None, headers)
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
            if answer.status != 200:
                raise RuntimeError(f"{server.name}, {row}: {answer.status} {content[:300]!r}")
            taken.append(time.monotonic() - began)
        # Of the first one the pages have to come from the disk.
        seconds[row] = statistics.median(taken[1:])
    return {**seconds, "history_memory": float(server.memory())}


def _deletion(server: Server) -> float:
    """Seconds until the deleted run is gone, its rows with it."""
    began = time.monotonic()
    if isinstance(server, Ours):
        server.execute("cleanup", "--older-than", "0")
    else:
        uri = "sqlite:////data/mlflow.db"
        gc = ("mlflow", "gc", "--older-than", "0d", "--backend-store-uri", uri)
        command("docker", "exec", server.container, *gc, "--tracking-uri", "http://127.0.0.1:5000")
    return time.monotonic() - began

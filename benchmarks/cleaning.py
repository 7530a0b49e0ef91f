"""`./stack cleanup` against stock `mlflow gc`: the same deleted runs, each on a prefix and a database of its own."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import population
from containers import Stock, command
from population import Run
from stage import empty_database, say, stack_with
from watched import watching

from support import docker
from support.images import build_inputs
from support.stack import Stack, new_project
from support.wrapped import told

VERSION = "3.17.2"
GOAL = 10.0
# Of S3 from its own region, for one request; the tests' S3 server itself answers in one or two.
FAR_SECONDS = 0.02
OWNER_MARKER = ".mlflow-stack-owner"
START_SECONDS, SETTLE_SECONDS = 120, 15
ASK = "import urllib.request; urllib.request.urlopen('http://127.0.0.1:5000/api/2.0/mlflow/experiments/search?max_results=1')"
WAYS = {
    "proxied": "stock `mlflow gc`, runs behind its server as ours are",
    "direct": "stock `mlflow gc`, runs with s3:// addresses: no server in between",
}


def clean(deleted: int, live: int, delay: float = 0.0) -> dict[str, Any]:
    """Remove the deleted runs each way; seconds of each, and stock's divided by ours. With a ``delay`` each request to
    the store takes that many seconds longer, and requests are counted.

    Raises:
        RuntimeError: an object or a row is still there, or one is missing.
    """
    runs = population.make(live, deleted)
    stock = Stock(VERSION, None)
    stock.build()
    found: dict[str, Any] = {
        "delay_seconds": delay,
        "runs": deleted,
        "objects": deleted * population.OBJECTS_OF_A_RUN,
        "kept_objects": live * population.OBJECTS_OF_A_RUN,
    }
    with stack_with(runs) as stack:
        store = stack.s3.inside_faulty if delay else stack.s3.inside
        stack.write_profile(endpoint=store)
        if delay:
            stack.s3.faults.set("slow", seconds=delay)
        found |= _ours(stack)
        _compare("ours", stack.objects(), runs)
        for way in WAYS:
            prefix = f"{stack.project}/{way}"
            say(f"the same objects for stock, {way}")
            population.upload(stack.s3, stack.bucket, prefix, runs)
            seconds = _stock(stack, stock.image, prefix, runs, way)
            listed = stack.s3.objects(stack.bucket, f"{prefix}/")
            _compare(way, {key.removeprefix(f"{prefix}/"): size for key, size in listed.items()}, runs)
            found |= {f"{way}_seconds": seconds, f"{way}_ratio": seconds / found["ours_seconds"]}
            found |= {f"{way}_requests": _requests(stack)}
    return found


def _requests(stack: Stack) -> int | None:
    """Requests that the store has seen since the last call; None where they did not pass the proxy that counts."""
    seen = len(stack.s3.faults.calls())
    stack.s3.faults.forget()
    return seen or None


def met(found: dict[str, Any]) -> bool:
    """Whether it is ten times as fast as stock on the same database, behind a server."""
    return bool(found["proxied_ratio"] >= GOAL)


def markdown(found: dict[str, Any]) -> str:
    """The table for people."""
    ours = f"{found['ours_seconds']:.1f}, in its containers {found['ours_inside_seconds']:.1f}"
    far = f", each request {found['delay_seconds'] * 1000:g} ms away" if found["delay_seconds"] else ""
    lines = [
        f"{found['runs']} deleted runs, {found['objects']} objects{far}:",
        "",
        "| | s | requests | ÷ ours | goal | |",
        "|---|---|---|---|---|---|",
        f"| `./stack cleanup` | {ours} | {found['ours_requests'] or ''} | | | |",
    ]
    for way, what in WAYS.items():
        goal = " | "
        if way == "proxied":
            goal = f"≥ {GOAL:g} | {'met' if met(found) else 'missed'}"
        asked = found[f"{way}_requests"] or ""
        lines.append(f"| {what} | {found[f'{way}_seconds']:.1f} | {asked} | {found[f'{way}_ratio']:.1f} | {goal} |")
    kept = f"All of them are gone, and the {found['kept_objects']} objects of the other runs are there, each time."
    return "\n".join([*lines, "", kept])


def _ours(stack: Stack) -> dict[str, float | None]:
    """The whole command, from typing it to its end."""
    say("./stack cleanup")
    stack.s3.faults.forget()
    with watching(stack.project) as watch:
        began = time.monotonic()
        told(stack, "cleanup", "--older-than", "0s", "--yes")
        seconds = time.monotonic() - began
    return {"ours_seconds": seconds, "ours_inside_seconds": watch.inside_seconds, "ours_requests": _requests(stack)}


def _stock(stack: Stack, image: str, prefix: str, runs: list[Run], way: str) -> float:
    """Seconds of `mlflow gc` alone, its server running before it."""
    say(f"mlflow gc, {way}")
    database = stack.folder.parent / f"{way}.db"
    destination = f"s3://{stack.bucket}/{prefix}"
    empty_database(stack, build_inputs(), database)
    population.write_rows(database, runs, "mlflow-artifacts:/" if way == "proxied" else f"{destination}/")
    container = new_project("mlflow-benchmark-gc")
    uri = "sqlite:////data/mlflow.db"
    aws = ("--volume", f"{stack.aws}:/root/.aws:ro", "--env", "AWS_PROFILE=basketworld")
    place = ("--name", container, "--network", f"{stack.project}_default", *aws)
    # Where no server is needed, none may take processor time from gc.
    work = (image, "--artifacts-destination", destination) if way == "proxied" else ("--entrypoint=sleep", image, "600")
    try:
        command("docker", "create", *place, *work)
        command("docker", "cp", str(database), f"{container}:/data/mlflow.db")
        command("docker", "start", container)
        if way == "proxied":
            _wait(container)
        tracking = "http://127.0.0.1:5000" if way == "proxied" else uri
        gc = ("mlflow", "gc", "--older-than", "0d", "--backend-store-uri", uri, "--tracking-uri", tracking)
        stack.s3.faults.forget()
        began = time.monotonic()
        command("docker", "exec", container, *gc)
        seconds = time.monotonic() - began
        command("docker", "stop", container)
        command("docker", "cp", f"{container}:/data/mlflow.db", str(database))
    finally:
        docker.docker("rm", "--force", "--volumes", container, check=False)
    left = _rows(database)
    if left != {run.identity for run in runs if not run.deleted}:
        raise RuntimeError(f"stock, {way}: {len(left)} runs have rows")
    return seconds


def _wait(container: str) -> None:
    """Until its server answers from the database, and its other processes have started too."""
    until = time.monotonic() + START_SECONDS
    while docker.docker("exec", container, "python", "-c", ASK, check=False).returncode != 0:
        if time.monotonic() > until:
            raise RuntimeError(f"stock: no answer in {START_SECONDS} s\n{docker.docker('logs', container).stderr}")
        time.sleep(1)
    time.sleep(SETTLE_SECONDS)


def _rows(database: Path) -> set[str]:
    with closing(sqlite3.connect(database)) as connection:
        return {str(row[0]) for row in connection.execute("SELECT run_uuid FROM runs")}


def _compare(name: str, listed: dict[str, int], runs: list[Run]) -> None:
    """What is listed must be what the live runs have, to the byte count."""
    listed.pop(OWNER_MARKER, None)
    kept = {path: len(content) for run in runs if not run.deleted for path, content in run.objects()}
    if listed != kept:
        wrong = sorted(listed.items() ^ kept.items())
        raise RuntimeError(f"{name}: {len(wrong)} objects are not as they should be, such as {wrong[:3]}")

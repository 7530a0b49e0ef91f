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
OWNER_MARKER = ".mlflow-stack-owner"


def clean(deleted: int, live: int) -> dict[str, Any]:
    """Remove the deleted runs both ways; seconds of each, the ratio, and what was there afterwards.

    Raises:
        RuntimeError: an object or a row is still there, or one is missing.
    """
    runs = population.make(live, deleted)
    stock = Stock(VERSION, None)
    stock.build()
    with stack_with(runs) as stack:
        prefix = f"{stack.project}/stock"
        say("the same objects for stock")
        population.upload(stack.s3, stack.bucket, prefix, runs)
        ours = _ours(stack)
        _compare("ours", stack.objects(), runs)
        theirs = _stock(stack, stock.image, prefix, runs)
        listed = stack.s3.objects(stack.bucket, f"{prefix}/")
        _compare("stock", {key.removeprefix(f"{prefix}/"): size for key, size in listed.items()}, runs)
    return {
        "runs": deleted,
        "objects": deleted * population.OBJECTS_OF_A_RUN,
        "kept_objects": live * population.OBJECTS_OF_A_RUN,
        **ours,
        "stock_seconds": theirs,
        "ratio": theirs / ours["ours_seconds"],
    }


def markdown(found: dict[str, Any]) -> str:
    """The table for people."""
    seconds = f"{found['stock_seconds']:.1f} | {found['ours_seconds']:.1f} ({found['ours_inside_seconds']:.1f})"
    verdict = f"{found['ratio']:.1f} | ≥ {GOAL:g} | {'met' if found['ratio'] >= GOAL else 'missed'}"
    what = f"{found['runs']} deleted runs, {found['objects']} objects, s"
    head = "| | stock `mlflow gc` | ours (in its containers) | stock ÷ ours | goal | |\n|---|---|---|---|---|---|\n"
    kept = f"All of them are gone, and the {found['kept_objects']} objects of the other runs are there, on both sides."
    return f"{head}| {what} | {seconds} | {verdict} |\n\n{kept}"


def _ours(stack: Stack) -> dict[str, float]:
    """The whole command, from typing it to its end."""
    say("./stack cleanup")
    with watching(stack.project) as watch:
        began = time.monotonic()
        told(stack, "cleanup", "--older-than", "0s", "--yes")
        seconds = time.monotonic() - began
    return {"ours_seconds": seconds, "ours_inside_seconds": watch.inside_seconds}


def _stock(stack: Stack, image: str, prefix: str, runs: list[Run]) -> float:
    """Seconds of `mlflow gc` itself, from its container's start to its end.

    Its runs have s3:// addresses: it deletes in the bucket with the same profile, without a server in between.
    """
    say("mlflow gc")
    database = stack.folder.parent / "stock.db"
    empty_database(stack, build_inputs(), database)
    population.write_rows(database, runs, f"s3://{stack.bucket}/{prefix}/")
    container = new_project("mlflow-benchmark-gc")
    uri = "sqlite:////data/mlflow.db"
    destination = ("--artifacts-destination", f"s3://{stack.bucket}/{prefix}")
    gc = ("gc", "--older-than", "0d", "--backend-store-uri", uri, "--tracking-uri", uri, *destination)
    aws = ("--volume", f"{stack.aws}:/root/.aws:ro", "--env", "AWS_PROFILE=basketworld")
    place = ("--name", container, "--network", f"{stack.project}_default", *aws)
    try:
        command("docker", "create", *place, "--entrypoint", "mlflow", image, *gc)
        command("docker", "cp", str(database), f"{container}:/data/mlflow.db")
        began = time.monotonic()
        command("docker", "start", "--attach", container)
        seconds = time.monotonic() - began
        command("docker", "cp", f"{container}:/data/mlflow.db", str(database))
    finally:
        docker.docker("rm", "--force", "--volumes", container, check=False)
    left = _rows(database)
    if left != {run.identity for run in runs if not run.deleted}:
        raise RuntimeError(f"stock: {len(left)} runs have rows")
    return seconds


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

"""What the rounds of `repeat` put into a stack: runs with rows by the API, their files straight into the store."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from support.rest import Rest
from support.roots import everything
from support.stack import Stack
from support.waiting import wait_until
from support.working_copy import own

THREADS = 8
FILE_BYTES = 20_000
METRICS, PARAMS = 20, 5


def base(stack: Stack) -> None:
    """One of everything that has an artifact root, and some runs; in S3."""
    wait_until(lambda: ".mlflow-stack-owner" in stack.objects(), stack, "the owner marker", 30)
    everything(stack)
    experiment = Rest(stack).experiment("base")
    made = runs(stack, experiment, 6)
    upload(stack, stack.bucket, files(experiment, made, 8))


def runs(stack: Stack, experiment: str, count: int) -> list[str]:
    """Runs with metrics and params; their ids."""
    api = Rest(stack)

    def one(_: int) -> str:
        run = api.run(experiment)
        metrics = [{"key": "loss", "value": 0.5, "timestamp": 1, "step": step} for step in range(METRICS)]
        params = [{"key": f"p{number}", "value": "some value"} for number in range(PARAMS)]
        api.post("runs/log-batch", run_id=run, metrics=metrics, params=params)
        return run

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(count)))


def files(home: str, made: list[str], count: int) -> dict[str, bytes]:
    """Some files of each run by their paths below the destination; `home` is the experiment's folder there."""
    return {f"{home}/{run}/artifacts/d/{number}.bin": os.urandom(FILE_BYTES) for run in made for number in range(count)}


def upload(stack: Stack, bucket: str, content: Mapping[str, bytes]) -> None:
    """Put files below the stack's prefix of a bucket."""
    client = stack.s3.client()

    def put(path: str) -> None:
        client.put_object(Bucket=bucket, Key=f"{stack.prefix}/{path}", Body=content[path])

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(put, content))


def remove(stack: Stack, bucket: str, paths: list[str]) -> None:
    """Take objects below the stack's prefix away."""
    client = stack.s3.client()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda path: client.delete_object(Bucket=bucket, Key=f"{stack.prefix}/{path}"), paths))


def write(folder: Path, content: Mapping[str, bytes]) -> None:
    """The same as files of a folder that is the server's user's."""
    for path, body in content.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(body)
    own(folder)

"""Artifacts through both servers and straight to S3: speed, first byte, memory and disk, in turns."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from containers import Stock, command
from stage import say, stack_with
from watched import usage

from support import docker
from support.rest import Rest
from support.stack import Stack, free_port, new_project

MIB = 2**20
SIZE, CLIENTS = 512 * MIB, 4
SMALL, SMALL_BYTES, THREADS = 2000, 10_000, 8
LOOK_SECONDS = 0.05
START_SECONDS = 120
VERSION = "3.17.2"
# As the stack's own clients are told: without these a client of stock MLflow goes to S3 by itself.
# A failure is reported at once: a figure that includes retries would be worthless.
PROXIED = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
    "MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD": "false",
    "MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD": "false",
}
CLIENT = Path(__file__).with_name("transfer_client.py")


@dataclass(frozen=True)
class Side:
    """A server whose client is measured, or S3 itself (`boto3`); `container` None for S3."""

    name: str
    url: str
    container: str | None
    root: str


@contextmanager
def sides(stack: Stack) -> Iterator[list[Side]]:
    """The stack and a stock server beside it, on one S3 server and one network; only one is asked at a time."""
    rest = Rest(stack)
    stock = Stock(VERSION, None)
    stock.build()
    port, name = free_port(), new_project("mlflow-benchmark-transfers")
    prefix = f"{stack.project}/stock"
    aws = ("--volume", f"{stack.aws}:/root/.aws:ro", "--env", "AWS_PROFILE=basketworld")
    place = ("--name", name, "--network", f"{stack.project}_default", "--publish", f"127.0.0.1:{port}:5000", *aws)
    try:
        command("docker", "create", *place, stock.image, "--artifacts-destination", f"s3://{stack.bucket}/{prefix}")
        command("docker", "start", name)
        until = time.monotonic() + START_SECONDS
        while not _answers(port):
            if time.monotonic() > until:
                raise RuntimeError(f"stock: no answer in {START_SECONDS} s\n{docker.docker('logs', name).stderr}")
            time.sleep(1)
        yield [
            Side("boto3", stack.s3.url, None, f"{stack.project}/direct"),
            Side("stock", f"http://127.0.0.1:{port}", name, "1/transfers/artifacts"),
            Side("ours", stack.url, stack.container(), rest.new_root("transfers")),
        ]
    finally:
        docker.docker("rm", "--force", "--volumes", name, check=False)


def _answers(port: int) -> bool:
    done = subprocess.run(
        ["curl", "-sf", "-m", "5", f"http://127.0.0.1:{port}/health"], capture_output=True, check=False
    )
    return done.returncode == 0


def measure(rounds: int) -> dict[str, list[dict[str, float]]]:
    """The rounds of each side: sizes in bytes, times in seconds, rates per second; the crowd is in the last one."""
    found: dict[str, list[dict[str, float]]] = {}
    folder = Path(tempfile.mkdtemp(prefix="mlflow-benchmark-"))
    try:
        source = folder / "model.bin"
        with source.open("wb") as file:
            for _ in range(SIZE // MIB):
                file.write(os.urandom(MIB))
        with stack_with([]) as stack, sides(stack) as all_sides:
            # The store makes room for its first large objects: that must not count for anybody.
            _client(all_sides[0], stack, "up", str(source))
            for number in range(rounds):
                say(f"transfers, round {number + 1} of {rounds}")
                for side in all_sides:
                    found.setdefault(side.name, []).append(_round(side, source, stack))
            for side in all_sides:
                if side.container:
                    say(f"{side.name}: {CLIENTS} clients at once")
                    try:
                        found[side.name][-1] |= _crowd(side, source, stack)
                    except RuntimeError as error:
                        if side.name == "ours":
                            raise
                        # There is no figure then; what it answered is shown.
                        say(f"{side.name} failed: {str(error)[-2000:]}")
    finally:
        shutil.rmtree(folder)
    return found


def _round(side: Side, source: Path, stack: Stack) -> dict[str, float]:
    found = {"up": SIZE / _client(side, stack, "up", str(source)), "down": SIZE / _client(side, stack, "down", "1")}
    found["small"] = SMALL / _client(side, stack, "small", str(SMALL), str(SMALL_BYTES), str(THREADS))
    if side.container:
        found["first_byte"] = _client(side, stack, "first")
    say(f"{side.name}: " + ", ".join(f"{name} {value:.4g}" for name, value in found.items()))
    return found


def _client(side: Side, stack: Stack, *work: str) -> float:
    """Seconds that a client in a process of its own measured."""
    done = subprocess.run(
        [sys.executable, str(CLIENT), side.name, side.url, f"{stack.bucket}", side.root, *work],
        env={**os.environ, **PROXIED, "MLFLOW_TRACKING_URI": side.url, "DO_NOT_TRACK": "true", "NO_PROXY": "127.0.0.1"},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    if done.returncode != 0:
        log = docker.docker("logs", "--tail", "30", side.container) if side.container else done
        raise RuntimeError(f"{side.name}, {' '.join(work)}: {done.stdout}{done.stderr}{log.stdout}{log.stderr}")
    return float(json.loads(done.stdout.splitlines()[-1])["seconds"])


def _crowd(side: Side, source: Path, stack: Stack) -> dict[str, float]:
    """Four clients at once, up and then down: memory over what it was before, and what came onto the disk."""
    if side.container is None:
        raise AssertionError
    facts = docker.inspect(side.container)
    before = usage(int(facts["State"]["Pid"]))
    with watch(facts) as seen:
        for work in (("up", str(source)), ("down", "1")):
            _at_once([lambda work=work: _client(side, stack, *work) for _ in range(CLIENTS)])  # type: ignore[misc]
    return {"before": before, "peak": seen["memory"], "grown": seen["memory"] - before, "disk": seen["disk"]}


def _at_once(work: Sequence[Callable[[], float]]) -> None:
    errors: list[BaseException] = []

    def one(each: Callable[[], float]) -> None:
        try:
            each()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=one, args=(each,)) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


@contextmanager
def watch(facts: dict[str, Any]) -> Iterator[dict[str, float]]:
    """The greatest memory and the greatest growth of files in the container's layer and volumes, by looking often."""
    pid = int(facts["State"]["Pid"])
    layers = [facts["GraphDriver"]["Data"]["UpperDir"]] if "UpperDir" in facts["GraphDriver"].get("Data", {}) else []
    volumes = [mount["Source"] for mount in facts["Mounts"] if mount["Type"] == "volume"]
    places = [Path(place) for place in (*layers, *volumes)]
    seen = {"memory": 0.0, "disk": 0.0}
    before, over = _files(places), threading.Event()

    def look() -> None:
        while not over.wait(LOOK_SECONDS):
            seen["memory"] = max(seen["memory"], usage(pid))
            seen["disk"] = max(seen["disk"], _files(places) - before)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def _files(places: Sequence[Path]) -> float:
    """Bytes of all files but the database's and the notes of open uploads (`artifacts/unfinished.py`)."""
    total = 0
    for place in places:
        for folder, _, names in os.walk(place):
            for name in names:
                if not name.startswith(("mlflow.db", "upload-")):
                    try:
                        total += os.lstat(Path(folder) / name).st_size
                    except FileNotFoundError:
                        continue
    return float(total)

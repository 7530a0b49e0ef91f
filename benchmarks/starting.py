"""What the wrapper adds to Compose's own start, images built: `./stack start` against `up` and a poll of the URL."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path

from stage import say

from support.images import build_inputs, build_server
from support.stack import Stack
from support.working_copy import ROOT

BOUND_SECONDS = 120


def measure(rounds: int) -> dict[str, list[dict[str, float]]]:
    """Seconds of both, in turns, each from no container to a server that is ready; local mode."""
    inputs = build_inputs()
    build_server(ROOT, inputs)
    folder = Path(tempfile.mkdtemp(prefix="mlflow-benchmark-"))
    found: list[dict[str, float]] = []
    try:
        stack = Stack(folder, inputs, None)
        try:
            stack.mode = "local"
            # Its virtual environment is made once.
            stack.run("./stack", "--help", check=True)
            for _ in range(rounds + 1):
                stack.down()
                began = time.monotonic()
                stack.compose("up", "--detach")
                _ready(stack, began)
                compose = time.monotonic() - began
                stack.down()
                began = time.monotonic()
                stack.run("./stack", "start", "--disable-s3", check=True)
                wrapper = time.monotonic() - began
                found.append({"compose": compose, "wrapper": wrapper, "extra": wrapper - compose})
                say(f"up and poll {compose:.2f} s, ./stack start {wrapper:.2f} s")
        finally:
            stack.remove()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    # The first one made the database.
    return {"ours": found[1:]}


def _ready(stack: Stack, began: float) -> None:
    while stack.ready() != 200:
        if time.monotonic() - began > BOUND_SECONDS:
            raise RuntimeError(f"not ready in {BOUND_SECONDS} s\n{stack.logs()}")
        time.sleep(0.02)

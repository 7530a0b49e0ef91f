"""A stack in S3 mode and the tests' S3 server, full of runs; all of it removed in the end."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import population
from containers import command
from population import Run

from support import docker
from support.images import build_inputs, build_server, compose_build, server_image
from support.s3server import Faults, S3Server
from support.stack import Stack, free_port, new_project
from support.working_copy import ROOT, own
from support.wrapped import told

S3_START_SECONDS = 60
ROOM = {"TEST_S3_SIZE": "10g", "TEST_S3_MEMORY": "12g"}


def say(text: str) -> None:
    """Tell how far it is, on stderr: stdout is the table's."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")


@contextmanager
def stack_with(runs: list[Run]) -> Iterator[Stack]:
    """A serving stack whose database has these runs, and whose prefix has their objects."""
    inputs = build_inputs()
    with new_stack(inputs) as stack:
        _fill(stack, inputs, runs)
        yield stack


@contextmanager
def new_stack(inputs: dict[str, str]) -> Iterator[Stack]:
    """A stack beside an S3 server of its own, of images that are built where they are missing; nothing of it runs."""
    compose_build(ROOT, "tests/support/s3.yml", inputs)
    build_server(ROOT, inputs)
    folder = Path(tempfile.mkdtemp(prefix="mlflow-benchmark-"))
    try:
        with _s3_server() as server:
            stack = Stack(folder, inputs, server)
            try:
                yield stack
            finally:
                stack.remove()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def empty_database(stack: Stack, inputs: dict[str, str], target: Path) -> None:
    """Write the database without runs that the image carries: MLflow's own schema of its version."""
    image = server_image(stack.folder, inputs)
    (container,) = command("docker", "create", image).split()
    try:
        command("docker", "cp", f"{container}:/opt/stackd/empty.db", str(target))
    finally:
        docker.docker("rm", "--force", "--volumes", container)


@contextmanager
def _s3_server() -> Iterator[S3Server]:
    project = new_project("mlflow-s3-benchmark")
    port, control = free_port(), free_port()
    files = ("--project-directory", str(ROOT), "-f", "tests/support/s3.yml", "--project-name", project)
    ports = {"TEST_S3_PORT": str(port), "TEST_FAULTS_PORT": str(control), **ROOM}
    server = S3Server(f"http://127.0.0.1:{port}", project, Faults(f"http://127.0.0.1:{control}"))
    try:
        command("docker", "compose", *files, "up", "--detach", "--no-build", environment=ports)
        until = time.monotonic() + S3_START_SECONDS
        while not server.ready():
            if time.monotonic() > until:
                raise RuntimeError(f"no S3 server in {S3_START_SECONDS} s\n{docker.logs(project, tail=50)}")
            time.sleep(0.5)
        yield server
    finally:
        docker.remove_project(project)


def _fill(stack: Stack, inputs: dict[str, str], runs: list[Run]) -> None:
    """By the stack's own door: a native database is adopted, then the empty prefix claimed by the first start."""
    say(f"{len(runs)} runs into the database")
    source = stack.folder.parent / "native"
    source.mkdir()
    empty_database(stack, inputs, source / "mlflow.db")
    population.write_rows(source / "mlflow.db", runs, "mlflow-artifacts:/")
    own(source)
    told(stack, "adopt", "--db", str(source / "mlflow.db"), "--yes")
    told(stack, "start")
    say(f"{len(runs) * population.OBJECTS_OF_A_RUN} objects into S3")
    population.upload(stack.s3, stack.bucket, stack.prefix, runs)

"""Fixtures of the integration tests. A module may override any of them; what a fixture starts, it takes away.

`s3_server` (session) is one S3 for all, `shared_stack` (session) one server in local mode for all tests that only look
or add; `new_stack` makes stacks of a test's own; `stack` is one stack for a module, not started; `s3_stack` and
`local_stack` are it, serving in a mode. Each stack has its own copy of the tree, Compose project, port, ~/.aws and
prefix. A worker of pytest-xdist has a session of its own.
"""

from __future__ import annotations

import fcntl
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from pytest_docker.plugin import Services, get_docker_services

from support import docker
from support.browser import visits
from support.images import build_inputs, build_server, compose_build
from support.s3server import Faults, S3Server
from support.stack import NewStack, Stack, StackFailedError, free_port, new_project
from support.working_copy import copy_tree

S3_START_SECONDS = 60
S3 = "the S3 server"
LOG_LINES_IN_REPORT = 200
S3_LOG_LINES_IN_REPORT = 20

# Projects that run now, whose logs a failed test shows.
running: dict[str, str] = {}


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing behind, also when interrupted: workers have ended by now, and fixtures of a killed one have not."""
    if not hasattr(config, "workerinput"):
        docker.remove_run()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add what the containers wrote to the report of a test that failed."""
    report = yield
    if report.failed:
        for project, name in running.items():
            tail = LOG_LINES_IN_REPORT if name != S3 else S3_LOG_LINES_IN_REPORT
            report.sections.append((f"containers of {name}", docker.logs(project, tail=tail)))
        for visit in visits:
            report.sections.append(("page", visit.report()))
    return report


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the working tree, from which the images are built."""
    return copy_tree(tmp_path_factory.mktemp("tree"))


@pytest.fixture(scope="session")
def images(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The images, built where they are missing or of another source; returns the build inputs as variables."""
    inputs = build_inputs()
    # One process of pytest-xdist builds; the others find what it built.
    with (tmp_path_factory.getbasetemp().parent / "images.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        compose_build(tree, "tests/support/s3.yml", inputs)
        build_server(tree, inputs)
    return inputs


@pytest.fixture(scope="session")
def docker_compose_project_name() -> str:
    """The Compose project of the S3 server.

    Its network's name sorts before those of the stacks: the engine publishes a container's ports by the first of its
    networks, and would publish them again whenever another one became first.
    """
    return new_project("mlflow-s3-test")


@pytest.fixture(scope="session")
def docker_compose_command(tree: Path) -> str:
    """Compose on the copy, for a shell; with ports of the host that stay the same whatever networks S3 joins."""
    ports = f"TEST_S3_PORT={free_port()} TEST_FAULTS_PORT={free_port()}"
    return f"{ports} docker compose --project-directory '{tree}'"


@pytest.fixture(scope="session")
def docker_compose_file(tree: Path) -> str:
    """The S3 server and its faults."""
    return str(tree / "tests/support/s3.yml")


@pytest.fixture(scope="session")
def docker_setup(images: dict[str, str]) -> list[str]:
    """Never builds: the images are there, and their inputs are not in this command's environment."""
    return ["up --detach --no-build"]


@pytest.fixture(scope="session")
def docker_cleanup() -> list[str]:
    """Nothing: `docker_services` removes by label, whatever happened."""
    return []


@pytest.fixture(scope="session")
def docker_services(
    docker_compose_command: str,
    docker_compose_file: str,
    docker_compose_project_name: str,
    docker_setup: list[str],
    docker_cleanup: list[str],
) -> Iterator[Services]:
    """pytest-docker's own, which would leave containers behind after a start that failed, and their logs unread."""
    project = docker_compose_project_name
    running[project] = S3
    try:
        with get_docker_services(
            docker_compose_command, docker_compose_file, project, docker_setup, docker_cleanup
        ) as services:
            yield services
    finally:
        del running[project]
        docker.remove_project(project)


@pytest.fixture(scope="session")
def s3_server(docker_services: Services, docker_compose_project_name: str) -> S3Server:
    """One S3 server for the session, with empty buckets `basketworld` and `otherbucket`."""
    faults = Faults(f"http://127.0.0.1:{docker_services.port_for('faults', 8334)}")
    url = f"http://127.0.0.1:{docker_services.port_for('s3', 8333)}"
    server = S3Server(url, docker_compose_project_name, faults)
    try:
        docker_services.wait_until_responsive(server.ready, timeout=S3_START_SECONDS, pause=0.5)
    except Exception as error:
        raise StackFailedError(f"S3: {error}", docker.logs(docker_compose_project_name)) from error
    return server


@pytest.fixture
def faults(s3_server: S3Server) -> Iterator[Faults]:
    """The misbehaving store, behaving; `stack.write_profile(endpoint=stack.s3.inside_faulty)` uses it."""
    s3_server.faults.clear()
    s3_server.faults.forget()
    yield s3_server.faults
    s3_server.faults.clear()


def make_stacks(folders: pytest.TempPathFactory, images: dict[str, str], s3_server: S3Server) -> Iterator[NewStack]:
    """A maker of stacks, and in the end their removal, whatever state they are in."""
    made: list[Stack] = []

    def new(*, s3: bool = True, **settings: str | None) -> Stack:
        stack = Stack(folders.mktemp("stack"), images, s3_server if s3 else None, **settings)
        made.append(stack)
        running[stack.project] = f"stack {len(running)} ({stack.project})"
        return stack

    try:
        yield new
    finally:
        for stack in made:
            del running[stack.project]
            stack.remove()


@pytest.fixture(scope="session")
def new_session_stack(
    tmp_path_factory: pytest.TempPathFactory, images: dict[str, str], s3_server: S3Server
) -> Iterator[NewStack]:
    """As `new_stack`, for fixtures of the session."""
    yield from make_stacks(tmp_path_factory, images, s3_server)


@pytest.fixture(scope="session")
def shared_stack(new_session_stack: NewStack) -> Stack:
    """One stack in local mode that always serves, for tests that look or add; no test stops or switches it."""
    stack = new_session_stack(s3=False)
    stack.up("local")
    return stack


@pytest.fixture
def new_stack(
    tmp_path_factory: pytest.TempPathFactory, images: dict[str, str], s3_server: S3Server
) -> Iterator[NewStack]:
    """Make stacks for one test: keywords are variables of .env (`MLFLOW_KEEP_COPIES="2"`), `s3=False` leaves S3 out."""
    yield from make_stacks(tmp_path_factory, images, s3_server)


@pytest.fixture(scope="module")
def new_module_stack(
    tmp_path_factory: pytest.TempPathFactory, images: dict[str, str], s3_server: S3Server
) -> Iterator[NewStack]:
    """As `new_stack`, for fixtures of a module."""
    yield from make_stacks(tmp_path_factory, images, s3_server)


@pytest.fixture(scope="module")
def stack(new_module_stack: NewStack) -> Stack:
    """One stack for the tests of a module; nothing of it runs yet."""
    return new_module_stack()


@pytest.fixture(scope="module")
def s3_stack(stack: Stack) -> Stack:
    """The module's stack, serving in S3 mode when the module begins."""
    stack.up("s3")
    return stack


@pytest.fixture(scope="module")
def local_stack(stack: Stack) -> Stack:
    """The module's stack, serving in local mode when the module begins."""
    stack.up("local")
    return stack

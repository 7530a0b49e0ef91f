"""The docker command line for tests: what belongs to a Compose project is found by its label, without its files."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import time
from typing import Any

Completed = subprocess.CompletedProcess[str]

# In the name of every project and on every container of a test run, to find what an interrupted one has left; workers
# of pytest-xdist inherit it.
RUN = os.environ.setdefault("STACK_TEST_RUN", secrets.token_hex(3))
RUN_LABEL = f"mlflow-stack.test-run={RUN}"
PROJECT_LABEL = "com.docker.compose.project"


def docker(*args: str, check: bool = True, timeout: float = 120) -> Completed:
    """Run docker with both streams captured; `timeout` in seconds.

    Raises AssertionError with the output when `check` and docker says no.
    """
    if args[0] == "run":
        args = ("run", "--label", RUN_LABEL, *args[1:])
    done = subprocess.run(["docker", *args], capture_output=True, text=True, timeout=timeout, check=False)
    assert not check or done.returncode == 0, (
        f"docker {' '.join(args)}: exit {done.returncode}\n{done.stdout}{done.stderr}"
    )
    return done


def _of_project(project: str, *kind: str) -> list[str]:
    return docker(*kind, "--filter", f"label={PROJECT_LABEL}={project}").stdout.split()


def containers(project: str, service: str | None = None, one_off: bool | None = None) -> list[str]:
    """The ids of a project's containers, running or not; `one_off` True: of `run` alone, False: of `up` alone."""
    of_service = ["--filter", f"label=com.docker.compose.service={service}"] if service else []
    of_kind = ["--filter", f"label=com.docker.compose.oneoff={one_off}"] if one_off is not None else []
    return _of_project(project, "ps", "--all", "--quiet", "--no-trunc", *of_service, *of_kind)


def inspect(container: str) -> dict[str, Any]:
    """What the engine knows of a container."""
    facts: list[dict[str, Any]] = json.loads(docker("inspect", container).stdout)
    return facts[0]


def logs(project: str, service: str | None = None, tail: int | str = "all") -> str:
    """What a project's containers wrote, each under its name; also of stopped ones."""
    text = []
    for container in containers(project, service):
        name = inspect(container)["Name"].lstrip("/")
        done = docker("logs", "--tail", str(tail), container, check=False)
        text.append(f"--- {name} ---\n{done.stdout}{done.stderr}")
    return "\n".join(text)


def image_label(image: str, label: str) -> str | None:
    """A label of a local image; None where the image is missing, "" where the label is."""
    done = docker("image", "inspect", "--format", f'{{{{index .Config.Labels "{label}"}}}}', image, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def remove_project(project: str) -> None:
    """Remove the containers, volumes and networks of a project, and nothing else.

    By label and not with `compose down`: that works after a start that failed and with files that no longer parse.
    What it does not find is no error.
    """
    if found := containers(project):
        docker("rm", "--force", "--volumes", *found, check=False)
    if volumes := _of_project(project, "volume", "ls", "--quiet"):
        docker("volume", "rm", "--force", *volumes, check=False)
    for network in _of_project(project, "network", "ls", "--quiet"):
        # An S3 server that was connected belongs to another project and stays.
        attached = docker("network", "inspect", "--format", "{{range $id, $_ := .Containers}}{{$id}} {{end}}", network)
        for container in attached.stdout.split():
            docker("network", "disconnect", "--force", network, container, check=False)
        docker("network", "rm", network, check=False)


def project_network(project: str) -> str:
    """Make the default network of a project before Compose does, which knows it by its labels; returns its name."""
    name = f"{project}_default"
    labels = (f"{PROJECT_LABEL}={project}", "com.docker.compose.network=default")
    docker("network", "create", *(f"--label={label}" for label in labels), name)
    return name


def left_of(project: str) -> list[str]:
    """The ids or names of everything of a project that is still there."""
    return [
        *containers(project),
        *_of_project(project, "volume", "ls", "--quiet"),
        *_of_project(project, "network", "ls", "--format", "{{.Name}}"),
    ]


def remove_run() -> None:
    """Remove whatever this test run has left on the engine, until nothing new comes.

    For a run that was interrupted: workers that were killed remove nothing, and a Compose that they have started may
    still make a container.
    """
    while left := _projects_of_run():
        for project in left:
            remove_project(project)
        time.sleep(1)
    if found := docker("ps", "--all", "--quiet", "--filter", f"label={RUN_LABEL}").stdout.split():
        docker("rm", "--force", "--volumes", *found, check=False)
    images = docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}").stdout.split()
    if tags := [name for name in images if f"-{RUN}-" in name]:
        docker("image", "rm", "--force", *tags, check=False)


def _projects_of_run() -> set[str]:
    listed = ("--filter", f"label={PROJECT_LABEL}", "--format", f'{{{{.Label "{PROJECT_LABEL}"}}}}')
    kinds = (("ps", "--all"), ("volume", "ls"), ("network", "ls"))
    found = {project for kind in kinds for project in docker(*kind, *listed).stdout.split()}
    return {project for project in found if f"-{RUN}-" in project}

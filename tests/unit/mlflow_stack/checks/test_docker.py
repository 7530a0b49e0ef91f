"""Whether Docker and Compose can be used, each as a whole list of findings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlflow_stack.checks.docker import DockerFacts, judge_docker, version_of
from mlflow_stack.errors import Finding

HOME = Path("/home/ada/.aws")
FINE = DockerFacts(Path("/usr/bin/docker"), "ready", "28.2.2", "2.26.1-4")
PLUGINS = ("./stack bootstrap", "sudo apt-get install docker-compose-plugin docker-buildx-plugin")


@pytest.mark.parametrize(
    ("docker", "found"),
    [
        (FINE, [Finding("docker.ready", "ok", "Docker Engine 28.2.2, Compose 2.26.1-4", "/usr/bin/docker")]),
        (
            replace(FINE, compose="v2.24.4-desktop.1"),
            [Finding("docker.ready", "ok", "Docker Engine 28.2.2, Compose v2.24.4-desktop.1", "/usr/bin/docker")],
        ),
        (
            replace(FINE, cli=None),
            [
                Finding(
                    "docker.missing",
                    "error",
                    "There is no `docker` command on PATH",
                    "PATH",
                    ("https://docs.docker.com/engine/install/",),
                )
            ],
        ),
        (
            replace(FINE, engine="off", said="refused"),
            [
                Finding(
                    "docker.off",
                    "error",
                    "Docker does not answer: refused",
                    "/usr/bin/docker",
                    ("sudo systemctl start docker",),
                )
            ],
        ),
        (
            replace(FINE, engine="off", said="refused", system="Darwin"),
            [Finding("docker.off", "error", "Docker does not answer: refused", "/usr/bin/docker", ("open -a Docker",))],
        ),
        (
            replace(FINE, engine="denied", said="Permission denied"),
            [
                Finding(
                    "docker.denied",
                    "error",
                    "This user may not talk to Docker: Permission denied",
                    "/usr/bin/docker",
                    ('sudo usermod -aG docker "$USER"', "newgrp docker"),
                )
            ],
        ),
        (
            replace(FINE, compose=""),
            [
                Finding(
                    "docker.compose-missing",
                    "error",
                    "`docker compose` is missing; 2.24.4 or newer is needed",
                    "/usr/bin/docker",
                    PLUGINS,
                )
            ],
        ),
        (
            replace(FINE, compose="2.24.3"),
            [
                Finding(
                    "docker.compose-old",
                    "error",
                    "`docker compose` is 2.24.3; 2.24.4 or newer is needed",
                    "/usr/bin/docker",
                    PLUGINS,
                )
            ],
        ),
    ],
)
def test_docker(docker: DockerFacts, found: list[Finding]) -> None:
    assert judge_docker(docker, HOME) == found


@pytest.mark.parametrize(
    ("other", "fix"),
    [
        ({"compose": "", "package_manager": "dnf"}, "sudo dnf install docker-compose-plugin docker-buildx-plugin"),
        ({"compose": "", "package_manager": ""}, "https://docs.docker.com/compose/install/linux/"),
        ({"compose": "", "system": "Darwin"}, "brew upgrade --cask docker"),
        ({"engine": "off", "systemd": False}, "sudo service docker start"),
        ({"cli": None, "system": "Darwin"}, "brew install --cask docker"),
    ],
)
def test_the_command_is_that_of_this_system(other: dict[str, Any], fix: str) -> None:
    assert judge_docker(replace(FINE, **other), HOME)[0].fix == (fix,)


@pytest.mark.parametrize(
    ("compose", "identifier"),
    [
        ("2.5.0", "docker.compose-old"),
        ("1.29.2", "docker.compose-old"),
        ("what", "docker.compose-old"),
        ("2.24.10", "docker.ready"),
        ("10.0", "docker.ready"),
    ],
)
def test_versions_are_compared_as_numbers(compose: str, identifier: str) -> None:
    assert judge_docker(replace(FINE, compose=compose))[0].id == identifier


def test_snap_matters_only_where_a_dot_folder_is_bound() -> None:
    snap = replace(FINE, cli=Path("/snap/bin/docker"))
    assert [each.id for each in judge_docker(snap, HOME)] == ["docker.snap"]
    assert [each.id for each in judge_docker(snap)] == ["docker.ready"]
    assert [each.id for each in judge_docker(snap, Path("/srv/aws"))] == ["docker.ready"]
    assert [each.id for each in judge_docker(replace(FINE, cli=Path("/home/snapper/docker")), HOME)] == ["docker.ready"]


@pytest.mark.parametrize(("text", "version"), [("v2.24.4-desktop.1", (2, 24, 4)), ("2.30", (2, 30, 0)), ("", ())])
def test_versions(text: str, version: tuple[int, ...]) -> None:
    assert version_of(text) == version

"""The rows of the table "given | gets" that need no server, each as a whole list of findings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlflow_stack.findings import Finding
from mlflow_stack.host import Docker, Folder, Host, Port
from mlflow_stack.preflight import judge_docker, judge_host, judge_port, version_of

FINE = Docker(Path("/usr/bin/docker"), "ready", "28.2.2", "2.26.1-4")
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
def test_docker(docker: Docker, found: list[Finding]) -> None:
    assert judge_docker(docker, mode_needs_home=True) == found


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
    assert judge_docker(replace(FINE, **other), mode_needs_home=True)[0].fix == (fix,)


def test_snap_matters_only_where_a_dot_folder_is_bound() -> None:
    snap = replace(FINE, cli=Path("/snap/bin/docker"))
    assert [each.id for each in judge_docker(snap, mode_needs_home=True)] == ["docker.snap"]
    assert [each.id for each in judge_docker(snap, mode_needs_home=False)] == ["docker.ready"]


@pytest.mark.parametrize(("text", "version"), [("v2.24.4-desktop.1", (2, 24, 4)), ("2.30", (2, 30, 0)), ("", ())])
def test_versions(text: str, version: tuple[int, ...]) -> None:
    assert version_of(text) == version


@pytest.mark.parametrize(
    ("port", "system", "finding"),
    [
        (Port(False), "Linux", Finding("port.taken", "ok", "Port 5000 of 127.0.0.1 is free", "5000")),
        (
            Port(True, "nginx (process 7)"),
            "Linux",
            Finding(
                "port.taken",
                "error",
                "Port 5000 of 127.0.0.1 is taken by nginx (process 7)",
                "5000",
                ("MLFLOW_PORT=5001",),
            ),
        ),
        (
            Port(True),
            "Linux",
            Finding("port.taken", "error", "Port 5000 of 127.0.0.1 is taken", "5000", ("MLFLOW_PORT=5001",)),
        ),
        (
            Port(True, "x", ours=True),
            "Linux",
            Finding("port.taken", "ok", "Port 5000 is held by this stack's own container", "5000"),
        ),
        (
            Port(None),
            "Linux",
            Finding(
                "port.taken",
                "unknown",
                "Whether port 5000 is free could not be found out: this user may not try",
                "5000",
            ),
        ),
        (
            Port(None, bindable=False),
            "Linux",
            Finding(
                "settings.value",
                "error",
                "MLFLOW_BIND=127.0.0.1 is no address of this host",
                "MLFLOW_BIND",
                ("MLFLOW_BIND=127.0.0.1",),
            ),
        ),
    ],
)
def test_port(settings, port: Port, system: str, finding: Finding) -> None:
    assert judge_port(port, settings(), system) == finding


def test_airplay(settings) -> None:
    assert "AirPlay" in judge_port(Port(True), settings(), "Darwin").text
    assert "AirPlay" not in judge_port(Port(True), settings(ports__0__published="5001"), "Darwin").text


def test_the_host(settings) -> None:
    host = Host(
        port=Port(False),
        aws=None,
        folders=(Folder(Path("/repo/mlartifacts"), True), Folder(Path("/repo/backups"), False)),
        files=(("BUILD_CA_BUNDLE", Folder(Path("/gone.pem"), False)),),
        native_database=True,
        volume=False,
    )
    assert judge_host(host, settings()) == [
        Finding(
            "host.folder-missing",
            "error",
            "The folder backups is missing; it belongs to the repository, and Docker would make it owned by root",
            "backups",
            ("mkdir backups",),
        ),
        Finding(
            "settings.value",
            "error",
            "BUILD_CA_BUNDLE names a file that does not exist: /gone.pem",
            "BUILD_CA_BUNDLE",
            ("BUILD_CA_BUNDLE=",),
        ),
        Finding("port.taken", "ok", "Port 5000 of 127.0.0.1 is free", "5000"),
        Finding(
            "adopt.waiting",
            "info",
            "There is an mlflow.db in this folder, and the stack's own database is empty: its runs can be taken over",
            "mlflow.db",
            ("./stack adopt --db mlflow.db",),
        ),
    ]


@pytest.mark.parametrize("volume", [True, None])
def test_no_word_of_adopting_where_the_volume_may_hold_runs(settings, volume: bool | None) -> None:
    host = Host(port=None, aws=None, folders=(), files=(), native_database=True, volume=volume)
    assert judge_host(host, settings()) == []

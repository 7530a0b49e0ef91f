"""The rows of the table "given | gets" that need no server, each as a whole list of findings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlflow_stack.findings import Finding
from mlflow_stack.host import Docker, Folder, Host, Port
from mlflow_stack.preflight import RULES, judge_docker, judge_host, judge_port, judge_settings, rule_of, version_of
from mlflow_stack.settings import value_at

FINE = Docker(Path("/usr/bin/docker"), "ready", "28.2.2", "2.26.1-4")
PLUGINS = ("sudo apt-get install docker-compose-plugin docker-buildx-plugin", "./stack bootstrap")


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


def test_snap_matters_only_where_a_dot_folder_is_bound() -> None:
    snap = replace(FINE, cli=Path("/snap/bin/docker"))
    assert [each.id for each in judge_docker(snap, mode_needs_home=True)] == ["docker.snap"]
    assert [each.id for each in judge_docker(snap, mode_needs_home=False)] == ["docker.ready"]


@pytest.mark.parametrize(
    ("place", "value", "text"),
    [
        ("ports__0__published", "70000", "MLFLOW_PORT=70000 is not allowed: a number from 1 to 65535"),
        ("ports__0__published", "abc", "MLFLOW_PORT=abc is not allowed: a number from 1 to 65535"),
        ("ports__0__published", "0", "MLFLOW_PORT=0 is not allowed: a number from 1 to 65535"),
        (
            "ports__0__host_ip",
            "everywhere",
            "MLFLOW_BIND=everywhere is not allowed: an address of this host such as 127.0.0.1",
        ),
        (
            "environment__STACK_ARTIFACTS_DESTINATION",
            "basketworld/x",
            "MLFLOW_S3_URI=basketworld/x is not allowed: s3://BUCKET or s3://BUCKET/PREFIX",
        ),
        (
            "environment__STACK_ARTIFACTS_DESTINATION",
            "s3://",
            "MLFLOW_S3_URI=s3:// is not allowed: s3://BUCKET or s3://BUCKET/PREFIX",
        ),
        (
            "environment__AWS_PROFILE",
            "[b w]",
            "MLFLOW_AWS_PROFILE=[b w] is not allowed: the name of a profile, without blanks or brackets",
        ),
        (
            "environment__STACK_AWS_REGION",
            "US West",
            "MLFLOW_AWS_REGION=US West is not allowed: a region such as us-west-1",
        ),
        (
            "environment__STACK_S3_READABLE",
            "s3://a-b,c",
            "MLFLOW_S3_READABLE=s3://a-b,c is not allowed: s3://… prefixes between commas",
        ),
        (
            "environment__MLFLOW_S3_UPLOAD_EXTRA_ARGS",
            "{'a'",
            "MLFLOW_S3_UPLOAD_EXTRA_ARGS=(a value that is not shown) is not allowed: a JSON object",
        ),
        (
            "environment__MLFLOW_S3_EXPECTED_BUCKET_OWNER",
            "12",
            "MLFLOW_S3_EXPECTED_BUCKET_OWNER=12 is not allowed: an account of 12 digits",
        ),
        ("environment__STACK_WORKERS", "two", "MLFLOW_SERVER_WORKERS=two is not allowed: a number from 1 to 64"),
        (
            "environment__STACK_EXTRA_HOSTS",
            "ok.example,not ok",
            "MLFLOW_EXTRA_HOSTS=ok.example,not ok is not allowed: host names between commas",
        ),
        ("environment__STACK_OPEN_TO_NETWORK", "true", "MLFLOW_OPEN_TO_NETWORK=true is not allowed: yes, or empty"),
        ("environment__STACK_AUTH", "basic", "MLFLOW_AUTH=basic is not allowed: basic-auth, or empty"),
        ("environment__STACK_KEEP_COPIES", "many", "MLFLOW_KEEP_COPIES=many is not allowed: a number from 1 to 1000"),
        ("mem_limit", "1048576", "MLFLOW_MEMORY=1048576 is not allowed: 512m or more"),
    ],
)
def test_a_typo_names_variable_value_and_what_is_allowed_and_its_fix_mends_it(
    settings, place: str, value: str, text: str
) -> None:
    [finding] = judge_settings(settings("s3", **{place: value}))
    variable, _, example = finding.fix[0].partition("=")
    assert finding == Finding("settings.value", "error", text, variable, (f"{variable}={example}",))
    if variable != "MLFLOW_MEMORY":  # Compose turns 4g into bytes.
        assert judge_settings(settings("s3", **{place: example}))[0].level == "ok"


def test_every_rule_has_a_healthy_case(settings) -> None:
    ok = [Finding("settings.value", "ok", "Every setting is allowed", ".env")]
    assert judge_settings(settings("s3")) == ok
    assert judge_settings(settings("local")) == ok


def test_local_mode_does_not_read_settings_of_s3(settings) -> None:
    assert judge_settings(settings("local", environment__AWS_PROFILE="[bad]"))[0].level == "ok"


@pytest.mark.parametrize(
    ("other", "ids"),
    [
        ({}, ["publish.open"]),
        ({"environment__STACK_OPEN_TO_NETWORK": "yes"}, ["settings.value"]),
        ({"environment__STACK_AUTH": "basic-auth"}, ["settings.value"]),
    ],
)
def test_another_bind_without_logins_has_to_be_said_by_name(settings, other: dict[str, str], ids: list[str]) -> None:
    assert [each.id for each in judge_settings(settings("local", ports__0__host_ip="0.0.0.0", **other))] == ids


def test_every_rule_names_a_place_of_the_config(settings) -> None:
    config = settings("s3").config
    for rule in RULES:
        found: Any = config["services"]["mlflow"]
        assert value_at(found, rule.path) or rule.path.split(".")[-1] in found["environment"], rule.variable


def test_the_place_in_an_error_of_compose() -> None:
    rule = rule_of("services[mlflow].mem_limit")
    assert rule is not None
    assert rule.variable == "MLFLOW_MEMORY"
    assert rule_of("services[mlflow].nothing") is None


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

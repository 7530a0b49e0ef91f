"""Port, folders, files, ~/.aws, names in .env: each as a whole list of findings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mlflow_stack.checks.aws_profile import AwsFolder, judge_aws
from mlflow_stack.checks.host import Host, Port, judge_host, judge_names, judge_port, port_number
from mlflow_stack.errors import Finding

FREE = Finding("port.taken", "ok", "Port 5000 of 127.0.0.1 is free", "5000")
AWS = Path("/home/ada/.aws")


def taken(by: str) -> Finding:
    return Finding("port.taken", "error", f"Port 5000 of 127.0.0.1 is taken{by}", "5000", ("MLFLOW_PORT=5001",))


@pytest.mark.parametrize(
    ("port", "finding"),
    [
        (Port(False), FREE),
        (Port(True, "nginx (process 7)"), taken(" by nginx (process 7)")),
        (Port(True), taken("")),
        (
            Port(True, "x", ours=True),
            Finding("port.taken", "ok", "Port 5000 is held by this stack's own container", "5000"),
        ),
        (
            Port(None),
            Finding("port.taken", "unknown", "Whether port 5000 is free is unknown: this user may not try", "5000"),
        ),
        (
            Port(None, bindable=False),
            Finding(
                "settings.value",
                "error",
                "MLFLOW_BIND=127.0.0.1 is no address of this host",
                "MLFLOW_BIND",
                ("MLFLOW_BIND=127.0.0.1",),
            ),
        ),
        (
            None,
            Finding(
                "settings.value",
                "error",
                "MLFLOW_PORT=5000 is not allowed: it takes a number from 1 to 65535",
                "MLFLOW_PORT",
                ("MLFLOW_PORT=5000",),
            ),
        ),
    ],
)
def test_port(settings: Any, port: Port | None, finding: Finding) -> None:
    assert judge_port(port, settings(), "Linux") == finding


def test_the_port_that_is_proposed_exists(settings: Any) -> None:
    last = settings(ports__0__published="65535")
    assert judge_port(Port(True), last, "Linux").fix == ("MLFLOW_PORT=65534",)


def test_airplay(settings: Any) -> None:
    assert "AirPlay" in judge_port(Port(True), settings(), "Darwin").text
    assert "AirPlay" not in judge_port(Port(True), settings(ports__0__published="5001"), "Darwin").text


@pytest.mark.parametrize(
    ("text", "number"),
    [("5000", 5000), ("1", 1), ("65535", 65535), ("0", None), ("65536", None), ("abc", None), ("٢", None)],
)
def test_what_is_a_port(text: str, number: int | None) -> None:
    assert port_number(text) == number


def test_the_host(settings: Any) -> None:
    host = Host(
        port=Port(False),
        missing_folders=("backups",),
        missing_files=(("BUILD_CA_BUNDLE", Path("/gone.pem")),),
        native_database=True,
        volume=False,
    )
    lost = "The folder backups is missing; it belongs to the repository, and Docker would create it owned by root"
    file = "BUILD_CA_BUNDLE names a file that does not exist: /gone.pem"
    waits = "There is an mlflow.db in this folder, and the stack's own database is empty: its runs can be taken over"
    assert judge_host(host, settings()) == [
        Finding("host.folder-missing", "error", lost, "backups", ("mkdir backups",)),
        Finding("settings.value", "error", file, "BUILD_CA_BUNDLE", ("BUILD_CA_BUNDLE=",)),
        FREE,
        Finding("adopt.waiting", "info", waits, "mlflow.db", ("./stack adopt --db mlflow.db",)),
    ]


@pytest.mark.parametrize("volume", [True, None])
def test_no_word_of_adopting_where_the_volume_may_hold_runs(settings: Any, volume: bool | None) -> None:
    assert judge_host(Host(port=Port(False), native_database=True, volume=volume), settings()) == [FREE]


@pytest.mark.parametrize(
    ("folder", "level", "identifier"),
    [
        (AwsFolder(AWS, exists=True, profiles=frozenset({"basketworld"})), "ok", "aws.profile"),
        (AwsFolder(AWS, exists=True, profiles=None), "unknown", "aws.profile"),
        (AwsFolder(AWS, exists=True, profiles=frozenset({"other"})), "error", "aws.profile-missing"),
        (AwsFolder(AWS, exists=False), "error", "aws.folder-missing"),
    ],
)
def test_folder_and_profile(folder: AwsFolder, level: str, identifier: str) -> None:
    found = judge_aws(folder, "basketworld")
    assert (found.level, found.id) == (level, identifier)
    if level == "error":
        block = "# /home/ada/.aws/credentials\n[basketworld]\naws_access_key_id = …\naws_secret_access_key = …"
        assert found.fix == (block, "# or without AWS:\n./stack start --disable-s3")


KNOWN = frozenset({"MLFLOW_PORT", "MLFLOW_EXTRA_HOSTS", "AWS_DIR"})


def test_names_that_nothing_reads() -> None:
    """Five of them were "every setting is allowed"."""
    given = (
        "MLFLOW_PORT",
        "COMPOSE_PROFILES",
        "DOCKER_HOST",
        "AWS_DIR",
        "MLFLOW_EXTRA_HOST",
        "FOO",
        "AWS_SECRET_ACCESS_KEY",
    )
    close, other, key = judge_names(given, KNOWN)
    assert (close.level, close.text) == (
        "warning",
        "Nothing reads MLFLOW_EXTRA_HOST in .env; did you mean MLFLOW_EXTRA_HOSTS?",
    )
    assert (other.level, other.text) == ("warning", "Nothing reads FOO in .env")
    assert (key.level, key.where) == ("error", "AWS_SECRET_ACCESS_KEY")
    assert "a credential stays in ~/.aws" in key.text

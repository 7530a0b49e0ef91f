"""What the wrapper refuses before it touches anything: which exit code, what it says, and that its fix works."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support import docker
from support.s3server import WRITER
from support.stack import NewStack, Stack
from support.working_copy import own
from support.wrapped import Told, told

LOCAL = "./stack start --disable-s3"
# Every verb that needs Docker, as one types it.
VERBS = (
    ("start",),
    ("stop",),
    ("restart",),
    ("status",),
    ("logs",),
    ("smoke",),
    ("doctor",),
    ("destroy", "--yes"),
    ("adopt", "--claim", "--yes"),
    ("upgrade", "--yes"),
)


@pytest.fixture(scope="module")
def stack(new_module_stack: NewStack) -> Stack:
    """One that is never started: preflight is what is asked here."""
    return new_module_stack(s3=False)


@pytest.fixture(autouse=True)
def nothing_is_made(stack: Stack) -> Iterator[None]:
    """Otherwise "it did not start" leaves half a stack, or a ~/.aws that belongs to root."""
    before = [path.name for path in stack.folder.parent.iterdir()]
    yield
    # A look through the image leaves a network without anything in it, as any `docker compose run` does.
    assert [name for name in docker.left_of(stack.project) if not name.endswith("_default")] == []
    assert [path.name for path in stack.folder.parent.iterdir()] == before
    stack.write_profile()


def refused(stack: Stack, identifier: str, code: int = 2) -> dict[str, Any]:
    """The one error of `start`; what it says is the same in text."""
    said = told(stack, "start", code=code)
    assert said.ids("error") == [identifier], said
    finding = said.finding(identifier)
    in_text = stack.wrapper("start")
    assert in_text.returncode == code
    assert in_text.stdout == ""
    for line in (finding["text"], *finding["fix"]):
        assert all(part in in_text.stderr for part in line.splitlines()), in_text.stderr
    return finding


def gone(stack: Stack, identifier: str) -> None:
    """What was fixed is no error any more. `start` is asked, which another error keeps from starting."""
    stack.configure(MLFLOW_PORT=str(stack.port))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", stack.port))
        listener.listen()
        said = told(stack, "start", code=2)
    assert "port.taken" in said.ids("error")
    assert identifier not in said.ids("error", "unknown"), said


def type_blocks(finding: dict[str, Any]) -> list[Path]:
    """Write the files that a fix shows, with keys for its dots; which they were."""
    written = []
    for block in finding["fix"]:
        head, _, text = block.partition("\n")
        if head.startswith("# /"):
            path = Path(head.removeprefix("# "))
            for dots in (WRITER.access_key, WRITER.secret_key):
                text = text.replace("…", dots, 1)
            path.parent.mkdir(mode=0o700, exist_ok=True)
            path.write_text(text + "\n", encoding="utf-8")
            written.append(path)
    return written


def test_no_aws_folder(new_stack: NewStack, tmp_path: Path) -> None:
    """The first thing a new user meets: everything to type is there, and nothing is made for him."""
    stack = new_stack(s3=False, AWS_DIR=None)
    home = {"HOME": str(tmp_path), "DOCKER_CONFIG": os.environ.get("DOCKER_CONFIG", str(Path.home() / ".docker"))}
    said = told(stack, "start", code=2, **home)
    finding = said.finding("aws.folder-missing")
    assert finding["where"] == str(tmp_path / ".aws")
    assert "basketworld" in finding["text"]
    assert LOCAL in finding["fix"][-1]
    assert list(tmp_path.iterdir()) == []
    assert [name for name in docker.left_of(stack.project) if not name.endswith("_default")] == []
    assert type_blocks(finding) == [tmp_path / ".aws" / "credentials"]
    own(tmp_path / ".aws")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", stack.port))
        listener.listen()
        assert told(stack, "start", code=2, **home).ids("error") == ["port.taken"]


def test_no_such_profile(stack: Stack) -> None:
    stack.write_profile(profile="another")
    finding = refused(stack, "aws.profile-missing")
    assert finding["where"] == "basketworld"
    assert str(stack.aws / "credentials") in finding["text"]
    assert "[basketworld]" in finding["fix"][0]
    assert LOCAL in finding["fix"][-1]
    type_blocks(finding)
    own(stack.aws)
    gone(stack, "aws.profile-missing")


@pytest.mark.parametrize("text", ["[basketworld]\naws_access_key_id = AKIA\n", "[basketworld\naws_access_key_id\n"])
def test_half_written_credentials(stack: Stack, text: str) -> None:
    (stack.aws / "credentials").write_text(text, encoding="utf-8")
    finding = refused(stack, "aws.credentials-broken")
    assert LOCAL in finding["fix"]
    assert "AKIA" not in str(finding)


def test_credentials_that_their_owner_may_not_read(stack: Stack) -> None:
    """As whom the server runs: root in the container reads no more than he does."""
    (stack.aws / "credentials").chmod(0)
    finding = refused(stack, "aws.credentials-unreadable")
    assert finding["where"] == "~/.aws/credentials"
    assert "chown" in finding["fix"][0]
    (stack.aws / "credentials").chmod(0o600)
    gone(stack, "aws.credentials-unreadable")


def test_a_taken_port(stack: Stack) -> None:
    """And who holds it: this process."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", stack.port))
        listener.listen()
        finding = refused(stack, "port.taken")
    assert finding["where"] == str(stack.port)
    assert f"(process {os.getpid()})" in finding["text"]
    assert finding["fix"] == [f"MLFLOW_PORT={stack.port + 1}"]


def test_typos_that_compose_lets_through_are_all_named_at_once(stack: Stack) -> None:
    """With one at a time it takes four tries to start."""
    wrong = {
        "MLFLOW_PORT": "70000",
        "MLFLOW_S3_URI": "basketworld/mlflow",
        "MLFLOW_SERVER_WORKERS": "two",
        "MLFLOW_BIND": "0.0.0.0.",
    }
    right = {"MLFLOW_PORT": str(stack.port), "MLFLOW_S3_URI": f"s3://{stack.bucket}/{stack.prefix}"}
    stack.configure(**wrong)
    try:
        said = told(stack, "start", code=2)
        found = {each["where"]: each for each in said.findings if each["level"] == "error"}
        assert found.keys() == wrong.keys()
        for variable, finding in found.items():
            assert finding["id"] == "settings.value"
            assert finding["text"].startswith(f"{variable}={wrong[variable]} is not allowed: ")
        stack.configure(**dict(finding["fix"][0].split("=", 1) for finding in found.values()))
        gone(stack, "settings.value")
    finally:
        stack.configure(**right, MLFLOW_SERVER_WORKERS=None, MLFLOW_BIND=None)


def test_a_typo_that_compose_refuses_is_named_too(stack: Stack) -> None:
    stack.configure(MLFLOW_MEMORY="lots")
    try:
        finding = refused(stack, "settings.compose")
        assert finding["where"] == "MLFLOW_MEMORY"
        assert "lots" in finding["text"]
    finally:
        stack.configure(MLFLOW_MEMORY=None)


def test_an_address_of_the_network_without_logins_has_to_be_said_by_name(stack: Stack) -> None:
    stack.configure(MLFLOW_BIND="0.0.0.0")
    try:
        finding = refused(stack, "publish.open")
        assert "MLFLOW_OPEN_TO_NETWORK=yes" in finding["fix"]
    finally:
        stack.configure(MLFLOW_BIND=None)


def test_an_extra_file_that_changes_the_server(stack: Stack, tmp_path: Path) -> None:
    """Otherwise two people with one checkout have two servers that differ, and neither knows."""
    extra = tmp_path / "extra.yml"
    extra.write_text("services:\n  mlflow:\n    mem_limit: 1g\n    restart: always\n", encoding="utf-8")
    said = told(stack, "--file", str(extra), "start", code=2)
    finding = said.finding("usage.extra-file")
    assert finding["text"] == "An extra Compose file may not change services.mlflow.restart"
    assert finding["where"] == str(extra)


@pytest.mark.parametrize("verb", ["restart", "smoke", "logs"])
def test_a_verb_without_a_container(stack: Stack, verb: str) -> None:
    assert told(stack, verb, code=2).finding("usage.no-container")["fix"] == ["./stack start", LOCAL]


def test_nothing_to_stop_or_destroy_is_no_error(stack: Stack) -> None:
    assert told(stack, "stop").envelope["was_running"] is False
    assert told(stack, "destroy").envelope["done"] is False
    assert told(stack, "status", code=1).envelope["health"] == "absent"


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb[0])
def test_docker_off(stack: Stack, verb: tuple[str, ...]) -> None:
    said: Told = told(stack, *verb, code=3, DOCKER_HOST="unix:///nonexistent")
    finding = said.finding("docker.off")
    assert said.envelope["command"] == verb[0]
    assert finding["fix"][0].startswith(("sudo s", "open "))


def test_no_docker_at_all(stack: Stack) -> None:
    assert told(stack, "start", code=3, PATH="/nonexistent").finding("docker.missing")["where"] == "PATH"

"""Resolved settings, a container and a listener to build on; nothing here touches Docker."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mlflow_stack.compose import Files, Mode
from mlflow_stack.engine import Container, Image, Memory
from mlflow_stack.errors import CommandFailed
from mlflow_stack.host import Port
from mlflow_stack.image import source_hash
from mlflow_stack.outcome import Outcome
from mlflow_stack.settings import Settings
from mlflow_stack.stack import Stack

Put = Callable[..., Settings]


def resolved(mode: Mode, **places: Any) -> dict[str, Any]:
    """What `docker compose config --format json` prints, as far as the wrapper reads it; `places`: `at__a__b=value`."""
    s3 = mode == "s3"
    environment = {
        "STACK_MODE": mode,
        "STACK_ARTIFACTS_DESTINATION": "s3://basketworld/mlflow-artifacts" if s3 else "/mlartifacts",
        "STACK_WORKERS": "2",
        "STACK_EXTRA_HOSTS": "",
        "STACK_OPEN_TO_NETWORK": "",
        "STACK_AUTH": "",
        "STACK_KEEP_COPIES": "5",
        "STACK_PROMETHEUS": "",
    }
    if s3:
        environment |= {
            "AWS_PROFILE": "basketworld",
            "STACK_AWS_REGION": "us-west-1",
            "STACK_S3_READABLE": "",
            "STACK_BACKUPS_S3_URI": "",
            "MLFLOW_S3_UPLOAD_EXTRA_ARGS": "",
            "MLFLOW_S3_EXPECTED_BUCKET_OWNER": "",
        }
    volumes = [
        {"type": "volume", "source": "data", "target": "/data"},
        {"type": "bind", "source": "/repo/mlartifacts", "target": "/mlartifacts"},
    ]
    if s3:
        volumes.append({"type": "bind", "source": "/home/ada/.aws", "target": "/home/mlflow/.aws", "read_only": True})
    service: dict[str, Any] = {
        "image": "mlflow-stack/server:3.17.2",
        "build": {"args": {"PYTHON_IMAGE": "python:3.13.9-slim-trixie"}},
        "environment": environment,
        "mem_limit": "4294967296",
        "ports": [{"host_ip": "127.0.0.1", "published": "5000", "target": 5000}],
        "volumes": volumes,
    }
    config: dict[str, Any] = {
        "name": "mlflow-stack",
        "services": {"mlflow": service},
        "volumes": {"data": {"name": "mlflow-stack_data"}, "spool": {"name": "mlflow-stack_spool"}},
        "networks": {"default": {"name": "mlflow-stack_default"}},
        "secrets": {"ca_bundle": {"file": "/dev/null"}, "admin_password": {"file": "/dev/null"}},
    }
    for place, value in places.items():
        *path, last = place.split("__")
        found: Any = config if path and path[0] in config else service
        for key in path:
            found = found[int(key)] if isinstance(found, list) else found[key]
        found[last] = value
    return config


@pytest.fixture
def settings() -> Put:
    """`settings("s3", ports__0__published="abc")`."""

    def put(mode: Mode = "local", **places: Any) -> Settings:
        return Settings(mode, resolved(mode, **places))

    return put


@pytest.fixture
def container() -> Callable[..., Container]:
    """A running server in local mode, but for what is given."""

    def put(**other: Any) -> Container:
        usual: dict[str, Any] = {
            "id": "c1",
            "name": "mlflow-stack-mlflow-1",
            "state": "running",
            "health": "healthy",
            "mode": "local",
            "image_id": "sha256:1",
            "image_name": "mlflow-stack/server:3.17.2",
            "image_source": "hash",
            "config_hash": "confighash",
            "started_at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
            "restarts": 0,
            "exit_code": 0,
            "published": ("127.0.0.1", "5000"),
        }
        return Container(**(usual | other))

    return put


@dataclass
class Heard:
    """Collects progress."""

    steps: list[str] = field(default_factory=list)
    commands: list[tuple[str, ...]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    amounts: list[tuple[int, int | None, str, str]] = field(default_factory=list)

    def step(self, text: str) -> None:
        self.steps.append(text)

    def command(self, argv: Sequence[str]) -> None:
        self.commands.append(tuple(argv))

    def line(self, text: str) -> None:
        self.lines.append(text)

    def amount(self, done: int, total: int | None, unit: str, label: str) -> None:
        self.amounts.append((done, total, unit, label))


@pytest.fixture
def heard() -> Heard:
    """A listener."""
    return Heard()


class Scripted:
    """Stands in for the runner: answers by the words of the argv, and remembers what was run.

    `answers`: words that an argv holds → an Outcome, its stdout, or something to raise or call. The newest counts.
    """

    def __init__(self, configs: dict[str, dict[str, Any]]) -> None:
        self.ran: list[str] = []
        self.interrupts = 0
        self.answers: dict[str, Any] = {
            "compose version": "2.26.1\n",
            "buildx version": "github.com/docker/buildx v0.13.1\n",
            "pip config": Outcome((), 1, "", "", 0.0),
            "docker-compose.yml config --format json": json.dumps(configs["s3"]),
            "docker-compose.local.yml config --format json": json.dumps(configs["local"]),
        }

    def _answer(self, argv: Sequence[str]) -> Outcome:
        line = " ".join(argv)
        for words, answer in reversed(self.answers.items()):
            if words in line:
                found = answer() if callable(answer) else answer
                if isinstance(found, BaseException):
                    raise found
                if isinstance(found, Outcome):
                    return Outcome(tuple(argv), found.exit, found.out, found.err, found.elapsed)
                return Outcome(tuple(argv), 0, str(found), "", 0.1)
        return Outcome(tuple(argv), 0, "", "", 0.1)

    def query(self, argv: Sequence[str], timeout: float | None = None) -> Outcome:
        return self._answer(argv)

    def act(self, argv: Sequence[str], timeout: float | None = None) -> Outcome:
        self.ran.append(" ".join(argv))
        outcome = self._answer(argv)
        if outcome.exit:
            raise CommandFailed(outcome)
        return outcome

    def stream(self, argv: Sequence[str], on_out: Callable[[str], None], on_err: Callable[[str], None]) -> Outcome:
        self.ran.append(" ".join(argv))
        outcome = self._answer(argv)
        for line in outcome.out.splitlines():
            on_out(line)
        return outcome

    def interrupt(self) -> None:
        self.interrupts += 1


class Engine:
    """Stands in for Docker's engine. `containers` are given one by one, the last one for good."""

    def __init__(self) -> None:
        self.containers: list[Container | None] = [None]
        self.images: dict[str, Image] = {}
        self.volumes: set[str] = set()
        self.left: list[list[str]] = []

    def container(self, project: str) -> Container | None:
        return self.containers.pop(0) if len(self.containers) > 1 else self.containers[0]

    def image(self, reference: str) -> Image | None:
        return self.images.get(reference)

    def tags(self, repository: str) -> list[str]:
        return list(self.images)

    def one_offs(self, project: str, verb: str) -> list[str]:
        return self.left.pop(0) if self.left else []

    def has_volume(self, name: str) -> bool:
        return name in self.volumes

    def publisher_of(self, port: str) -> str | None:
        return None

    def memory(self, container: Container) -> Memory | None:
        return Memory(200 * 1024**2, 4 * 1024**3)

    def logs(self, container: Container) -> str:
        return "2026 it went wrong\n"


@dataclass
class Bench:
    """A stack on a scripted runner and engine, in a folder of its own with a current image."""

    stack: Stack
    runner: Scripted
    engine: Engine
    heard: Heard


@pytest.fixture
def bench(tmp_path: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Docker is fine, the image current, the port free, ~/.aws complete."""
    aws = tmp_path / "aws"
    for name in ("mlflow", "mlartifacts", "backups", "aws"):
        (tmp_path / name).mkdir()
    (aws / "credentials").write_text("[basketworld]\naws_access_key_id=AKIA\naws_secret_access_key=s\n")
    monkeypatch.setattr("mlflow_stack.stack.engine_state", lambda: ("ready", "28.2.2"))
    monkeypatch.setattr("mlflow_stack.host.docker_cli", lambda: Path("/usr/bin/docker"))
    monkeypatch.setattr("mlflow_stack.host.system", lambda: "Linux")
    monkeypatch.setattr("mlflow_stack.host.read_port", lambda bind, port: Port(False))
    configs = {"s3": resolved("s3"), "local": resolved("local")}
    configs["s3"]["services"]["mlflow"]["volumes"][-1]["source"] = str(aws)
    runner, engine = Scripted(configs), Engine()
    engine.images["mlflow-stack/server:3.17.2"] = Image("sha256:1", source_hash(tmp_path / "mlflow"), 400 * 1024**2)
    stack = Stack(tmp_path, Files(), heard)
    monkeypatch.setattr(stack, "runner", runner)
    stack.__dict__["engine"] = engine
    return Bench(stack, runner, engine, heard)


def said(*events: dict[str, Any]) -> str:
    """stdout of a verb of the image."""
    return "\n".join(json.dumps(event) for event in events)


@pytest.fixture
def image_says() -> Callable[..., str]:
    """Events → stdout."""
    return said

"""Resolved settings, a container, and a stack on a scripted runner and engine; nothing here touches Docker."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mlflow_stack.checks.docker import DockerFacts
from mlflow_stack.checks.host import Port
from mlflow_stack.engine.argv import Compose
from mlflow_stack.engine.containers import Container, Image
from mlflow_stack.engine.image import source_hash
from mlflow_stack.engine.process import Outcome
from mlflow_stack.engine.stack import Stack
from mlflow_stack.settings import Mode, Settings
from mlflow_stack.verbs.plan import Question, Session

IMAGE = "mlflow-stack/server:3.17.2"
REPO = Path(__file__).resolve().parents[3]


def resolved(mode: Mode, **places: Any) -> dict[str, Any]:
    """What `docker compose config --format json` prints, as far as the wrapper reads it; `places`: `at__a__b=value`."""
    s3 = mode == "s3"
    environment = {"STACK_ARTIFACTS_DESTINATION": "s3://basketworld/mlflow-artifacts" if s3 else "/mlartifacts"}
    environment |= {"STACK_EXTRA_HOSTS": "", **({"AWS_PROFILE": "basketworld"} if s3 else {})}
    volumes = [{"type": "volume", "source": "data", "target": "/data"}]
    if s3:
        volumes.append({"type": "bind", "source": "/home/ada/.aws", "target": "/home/mlflow/.aws"})
    service: dict[str, Any] = {
        "image": IMAGE,
        "build": {"args": {"PYTHON_IMAGE": "python:3.13.9-slim-trixie"}},
        "environment": environment,
        "labels": {"mlflow-stack.mode": mode},
        "ports": [{"host_ip": "127.0.0.1", "published": "5000", "target": 5000}],
        "volumes": volumes,
    }
    config: dict[str, Any] = {
        "name": "mlflow-stack",
        "services": {"mlflow": service},
        "volumes": {"data": {"name": "mlflow-stack_data"}, "spool": {"name": "mlflow-stack_spool"}},
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
def settings() -> Callable[..., Settings]:
    """`settings("s3", ports__0__published="abc")`."""
    return lambda mode="local", **places: Settings.read(mode, resolved(mode, **places))


@pytest.fixture
def container() -> Callable[..., Container]:
    """A running server in local mode, but for what is given."""

    def put(**other: Any) -> Container:
        usual: dict[str, Any] = {
            "id": "c1",
            "name": "mlflow-stack-mlflow-1",
            "state": "running",
            "mode": "local",
            "image_id": "sha256:1",
            "image_name": IMAGE,
            "config_hash": "confighash",
            "started_at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
            "exit_code": 0,
            "published": ("127.0.0.1", "5000"),
        }
        return Container(**(usual | other))

    return put


@dataclass
class Heard:
    """Collects progress."""

    steps: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    amounts: list[tuple[int, int | None, str, str]] = field(default_factory=list)

    def step(self, text: str) -> None:
        self.steps.append(text)

    def command(self, argv: Sequence[str]) -> None:
        self.commands.append(" ".join(argv))

    def line(self, text: str) -> None:
        self.lines.append(text)

    def amount(self, done: int, total: int | None, unit: str, label: str) -> None:
        self.amounts.append((done, total, unit, label))


class Scripted:
    """Stands in for the runner: answers by the words of the argv, and remembers what was run and what went to stdin.

    `answers`: words that an argv holds → an Outcome, its stdout, something to raise, or a function that gives one of
    them. The newest counts.
    """

    def __init__(self, configs: dict[str, dict[str, Any]]) -> None:
        self.ran: list[str] = []
        self.asked: list[str] = []
        self.replies: list[str] = []
        self.interrupts = 0
        self.changed = False
        self.answers: dict[str, Any] = {
            "compose version": "2.26.1\n",
            "config --hash": "mlflow confighash\n",
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
                return Outcome(tuple(argv), 0, str(found), "")
        return Outcome(tuple(argv), 0, "", "")

    def query(self, argv: Sequence[str], timeout: float | None = None) -> Outcome:
        self.asked.append(" ".join(argv))
        return self._answer(argv)

    def act(self, argv: Sequence[str]) -> None:
        self.ran.append(" ".join(argv))
        self.changed = True
        outcome = self._answer(argv)
        if outcome.exit:
            raise outcome.failure()

    def converse(self, argv: Sequence[str], answer: Callable[[str], str | None], progress: Any) -> Outcome:
        self.ran.append(" ".join(argv))
        outcome = self._answer(argv)
        for line in outcome.out.splitlines():
            reply = answer(line)
            if reply is not None:
                self.replies.append(reply)
                if not reply:
                    answer(json.dumps({"event": "result", "ok": True, "done": False}))
                    break
        return outcome

    def become(self, argv: Sequence[str]) -> None:
        self.ran.append(" ".join(argv))

    def interrupt(self) -> None:
        self.interrupts += 1


class FakeEngine:
    """Stands in for Docker's engine. `containers` are given one by one, the last one for good."""

    def __init__(self) -> None:
        self.containers: list[Container | None] = [None]
        self.images: dict[str, Image] = {}
        self.volumes = {"mlflow-stack_data", "mlflow-stack_spool"}
        self.left: list[list[str]] = []
        self.said = "2026 it went wrong\n"

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

    def memory(self, container: Container) -> tuple[int, int] | None:
        return 200 * 1024**2, 4 * 1024**3

    def log(self, container: Container, tail: Any = "all") -> str:
        return self.said


@dataclass
class Bench:
    """A stack on a scripted runner and engine, in a folder of its own with a current image."""

    stack: Stack
    runner: Scripted
    engine: FakeEngine
    heard: Heard
    configs: dict[str, dict[str, Any]]
    asked: list[Question] = field(default_factory=list)

    def session(self, answer: Any = True, dry_run: bool = False, local: bool = True) -> Session:
        """`answer`: to the question, or something to raise."""

        def ask(question: Question) -> bool:
            self.asked.append(question)
            if isinstance(answer, BaseException):
                raise answer
            return bool(answer) and not dry_run

        return Session(self.stack, ask, local, dry_run)

    def says(self, verb: str, *events: dict[str, Any]) -> None:
        """What the image prints for a verb."""
        self.runner.answers[f"mlflow {verb}"] = said(*events)

    def run(self, words: str) -> list[str]:
        """Commands that were run, from `words` on."""
        return [line[line.index(words) :] for line in self.runner.ran if words in line]


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Docker is fine, the image current, the port free, ~/.aws complete."""
    aws = tmp_path / "aws"
    for name in ("mlflow", "mlartifacts", "backups", "aws"):
        (tmp_path / name).mkdir()
    shutil.copy(REPO / "pyproject.toml", tmp_path)
    (aws / "credentials").write_text("[basketworld]\naws_access_key_id=AKIA\naws_secret_access_key=s\n")
    docker = DockerFacts(Path("/usr/bin/docker"), "ready", "28.2.2", "2.26.1")
    monkeypatch.setattr("mlflow_stack.engine.host.docker_facts", lambda compose: docker)
    monkeypatch.setattr("mlflow_stack.engine.host.read_port", lambda bind, port: Port(False))
    monkeypatch.setattr("mlflow_stack.verbs.server.S3_PAUSE_S", 0.0)
    configs = {"s3": resolved("s3"), "local": resolved("local")}
    configs["s3"]["services"]["mlflow"]["volumes"][-1]["source"] = str(aws)
    runner, engine, heard = Scripted(configs), FakeEngine(), Heard()
    engine.images[IMAGE] = Image("sha256:1", source_hash(tmp_path / "mlflow"), 400 * 1024**2, "3.17.2")
    stack = Stack(tmp_path, Compose(), heard)
    monkeypatch.setattr(stack, "runner", runner)
    stack.__dict__["engine"] = engine
    found = Bench(stack, runner, engine, heard, configs)
    found.says("check", *checked())
    return found


def said(*events: dict[str, Any]) -> str:
    """stdout of a verb of the image."""
    return "\n".join(json.dumps(event) for event in events)


def finding(identifier: str, level: str = "error", text: str = "It is wrong", **more: Any) -> dict[str, Any]:
    """An event."""
    return {"event": "finding", "id": identifier, "level": level, "text": text, "where": "", "fix": [], **more}


def planned(nothing: str = "", **plan: Any) -> dict[str, Any]:
    """An event."""
    words = {"title": "This does:", "facts": ["it"], "stays": ["the rest"], "nothing": nothing}
    return {"event": "plan", "plan": plan, **words}


def result(ok: bool = True, **fields: Any) -> dict[str, Any]:
    """An event."""
    return {"event": "result", "ok": ok, **fields}


def checked(*findings: dict[str, Any], **facts: Any) -> list[dict[str, Any]]:
    """Events of `check`."""
    database = {"bytes": 1024, "revision": "abc", "experiments": 1, "runs": 2}
    usual = {"mlflow": "3.17.2", "python": "3.13.5", "sqlite": "3.53.4", "snapshot": None, "drilled": None}
    well = not any(each["level"] == "error" for each in findings)
    return [*findings, result(well, facts={**usual, "database": database, **facts})]

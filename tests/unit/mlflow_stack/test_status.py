"""What status finds out, and what it leaves unknown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from mlflow_stack import status as asking
from mlflow_stack.status import status

NOW = datetime(2026, 1, 2, 3, 5, 5, tzinfo=UTC)
FACTS = {
    "mlflow": "3.17.2",
    "python": "3.13.5",
    "sqlite": "3.53.4",
    "database": {"bytes": 4096, "revision": "dc11", "experiments": 2, "runs": 10},
}


@pytest.fixture
def running(bench, container, image_says, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(asking, "probe", lambda settings: "")
    bench.engine.containers = [container()]
    bench.runner.answers["check --preflight"] = image_says({"event": "result", "ok": True, "facts": FACTS})
    return bench


def test_a_running_server(running) -> None:
    found = status(running.stack, False, NOW)
    assert (found.mode, found.health, found.exit_code, found.uptime) == ("local", "ready", 0, 60.0)
    assert (found.memory_used, found.memory_limit) == (200 * 1024**2, 4 * 1024**3)
    assert found.versions == {"mlflow": "3.17.2", "python": "3.13.5", "sqlite": "3.53.4", "revision": "dc11"}
    assert found.sizes == {"database": 4096, "image": 400 * 1024**2, "mlartifacts": 0, "backups": 0}
    assert (found.runs, found.experiments) == (10, 2)


@pytest.mark.parametrize(
    ("state", "reason", "health", "said"),
    [
        ({}, "nothing answers on the port", "not-ready", "nothing answers on the port"),
        ({"state": "exited", "exit_code": 3}, "", "stopped", "exit code 3"),
        (None, "", "absent", ""),
    ],
)
def test_anything_else_is_1(
    running, container, monkeypatch: pytest.MonkeyPatch, state: Any, reason: str, health: str, said: str
) -> None:
    monkeypatch.setattr(asking, "probe", lambda settings: reason)
    running.engine.containers = [None if state is None else container(**state)]
    found = status(running.stack, False, NOW)
    assert (found.health, found.reason, found.exit_code) == (health, said, 1)


def test_without_an_image_the_database_is_unknown(running) -> None:
    running.engine.images.clear()
    found = status(running.stack, False, NOW)
    assert (found.runs, found.sizes["database"], found.versions["mlflow"], running.runner.ran) == (None, None, None, [])

"""A browser is opened where somebody sees it, and only on a server that answers."""

from __future__ import annotations

import webbrowser

import pytest

from mlflow_stack import ui as opening
from mlflow_stack.errors import NoContainer
from mlflow_stack.ui import browser, ui

URL = "http://localhost:5000"


@pytest.fixture
def answers(bench, container, monkeypatch: pytest.MonkeyPatch):
    bench.engine.containers = [container()]
    monkeypatch.setattr(opening, "probe", lambda settings: "")
    return bench


@pytest.mark.parametrize("shown", [True, False])
def test_the_browser_gets_the_url(answers, shown: bool) -> None:
    asked: list[str] = []
    found = ui(answers.stack, lambda url: bool(asked.append(url)) or shown)
    assert (asked, found.url, found.opened, found.exit_code) == ([URL], URL, shown, 0)


def test_without_a_browser_the_url_is_all(answers) -> None:
    found = ui(answers.stack, None)
    assert (found.url, found.opened, found.exit_code) == (URL, False, 0)


def test_a_server_that_does_not_answer_is_not_shown(answers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "probe", lambda settings: "nothing answers on the port")
    found = ui(answers.stack, lambda url: pytest.fail("opened"))
    assert (found.opened, found.exit_code) == (False, 1)
    assert [(each.id, each.text, each.fix) for each in found.findings] == [
        (
            "server.ready",
            "The server is not ready: nothing answers on the port",
            ("./stack start --disable-s3",),
        )
    ]


def test_without_a_container_there_is_nothing_to_open(bench) -> None:
    bench.engine.containers = [None]
    with pytest.raises(NoContainer):
        ui(bench.stack, None)


@pytest.mark.parametrize(
    ("environment", "system", "seen"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ""}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"SSH_CONNECTION": "1 2 3 4", "DISPLAY": "localhost:10.0"}, "linux", True),
        ({}, "darwin", True),
        ({"SSH_CONNECTION": "1 2 3 4"}, "darwin", False),
        ({"BROWSER": "firefox"}, "linux", True),
    ],
)
def test_a_browser_only_where_somebody_sees_it(environment: dict[str, str], system: str, seen: bool) -> None:
    assert browser(environment, system) is (webbrowser.open if seen else None)

"""Waiting on a clock that passes only while somebody sleeps."""

from __future__ import annotations

import socket
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from mlflow_stack.engine import server as server_module
from mlflow_stack.engine.server import Waited, get, probe, wait_ready
from mlflow_stack.errors import Finding


class Clock:
    """Time passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now = round(self.now + seconds, 3)


def wait(container: Any, probe: Any, found: Any = (), timeout_s: float = 90.0) -> tuple[Waited, list[float]]:
    clock, asked = Clock(), []

    def ask_why() -> list[Finding]:
        asked.append(clock.now)
        return list(found)

    waited = wait_ready(lambda: probe(clock.now), lambda: container, ask_why, timeout_s, clock, clock.sleep)
    return replace(waited, seconds=round(waited.seconds, 1)), [round(each, 1) for each in asked]


ERROR = Finding("database.revision", "error", "of another version")


def test_ready_ends_the_wait(container) -> None:
    assert wait(container(), lambda now: "" if now > 2.05 else "nothing answers") == (Waited(True, 2.1), [])


def test_after_three_seconds_the_image_is_asked_once_and_its_error_ends_it(container) -> None:
    waited, asked = wait(container(), lambda now: "503", [ERROR, Finding("x", "ok", "y")])
    assert (waited.ready, waited.findings, asked) == (False, (ERROR,), [3.0])


def test_without_an_error_of_the_image_the_wait_lasts_to_its_end(container) -> None:
    waited, asked = wait(container(), lambda now: "503", [Finding("x", "unknown", "y")], timeout_s=20)
    assert waited == Waited(False, 20.0, "The server was not ready after 20 s: 503")
    assert asked == [3.0]


def test_the_container_is_looked_at_once_a_second(container) -> None:
    clock, looked, probed = Clock(), [], []
    wait_ready(
        lambda: "503" if probed.append(clock.now) is None else "",  # type: ignore[func-returns-value]
        lambda: looked.append(clock.now) or container(),  # type: ignore[func-returns-value]
        list,
        2.5,
        clock,
        clock.sleep,
    )
    assert (probed[:3], looked) == ([0.0, 0.1, 0.2], [1.0, 2.0])


@pytest.mark.parametrize(
    ("ended", "reason"),
    [({"state": "exited", "exit_code": 3}, "its container ended with exit code 3"), (None, "its container is gone")],
)
def test_a_container_that_ended_ends_it(container, ended: Any, reason: str) -> None:
    waited, asked = wait(container(**ended) if ended else None, lambda now: "refused")
    assert (waited.ready, waited.seconds < 2, asked) == (False, True, [])
    assert waited.reason == f"The server did not start: {reason}"


def test_a_port_where_nothing_listens(settings) -> None:
    assert probe(settings(ports__0__published="1")) == "nothing answers on the port"


def test_a_server_that_never_answers(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "PROBE_TIMEOUT_S", 0.6)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        found = settings(ports__0__published=str(listener.getsockname()[1]))
        assert probe(found) == "no answer within 1 s"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:abc", "http://[::1", "nonsense", "http://", "http://127.0.0.1:99999"]
)
def test_what_is_no_address_gives_no_answer(url: str) -> None:
    assert get(url, 1) is None


class Echo(BaseHTTPRequestHandler):
    """503 on /health/ready, else the Host header."""

    def do_GET(self) -> None:
        body = (self.headers["Host"] or "").encode()
        self.send_response(503 if self.path == "/health/ready" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Silent."""


def test_no_proxy_comes_in_between(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with HTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        found = settings(ports__0__published=str(server.server_port))
        assert probe(found) == "/health/ready answers 503"
        answer = get(f"{found.probe_url}/x", 5, {"Host": "any.example"})
        assert answer is not None
        assert answer.text == "any.example"
        server.shutdown()


class Breaks(BaseHTTPRequestHandler):
    """Promises more than it sends."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"ff\r\nshort")

    def log_message(self, *args: Any) -> None:
        """Silent."""


def test_an_answer_that_breaks_off_is_none(settings) -> None:
    """What `requests` raises is an OSError, and was taken for a file that could not be used."""
    with HTTPServer(("127.0.0.1", 0), Breaks) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        found = settings(ports__0__published=str(server.server_port))
        assert get(found.probe_url, 5) is None
        assert probe(found) == "nothing answers on the port"
        server.shutdown()

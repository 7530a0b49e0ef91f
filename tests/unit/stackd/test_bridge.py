"""From ASGI to WSGI: whole answers, pieces with back-pressure, closing, and which routes use the small pool."""

import asyncio
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

with warnings.catch_warnings():
    # Starlette's note that its WSGI module is deprecated; MLflow 3.17.2 imports it as well.
    warnings.simplefilter("ignore")
    from stackd.serve import bridge

HOT = "/api/2.0/mlflow/runs/log-metric"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (HOT, "write"),
        ("/ajax-api/2.0/mlflow/runs/search", "read"),
        ("/api/2.0/mlflow/experiments/search", "read"),
        ("/api/2.0/mlflow/artifacts/list", "store"),
        ("/get-artifact", "store"),
        ("/api/2.0/mlflow-artifacts/artifacts", "store"),
        ("/api/2.0/mlflow/runs/log-metric/x", "store"),
        ("/api/2.0/mlflow/model-versions/create", "store"),
        ("/", "store"),
    ],
)
def test_pool_of(path: str, expected: str) -> None:
    assert bridge.pool_of(path) == expected


class Body:
    """An answer in parts that counts how far it was read and whether it was closed."""

    def __init__(self, parts: list[bytes]) -> None:
        self.parts, self.taken, self.closed = parts, 0, 0

    def __iter__(self) -> Iterator[bytes]:
        for part in self.parts:
            self.taken += 1
            yield part

    def close(self) -> None:
        self.closed += 1


def application(body: Body) -> Callable[..., Body]:
    def call(environ: dict[str, Any], start_response: Callable[..., Any]) -> Body:
        start_response("201 CREATED", [("X-Echo", environ["wsgi.input"].read().decode())])
        return body

    return call


def ask(wsgi: Callable[..., Any], path: str, send: Callable[[Any], Any], body: bytes = b"hello") -> None:
    halves = [
        {"type": "http.request", "body": body[:2], "more_body": True},
        {"type": "http.request", "body": body[2:], "more_body": False},
    ]
    incoming = iter(halves)

    async def receive() -> Any:
        return next(incoming)

    scope = {
        "type": "http", "method": "POST", "path": path, "root_path": "", "query_string": b"", "headers": [],
        "http_version": "1.1", "server": ("localhost", 5000), "client": ("127.0.0.1", 1), "scheme": "http",
    }  # fmt: skip
    asyncio.run(bridge.Bridge(wsgi)(scope, receive, send))


def gathered(path: str, body: Body) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    ask(application(body), path, send)
    return sent


def test_a_database_route_is_answered_in_one_message() -> None:
    body = Body([b"a", b"b"])
    sent = gathered(HOT, body)
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert (sent[0]["status"], sent[0]["headers"]) == (201, [(b"x-echo", b"hello")])
    assert sent[1]["body"] == b"ab"
    assert body.closed == 1


def test_other_routes_are_sent_in_pieces_and_closed() -> None:
    part = b"x" * (bridge.PIECE // 2)
    body = Body([part] * 5)
    sent = gathered("/get-artifact", body)
    sizes = [len(message["body"]) for message in sent[1:]]
    assert sizes == [bridge.PIECE, bridge.PIECE, bridge.PIECE // 2, 0]
    assert body.closed == 1


def test_a_slow_reader_holds_the_source_back() -> None:
    body = Body([b"x" * bridge.PIECE] * 4)
    taken: list[int] = []

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.body":
            taken.append(body.taken)

    ask(application(body), "/get-artifact", send)
    # Before each piece was handed over, none beyond it had been read.
    assert taken == [1, 2, 3, 4, 4]


def test_a_reader_that_goes_away_closes_the_source() -> None:
    body = Body([b"x" * bridge.PIECE] * 4)

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.body":
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        ask(application(body), "/get-artifact", send)
    assert (body.closed, body.taken) == (1, 1)


@pytest.mark.parametrize("path", [HOT, "/get-artifact"])
def test_an_exception_reaches_the_caller(path: str) -> None:
    def broken(environ: dict[str, Any], start_response: Any) -> Any:
        raise ZeroDivisionError

    async def send(message: Any) -> None:
        raise AssertionError("nothing is to be sent")

    with pytest.raises(ZeroDivisionError):
        ask(broken, path, send)

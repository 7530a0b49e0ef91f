"""From ASGI to WSGI: whole answers, pieces with back-pressure, closing, and which pool each rule of MLflow's uses."""

import ast
import asyncio
import json
import re
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

with warnings.catch_warnings():
    # Starlette's note that its WSGI module is deprecated; MLflow 3.17.2 imports it as well.
    warnings.simplefilter("ignore")
    from stackd.serve import bridge

HOT = "/api/2.0/mlflow/runs/log-metric"


# What was decided about each rule: its pool, method and path; "api" stands for "ajax-api" too.
DECIDED = Path(__file__).with_name("rules.txt")
RULES = """
import json
from mlflow.server import app
named = {name: function.__name__ for name, function in app.view_functions.items()}
print(json.dumps([(str(rule), sorted(rule.methods), named[rule.endpoint]) for rule in app.url_map.iter_rules()]))
"""
# The modules through which a handler may reach a repository, or a stranger's server.
SOURCES = (
    "server/handlers.py",
    "server/__init__.py",
    "store/tracking/sqlalchemy_store.py",
    "store/model_registry/sqlalchemy_store.py",
    "utils/promptlab_utils.py",
)
# Where a handler begins to wait for S3, or for the server that a webhook names.
WAITING = frozenset({"get_artifact_repository", "test_webhook"})


@pytest.fixture(scope="module")
def rules() -> list[tuple[str, str, str]]:
    """Method, path and handler of each of Flask's rules; in a process of its own, which alone imports the stores."""
    ran = subprocess.run([sys.executable, "-W", "ignore", "-c", RULES], check=True, capture_output=True, text=True)
    return [
        (method, path, handler)
        for path, methods, handler in json.loads(ran.stdout.splitlines()[-1])
        for method in methods
        if method not in ("HEAD", "OPTIONS")
    ]


def pool(method: str, path: str) -> str:
    return bridge.pool_of(method, re.sub("<[^>]+>", "x", path))


def test_each_rule_of_this_mlflow_has_the_pool_that_was_decided_for_it(rules: list[tuple[str, str, str]]) -> None:
    """Otherwise a handler that a new MLflow adds waits for S3 in the pool of all searches. Read what it does, decide in
    bridge.py, and add its line to rules.txt.
    """
    found = {f"{pool(method, path)} {method} {path.replace('/ajax-api/', '/api/')}" for method, path, _ in rules}
    assert sorted(found) == DECIDED.read_text(encoding="utf-8").splitlines()


def waiting() -> set[str]:
    """Functions of MLflow that mention, by whatever way, one of ``WAITING``."""
    (root,) = (find_spec("mlflow") or pytest.fail("no MLflow")).submodule_search_locations or ()
    mentioned: dict[str, set[str]] = {}
    for source in SOURCES:
        for node in ast.walk(ast.parse((Path(root) / source).read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                names = {each.id if isinstance(each, ast.Name) else each.attr
                         for each in ast.walk(node) if isinstance(each, ast.Name | ast.Attribute)}  # fmt: skip
                mentioned.setdefault(node.name, set()).update(names)
    found: set[str] = set()
    while more := {name for name, names in mentioned.items() if names & (WAITING | found)} - found:
        found |= more
    return found


def test_whatever_reaches_an_artifact_repository_is_kept_from_the_database(rules: list[tuple[str, str, str]]) -> None:
    """Otherwise eight listings of a store that does not answer stop every search and the UI."""
    reaching = waiting()
    slow = {path for method, path, handler in rules if handler in reaching if pool(method, path) in ("read", "write")}
    # It makes a repository, to see which class it has, and asks it nothing.
    assert slow == {"/api/3.0/mlflow/server-info", "/ajax-api/3.0/mlflow/server-info"}
    named = {handler for method, path, handler in rules if pool(method, path) == "store"}
    assert named <= reaching, "the pool of the store has what never waits for it"


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("POST", HOT, b"", "write"),
        ("POST", "/ajax-api/2.0/mlflow/runs/search", b"", "read"),
        ("POST", "/graphql", b'{"query": "query GetRun"}', "read"),
        ("POST", "/graphql", b'{"query": "{ mlflowListArtifacts }"}', "store"),
        ("GET", "/static-files/static/js/main.js", b"", "read"),
        ("POST", "/api/2.0/mlflow/webhooks/1/test", b"", "slow"),
        ("DELETE", "/api/2.0/mlflow-artifacts/artifacts/a\nb", b"", "store"),
        ("GET", "/of/a/later/version", b"", "read"),
    ],
)
def test_pool_of(method: str, path: str, body: bytes, expected: str) -> None:
    assert bridge.pool_of(method, path, body) == expected


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


def ask(
    wsgi: Callable[..., Any], path: str, send: Callable[[Any], Any], body: bytes = b"hello", stream: Any = None
) -> None:
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
    asyncio.run(bridge.Bridge(wsgi, stream)(scope, receive, send))


def gathered(path: str, body: Body) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)
        assert len(sent) < 100, "no end"

    ask(application(body), path, send)
    return sent


def test_a_small_answer_is_one_message() -> None:
    body = Body([b"a", b"b"])
    sent = gathered(HOT, body)
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert (sent[0]["status"], sent[0]["headers"]) == (201, [(b"x-echo", b"hello")])
    assert sent[1]["body"] == b"ab"
    assert body.closed == 1


def test_a_large_answer_is_sent_in_pieces_and_closed() -> None:
    part = b"x" * (bridge.PIECE // 2)
    body = Body([part] * 5)
    sent = gathered("/get-artifact", body)
    sizes = [len(message["body"]) for message in sent[1:]]
    assert sizes == [bridge.PIECE, bridge.PIECE, bridge.PIECE // 2]
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


@pytest.mark.parametrize("status", ["200 OK", "403 FORBIDDEN"])
def test_a_place_is_streamed_where_the_application_answered_200_and_nowhere_else(status: str) -> None:
    """Otherwise what a handler refuses after it has looked up the artifact is sent all the same."""
    sent: list[Any] = []

    def call(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        environ[bridge.PLACE] = "the place"
        start_response(status, [])
        return [b"said"]

    async def send(message: Any) -> None:
        sent.append(message.get("status") or message["body"])

    async def stream(_scope: Any, _receive: Any, _send: Any, place: str, _headers: Any) -> None:
        sent.append(place)

    ask(call, "/get-artifact", send, stream=stream)
    assert sent == (["the place"] if status == "200 OK" else [403, b"said"])


@pytest.mark.parametrize("path", [HOT, "/get-artifact"])
def test_an_exception_reaches_the_caller(path: str) -> None:
    def broken(environ: dict[str, Any], start_response: Any) -> Any:
        raise ZeroDivisionError

    async def send(message: Any) -> None:
        raise AssertionError("nothing is to be sent")

    with pytest.raises(ZeroDivisionError):
        ask(broken, path, send)

"""What is refused in front of MLflow: bodies without a bound, odd paths, guesses; and what a HEAD becomes."""

from __future__ import annotations

import asyncio
import base64
import json
import warnings
from collections.abc import Iterable
from typing import Any

import pytest
from mlflow.exceptions import MlflowException
from mlflow.utils import uri

from stackd import mlflow_internals
from stackd.serve import layers
from stackd.serve.layers import HEAD, MIB, Front, WrongLogins

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from stackd.serve.bridge import Bridge

BATCH = "/api/2.0/mlflow/runs/log-batch"
ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"


class Asked:
    """An application that reads its body and answers; what it received, and how much of it."""

    def __init__(self, status: int = 200) -> None:
        self.status, self.received, self.scopes = status, 0, list[Any]()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scopes.append(scope)
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                # As FastAPI does with a body that breaks off.
                await answer(send, 400)
                raise ConnectionResetError
            self.received += len(message["body"])
            more = message["more_body"]
        await answer(send, self.status)


async def answer(send: Any, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b"said"})


def request(method: str, path: str, **headers: str) -> dict[str, Any]:
    """A scope; an underscore in a header's name stands for a hyphen."""
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "method": method, "path": path, "headers": named, "client": ("127.0.0.1", 1)}


async def ask(app: Any, scope: dict[str, Any], chunks: Iterable[bytes] = (), stall: bool = False) -> Any:
    """The start message of the answer; `stall`: after the chunks nothing comes, not even an end."""
    sent: list[Any] = []
    left = list(chunks) or [b""]

    async def receive() -> Any:
        if not left:
            await asyncio.Event().wait()
        body = left.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(left) or stall}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    return sent[0]


def status(app: Any, scope: dict[str, Any], chunks: Iterable[bytes] = (), **how: bool) -> int:
    return int(asyncio.run(ask(app, scope, chunks, **how))["status"])


@pytest.mark.parametrize(
    ("path", "most"),
    [(BATCH, 2), ("/ajax-api/2.0/mlflow/upload-artifact", 12), ("/v1/traces", 64), ("/api/3.0/mlflow/traces", 64),
     ("/gateway/x/invocations", 64), (f"{ARTIFACTS}/", 64), (ARTIFACTS, 64)],
)  # fmt: skip
def test_a_body_has_a_bound_and_nobody_receives_more(path: str, most: int) -> None:
    """Otherwise one request without a login fills the server's memory."""
    asked = Asked()
    front = Front(asked)
    if path.endswith("/"):
        # No artifact: such a path is refused before a byte is read.
        assert status(front, request("PUT", path), [bytes(MIB)]) == 400
        assert asked.received == 0
        return
    assert status(front, request("POST", path, content_length=str(most * MIB + 1))) == 413
    assert asked.scopes == []
    assert status(front, request("POST", path, transfer_encoding="chunked"), [bytes(MIB)] * 1000) == 413
    assert asked.received == most * MIB
    asked.received = 0
    assert status(front, request("POST", path, content_length=str(most * MIB)), [bytes(MIB)] * most) == 200
    assert (asked.received, front.held) == (most * MIB, 0)


@pytest.mark.parametrize("path", ["/gateway/x/invocations", "/graphql", "/v1/traces", BATCH, f"{ARTIFACTS}/1/a"])
@pytest.mark.parametrize(
    ("origin", "method", "expected"),
    [
        ("http://evil.example", "POST", 403), ("null", "PUT", 403), ("http://evil.example", "PATCH", 403),
        ("http://evil.example", "DELETE", 403), ("http://evil.example", "GET", 200), ("null", "OPTIONS", 200),
        ("https://ml.example", "POST", 200), ("http://localhost:3000", "DELETE", 200), ("", "POST", 200),
    ],
)  # fmt: skip
def test_a_page_of_another_site_changes_nothing_on_any_path(
    monkeypatch: pytest.MonkeyPatch, path: str, origin: str, method: str, expected: int
) -> None:
    """Otherwise any page that a user has open spends the money of the gateway's keys."""
    monkeypatch.setenv("MLFLOW_SERVER_CORS_ALLOWED_ORIGINS", "https://ml.example")
    asked = Asked()
    assert status(Front(asked), request(method, path, **({"origin": origin} if origin else {}))) == expected
    assert bool(asked.scopes) == (expected == 200)


def test_flask_is_never_called_with_a_body_that_is_too_large() -> None:
    """Otherwise the bridge joins it first."""

    def wsgi(*_: Any) -> list[bytes]:
        raise AssertionError("called")

    assert status(Front(Bridge(wsgi)), request("POST", BATCH), [bytes(MIB)] * 4) == 413


def test_an_artifact_is_streamed_whatever_its_size() -> None:
    """Otherwise no model can be logged."""
    asked = Asked()
    assert status(Front(asked), request("PUT", f"{ARTIFACTS}/1/run/artifacts/model.bin"), [bytes(MIB)] * 100) == 200
    assert asked.received == 100 * MIB


def test_all_bodies_of_a_worker_have_a_bound_together() -> None:
    """Otherwise many bodies, each within its own, fill the memory all the same."""
    held = asyncio.Event()

    async def keep(scope: Any, receive: Any, send: Any) -> None:
        while (await receive())["more_body"]:
            pass
        await held.wait()
        await answer(send, 200)

    async def work() -> list[int]:
        front = Front(keep)
        bodies = layers.HELD // 64
        first = [
            asyncio.create_task(ask(front, request("POST", "/x", content_length="1"), [bytes(64 * MIB)]))
            for _ in range(bodies)
        ]
        while front.held < layers.HELD * MIB:
            await asyncio.sleep(0)
        refused = await asyncio.wait_for(ask(front, request("POST", "/x", content_length="1"), [b"x"]), 5)
        assert dict(refused["headers"])[b"retry-after"] == b"1"
        held.set()
        found = [refused["status"], *[each["status"] for each in await asyncio.gather(*first)]]
        assert front.held == 0
        return found

    assert asyncio.run(work()) == [503, *[200] * (layers.HELD // 64)]


@pytest.mark.parametrize("path", [BATCH, f"{ARTIFACTS}/1/run/artifacts/model.bin"])
def test_whoever_trickles_is_given_up(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a few clients that send a byte now and then hold all uploads of a worker."""
    monkeypatch.setattr(layers, "IDLE", 0.05)
    asked = Asked()
    assert status(Front(asked), request("PUT", path), [b"x"], stall=True) == 408
    assert asked.received == 1


def test_the_pace_counts_what_came_and_not_that_something_came(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a byte a minute is a living client. The clock is the test's."""
    now, rate = 0.0, 1024

    async def work(chunks: int) -> int:
        async def receive() -> Any:
            nonlocal now, chunks
            await asyncio.sleep(0)
            now, chunks = now + 1, chunks - 1
            return {"type": "http.request", "body": bytes(rate), "more_body": chunks > 0}

        monkeypatch.setattr(layers.time, "monotonic", lambda: now)
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        await Front(asked)(request("PUT", f"{ARTIFACTS}/1/x"), receive, send)
        return int(sent[0]["status"])

    asked = Asked()
    assert asyncio.run(work(1000)) == 408
    assert asked.received <= rate * (layers.IDLE + 2)
    rate = 8192
    assert asyncio.run(work(1000)) == 200


def test_a_head_is_a_get_without_a_range_and_without_a_body_to_fetch() -> None:
    """Otherwise MLflow's tables of permissions, which name GET, do not know it; and RFC 9110 gives a HEAD no range."""
    asked = Asked()
    assert status(Front(asked), request("HEAD", f"{ARTIFACTS}/a", range="bytes=0-1", if_match='"x"')) == 200
    assert (asked.scopes[0]["method"], asked.scopes[0][HEAD]) == ("GET", True)
    assert dict(asked.scopes[0]["headers"]) == {b"if-match": b'"x"'}


def test_each_503_says_when_to_come_back() -> None:
    """MLflow's clients honor it."""
    message = asyncio.run(ask(Front(Asked(503)), request("GET", "/x")))
    assert dict(message["headers"])[b"retry-after"] == b"1"


ODD = ("", ".", "./x", "a//b", "/a", "a/", "..", "a/../b", "%2e", "%2e%2e", "a%20b", "a\nb", "a\0b", "a\ufffeb",
       "x#y", "a/./b", "%25" * 20 + "41", "%" + "25" * 20, "//[", "é" * 600,
       "Model:1/x")  # fmt: skip
PLAIN = ("a", "1/run/artifacts/model.bin", "100%.txt", "ä/日本 語.txt", "a:b", ".gitignore", "a..b", "'\"<&>")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
@pytest.mark.parametrize("prefix", [ARTIFACTS, ARTIFACTS.replace("/api", "/ajax-api")])
def test_an_artifact_path_means_one_thing_or_is_refused(method: str, prefix: str) -> None:
    """Otherwise one request writes over what has the prefix's own name, and two paths are one file here, two there."""
    asked = Asked()
    front = Front(asked)
    folder = ("a/",) if method == "DELETE" else ()
    for path in ODD:
        if path not in folder:
            assert status(front, request(method, f"{prefix}/{path}")) == 400, path
    assert asked.scopes == []
    for path in (*PLAIN, *folder):
        assert status(front, request(method, f"{prefix}/{path}")) == 200, path


def test_a_path_that_is_encoded_too_often_is_mlflow_s_own_400(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a look at an artifact in the browser, with a path of percent signs, is a traceback."""
    monkeypatch.setattr(uri, "_decode", uri._decode)
    mlflow_internals.refuse_undecodable_paths()
    for path in ("%" + "25" * 20, "//["):
        with pytest.raises(MlflowException, match="Invalid path") as raised:
            uri.validate_path_is_safe(path)
        assert raised.value.get_http_status_code() == 400
    assert uri.validate_path_is_safe("a%20b") == "a b"


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class Door:
    """A layer in front of an application with one user; `looked` are the logins that the application saw."""

    def __init__(self) -> None:
        self.right = basic("ann", "right")
        self.looked: list[str] = []
        self.layer = WrongLogins(self.app, lambda path: path == "/health")

    async def app(self, scope: Any, _receive: Any, send: Any) -> None:
        """Open at /health and for OPTIONS, as MLflow's is."""
        login = dict(scope["headers"])[b"authorization"].decode()
        if scope["path"] == "/health" or scope["method"] == "OPTIONS":
            await answer(send, 200)
            return
        self.looked.append(login)
        await answer(send, 200 if login == self.right else 401)

    def knock(
        self, password: str, user: str = "ann", path: str = "/x", method: str = "GET", client: str = "1.1.1.1"
    ) -> int:
        """The status of an answer."""
        scope = request(method, path, authorization=basic(user, password)) | {"client": (client, 1)}
        return status(self.layer, scope)


def test_guesses_are_slowed_down_and_whoever_is_at_work_is_not() -> None:
    """Otherwise a few dozen wrong logins a second stall a worker, and a limit would lock out whom they are about."""
    door = Door()
    assert door.knock("right") == 200
    found = [door.knock(f"guess {number}") for number in range(100)]
    assert found == [401] * layers.GUESSES + [429] * (100 - layers.GUESSES)
    assert len(door.looked) == 1 + layers.GUESSES
    assert door.knock("right") == 200, "locked out by a guesser behind the same proxy"
    assert (door.knock("x", user="bob"), door.knock("x", client="2.2.2.2")) == (401, 401)


@pytest.mark.parametrize(("path", "method"), [("/health", "GET"), ("/x", "OPTIONS")])
def test_what_needs_no_login_makes_no_guess_a_right_one(path: str, method: str) -> None:
    """Otherwise each guess is shown to /health first, and the limit is none."""
    door, guesses = Door(), [f"guess {number}" for number in range(2 * layers.GUESSES)]
    assert {door.knock(guess, path=path, method=method) for guess in guesses} == {200}
    for guess in guesses:
        door.knock(guess)
    assert len(door.looked) == layers.GUESSES


def test_a_login_that_was_right_and_is_not_any_more_is_counted() -> None:
    """Otherwise a changed password leaves its predecessor free to try."""
    door = Door()
    assert door.knock("right") == 200
    door.right = basic("ann", "new")
    assert [door.knock("right") for _ in range(layers.GUESSES + 1)] == [401] * layers.GUESSES + [429]


def test_a_refusal_is_in_mlflow_s_own_form() -> None:
    """Otherwise clients show a page of HTML."""
    body = json.loads(layers.refusal(413, "INVALID_PARAMETER_VALUE", "Too large").body)
    assert body == {"error_code": "INVALID_PARAMETER_VALUE", "message": "Too large"}

"""An artifact of S3 mode as HTTP has it (RFC 9110): ranges, conditions, HEAD, and nothing outside of its root."""

from __future__ import annotations

import asyncio
import os
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import flask
import pytest

from stackd.artifacts import client, parts
from stackd.artifacts.client import Made
from stackd.artifacts.repository import S3Repository
from stackd.artifacts.unfinished import Journal
from stackd.serve.layers import Front
from support.memory_s3 import SETTINGS, Store

with warnings.catch_warnings():
    # Starlette's note about its WSGI module, as in test_bridge.py.
    warnings.simplefilter("ignore")
    from stackd.serve.bridge import PLACE
    from stackd.serve.transfers import Place, Transfers, hand_over

DATE, BEFORE, AFTER = (f"{day} 00:00:00 GMT" for day in ("Thu, 01 Jan 2026", "Wed, 31 Dec 2025", "Fri, 02 Jan 2026"))


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store with an object of ten bytes, an empty one, and nothing offline."""
    made = Store(objects={"prefix/ten": b"0123456789", "prefix/empty": b""})

    clients = Made(made, made, "supported")
    monkeypatch.setattr(client, "client_of", lambda _: lambda: clients)
    monkeypatch.setattr(S3Repository, "settings", SETTINGS, raising=False)
    monkeypatch.setattr(S3Repository, "claim", lambda _: None, raising=False)
    return made


def ask(method: str, path: str, body: bytes = b"", transfers: Transfers | None = None, **headers: str) -> Answer:
    """One request by way of the front; an underscore in a header's name stands for a hyphen."""
    found = transfers or Transfers(SETTINGS, Journal(Path(os.devnull)))
    named = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    full = f"/api/2.0/mlflow-artifacts/artifacts/{path}"
    scope = {"type": "http", "method": method, "path": full, "headers": named, "path_params": {"artifact_path": path}}
    incoming = iter([{"type": "http.request", "body": body, "more_body": False}])
    sent: list[Any] = []

    async def receive() -> Any:
        for message in incoming:
            return message
        return await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(Front(found.put if method == "PUT" else found.get)(scope, receive, send))
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], told, b"".join(message["body"] for message in sent[1:]))


@pytest.mark.parametrize("wanted", ["0-", "0-0", "5-9", "-5", "-0", "9" * 5000 + "-", "-" + "9" * 5000])
def test_an_empty_object_has_no_range(store: Store, wanted: str) -> None:
    """Otherwise the answer says `bytes 0--1/0`, and clients take it for damage."""
    answer = ask("GET", "empty", range=f"bytes={wanted}")
    assert (answer.status, answer.headers["content-range"]) == (416, "bytes */0")
    assert ask("GET", "empty").status == 200


@pytest.mark.parametrize(
    ("wanted", "status", "body"),
    [
        ("bytes=2-4", 206, b"234"),
        ("bytes=-3", 206, b"789"),
        ("bytes=0000000000000000000000000000002-00000000000000000000000000000004", 206, b"234"),
        (f"bytes=2-{'9' * 5000}", 206, b"23456789"),
        (f"bytes=-{'9' * 5000}", 206, b"0123456789"),
        (f"bytes={'9' * 5000}-", 416, None),
        ("bytes=-0", 416, None),
        ("bytes=10-", 416, None),
        ("bytes=4-2", 200, b"0123456789"),
        ("bytes=-", 200, b"0123456789"),
        ("bytes=0-1,3-4", 200, b"0123456789"),
        ("bytes=\u00b2-\u00b3", 200, b"0123456789"),
        ("lines=0-1", 200, b"0123456789"),
    ],
)
def test_a_range_is_served_refused_or_ignored_and_never_an_error_of_the_server(
    store: Store, wanted: str, status: int, body: bytes | None
) -> None:
    """Otherwise a header of 5,000 digits is a traceback."""
    answer = ask("GET", "ten", range=wanted)
    assert answer.status == status
    if body is None:
        assert answer.headers["content-range"] == "bytes */10"
    else:
        assert (answer.body, answer.headers["content-length"]) == (body, str(len(body)))


@pytest.mark.parametrize("ranged", [False, True])
@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("if_match", "ETAG", 200),
        ("if_match", "*", 200),
        ("if_match", '"x", ETAG', 200),
        ("if_match", '"x"', 412),
        ("if_match", "W/ETAG", 412),
        ("if_unmodified_since", DATE, 200),
        ("if_unmodified_since", BEFORE, 412),
        ("if_unmodified_since", "no date", 200),
        ("if_none_match", "ETAG", 304),
        ("if_none_match", "W/ETAG", 304),
        ("if_none_match", '"x", ETAG', 304),
        ("if_none_match", "*", 304),
        ("if_none_match", '"x"', 200),
        ("if_modified_since", DATE, 304),
        ("if_modified_since", AFTER, 304),
        ("if_modified_since", BEFORE, 200),
        ("if_modified_since", "9" * 5000, 200),
    ],
)
def test_the_conditions_of_a_request_hold(store: Store, header: str, value: str, status: int, ranged: bool) -> None:
    """Otherwise a download that is resumed gets the rest of another version."""
    named = {header: value.replace("ETAG", store.etag("prefix/ten"))} | ({"range": "bytes=2-4"} if ranged else {})
    answer = ask("GET", "ten", **named)
    assert answer.status == (206 if status == 200 and ranged else status)
    assert ("content-range" in answer.headers) == (answer.status == 206)
    if status == 304:
        assert (answer.body, answer.headers["etag"]) == (b"", store.etag("prefix/ten"))
        assert "content-length" not in answer.headers


def test_an_etag_comes_before_a_date(store: Store) -> None:
    """RFC 9110, 13.2.2: a date is looked at where there is no ETag."""
    etag = store.etag("prefix/ten")
    assert ask("GET", "ten", if_match=etag, if_unmodified_since=BEFORE).status == 200
    assert ask("GET", "ten", if_none_match='"x"', if_modified_since=AFTER).status == 200
    assert ask("GET", "ten", if_match=etag, if_none_match=etag).status == 304


def test_a_condition_comes_before_the_range(store: Store) -> None:
    """A client that has another version learns that, and not that its range is behind the end."""
    assert ask("GET", "ten", range="bytes=99-", if_match='"x"').status == 412
    assert ask("GET", "ten", range="bytes=99-", if_range='"x"').body == b"0123456789"
    assert ask("GET", "ten", range="bytes=99-", if_match=store.etag("prefix/ten")).status == 416


def test_a_head_has_no_range_and_all_the_rest(store: Store) -> None:
    """RFC 9110, 14.2: Range is defined for GET alone."""
    answer = ask("HEAD", "ten", range="bytes=2-4")
    assert (answer.status, answer.headers["content-length"], answer.body) == (200, "10", b"")
    assert "content-range" not in answer.headers
    assert ask("HEAD", "ten", if_none_match="*").status == 304
    assert ask("HEAD", "ten", if_match='"x"').status == 412
    assert (ask("HEAD", "none").status, ask("GET", "none", if_match="*").status) == (404, 404)


def test_a_look_takes_no_turn_of_a_download(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise sixteen slow readers keep everybody from learning that nothing has changed."""
    monkeypatch.setattr(parts.Budget.__init__, "__defaults__", (0, 0))
    monkeypatch.setattr(parts, "PATIENCE", 0.01)
    assert (ask("HEAD", "ten").status, ask("GET", "ten", if_none_match="*").status) == (200, 304)
    assert ask("GET", "ten").status == 503


def test_an_object_that_changes_after_the_look_is_judged_again(store: Store) -> None:
    """Otherwise a client that names one version gets the bytes of another."""
    old, real, asked = store.etag("prefix/ten"), store.get_object, 0

    def get_object(**arguments: Any) -> dict[str, Any]:
        nonlocal asked
        asked += 1
        if asked == 2:
            store.objects["prefix/ten"] = b"another version"
        return real(**arguments)

    store.get_object = get_object  # type: ignore[method-assign]
    assert ask("GET", "ten", if_match=old).status == 412


@pytest.mark.parametrize("path", ["", ".", "a//b", "a/", "%2e"])
def test_no_upload_is_stored_at_or_outside_of_the_prefix(store: Store, path: str) -> None:
    """Otherwise one request writes over the prefix itself, and some stores then take nothing below it."""
    before = dict(store.objects)
    assert ask("PUT", path, b"x").status == 400
    assert ask("GET", path).status == 400
    assert store.objects == before
    assert ask("PUT", "1/run/artifacts/x", b"x").status == 200
    assert store.objects["prefix/1/run/artifacts/x"] == b"x"


@pytest.mark.parametrize("path", ["", "/prefix-other/x", "/x"])
def test_the_last_look_before_s3_is_at_the_key(store: Store, path: str) -> None:
    """Otherwise the fence is only as good as each of the layers in front of it."""
    transfers = Transfers(SETTINGS, Journal(Path(os.devnull)))
    transfers._place = lambda _: Place(S3Repository(SETTINGS.destination), path)  # type: ignore[method-assign]
    assert [ask(method, "x", b"x", transfers).status for method in ("GET", "PUT")] == [400, 400]
    assert store.calls == []


def test_flask_is_asked_for_nothing_but_the_place(store: Store) -> None:
    """Otherwise what Flask answers, about an empty file, is taken for the artifact's."""
    app, repository = flask.Flask("test"), S3Repository(SETTINGS.destination)
    assert hand_over(repository, "ten") is None
    for headers in ({}, {"Range": "bytes=2-4"}, {"If-Match": '"x"'}, {"If-Modified-Since": AFTER}):
        with app.test_request_context("/get-artifact", headers=headers):
            file = hand_over(repository, "ten")
            assert file is not None
            assert flask.request.environ[PLACE] == Place(repository, "ten")
            answer = flask.send_file(file, mimetype="text/plain")
            answer.close()
            assert answer.status_code == 200

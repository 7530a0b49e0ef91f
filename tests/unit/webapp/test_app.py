"""What the page gets: answers, or one sentence, never a traceback and never an endless wait."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import httpx
import numpy as np
import pytest

from courtside.app import PAGE
from courtside.tracking import LARGEST_POLICY, MOST_CURVES
from policy import Policy
from unit.webapp.fake import URL, FakeServer, get

POLICY = Policy.first(8, np.random.default_rng(1)).to_bytes()
BEST = "checkpoints/000040/policy.npz"


@pytest.fixture
def server() -> FakeServer:
    """Two runs that can play, one of them with a plot, and one that cannot."""
    made = FakeServer()
    for run in ("aa", "bb"):
        made.add(run, **{"train.policy": BEST})
        made.store(run, BEST, POLICY)
        made.store(run, "checkpoints/000080/policy.npz", POLICY)
    made.store("aa", "learning_curve.png", bytes(range(256)) * 20)
    made.add("cc", name="<script>alert(1)</script>")
    return made


def sentence(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert list(answer.json()) == ["error"]
    return str(answer.json()["error"])


def test_experiments_runs_and_curves(server: FakeServer) -> None:
    assert get(server, "/api/experiments").json() == [{"id": "1", "name": "<b>one</b>"}]
    runs = get(server, "/api/runs", experiment="1").json()
    assert [run["id"] for run in runs["runs"]] == ["aa", "bb", "cc"]
    assert runs["runs"][0]["metrics"] == {"win": 0.5, "odd": None}
    assert [run["policy"] for run in runs["runs"]] == [BEST, BEST, None]
    assert runs["more"] is True
    curves = get(server, "/api/curves", metric="win", run=["bb", "aa"]).json()
    assert curves == [{"run": run, "points": [[1, 0.1], [2, 0.1]]} for run in ("bb", "aa")]


def test_plot_and_policy_are_the_bytes_of_the_server(server: FakeServer) -> None:
    files = get(server, "/api/runs/aa/files").json()
    assert files == {
        "plots": ["learning_curve.png"],
        "policies": [BEST, "checkpoints/000080/policy.npz"],
        "note": None,
    }
    plot = get(server, "/api/runs/aa/file", path="learning_curve.png")
    assert (plot.content, plot.headers["content-type"]) == (bytes(range(256)) * 20, "image/png")
    policy = get(server, "/api/runs/aa/file", path=BEST)
    assert policy.content == POLICY
    name = "aa-checkpoints-000040-policy.npz"
    assert policy.headers["content-disposition"] == f"attachment; filename*=UTF-8''{name}"


def test_a_file_that_is_a_page_is_saved_and_not_opened(server: FakeServer) -> None:
    """Otherwise anybody who may log an artifact can run a script in a colleague's browser."""
    server.store("aa", "evil.html", b"<script>alert(1)</script>")
    server.store("aa", "evil.svg", b"<svg onload='alert(1)'/>")
    for path in ("evil.html", "evil.svg"):
        answer = get(server, "/api/runs/aa/file", path=path)
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"].startswith("attachment;")
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_game(server: FakeServer) -> None:
    query = {"home_run": "aa", "home": BEST, "away_run": "bb", "away": BEST, "seed": 3}
    played = get(server, "/api/game", **query).json()
    assert len(played["possessions"]) == 20
    assert played == get(server, "/api/game", **query).json()


def zip_bomb() -> bytes:
    """A policy, and 100 MiB of zeros that take 100 KiB."""
    packed = io.BytesIO(POLICY)
    with zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED) as file:
        file.writestr("more.npy", bytes(100 * 1024 * 1024))
    return packed.getvalue()


def with_dimensions_of_a_terabyte() -> bytes:
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (10000000000000,), }"
    array = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name in ("w1", "b1", "w2", "b2"):
            file.writestr(f"offence.{name}.npy", array)
    return packed.getvalue()


def one_array() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(3))
    return buffer.getvalue()


def not_an_array_inside() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name in ("w1", "b1", "w2", "b2"):
            file.writestr(f"offence.{name}", b"text")
    return packed.getvalue()


def flipped() -> bytes:
    damaged = bytearray(POLICY)
    damaged[len(damaged) // 3] ^= 0xFF
    return bytes(damaged)


@pytest.mark.parametrize(
    "content",
    [b"", b"no zip", zip_bomb(), with_dimensions_of_a_terabyte(), one_array(),
     not_an_array_inside(), flipped()],
    ids=["empty", "text", "bomb", "terabyte", "npy", "members", "flipped"],
)  # fmt: skip
def test_a_policy_made_to_be_broken_is_a_sentence(server: FakeServer, content: bytes) -> None:
    server.store("bb", BEST, content)
    answer = get(server, "/api/game", home_run="aa", home=BEST, away_run="bb", away=BEST)
    assert "is not a policy of this game" in sentence(answer, 422)


def test_no_more_is_read_than_a_policy_can_be_long(server: FakeServer) -> None:
    """Otherwise a file of some gigabytes that is called a policy ends the web app for everybody."""
    server.store("bb", BEST, bytes(4 * LARGEST_POLICY))
    answer = get(server, "/api/game", home_run="bb", home=BEST, away_run="bb", away=BEST)
    assert "larger than 2048 KiB" in sentence(answer, 422)
    assert server.sent < 3 * LARGEST_POLICY


def test_files_of_the_other_mode(server: FakeServer) -> None:
    server.files = {}
    files = get(server, "/api/runs/aa/files").json()
    assert files["policies"] == []
    assert "in the other mode's store" in files["note"]
    for path, query in (
        ("/api/runs/aa/file", {"path": BEST}),
        ("/api/game", {"home_run": "aa", "home": BEST, "away_run": "bb", "away": BEST}),
    ):
        assert "in the other mode's store" in sentence(get(server, path, **query), 404)


def refusing(_: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("Name or service not known")


def starting(_: httpx.Request) -> httpx.Response:
    return httpx.Response(503, headers={"Retry-After": "1"})


@pytest.mark.parametrize("fault", [refusing, starting])
@pytest.mark.parametrize("path", ["experiments", "runs?experiment=1", "runs/aa/files", "runs/aa/file?path=a"])
def test_a_server_that_is_away_is_503_with_what_to_type(
    server: FakeServer, fault: Callable[[httpx.Request], httpx.Response], path: str
) -> None:
    server.fault = fault
    said = sentence(get(server, f"/api/{path}", seconds=0.2), 503)
    assert URL in said
    assert "./stack start" in said
    state = get(server, "/health/server", seconds=0.2).json()
    assert (state["answers"], state["url"]) == (False, URL)
    assert get(server, "/health").json() == {"status": "ok"}


def test_a_server_that_is_mute_is_not_waited_for(server: FakeServer) -> None:
    """Otherwise the page hangs as long as the server does."""
    server.mute = True
    assert "nothing within" in sentence(get(server, "/api/experiments", seconds=0.1), 503)


def test_one_that_starts_again_in_between_is_asked_again(server: FakeServer) -> None:
    def once(request: httpx.Request) -> httpx.Response:
        server.fault = None
        return refusing(request)

    server.fault = once
    assert get(server, "/api/experiments", seconds=0.5).status_code == 200


def test_logins_are_named(server: FakeServer) -> None:
    server.fault = lambda _: httpx.Response(401, headers={"WWW-Authenticate": 'Basic realm="mlflow"'})
    assert "has logins turned on (MLFLOW_AUTH)" in sentence(get(server, "/api/experiments"), 502)
    assert "logins" in get(server, "/health/server").json()["says"]


def test_what_the_server_refuses_is_passed_on(server: FakeServer) -> None:
    assert "No such run (404)" in sentence(get(server, "/api/runs/zz/files"), 404)
    server.fault = lambda _: httpx.Response(500, text="<html>")
    assert "Internal Server Error (500)" in sentence(get(server, "/api/experiments"), 502)
    server.fault = lambda _: httpx.Response(200, text="<html>another server</html>")
    assert "Is it an MLflow server?" in sentence(get(server, "/api/experiments"), 502)


@pytest.mark.parametrize(
    "path",
    ["/api/runs/a%2Fb/files", "/api/runs/..%2F..%2Fhealth/files", "/api/runs?experiment=1%20or%201",
     "/api/runs/aa/file?path=../bb/x", "/api/runs/aa/file?path=/etc/passwd", "/api/runs/aa/file?path=a//b",
     "/api/curves?metric=win&run=a%26b", "/api/curves?metric=win" + "&run=aa" * (MOST_CURVES + 1)],
)  # fmt: skip
def test_what_no_server_has_given_is_not_asked_for(server: FakeServer, path: str) -> None:
    assert 400 <= get(server, path).status_code < 500
    assert server.asked == []


def test_a_question_that_makes_no_sense(server: FakeServer) -> None:
    assert "metric" in sentence(get(server, "/api/curves", run="aa"), 422)
    query = {"home_run": "aa", "home": BEST, "away_run": "bb", "away": BEST, "seed": -1}
    assert "seed" in sentence(get(server, "/api/game", **query), 422)
    assert sentence(get(server, "/nowhere"), 404) == "Not Found."


def test_artifacts_outside_of_the_server(server: FakeServer) -> None:
    server.add("dd", uri="s3://another/bucket")
    assert "s3://another/bucket" in sentence(get(server, "/api/runs/dd/file", path="x"), 404)


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1:8080", "[::1]:8080", "webapp:8080", "LOCALHOST"])
def test_names_of_this_host_are_answered(server: FakeServer, host: str) -> None:
    assert get(server, "/api/experiments", host=host).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "192.0.2.1:8080", "mlflow:5000"])
@pytest.mark.parametrize("path", ["/", "/api/experiments", "/page/app.js", "/health"])
def test_any_other_name_is_not(server: FakeServer, host: str, path: str) -> None:
    """Otherwise a page whose name points to 127.0.0.1 can read all runs (DNS rebinding)."""
    assert get(server, path, host=host).status_code == 400
    assert server.asked == []


def test_the_page_needs_nothing_from_elsewhere_and_nothing_inline(server: FakeServer) -> None:
    page = get(server, "/")
    assert page.headers["content-type"].startswith("text/html")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for name in (path.name for path in PAGE.iterdir()):
        answer = get(server, f"/page/{name}")
        assert answer.status_code == 200
        assert answer.headers["content-security-policy"] == policy
        text = answer.text.replace("http://www.w3.org/2000/svg", "")
        for never in ("http:", "https:", "innerHTML", "insertAdjacentHTML", "document.write", " style=", " onclick="):
            assert never not in text, f"{name}: {never}"
    assert get(server, "/favicon.ico").headers["content-type"] == "image/svg+xml"
    assert get(server, "/page/../app.py").status_code == 404


def test_the_page_asks_for_no_element_that_it_lacks() -> None:
    there = set(re.findall(r'id="([a-z-]+)"', (PAGE / "index.html").read_text(encoding="utf-8")))
    there |= {f"{team}-{what}" for team in ("home", "away") for what in ("run", "policy")}
    for script in Path(PAGE).glob("*.js"):
        assert set(re.findall(r'byId\("([a-z-]+)"\)', script.read_text(encoding="utf-8"))) <= there, script.name

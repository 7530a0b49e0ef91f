"""scripts/smoke.py against a small server of this process that behaves like MLflow, or fails in one way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts/smoke.py"
ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"
DENIED = '{"message": "denied"}'
SIZES = {"empty.bin": 0, "small.bin": 1024, "large.bin": 12 * 1024**2 + 1}
STEPS = ["experiment", "run", "param", "metric", "upload", "list", "download", "delete-files", "delete-run"]
ROOT = "1/r1/artifacts"


class Server(ThreadingHTTPServer):
    """`fault` names one way to fail."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.fault = ""
        self.files: dict[str, bytes] = {}
        self.data: dict[str, list[dict[str, Any]]] = {"params": [], "metrics": []}
        self.experiments: list[dict[str, str]] = []
        self.calls: list[str] = []
        self.seen: list[str | None] = []


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *args: Any) -> None:
        """Silent."""

    def answer(self, body: Any, status: int = 200) -> None:
        self.server.seen.append(self.headers.get("Authorization"))
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    @property
    def name(self) -> str:
        return urlsplit(self.path).path.removeprefix(f"{ARTIFACTS}/{ROOT}/")

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def do_POST(self) -> None:
        given, verb = json.loads(self.body()), self.path.removeprefix("/api/2.0/mlflow")
        self.server.calls.append(verb)
        match verb:
            case "/experiments/search":
                self.answer({"experiments": self.server.experiments})
            case "/experiments/create":
                assert given == {"name": "mlflow-stack-smoke"}
                self.answer({"experiment_id": "1"})
            case "/runs/create":
                uri = "s3://elsewhere/1" if self.server.fault == "unproxied" else f"mlflow-artifacts:/{ROOT}"
                self.answer({"run": {"info": {"run_id": "r1", "artifact_uri": uri}}})
            case "/runs/log-parameter":
                self.server.data["params"].append({"key": given["key"], "value": given["value"]})
                self.answer({})
            case "/runs/log-metric" if self.server.fault not in ("metric", "page"):
                self.server.data["metrics"].append({"key": given["key"], "value": given["value"]})
                self.answer({})
            case "/runs/log-metric" if self.server.fault == "page":
                self.answer(b"<html>Sign in</html>")
            case _:
                self.answer({})

    def do_GET(self) -> None:
        if self.path.startswith("/api/2.0/mlflow/runs/get"):
            self.answer({"run": {"data": self.server.data}})
        elif "path" in parse_qs(urlsplit(self.path).query):
            kept = (
                SIZES
                if self.server.fault == "delete"
                else dict(list(self.server.files.items())[self.server.fault == "list" :])
            )
            self.answer(
                {"files": [{"path": name, "file_size": str(len(self.server.files.get(name, b"")))} for name in kept]}
            )
        else:
            content = self.server.files[self.name]
            self.answer(content[:-1] + b"?" if self.server.fault == "changed" and content else content)

    def do_PUT(self) -> None:
        content = self.body()
        if self.server.fault == "upload":
            self.answer({"message": "denied"}, 403)
        else:
            self.server.files[self.name] = content
            self.answer({})

    def do_DELETE(self) -> None:
        self.server.files.pop(self.name, None)
        self.answer({})


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as found:
        thread = threading.Thread(target=found.serve_forever, args=(0.01,))
        thread.start()
        yield found
        found.shutdown()
        thread.join()


def run(url: str, **environ: str) -> tuple[int, list[dict[str, Any]], str]:
    """Its exit code, its lines and all that it wrote. Raises subprocess.TimeoutExpired."""
    done = subprocess.run(
        [sys.executable, "-P", str(SCRIPT), url],
        env={"PATH": os.environ["PATH"], **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stdout + done.stderr


@pytest.fixture
def url(server: Server) -> str:
    return f"http://127.0.0.1:{server.server_port}"


def failed(lines: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(each["id"].removeprefix("smoke."), each["text"]) for each in lines if each.get("level") == "error"]


def test_every_step(url: str, server: Server) -> None:
    code, lines, _ = run(url, http_proxy="http://127.0.0.1:1")
    assert [(each["id"], each["level"]) for each in lines[:-1]] == [(f"smoke.{name}", "ok") for name in STEPS]
    assert (code, lines[-1]) == (0, {"event": "result", "ok": True, "url": url})
    assert server.files == {}, "nothing is left"
    assert server.calls[-1] == "/runs/delete"


@pytest.mark.parametrize(
    ("fault", "step", "text"),
    [
        ("unproxied", "run", "A run: the run's artifacts would not go through the server: s3://elsewhere/1"),
        ("metric", "metric", "A metric, read back: it is not in the run"),
        (
            "page",
            "metric",
            (
                "A metric, read back: POST /api/2.0/mlflow/runs/log-metric answered no JSON, so this is not MLflow: "
                "<html>Sign in</html>"
            ),
        ),
        (
            "upload",
            "upload",
            f'3 files uploaded: PUT {ARTIFACTS}/{ROOT}/empty.bin answered 403: {{"message": "denied"}}',
        ),
        ("list", "list", "The files are listed with their sizes: listed: {'small.bin': 1024, 'large.bin': 12582913}"),
        (
            "changed",
            "download",
            "The files downloaded, equal by SHA-256: small.bin came back changed (1024 of 1024 bytes)",
        ),
        ("delete", "delete-files", "The files are deleted: listed: {'empty.bin': 0, 'small.bin': 0, 'large.bin': 0}"),
    ],
)
def test_a_fault_is_found_at_its_step_and_what_was_made_is_tidied_up(
    url: str, server: Server, fault: str, step: str, text: str
) -> None:
    server.fault = fault
    code, lines, _ = run(url)
    assert failed(lines) == [(step, text)]
    assert (code, lines[-1]["ok"], server.files, server.calls[-1]) == (1, False, {}, "/runs/delete")


def test_the_experiment_is_used_again_and_restored_if_deleted(url: str, server: Server) -> None:
    server.experiments = [{"experiment_id": "1", "lifecycle_stage": "deleted"}]
    assert run(url)[0] == 0
    assert server.calls[:3] == ["/experiments/search", "/experiments/restore", "/runs/create"]


def test_a_password_is_sent_and_never_shown(url: str, server: Server) -> None:
    server.fault = "upload"
    code, _, text = run(url, MLFLOW_TRACKING_USERNAME="ada", MLFLOW_TRACKING_PASSWORD="hunter22")
    assert code == 1
    assert set(server.seen) == {"Basic YWRhOmh1bnRlcjIy"}
    assert "hunter22" not in text
    assert "YWRhOmh1bnRlcjIy" not in text


def test_nobody_answers() -> None:
    code, lines, text = run("http://127.0.0.1:1")
    assert (code, len(lines), failed(lines)[0][0]) == (1, 2, "experiment")
    assert "An experiment: no answer: [Errno 111] Connection refused" in text
    assert "Traceback" not in text


def test_something_else_answers_there(url: str, server: Server) -> None:
    server.experiments = [{"name": "not MLflow"}]
    code, lines, text = run(url)
    assert (code, [name for name, _ in failed(lines)]) == (1, ["experiment"])
    assert "the answer is not MLflow's" in text
    assert "Traceback" not in text

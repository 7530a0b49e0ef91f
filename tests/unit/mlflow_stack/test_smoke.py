"""The smoke test against a small server of this process that behaves like MLflow, or misbehaves in one way."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from mlflow_stack.findings import Finding
from mlflow_stack.smoke import ARTIFACTS, EXPERIMENT, SIZES, smoke

STEPS = ["experiment", "run", "param", "metric", "upload", "list", "download", "delete-files", "delete-run"]
ROOT = "1/r1/artifacts"


class Server(ThreadingHTTPServer):
    """`fault` names one way to misbehave."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.fault = ""
        self.files: dict[str, bytes] = {}
        self.data: dict[str, list[dict[str, Any]]] = {"params": [], "metrics": []}
        self.experiments: list[dict[str, str]] = []
        self.calls: list[str] = []


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *args: Any) -> None:
        """Silent."""

    def answer(self, body: Any, status: int = 200) -> None:
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
                assert given == {"name": EXPERIMENT}
                self.answer({"experiment_id": "1"})
            case "/runs/create":
                uri = "s3://elsewhere/1" if self.server.fault == "unproxied" else f"mlflow-artifacts:/{ROOT}"
                self.answer({"run": {"info": {"run_id": "r1", "artifact_uri": uri}}})
            case "/runs/log-parameter":
                self.server.data["params"].append({"key": given["key"], "value": given["value"]})
                self.answer({})
            case "/runs/log-metric" if self.server.fault != "metric":
                self.server.data["metrics"].append({"key": given["key"], "value": given["value"]})
                self.answer({})
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


@pytest.fixture
def run(settings, server: Server):
    return lambda: smoke(settings("local", ports__0__published=str(server.server_port)))


def steps(findings: list[Finding]) -> dict[str, str]:
    return {each.id.removeprefix("smoke."): each.level for each in findings}


def test_every_step(run, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    smoked = run()
    assert (steps(smoked.findings), smoked.exit_code) == (dict.fromkeys(STEPS, "ok"), 0)
    assert server.files == {}, "nothing is left"
    assert server.calls[-1] == "/runs/delete"


@pytest.mark.parametrize(
    ("fault", "failed", "text"),
    [
        ("unproxied", "run", "A run: the run's artifacts would not go through the server: s3://elsewhere/1"),
        ("metric", "metric", "A metric, read back: it is not in the run"),
        (
            "upload",
            "upload",
            f'3 files up: PUT {ARTIFACTS}/{ROOT}/empty.bin answered 403: {{"message": "denied"}}',
        ),
        (
            "list",
            "list",
            "The files are listed with their sizes: listed: {'small.bin': 1024, 'large.bin': 12582913}",
        ),
        (
            "changed",
            "download",
            "The files down again, equal by SHA-256: small.bin came back changed (1024 of 1024 bytes)",
        ),
        ("delete", "delete-files", f"The files are deleted: still listed: {list(SIZES)}"),
    ],
)
def test_a_fault_is_found_at_its_step_and_what_was_made_is_tidied_up(
    run, server: Server, fault: str, failed: str, text: str
) -> None:
    server.fault = fault
    smoked = run()
    assert [each.id for each in smoked.findings if each.level == "error"] == [f"smoke.{failed}"]
    assert next(each.text for each in smoked.findings if each.level == "error") == text
    assert smoked.exit_code == 1
    assert server.files == {}
    assert server.calls[-1] == ("/runs/create" if fault == "unproxied" else "/runs/delete")


def test_the_experiment_is_used_again_and_taken_out_of_the_bin(run, server: Server) -> None:
    server.experiments = [{"experiment_id": "1", "lifecycle_stage": "deleted"}]
    assert run().exit_code == 0
    assert server.calls[:3] == ["/experiments/search", "/experiments/restore", "/runs/create"]


def test_nobody_there(settings) -> None:
    smoked = smoke(settings("local", ports__0__published="1"))
    assert [(each.id, each.level) for each in smoked.findings] == [("smoke.experiment", "error")]
    assert smoked.findings[0].text == "An experiment: no answer: ConnectionError"

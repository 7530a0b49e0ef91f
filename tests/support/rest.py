"""MLflow's REST API as the tests use it, and requests that no HTTP library has tidied up."""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from typing import Any

import requests

from support.stack import Stack

API = "/api/2.0/mlflow"
ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"


@dataclass(frozen=True)
class Rest:
    """The API of one stack; `auth` is a user's name and password."""

    stack: Stack
    auth: tuple[str, str] | None = None

    def call(self, method: str, path: str, **request: Any) -> requests.Response:
        """One request, the answer as it came."""
        return self.stack.call(method, path, auth=self.auth, **request)

    def post(self, endpoint: str, **fields: Any) -> dict[str, Any]:
        """POST below /api/2.0/mlflow; AssertionError with the answer where it is no 200."""
        answer = self.call("POST", f"{API}/{endpoint}", json=fields)
        assert answer.status_code == 200, f"{endpoint}: {answer.status_code} {answer.text}"
        found: dict[str, Any] = answer.json()
        return found

    def experiment(self, name: str, **fields: Any) -> str:
        """Make an experiment; its id."""
        return str(self.post("experiments/create", name=name, **fields)["experiment_id"])

    def run(self, experiment: str) -> str:
        """Make a run; its id."""
        return str(self.post("runs/create", experiment_id=experiment)["run"]["info"]["run_id"])

    def new_root(self, name: str) -> str:
        """Make an experiment with a run; the run's artifact root, relative to the destination."""
        experiment = self.experiment(name)
        return f"{experiment}/{self.run(experiment)}/artifacts"

    def put(self, path: str, body: bytes) -> requests.Response:
        """Upload a file; `path` is relative to the destination."""
        return self.call("PUT", f"{ARTIFACTS}/{path}", data=body)

    def stored(self, path: str, body: bytes) -> None:
        """Upload a file that must be taken."""
        answer = self.put(path, body)
        assert answer.status_code == 200, f"PUT {path}: {answer.status_code} {answer.text}"

    def get(self, path: str) -> requests.Response:
        """Download a file."""
        return self.call("GET", f"{ARTIFACTS}/{path}")

    def list(self, path: str) -> requests.Response:
        """List a folder."""
        return self.call("GET", ARTIFACTS, params={"path": path})

    def listed(self, path: str) -> dict[str, int | None]:
        """Name → size, None for a folder, of what a folder shows."""
        answer = self.list(path)
        assert answer.status_code == 200, f"list {path}: {answer.status_code} {answer.text}"
        files = answer.json().get("files", [])
        return {entry["path"]: None if entry["is_dir"] else int(entry["file_size"]) for entry in files}

    def delete(self, path: str) -> requests.Response:
        """Delete a file or a folder."""
        return self.call("DELETE", f"{ARTIFACTS}/{path}")


def raw(stack: Stack, method: str, target: str, **headers: str) -> tuple[int, str]:
    """One request whose target and headers go out as they are: `requests` resolves dots and writes its own Host.

    `headers`: an underscore in a name stands for a hyphen. Returns status and text.
    """
    connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=60)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.putrequest(method, target, skip_host="Host" in named, skip_accept_encoding=True)
        for name, value in named.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    finally:
        connection.close()

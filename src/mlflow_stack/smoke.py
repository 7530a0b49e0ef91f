"""The main job once through, by the public URL and plain REST, as any client would: nothing of this needs an AWS
key.
"""

import hashlib
import os
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import requests

from mlflow_stack.findings import Finding, errors_of
from mlflow_stack.settings import Settings

API = "/api/2.0/mlflow"
ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"
EXPERIMENT = "mlflow-stack-smoke"
SIZES = {"empty.bin": 0, "small.bin": 1024, "large.bin": 12 * 1024**2 + 1}
"""Nothing, one piece, and more than one part of a multipart upload."""
TIMEOUT_S = 120.0
QUOTED_CHARACTERS = 300


@dataclass(frozen=True)
class Smoked:
    """One finding a step; after the first that fails only what tidies up is tried."""

    url: str
    findings: list[Finding]
    command: str = "smoke"

    @property
    def exit_code(self) -> int:
        """1 where a step failed."""
        return 1 if errors_of(self.findings) else 0


class StepFailed(Exception):
    """An answer that is not what the step needs."""


@dataclass
class Client:
    """Names and passwords, where logins are on, come from MLflow's own two variables."""

    session: requests.Session
    base: str

    def call(self, method: str, path: str, **rest: Any) -> requests.Response:
        """Raises StepFailed with status and the first of the answer's words."""
        try:
            answer = self.session.request(method, f"{self.base}{path}", timeout=TIMEOUT_S, **rest)
        except requests.RequestException as error:
            raise StepFailed(f"no answer: {type(error).__name__}") from error
        if not answer.ok:
            raise StepFailed(f"{method} {path} answered {answer.status_code}: {answer.text[:QUOTED_CHARACTERS]}")
        return answer

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """JSON both ways."""
        return self.call("POST", f"{API}{path}", json=body).json()


def smoke(settings: Settings) -> Smoked:
    """Run, param, metric, three files up, listed, down, compared by SHA-256, deleted; the run is deleted, the
    experiment stays.
    """
    with requests.Session() as session:
        # A proxy of this user has no part in it.
        session.trust_env = False
        if "MLFLOW_TRACKING_USERNAME" in os.environ:
            session.auth = (os.environ["MLFLOW_TRACKING_USERNAME"], os.environ.get("MLFLOW_TRACKING_PASSWORD", ""))
        return Smoked(settings.url, _steps(Client(session, settings.probe_url)))


def _steps(client: Client) -> list[Finding]:
    found: list[Finding] = []
    run: dict[str, str] = {}
    contents = {name: secrets.token_bytes(size) for name, size in SIZES.items()}

    def step(name: str, text: str, work: Callable[[], None]) -> None:
        try:
            work()
        except StepFailed as error:
            found.append(Finding(f"smoke.{name}", "error", f"{text}: {error}", "", ("./stack logs", "./stack doctor")))
        else:
            found.append(Finding(f"smoke.{name}", "ok", text))

    work: list[tuple[str, str, Callable[[], None]]] = [
        ("experiment", "An experiment", lambda: run.update(experiment=_experiment(client))),
        ("run", "A run", lambda: run.update(_run(client, run["experiment"]))),
        ("param", "A parameter, read back", lambda: _param(client, run["id"])),
        ("metric", "A metric, read back", lambda: _metric(client, run["id"])),
        ("upload", f"{len(SIZES)} files up", lambda: _upload(client, run["root"], contents)),
        ("list", "The files are listed with their sizes", lambda: _list(client, run["root"])),
        ("download", "The files down again, equal by SHA-256", lambda: _download(client, run["root"], contents)),
    ]
    for name, text, do in work:
        step(name, text, do)
        if errors_of(found):
            break
    if "root" in run:
        step("delete-files", "The files are deleted", lambda: _delete_files(client, run["root"]))
    if "id" in run:
        step("delete-run", "The run is deleted", lambda: _delete_run(client, run["id"]))
    return found


def _experiment(client: Client) -> str:
    """The smoke test's own experiment, made once; one that somebody deleted is taken out of the bin."""
    filter_string = f"name = '{EXPERIMENT}'"
    answer = client.post("/experiments/search", {"filter": filter_string, "view_type": "ALL", "max_results": 1})
    for experiment in answer.get("experiments", []):
        if experiment["lifecycle_stage"] == "deleted":
            client.post("/experiments/restore", {"experiment_id": experiment["experiment_id"]})
        return str(experiment["experiment_id"])
    return str(client.post("/experiments/create", {"name": EXPERIMENT})["experiment_id"])


def _run(client: Client, experiment: str) -> dict[str, str]:
    info = client.post("/runs/create", {"experiment_id": experiment, "run_name": "smoke", "start_time": _now()})["run"][
        "info"
    ]
    scheme, _, root = str(info["artifact_uri"]).partition(":/")
    if scheme != "mlflow-artifacts":
        raise StepFailed(f"the run's artifacts would not go through the server: {info['artifact_uri']}")
    return {"id": str(info["run_id"]), "root": root.lstrip("/")}


def _now() -> int:
    return int(time.time() * 1000)


def _data(client: Client, run_id: str) -> Any:
    return client.call("GET", f"{API}/runs/get", params={"run_id": run_id}).json()["run"]["data"]


def _param(client: Client, run_id: str) -> None:
    client.post("/runs/log-parameter", {"run_id": run_id, "key": "test", "value": "value"})
    if {"key": "test", "value": "value"} not in _data(client, run_id).get("params", []):
        raise StepFailed("it is not in the run")


def _metric(client: Client, run_id: str) -> None:
    client.post("/runs/log-metric", {"run_id": run_id, "key": "loss", "value": 0.5, "timestamp": _now(), "step": 1})
    if [(each["key"], each["value"]) for each in _data(client, run_id).get("metrics", [])] != [("loss", 0.5)]:
        raise StepFailed("it is not in the run")


def _upload(client: Client, root: str, contents: Mapping[str, bytes]) -> None:
    for name, content in contents.items():
        client.call("PUT", f"{ARTIFACTS}/{root}/{name}", data=content)


def _list(client: Client, root: str) -> None:
    files = client.call("GET", ARTIFACTS, params={"path": root}).json().get("files", [])
    listed = {str(file["path"]).rpartition("/")[2]: int(file.get("file_size") or 0) for file in files}
    if listed != SIZES:
        raise StepFailed(f"listed: {listed}")


def _download(client: Client, root: str, contents: Mapping[str, bytes]) -> None:
    for name, content in contents.items():
        came = client.call("GET", f"{ARTIFACTS}/{root}/{name}").content
        if hashlib.sha256(came).digest() != hashlib.sha256(content).digest():
            raise StepFailed(f"{name} came back changed ({len(came)} of {len(content)} bytes)")


def _delete_files(client: Client, root: str) -> None:
    for name in SIZES:
        client.call("DELETE", f"{ARTIFACTS}/{root}/{name}")
    left = client.call("GET", ARTIFACTS, params={"path": root}).json().get("files", [])
    if left:
        raise StepFailed(f"still listed: {[file['path'] for file in left]}")


def _delete_run(client: Client, run_id: str) -> None:
    client.post("/runs/delete", {"run_id": run_id})

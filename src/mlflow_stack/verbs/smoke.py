"""smoke: the main job once through, by the public URL and plain REST, as any client would; without an AWS key."""

import hashlib
import os
import secrets
import time
from collections.abc import Callable
from typing import Any

import requests
from pydantic import BaseModel

from mlflow_stack.errors import Finding, error, errors_of, ok
from mlflow_stack.verbs.plan import Session
from mlflow_stack.verbs.result import Line, Result
from mlflow_stack.verbs.server import existing

API = "/api/2.0/mlflow"
ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"
EXPERIMENT = "mlflow-stack-smoke"
SIZES = {"empty.bin": 0, "small.bin": 1024, "large.bin": 12 * 1024**2 + 1}
"""Nothing, one piece, and more than one part of a multipart upload."""
TIMEOUT_S = 120.0
QUOTED_CHARACTERS = 300


class Smoked(BaseModel):
    """Which server was tried."""

    url: str


class StepFailed(Exception):
    """An answer that is not what the step needs."""


def smoke(session: Session) -> Result:
    """Run, parameter, metric, three files up, listed, down, compared by SHA-256, deleted; the run is deleted, the
    experiment stays. One finding a step; after the first that fails only what tidies up is tried. Raises StackError.
    """
    settings, _ = existing(session.stack, "smoke")
    lines = [Line(f"Smoke test of {settings.url}")]
    return Result(lines, Walk(settings.probe_url).steps(), Smoked(url=settings.url))


class Walk:
    """One walk through a server at `base`. Name and password, where logins are on, come from MLflow's own variables."""

    def __init__(self, base: str) -> None:
        self._base, self._session = base, requests.Session()
        self._session.trust_env = False  # A proxy of this user has no part in it.
        if "MLFLOW_TRACKING_USERNAME" in os.environ:
            user, password = (os.environ.get(f"MLFLOW_TRACKING_{name}", "") for name in ("USERNAME", "PASSWORD"))
            self._session.auth = (user, password)
        self._contents = {name: secrets.token_bytes(size) for name, size in SIZES.items()}
        self._experiment = self._run = self._root = ""

    def steps(self) -> list[Finding]:
        """Every step in order; closes the connection."""
        work: list[tuple[str, str, Callable[[], None]]] = [
            ("experiment", "An experiment", self._find_experiment),
            ("run", "A run", self._create_run),
            ("param", "A parameter, read back", self._log_param),
            ("metric", "A metric, read back", self._log_metric),
            ("upload", f"{len(SIZES)} files uploaded", self._upload),
            ("list", "The files are listed with their sizes", self._list),
            ("download", "The files downloaded, equal by SHA-256", self._download),
        ]
        found: list[Finding] = []
        with self._session:
            for name, text, do in work:
                found.append(_step(name, text, do))
                if errors_of(found):
                    break
            if self._root:
                found.append(_step("delete-files", "The files are deleted", self._delete_files))
            if self._run:
                found.append(_step("delete-run", "The run is deleted", self._delete_run))
        return found

    def _call(self, method: str, path: str, **rest: Any) -> requests.Response:
        """Raises StepFailed with status and the first of the answer's words."""
        try:
            answer = self._session.request(method, f"{self._base}{path}", timeout=TIMEOUT_S, **rest)
        except requests.RequestException as problem:
            raise StepFailed(f"no answer: {type(problem).__name__}") from problem
        if not answer.ok:
            raise StepFailed(f"{method} {path} answered {answer.status_code}: {answer.text[:QUOTED_CHARACTERS]}")
        return answer

    def _json(self, method: str, path: str, **rest: Any) -> Any:
        answer = self._call(method, path, **rest)
        try:
            return answer.json()
        except ValueError as problem:
            said = answer.text[:QUOTED_CHARACTERS]
            raise StepFailed(f"{method} {path} answered no JSON, so this is not MLflow: {said}") from problem

    def _find_experiment(self) -> None:
        """The smoke test's own experiment, made once; one that somebody deleted is restored."""
        query = {"filter": f"name = '{EXPERIMENT}'", "view_type": "ALL", "max_results": 1}
        for found in self._json("POST", f"{API}/experiments/search", json=query).get("experiments", []):
            self._experiment = str(found["experiment_id"])
            if found["lifecycle_stage"] == "deleted":
                self._json("POST", f"{API}/experiments/restore", json={"experiment_id": self._experiment})
            return
        created = self._json("POST", f"{API}/experiments/create", json={"name": EXPERIMENT})
        self._experiment = str(created["experiment_id"])

    def _create_run(self) -> None:
        asked = {"experiment_id": self._experiment, "run_name": "smoke", "start_time": _now()}
        made = self._json("POST", f"{API}/runs/create", json=asked)["run"]["info"]
        self._run = str(made["run_id"])
        scheme, _, root = str(made["artifact_uri"]).partition(":/")
        if scheme != "mlflow-artifacts":
            raise StepFailed(f"the run's artifacts would not go through the server: {made['artifact_uri']}")
        self._root = root.lstrip("/")

    def _data(self) -> Any:
        return self._json("GET", f"{API}/runs/get", params={"run_id": self._run})["run"]["data"]

    def _log_param(self) -> None:
        self._json("POST", f"{API}/runs/log-parameter", json={"run_id": self._run, "key": "test", "value": "value"})
        if {"key": "test", "value": "value"} not in self._data().get("params", []):
            raise StepFailed("it is not in the run")

    def _log_metric(self) -> None:
        metric = {"run_id": self._run, "key": "loss", "value": 0.5, "timestamp": _now(), "step": 1}
        self._json("POST", f"{API}/runs/log-metric", json=metric)
        if [(each["key"], each["value"]) for each in self._data().get("metrics", [])] != [("loss", 0.5)]:
            raise StepFailed("it is not in the run")

    def _upload(self) -> None:
        for name, content in self._contents.items():
            self._call("PUT", f"{ARTIFACTS}/{self._root}/{name}", data=content)

    def _listed(self) -> dict[str, int]:
        files = self._json("GET", ARTIFACTS, params={"path": self._root}).get("files", [])
        return {str(file["path"]).rpartition("/")[2]: int(file.get("file_size") or 0) for file in files}

    def _list(self) -> None:
        if (found := self._listed()) != SIZES:
            raise StepFailed(f"listed: {found}")

    def _download(self) -> None:
        for name, content in self._contents.items():
            came = self._call("GET", f"{ARTIFACTS}/{self._root}/{name}").content
            if hashlib.sha256(came).digest() != hashlib.sha256(content).digest():
                raise StepFailed(f"{name} came back changed ({len(came)} of {len(content)} bytes)")

    def _delete_files(self) -> None:
        for name in SIZES:
            self._call("DELETE", f"{ARTIFACTS}/{self._root}/{name}")
        if left := self._listed():
            raise StepFailed(f"still listed: {sorted(left)}")

    def _delete_run(self) -> None:
        self._json("POST", f"{API}/runs/delete", json={"run_id": self._run})


def _step(name: str, text: str, do: Callable[[], None]) -> Finding:
    try:
        do()
    except (StepFailed, KeyError, TypeError, AttributeError) as problem:
        why = problem if isinstance(problem, StepFailed) else f"the answer is not MLflow's ({problem!r})"
        return error(f"smoke.{name}", f"{text}: {why}", "", "./stack logs --tail 50", "./stack doctor")
    return ok(f"smoke.{name}", text)


def _now() -> int:
    return int(time.time() * 1000)

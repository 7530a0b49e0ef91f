#!/usr/bin/env python3
"""The main job once through, as any client would: `python3 scripts/smoke.py http://HOST:5000`, from any machine.

Needs Python 3.9 and nothing else, and no AWS key: a run with a parameter, a metric and three files is created, read
back, compared and deleted again. Prints one JSON line for each step, and a last one that says whether all went well;
exit code 1 if not. `./stack smoke` runs it. Name and password, where logins are on, come from MLflow's own variables
MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD. A proxy of the environment is not used.
"""

import base64
import hashlib
import json
import os
import secrets
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

API = "/api/2.0/mlflow"
ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"
EXPERIMENT = "mlflow-stack-smoke"
# Nothing, one piece, and more than one part of a multipart upload.
SIZES = {"empty.bin": 0, "small.bin": 1024, "large.bin": 12 * 1024**2 + 1}
TIMEOUT_SECONDS = 120.0
QUOTED_CHARACTERS = 300


class StepFailedError(Exception):
    """An answer that is not what the step needs."""


class Walk:
    """One walk through a server."""

    def __init__(self, url):
        self.url = url.rstrip("/")
        self.open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
        self.headers = {}
        if user := os.environ.get("MLFLOW_TRACKING_USERNAME"):
            pair = f"{user}:{os.environ.get('MLFLOW_TRACKING_PASSWORD', '')}"
            self.headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        self.contents = {name: secrets.token_bytes(size) for name, size in SIZES.items()}
        self.experiment = self.run = self.root = ""

    def call(self, method, path, body=None, headers=None):
        """The bytes of an answer. Raises StepFailedError with status and the first of the answer's words."""
        request = urllib.request.Request(f"{self.url}{path}", body, {**self.headers, **(headers or {})}, method=method)
        try:
            with self.open(request, timeout=TIMEOUT_SECONDS) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            said = error.read(QUOTED_CHARACTERS).decode("utf-8", "replace")
            raise StepFailedError(f"{method} {path} answered {error.code}: {said}") from error
        except (OSError, ValueError) as error:
            raise StepFailedError(f"no answer: {getattr(error, 'reason', None) or type(error).__name__}") from error

    def ask(self, method, path, body=None):
        """JSON both ways. Raises StepFailedError, also for a page of something that is not MLflow."""
        sent = None if body is None else json.dumps(body).encode()
        said = self.call(method, path, sent, {"Content-Type": "application/json"})
        try:
            return json.loads(said)
        except ValueError as error:
            text = said[:QUOTED_CHARACTERS].decode("utf-8", "replace")
            raise StepFailedError(f"{method} {path} answered no JSON, so this is not MLflow: {text}") from error

    def post(self, path, **body):
        """A call of MLflow's REST API."""
        return self.ask("POST", f"{API}/{path}", body)

    def find_experiment(self):
        """The smoke test's own experiment, made once; one that somebody deleted is restored."""
        query = {"filter": f"name = '{EXPERIMENT}'", "view_type": "ALL", "max_results": 1}
        found = self.post("experiments/search", **query).get("experiments", [])
        self.experiment = (found or [self.post("experiments/create", name=EXPERIMENT)])[0]["experiment_id"]
        if found and found[0]["lifecycle_stage"] == "deleted":
            self.post("experiments/restore", experiment_id=self.experiment)

    def create_run(self):
        """Its artifacts have to go through the server."""
        made = self.post("runs/create", experiment_id=self.experiment, run_name="smoke", start_time=now())["run"][
            "info"
        ]
        self.run = made["run_id"]
        if not made["artifact_uri"].startswith("mlflow-artifacts:/"):
            raise StepFailedError(f"the run's artifacts would not go through the server: {made['artifact_uri']}")
        self.root = made["artifact_uri"][len("mlflow-artifacts:") :].lstrip("/")

    def log(self, kind, where, **what):
        """Write one value, and find it in the run."""
        self.post(f"runs/log-{kind}", run_id=self.run, key="smoke", **what)
        data = self.ask("GET", f"{API}/runs/get?run_id={self.run}")["run"]["data"]
        if ("smoke", what["value"]) not in [(each["key"], each["value"]) for each in data.get(where, [])]:
            raise StepFailedError("it is not in the run")

    def log_param(self):
        """A parameter."""
        self.log("parameter", "params", value="value")

    def log_metric(self):
        """A metric."""
        self.log("metric", "metrics", value=0.5, timestamp=now(), step=1)

    def upload(self):
        """All files."""
        for name, content in self.contents.items():
            self.call("PUT", f"{ARTIFACTS}/{self.root}/{name}", content, {"Content-Type": "application/octet-stream"})

    def expect(self, sizes):
        """Raises StepFailedError where other files are listed."""
        path = f"{ARTIFACTS}?path={urllib.parse.quote(self.root, safe='')}"
        files = self.ask("GET", path).get("files", [])
        listed = {file["path"].rpartition("/")[2]: int(file.get("file_size") or 0) for file in files}
        if listed != sizes:
            raise StepFailedError(f"listed: {listed}")

    def list_files(self):
        """With their sizes."""
        self.expect(SIZES)

    def download(self):
        """Byte by byte."""
        for name, content in self.contents.items():
            came = self.call("GET", f"{ARTIFACTS}/{self.root}/{name}")
            if hashlib.sha256(came).digest() != hashlib.sha256(content).digest():
                raise StepFailedError(f"{name} came back changed ({len(came)} of {len(content)} bytes)")

    def delete_files(self):
        """None is listed any more."""
        for name in SIZES:
            self.call("DELETE", f"{ARTIFACTS}/{self.root}/{name}")
        self.expect({})

    def delete_run(self):
        """The experiment stays."""
        self.post("runs/delete", run_id=self.run)


def now():
    """Milliseconds of the epoch."""
    return int(time.time() * 1000)


def step(name, text, do):
    """One step and its finding; whether it went well."""
    try:
        do()
    except (StepFailedError, LookupError, TypeError, AttributeError) as error:
        why = error if isinstance(error, StepFailedError) else f"the answer is not MLflow's ({error!r})"
        say(
            "finding",
            id=f"smoke.{name}",
            level="error",
            text=f"{text}: {why}",
            fix=["./stack logs --tail 50", "./stack doctor"],
        )
        return False
    say("finding", id=f"smoke.{name}", level="ok", text=text, fix=[])
    return True


def say(event, **fields):
    """One JSON line."""
    print(json.dumps({"event": event, **fields}), flush=True)


def main(url):
    """All steps; after the first that fails only what tidies up is tried."""
    walk = Walk(url)
    steps = (
        ("experiment", "An experiment", walk.find_experiment),
        ("run", "A run", walk.create_run),
        ("param", "A parameter, read back", walk.log_param),
        ("metric", "A metric, read back", walk.log_metric),
        ("upload", f"{len(SIZES)} files uploaded", walk.upload),
        ("list", "The files are listed with their sizes", walk.list_files),
        ("download", "The files downloaded, equal by SHA-256", walk.download),
    )
    well = all(step(*each) for each in steps)
    if walk.root:
        well &= step("delete-files", "The files are deleted", walk.delete_files)
    if walk.run:
        well &= step("delete-run", "The run is deleted", walk.delete_run)
    say("result", ok=well, url=walk.url)
    return 0 if well else 1


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python3 scripts/smoke.py http://HOST:PORT")
    sys.exit(main(sys.argv[1]))

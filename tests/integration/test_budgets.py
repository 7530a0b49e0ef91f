"""What a request may cost the database: statements, counted in the image, which do not jitter as times do."""

from __future__ import annotations

import json
from pathlib import Path

from support import docker
from support.images import server_image

COUNT = """
import json, os, sys
from stackd.database import patched
patched.use_patched_sqlite()
from stackd import database
from stackd.serve.deferred import defer
defer("pandas")
from stackd.serve import app
from stackd.settings import from_environment
config = from_environment()
database.of(config).prepare(config.places.empty_database)
app.build(config)
from mlflow.server import app as flask_app
import sqlalchemy

seen = []
sqlalchemy.event.listen(
    sqlalchemy.Engine, "before_cursor_execute", lambda _, __, statement, *___: seen.append(statement))
client = flask_app.test_client()
API = "/api/2.0/mlflow/"
run = client.post(API + "runs/create", json={"experiment_id": "0"}).json["run"]["info"]["run_id"]
metrics = [{"key": f"m{n}", "value": n, "timestamp": 1, "step": 1} for n in range(100)]
asked = {
    "log-metric": ("runs/log-metric", {"run_id": run, "key": "a", "value": 1, "timestamp": 1, "step": 1}),
    "log-metric, next step": ("runs/log-metric", {"run_id": run, "key": "a", "value": 1, "timestamp": 2, "step": 2}),
    "log-batch of 100": ("runs/log-batch", {"run_id": run, "metrics": metrics}),
    "log-parameter": ("runs/log-parameter", {"run_id": run, "key": "p", "value": "1"}),
    "set-tag": ("runs/set-tag", {"run_id": run, "key": "t", "value": "1"}),
    "experiments/search": ("experiments/search", {"max_results": 100}),
    "runs/search": ("runs/search", {"experiment_ids": ["0"], "max_results": 100}),
    "runs/create": ("runs/create", {"experiment_id": "0"}),
}
found = {}
for name, (path, body) in asked.items():
    seen.clear()
    answer = client.post(API + path, json=body)
    assert answer.status_code == 200, (name, answer.text)
    found[name] = len(seen)
for _ in range(50):
    client.post(API + "runs/create", json={"experiment_id": "0"})
seen.clear()
client.post(API + "runs/search", json={"experiment_ids": ["0"], "max_results": 100})
found["runs/search of 50 more"] = len(seen)
print(json.dumps(found))
"""
BUDGET = {
    "log-metric": 6,
    "log-metric, next step": 6,
    "log-batch of 100": 8,
    "log-parameter": 6,
    "set-tag": 6,
    "experiments/search": 4,
    "runs/search": 14,
    "runs/create": 14,
}


def test_statements_a_request(images: dict[str, str], tree: Path) -> None:
    """Otherwise a layer of ours asks the database once more for each request, and nobody sees it in a figure."""
    image = server_image(tree, images)
    settings = {
        "STACK_MODE": "local",
        "STACK_WORKERS": "1",
        "STACK_KEEP_COPIES": "1",
        "STACK_STOP_GRACE": "5m",
        "STACK_ARTIFACTS_DESTINATION": "/mlartifacts",
        "STACK_PUBLISHED": "127.0.0.1:5000",
    }
    given = [part for name, value in settings.items() for part in ("--env", f"{name}={value}")]
    done = docker.docker(
        "run", "--rm", "--network", "none", *given, "--entrypoint", "/opt/mlflow/bin/python", image, "-c", COUNT
    )
    found = json.loads(done.stdout.splitlines()[-1])
    many = found.pop("runs/search of 50 more")
    assert found.keys() == BUDGET.keys()
    assert {name: count for name, count in found.items() if count > BUDGET[name]} == {}
    assert many <= found["runs/search"], "a statement for each run"

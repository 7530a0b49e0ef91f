"""What MLflow offers works in the small image: each test stands for something that a leaner one could have lost."""

from __future__ import annotations

import re

import pytest

from support import docker
from support.processes import processes
from support.rest import Rest
from support.stack import NewStack, Stack

PROMPT = """
import mlflow
first = mlflow.genai.register_prompt(name="greeting", template="Hello {{name}}")
assert mlflow.genai.load_prompt("prompts:/greeting/1").format(name="Ada") == "Hello Ada", first
"""
TRACE = """
import mlflow
experiment = mlflow.set_experiment("traced")
with mlflow.start_span(name="outer") as span:
    span.set_inputs({"question": "2 * 2"})
    span.set_outputs({"answer": 4})
mlflow.flush_trace_async_logging()
trace = mlflow.get_trace(span.trace_id)
assert trace.data.spans[0].outputs == {"answer": 4}, trace
assert [each.info.trace_id for each in mlflow.search_traces(
    locations=[experiment.experiment_id], return_type="list")] == [span.trace_id]
"""
WEBHOOK = """
from mlflow import MlflowClient
from mlflow.entities.webhook import WebhookStatus
client = MlflowClient()
made = client.create_webhook(
    name="told", url="https://198.51.101.7/told", events=["registered_model.created"], status=WebhookStatus.DISABLED)
assert [each.name for each in client.list_webhooks()] == ["told"]
client.delete_webhook(made.webhook_id)
assert list(client.list_webhooks()) == []
"""
MODEL = """
from mlflow import MlflowClient
client = MlflowClient()
experiment = client.create_experiment("of models")
made = client.create_logged_model(experiment, name="policy", params={"lr": "0.1"})
client.finalize_logged_model(made.model_id, "READY")
(found,) = client.search_logged_models([experiment])
assert (found.model_id, found.status.value, found.params) == (made.model_id, "READY", {"lr": "0.1"}), found
"""

WHERE = """
import importlib.util, os, mlflow
spec = mlflow.__spec__
print(type(spec.loader).__module__, os.path.exists(importlib.util.cache_from_source(spec.origin)))
"""


@pytest.fixture(scope="module")
def rest(new_module_stack: NewStack) -> Rest:
    """A server with metrics for Prometheus on."""
    stack = new_module_stack(s3=False, MLFLOW_PROMETHEUS="yes")
    stack.up("local")
    return Rest(stack)


def as_owner(stack: Stack, *command: str) -> docker.Completed:
    """Run a command in the server's container as the user who serves; an exit code other than 0 fails."""
    container = stack.container()
    user = processes(container)[0].user
    return docker.docker("exec", "--user", user, container, *command)


def test_the_ui_comes_with_its_scripts(rest: Rest) -> None:
    """Otherwise the browser shows a white page."""
    page = rest.call("GET", "/")
    assert page.status_code == 200
    scripts = re.findall(r'src="(static-files/[^"]+\.js)"', page.text)
    assert scripts
    for script in scripts:
        answer = rest.call("GET", f"/{script}")
        assert (answer.status_code, "javascript" in answer.headers["Content-Type"]) == (200, True), script


def test_graphql(rest: Rest) -> None:
    """Otherwise the UI's run page stays empty."""
    run = rest.run(rest.experiment("asked by GraphQL"))
    query = "query Get($id: String!) { mlflowGetRun(input: {runId: $id}) { run { info { runId status } } } }"
    asked = {"query": query, "variables": {"id": run}, "operationName": "Get"}
    answer = rest.call("POST", "/graphql", json=asked).json()
    assert answer["data"]["mlflowGetRun"]["run"]["info"] == {"runId": run, "status": "RUNNING"}


def test_registry(rest: Rest) -> None:
    """Otherwise models have no versions."""
    run = rest.run(rest.experiment("registered"))
    rest.post("registered-models/create", name="policy")
    version = rest.post("model-versions/create", name="policy", source=f"runs:/{run}/model", run_id=run)
    assert version["model_version"]["version"] == "1"
    rest.post("registered-models/alias", name="policy", alias="best", version="1")
    found = rest.call("GET", "/api/2.0/mlflow/registered-models/alias?name=policy&alias=best").json()
    assert found["model_version"]["run_id"] == run


@pytest.mark.parametrize(
    "script", [PROMPT, TRACE, WEBHOOK, MODEL], ids=["prompts", "traces", "webhooks", "logged models"]
)
def test_a_plain_client(rest: Rest, script: str) -> None:
    """Otherwise a feature of the client meets an error of the server."""
    rest.stack.client(script)


def test_prometheus(rest: Rest) -> None:
    """Otherwise nobody sees from outside how the server does; all workers count, not the one that answers."""
    before = rest.call("GET", "/metrics").text
    for _ in range(20):
        rest.post("experiments/search", max_results=1)

    def searches(text: str) -> float:
        found = re.findall(r'^mlflow_http_request_total\{.*method="POST".*status="200"\} ([\d.]+)$', text, re.MULTILINE)
        return sum(map(float, found))

    assert searches(rest.call("GET", "/metrics").text) - searches(before) == 20


def test_gc_and_db_upgrade(rest: Rest) -> None:
    """Otherwise what MLflow's own documentation says does not work here."""
    run = rest.run(rest.experiment("collected"))
    rest.post("runs/delete", run_id=run)
    uri = "sqlite:////data/mlflow.db"
    gc = ("mlflow", "gc", "--older-than", "0d", "--backend-store-uri", uri, "--tracking-uri", "http://127.0.0.1:5000")
    as_owner(rest.stack, *gc)
    assert rest.call("GET", f"/api/2.0/mlflow/runs/get?run_id={run}").status_code == 404
    as_owner(rest.stack, "mlflow", "db", "upgrade", uri)
    assert rest.post("experiments/search", max_results=1)


def test_every_python_of_the_image_finds_modules_in_one_file(rest: Rest) -> None:
    """Their byte code is nowhere else: MLflow's own commands would compile two thousand sources each time."""
    found = as_owner(rest.stack, "python", "-c", WHERE).stdout.split()
    assert found == ["stackd.modules", "False"]

"""What somebody has logged with an older MLflow: run by `make.py`, in that version's own environment.

MLflow itself writes all rows and files; only where `s3://` and `mlflow-artifacts:/` lie is folders of ours, for that is
what a bucket and a server's `--artifacts-destination ./mlruns` hold.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlflow
import mlflow.pyfunc
from mlflow.store.artifact import artifact_repository_registry
from mlflow.store.artifact.local_artifact_repo import LocalArtifactRepository

HOME = Path.cwd()
THREE = not mlflow.__version__.startswith("2.")
# Scheme and host of a URI → the folder that stands for it.
STORES = {"s3://here": "here", "s3://there": "there", "s3://elsewhere": "elsewhere", "mlflow-artifacts:": "mlruns"}
MODEL = """
from mlflow.models import set_model
from mlflow.pyfunc import PythonModel

class Doubling(PythonModel):
    def predict(self, context, model_input, params=None):
        return [2 * each for each in model_input]

set_model(Doubling())
"""


class Standing(LocalArtifactRepository):  # type: ignore[misc]
    """A folder in the place of a store."""

    def __init__(self, artifact_uri: str, *args: Any, **more: Any) -> None:
        store = next(each for each in STORES if artifact_uri.startswith(each + "/"))
        super().__init__(str(HOME / STORES[store] / artifact_uri.removeprefix(store + "/")), *args, **more)


def log_one(experiment: str, client: mlflow.MlflowClient) -> None:
    """A run with everything, a second version of `net` with the experiment's name as alias, and a trace."""
    mlflow.set_experiment(experiment)
    with mlflow.start_run(run_name=f"of {experiment}", tags={"court": "half"}) as run:
        mlflow.log_params({"depth": 3, "lr": "1e-3"})
        for step in range(5):
            mlflow.log_metrics({"loss": 1 / (step + 1), "reward": step * 0.5}, step=step)
        mlflow.log_text(f"notes of {experiment}", "notes/räume und leer.txt")
        mlflow.log_dict({"experiment": experiment}, "config.json")
        (HOME / "model.py").write_text(MODEL, encoding="utf-8")
        where = {"name" if THREE else "artifact_path": "model"}
        mlflow.pyfunc.log_model(python_model="model.py", pip_requirements=["mlflow"], **where)
    mlflow.register_model(f"runs:/{run.info.run_id}/model", "net")
    # As a client does that names the place itself: no `models:/` of MLflow 3.
    source = f"{run.info.artifact_uri}/notes"
    version = client.create_model_version("net", source, run.info.run_id, tags={"kind": "notes"})
    client.set_registered_model_alias("net", f"{experiment.lower()}-notes", version.version)
    client.set_registered_model_alias("net", experiment.lower(), str(int(version.version) - 1))
    with mlflow.start_span(f"of {experiment}") as span:
        span.set_inputs({"question": "how much is 2 * 2"})
        span.set_outputs({"answer": 4})
        if THREE:
            span.set_attribute("mlflow.chat.tokenUsage", {"input_tokens": 7, "output_tokens": 1, "total_tokens": 8})
            mlflow.update_current_trace(metadata={"mlflow.trace.session": "an evening"})


def main() -> None:
    """Log one of everything into each kind of experiment."""
    for scheme in ("s3", "mlflow-artifacts"):
        artifact_repository_registry._artifact_repository_registry.register(scheme, Standing)
    mlflow.set_tracking_uri("sqlite:///mlflow.db")
    client = mlflow.MlflowClient()
    client.create_registered_model("net", tags={"game": "basketball"})
    places = {
        "here": "s3://here/1",
        "there": "s3://there/2",
        "elsewhere": "s3://elsewhere/3",
        "uri": f"file://{HOME}/mlruns/4",
        "path": None,
        "proxied": "mlflow-artifacts:/6",
    }
    for name, location in places.items():
        client.create_experiment(name, artifact_location=location)
    for name in ("Default", *places):
        log_one(name, client)


if __name__ == "__main__":
    main()

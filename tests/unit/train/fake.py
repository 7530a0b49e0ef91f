"""A tracking server in memory, behind the calls of MlflowClient that a training makes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException, RestException
from mlflow.protos.databricks_pb2 import INTERNAL_ERROR

# As the client words them, 3.17.2.
GONE = "API request to http://server failed with exception HTTPConnectionPool(host='server'): Max retries exceeded"
NO_FILE = "The following failures occurred: 404 Client Error: Not Found for url: http://server/api/…"


def answer(code: str) -> RestException:
    """What the client raises for an answer of the server that is not 200."""
    return RestException({"error_code": code, "message": "said the server"})


class FakeClient:
    """Remembers in `log` what was asked, in order; `fails` maps a call's name to what it raises."""

    def __init__(self) -> None:
        self.log: list[tuple[str, Any]] = []
        self.fails: dict[str, BaseException] = {}
        self.experiments: dict[str, SimpleNamespace] = {}
        self.runs: dict[str, SimpleNamespace] = {}
        self.files: dict[tuple[str, str], bytes] = {}
        self.points: list[tuple[int, str, float]] = []
        self.params: dict[str, str] = {}
        self.versions: list[SimpleNamespace] = []
        self.aliases: dict[str, SimpleNamespace] = {}

    def _did(self, call: str, what: Any = None) -> None:
        self.log.append((call, what))
        if call in self.fails:
            raise self.fails[call]

    def get_experiment_by_name(self, name: str) -> Any:
        self._did("get_experiment")
        return self.experiments.get(name)

    def create_experiment(self, name: str) -> str:
        self._did("create_experiment", name)
        self.experiments[name] = SimpleNamespace(experiment_id="7", lifecycle_stage="active")
        return "7"

    def create_run(self, experiment: str, tags: dict[str, str], run_name: str | None) -> Any:
        self._did("create_run", experiment)
        run_id = f"run{len(self.runs)}"
        info = SimpleNamespace(
            run_id=run_id, run_name=run_name or "named-by-server", experiment_id=experiment, lifecycle_stage="active",
            artifact_uri=f"mlflow-artifacts:/{experiment}/{run_id}/artifacts", status="RUNNING",
        )  # fmt: skip
        self.runs[run_id] = SimpleNamespace(info=info, data=SimpleNamespace(tags=dict(tags)))
        return self.runs[run_id]

    def get_run(self, run_id: str) -> Any:
        self._did("get_run", run_id)
        if run_id not in self.runs:
            raise answer("RESOURCE_DOES_NOT_EXIST")
        return self.runs[run_id]

    def update_run(self, run_id: str, status: str) -> None:
        self._did("update_run", status)
        self.runs[run_id].info.status = status

    def set_terminated(self, run_id: str, status: str) -> None:
        self._did("set_terminated", status)
        self.runs[run_id].info.status = status

    def search_runs(self, experiments: list[str], having: str, max_results: int, order_by: list[str]) -> list[Any]:
        self._did("search_runs", max_results)
        return [run for run in self.runs.values() if "train.policy" in run.data.tags][:max_results]

    def log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric] = (),
        params: Sequence[Param] = (),
        tags: Sequence[RunTag] = (),
        synchronous: bool | None = None,
    ) -> None:
        assert synchronous
        assert len(metrics) <= 1000
        self._did("log_batch", sorted({metric.step for metric in metrics}) or [tag.key for tag in tags])
        self.points += [(metric.step, metric.key, metric.value) for metric in metrics]
        self.params |= {param.key: param.value for param in params}
        self.runs[run_id].data.tags |= {tag.key: tag.value for tag in tags}

    def get_metric_history(self, run_id: str, key: str) -> list[Any]:
        self._did("get_metric_history", key)
        return [SimpleNamespace(step=step) for step, name, _ in self.points if name == key]

    def log_figure(self, run_id: str, figure: Any, path: str) -> None:
        self._did("log_figure", path)

    def log_artifact(self, run_id: str, path: str, folder: str) -> None:
        self._did("log_artifact", f"{folder}/{Path(path).name}")
        self.files[run_id, f"{folder}/{Path(path).name}"] = Path(path).read_bytes()

    def download_artifacts(self, run_id: str, path: str, into: str) -> str:
        self._did("download_artifacts", path)
        if (run_id, path) not in self.files:
            raise MlflowException(NO_FILE, INTERNAL_ERROR)
        target = Path(into, Path(path).name)
        target.write_bytes(self.files[run_id, path])
        return str(target)

    def create_registered_model(self, name: str) -> None:
        self._did("create_registered_model", name)
        if self.versions:
            raise answer("RESOURCE_ALREADY_EXISTS")

    def create_model_version(self, name: str, source: str, run_id: str, tags: dict[str, str]) -> Any:
        self._did("create_model_version", source)
        self.versions.append(
            SimpleNamespace(version=str(len(self.versions) + 1), tags=tags, source=source, run_id=run_id)
        )
        return self.versions[-1]

    def get_model_version_by_alias(self, name: str, alias: str) -> Any:
        self._did("get_model_version_by_alias", alias)
        if alias not in self.aliases:
            raise answer("INVALID_PARAMETER_VALUE")
        return self.aliases[alias]

    def set_registered_model_alias(self, name: str, alias: str, version: str) -> None:
        self._did("set_registered_model_alias", version)
        self.aliases[alias] = self.versions[int(version) - 1]

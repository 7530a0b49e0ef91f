"""One run on the tracking server: what is logged, in which order, and under which names.

A checkpoint is files first and then the tag that names them: a tag never points to what is not there.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from mlflow.entities import Metric, Param, Run, RunTag

from checkpoints import Origin
from failures import ExperimentDeleted, NothingToResume, ServerRefused, UnknownRun
from patience import Patience
from settings import Settings

CHECKPOINT, POLICY = "train.checkpoint", "train.policy"
"""Tags: the folder of the last checkpoint, and the file of the best policy, among the run's artifacts."""
STATE_FILE, POLICY_FILE, PLOT_FILE = "state.npz", "policy.npz", "learning_curve.png"
STEP_OF_ALL = "train/points_per_possession"
"""A metric that every update has."""
BEST = "best"
UPDATES_PER_BATCH = 20
UPDATE = "update"
"""Tag of a model version: the update that its policy is of."""


def folder(step: int) -> str:
    """Where the checkpoint of an update lies among the run's artifacts."""
    return f"checkpoints/{step:06d}"


class Tracking:
    """The run of a training. `client` is an `mlflow.MlflowClient`; every call may raise what `Patience.call` does."""

    def __init__(self, client: Any, patience: Patience) -> None:
        self.client, self.patience = client, patience
        self._run: Run | None = None
        self._metrics: list[Metric] = []
        self._logged_upto = -1

    @property
    def run(self) -> Run:
        """The run; `begin` or `find` comes first."""
        if self._run is None:
            raise RuntimeError("there is no run yet")
        return self._run

    @property
    def run_id(self) -> str:
        """The run's ID."""
        return str(self.run.info.run_id)

    def experiment(self, name: str) -> str:
        """The ID of an experiment, which is created if it is missing.

        Raises:
            ExperimentDeleted: it is deleted.
        """
        call = self.patience.call
        found = call("show the experiment", self.client.get_experiment_by_name, name)
        if found is None:
            try:
                return str(call("make the experiment", self.client.create_experiment, name))
            except ServerRefused as refused:
                if refused.code != "RESOURCE_ALREADY_EXISTS":
                    raise
                # Two trainings began at once, or the answer to the first try was lost.
                found = call("show the experiment", self.client.get_experiment_by_name, name)
        if found.lifecycle_stage != "active":
            raise ExperimentDeleted(name)
        return str(found.experiment_id)

    def begin(
        self, experiment: str, name: str | None, settings: Settings, opponents: int, tags: Mapping[str, str]
    ) -> None:
        """Make the run, with its params (the settings, and how many opponents there are) and tags."""
        create = self.client.create_run
        self._run = self.patience.call("make a run", create, experiment, tags=dict(tags), run_name=name)
        self.patience.run_id = self.run_id
        params = [Param(key, str(value)) for key, value in {**asdict(settings), "opponents": opponents}.items()]
        self.patience.call("log params", self.client.log_batch, self.run_id, params=params, synchronous=True)

    def find(self, run_id: str) -> str:
        """Look up a run to continue; the folder of its last checkpoint.

        Raises:
            UnknownRun: there is none.
            NothingToResume: it is deleted, or has no checkpoint.
        """
        try:
            self._run = self.patience.call("show the run", self.client.get_run, run_id)
        except ServerRefused as refused:
            if refused.code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                raise UnknownRun(run_id, self.patience.uri) from refused
            raise
        if self.run.info.lifecycle_stage != "active":
            raise NothingToResume(run_id, "it is deleted")
        checkpoint = self.run.data.tags.get(CHECKPOINT)
        if not checkpoint:
            raise NothingToResume(run_id, f"it has no tag {CHECKPOINT}, so it has no checkpoint of this trainer")
        return str(checkpoint)

    def resume(self, step: int) -> None:
        """Continue the run that `find` found from its checkpoint of an update; its status is RUNNING again.

        What was logged after that checkpoint is computed again with the same numbers, and is not written twice.
        """
        self.patience.run_id, self.patience.step = self.run_id, step
        history = self.patience.call("show metrics", self.client.get_metric_history, self.run_id, STEP_OF_ALL)
        self._logged_upto = max((int(metric.step) for metric in history), default=step)
        self.patience.call("resume the run", self.client.update_run, self.run_id, status="RUNNING")

    def download(self, origin: Origin, into: Path) -> Path:
        """Fetch a file of any run through the server; raises ServerRefused (`missing`) where it has no such file."""
        what = f"give {origin.path} of run {origin.run_id}"
        fetch = self.client.download_artifacts
        return Path(self.patience.call(what, fetch, origin.run_id, origin.path, str(into)))

    def metrics(self, step: int, values: Mapping[str, float]) -> None:
        """Log metrics of an update; they are sent in batches, in order, and by `flush` at the latest."""
        if step <= self._logged_upto:
            return
        now = int(time.time() * 1000)
        self._metrics += [Metric(key, value, now, step) for key, value in values.items()]
        if step % UPDATES_PER_BATCH == 0:
            self.flush()

    def flush(self) -> None:
        """Send what has not been sent yet."""
        if self._metrics:
            self.patience.call(
                "log metrics", self.client.log_batch, self.run_id, metrics=self._metrics, synchronous=True
            )
            self._metrics = []

    def checkpoint(self, step: int, best_step: int, state: bytes, policy: bytes, plot: Figure) -> None:
        """Send metrics, plot and files of an update, and then the tags that name them."""
        self.flush()
        self.patience.call("take the plot", self.client.log_figure, self.run_id, plot, PLOT_FILE)
        with tempfile.TemporaryDirectory() as made:
            for name, content in ((STATE_FILE, state), (POLICY_FILE, policy)):
                path = Path(made, name)
                path.write_bytes(content)
                self.patience.call("take a checkpoint", self.client.log_artifact, self.run_id, str(path), folder(step))
        tags = [RunTag(CHECKPOINT, folder(step)), RunTag(POLICY, f"{folder(best_step)}/{POLICY_FILE}")]
        self.patience.call("tag the run", self.client.log_batch, self.run_id, tags=tags, synchronous=True)
        self.patience.step = step

    def end(self, status: str) -> None:
        """FINISHED, KILLED or FAILED."""
        self.patience.call("end the run", self.client.set_terminated, self.run_id, status)

    def register(self, model: str, step: int, win_rate: float) -> str:
        """Make the policy of a checkpoint a version of a registered model; `win_rate` is against the first policy.

        Returns the version.
        """
        call, client = self.patience.call, self.client
        try:
            call("make the registered model", client.create_registered_model, model)
        except ServerRefused as refused:
            if refused.code != "RESOURCE_ALREADY_EXISTS":
                raise
        made = call(
            "register the policy",
            client.create_model_version,
            model,
            source=f"{self.run.info.artifact_uri}/{folder(step)}",
            run_id=self.run_id,
            tags={"win_rate_first": f"{win_rate:.4f}", UPDATE: str(step)},
        )
        return str(made.version)

    def best(self, model: str) -> tuple[str, Origin | None] | None:
        """The version that has the alias, and its policy if it is one of this trainer's. None: no version has it."""
        try:
            found = self.patience.call("show the alias", self.client.get_model_version_by_alias, model, BEST)
        except ServerRefused as refused:
            if refused.code not in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                raise
            return None
        update = str(found.tags.get(UPDATE, ""))
        ours = found.run_id and update.isdecimal()
        return str(found.version), Origin(found.run_id, f"{folder(int(update))}/{POLICY_FILE}") if ours else None

    def make_best(self, model: str, version: str) -> None:
        """Give a version the alias."""
        self.patience.call("set the alias", self.client.set_registered_model_alias, model, BEST, version)


def policies_of(tracking: Tracking, experiment: str, most: int) -> Sequence[Origin]:
    """The best policies of the experiment's runs, newest run first, at most `most`."""
    if not most:
        return []
    search: Callable[..., Any] = tracking.client.search_runs
    having = f"tags.`{POLICY}` LIKE '%'"
    order = ["attributes.start_time DESC"]
    found = tracking.patience.call("list the runs", search, [experiment], having, max_results=most, order_by=order)
    return [Origin(run.info.run_id, run.data.tags[POLICY]) for run in found]

"""One training from its first request to its end: what is asked of the server, when, and what is printed."""

from __future__ import annotations

import getpass
import logging
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

import requests
from mlflow import MlflowClient
from mlflow.system_metrics.system_metrics_monitor import SystemMetricsMonitor
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from champion import crown
from checkpoints import NotACheckpointError, Origin, State
from failures import AlreadyThere, NothingToResume, ServerGone, ServerNotReachable, ServerRefused
from opponents import fetch
from patience import Patience
from picture import draw
from policy import Policy
from settings import Settings
from tracking import STATE_FILE, Tracking, policies_of
from training import Update, train

PROBE_SECONDS = 5
SAMPLING_SECONDS = {False: 10, True: 0.5}
"""Between two samples of the system metrics; True for --quick."""
INTERRUPTED = 130
MODE = "mlflow-stack.mode"
"""Tag of a run: in which store its files are, for runs of both modes are in one database."""


class Session:
    """A training against the server at `uri`, an http or https address without a slash at its end."""

    def __init__(self, uri: str, quick: bool, model: str) -> None:
        self.uri, self.quick, self.model = uri, quick, model
        self.console = Console(markup=False, highlight=False, soft_wrap=True)
        self.tracking = Tracking(MlflowClient(tracking_uri=uri, registry_uri=uri), Patience(uri, self.console.print))
        self.stopping = False
        # `Patience` says the same in one sentence, and these would break the progress bar.
        logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)
        for noisy in ("mlflow.system_metrics", "mlflow.store.model_registry"):
            logging.getLogger(noisy).setLevel(logging.ERROR)

    def start(self, experiment: str, name: str | None, settings: Settings) -> int:
        """A new run; the exit code. Raises TrainError."""
        mode = self._probe()
        experiment_id = self.tracking.experiment(experiment)
        state = State.new(settings)
        policies = self._opponents(state, policies_of(self.tracking, experiment_id, settings.max_opponents))
        with self._interruptible():
            self.tracking.begin(experiment_id, name, settings, len(policies), source_tags(mode))
            return self._train(state, policies, resumed=False)

    def resume(self, run_id: str, updates: int | None) -> int:
        """Continue a run, perhaps for more updates; the exit code. Raises TrainError."""
        self._probe()
        folder = self.tracking.find(run_id)
        with tempfile.TemporaryDirectory() as made:
            try:
                file = self.tracking.download(Origin(run_id, f"{folder}/{STATE_FILE}"), Path(made))
                state = State.load(file)
            except ServerRefused as refused:
                if not refused.missing:
                    raise
                why = f"{folder}/{STATE_FILE} is not in this server's store (404: it may be in the other mode's)"
                raise NothingToResume(run_id, why) from refused
            except NotACheckpointError as broken:
                raise NothingToResume(run_id, str(broken)) from broken
        if updates:
            state.settings = replace(state.settings, updates=updates)
        if state.step >= state.settings.updates:
            raise AlreadyThere(run_id, state.step)
        policies = self._opponents(state, state.opponents)
        with self._interruptible():
            self.tracking.resume(state.step)
            return self._train(state, policies, resumed=True)

    def _probe(self) -> str | None:
        """Whether anything answers, within seconds: the client alone would try for minutes and print nothing.

        Returns the server's mode, None where it does not say: then it is not a server of this stack.
        """
        try:
            answer = requests.get(f"{self.uri}/health/ready", timeout=PROBE_SECONDS)
        except requests.exceptions.SSLError:
            return None  # It answers. Whom to trust is the client's to decide (MLFLOW_TRACKING_INSECURE_TLS).
        except requests.exceptions.Timeout as error:
            raise ServerNotReachable(self.uri, f"no answer for {PROBE_SECONDS} s") from error
        except requests.RequestException as error:
            raise ServerNotReachable(self.uri, _shortest(error)) from error
        with suppress(ValueError, TypeError, KeyError):
            return str(answer.json()["mode"])
        return None

    def _opponents(self, state: State, origins: Sequence[Origin]) -> Sequence[Policy]:
        found = fetch(self.tracking, origins)
        for line in found.lines:
            self.console.print(line)
        state.opponents = list(found.origins)
        return found.policies

    def _train(self, state: State, policies: Sequence[Policy], resumed: bool) -> int:
        tracking = self.tracking
        info = tracking.run.info
        at = f" resumed after update {state.step}" if resumed else ""
        self.console.print(f"Run {info.run_name} ({info.run_id}){at}: ", end="")
        self.console.print(f"{self.uri}/#/experiments/{info.experiment_id}/runs/{info.run_id}")
        monitor = SystemMetricsMonitor(
            info.run_id, SAMPLING_SECONDS[self.quick], resume_logging=resumed, tracking_uri=self.uri
        )
        monitor.start()
        try:
            with self._bar(state) as shown:
                for update in train(state, policies, lambda: self.stopping):
                    self._log(state, update)
                    shown(update)
            monitor.finish()
            return self._end(state)
        except ServerGone:
            raise  # There is no server to tell; --resume continues the run.
        except BaseException as error:
            impatient = isinstance(error, KeyboardInterrupt)
            if not (impatient and tracking.patience.away):
                with suppress(ServerGone, ServerRefused):
                    tracking.end("KILLED" if impatient else "FAILED")
            raise

    def _log(self, state: State, update: Update) -> None:
        self.tracking.metrics(update.step, update.metrics)
        if update.score:
            plot = draw(state.curve, update.score.shots)
            policy = state.learner.policy.to_bytes()
            self.tracking.checkpoint(update.step, state.best_step, state.to_bytes(), policy, plot)

    def _end(self, state: State) -> int:
        run_id = self.tracking.run_id
        if state.step < state.settings.updates:
            self.tracking.end("KILLED")
            self.console.print(f"Stopped after update {state.step}, checkpoint logged: train.py --resume {run_id}")
            return INTERRUPTED
        first, last = state.curve[0][1], state.curve[-1][1]
        best = f"the run's best policy is that of update {state.best_step}"
        self.console.print(f"Win rate against the first policy: {first:.3f} → {last:.3f}; {best}.")
        try:
            said = crown(self.tracking, self.model, state)
        except ServerRefused as refused:
            # The run is complete without it; with logins, the registered model may belong to somebody else.
            said = f"Not registered. {refused}"
        self.console.print(said)
        self.tracking.end("FINISHED")
        return 0

    @contextmanager
    def _interruptible(self) -> Iterator[None]:
        """Ctrl-C and SIGTERM end the training after the current update; a second one ends it at once."""

        def stop(number: int, frame: FrameType | None) -> None:
            if self.stopping:
                raise KeyboardInterrupt
            self.stopping = True
            self.console.print("Stopping after a last checkpoint. Ctrl-C again stops at once, without one.")

        before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def _bar(self, state: State) -> Iterator[Any]:
        """Shows an update: in a bar or, without a terminal, as one line for each evaluation."""
        total = state.settings.updates

        def described(update: Update) -> str:
            return f"win rate {update.score.win_rate:.3f} against the first policy" if update.score else ""

        def line(update: Update) -> None:
            if update.score:
                self.console.print(f"update {update.step}/{total}: {described(update)}")

        if not self.console.is_terminal:
            yield line
            return
        columns = (TextColumn("update"), MofNCompleteColumn(), BarColumn(), TimeRemainingColumn())
        with Progress(*columns, TextColumn("{task.description}", markup=False), console=self.console) as progress:
            task = progress.add_task("", total=total, completed=state.step)

            def move(update: Update) -> None:
                progress.update(task, completed=update.step, description=described(update) or None)

            yield move


def source_tags(mode: str | None) -> dict[str, str]:
    """What MLflow shows as the source of a run, and the server's mode; the commit only where git knows it."""
    tags = {"mlflow.source.name": "train/train.py", "mlflow.source.type": "LOCAL"}
    if mode:
        tags[MODE] = mode
    with suppress(OSError, KeyError, ImportError):
        tags["mlflow.user"] = getpass.getuser()
    with suppress(OSError, subprocess.SubprocessError):
        argv = ("git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD")
        done = subprocess.run(argv, capture_output=True, text=True, timeout=5, check=True)
        tags["mlflow.source.git.commit"] = done.stdout.strip()
    return tags


def _shortest(error: requests.RequestException) -> str:
    """The system's own message at the end of a chain of wrapped errors."""
    said = str(error)
    for known in ("Connection refused", "Name or service not known", "Temporary failure in name resolution"):
        if known in said:
            return known
    return type(error).__name__

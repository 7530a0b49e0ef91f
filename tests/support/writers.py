"""Clients that write while something happens to the server, and remember every answer they were given."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from http import HTTPStatus

import requests

from support.rest import Rest
from support.signals import as_typed
from support.stack import Stack, StackFailedError

# MLflow's own client, with its own retries: what a training does. Prints each step once it was answered.
TRAINER = """
import sys, time
import mlflow

client = mlflow.MlflowClient()
step = 0
while step < int(sys.argv[3]):
    client.log_metric(sys.argv[1], "loss", 1.0 / (step + 1), step=step, synchronous=True)
    print(step, flush=True)
    step += 1
    time.sleep(1 / float(sys.argv[2]))
"""


class Trainer:
    """A training in a process of its own; `answered` are the steps whose write the server has answered."""

    def __init__(self, stack: Stack, run: str, per_second: float = 20, most: int = 5000) -> None:
        environment = {
            name: value for name, value in stack.client_env.items() if not name.startswith("MLFLOW_HTTP_REQUEST")
        }
        self.stack, self.run = stack, run
        self.process = subprocess.Popen(
            [sys.executable, "-c", TRAINER, run, str(per_second), str(most)],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=as_typed,
        )
        self.answered: list[int] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        self.answered.extend(int(line) for line in self.process.stdout)

    def wait_for_more(self, steps: int = 20, seconds: float = 240) -> None:
        """Wait until that many more steps were answered; StackFailedError when they were not, or the client died."""
        goal, deadline = len(self.answered) + steps, time.monotonic() + seconds
        while len(self.answered) < goal:
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.kill()
                _, err = self.process.communicate()
                what = f"the training stopped after {len(self.answered)} steps\n{err}"
                raise StackFailedError(what, self.stack.logs(100))
            time.sleep(0.1)

    def end(self) -> list[int]:
        """Stop training; the steps that were answered."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)
        self._reader.join(60)
        for stream in (self.process.stdout, self.process.stderr):
            assert stream
            stream.close()
        return self.answered


def history(stack: Stack, run: str, key: str = "loss") -> list[int]:
    """Every step of a metric that the server has, in order."""
    steps: list[int] = []
    token = ""
    while True:
        query = {"run_id": run, "metric_key": key, "max_results": "25000", **({"page_token": token} if token else {})}
        answer = stack.call("GET", "/api/2.0/mlflow/metrics/get-history", params=query)
        assert answer.status_code == HTTPStatus.OK, answer.text
        page = answer.json()
        steps += [int(entry.get("step", 0)) for entry in page.get("metrics", [])]
        token = page.get("next_page_token", "")
        if not token:
            return sorted(steps)


class Swarm:
    """Writers without retries: each logs metrics of its own run as fast as it is answered, and counts the answers.

    `times`: when each of `answered` was, by the monotonic clock. With `file_every` each of so many steps is also a
    file of the run, which `files` has with the time of its answer. `pause`: seconds between the writes of one.
    """

    def __init__(self, stack: Stack, writers: int, file_every: int = 0, pause: float = 0.0) -> None:
        self.experiment = Rest(stack).experiment(f"swarm-{os.urandom(4).hex()}")
        self.stack, self.file_every, self.pause = stack, file_every, pause
        self.answered = {Rest(stack).run(self.experiment): list[int]() for _ in range(writers)}
        self.times = {run: list[float]() for run in self.answered}
        self.files: dict[str, tuple[float, bytes]] = {}
        self.wrong: list[str] = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(run,)) for run in self.answered]
        for thread in self._threads:
            thread.start()

    def _write(self, run: str) -> None:
        step = 0
        while not self._stop.wait(self.pause):
            step += 1
            body = {"run_id": run, "key": "loss", "value": 0.5, "timestamp": 1, "step": step}
            try:
                answer = self.stack.call("POST", "/api/2.0/mlflow/runs/log-metric", json=body, timeout=30)
            except requests.RequestException:
                # Refused or cut: not answered, so nothing was promised.
                self._stop.wait(0.5)
                continue
            if answer.status_code == HTTPStatus.OK:
                self.times[run].append(time.monotonic())
                self.answered[run].append(step)
                if self.file_every and step % self.file_every == 0:
                    self._store(run, step)
            elif answer.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
                self.wrong.append(f"{answer.status_code} {answer.text[:200]}")

    def _store(self, run: str, step: int) -> None:
        path, body = f"{self.experiment}/{run}/artifacts/{step}.bin", os.urandom(5000)
        try:
            answer = Rest(self.stack).put(path, body)
        except requests.RequestException:
            return
        if answer.status_code == HTTPStatus.OK:
            self.files[path] = (time.monotonic(), body)
        elif answer.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
            self.wrong.append(f"{answer.status_code} {answer.text[:200]}")

    def answered_before(self, moment: float) -> tuple[dict[str, list[int]], dict[str, bytes]]:
        """Steps by run and bytes by path whose writes were answered before a time of the monotonic clock."""
        steps = {
            run: [step for step, when in zip(self.answered[run], times, strict=False) if when < moment]
            for run, times in self.times.items()
        }
        return steps, {path: body for path, (when, body) in self.files.items() if when < moment}

    def count(self) -> int:
        """Answered writes so far."""
        return sum(len(steps) for steps in self.answered.values())

    def wait_for_more(self, writes: int, seconds: float = 60) -> None:
        """Wait until that many more writes were answered."""
        goal, deadline = self.count() + writes, time.monotonic() + seconds
        while self.count() < goal:
            if time.monotonic() > deadline:
                raise StackFailedError(f"{goal - self.count()} writes were not answered", self.stack.logs(100))
            time.sleep(0.05)

    def end(self) -> None:
        """Stop all writers."""
        self._stop.set()
        for thread in self._threads:
            thread.join(60)

    def lost(self) -> dict[str, list[int]]:
        """Answered steps that the server does not have, by run; empty when nothing was lost."""
        missing = {run: sorted(set(steps) - set(history(self.stack, run))) for run, steps in self.answered.items()}
        return {run: steps for run, steps in missing.items() if steps}

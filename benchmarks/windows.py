"""A cleanup, and people who restore, register and train meanwhile, at drawn moments: nothing that is active is lost."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from stage import new_stack, say

from support.images import build_inputs
from support.rest import API, Rest
from support.stack import Stack
from support.wrapped import told

# Runs of an experiment that stays, one of whose is not deleted; of one that is deleted; files of each; actions a round.
RUNS, INSIDE, FILES, ACTIONS = 12, 4, 3, 4
# Of each request that deletes, so that it is disturbed while files go.
SLOW_SECONDS = 1.0
VERB = ("cleanup", "--older-than", "0s", "--yes")
END_SECONDS = 300.0
Row = dict[str, Any]


@dataclass
class Scene:
    """What one round begins with, and ``active``: the runs that MLflow has said yes to."""

    rest: Rest
    drawn: random.Random
    number: int
    deleted: list[str] = field(default_factory=list)
    active: set[str] = field(default_factory=set)
    gone: str = ""
    said: list[str] = field(default_factory=list)

    def begin(self) -> None:
        """Two experiments with runs and files; most runs of the first are deleted, and the second is."""
        stays = self.rest.experiment(f"stays {self.number}")
        self.gone = self.rest.experiment(f"goes {self.number}")
        runs = [self.train(stays) for _ in range(RUNS)]
        for _ in range(INSIDE):
            self.train(self.gone)
        self.deleted = runs[1:]
        for run in self.deleted:
            self.rest.post("runs/delete", run_id=run)
        self.rest.post("experiments/delete", experiment_id=self.gone)
        self.active = {runs[0]}

    def train(self, experiment: str) -> str:
        """A run with a parameter and files; its id."""
        run = self.rest.run(experiment)
        self.rest.post("runs/log-parameter", run_id=run, key="p", value="1")
        for name in range(FILES):
            self.rest.stored(f"{experiment}/{run}/artifacts/{name}.bin", run.encode())
        return run

    def restore_run(self) -> list[str]:
        run = self.drawn.choice(self.deleted)
        self.rest.post("runs/restore", run_id=run)
        return [run]

    def restore_experiment_and_train(self) -> list[str]:
        self.rest.post("experiments/restore", experiment_id=self.gone)
        found = self.rest.post("runs/search", experiment_ids=[self.gone], max_results=100).get("runs", [])
        return [*(str(run["info"]["run_id"]) for run in found), self.train(self.gone)]

    def register(self) -> list[str]:
        """As `mlflow.register_model` does: it asks for the run, then names its files."""
        run = self.drawn.choice(self.deleted)
        source = self.rest.call("GET", f"{API}/runs/get", params={"run_id": run}).json()["run"]["info"]["artifact_uri"]
        self.rest.call("POST", f"{API}/registered-models/create", json={"name": "m"})
        self.rest.post("model-versions/create", name="m", source=source, run_id=run)
        return [run]

    def act(self) -> None:
        """One of these; the runs that must live from now on, if it was allowed."""
        action: Callable[[], list[str]] = self.drawn.choice(
            [self.restore_run, self.restore_run, self.restore_experiment_and_train, self.register, self.register]
        )
        try:
            self.active.update(action())
            self.said.append(action.__name__)
        except (AssertionError, KeyError) as refused:
            self.said.append(f"{action.__name__} refused ({str(refused)[:60]})")

    def lost(self) -> list[str]:
        """What the runs that must live lack."""
        found = []
        for run in sorted(self.active):
            answer = self.rest.call("GET", f"{API}/runs/get", params={"run_id": run})
            if answer.status_code != 200:
                found.append(f"run {run}: {answer.status_code}")
                continue
            told_ = answer.json()["run"]
            if not told_["data"].get("params"):
                found.append(f"run {run} has lost its parameter")
            root = told_["info"]["artifact_uri"].removeprefix("mlflow-artifacts:/")
            for name in range(FILES):
                body = self.rest.get(f"{root}/{name}.bin")
                if (body.status_code, body.content) != (200, run.encode()):
                    found.append(f"{root}/{name}.bin: {body.status_code}")
        return found


def windows(times: int, seed: int) -> list[Row]:
    """One row a round, on one stack that is removed in the end; `lost` of a row are lines, empty when all is well."""
    with new_stack(build_inputs()) as stack:
        stack.write_profile(endpoint=stack.s3.inside_faulty)
        told(stack, "start")
        drawn = random.Random(seed)  # noqa: S311 - no secret
        rest, rows = Rest(stack), list[Row]()
        seconds = _round(stack, Scene(rest, drawn, 0), [])["seconds"]
        say(f"undisturbed: {seconds:.1f} s")
        for number in range(1, times + 1):
            moments = sorted(drawn.uniform(0, seconds) for _ in range(ACTIONS))
            rows.append(_round(stack, Scene(rest, drawn, number), moments))
            say(f"{number} of {times}: {rows[-1]['said']}, lost {rows[-1]['lost'] or 'nothing'}")
        return rows


def _round(stack: Stack, scene: Scene, moments: list[float]) -> Row:
    scene.begin()
    with stack.s3.faults.injected("slow", match="POST", seconds=SLOW_SECONDS):
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "mlflow_stack", *VERB],
            cwd=stack.folder, env=stack.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        for moment in moments:
            time.sleep(max(0.0, began + moment - time.monotonic()))
            scene.act()
        output, _ = process.communicate(timeout=END_SECONDS)
        seconds = time.monotonic() - began
    lost = scene.lost()
    # A plan that was overtaken is refused, which is right: exit 1, and nothing has gone.
    if process.returncode not in (0, 1):
        lost.append(f"exit {process.returncode}: {output[-2000:]}")
    told(stack, *VERB, code=None)
    lost += [f"after the next cleanup: {line}" for line in scene.lost()]
    return {"seconds": seconds, "code": process.returncode, "said": scene.said, "lost": lost}


def markdown(rows: list[Row]) -> str:
    """For people."""
    said = [each for row in rows for each in row["said"]]
    kinds = sorted({each.split(" ")[0] for each in said})
    lines = ["| | allowed | refused |", "|---|---|---|"]
    for kind in kinds:
        mine = [each for each in said if each.split(" ")[0] == kind]
        lines.append(f"| {kind} | {mine.count(kind)} | {len(mine) - mine.count(kind)} |")
    bad = [line for row in rows for line in row["lost"]]
    ended = sum(row["code"] == 0 for row in rows)
    lines += ["", f"{len(rows)} rounds, {ended} of them to the end; lost: {len(bad)}", *(f"- {line}" for line in bad)]
    return "\n".join(lines)


def met(rows: list[Row]) -> bool:
    """Nothing was lost, and something was tried."""
    return bool(rows) and not any(row["lost"] for row in rows) and any(row["said"] for row in rows)

"""train/train.py as a user runs it, against a real server: both modes, a restart, a kill, Ctrl-C, --resume."""

from __future__ import annotations

import signal
from typing import Any

import pytest

from support import docker
from support.rest import Rest
from support.stack import Stack
from support.training import Training
from support.waiting import wait_until
from support.writers import history

MODEL = "basketworld-policy"
# An update takes a few milliseconds: what is asked of the server is what these are about.
LIGHT = ("--possessions", "32", "--hidden", "8", "--matches", "20", "--checkpoint-every", "200")


def run_of(stack: Stack, run: str) -> dict[str, Any]:
    """Its info, params, tags and last metrics, by name."""
    found = Rest(stack).call("GET", "/api/2.0/mlflow/runs/get", params={"run_id": run}).json()["run"]
    named = {part: {each["key"]: each["value"] for each in found["data"].get(part, [])} for part in ("params", "tags")}
    return {**named, **found["info"], "metrics": {each["key"]: each["value"] for each in found["data"]["metrics"]}}


def steps_of(stack: Stack, run: str) -> list[int]:
    return history(stack, run, "train/points_per_possession")


def files_of(stack: Stack, run: str) -> list[str]:
    """What a run has stored, in the store of the mode in force, by path."""
    stored = stack.objects() if stack.mode == "s3" else stack.files()
    return sorted(path.split(f"/{run}/artifacts/", 1)[1] for path in stored if f"/{run}/artifacts/" in path)


EXPECTED_FILES = [
    *(f"checkpoints/{step:06d}/{name}.npz" for step in (0, 40, 80, 120, 160) for name in ("policy", "state")),
    "learning_curve.png",
]


@pytest.mark.parametrize("mode", ["s3", "local"])
def test_two_trainings_of_which_the_second_plays_the_first(stack: Stack, mode: str) -> None:
    """The day of a researcher: a curve, a plot, checkpoints, a best policy, and an opponent for tomorrow."""
    stack.up(mode)
    first = Training(stack, "--quick")
    said = first.end()
    if mode == "s3":
        assert "No policies of earlier runs in this experiment yet" in said
    else:
        assert "Skipped 2 of 2 opponents: 2 not in this server's store (404" in said
        # Nobody can play against who has the alias, so it stays.
        assert "its file is not in this server's store (404" in said
    second = Training(stack, "--quick", "--seed", "2")
    assert "Playing itself and 1 policy of earlier runs." in second.end()

    for training in (first, second):
        run = run_of(stack, training.run)
        assert run["status"] == "FINISHED"
        assert steps_of(stack, training.run) == list(range(1, 161))
        assert history(stack, training.run, "eval/win_rate_first") == [0, 40, 80, 120, 160]
        assert run["metrics"]["eval/win_rate_first"] > 0.8
        assert history(stack, training.run, "system/cpu_utilization_percentage")
        assert run["params"]["updates"] == "160"
        assert run["tags"]["mlflow-stack.mode"] == mode
        assert files_of(stack, training.run) == EXPECTED_FILES
    assert run_of(stack, second.run)["params"]["opponents"] == "1"

    query = {"name": MODEL, "alias": "best"}
    answer = Rest(stack).call("GET", "/api/2.0/mlflow/registered-models/alias", params=query)
    best = answer.json()["model_version"]
    run_id, source = best["run_id"], best["source"]
    assert source.startswith(f"{run_of(stack, run_id)['artifact_uri']}/checkpoints/")
    if mode == "s3":
        assert set(Rest(stack).listed(source.removeprefix("mlflow-artifacts:/"))) == {"policy.npz", "state.npz"}


def test_a_training_survives_a_restart_and_a_kill_and_no_step_is_missing(stack: Stack) -> None:
    stack.up("s3")
    training = Training(stack, *LIGHT, "--updates", "5000", experiment="survival")
    try:
        wait_until(lambda: len(steps_of(stack, training.run)) >= 40, stack, "forty steps")
        restarted = stack.wrapper("restart", "--json")
        assert restarted.returncode == 0, restarted.stdout + restarted.stderr
        seen = len(steps_of(stack, training.run))
        wait_until(lambda: len(steps_of(stack, training.run)) > seen, stack, "it went on after the restart")
        assert run_of(stack, training.run)["status"] == "RUNNING"

        docker.docker("kill", "--signal", "KILL", stack.container())
        training.wait_said(f"{stack.url} has not answered for 10 s")
        stack.compose("start")
        said = training.end()
    finally:
        training.kill()
    assert f"{stack.url} answers again, after" in said
    assert run_of(stack, training.run)["status"] == "FINISHED"
    assert steps_of(stack, training.run) == list(range(1, 5001))


def test_ctrl_c_ends_a_run_as_killed_with_its_last_checkpoint_and_resume_goes_on(stack: Stack) -> None:
    stack.up("s3")
    training = Training(stack, *LIGHT, "--updates", "1000000", "--max-opponents", "0", experiment="broken off")
    try:
        training.wait_said("update 200/1000000")
        training.process.send_signal(signal.SIGINT)
        said = training.end(130)
    finally:
        training.kill()
    assert f"--resume {training.run}" in said
    run = run_of(stack, training.run)
    reached = max(steps_of(stack, training.run))
    assert (run["status"], run["tags"]["train.checkpoint"]) == ("KILLED", f"checkpoints/{reached:06d}")
    assert f"checkpoints/{reached:06d}/state.npz" in files_of(stack, training.run)

    resumed = Training(stack, "--resume", training.run, "--updates", str(reached + 50))
    assert f"resumed after update {reached}" in resumed.end()
    assert resumed.run == training.run
    assert run_of(stack, training.run)["status"] == "FINISHED"
    assert steps_of(stack, training.run) == list(range(1, reached + 51))


def test_a_users_mistakes_are_sentences(stack: Stack) -> None:
    stack.up("s3")
    for args, exit_code, sentence in (
        (("--resume", "0" * 32), 2, f"{stack.url} has no run '{'0' * 32}'"),
        (("--resume", "never"), 2, f"{stack.url} has no run 'never'"),
        (("--tracking-uri", "http://127.0.0.1:9"), 3, "No server answers at http://127.0.0.1:9 (Connection refused)"),
    ):
        said = Training(stack, *args).end(exit_code)
        assert sentence in said
        assert "Traceback" not in said

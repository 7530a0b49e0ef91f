"""`backup` and `restore`: what is run, where a snapshot is seen from inside, what is asked, what stops them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mlflow_stack import backup as backing_up
from mlflow_stack import lifecycle
from mlflow_stack.errors import SourceUnusable
from mlflow_stack.maintenance import Question
from mlflow_stack.outcome import Outcome

INSIDE = "docker compose -f docker-compose.local.yml run --rm --no-deps -T"
MADE = {
    "event": "result",
    "ok": True,
    "snapshot": "/backups/20260102T030405.000Z",
    "runs": 10,
    "experiments": 2,
    "objects": 30,
    "object_bytes": 4096,
}
PLAN: dict[str, Any] = {
    "snapshot": "/backups/s",
    "created": "2026-01-02T03:04:05Z",
    "runs": 10,
    "experiments": 2,
    "present_runs": 12,
    "present_experiments": 3,
    "objects": 30,
    "migrate": False,
    "elsewhere": False,
    "whole": False,
    "foreign": False,
}
REFUSED = {"event": "finding", "id": "backup.broken", "level": "error", "text": "broken", "where": "", "fix": []}


@pytest.fixture
def answering(bench, image_says, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lifecycle, "probe", lambda settings: "")
    bench.runner.answers["backup create"] = image_says(MADE)
    bench.runner.answers["restore plan"] = image_says({"event": "result", "ok": True, "plan": PLAN})
    bench.runner.answers["restore execute"] = image_says({"event": "result", "ok": True, "missing": 0})
    bench.runner.answers["backup verify"] = image_says({"event": "result", "ok": True})
    bench.runner.answers["mlflow check"] = image_says({"event": "result", "ok": True})
    return bench


def test_a_snapshot_is_named_as_this_host_sees_it(answering) -> None:
    made = backing_up.backup(answering.stack, True, None, whole=True, keep=3)
    assert answering.runner.ran == [f"{INSIDE} mlflow backup create --keep 3 --whole"]
    assert made.snapshot == answering.stack.root / "backups" / "20260102T030405.000Z"
    assert (made.runs, made.experiments, made.objects, made.object_bytes, made.exit_code) == (10, 2, 30, 4096, 0)


def test_another_folder_is_bound_writable(answering, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    made = backing_up.backup(answering.stack, True, tmp_path / "disk", whole=False, keep=7)
    bind = f"-v {tmp_path}/disk:/snapshots"
    assert answering.runner.ran == [f"{INSIDE} {bind} mlflow backup create --into /snapshots --keep 7"]
    assert made.snapshot == tmp_path / "disk" / "20260102T030405.000Z"
    with pytest.raises(SourceUnusable):
        backing_up.backup(answering.stack, True, tmp_path / "none", whole=False, keep=7)


def test_a_backup_that_fails_names_no_snapshot(answering, image_says) -> None:
    refused = image_says(REFUSED, {"event": "result", "ok": False})
    answering.runner.answers["backup create"] = Outcome((), 1, refused, "", 0.1)
    made = backing_up.backup(answering.stack, True, None, whole=False, keep=7)
    assert (made.snapshot, made.exit_code, [each.id for each in made.findings]) == (None, 1, ["backup.broken"])


def test_a_snapshot_elsewhere_is_bound_read_only(answering, tmp_path: Path) -> None:
    (tmp_path / "disk" / "s").mkdir(parents=True)
    backing_up.verify(answering.stack, True, str(tmp_path / "disk" / "s"))
    bind = f"-v {tmp_path}/disk:/snapshots:ro"
    assert answering.runner.ran == [f"{INSIDE} {bind} mlflow backup verify --snapshot /snapshots/s"]
    with pytest.raises(SourceUnusable):
        backing_up.verify(answering.stack, True, "no-such")


def test_restore_asks_and_hands_the_plan_back(answering) -> None:
    (answering.stack.root / "backups" / "s").mkdir()
    asked: list[Question] = []
    done = backing_up.restore(answering.stack, True, "s", True, lambda question: not asked.append(question), 1)
    assert answering.runner.ran == [
        f"{INSIDE} mlflow restore plan --snapshot /backups/s",
        f"{INSIDE} mlflow restore execute --plan {json.dumps(PLAN)} --take-over",
    ]
    assert (done.done, done.exit_code, done.restarted) == (True, 0, False)
    assert asked[0].facts == (
        "10 runs in 2 experiments, as of 2026-01-02T03:04:05Z",
        "in place of 12 runs in 3 experiments",
        "the owner marker: the artifacts belong to this database from now on",
    )


def test_a_running_server_is_stopped_for_it_and_comes_back(answering, container) -> None:
    (answering.stack.root / "backups" / "s").mkdir()
    answering.engine.containers = [container()]
    done = backing_up.restore(answering.stack, True, "s", False, lambda question: True, 1)
    words = [line.partition("docker-compose.local.yml ")[2].partition(" --plan")[0] for line in answering.runner.ran]
    assert [line for line in words if not line.endswith("mlflow check")] == [
        "run --rm --no-deps -T mlflow restore plan --snapshot /backups/s",
        "--progress plain stop",
        "run --rm --no-deps -T mlflow restore plan --snapshot /backups/s",
        "run --rm --no-deps -T mlflow restore execute",
        "--progress plain up --detach",
    ]
    assert (done.done, done.restarted) == (True, True)


@pytest.mark.parametrize("answer", [False, None])
def test_a_no_or_a_broken_snapshot_stops_nothing(answering, container, image_says, answer: bool | None) -> None:
    (answering.stack.root / "backups" / "s").mkdir()
    answering.engine.containers = [container()]
    if answer is None:
        refused = image_says(REFUSED, {"event": "result", "ok": False})
        answering.runner.answers["restore plan"] = Outcome((), 1, refused, "", 0.1)
    done = backing_up.restore(answering.stack, True, "s", False, lambda question: bool(answer), 1)
    assert (done.done, len(answering.runner.ran), done.exit_code) == (False, 1, 0 if answer is False else 1)


@pytest.mark.parametrize(
    ("fact", "line"),
    [
        ({"migrate": True, "revision": "r1"}, "its schema is brought up from revision r1"),
        (
            {"elsewhere": True, "destination": "s3://b/p"},
            "its artifacts were in s3://b/p, which is not this server's destination",
        ),
        ({"whole": True}, "of its 30 artifacts, those that are missing are put back"),
        (
            {"foreign": True},
            "it is of another volume: nothing of its artifacts can be deleted until --take-over says so",
        ),
    ],
)
def test_what_is_special_is_said_before(fact: dict[str, Any], line: str) -> None:
    assert backing_up.restore_lines(PLAN | fact, take_over=False)[2:] == (line,)

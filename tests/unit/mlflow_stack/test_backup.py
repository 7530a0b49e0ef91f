"""`backup` and `restore`: what is run, where a snapshot is seen from inside, what is asked, what stops them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mlflow_stack import backup as backing_up
from mlflow_stack import lifecycle
from mlflow_stack.errors import CommandFailed, Interrupted, S3Needed, SourceUnusable
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


@pytest.mark.parametrize("ready", [True, False])
def test_a_server_comes_back_where_the_work_did_not_end(answering, container, monkeypatch, ready: bool) -> None:
    """As when the kernel kills the verb's container for want of memory."""
    (answering.stack.root / "backups" / "s").mkdir()
    answering.engine.containers = [container()]
    answering.runner.answers["restore execute"] = Outcome((), 137, "", "Killed", 0.1)
    if not ready:
        monkeypatch.setattr(lifecycle, "probe", lambda settings: "refused")
    with pytest.raises(CommandFailed) as failed:
        backing_up.restore(answering.stack, True, "s", False, lambda question: True, 0.01)
    server = "the server runs again" if ready else "the server is stopped"
    assert (failed.value.exit_code, [each.level for each in failed.value.findings]) == (4, ["error", "warning"])
    assert failed.value.findings[1].text == f"{server}, on the database of before or the new one, whole"
    assert any("up --detach" in line for line in answering.runner.ran)


def test_ctrl_c_leaves_a_server_that_runs(answering, container) -> None:
    (answering.stack.root / "backups" / "s").mkdir()
    answering.engine.containers = [container()]
    answering.runner.answers["restore execute"] = KeyboardInterrupt()
    with pytest.raises(Interrupted, match="the server runs again") as interrupted:
        backing_up.restore(answering.stack, True, "s", False, lambda question: True, 1)
    assert interrupted.value.again == "./stack restore s"
    assert answering.runner.interrupts
    assert any("up --detach" in line for line in answering.runner.ran)


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


URI = "s3://basketworld/mlflow-backups/20260102T030405.000Z"
IN_S3 = "docker compose -f docker-compose.yml run --rm --no-deps -T"


def test_a_snapshot_goes_to_s3_once_it_is_there(answering, image_says) -> None:
    answering.runner.answers["backup push"] = image_says({"event": "result", "ok": True, "uri": URI})
    made = backing_up.backup(answering.stack, False, None, whole=False, keep=3, to_s3=True)
    assert answering.runner.ran == [
        f"{IN_S3} mlflow backup create --keep 3",
        f"{IN_S3} mlflow backup push --snapshot /backups/20260102T030405.000Z --keep 3",
    ]
    assert (made.in_s3, made.exit_code) == (URI, 0)


def test_one_that_s3_does_not_take_is_still_here(answering, image_says) -> None:
    refused = image_says({**REFUSED, "id": "s3.denied"}, {"event": "result", "ok": False})
    answering.runner.answers["backup push"] = Outcome((), 1, refused, "", 0.1)
    made = backing_up.backup(answering.stack, False, None, whole=False, keep=3, to_s3=True)
    assert (made.in_s3, made.exit_code, [each.id for each in made.findings]) == ("", 1, ["s3.denied"])
    assert made.snapshot is not None


def test_one_in_s3_is_fetched_and_then_restored_by_its_name(answering, image_says) -> None:
    fetched = {"event": "result", "ok": True, "snapshot": "/backups/20260102T030405.000Z"}
    answering.runner.answers["backup fetch"] = image_says(fetched)
    (answering.stack.root / "backups/20260102T030405.000Z").mkdir()
    assert backing_up.restore(answering.stack, False, URI, False, lambda question: True, 1).done
    assert answering.runner.ran[:2] == [
        f"{IN_S3} mlflow backup fetch --uri {URI}",
        f"{IN_S3} mlflow restore plan --snapshot /backups/20260102T030405.000Z",
    ]


def test_one_that_does_not_arrive_restores_nothing(answering, image_says) -> None:
    refused = image_says(REFUSED, {"event": "result", "ok": False})
    answering.runner.answers["backup fetch"] = Outcome((), 1, refused, "", 0.1)
    done = backing_up.restore(answering.stack, False, URI, False, lambda question: True, 1)
    assert (done.done, done.exit_code, len(answering.runner.ran)) == (False, 1, 1)


def test_s3_is_asked_only_where_one_says_so(answering, image_says) -> None:
    there = {"event": "result", "ok": True, "snapshots": [{"snapshot": URI}]}
    answering.runner.answers["backup in-s3"] = image_says(there)
    answering.runner.answers["backup verify-in-s3"] = image_says({"event": "result", "ok": True})
    assert [each["snapshot"] for each in backing_up.backups(answering.stack, False, in_s3=True).snapshots] == [URI]
    assert backing_up.verify(answering.stack, False, URI).ok
    assert answering.runner.ran == [f"{IN_S3} mlflow backup in-s3", f"{IN_S3} mlflow backup verify-in-s3 --uri {URI}"]


def test_local_mode_has_no_snapshots_in_s3(answering) -> None:
    stack = answering.stack
    for call in (
        lambda: backing_up.backup(stack, True, None, False, 7, to_s3=True),
        lambda: backing_up.backups(stack, True, in_s3=True),
        lambda: backing_up.verify(stack, True, URI),
        lambda: backing_up.restore(stack, True, URI, False, lambda question: True, 1),
    ):
        with pytest.raises(S3Needed, match="needs S3 mode") as caught:
            call()
        assert (caught.value.exit_code, caught.value.findings[0].fix) == (2, ("./stack start",))
    assert answering.runner.ran == []

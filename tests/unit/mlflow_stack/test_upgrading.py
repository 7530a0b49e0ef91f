"""`upgrade`: what is run, in which order and mode; what is asked; what keeps it from happening."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest

from mlflow_stack import lifecycle, upgrading
from mlflow_stack.maintenance import Question
from mlflow_stack.outcome import Outcome

PLAN = {
    "state": [4096, 1],
    "revision": "old",
    "expected_revision": "new",
    "migrate": True,
    "experiments": 2,
    "runs": 10,
    "bytes": 4096,
}
REFUSED = {"event": "finding", "id": "database.busy", "level": "error", "text": "changed", "where": "", "fix": []}


@dataclass
class Asker:
    """Answers everything alike and remembers what it was asked."""

    answer: bool
    asked: list[Question] = field(default_factory=list)

    def __call__(self, question: Question) -> bool:
        self.asked.append(question)
        return self.answer


@pytest.fixture
def planned(bench, image_says, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lifecycle, "probe", lambda settings: "")
    bench.runner.answers["upgrade plan"] = image_says({"event": "result", "ok": True, "plan": PLAN})
    bench.runner.answers["upgrade execute"] = image_says({"event": "result", "ok": True, "tables": {"runs": [10, 10]}})
    bench.runner.answers["mlflow check"] = image_says({"event": "result", "ok": True})
    return bench


def ran(bench) -> list[str]:
    """The words behind the file and the service."""
    return [line.partition("docker compose -f ")[2].partition(" --plan")[0] for line in bench.runner.ran]


def test_it_says_what_will_happen_and_hands_the_whole_plan_back(planned) -> None:
    ask = Asker(True)
    upgraded = upgrading.upgrade(planned.stack, True, ask, 1)
    inside = "docker compose -f docker-compose.local.yml run --rm --no-deps -T mlflow"
    assert planned.runner.ran == [f"{inside} upgrade plan", f"{inside} upgrade execute --plan {json.dumps(PLAN)}"]
    assert (upgraded.done, upgraded.exit_code, upgraded.result["tables"]) == (True, 0, {"runs": [10, 10]})
    assert ask.asked == [
        Question(
            "upgrade",
            "This upgrades the database:",
            (
                "10 runs in 2 experiments (4,096 bytes)",
                "schema revision old becomes new, on a copy that is compared",
                "nothing goes back by itself: an older MLflow needs the older database, out of backups/",
            ),
            ("every artifact", "the database of now: whole, in backups/"),
        )
    ]


@pytest.mark.parametrize(("mode", "disable_s3"), [("s3", True), ("local", False)])
def test_a_running_server_is_stopped_and_started_again_in_the_mode_it_had(planned, container, mode, disable_s3) -> None:
    planned.engine.containers = [container(mode=mode)]
    ask = Asker(True)
    upgraded = upgrading.upgrade(planned.stack, disable_s3, ask, 1)
    file = {"s3": "docker-compose.yml", "local": "docker-compose.local.yml"}[mode]
    assert [line for line in ran(planned) if not line.endswith("mlflow check")] == [
        f"{file} run --rm --no-deps -T mlflow upgrade plan",
        f"{file} --progress plain stop",
        f"{file} run --rm --no-deps -T mlflow upgrade plan",
        f"{file} run --rm --no-deps -T mlflow upgrade execute",
        f"{file} --progress plain up --detach",
    ]
    assert (upgraded.done, upgraded.restarted, upgraded.exit_code) == (True, True, 0)
    assert ask.asked[0].title.startswith("The server is stopped for it and started again")


def test_a_stopped_server_stays_stopped_and_its_mode_counts(planned, container) -> None:
    planned.engine.containers = [container(mode="s3", state="exited")]
    assert not upgrading.upgrade(planned.stack, True, Asker(True), 1).restarted
    assert {line.split()[0] for line in ran(planned)} == {"docker-compose.yml"}
    assert not any(" up " in line or " stop" in line for line in ran(planned))


def test_a_current_database_is_not_asked_about(planned, image_says) -> None:
    current = {"event": "result", "ok": True, "plan": PLAN | {"migrate": False}}
    planned.runner.answers["upgrade plan"] = image_says(current)
    ask = Asker(True)
    upgraded = upgrading.upgrade(planned.stack, True, ask, 1)
    assert (upgraded.done, upgraded.exit_code, ask.asked, len(planned.runner.ran)) == (False, 0, [], 1)


def test_a_no_stops_nothing(planned, container) -> None:
    planned.engine.containers = [container()]
    upgraded = upgrading.upgrade(planned.stack, True, Asker(False), 1)
    assert (upgraded.done, upgraded.exit_code, len(planned.runner.ran)) == (False, 0, 1)


def test_a_refused_plan_is_not_asked_about(planned, image_says) -> None:
    planned.runner.answers["upgrade plan"] = Outcome(
        (), 1, image_says(REFUSED, {"event": "result", "ok": False}), "", 0.1
    )
    ask = Asker(True)
    upgraded = upgrading.upgrade(planned.stack, True, ask, 1)
    assert (upgraded.done, upgraded.exit_code, ask.asked) == (False, 1, [])
    assert [each.id for each in upgraded.findings] == ["database.busy"]


def test_a_refused_execution_starts_the_server_again(planned, container, image_says) -> None:
    planned.engine.containers = [container()]
    refused = image_says(REFUSED, {"event": "result", "ok": False})
    planned.runner.answers["upgrade execute"] = Outcome((), 1, refused, "", 0.1)
    upgraded = upgrading.upgrade(planned.stack, True, Asker(True), 1)
    assert (upgraded.done, upgraded.exit_code, upgraded.restarted) == (False, 1, True)


def test_a_start_that_fails_does_not_hide_that_the_work_is_done(planned, container) -> None:
    planned.engine.containers = [container(mode="s3")]
    (planned.stack.root / "aws" / "credentials").unlink()
    upgraded = upgrading.upgrade(planned.stack, False, Asker(True), 1)
    assert (upgraded.done, upgraded.restarted, upgraded.exit_code) == (True, False, 1)
    assert [each.id for each in upgraded.findings] == ["aws.profile-missing"]


def test_a_server_that_does_not_come_back_is_said(planned, container, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifecycle, "probe", lambda settings: "nothing answers on the port")
    planned.engine.containers = [container()]
    upgraded = upgrading.upgrade(planned.stack, True, Asker(True), 0)
    assert (upgraded.done, upgraded.restarted, upgraded.exit_code) == (True, False, 1)
    (found,) = upgraded.findings
    assert (found.id, found.fix) == ("server.ready", ("./stack logs",))
    assert found.where.endswith(".log")

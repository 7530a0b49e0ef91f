"""`cleanup`, `usage`, `audit`: what is run and asked, and what their exit codes mean."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mlflow_stack import cleaning
from mlflow_stack.cleaning import age
from mlflow_stack.errors import BadArguments
from mlflow_stack.maintenance import Question

INSIDE = "docker compose -f docker-compose.local.yml run --rm --no-deps -T mlflow"
PLAN: dict[str, Any] = {
    "runs": 3,
    "models": 0,
    "traces": 0,
    "experiments": 1,
    "objects": 30,
    "bytes": 123456,
    "kept": ["r1"],
    "experiment": "",
    "destination": "/mlartifacts",
}


@pytest.fixture
def answering(bench, image_says):
    bench.runner.answers["cleanup plan"] = image_says({"event": "result", "ok": True, "plan": PLAN})
    bench.runner.answers["cleanup execute"] = image_says({"event": "result", "ok": True, "items": 3})
    return bench


@pytest.mark.parametrize(
    ("text", "seconds"), [("45s", 45), ("90m", 5400), ("12h", 43200), ("30d", 2592000), ("2w", 1209600), ("0d", 0)]
)
def test_ages(text: str, seconds: int) -> None:
    assert age(text) == seconds


@pytest.mark.parametrize("text", ["", "d", "30", "-1d", "1.5h", "30 d", "30y", "٣d"])
def test_what_is_no_age_is_refused(text: str) -> None:
    with pytest.raises(BadArguments):
        age(text)


def test_cleanup_asks_and_the_server_goes_on(answering) -> None:
    asked: list[Question] = []
    done = cleaning.cleanup(answering.stack, True, "30d", "e 1", True, lambda question: not asked.append(question))
    assert answering.runner.ran == [
        f"{INSIDE} cleanup plan --older-than 2592000 --experiment e 1 --registered",
        f"{INSIDE} cleanup execute --plan {json.dumps(PLAN)}",
    ]
    assert (done.done, done.exit_code) == (True, 0)
    assert asked == [
        Question(
            "cleanup",
            "This removes for good:",
            (
                "3 runs, 1 experiments, marked deleted for 30d or longer",
                "30 artifacts, 123,456 bytes, in /mlartifacts",
            ),
            ("everything that is not marked deleted", "what registered model versions point into: r1"),
        )
    ]


def test_nothing_to_do_is_not_asked_about(answering, image_says) -> None:
    nothing = PLAN | {"runs": 0, "experiments": 0}
    answering.runner.answers["cleanup plan"] = image_says({"event": "result", "ok": True, "plan": nothing})
    done = cleaning.cleanup(answering.stack, True, "30d", "", False, lambda question: pytest.fail("asked"))
    assert (done.done, done.exit_code, len(answering.runner.ran)) == (False, 0, 1)


@pytest.mark.parametrize(
    ("found", "code"), [({"missing": 0, "orphans": 5}, 0), ({"missing": 1}, 1), ({"other_size": 1}, 1)]
)
def test_an_audit_fails_for_what_is_lost_and_not_for_what_is_too_much(bench, image_says, found, code: int) -> None:
    bench.runner.answers["mlflow audit"] = image_says({"event": "result", "ok": True, **found})
    assert cleaning.audit(bench.stack, True).exit_code == code


def test_usage_is_handed_on(bench, image_says) -> None:
    rows = [{"experiment": "e", "state": "active", "objects": 1, "bytes": 2}]
    said = {"event": "result", "ok": True, "usage": rows, "database_bytes": 9}
    bench.runner.answers["mlflow usage"] = image_says(said)
    found = cleaning.usage(bench.stack, True)
    assert (found.usage, found.database_bytes, found.destination, found.exit_code) == (rows, 9, "/mlartifacts", 0)

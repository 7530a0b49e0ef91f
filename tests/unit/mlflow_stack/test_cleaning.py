"""`cleanup`, `usage`, `audit`: what is run and asked, and what their exit codes mean."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mlflow_stack import cleaning, lifecycle
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


def test_agreed_beforehand_it_is_told_and_done_in_one_container(answering, image_says) -> None:
    asked: list[Question] = []
    said = {"event": "result", "ok": True, "plan": PLAN, "removed": {"items": 3, "objects": 30}}
    answering.runner.answers["cleanup at-once"] = image_says({"event": "plan", "plan": PLAN}, said)
    ask = lambda question: not asked.append(question)  # noqa: E731
    done = cleaning.cleanup(answering.stack, True, "30d", "", False, ask, agreed=True)
    assert answering.runner.ran == [f"{INSIDE} cleanup at-once --older-than 2592000"]
    assert [each.facts[1] for each in asked] == ["30 artifacts, 123,456 bytes, in /mlartifacts"]
    assert (done.done, done.plan, done.result["items"], done.exit_code) == (True, PLAN, 3, 0)


def test_agreed_beforehand_and_nothing_to_do(answering, image_says) -> None:
    said = {"event": "result", "ok": True, "plan": PLAN | {"runs": 0}, "removed": None}
    answering.runner.answers["cleanup at-once"] = image_says(said)
    ask = lambda question: pytest.fail("told of nothing")  # noqa: E731
    done = cleaning.cleanup(answering.stack, True, "30d", "", False, ask, agreed=True)
    assert (done.done, done.plan["runs"], done.result, done.exit_code) == (False, 0, {}, 0)


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


def test_in_s3_mode_the_folder_of_local_mode_is_cleaned_too(answering) -> None:
    """A run made offline has its files there."""
    cleaning.cleanup(answering.stack, False, "30d", "", False, lambda question: True)
    folder = f"-v {answering.stack.root}/mlartifacts:/mlartifacts-writable"
    inside = f"docker compose -f docker-compose.yml run --rm --no-deps -T {folder} mlflow cleanup"
    assert answering.runner.ran == [
        f"{inside} plan --older-than 2592000 --also /mlartifacts-writable",
        f"{inside} execute --plan {json.dumps(PLAN)} --also /mlartifacts-writable",
    ]


def test_orphans_are_shown_and_their_list_stays(bench, image_says) -> None:
    plan = {"objects": 2, "bytes": 30, "paths": ["9/a", "9/b"], "destination": "/mlartifacts", "before": 1.0}
    bench.runner.answers["orphans plan"] = image_says({"event": "result", "ok": True, "plan": plan})
    bench.runner.answers["orphans execute"] = image_says({"event": "result", "ok": True, "objects": 2})
    asked: list[Question] = []
    done = cleaning.delete_orphans(bench.stack, True, "7d", lambda question: not asked.append(question))
    assert (done.done, asked[0].facts[1:]) == (True, ("  9/a", "  9/b"))
    assert bench.runner.ran[0] == f"{INSIDE} orphans plan --older-than 604800"


def test_uploads_that_never_ended_are_orphans_too(bench, image_says) -> None:
    plan = {
        "objects": 0,
        "bytes": 0,
        "uploads": 1,
        "upload_bytes": 5,
        "upload_paths": ["1/a"],
        "destination": "s3://b/p",
    }
    bench.runner.answers["orphans plan"] = image_says({"event": "result", "ok": True, "plan": plan})
    asked: list[Question] = []
    cleaning.delete_orphans(bench.stack, True, "7d", lambda question: bool(asked.append(question)))
    assert asked[0].facts[1:] == ("1 uploads that never ended, 5 bytes, 7d old or older, in s3://b/p", "  1/a")
    plan |= {"upload_bytes": None}
    assert "bytes unknown" in cleaning.orphan_lines(plan, "7d")[1]


@pytest.mark.parametrize(
    ("kept", "shown"),
    [
        ({"state": "yes", "versions": 1200, "bytes": 5000}, "1,200 versions of them, 5,000 bytes: the bucket keeps"),
        ({"state": "yes", "versions": None, "bytes": None}, "an unknown number of versions of them: the bucket keeps"),
        ({"state": "unknown", "versions": None, "bytes": None}, "could not be found out"),
        ({"state": "no", "versions": 0, "bytes": 0}, None),
    ],
)
def test_it_is_asked_with_what_deleting_does_not_free(answering, image_says, kept, shown: str | None) -> None:
    said = {"event": "result", "ok": True, "plan": PLAN | {"versions": kept}}
    answering.runner.answers["cleanup plan"] = image_says(said)
    asked: list[Question] = []
    cleaning.cleanup(answering.stack, True, "30d", "", False, lambda question: bool(asked.append(question)))
    stays = asked[0].stays[2:]
    assert stays == () if shown is None else shown in stays[0]


def test_a_database_is_compacted_while_its_server_is_stopped(bench, container, image_says, monkeypatch) -> None:
    monkeypatch.setattr(lifecycle, "probe", lambda settings: "")
    plan = {"state": [1, 2], "bytes": 4096, "free": 1024, "tables": {"metrics": 5_000_000}}
    bench.runner.answers["compact plan"] = image_says({"event": "result", "ok": True, "plan": plan})
    bench.runner.answers["compact execute"] = image_says({"event": "result", "ok": True, "before": 4096, "after": 3072})
    bench.runner.answers["mlflow check"] = image_says({"event": "result", "ok": True})
    bench.engine.containers = [container()]
    asked: list[Question] = []
    done = cleaning.compact(bench.stack, True, lambda question: not asked.append(question), 1)
    assert (done.done, done.restarted, done.exit_code) == (True, True, 0)
    assert asked[0].facts == (
        "4,096 bytes, of which 1,024 are free already",
        "what is in it, in rows: metrics 5,000,000",
    )
    words = [line.partition(".yml ")[2].partition(" --plan")[0] for line in bench.runner.ran]
    inside = "run --rm --no-deps -T mlflow compact"
    assert words[:4] == [f"{inside} plan", "--progress plain stop", f"{inside} plan", f"{inside} execute"]

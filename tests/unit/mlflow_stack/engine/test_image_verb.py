"""JSON lines → typed events, a plan that is asked about, a result."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from mlflow_stack.engine.contract import Checked, Model, Plan, Planned, Samples
from mlflow_stack.engine.image_verb import Reader, Said, converse
from mlflow_stack.engine.process import Outcome
from mlflow_stack.errors import COMMAND, Finding, StackError

PLAN = {"runs": 2, "paths": ["a"], "state": None}
WORDS = {"title": "This goes:", "facts": ["2 runs"], "stays": [], "nothing": ""}
FOUND = {"event": "finding", "id": "x.y", "level": "warning", "text": "It is so", "where": "here", "fix": ["do"]}
DONE = Outcome(("docker",), 0, "", "log\n")


def read(reader: Reader[Any, Any], *events: Any, outcome: Outcome = DONE) -> tuple[Said[Any, Any], list[str | None]]:
    replies = [reader.line(each if isinstance(each, str) else json.dumps(each)) for each in events]
    return reader.said(outcome), replies


def test_a_verb_that_only_looks(heard_amounts: Any) -> None:
    progress = {"event": "progress", "done": 3, "total": None, "unit": "objects", "label": "listing"}
    ended = {"event": "result", "ok": True, "lines": ["a", "b"], "runs": 3}
    said, replies = read(Reader[Plan, Model]((None, Model), heard_amounts), progress, FOUND, ended)
    assert replies == [None, None, None]
    assert said.findings == (Finding("x.y", "warning", "It is so", "here", ("do",)),)
    assert (said.ok, said.lines, said.log, said.plan) == (True, ("a", "b"), "log\n", None)
    assert said.result is not None
    assert said.result.model_dump() == {"runs": 3}
    assert heard_amounts.amounts == [(3, None, "objects", "listing")]


@pytest.fixture
def heard_amounts() -> Any:
    class Amounts:
        amounts: list[Any] = []  # noqa: RUF012 - one test has it

        def amount(self, *told: Any) -> None:
            self.amounts.append(told)

    return Amounts()


def test_without_a_listener_progress_is_dropped() -> None:
    event = {"event": "progress", "done": "three"}
    assert read(Reader[Plan, Model]((None, Model)), event, {"event": "result", "ok": True})[0].ok


def test_progress_that_is_not_as_it_is_typed_is_named(heard_amounts: Any) -> None:
    with pytest.raises(StackError, match="progress: done: "):
        Reader[Plan, Model]((None, Model), heard_amounts).line('{"event": "progress", "done": "three"}')


def test_what_is_no_event_of_ours_is_passed_over() -> None:
    stray, later = "a warning of a library", {"event": "something new"}
    said, replies = read(
        Reader[Plan, Model]((None, Model)), stray, later, {**FOUND, "where": None}, {"event": "result", "ok": True}
    )
    assert (replies, said.ok, said.findings[0].where) == ([None] * 4, True, "")


@pytest.mark.parametrize("level", ["mauve", ""])
def test_an_unknown_level_is_never_green(level: str) -> None:
    said, _ = read(Reader[Plan, Model]((None, Model)), {**FOUND, "level": level}, {"event": "result", "ok": True})
    assert said.findings[0].level == "unknown"


@pytest.mark.parametrize("agrees", [True, False])
def test_the_plan_is_asked_about_and_goes_back_as_it_came(agrees: bool) -> None:
    asked: list[Planned] = []
    decide: Callable[[Planned], bool] = lambda planned: bool(asked.append(planned)) or agrees  # noqa: E731
    reader = Reader[Plan, Model]((Plan, Model), None, decide)
    reply = reader.line(json.dumps({"event": "plan", "plan": PLAN, **WORDS}))
    assert (asked[0].title, asked[0].facts, asked[0].plan) == ("This goes:", ("2 runs",), PLAN)
    assert reply == (json.dumps(PLAN) if agrees else "")
    assert reader.agreed is agrees
    reader.line(json.dumps({"event": "result", "ok": True, "done": agrees, **({"runs": 2} if agrees else {})}))
    said = reader.said(DONE)
    assert said.plan is not None
    assert said.plan.model_dump() == PLAN
    assert (said.result is not None) is agrees


def test_where_there_is_nothing_to_do_nobody_is_asked() -> None:
    def decide(_: Planned) -> bool:
        raise AssertionError

    reader = Reader[Plan, Model]((Plan, Model), None, decide)
    assert reader.line(json.dumps({"event": "plan", "plan": PLAN, **WORDS, "nothing": "All is well"})) == ""
    reader.line('{"event": "result", "ok": true, "done": false}')
    assert reader.said(DONE).nothing == "All is well"


def test_a_refusal_has_findings_and_no_result() -> None:
    said, _ = read(
        Reader[Plan, Model]((Plan, Model)), FOUND, {"event": "result", "ok": False}, outcome=Outcome((), 1, "", "")
    )
    assert (said.ok, said.result, len(said.findings)) == (False, None, 1)


def test_a_check_has_its_facts_even_where_something_is_wrong() -> None:
    database = {"bytes": 1, "revision": None, "experiments": None, "runs": None}
    facts = {"mlflow": "3", "python": "3", "sqlite": "3", "snapshot": None, "drilled": None, "database": database}
    said, _ = read(Reader[Plan, Checked]((None, Checked)), {"event": "result", "ok": False, "facts": facts})
    assert said.result is not None
    assert said.result.facts is not None
    assert said.result.facts.database.bytes == 1


@pytest.mark.parametrize(
    ("event", "what"),
    [
        ({"event": "result", "ok": True, "done": True}, "result: samples: Field required"),
        (
            {"event": "result", "ok": True, "done": True, "samples": [{"path": "a"}]},
            "result: samples.0.sha256: Field required",
        ),
        ({"event": "result"}, "result: ok: Field required"),
        ({"event": "finding", "id": "x", "level": "ok"}, "finding: text: Field required"),
        ({"event": "plan", "plan": {}, **WORDS, "facts": "no list"}, "plan: facts: "),
        ({"event": "plan", "plan": [], **WORDS}, "plan: plan: "),
        ({**FOUND, "fix": "no list"}, "finding: fix: "),
    ],
)
def test_a_field_that_is_not_as_it_is_typed_is_named(event: Any, what: str) -> None:
    with pytest.raises(StackError) as failed:
        Reader[Plan, Samples]((Plan, Samples)).line(json.dumps(event))
    (found,) = failed.value.findings
    assert (failed.value.exit_code, found.id, found.fix) == (COMMAND, "image.stale", ("./stack upgrade",))
    assert what in found.text


@pytest.mark.parametrize(
    ("lines", "outcome"),
    [
        (["no JSON", "[1]", '"text"', ""], Outcome(("docker", "a b"), 0, "", "it broke")),
        (['{"event": "result", "ok": true}'], Outcome(("docker", "a b"), 125, "", "it broke")),
    ],
)
def test_without_a_result_the_command_has_failed(lines: list[str], outcome: Outcome) -> None:
    with pytest.raises(StackError) as failed:
        read(Reader[Plan, Model]((None, Model)), *lines, outcome=outcome)
    (found,) = failed.value.findings
    assert (found.id, found.fix) == ("command.failed", ("docker 'a b'",))
    assert found.text.splitlines()[1:] == [*(line for line in lines if line and "result" not in line), "it broke"]


@pytest.mark.parametrize("agrees", [True, False])
def test_what_was_agreed_to_may_be_half_done(agrees: bool) -> None:
    """Otherwise Ctrl-C says that nothing was changed."""

    class Runner:
        changed = False

        def converse(self, argv: Any, answer: Callable[[str], str | None], progress: Any) -> Outcome:
            answer(json.dumps({"event": "plan", "plan": PLAN, **WORDS}))
            answer('{"event": "result", "ok": true, "done": false}')
            return DONE

    runner = Runner()
    converse(runner, (), Reader[Plan, Model]((Plan, Model), None, lambda _: agrees), None)  # type: ignore[arg-type]
    assert runner.changed is agrees

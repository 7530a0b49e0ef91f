"""Plan, agreement, execution: nothing is changed unless the plan that was just said comes back."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stackd import steps, verbs, words
from stackd.cleaning import removal
from stackd.settings import Settings
from stackd.steps import Change
from stackd.words import Question
from unit.stackd.filled import files, rows
from unit.stackd.kept import in_folders

PLAN = {"objects": 2, "paths": ("a", "b"), "owner": None}
NAME = "a verb of this test"
ASKED = {"title": "This goes:", "facts": ["2 objects"], "stays": [], "nothing": ""}


class Said:
    """What was said, as events; reading it in the middle of an execution loses nothing."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys, self._events = capsys, list[dict[str, Any]]()

    @property
    def events(self) -> list[dict[str, Any]]:
        self._events += [json.loads(line) for line in self._capsys.readouterr().out.splitlines()]
        return self._events

    @property
    def plan(self) -> dict[str, Any]:
        """The last one."""
        found: dict[str, Any] = [event["plan"] for event in self.events if event["event"] == "plan"][-1]
        return found

    @property
    def last(self) -> dict[str, Any]:
        return self.events[-1]


class Stdin:
    """Answers when it is asked, and not before: by then the plan has been said."""

    def __init__(self, answer: Callable[[], str]) -> None:
        self.buffer, self._answer = self, answer

    def readline(self) -> bytes:
        return self._answer().encode()


@pytest.fixture(autouse=True)
def in_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(steps, "from_environment", lambda: in_folders(tmp_path))
    monkeypatch.setitem(words.QUESTIONS, NAME, lambda plan, _: Question("This goes:", [f"{plan['objects']} objects"]))
    monkeypatch.setitem(words.DONE, NAME, lambda _, done: [f"{done['objects']} objects"])


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    return Said(capsys)


def answer(monkeypatch: pytest.MonkeyPatch, text: Callable[[], str]) -> None:
    monkeypatch.setattr(sys, "stdin", Stdin(text))


def change(done: list[dict[str, Any]]) -> Change:
    def execute(_: Settings, __: Namespace, plan: dict[str, Any]) -> dict[str, Any]:
        done.append(plan)
        return {"objects": 2}

    return Change(lambda _, __: PLAN, execute)


def test_the_plan_that_was_agreed_to_is_executed(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[dict[str, Any]] = []
    answer(monkeypatch, lambda: json.dumps(said.plan) + "\n")
    assert steps.execute(NAME, change(done), Namespace()) == 0
    as_json = {**PLAN, "paths": ["a", "b"]}
    assert done == [as_json]
    assert said.events == [
        {"event": "plan", "plan": as_json, **ASKED},
        {"event": "result", "ok": True, "done": True, "objects": 2, "lines": ["2 objects"]},
    ]


@pytest.mark.parametrize("text", ["", "\n", "  \n"])
def test_no_answer_does_nothing(said: Said, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    done: list[dict[str, Any]] = []
    answer(monkeypatch, lambda: text)
    assert steps.execute(NAME, change(done), Namespace()) == 0
    assert (done, said.last) == ([], {"event": "result", "ok": True, "done": False})


@pytest.mark.parametrize("text", ['{"objects": 3}', "yes", "{", "null", "\udcff"])
def test_another_plan_is_refused(said: Said, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    done: list[dict[str, Any]] = []
    answer(monkeypatch, lambda: text)
    monkeypatch.setattr(Stdin, "readline", lambda _: text.encode(errors="surrogateescape"))
    assert steps.execute(NAME, change(done), Namespace()) == 1
    finding, result = said.events[-2:]
    assert (finding["id"], finding["level"]) == ("plan.changed", "error")
    assert finding["text"] == "What would be done has changed since it was agreed to: nothing was done"
    assert (done, result) == ([], {"event": "result", "ok": False})


def test_a_plan_alone_says_it_and_does_nothing(said: Said) -> None:
    done: list[dict[str, Any]] = []
    assert steps.plan(NAME, change(done), Namespace()) == 0
    assert [event["event"] for event in said.events] == ["plan", "result"]
    assert (done, said.last) == ([], {"event": "result", "ok": True})


@pytest.mark.parametrize(("waited", "kept"), [(0.0, True), (removal.HELD_SECONDS + 1, False)])
def test_a_listing_serves_an_execution_that_is_agreed_to_soon(
    said: Said, monkeypatch: pytest.MonkeyPatch, waited: float, kept: bool
) -> None:
    seen: list[removal.Listed] = []
    now = [0.0]

    def agreed() -> str:
        now[0] += waited
        return json.dumps(PLAN)

    def look(config: Settings, given: Namespace) -> dict[str, Any]:
        seen.append(given.listed)
        return PLAN

    monkeypatch.setattr(steps.time, "monotonic", lambda: now[0])
    answer(monkeypatch, agreed)
    steps.execute(NAME, Change(look, lambda config, given, _: look(config, given)), Namespace())
    assert (seen[0] is seen[1]) is kept


def test_a_cleanup_through_the_door(filled: Settings, said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it: options, plan, agreement, execution."""
    monkeypatch.setattr(steps, "from_environment", lambda: filled)
    before = rows(filled), files(filled)
    answer(monkeypatch, lambda: "")
    assert verbs.main(["cleanup", "execute", "--older-than", "3600"]) == 0
    assert (rows(filled), files(filled)) == before
    answer(monkeypatch, lambda: json.dumps({**said.plan, "runs": 7}))
    assert verbs.main(["cleanup", "execute", "--older-than", "3600"]) == 1
    assert (rows(filled), files(filled), said.events[-2]["id"]) == (*before, "plan.changed")
    answer(monkeypatch, lambda: json.dumps(said.plan))
    assert verbs.main(["cleanup", "execute", "--older-than", "3600"]) == 0
    assert (said.plan["runs"], said.last["done"], said.last["objects"], len(files(filled))) == (2, True, 3, 3)

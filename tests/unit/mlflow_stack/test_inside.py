"""JSON lines of the image → progress, findings, verdict."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mlflow_stack.errors import CommandFailed
from mlflow_stack.findings import Finding
from mlflow_stack.inside import Reader, Verdict
from mlflow_stack.outcome import Outcome


def outcome(exit_code: int, err: str = "") -> Outcome:
    return Outcome(("docker", "compose", "run"), exit_code, "", err, 1.5)


def read(heard: Any, *events: object) -> Reader:
    reader = Reader(heard)
    for event in events:
        reader.line(event if isinstance(event, str) else json.dumps(event))
    return reader


FINDING = {"event": "finding", "id": "s3.denied", "level": "error", "text": "no", "where": "bucket", "fix": ["a", "b"]}


def test_a_whole_verb(heard) -> None:
    facts = {"mode": "s3", "database": {"runs": 3}}
    reader = read(
        heard,
        {"event": "progress", "done": 3, "total": 10, "unit": "bytes", "label": "copying"},
        {"event": "progress", "done": 4, "total": None, "unit": "rows", "label": "reading"},
        FINDING,
        {"event": "result", "ok": False, "facts": facts},
    )
    verdict = reader.verdict(outcome(1))
    assert heard.amounts == [(3, 10, "bytes", "copying"), (4, None, "rows", "reading")]
    assert verdict.findings == (Finding("s3.denied", "error", "no", "bucket", ("a", "b")),)
    assert (verdict.ok, verdict.facts, verdict.database) == (False, facts, {"runs": 3})


def test_a_level_that_is_not_known_is_never_green(heard) -> None:
    reader = read(heard, {**FINDING, "level": "splendid"}, {"event": "result", "ok": True})
    assert [each.level for each in reader.verdict(outcome(0)).findings] == ["unknown"]


def test_strays_are_kept_for_the_error(heard) -> None:
    reader = read(heard, "Traceback (most recent call last):", "[1]", "")
    with pytest.raises(CommandFailed) as failed:
        reader.verdict(outcome(1, "no such image\n"))
    [finding] = failed.value.findings
    assert finding.text.splitlines() == [
        "A command ended with exit code 1 after 1.5 s:",
        "Traceback (most recent call last):",
        "[1]",
        "no such image",
    ]


@pytest.mark.parametrize("exit_code", [2, 125, 137])
def test_another_exit_code_is_a_failed_command_in_spite_of_a_result(heard, exit_code: int) -> None:
    with pytest.raises(CommandFailed):
        read(heard, {"event": "result", "ok": True}).verdict(outcome(exit_code))


def test_facts_that_are_null() -> None:
    assert Verdict((), {"ok": False, "facts": None}).database == {}
    assert Verdict((), {"facts": {"database": None}}).database == {}

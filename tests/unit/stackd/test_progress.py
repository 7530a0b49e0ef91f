"""Long work says how far it is: at most twice a second, and always the last of it."""

from __future__ import annotations

import json
from argparse import Namespace
from typing import Any

import pytest

from stackd import report, steps, verbs
from stackd.report import Progress
from stackd.settings import Settings
from stackd.steps import Look
from unit.stackd.bucket import Bucket
from unit.stackd.kept import make


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr(report.time, "monotonic", lambda: now[0])
    return now


def said(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [event for event in events if event["event"] == "progress"]


def test_at_most_two_a_second_and_the_last_one(capsys: pytest.CaptureFixture[str], clock: list[float]) -> None:
    for item in Progress("removing", total=100).each(range(100)):
        clock[0] = item / 50
    assert [event["done"] for event in said(capsys)] == [26, 51, 76, 100]


def test_quick_work_says_its_end_once_and_none_nothing(capsys: pytest.CaptureFixture[str], clock: list[float]) -> None:
    assert list(Progress("listing").each("ab")) == ["a", "b"]
    assert list(Progress("listing").each("")) == []
    assert said(capsys) == [{"event": "progress", "done": 2, "total": None, "unit": "objects", "label": "listing"}]


def test_more_than_was_counted_is_never_more_than_all(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress("removing", total=1)
    progress.add(3)
    progress.end()
    progress.end()
    assert [(event["done"], event["total"]) for event in said(capsys)] == [(3, 3)]


@pytest.mark.parametrize("mode", ["local", "s3"])
@pytest.mark.parametrize(
    ("words", "options", "count"),
    [
        ("usage", {}, 6),
        ("audit", {}, 6),
        ("cleanup", {"older_than": 3600, "experiment": "", "registered": False, "also": None}, 3),
        ("orphans", {"older_than": 0}, 6),
    ],
)
def test_what_lists_says_so(
    request: pytest.FixtureRequest,
    bucket: Bucket,
    filled: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    mode: str,
    words: str,
    options: dict[str, Any],
    count: int,
) -> None:
    config = request.getfixturevalue("remote") if mode == "s3" else filled
    paths = ("1/live", "1/old", "1/fresh", "1/registered", "2/inside", "1/models/m-old")
    bucket.objects = {f"p/{path}/artifacts/file.bin": 5 for path in paths}
    monkeypatch.setattr(steps, "from_environment", lambda: config)
    verb = verbs.VERBS[words]
    if isinstance(verb, Look):
        assert steps.look(words, verb, Namespace()) == 0
    else:
        assert steps.plan(words, verb, Namespace(**options)) == 0
    listed = [event for event in said(capsys) if event["label"] == "listing"]
    assert listed[-1] == {"event": "progress", "done": count, "total": None, "unit": "objects", "label": "listing"}


def test_a_backup_lists_too(three_runs: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    make(three_runs)
    assert [(event["label"], event["done"]) for event in said(capsys)] == [("listing", 3)]

"""What is said of ./backups without opening a snapshot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stackd import backups
from stackd.backups import Last
from stackd.report import Finding

DRILL = ["./stack backup drill"]


def snapshot(folder: Path, name: str, content: str) -> None:
    (folder / name).mkdir()
    (folder / name / "snapshot.json").write_text(content)


def test_the_newest_that_somebody_asked_for_counts(tmp_path: Path) -> None:
    for name, reason in (
        ("20260101T000000Z", "backup"),
        ("20260102T000000Z", "backup"),
        ("20260103T000000Z", "before-restore"),
    ):
        snapshot(tmp_path, name, json.dumps({"reason": reason}))
    snapshot(tmp_path, "20260104T000000Z", "{ no JSON")
    snapshot(tmp_path, "20260105T000000Z", "[]")
    snapshot(tmp_path, ".20260106T000000Z.part", json.dumps({"reason": "backup"}))
    assert backups.last(tmp_path) == Last("20260102T000000Z", None, "")


def test_a_drill_is_there_with_its_problem(tmp_path: Path) -> None:
    (tmp_path / "drill.json").write_text(json.dumps({"at": "2026-01-02T03:04:05Z", "problem": "rows differ"}))
    assert backups.last(tmp_path) == Last(None, "2026-01-02T03:04:05Z", "rows differ")
    assert backups.last(tmp_path / "missing") == Last(None, None, "")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            Last(None, None, ""),
            [
                Finding(
                    "backup.none",
                    "info",
                    "There is no snapshot yet, only the copies that the server leaves when it stops",
                    "",
                    ["./stack backup"],
                )
            ],
        ),
        (
            Last("one", None, ""),
            [
                Finding("backup.newest", "ok", "The newest snapshot is one"),
                Finding("backup.drill", "info", "No snapshot has been tried yet", "", DRILL),
            ],
        ),
        (
            Last("one", "2026-01-02T03:04:05Z", ""),
            [
                Finding("backup.newest", "ok", "The newest snapshot is one"),
                Finding("backup.drill", "ok", "The drill of 2026-01-02 restored it and compared every row"),
            ],
        ),
        (
            Last("one", "2026-01-02T03:04:05Z", "rows differ"),
            [
                Finding("backup.newest", "ok", "The newest snapshot is one"),
                Finding(
                    "backup.drill",
                    "warning",
                    "The drill of 2026-01-02 failed: rows differ",
                    "",
                    ["./stack backup", *DRILL],
                ),
            ],
        ),
    ],
)
def test_findings(found: Last, said: list[Finding]) -> None:
    assert backups.judge(found) == said


@pytest.mark.parametrize(
    ("size", "grace", "fix"),
    [
        (0, 90, []),
        (2_000_000_000, 300, []),
        (2_000_000_000, 30, ["MLFLOW_STOP_GRACE=2m"]),
        (10**10, 300, ["MLFLOW_STOP_GRACE=9m"]),
    ],
)
def test_a_copy_that_may_not_fit_into_the_stop_is_named(size: int, grace: int, fix: list[str]) -> None:
    assert [each.fix for each in backups.time_for_copy(size, grace)] == ([fix] if fix else [])

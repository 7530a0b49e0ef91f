"""The newest snapshot and the last drill, as the host reads them; what cannot be understood is not there."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mlflow_stack.snapshots import LastBackup, judge, look

MADE = {"reason": "backup", "created": "2026-01-02T03:04:05Z"}


def put(folder: Path, name: str, said: Any) -> None:
    (folder / name).mkdir()
    (folder / name / "snapshot.json").write_text(said if isinstance(said, str) else json.dumps(said))


def test_the_newest_that_somebody_asked_for_counts(tmp_path: Path) -> None:
    put(tmp_path, "20260101T000000.000Z", MADE)
    put(tmp_path, "20260102T030405.000Z", MADE)
    put(tmp_path, "20260103T000000.000Z", MADE | {"reason": "before-restore"})
    put(tmp_path, "20260104T000000.000Z", "{")
    (tmp_path / "drill.json").write_text('{"at": "2026-01-05T00:00:00Z", "problem": ""}')
    at = datetime(2026, 1, 5, tzinfo=UTC)
    assert look(tmp_path) == LastBackup("20260102T030405.000Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), at, "")


@pytest.mark.parametrize("drill", [None, "", "[]", '{"at": "yesterday"}'])
def test_without_any_nothing_is_known(tmp_path: Path, drill: str | None) -> None:
    if drill is not None:
        (tmp_path / "drill.json").write_text(drill)
    assert look(tmp_path) == LastBackup(None, None, None, "")
    assert [(each.id, each.level) for each in judge(look(tmp_path))] == [("backup.none", "info")]


AT = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("last", "levels"),
    [
        (LastBackup("s", AT, None, ""), [("backup.newest", "ok"), ("backup.drill", "info")]),
        (LastBackup("s", AT, AT, ""), [("backup.newest", "ok"), ("backup.drill", "ok")]),
        (LastBackup("s", AT, AT, "mlflow.db is missing"), [("backup.newest", "ok"), ("backup.drill", "warning")]),
    ],
)
def test_a_failed_drill_is_a_warning(last: LastBackup, levels: list[tuple[str, str]]) -> None:
    assert [(each.id, each.level) for each in judge(last)] == levels

"""Rows go with what hangs on them, a bounded number a turn."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from stackd import settings
from stackd.database import deletion
from stackd.database.deletion import Deletion
from stackd.database.turns import Turns
from stackd.settings import Settings
from unit.stackd.filled import METRICS, rows, without


def test_many_rows_go_a_bounded_number_a_turn(
    filled: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Otherwise a run with millions of metrics would hold every writer up."""
    monkeypatch.setattr(deletion, "ROWS", 5)
    held: list[int] = []

    class Counted(Turns):
        def turn(self, wait: float = 10) -> Any:
            held.append(1)
            return super().turn(wait)

    before = rows()
    gone = Deletion(settings.DATABASE, Counted(tmp_path / "turn2")).delete("runs", "run_uuid", ["old"])
    # Metrics in thirds, and the rest.
    assert (gone, len(held) >= 8) == (METRICS + 5, True)
    assert rows() == without(before, "old")


@pytest.fixture
def spans(local: Settings) -> None:
    with closing(sqlite3.connect(settings.DATABASE)) as connection, connection:
        connection.execute("INSERT INTO experiments (experiment_id, name, workspace) VALUES (3, 'traced', 'default')")
        for trace in ("tr-1", "tr-2"):
            connection.execute(
                "INSERT INTO trace_info (request_id, experiment_id, timestamp_ms, status) VALUES (?, 3, 1, 'OK')",
                (trace,),
            )
            connection.execute(
                "INSERT INTO spans (trace_id, experiment_id, span_id, status, start_time_unix_nano, content)"
                " VALUES (?, 3, 's', 'OK', 1, '{}')",
                (trace,),
            )
            connection.execute("INSERT INTO span_metrics VALUES (?, 's', 'k', 1)", (trace,))


@pytest.mark.usefixtures("spans")
def test_a_trace_goes_with_its_spans_and_no_other_trace_does(tmp_path: Path) -> None:
    before = rows()
    Deletion(settings.DATABASE, Turns(tmp_path / "turn")).delete("trace_info", "request_id", ["tr-1"])
    assert rows() == without(before, "tr-1")
    Deletion(settings.DATABASE, Turns(tmp_path / "turn")).delete("experiments", "experiment_id", [3])
    assert not {"spans", "span_metrics", "trace_info"} & set(rows())

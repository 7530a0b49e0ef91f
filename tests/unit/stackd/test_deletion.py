"""Rows go with what hangs on them, a bounded number a turn."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from stackd import database
from stackd.database import Rows, deletion
from stackd.database.deletion import Deletion
from stackd.database.sqlite import Sqlite
from stackd.settings import Settings
from unit.stackd.filled import METRICS, rows, without


def test_many_rows_go_a_bounded_number_a_turn(filled: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a run with millions of metrics would hold every writer up."""
    monkeypatch.setattr(deletion, "ROWS", 5)
    turns: list[int] = []
    real = Rows.change

    def change(self: Rows, statement: str, **values: Any) -> int:
        turns[-1] += (count := real(self, statement, **values))
        return count

    class Counted(Sqlite):
        def write(self, wait: float = 10) -> Any:
            turns.append(0)
            return super().write(wait)

    monkeypatch.setattr(Rows, "change", change)
    before = rows(filled)
    gone = Deletion(Counted(filled.places.database)).delete("runs", "run_uuid", ["old"])
    assert (gone, turns) == (METRICS + 5, [5, 5, 5, 2])
    assert rows(filled) == without(before, "old")


@pytest.fixture
def spans(local: Settings) -> None:
    with closing(sqlite3.connect(local.places.database)) as connection, connection:
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
def test_a_trace_goes_with_its_spans_and_no_other_trace_does(local: Settings) -> None:
    before = rows(local)
    Deletion(database.of(local)).delete("trace_info", "request_id", ["tr-1"])
    assert rows(local) == without(before, "tr-1")
    Deletion(database.of(local)).delete("experiments", "experiment_id", [3])
    assert not {"spans", "span_metrics", "trace_info"} & set(rows(local))

"""Rows go with what hangs on them, a bounded number a turn."""

from __future__ import annotations

import re
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


Row = tuple[str, dict[str, Any]]


def row(table: str, **values: Any) -> Row:
    return table, values


def related(home: int) -> list[Row]:
    """An experiment with a run, a logged model, a trace and a scorer, and rows that name them without a foreign key.

    Every row has an id of its own that ends in the experiment's.
    """
    run, model, trace, scorer, queue, end = (f"{kind}-{home}" for kind in ("run", "m", "tr", "scorer", "q", "ep"))
    stamps = {"created_at": 1, "last_updated_at": 1}
    times = {"creation_time_ms": 1, "last_update_time_ms": 1}
    day = {"experiment_id": home, "rollup_day": "2026-01-01"}
    rollup = {**day, "id": home, "metric_name": "m", "grouping_set": "g", "sample_count": 1}
    inputs = [
        ("DATASET", "d", "RUN", run),
        ("RUN_INPUT", run, "MODEL_INPUT", model),
        ("RUN_OUTPUT", run, "MODEL_OUTPUT", model),
        # Of a run that stays.
        ("RUN_INPUT", f"other-{home}", "MODEL_INPUT", model),
    ]
    associated = [("trace", trace, "run", run), ("evaluation_dataset", f"d-{home}", "experiment", str(home))]
    return [
        row("experiments", experiment_id=home, name=f"e-{home}", workspace="default"),
        row("runs", run_uuid=run, experiment_id=home),
        row(
            "logged_models",
            model_id=model,
            experiment_id=home,
            name="m",
            artifact_location="a",
            status=1,
            creation_timestamp_ms=1,
            last_updated_timestamp_ms=1,
        ),
        row("trace_info", request_id=trace, experiment_id=home, timestamp_ms=1, status="OK"),
        row("scorers", scorer_id=scorer, experiment_id=home, scorer_name="s"),
        row("endpoints", endpoint_id=end, usage_tracking=0, workspace="default", **stamps),
        row("endpoint_bindings", endpoint_id=end, resource_type="scorer", resource_id=scorer, **stamps),
        row("review_queues", queue_id=queue, experiment_id=9, name=queue, name_key=queue, queue_type="t", **times),
        row("review_queue_items", queue_id=queue, item_type="trace", item_id=trace, status="s", **times),
        row("sql_trace_metric_daily_rollups", **rollup),
        row("sql_span_cost_daily_rollups", **rollup),
        row("sql_assessment_daily_rollups", **rollup),
        row("sql_trace_rollup_rebuild_queue", **day, rollup_family="f"),
        *(row("entity_associations", association_id=f"{n}-{home}", **ends(each)) for n, each in enumerate(associated)),
        *(row("inputs", input_uuid=f"{n}-{home}", step=0, **ends(each)) for n, each in enumerate(inputs)),
        *(row("input_tags", input_uuid=f"{n}-{home}", name="t", value="v") for n in range(len(inputs))),
    ]


def ends(named: tuple[str, str, str, str]) -> dict[str, str]:
    return dict(zip(("source_type", "source_id", "destination_type", "destination_id"), named, strict=True))


# What is not the experiment's: a queue of another one, an endpoint of the gateway.
STAY = ("review_queues", "endpoints")


def test_what_mlflow_relates_without_a_foreign_key_goes_with_its_row(local: Settings) -> None:
    """SQLite gives the id of an experiment to the next one: what stays behind would be the next one's."""
    with closing(sqlite3.connect(local.places.database)) as connection, connection:
        connection.execute("INSERT INTO experiments (experiment_id, name, workspace) VALUES (9, 'kept', 'default')")
        for home in (3, 4):
            for table, values in related(home):
                marks = ", ".join("?" * len(values))
                connection.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", [*values.values()])
    before = rows(local)
    gone = Deletion(database.of(local))
    for table, column, identity in (
        ("trace_info", "request_id", "tr-3"),
        ("runs", "run_uuid", "run-3"),
        ("logged_models", "model_id", "m-3"),
        ("experiments", "experiment_id", 3),
    ):
        gone.delete(table, column, [identity])
    of_three = re.compile(r"3$|.*-3$")
    expected = {
        table: [each for each in held if table in STAY or not any(of_three.match(str(cell)) for cell in each)]
        for table, held in before.items()
    }
    assert rows(local) == expected
    assert sum(map(len, before.values())) - sum(map(len, expected.values())) == len(related(3)) - len(STAY)

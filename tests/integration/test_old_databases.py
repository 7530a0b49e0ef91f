"""Databases that MLflow 2.22 and 3.14 have written, brought in and behind the server: no row, file or alias is lost."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from support.old.brought import (
    VERSIONS,
    Left,
    columns_of,
    left_by,
    rows,
    without_rows_that_become_columns,
)
from support.rest import Rest
from support.stack import NewStack, Stack
from support.wrapped import told

OTHER = "otherbucket"
SERVED = "mlflow-artifacts:"
VERSIONS_OF = """
SELECT '@' || alias, storage_location FROM registered_model_aliases a
JOIN model_versions v ON v.name = a.name AND v.version = a.version
"""
EXPERIMENTS = 7
# MLflow 3.17 has put what was in there into columns of their own.
TAKEN_APART = (("spans", "dimension_attributes"),)
MOVED = {"Default", "uri", "path"}
# A client without a credential: what was logged, every run's files, every registered alias's, every trace's spans.
DOWN = """
import json
from pathlib import Path
import mlflow

client = mlflow.MlflowClient()
found = {}

def down(name, uri):
    try:
        top = Path(mlflow.artifacts.download_artifacts(uri))
    except Exception as error:
        found[name] = type(error).__name__
        return
    # The client itself writes down which version it was.
    files = [path for path in top.rglob("*") if path.is_file() and path.name != "registered_model_meta"]
    found[name] = {str(path.relative_to(top)): path.read_text() for path in files}

for experiment in client.search_experiments():
    for run in client.search_runs([experiment.experiment_id]):
        found[f"logged {run.info.run_name}"] = [run.data.params, run.data.metrics, run.data.tags["court"]]
        down(run.info.run_name, f"runs:/{run.info.run_id}/")
    for trace in mlflow.search_traces([experiment.experiment_id], return_type="list"):
        found[f"trace {experiment.name}"] = [[span.name, span.outputs] for span in trace.data.spans]
for alias in client.get_registered_model("net").aliases:
    down(f"@{alias}", f"models:/net@{alias}")
print(json.dumps(found))
"""


@pytest.fixture
def stack(new_stack: NewStack) -> Stack:
    """May read what lies in the other bucket."""
    made = new_stack()
    made.configure(MLFLOW_S3_READABLE=f"s3://{OTHER}/{made.prefix}")
    return made


@pytest.fixture
def left(version: str, stack: Stack, tmp_path: Path) -> Left:
    """What that MLflow has left."""
    return left_by(version, stack, OTHER, tmp_path)


def ways(stack: Stack, *moved: str) -> dict[str, str]:
    """What would become of each experiment; one cannot be moved, so the exit code is 1."""
    shown = told(stack, "migrate", *moved, "--dry-run", code=1).envelope
    return {each["experiment"]: each["how"] for each in shown["plan"]["experiments"]}


def behind(value: object, left: Left) -> object:
    """A value of a row after the migration: an address has become the server's."""
    for address in left.addresses:
        if isinstance(value, str) and value.startswith(address + "/"):
            return f"{SERVED}{value.removeprefix(address)}"
    return value


def every_row_is_there(stack: Stack, left: Left) -> None:
    """By value, but for the addresses; what a newer schema adds is not looked at."""
    snapshot = Path(told(stack, "backup").envelope["snapshot"]) / "mlflow.db"
    columns = columns_of(left.database)
    for table, column in TAKEN_APART:
        if column in columns.get(table, []):
            columns[table].remove(column)
    before, after = rows(left.database, columns), rows(snapshot, columns)
    for table, held in before.items():
        moved = {tuple((name, behind(value, left)) for name, value in row): count for row, count in held.items()}
        assert after[table] == moved, table
    beyond = {
        f"{table}.{name}: {value}"
        for table, held in rows(snapshot).items()
        for row in held
        for name, value in row
        if isinstance(value, str) and any(each in value for each in left.addresses)
    }
    assert beyond == set()


def every_file_comes_down(stack: Stack, left: Left) -> None:
    """Byte by byte, of runs, logged models and traces."""
    rest = Rest(stack)
    wrong = {path: rest.get(path).status_code for path, body in left.files.items() if rest.get(path).content != body}
    assert wrong == {}


def client_has_everything(stack: Stack, left: Left) -> None:
    """What MLflow's plain client gets, whole; of what nobody has any more an error, and the rows."""
    found: dict[str, Any] = json.loads(stack.client(DOWN).stdout.splitlines()[-1])
    with closing(sqlite3.connect(left.database)) as connection:
        names = [str(row[0]) for row in connection.execute("SELECT name FROM experiments")]
        roots = dict(connection.execute("SELECT name, artifact_uri FROM runs"))
        roots |= dict(connection.execute(VERSIONS_OF))
    assert len(roots) == 3 * EXPERIMENTS
    for name, uri in roots.items():
        root = str(behind(uri, left)).removeprefix(f"{SERVED}/") + "/"
        files = {path.removeprefix(root): body.decode() for path, body in left.files.items() if path.startswith(root)}
        if uri.startswith(left.lost):
            assert isinstance(found[name], str), name
        else:
            assert files
            assert found[name] == files, name
    logged = [{"depth": "3", "lr": "1e-3"}, {"loss": 0.2, "reward": 2.0}, "half"]
    assert [found[f"logged of {name}"] for name in names] == [logged] * EXPERIMENTS
    # Spans of 2.22 are files; those of 3.14 are rows, and there whatever became of the files.
    lost = {"elsewhere"} if any(path.endswith("traces.json") for path in left.files) else set()
    traces = {name: found.get(f"trace {name}") for name in names}
    assert traces == {name: None if name in lost else [[f"of {name}", {"answer": 4}]] for name in names}


# Once adopted, every version's database has the same schema: that the folder has moved need not be tried with each.
@pytest.mark.parametrize(("version", "moved_since"), [*zip(VERSIONS, (False, True), strict=True)])
def test_all_of_it_is_behind_the_server_in_the_end(stack: Stack, left: Left, moved_since: bool) -> None:
    """As one types it: adopt, start, claim, migrate, push; after it no file is anywhere else than in S3."""
    folder = left.artifacts.rename(left.artifacts.with_name("elsewhere")) if moved_since else left.artifacts
    adopted = told(stack, "adopt", "--db", str(left.database), "--artifacts", str(folder), "--yes").envelope
    assert (adopted["done"], adopted["plan"]["migrate"]) == (True, True)
    # What the comparison of rows below is not to look for: it is in columns of the traces now.
    assert without_rows_that_become_columns(left.database) >= EXPERIMENTS
    told(stack, "start")
    told(stack, "adopt", "--claim", "--yes")

    roots = ("--moved", str(left.artifacts))
    s3 = {"here": "rewrite", "there": "copy", "elsewhere": "cannot", "proxied": "here"}
    # Addresses below the folder that was named have come behind the server at once.
    assert ways(stack) == {**s3, **dict.fromkeys(MOVED, "cannot" if moved_since else "here")}
    assert ways(stack, *roots) == {**s3, **dict.fromkeys(MOVED, "rewrite" if moved_since else "here")}
    done = told(stack, "migrate", *roots, "--yes", code=1)
    assert done.envelope["done"] is True
    assert [each["level"] for each in done.findings if each["id"] == "migrate.proof"] == ["ok"]

    every_row_is_there(stack, left)
    every_file_comes_down(stack, left)
    moved = {path for path in left.files if path not in stack.objects()}
    assert {path.split("/")[0] for path in moved} == {"0", "4", "5", "6"}
    told(stack, "artifacts", "push", "--yes")
    assert set(left.files) <= set(stack.objects())
    every_file_comes_down(stack, left)
    client_has_everything(stack, left)

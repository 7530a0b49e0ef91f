"""Everything that MLflow keeps is known: a new table, column or file turns a test red until it is decided on."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from stackd.database import deletion, roots, uris

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/state.md").read_text(encoding="utf-8")
ADDRESSES = {(each.table, each.column) for each in uris.COLUMNS}
# Columns that name another row without a foreign key, and need no line in deletion.LOOSE.
DECIDED = {
    "assessments.source_id": "who assessed: a person or a model of a provider",
    "assessments.run_id": "goes with its trace, as do the next two",
    "assessments.span_id": "",
    "assessments.experiment_id": "",
    "datasets.dataset_uuid": "its own id",
    "entity_associations.association_id": "its own id",
    "evaluation_dataset_records.source_id": "a dataset outlives the trace that a record was made of",
    "inputs.input_uuid": "its own id",
    "logged_model_metrics.dataset_uuid": "goes with its model",
    "logged_models.source_run_id": "a model has a life of its own, and an id that never comes back",
    "model_versions.user_id": "a person",
    "model_versions.run_id": "cleanup keeps the run of a version",
    "review_queue_label_schemas.schema_id": "both go with their experiment",
    "review_queue_users.user_id": "a person",
    "runs.user_id": "a person",
    "spans.span_id": "goes with its trace, as does the next",
    "spans.parent_span_id": "",
    "trace_info.client_request_id": "the client's own",
    "trace_info.session_id": "the client's own",
}


def section(title: str) -> str:
    """The text below a heading, up to the next one."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)
    assert found, title
    return found[1]


def first_cells(text: str) -> list[str]:
    """The names in the first column of a page's table."""
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row)]


@pytest.fixture
def connection(empty_database: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(empty_database)) as opened:
        yield opened


def tables(connection: sqlite3.Connection) -> list[str]:
    return [str(row[0]) for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]


def test_every_table_has_a_line_that_says_who_cares_for_it(connection: sqlite3.Connection) -> None:
    known = first_cells(section("Tables of `mlflow.db`"))
    assert sorted({*known} ^ {*tables(connection)}) == []
    assert len({*known}) == len(known)


def test_every_table_of_users_has_a_line() -> None:
    models = (mlflow_folder() / "server/auth/db/models.py").read_text(encoding="utf-8")
    made = {"alembic_version_auth", *re.findall(r'__tablename__ = "(\w+)"', models)}
    assert set(first_cells(section("Tables of `basic_auth.db`"))) == made


def mlflow_folder() -> Path:
    import mlflow

    return Path(str(mlflow.__file__)).parent


def test_every_text_is_an_address_of_artifacts_or_decided_to_be_none(connection: sqlite3.Connection) -> None:
    lines = (Path(__file__).parent / "no_address.txt").read_text(encoding="utf-8").splitlines()
    none = {
        (line.partition(":")[0], column)
        for line in lines
        if not line.startswith("#")
        for column in line.partition(":")[2].split()
    }
    declared = "CHAR", "TEXT", "JSON", "BLOB"
    held = {
        (table, str(row[1]))
        for table in tables(connection)
        for row in connection.execute(f'PRAGMA table_info("{table}")')
        if any(kind in str(row[2]).upper() for kind in declared)
    }
    assert sorted(none & ADDRESSES) == []
    assert sorted(held ^ (none | ADDRESSES)) == []


def test_the_page_names_every_address(connection: sqlite3.Connection) -> None:
    named = {name for name in first_cells(section("Addresses of artifacts")) if "mlflow." not in name}
    assert named == {f"{table}.{column}" for table, column in ADDRESSES}
    tags = set(re.findall(r"`(mlflow\.[\w.]+)`", section("Addresses of artifacts")))
    assert tags == set(re.findall(r"'([\w.]+)'", roots.TRACE))
    kept = "".join(roots.LOOKUPS), "".join(roots.ROOTS)
    for column in ("artifact_uri", "artifact_location", *tags):
        assert all(column in each for each in kept), column


def test_tags_of_traces_that_hold_an_address_are_known() -> None:
    """MLflow names its tags in one file; one that ends in "location" and is no address is decided here."""
    names = (mlflow_folder() / "tracing/constant.py", mlflow_folder() / "utils/mlflow_tags.py")
    found = {tag for path in names for tag in re.findall(r'"(mlflow\.[\w.]*[lL]ocation)"', path.read_text("utf-8"))}
    assert found - {"mlflow.trace.spansLocation"} == set(re.findall(r"'([\w.]+)'", roots.TRACE))


def test_a_row_that_names_another_goes_with_it_or_stays_by_decision(connection: sqlite3.Connection) -> None:
    loose = {f"{child}.{column}" for children in deletion.LOOSE.values() for child, column, _ in children}
    bound = set()
    for table in tables(connection):
        keys = {row[3] for row in connection.execute(f'PRAGMA foreign_key_list("{table}")')}
        columns = connection.execute(f'PRAGMA table_info("{table}")').fetchall()
        own = [row[1] for row in columns if row[5]]
        bound |= {
            f"{table}.{row[1]}"
            for row in columns
            if re.search(r"_u?u?id$", row[1]) and row[1] not in keys and own != [row[1]]
        }
    assert loose <= bound
    assert sorted(bound - loose) == sorted(DECIDED)


def test_every_file_has_a_line() -> None:
    """Names in the code of what is written to the volumes, to ./backups and to memory."""
    used: set[str] = set()
    for path in (ROOT / "mlflow/stackd").rglob("*.py"):
        code = path.read_text(encoding="utf-8")
        used |= set(re.findall(r'\b(?:DATA|SPOOL|BACKUPS|data|spool|backups) / (?:[\w.]+\()?"([^"{]+)"', code))
        used |= set(re.findall(r'Path\("(/(?:tmp|home|run)/[^"]*)"\)', code))
    assert used >= {"mlflow.db", "basic_auth.db", "flask_secret", "/tmp/prometheus"}
    assert sorted(used - set(first_cells(section("Files")))) == []

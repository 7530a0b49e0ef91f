"""One listing of a destination, and whose each object is."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from stackd.artifacts import store
from stackd.artifacts.bucket import Stored
from stackd.artifacts.destination import MARKER, UNFINISHED, Unusable
from stackd.artifacts.store import Folder
from stackd.database import Database, at, roots
from stackd.database.roots import Root, Roots
from stackd.failures import Refused

NAMES = ["a", "a.txt", "a/b", "a/é", "b-1/x", "b/x", "b0", "ü/1"]


def test_a_folder_is_listed_in_the_order_of_keys(tmp_path: Path) -> None:
    for name in NAMES[1:]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / MARKER).touch()
    (tmp_path / "b" / f".x{UNFINISHED}").touch()
    (tmp_path / "link").symlink_to(tmp_path / "a.txt")
    found = list(Folder(tmp_path).entries())
    assert [each.path for each in found] == sorted(NAMES[1:], key=str.encode)
    assert [each.bytes for each in found] == [len(each.path.encode()) for each in found]


def test_below_a_path_its_neighbour_is_not_meant(tmp_path: Path) -> None:
    for name in ("1/ab/x", "1/abc/x"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
    assert [each.path for each in Folder(tmp_path).entries("1/ab")] == ["1/ab/x"]
    assert list(Folder(tmp_path).entries("2")) == []


def test_a_name_that_is_no_text_stops_no_listing(tmp_path: Path) -> None:
    """In a folder that was copied from elsewhere; S3 has none."""
    (tmp_path / os.fsdecode(b"\xff.bin")).touch()
    (tmp_path / "\uffee").touch()
    found = store.pairs(Folder(tmp_path).entries(), listing("\uffee"))
    assert [there is not None for _, there in found] == [True, False]


def listing(*paths: str) -> Iterator[Stored]:
    return (Stored(path, 1, "", 0.0) for path in paths)


def test_two_listings_are_read_side_by_side() -> None:
    found = store.pairs(listing("a", "a.txt", "a/b", "c"), listing("a/b", "b"))
    assert [(here and here.path, there and there.path) for here, there in found] == [
        ("a", None), ("a.txt", None), ("a/b", "a/b"), (None, "b"), ("c", None),
    ]  # fmt: skip


@pytest.mark.parametrize("wrong", [("a", "a/b", "a.txt"), ("b", "a"), ("a", "a")])
@pytest.mark.parametrize("second", [False, True])
def test_a_store_that_walks_folders_is_unknown_and_no_difference(wrong: tuple[str, ...], second: bool) -> None:
    """S3 Express lists so: three equal objects would be one equal, two here and two there."""
    sides = listing("a", "a.txt", "a/b"), listing(*wrong)
    with pytest.raises(Refused) as refused:
        list(store.pairs(*(sides if second else sides[::-1])))
    assert (refused.value.finding.id, refused.value.finding.level) == ("artifacts.unordered", "unknown")


def test_a_file_of_an_odd_name_can_be_deleted_and_nothing_else(tmp_path: Path) -> None:
    """What a run once logged under it would keep the run for ever."""
    odd = "ctl\x01.txt"
    (tmp_path / odd).write_text("x")
    place = Folder(tmp_path)
    entries = list(place.entries())
    assert [each.path for each in entries] == [odd]
    for refuse in (lambda: place.write(odd, b"y"), lambda: place.chunks(odd, 1)):
        with pytest.raises(Unusable):
            refuse()
    assert store.remove(place, entries).objects == 1
    assert list(tmp_path.iterdir()) == []


def root(path: str) -> Root:
    return Root("run", path.split("/")[1], 1, path, deleted=False)


def test_an_object_belongs_to_the_root_above_it_and_to_no_neighbour() -> None:
    owners = Roots([root("1/ab/artifacts"), root("1/abc/artifacts"), root("custom/x/y")])
    whose = {
        path: owners.of(path) for path in ("1/ab/artifacts/f/g", "1/abc/artifacts", "1/ab", "1/abx/artifacts/f", "")
    }
    assert {path: found.path if found else None for path, found in whose.items()} == {
        "1/ab/artifacts/f/g": "1/ab/artifacts", "1/abc/artifacts": "1/abc/artifacts", "1/ab": None,
        "1/abx/artifacts/f": None, "": None,
    }  # fmt: skip


@pytest.fixture
def base(tmp_path: Path) -> Database:
    path = tmp_path / "mlflow.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(
            """
            CREATE TABLE runs (run_uuid TEXT, experiment_id INTEGER, artifact_uri TEXT, lifecycle_stage TEXT);
            INSERT INTO runs VALUES ('r1', 1, 'mlflow-artifacts:/1/r1/artifacts', 'active'),
                ('r2', 1, 's3://b/p/1/r2/artifacts', 'deleted'), ('r3', 2, 's3://other/2/r3/artifacts', 'active'),
                ('r4', 2, 'mlflow-artifacts:/2', 'active');
            CREATE TABLE logged_models
                (model_id TEXT, experiment_id INTEGER, artifact_location TEXT, lifecycle_stage TEXT);
            INSERT INTO logged_models VALUES ('m-1', 1, 'mlflow-artifacts:/1/models/m-1/artifacts', 'active');
            CREATE TABLE trace_info (request_id TEXT, experiment_id INTEGER);
            INSERT INTO trace_info VALUES ('tr-1', 1), ('tr-2', 1);
            CREATE TABLE trace_tags (request_id TEXT, key TEXT, value TEXT);
            INSERT INTO trace_tags VALUES
                ('tr-1', 'mlflow.artifactLocation', 'mlflow-artifacts:/1/traces/tr-1/artifacts'),
                ('tr-2', 'mlflow.artifactLocation', 'mlflow-artifacts:/1/traces'), ('tr-1', 'x', 'mlflow-artifacts:/1');
            """
        )
    connection.close()
    return at(path)


def test_the_roots_of_a_database_are_those_that_hold_their_own_id(base: Database) -> None:
    """A root like `1/` would own everybody's files."""
    assert [(each.kind, each.identity, each.path, each.deleted) for each in roots.recorded("s3://b/p", base)] == [
        ("run", "r1", "1/r1/artifacts", False),
        ("run", "r2", "1/r2/artifacts", True),
        ("model", "m-1", "1/models/m-1/artifacts", False),
        ("trace", "tr-1", "1/traces/tr-1/artifacts", False),
    ]

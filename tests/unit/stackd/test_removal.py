"""How many requests a cleanup of a bucket takes, and that they are about what goes and nothing else."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from stackd.artifacts import removal
from stackd.cleaning import cleanup
from stackd.settings import Settings
from unit.stackd.bucket import Bucket
from unit.stackd.filled import LONG_AGO, add_run

OBJECTS = 30


def restore_all(config: Settings) -> None:
    """Nothing of what is there is marked deleted any more."""
    with closing(sqlite3.connect(config.places.database)) as connection, connection:
        connection.execute("UPDATE runs SET lifecycle_stage = 'active'")
        connection.execute("UPDATE logged_models SET lifecycle_stage = 'active'")
        connection.execute("UPDATE experiments SET lifecycle_stage = 'active'")


def populate(config: Settings, bucket: Bucket, deleted: int, live: int) -> set[str]:
    """Runs of experiment 7 with objects, and objects beside them that nobody owns; the keys of those that stay."""
    with closing(sqlite3.connect(config.places.database)) as connection, connection:
        connection.execute("INSERT INTO experiments (experiment_id, name, workspace) VALUES (7, 'seven', 'default')")
        for number in range(deleted + live):
            stage, when = ("deleted", LONG_AGO) if number < deleted else ("active", None)
            add_run(connection, f"run{number:04}", 7, stage, when)
    for number in range(deleted + live):
        for each in range(OBJECTS):
            bucket.objects[f"p/7/run{number:04}/artifacts/{each}"] = 1
    # Names that begin as a root does, as S3 sorts them around it.
    near = (
        "7/run0000/artifacts.txt",
        "7/run0000/artifactsa/x",
        "7/run0000/a",
        "7/run",
        "7/zzz/artifacts/x",
        "70/run0000/artifacts/x",
    )
    bucket.objects |= {f"p/{path}": 1 for path in near}
    gone = [f"p/7/run{number:04}/artifacts/" for number in range(deleted)]
    return {key for key in bucket.objects if not any(key.startswith(root) for root in gone)}


@pytest.mark.parametrize(
    ("deleted", "live", "lists", "deletes"),
    [
        # Most of it goes: 55 × 30 objects and what is near, in pages of a thousand; the others' roots have none.
        (50, 5, 2, 2),
        # Little of it goes: one listing of each root, and not of the 200 that stay; twenty of them share a request.
        (30, 200, 30, 2),
        # Few go: nothing that stays is read.
        (3, 1, 3, 1),
    ],
)
def test_so_many_requests(bucket: Bucket, remote: Settings, deleted: int, live: int, lists: int, deletes: int) -> None:
    restore_all(remote)
    kept = populate(remote, bucket, deleted, live)
    planned = cleanup.plan(remote, 3600, "", registered=False)
    assert (planned["runs"], planned["objects"]) == (deleted, deleted * OBJECTS)
    assert bucket.calls == {"list_objects_v2": lists, "get_bucket_versioning": 1}
    bucket.calls.clear()
    late = f"p/7/run{deleted - 1:04}/artifacts/late"
    bucket.objects[late] = 1
    done = cleanup.execute(remote, planned)
    assert (done["items"], done["objects"], done["failed"]) == (deleted, deleted * OBJECTS + 1, 0)
    assert set(bucket.objects) == kept
    assert bucket.calls == {"list_objects_v2": lists, "delete_objects": deletes}


@pytest.mark.parametrize(("room", "lists"), [(50_000, 2), (40 * OBJECTS - 1, 4), (0, 4)])
def test_an_execution_uses_the_listing_of_its_plan_where_there_is_room(
    bucket: Bucket, remote: Settings, monkeypatch: pytest.MonkeyPatch, room: int, lists: int
) -> None:
    restore_all(remote)
    kept = populate(remote, bucket, 40, 5)
    monkeypatch.setattr(removal, "HELD", room)
    listed = removal.Listed()
    done = cleanup.execute(remote, cleanup.plan(remote, 3600, "", False, listed=listed), listed=listed)
    assert (done["objects"], done["failed"], set(bucket.objects)) == (40 * OBJECTS, 0, kept)
    assert bucket.calls == {"list_objects_v2": lists, "get_bucket_versioning": 1, "delete_objects": 2}


def test_of_an_experiment_listed_whole_a_run_whose_object_stays_keeps_its_rows(
    bucket: Bucket, remote: Settings
) -> None:
    populate(remote, bucket, 40, 5)
    stuck = "p/7/run0007/artifacts/3"
    bucket.stuck = {stuck}
    planned = cleanup.plan(remote, 3600, "", registered=False)
    done = cleanup.execute(remote, planned)
    assert (done["items"], done["failed"]) == (planned["runs"] + planned["models"] - 1, 1)
    with closing(sqlite3.connect(remote.places.database)) as connection:
        left = connection.execute("SELECT run_uuid FROM runs WHERE experiment_id = 7 AND lifecycle_stage = 'deleted'")
        assert left.fetchall() == [("run0007",)]
    assert stuck in bucket.objects


def test_at_most_a_few_thousand_entries_are_read_ahead_of_what_is_deleted(bucket: Bucket, remote: Settings) -> None:
    """Memory does not grow with what goes."""
    bucket.objects = {f"p/1/{number}": 1 for number in range(20_000)}
    ahead = 0
    read = 0

    def watched() -> object:
        nonlocal ahead, read
        for entry in removal.stored.of_destination(remote, "1"):
            read += 1
            ahead = max(ahead, read - (20_000 - len(bucket.objects)))
            yield entry

    assert removal.remove_all(remote, watched()).objects == 20_000
    assert ahead <= (removal.AT_ONCE + 1) * removal.BATCH

"""How many requests a cleanup of a bucket takes, and that they are about what goes and nothing else."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import botocore.exceptions
import pytest

from stackd.artifacts import store
from stackd.artifacts.bucket import Stored
from stackd.cleaning import cleanup, removal
from stackd.settings import Settings
from unit.stackd.bucket import Bucket, Pages
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

    def watched() -> Iterator[Stored]:
        nonlocal ahead, read
        for entry in store.of(remote).entries("1"):
            read += 1
            ahead = max(ahead, read - (20_000 - len(bucket.objects)))
            yield entry

    assert store.remove(store.of(remote), watched()).objects == 20_000
    assert ahead <= (store.AT_ONCE + 1) * store.BATCH


@pytest.mark.parametrize("stuck", [set(), {"p/7/run0003/artifacts/5"}])
def test_one_poison_name_costs_its_own_batch_alone_and_a_cleanup_finishes(
    bucket: Bucket, remote: Settings, capsys: pytest.CaptureFixture[str], stuck: set[str]
) -> None:
    """A key that no XML can hold would stop every cleanup at the same place, for ever."""
    restore_all(remote)
    populate(remote, bucket, 100, 0)
    poison = "p/7/run0042/artifacts/bad\ufffe"
    bucket.objects[poison] = 1
    bucket.poison, bucket.stuck = {poison}, stuck
    planned = cleanup.plan(remote, 3600, "", registered=False)
    done = cleanup.execute(remote, planned)
    assert (done["items"], done["failed"]) == (100 - len(stuck), len(stuck))
    assert {key for key in bucket.objects if "/artifacts/" in key and "zzz" not in key and "70/" not in key} == stuck
    # Each key of that batch once; the other batches as ever.
    assert bucket.calls["delete_objects"] == 4
    assert bucket.calls["delete_object"] <= store.BATCH
    assert ("cleanup.failed" in capsys.readouterr().out) is bool(stuck)


@pytest.mark.parametrize("denied", [{"delete_objects"}, {"delete_objects", "delete_object"}])
def test_a_store_without_a_delete_of_many_deletes_one_by_one(
    bucket: Bucket, remote: Settings, denied: set[str]
) -> None:
    bucket.objects = {f"p/1/{number}": 1 for number in range(3)}
    bucket.denied = denied
    entries = list(store.of(remote).entries("1"))
    failed = store.remove(store.of(remote), entries).failed
    assert failed == ({} if len(denied) == 1 else dict.fromkeys(("1/0", "1/1", "1/2"), "AccessDenied"))
    assert bucket.calls["delete_object"] == 3


def test_where_nobody_answers_no_key_is_tried_alone(
    bucket: Bucket, remote: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mute(**_: object) -> None:
        raise botocore.exceptions.EndpointConnectionError(endpoint_url="http://x")

    monkeypatch.setattr(bucket, "delete_objects", mute)
    assert store.of(remote).delete(["1/a", "1/b"]) == dict.fromkeys(("1/a", "1/b"), "EndpointConnectionError")
    assert bucket.calls["delete_object"] == 0


def test_a_listing_that_fails_keeps_the_rows_of_its_roots_and_no_others(
    bucket: Bucket, remote: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    restore_all(remote)
    populate(remote, bucket, 45, 200)
    planned = cleanup.plan(remote, 3600, "", registered=False)
    listed = Pages._list_objects_v2

    def broken(pages: Pages, Prefix: str, **given: Any) -> Any:  # noqa: N803 - boto3's names
        if "run0007" in Prefix:
            raise botocore.exceptions.ClientError({"Error": {"Code": "SlowDown"}}, "ListObjectsV2")
        return listed(pages, Prefix, **given)

    monkeypatch.setattr(Pages, "_list_objects_v2", broken)
    done = cleanup.execute(remote, planned)
    assert 0 < done["items"] < 45
    assert done["failed"] == 45 - done["items"]
    assert "7/run0007/artifacts (SlowDown)" in capsys.readouterr().out
    monkeypatch.setattr(Pages, "_list_objects_v2", listed)
    again = cleanup.execute(remote, cleanup.plan(remote, 3600, "", registered=False))
    assert (again["items"], again["failed"]) == (45 - done["items"], 0)

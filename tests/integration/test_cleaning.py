"""Cleanup, audit, push, pull and migrate on a real bucket: only what was named dies, and bytes are bytes."""

from __future__ import annotations

import os
import random
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from support.killed import killed
from support.rest import API, Rest
from support.s3server import READER
from support.stack import NewStack, Stack
from support.waiting import wait_until
from support.wrapped import told
from support.writers import Trainer, history

OBJECTS = 12
# Seconds at work before a verb's container is killed, at most: a machine may be done by then, so one kill is at once.
LATEST = 1.6
KILLS = 3


def run_with_files(api: Rest, experiment: str, count: int = OBJECTS) -> str:
    """A run with some files; its id."""
    run = api.run(experiment)
    for number in range(count):
        api.stored(f"{experiment}/{run}/artifacts/d/{number}.bin", f"{run}{number}".encode())
    return run


def rows(stack: Stack, table: str) -> int:
    """Rows of a table in the newest snapshot, which is made for it."""
    folder = Path(told(stack, "backup").envelope["snapshot"])
    with closing(sqlite3.connect(f"file:{folder}/mlflow.db?mode=ro", uri=True)) as connection:
        return int(connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])


@pytest.mark.parametrize("mode", ["s3", "local"])
def test_only_what_is_marked_deleted_dies_beside_a_training(new_stack: NewStack, mode: str) -> None:
    """Files and rows of deleted runs and experiments; the training that logs meanwhile does not notice."""
    stack = new_stack()
    stack.up(mode)
    api = Rest(stack)
    one, two = api.experiment("one"), api.experiment("two")
    live, gone = run_with_files(api, one), run_with_files(api, one)
    inside = run_with_files(api, two)
    api.post("runs/delete", run_id=gone)
    api.post("experiments/delete", experiment_id=two)
    before = stack.objects() if mode == "s3" else stack.files()
    trainer = Trainer(stack, live)
    try:
        trainer.wait_for_more(10)
        shown = told(stack, "cleanup", "--older-than", "0s", "--dry-run").envelope
        assert (shown["done"], shown["plan"]["runs"], shown["plan"]["objects"]) == (False, 2, 2 * OBJECTS)
        assert (stack.objects() if mode == "s3" else stack.files()) == before
        done = told(stack, "cleanup", "--older-than", "0s", "--yes").envelope
        trainer.wait_for_more(10)
    finally:
        answered = trainer.end()
    assert (done["result"]["items"], done["result"]["objects"], done["result"]["experiments"]) == (2, 2 * OBJECTS, 1)
    after = stack.objects() if mode == "s3" else stack.files()
    assert after == {key: size for key, size in before.items() if gone not in key and inside not in key}
    assert sorted(set(answered) - set(history(stack, live))) == []
    assert rows(stack, "runs") == 1
    assert told(stack, "audit").envelope["found"]["orphans"] == 0
    assert told(stack, "cleanup", "--older-than", "0s", "--yes").envelope["done"] is False


def test_two_databases_on_one_prefix_delete_nothing_of_each_other(new_stack: NewStack) -> None:
    """Experiments and runs of both have the same small numbers in their paths."""
    first, second = new_stack(), new_stack()
    second.configure(MLFLOW_S3_URI=f"s3://{first.bucket}/{first.prefix}")
    for stack in (first, second):
        stack.up("s3")
        api = Rest(stack)
        run = run_with_files(api, api.experiment("same"))
        api.post("runs/delete", run_id=run)
    before = first.objects()
    assert len(before) >= 2 * OBJECTS
    assert told(second, "cleanup", "--older-than", "0s", "--yes", code=1).ids("error") == ["owner.refused"]
    assert first.objects() == before
    done = told(first, "cleanup", "--older-than", "0s", "--yes").envelope
    assert done["result"]["objects"] == OBJECTS
    assert len(first.objects()) == len(before) - OBJECTS
    assert told(second, "artifacts", "push", "--yes", code=1).ids("error") == ["owner.refused"]
    assert told(first, "audit").envelope["found"]["orphans"] == OBJECTS


def test_runs_made_offline_are_complete_in_s3_after_a_push_and_come_back_by_a_pull(new_stack: NewStack) -> None:
    """Byte by byte, and a second push has nothing to do."""
    stack = new_stack()
    stack.up("local")
    api = Rest(stack)
    experiment = api.experiment("offline")
    run = run_with_files(api, experiment)
    big = os.urandom(20 * 1024 * 1024)
    api.stored(f"{experiment}/{run}/artifacts/big.bin", big)
    local = {path: size for path, size in stack.files().items() if run in path}
    stack.up("s3")
    compared = told(stack, "artifacts", "diff").envelope["found"]
    assert (compared["only_folder"], compared["only_s3"], compared["same"]) == (OBJECTS + 1, 0, 0)
    assert told(stack, "artifacts", "push", "--yes").envelope["result"]["objects"] == OBJECTS + 1
    assert {key: size for key, size in stack.objects().items() if run in key} == local
    assert told(stack, "artifacts", "push", "--yes").envelope["plan"]["objects"] == 0

    for path in local:
        (stack.folder / "mlartifacts" / path).unlink()
    assert api.get(f"{experiment}/{run}/artifacts/big.bin").content == big
    assert told(stack, "artifacts", "pull", "--yes").envelope["result"]["objects"] == OBJECTS + 1
    assert (stack.folder / "mlartifacts" / experiment / run / "artifacts/big.bin").read_bytes() == big
    assert told(stack, "artifacts", "diff").envelope["found"]["same"] == OBJECTS + 1

    newer = stack.folder / "mlartifacts" / experiment / run / "artifacts/d/0.bin"
    newer.write_bytes(b"written offline")
    assert told(stack, "artifacts", "pull", "--yes").envelope["plan"]["newer"] == 1
    assert newer.read_bytes() == b"written offline"


def test_experiments_with_s3_addresses_are_served_by_the_proxy_after_a_migration(new_stack: NewStack) -> None:
    """As `--default-artifact-root s3://…` leaves them: in place, and below another prefix that may be read."""
    stack = new_stack()
    stack.configure(MLFLOW_S3_READABLE=f"s3://otherbucket/{stack.prefix}")
    stack.up("s3")
    api = Rest(stack)
    claimed(stack)
    roots = {"here": f"s3://{stack.bucket}/{stack.prefix}", "there": f"s3://otherbucket/{stack.prefix}"}
    runs = {}
    for name, root in roots.items():
        experiment = api.experiment(name, artifact_location=f"{root}/{name}")
        run = api.run(experiment)
        bucket, _, key = f"{root}/{name}/{run}/artifacts/model.bin".removeprefix("s3://").partition("/")
        stack.s3.client().put_object(Bucket=bucket, Key=key, Body=name.encode())
        runs[name] = run
    api.experiment("elsewhere", artifact_location="s3://no-such-bucket/x")
    shown = told(stack, "migrate", "--dry-run", code=1).envelope
    ways = {each["experiment"]: each["how"] for each in shown["experiments"]}
    assert ways == {"Default": "here", "here": "rewrite", "there": "copy", "elsewhere": "cannot"}
    done = told(stack, "migrate", "--yes", code=1)
    assert (done.envelope["done"], done.envelope["result"]["copied"]) == (True, 1)
    assert [each["level"] for each in done.findings if each["id"] == "migrate.proof"] == ["ok"]
    for name, run in runs.items():
        found = api.call("GET", f"{API}/runs/get", params={"run_id": run}).json()["run"]["info"]
        assert found["artifact_uri"] == f"mlflow-artifacts:/{name}/{run}/artifacts"
        assert api.get(f"{name}/{run}/artifacts/model.bin").content == name.encode()
    assert told(stack, "migrate", "--yes", code=1).envelope["done"] is False


def claimed(stack: Stack) -> None:
    """Wait until the server has put its owner marker on the empty prefix: a test that puts objects itself may not be
    quicker.
    """
    wait_until(lambda: ".mlflow-stack-owner" in stack.objects(), stack, "the owner marker", 30)


def fill(stack: Stack, api: Rest, experiment: str, runs: int) -> list[str]:
    """Runs with files that are put straight into the bucket; their ids."""
    claimed(stack)
    made = [api.run(experiment) for _ in range(runs)]
    client = stack.s3.client()
    keys = [f"{experiment}/{run}/artifacts/{number}" for run in made for number in range(OBJECTS)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: client.put_object(Bucket=stack.bucket, Key=f"{stack.prefix}/{key}", Body=b"x"), keys))
    return made


def moments() -> list[float]:
    """At once, and then at a random moment each time; a failing assertion names them."""
    return [0.0, *(random.uniform(0, LATEST) for _ in range(KILLS - 1))]  # noqa: S311 - no secret


def test_a_killed_cleanup_loses_nothing_else_and_the_second_try_finishes(new_stack: NewStack) -> None:
    stack = new_stack()
    stack.up("s3")
    api = Rest(stack)
    experiment = api.experiment("many")
    live = fill(stack, api, experiment, 5)
    for run in fill(stack, api, experiment, 60):
        api.post("runs/delete", run_id=run)
    kept = {key for key in stack.objects() if any(run in key for run in live)}
    met = 0
    for moment in moments():
        met += killed(stack, moment, "cleanup", "--older-than", "0s", "--yes")
        assert kept <= set(stack.objects()), moment
        assert stack.ready() == 200
    told(stack, "cleanup", "--older-than", "0s", "--yes")
    assert met
    assert {key for key in stack.objects() if not key.startswith(".")} == kept
    assert told(stack, "cleanup", "--older-than", "0s", "--yes").envelope["plan"]["runs"] == 0
    assert rows(stack, "runs") == len(live)


def test_a_killed_migration_has_moved_every_address_or_none(new_stack: NewStack) -> None:
    stack = new_stack()
    stack.up("s3")
    api = Rest(stack)
    root = f"s3://{stack.bucket}/{stack.prefix}"
    for number in range(5):
        experiment = api.experiment(f"e{number}", artifact_location=f"{root}/e{number}")
        for _ in range(20):
            api.run(experiment)
    met = 0
    for moment in moments():
        met += killed(stack, moment, "migrate", "--yes")
        left = told(stack, "migrate", "--dry-run").envelope["plan"]["uris"]
        assert left in (0, 5 * 21), moment
    assert met
    told(stack, "migrate", "--yes")
    assert told(stack, "migrate", "--dry-run").envelope["plan"]["uris"] == 0


def test_a_killed_push_leaves_whole_objects_and_the_second_try_finishes(new_stack: NewStack) -> None:
    stack = new_stack()
    stack.up("local")
    api = Rest(stack)
    experiment = api.experiment("offline")
    run = api.run(experiment)
    body = {f"{number}.bin": os.urandom(400_000) for number in range(100)}
    for name, content in body.items():
        api.stored(f"{experiment}/{run}/artifacts/{name}", content)
    stack.up("s3")
    met = 0
    for moment in moments():
        met += killed(stack, moment, "artifacts", "push", "--yes")
        assert {size for key, size in stack.objects().items() if run in key} <= {400_000}, moment
    assert met
    told(stack, "artifacts", "push", "--yes")
    for path in (stack.folder / "mlartifacts" / experiment).rglob("*.bin"):
        path.unlink()
    assert {name: api.get(f"{experiment}/{run}/artifacts/{name}").content for name in body} == body


VERBS = (
    ("backup",), ("cleanup", "--older-than", "0s", "--yes"), ("usage",), ("audit",), ("artifacts", "diff"),
    ("artifacts", "push", "--yes"), ("migrate", "--yes"),
)  # fmt: skip


def test_without_s3_or_permission_to_delete_verbs_say_so_and_change_nothing(new_stack: NewStack) -> None:
    """No row goes without its files."""
    stack = new_stack()
    stack.up("s3")
    api = Rest(stack)
    run = run_with_files(api, api.experiment("one"), 2)
    api.post("runs/delete", run_id=run)
    stack.write_profile(endpoint="http://127.0.0.1:9")
    for verb in VERBS:
        assert told(stack, *verb, code=1).ids("error") == ["s3.unreachable"], verb
    assert told(stack, "backups").envelope["snapshots"] == []
    stack.write_profile(READER)
    said = told(stack, "cleanup", "--older-than", "0s", "--yes", code=1)
    assert set(said.ids("error")) <= {"cleanup.failed", "s3.denied"}
    assert said.ids("error")
    stack.write_profile()
    assert len([key for key in stack.objects() if run in key]) == 2
    assert api.call("GET", f"{API}/runs/get", params={"run_id": run}).status_code == 200


def test_files_of_both_stores_go_in_s3_mode_and_local_mode_refuses(new_stack: NewStack) -> None:
    """A run made offline would leave its files in ./mlartifacts to nobody, and the other way round."""
    stack = new_stack()
    stack.up("local")
    api = Rest(stack)
    experiment = api.experiment("both")
    offline = run_with_files(api, experiment, 3)
    stack.up("s3")
    online = run_with_files(api, experiment, 3)
    for run in (offline, online):
        api.post("runs/delete", run_id=run)
    stack.up("local")
    assert told(stack, "cleanup", "--older-than", "0s", "--yes", code=1).ids("error") == ["cleanup.both"]
    stack.up("s3")
    assert told(stack, "cleanup", "--older-than", "0s", "--yes").envelope["result"]["objects"] == 6
    assert not [path for path in (*stack.objects(), *stack.files()) if offline in path or online in path]

"""`./stack upgrade`: from old databases and older images; the way back where anything is red; killed in the middle."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from support import docker
from support.killed import at_work
from support.old.brought import VERSIONS, columns_of, left_by, rows
from support.rest import Rest
from support.stack import NewStack, Stack
from support.upgrades import break_it, change, fix_it, image_of_its_own, killed_upgrade, put_database, tags
from support.working_copy import own
from support.wrapped import told

# MLflow's migrations turn these into columns of a trace, or take them apart.
INTO_COLUMNS = ("trace_tags", "trace_request_metadata", "trace_metrics", "spans")
# Logs a step twice a second until a file says that it is enough, and then how many there were.
LOGGED = """
import itertools, sys, time
from pathlib import Path
import mlflow

experiment = mlflow.create_experiment("patient")
with mlflow.start_run(experiment_id=experiment) as run:
    print(run.info.run_id, flush=True)
    for step in itertools.count():
        mlflow.log_metric("loss", 1 / (step + 1), step=step)
        if Path(sys.argv[1]).exists():
            break
        time.sleep(0.5)
print(step + 1)
"""


@pytest.fixture
def stack(new_stack: NewStack) -> Iterator[Stack]:
    """One whose image can be another one, in local mode."""
    made = new_stack(s3=False)
    made.mode = "local"
    with image_of_its_own(made):
        yield made


def source(stack: Stack) -> str:
    """Of the image that the container has."""
    return str(docker.inspect(stack.container())["Config"]["Labels"]["mlflow-stack.source"])


def a_run(stack: Stack) -> str:
    """With a metric and a file."""
    rest = Rest(stack)
    run = rest.run(rest.experiment("before"))
    rest.call("POST", "/api/2.0/mlflow/runs/log-metric", json={"run_id": run, "key": "m", "value": 1.0, "timestamp": 1})
    return run


def whole(stack: Stack, run: str) -> bool:
    """Whether the run has its metric."""
    data = Rest(stack).call("GET", "/api/2.0/mlflow/runs/get", params={"run_id": run}).json()["run"]["data"]
    return [each["key"] for each in data.get("metrics", [])] == ["m"]


def steps_of(stack: Stack, run: str) -> list[int]:
    """Of the loss that it has logged."""
    query = {"run_id": run, "metric_key": "loss", "max_results": 1000}
    answer = Rest(stack).call("GET", "/api/2.0/mlflow/metrics/get-history", params=query).json()
    return [int(each.get("step", 0)) for each in answer["metrics"]]


def made_by(version: str, folder: Path) -> Path:
    """A database that an older MLflow has left, alone."""
    database = folder / "old.db"
    script = (Path(__file__).parents[1] / f"support/old/{version}.sql").read_text(encoding="utf-8")
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(script)
    own(folder)
    return database


def copied(stack: Stack) -> dict[str, object]:
    """Every row of the volume's database, by table."""
    snapshot = Path(told(stack, "backup").envelope["snapshot"])
    return dict(rows(snapshot / "mlflow.db"))


@pytest.mark.parametrize("version", VERSIONS)
def test_from_an_old_database(new_stack: NewStack, version: str, tmp_path: Path) -> None:
    """What `start` refuses; afterwards every row is there, and the snapshot holds the database as it was."""
    stack = new_stack()
    left = left_by(version, stack, "otherbucket", tmp_path)
    stack.up("s3")
    stack.stop()
    put_database(stack, left.database)
    before = rows(left.database)

    done = told(stack, "upgrade", "--yes")
    assert (done.envelope["done"], done.envelope["restarted"]) == (True, True), done
    assert rows(Path(done.envelope["snapshot"]) / "mlflow.db") == before
    kept = {name: names for name, names in columns_of(left.database).items() if name not in INTO_COLUMNS}
    after = Path(told(stack, "backup").envelope["snapshot"]) / "mlflow.db"
    assert rows(after, kept) == {name: held for name, held in before.items() if name in kept}
    answer = Rest(stack).call("POST", "/api/2.0/mlflow/experiments/search", json={"max_results": 100})
    assert len(answer.json()["experiments"]) == 7


def test_a_training_rides_out_a_newer_image(stack: Stack, tmp_path: Path) -> None:
    """Built beside the server, and the client's own patience is enough for the rest; the previous image is kept."""
    told(stack, "start", "--disable-s3")
    old = source(stack)
    change(stack)
    patient = {name: value for name, value in stack.client_env.items() if not name.startswith("MLFLOW_HTTP_REQUEST")}
    command = [sys.executable, "-c", LOGGED, str(tmp_path / "enough")]
    folder = stack.folder.parent
    with subprocess.Popen(command, cwd=folder, env=patient, stdout=subprocess.PIPE, text=True) as training:
        try:
            assert training.stdout
            run = training.stdout.readline().strip()
            dry = told(stack, "upgrade", "--dry-run").envelope
            # Whoever only looks builds nothing, and of the new image nothing can be said before it is there.
            assert (dry["done"], dry["plan"], [each["id"] for each in dry["findings"]]) == (
                False,
                None,
                ["image.stale"],
            )
            assert source(stack) == old
            done = told(stack, "upgrade", "--yes").envelope
            assert (done["done"], done["restarted"]) == (True, True)
            assert training.poll() is None
            (tmp_path / "enough").touch()
            # MLflow says where the run can be seen before.
            steps = int(training.stdout.read().split()[-1])
            assert training.wait(60) == 0
        finally:
            training.kill()
    assert steps_of(stack, run) == list(range(steps))
    assert done["images"][1] == f"MLflow 3.17.2 ({source(stack)[:12]})"
    assert source(stack) != old
    (kept,) = [name for name in tags(f"mlflow-stack/{stack.project}") if old[:12] in name]
    assert kept.endswith(f":3.17.2-{old[:12]}")
    assert told(stack, "upgrade", "--yes").envelope["done"] is False


@pytest.mark.parametrize("red", ["upgrade.smoke", "command.failed"])
def test_a_broken_image_is_never_published(stack: Stack, red: str) -> None:
    told(stack, "start", "--disable-s3")
    run, container, old = a_run(stack), stack.container(), source(stack)
    before = copied(stack)
    break_it(stack, red)
    if red == "command.failed":
        assert "broken on purpose" in told(stack, "upgrade", "--yes", code=4).finding(red)["text"]
    else:
        said = told(stack, "upgrade", "--yes", code=1)
        assert (said.envelope["done"], said.finding(red)["level"]) == (False, "error")
        assert "Job execution is not supported" in Path(said.envelope["log"]).read_text(encoding="utf-8")
    # The same container, which serves; bare Compose starts nothing else.
    assert (stack.container(), source(stack)) == (container, old)
    assert stack.ready() == 200
    assert whole(stack, run)
    stack.compose("up", "--detach", "--no-build", "mlflow")
    assert stack.container() == container
    stack.wait_ready()
    fix_it(stack, red)
    assert copied(stack) == before


def test_an_old_database_stays_as_it_was_where_the_new_server_is_red(stack: Stack, tmp_path: Path) -> None:
    """And the next upgrade, with an image that is sound, ends well."""
    database = made_by("2.22", tmp_path)
    told(stack, "start", "--disable-s3")
    stack.stop()
    put_database(stack, database)
    before = rows(database)
    break_it(stack, "upgrade.smoke")
    said = told(stack, "upgrade", "--yes", code=1)
    assert said.finding("upgrade.smoke")
    assert said.finding("upgrade.back")["level"] == "warning"
    fix_it(stack, "upgrade.smoke")
    done = told(stack, "upgrade", "--yes").envelope
    assert (done["done"], done["restarted"]) == (True, True)
    assert rows(Path(done["snapshot"]) / "mlflow.db") == before


def test_killed_at_any_moment_the_second_upgrade_ends_well(stack: Stack, tmp_path: Path) -> None:
    """The verb's container, then the wrapper, which leaves its verb at work."""
    database = made_by("3.14", tmp_path)
    before = rows(database)
    kept = {name: names for name, names in columns_of(database).items() if name not in INTO_COLUMNS}
    told(stack, "start", "--disable-s3")
    for after, wrapper in ((0.5, False), (4.0, False), (6.0, True), (12.0, True)):
        stack.stop()
        put_database(stack, database)
        change(stack, f"{after}")
        done = killed_upgrade(stack, after, wrapper)
        assert done.envelope["exit_code"] == 0
        # Not at once: the Compose that a killed wrapper has left behind may be making the container again.
        stack.wait_ready()
        held = rows(Path(told(stack, "backup").envelope["snapshot"]) / "mlflow.db", kept)
        assert held == {name: each for name, each in before.items() if name in kept}
        assert not at_work(stack, "upgrade execute")

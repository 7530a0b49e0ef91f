"""What was answered is there: after a restart, a switch of modes, a killed worker, twenty kills of the server."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from support import docker
from support.databases import older_database
from support.processes import master_and_workers
from support.rest import API, Rest
from support.stack import NewStack, Stack
from support.waiting import wait_said, wait_until
from support.working_copy import USER
from support.writers import Swarm, Trainer, history

KILLS, WRITERS, ANSWERS = 20, 16, 300


def rows(database: Path, table: str) -> int:
    """Rows of a table of a copy; also that SQLite finds nothing wrong with the file."""
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return int(connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])


def copies(stack: Stack) -> list[Path]:
    """The copies in ./backups, oldest first."""
    return sorted((stack.folder / "backups").glob("mlflow-*.db"))


def test_a_training_survives_a_killed_worker_a_restart_and_a_switch_of_modes(new_stack: NewStack) -> None:
    """A training of hours would otherwise end because somebody restarted the server."""
    stack = new_stack()
    stack.up("s3")
    api = Rest(stack)
    trainer = Trainer(stack, api.run(api.experiment("survival")))
    try:
        trainer.wait_for_more()
        _, workers = master_and_workers(stack)
        os.kill(workers[0], signal.SIGKILL)
        trainer.wait_for_more()
        wait_until(lambda: len(master_and_workers(stack)[1]) == len(workers), stack, "the killed worker was replaced")

        restarted = stack.wrapper("restart", "--json")
        assert restarted.returncode == 0, restarted.stdout + restarted.stderr
        trainer.wait_for_more()

        stack.up("local")
        trainer.wait_for_more()
    finally:
        answered = trainer.end()
    # Each step once: a write that was answered is there, and none was written twice by a retry of an answered one.
    assert sorted(set(answered) - set(history(stack, trainer.run))) == []
    assert len(answered) >= 80


def test_an_answer_comes_in_one_piece(shared_stack: Stack) -> None:
    """Otherwise a worker that dies between the pieces ends a training: its client retries only without a head."""
    stack = shared_stack
    asked = f"GET /health HTTP/1.1\r\nHost: localhost:{stack.port}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", stack.port), timeout=60) as connection:
        ends = set()
        for _ in range(ANSWERS):
            connection.sendall(asked)
            ends.add(connection.recv(65_536)[-4:])
    assert len(ends) == 1
    assert ends != {b"\r\n\r\n"}


def test_twenty_kills_under_sixteen_writers_lose_nothing_that_was_answered(new_stack: NewStack) -> None:
    """`kill -9` of every process at once, in the middle of writes or of the start; then the database is whole."""
    stack = new_stack(s3=False)
    stack.up("local")
    swarm = Swarm(stack, WRITERS)
    try:
        for kill in range(KILLS):
            # Every second one meets the server in the middle of its start.
            if kill % 2 == 0:
                stack.wait_ready()
                swarm.wait_for_more(WRITERS)
            docker.docker("kill", "--signal", "KILL", stack.container())
            docker.docker("start", stack.container())
        stack.wait_ready()
        swarm.wait_for_more(WRITERS)
    finally:
        swarm.end()
    assert swarm.wrong == []
    assert swarm.lost() == {}
    stack.stop()
    assert rows(copies(stack)[-1], "metrics") >= swarm.count()


def test_bare_compose_leaves_a_copy_of_what_was_there(new_stack: NewStack) -> None:
    """The volume is one `docker volume prune` away from being gone."""
    stack = new_stack(s3=False, MLFLOW_KEEP_COPIES="2")
    stack.up("local")
    api = Rest(stack)
    experiment = api.experiment("copied")
    user = (stack.folder / "mlartifacts").stat()
    for expected, how in enumerate(("stop", "down", "stop"), start=1):
        api.run(experiment)
        stack.compose(how)
        copy = copies(stack)[-1]
        assert rows(copy, "runs") == expected
        assert (copy.stat().st_uid, copy.stat().st_gid) == (user.st_uid, user.st_gid)
        stack.up("local")
    before = copies(stack)
    assert len(before) == 2
    stack.compose("down")
    assert copies(stack) == before


def content(stack: Stack) -> str:
    """The SHA-256 of the database in the stack's volume."""
    python = ("run", "--rm", "--no-deps", "--no-TTY", "--entrypoint", "sha256sum", "mlflow", "/data/mlflow.db")
    return stack.compose(*python, mode="local").stdout.split()[0]


def test_a_database_of_another_revision_is_left_alone_until_upgrade(new_stack: NewStack) -> None:
    """MLflow itself would migrate it at its start, without a copy, and there is no way back."""
    stack = new_stack(s3=False)
    older = older_database(stack)
    before = content(stack)
    stack.up("local", ready=False)
    log = wait_said(stack, "The server does not start")
    assert older in log
    assert "./stack upgrade" in log
    assert stack.ready() is None
    stack.stop()
    assert content(stack) == before

    planned = stack.inside("upgrade", "plan", mode="local")
    assert planned.plan["revision"] == older
    assert content(stack) == before
    done = stack.inside("upgrade", "execute", mode="local", stdin=json.dumps(planned.plan))
    assert done.result["ok"], done.events
    # The old database is still there, whole.
    (kept,) = (stack.folder / "backups").glob("*/mlflow.db")
    assert (kept.parent.name, rows(kept, "runs")) == (Path(done.result["kept"]).name, 1)
    # The server that was tried has left nothing behind.
    assert copies(stack) == []
    stack.up("local")
    api = Rest(stack)
    answer = api.call("GET", "/api/2.0/mlflow/registered-models/alias", params={"name": "m", "alias": "best"})
    assert answer.json()["model_version"]["version"] == "1"


def test_a_plan_of_an_upgrade_is_refused_once_the_database_has_changed(new_stack: NewStack) -> None:
    stack = new_stack(s3=False)
    older_database(stack)
    planned = stack.inside("upgrade", "plan", mode="local").plan
    # As the owner of the volume: root in the container holds no capability to write what is his.
    owner = ("--user", f"{USER}:{USER}")
    python = ("run", "--rm", "--no-deps", "--no-TTY", *owner, "--entrypoint", "/opt/mlflow/bin/python", "mlflow", "-c")
    change = "import sqlite3; c = sqlite3.connect('/data/mlflow.db'); c.execute('DELETE FROM runs'); c.commit()"
    stack.compose(*python, change, mode="local")
    before = content(stack)
    refused = stack.inside("upgrade", "execute", mode="local", stdin=json.dumps(planned))
    assert refused.returncode == 1
    assert [finding["id"] for finding in refused.findings] == ["plan.changed"]
    assert content(stack) == before


def test_a_second_server_never_serves_the_same_database(shared_stack: Stack) -> None:
    """Two servers on one SQLite file have turns of their own, and a WAL on a shared volume may be lost."""
    stack = shared_stack
    second = ("run", "--detach", "--no-deps", "mlflow", "serve")
    container = stack.compose(*second, mode="local").stdout.split()[-1]
    wait_until(lambda: "Another server uses this database" in docker.docker("logs", container).stderr, stack, "refused")
    docker.docker("rm", "--force", container)
    assert stack.ready() == 200
    Rest(stack).experiment("still writable")


# Takes the writers' turn as another writer would, says so, and gives it back when told to.
HOLDER = """
import fcntl, sys

with open("/data/mlflow.db.turn") as file:
    fcntl.flock(file, fcntl.LOCK_EX)
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_a_writer_whose_turn_does_not_come_is_told_to_come_back_and_readers_never_wait(shared_stack: Stack) -> None:
    """A client gives up at once on a 400, and with it the metrics of a training; a 503 it tries again."""
    stack = shared_stack
    api = Rest(stack)
    run = api.run(api.experiment("turns"))
    metric = {"run_id": run, "key": "loss", "value": 1.0, "timestamp": 1, "step": 1}
    command = [
        "docker",
        "exec",
        "--interactive",
        "--user",
        f"{USER}:{USER}",
        stack.container(),
        "/opt/mlflow/bin/python",
    ]
    with subprocess.Popen([*command, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdin
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        with ThreadPoolExecutor(4) as pool:
            # As many as there are threads for writers: a reader that shared them would wait as well.
            writers = [pool.submit(api.call, "POST", f"{API}/runs/log-metric", json=metric) for _ in range(4)]
            read = api.call("GET", f"{API}/runs/get", params={"run_id": run})
            assert (read.status_code, [writer.done() for writer in writers]) == (200, [False] * 4)
            answers = [writer.result() for writer in writers]
        assert {(answer.status_code, answer.headers.get("Retry-After")) for answer in answers} == {(503, "1")}
        assert {answer.json()["error_code"] for answer in answers} == {"TEMPORARILY_UNAVAILABLE"}
        holder.stdin.write("\n")
    assert api.call("POST", f"{API}/runs/log-metric", json=metric).status_code == 200
    assert history(stack, run) == [1]

"""start, stop, restart, logs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mlflow_stack.checks.host import Port
from mlflow_stack.engine.containers import Image
from mlflow_stack.engine.process import Outcome
from mlflow_stack.engine.server import Waited
from mlflow_stack.errors import DOCKER, StackError, error
from mlflow_stack.verbs import server
from unit.mlflow_stack.conftest import IMAGE, Bench, checked, finding

UP = ["--progress plain up --detach"]
LOG = "2026-01-02T03:04:05Z {}\n"


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[Waited]:
    found = [Waited(True, 2.0)]
    monkeypatch.setattr(server, "wait", lambda *_: found[0])
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    return found


def changed(bench: Bench) -> list[str]:
    return bench.run("--progress")


def test_a_first_start(bench: Bench, container: Any) -> None:
    bench.engine.containers = [None, container()]
    started = server.start(bench.stack, "local")
    assert changed(bench) == UP
    assert [line.text for line in started.lines] == [
        "MLflow is ready in local mode (2.0 s): http://localhost:5000",
        "  export MLFLOW_TRACKING_URI=http://localhost:5000",
    ]
    assert started.last == []
    data = {"mode": "local", "url": "http://localhost:5000", "was": "stopped", "ready": True, "seconds": 2.0}
    assert started.fields() == {**data, "reason": "", "log": None}


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({"id": "a"}, {"id": "a"}, "MLflow was already running in S3 mode"),
        ({"id": "a"}, {"id": "b"}, "MLflow was recreated in S3 mode (2.0 s)"),
        ({"id": "a", "mode": "local"}, {"id": "b"}, "MLflow was switched to S3 mode (2.0 s)"),
        ({"id": "a", "state": "exited"}, {"id": "b"}, "MLflow is ready in S3 mode (2.0 s)"),
    ],
)
def test_what_was_there(bench: Bench, container: Any, before: Any, after: Any, said: str) -> None:
    bench.engine.containers = [container(**{"mode": "s3", **before}), container(mode="s3", **after)]
    assert server.start(bench.stack, "s3").lines[0].text == f"{said}: http://localhost:5000"


def test_without_docker(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench.stack, "docker_findings", lambda mode="local": [error("docker.off", "no")])
    with pytest.raises(StackError) as failed:
        server.start(bench.stack, "local")
    assert failed.value.exit_code == DOCKER


def test_what_this_host_lacks_is_said_before_anything_is_made(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    del bench.engine.images[IMAGE]
    monkeypatch.setattr("mlflow_stack.engine.host.read_port", lambda bind, port: Port(True, "nginx"))
    with pytest.raises(StackError) as failed:
        server.start(bench.stack, "local")
    assert (failed.value.exit_code, [each.id for each in failed.value.findings]) == (2, ["port.taken"])
    assert bench.runner.ran == []


def test_with_an_image_everything_wrong_is_said_at_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlflow_stack.engine.host.read_port", lambda bind, port: Port(True, "nginx"))
    bench.says("check", *checked(finding("settings.value", where="MLFLOW_S3_URI"), finding("port.taken", where="5000")))
    with pytest.raises(StackError) as failed:
        server.start(bench.stack, "s3")
    assert [each.id for each in failed.value.findings] == ["port.taken", "settings.value"]


def test_a_running_server_is_not_replaced_for_settings_that_are_wrong(bench: Bench, container: Any) -> None:
    bench.engine.containers = [container(config_hash="previous")]
    bench.says("check", *checked(finding("settings.value", where="MLFLOW_EXTRA_HOSTS")))
    with pytest.raises(StackError) as failed:
        server.start(bench.stack, "local")
    assert (failed.value.exit_code, changed(bench)) == (2, [])
    assert failed.value.findings[-1].text == "The running server was left as it is"


def test_a_server_that_would_not_change_is_not_checked_again(bench: Bench, container: Any) -> None:
    bench.engine.containers = [container()]
    bench.says("check", *checked(finding("settings.value")))
    assert server.start(bench.stack, "local").exit_code == 0
    assert bench.run("mlflow check") == []


def test_a_stale_image_is_built_before(bench: Bench, container: Any) -> None:
    bench.engine.images[IMAGE] = Image("sha256:1", "other", 1)
    bench.engine.containers = [None, container()]
    server.start(bench.stack, "local")
    assert [line.split()[2] for line in changed(bench)] == ["build", "up"]


def test_no_plugin_is_installed_by_a_start(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    lacks = error("docker.compose-missing", "no", "", "./stack bootstrap")
    monkeypatch.setattr(bench.stack, "docker_findings", lambda mode="local": [lacks])
    with pytest.raises(StackError) as failed:
        server.start(bench.stack, "local")
    assert failed.value.findings == [lacks]
    assert bench.runner.ran == []


def test_a_server_that_is_not_ready(bench: Bench, container: Any, waits: list[Waited], tmp_path: Path) -> None:
    waits[0] = Waited(False, 90.0, "The server was not ready", (error("x", "y"),))
    bench.engine.containers = [None, container()]
    started = server.start(bench.stack, "local")
    log = started.fields()["log"]
    assert (started.exit_code, started.lines[0].text) == (1, "The server was not ready")
    assert Path(log).read_text() == "2026 it went wrong\n"
    assert [each.id for each in started.findings] == ["x"]


def test_a_log_that_cannot_be_saved_does_not_hide_why(
    bench: Bench, container: Any, waits: list[Waited], tmp_path: Path
) -> None:
    """After one `sudo ./stack` the reason was replaced by "a file could not be used"."""
    (tmp_path / ".stack").write_text("no folder")
    waits[0] = Waited(False, 90.0, "The server was not ready")
    bench.engine.containers = [None, container()]
    started = server.start(bench.stack, "local")
    assert ([line.text for line in started.lines], started.findings[-1].id) == (
        ["The server was not ready"],
        "host.file",
    )


def test_what_s3_says_is_shown_after_a_start(bench: Bench, container: Any) -> None:
    bench.engine.containers = [None, container(mode="s3")]
    bench.says("check", *checked(finding("s3.roundtrip", "ok"), finding("aws.profile", "ok"), finding("s3.denied")))
    bench.runner.answers["mlflow check --preflight"] = "\n".join(map(json.dumps, checked()))
    started = server.start(bench.stack, "s3")
    assert ([each.id for each in started.findings], started.exit_code) == (["s3.roundtrip", "s3.denied"], 0)


def test_an_s3_that_still_boots_is_asked_again(bench: Bench, container: Any) -> None:
    bench.engine.containers = [None, container(mode="s3")]
    answers = [
        checked(finding("s3.unreachable")),
        checked(finding("s3.unreachable")),
        checked(finding("s3.roundtrip", "ok")),
    ]
    bench.runner.answers["mlflow check"] = lambda: "\n".join(map(json.dumps, answers.pop(0)))
    bench.runner.answers["mlflow check --preflight"] = "\n".join(map(json.dumps, checked()))
    assert [each.id for each in server.start(bench.stack, "s3").findings] == ["s3.roundtrip"]
    assert answers == []


def test_a_database_that_waits_to_be_adopted(bench: Bench, container: Any, tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_text("")
    bench.engine.volumes = {"mlflow-stack_data"}
    bench.engine.containers = [None, container()]
    bench.says("check", *checked(database={"bytes": 1, "revision": "a", "experiments": 1, "runs": 0}))
    assert [each.id for each in server.start(bench.stack, "local").findings] == ["adopt.waiting"]


@pytest.mark.parametrize(
    ("bind", "remote", "user", "shown"),
    [
        ("127.0.0.1", True, "ada", "ssh -N -L 5000:localhost:5000 ada@box"),
        ("127.0.0.1", True, KeyError("no such uid"), "ssh -N -L 5000:localhost:5000 box"),
        ("127.0.0.1", False, "ada", ""),
        ("10.0.0.5", True, "ada", ""),
    ],
)
def test_the_tunnel_is_shown_to_who_needs_it(
    settings: Any, monkeypatch: pytest.MonkeyPatch, bind: str, remote: bool, user: Any, shown: str
) -> None:
    def name() -> str:
        if isinstance(user, Exception):
            raise user
        return str(user)

    monkeypatch.setattr(server, "getuser", name)
    monkeypatch.setattr(server, "gethostname", lambda: "box")
    environment = {"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"} if remote else {}
    lines = server.ssh_lines(settings(ports__0__host_ip=bind), environment)
    assert [line.text for line in lines] == ([f"  From your own machine: {shown}"] if shown else [])


def test_restart_recreates_the_server_alone_in_its_mode(bench: Bench, container: Any) -> None:
    bench.engine.containers = [container(id="a", mode="s3"), container(id="a", mode="s3"), container(id="b", mode="s3")]
    assert server.restart(bench.stack).lines[0].text.startswith("MLflow was recreated in S3 mode")
    assert changed(bench) == ["--progress plain up --detach --force-recreate --no-deps mlflow"]


@pytest.mark.parametrize("verb", [server.restart, lambda stack: server.logs(stack, False, "all")])
def test_without_a_container(bench: Bench, verb: Any) -> None:
    with pytest.raises(StackError) as failed:
        verb(bench.stack)
    (found,) = failed.value.findings
    assert (failed.value.exit_code, found.id) == (2, "usage.no-container")
    assert found.fix == ("./stack start", "./stack start --disable-s3")


@pytest.mark.parametrize(
    ("said", "exit_code", "shown", "warned"),
    [
        ("The database was copied to ./backups/a.db", 0, "  The database was copied to ./backups/a.db", ""),
        (
            "The database has not changed since the copy ./backups/a.db",
            0,
            "  The database has not changed since the copy ./backups/a.db",
            "",
        ),
        ("The database could not be copied to ./backups: No space left", 0, "", "No space left"),
        ("nothing of the kind", 0, "", "The server ended without a word about the copy of its database"),
        ("The database was copied to ./backups/a.db", 137, "", "The server was killed, for it did not end in time"),
    ],
)
def test_stop_says_whether_a_copy_was_made(
    bench: Bench, container: Any, said: str, exit_code: int, shown: str, warned: str
) -> None:
    bench.engine.containers = [container(), container(), container(state="exited", exit_code=exit_code)]
    bench.engine.said = LOG.format("The database was copied to ./backups/old.db" if not warned else "") + LOG.format(
        said
    )
    stopped = server.stop(bench.stack)
    assert changed(bench) == ["--progress plain stop mlflow"]
    texts = [line.text for line in stopped.lines]
    assert texts == [
        "MLflow is stopped; container, database and artifacts stay",
        *([shown] if shown else []),
        texts[-1],
    ]
    assert texts[-1] == "  To start it: ./stack start --disable-s3"
    assert [(each.id, warned in each.text) for each in stopped.findings] == ([("backups.copy", True)] if warned else [])


def test_nothing_to_stop(bench: Bench, container: Any) -> None:
    assert server.stop(bench.stack).lines[0].text == "MLflow is not running: there is no container"
    bench.engine.containers = [container(state="exited")]
    assert server.stop(bench.stack).lines[0].text == "MLflow was already stopped"
    assert bench.runner.ran == []


def test_logs_hand_over_to_docker(bench: Bench, container: Any) -> None:
    bench.engine.containers = [container()]
    server.logs(bench.stack, follow=True, tail="5")
    assert bench.runner.ran == ["docker logs --tail 5 --follow mlflow-stack-mlflow-1"]


@pytest.mark.parametrize(
    ("there", "level", "text"),
    [
        (None, "error", "The server does not run (no container)"),
        ({"state": "exited"}, "error", "The server does not run (exited)"),
        ({}, "warning", "The server's container runs in local mode; nobody waited for it to be ready"),
    ],
)
def test_how_it_is_after_an_interruption(bench: Bench, container: Any, there: Any, level: str, text: str) -> None:
    bench.engine.containers = [None if there is None else container(**there)]
    found = server.state_finding(bench.stack, "local")
    assert (found.level, found.text) == (level, text)


def test_how_it_is_where_docker_is_gone(bench: Bench) -> None:
    bench.runner.answers["config --format json"] = Outcome((), 1, "", "gone")
    assert server.state_finding(bench.stack, "local").level == "unknown"

"""start, stop, restart, logs."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from mlflow_stack.checks.host import Port
from mlflow_stack.engine import server as waiting
from mlflow_stack.engine.containers import Image
from mlflow_stack.engine.process import Outcome
from mlflow_stack.engine.server import Waited
from mlflow_stack.errors import DOCKER, StackError, error
from mlflow_stack.verbs import server
from unit.mlflow_stack.conftest import IMAGE, Bench, checked, finding, result

UP = ["--progress plain up --detach"]
LOG = "2026-01-02T03:04:05Z {}\n"
REAL_WAIT = server.wait


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


def test_a_switch_is_said_before_it_is_made(bench: Bench, container: Any) -> None:
    bench.engine.containers = [container(), container(id="c2", mode="s3")]
    server.start(bench.stack, "s3")
    assert bench.heard.steps == ["The server runs in local mode: switching to S3 mode", "Starting MLflow in S3 mode"]


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


def test_the_aws_folder_that_is_missing_is_not_made(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "aws" / "credentials").unlink()
    (tmp_path / "aws").rmdir()
    with pytest.raises(StackError) as failed:
        server.start(bench.stack, "s3")
    assert (failed.value.exit_code, [each.id for each in failed.value.findings]) == (2, ["aws.folder-missing"])
    assert (changed(bench), (tmp_path / "aws").exists()) == ([], False)


def test_a_server_that_would_not_change_is_left_for_what_this_host_lacks(
    bench: Bench, container: Any, tmp_path: Path
) -> None:
    (tmp_path / "backups").rmdir()
    bench.engine.containers = [container()]
    bench.says("check", *checked(finding("settings.value", where="MLFLOW_EXTRA_HOSTS")))
    with pytest.raises(StackError) as failed:
        server.start(bench.stack, "local")
    assert [each.id for each in failed.value.findings] == ["host.folder-missing", "settings.value", "server.ready"]
    assert changed(bench) == []


def test_a_stopped_server_is_not_said_to_run(bench: Bench, container: Any) -> None:
    bench.engine.containers = [container(state="exited", config_hash="previous")]
    bench.says("check", *checked(finding("settings.value", where="MLFLOW_EXTRA_HOSTS")))
    with pytest.raises(StackError) as failed:
        server.start(bench.stack, "local")
    assert [each.id for each in failed.value.findings] == ["settings.value"]


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


@pytest.mark.parametrize("images", [{}, {IMAGE: Image("sha256:1", "other", 1)}])
def test_a_missing_or_stale_image_is_built_before(bench: Bench, container: Any, images: Any) -> None:
    bench.engine.images = images
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


@pytest.fixture
def really_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks at the container and asks why at once; `probe` has no server."""
    monkeypatch.setattr(server, "wait", REAL_WAIT)
    monkeypatch.setattr(server, "probe", lambda _: "nothing answers on the port")
    monkeypatch.setattr(waiting, "POLL_S", 0.0)
    monkeypatch.setattr(waiting, "WATCH_EVERY_S", 0.0)


@pytest.mark.usefixtures("really_waits")
def test_a_container_that_ends_is_the_reason(bench: Bench, container: Any) -> None:
    bench.engine.containers = [None, container(), container(), container(state="exited", exit_code=3)]
    started = server.start(bench.stack, "local")
    assert started.lines[0].text == "The server did not start: its container ended with exit code 3"
    assert started.exit_code == 1


@pytest.mark.usefixtures("really_waits")
def test_what_the_image_finds_meanwhile_is_the_reason(
    bench: Bench, container: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "ASK_WHY_AFTER_S", 0.0)
    bench.engine.containers = [None, container()]
    answers = [checked(), checked(finding("database.corrupt"))]
    bench.runner.answers["mlflow check --preflight"] = lambda: "\n".join(map(json.dumps, answers.pop(0)))
    started = server.start(bench.stack, "local")
    assert ([each.id for each in started.findings], answers) == (["database.corrupt"], [])


@pytest.mark.usefixtures("really_waits")
@pytest.mark.parametrize(
    "verb", [lambda stack: server.start(stack, "local", 0.01), lambda stack: server.restart(stack, 0.01)]
)
def test_how_long_is_waited_is_up_to_the_caller(bench: Bench, container: Any, verb: Any) -> None:
    bench.engine.containers = [container()]
    assert verb(bench.stack).lines[0].text == "The server was not ready after 0 s: nothing answers on the port"


@pytest.mark.usefixtures("really_waits")
def test_a_server_that_answers_is_ready(bench: Bench, container: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "probe", lambda settings: "" if settings.port == "5000" else "another port")
    bench.engine.containers = [None, container()]
    assert server.start(bench.stack, "local").fields()["ready"] is True


def test_a_port_that_moved_is_asked_where_the_old_container_is(
    bench: Bench, container: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stopped container comes back as it was made; `.env` may say another port by now."""
    asked: list[str] = []
    monkeypatch.setattr(server, "wait", lambda stack, settings, _: asked.append(settings.port) or Waited(True, 1.0))
    bench.engine.containers = [container(published=("127.0.0.1", "5055"))]
    assert server.start_again(bench.stack, "local") == (True, [])
    assert asked == ["5055"]
    # Nothing was interrupted: it is not stopped a second time.
    assert [line for line in bench.runner.asked if "stop" in line] == []


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


def test_an_s3_that_stays_away_is_asked_three_times_with_pauses(
    bench: Bench, container: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(server, "S3_PAUSE_S", 7.0)
    monkeypatch.setattr(time, "sleep", pauses.append)
    bench.engine.containers = [None, container(mode="s3")]
    bench.says("check", *checked(finding("s3.unreachable")))
    bench.runner.answers["mlflow check --preflight"] = "\n".join(map(json.dumps, checked()))
    assert [each.id for each in server.start(bench.stack, "s3").findings] == ["s3.unreachable"]
    assert pauses == [7.0, 7.0]
    assert len([line for line in bench.run("mlflow check") if line == "mlflow check"]) == 3


@pytest.mark.parametrize("said", [finding("s3.denied"), finding("s3.unreachable", "warning")])
def test_what_no_pause_helps_against_is_asked_once(bench: Bench, container: Any, said: Any) -> None:
    bench.engine.containers = [None, container(mode="s3")]
    bench.says("check", *checked(said, finding("database.none", "info")))
    bench.runner.answers["mlflow check --preflight"] = "\n".join(map(json.dumps, checked()))
    started = server.start(bench.stack, "s3")
    assert [each.id for each in started.findings] == [said["id"]]
    assert len([line for line in bench.run("mlflow check") if line == "mlflow check"]) == 1


def test_a_check_that_does_not_run_is_unknown_and_the_server_is_ready(bench: Bench, container: Any) -> None:
    bench.engine.containers = [None, container(mode="s3")]
    bench.runner.answers["mlflow check"] = Outcome((), 125, "", "no space left")
    bench.runner.answers["mlflow check --preflight"] = "\n".join(map(json.dumps, checked()))
    started = server.start(bench.stack, "s3")
    assert [(each.id, each.level) for each in started.findings] == [("image.check", "unknown")]
    assert started.exit_code == 0


def test_a_check_that_takes_too_long_is_not_waited_for(
    bench: Bench, container: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends once its child is interrupted, which the start does at its end."""
    monkeypatch.setattr(server, "CHECK_TIMEOUT_S", 0.0)

    def check() -> Outcome:
        until = time.monotonic() + 5
        while not bench.runner.interrupts and time.monotonic() < until:
            time.sleep(0.001)
        return Outcome((), 130 if bench.runner.interrupts else 0, json.dumps(result()), "")

    bench.engine.containers = [None, container(mode="s3")]
    bench.runner.answers["mlflow check"] = check
    bench.runner.answers["mlflow check --preflight"] = "\n".join(map(json.dumps, checked()))
    started = server.start(bench.stack, "s3")
    (found,) = started.findings
    assert (found.id, found.level, found.text) == ("s3.roundtrip", "unknown", "S3 was not checked within 0 s")
    assert (started.exit_code, bench.runner.interrupts) == (0, 1)


def test_what_s3_says_does_not_hide_why_the_server_is_not_ready(
    bench: Bench, container: Any, waits: list[Waited]
) -> None:
    waits[0] = Waited(False, 90.0, "The server was not ready", (error("x", "y"),))
    bench.engine.containers = [None, container(mode="s3")]
    bench.says("check", *checked(finding("s3.denied")))
    bench.runner.answers["mlflow check --preflight"] = "\n".join(map(json.dumps, checked()))
    assert [each.id for each in server.start(bench.stack, "s3").findings] == ["x"]


@pytest.mark.parametrize("mode", ["local", "s3"])
@pytest.mark.parametrize(
    ("there", "volumes", "runs", "said"),
    [
        (True, set(), 0, ["adopt.waiting"]),
        (True, {"mlflow-stack_data"}, 0, ["adopt.waiting"]),
        (True, {"mlflow-stack_data"}, 3, []),
        (False, {"mlflow-stack_data"}, 0, []),
    ],
)
def test_a_database_beside_an_empty_one_is_said_once(
    bench: Bench, container: Any, tmp_path: Path, mode: Any, there: bool, volumes: set[str], runs: int, said: list[str]
) -> None:
    if there:
        (tmp_path / "mlflow.db").write_text("")
    bench.engine.volumes = volumes
    bench.engine.containers = [None, container(mode=mode)]
    bench.says("check", *checked(database={"bytes": 1, "revision": "a", "experiments": 1, "runs": runs}))
    assert [each.id for each in server.start(bench.stack, mode).findings] == said


@pytest.mark.parametrize(
    ("bind", "remote", "user", "shown"),
    [
        ("127.0.0.1", True, "ada", "ssh -N -L 5000:localhost:5000 ada@box"),
        ("127.0.0.1", True, KeyError("no such uid"), "ssh -N -L 5000:localhost:5000 box"),
        ("127.0.0.1", True, OSError("no such uid"), "ssh -N -L 5000:localhost:5000 box"),
        ("0.0.0.0", True, "ada", "ssh -N -L 5000:localhost:5000 ada@box"),
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


def test_restart_takes_what_the_files_say_now(bench: Bench, container: Any) -> None:
    """Not what the container was made with: it is replaced."""
    bench.configs["local"]["services"]["mlflow"]["ports"][0]["published"] = "5055"
    bench.runner.answers["docker-compose.local.yml config --format json"] = json.dumps(bench.configs["local"])
    bench.engine.containers = [container()]
    assert server.restart(bench.stack).fields()["url"] == "http://localhost:5055"


def test_the_tunnel_comes_last(bench: Bench, container: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22")
    bench.engine.containers = [None, container()]
    (line,) = server.start(bench.stack, "local").last
    assert line.text.startswith("  From your own machine: ssh -N -L 5000:localhost:5000 ")


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


def test_a_server_is_stopped_by_the_file_of_its_mode(bench: Bench, container: Any) -> None:
    bench.engine.containers = [container(mode="s3")]
    stopped = server.stop(bench.stack)
    assert bench.runner.ran == ["docker compose -f docker-compose.yml --progress plain stop mlflow"]
    assert stopped.lines[-1].text == "  To start it: ./stack start"
    assert (stopped.fields()["mode"], stopped.fields()["was_running"]) == ("s3", True)


def test_a_stop_that_fails_is_a_failed_command(bench: Bench, container: Any) -> None:
    bench.engine.containers = [container()]
    bench.runner.answers["stop mlflow"] = Outcome((), 1, "", "no")
    with pytest.raises(StackError) as failed:
        server.stop(bench.stack)
    assert (failed.value.exit_code, failed.value.findings[0].id) == (4, "command.failed")


def test_nothing_to_stop(bench: Bench, container: Any) -> None:
    assert server.stop(bench.stack).lines[0].text == "MLflow is not running: there is no container"
    bench.engine.containers = [container(state="exited")]
    assert server.stop(bench.stack).lines[0].text == "MLflow was already stopped"
    assert bench.runner.ran == []


def test_logs_hand_over_to_docker(bench: Bench, container: Any) -> None:
    bench.engine.containers = [container()]
    server.logs(bench.stack, follow=True, tail="5")
    server.logs(bench.stack, follow=False, tail="all")
    name = "mlflow-stack-mlflow-1"
    assert bench.runner.ran == [f"docker logs --tail 5 --follow {name}", f"docker logs --tail all {name}"]


RUNS = "The server's container runs in {} mode; nobody waited for it to be ready"


@pytest.mark.parametrize(
    ("mode", "there", "level", "text", "fix"),
    [
        ("local", None, "error", "The server does not run (no container)", "./stack start --disable-s3"),
        ("s3", None, "error", "The server does not run (no container)", "./stack start"),
        ("local", {"state": "exited"}, "error", "The server does not run (exited)", "./stack start --disable-s3"),
        ("local", {"state": "created", "mode": "s3"}, "error", "The server does not run (created)", "./stack start"),
        ("local", {}, "warning", RUNS.format("local"), "./stack status"),
        ("local", {"mode": "s3"}, "warning", RUNS.format("S3"), "./stack status"),
    ],
)
def test_how_it_is_after_an_interruption(
    bench: Bench, container: Any, mode: Any, there: Any, level: str, text: str, fix: str
) -> None:
    bench.engine.containers = [None if there is None else container(**there)]
    found = server.state_finding(bench.stack, mode)
    assert (found.level, found.text, found.fix) == (level, text, (fix,))


def test_how_it_is_where_docker_is_gone(bench: Bench) -> None:
    bench.runner.answers["config --format json"] = Outcome((), 1, "", "gone")
    assert server.state_finding(bench.stack, "local").level == "unknown"

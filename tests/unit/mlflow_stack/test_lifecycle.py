"""Starting, waiting and stopping on a scripted Docker: what is run, in which order, and what comes of it."""

from __future__ import annotations

from typing import Any

import pytest

from mlflow_stack import lifecycle
from mlflow_stack.errors import BadArguments, CommandFailed, DockerUnusable, Interrupted, NoContainer, PreflightFailed
from mlflow_stack.findings import Finding
from mlflow_stack.host import Port
from mlflow_stack.outcome import Outcome

UP = "docker compose -f docker-compose.local.yml --progress plain up --detach"
UP_S3 = "docker compose -f docker-compose.yml --progress plain up --detach"
CHECK_S3 = "docker compose -f docker-compose.yml run --rm --no-deps -T mlflow check"
DENIED = {
    "event": "finding",
    "id": "s3.denied",
    "level": "error",
    "text": "PutObject is denied",
    "where": "b",
    "fix": [],
}
ROUNDTRIP = {
    "event": "finding",
    "id": "s3.roundtrip",
    "level": "ok",
    "text": "put, get, delete",
    "where": "b",
    "fix": [],
}
NO_DATABASE = {"event": "finding", "id": "data.volume-empty", "level": "info", "text": "none", "where": "", "fix": []}
MARKER = {"event": "finding", "id": "owner.ours", "level": "ok", "text": "ours", "where": "b", "fix": []}
DONE = {"event": "result", "ok": True, "facts": {"database": {"runs": 0}}}


@pytest.fixture(autouse=True)
def ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifecycle, "probe", lambda settings: "")


def test_the_first_start(bench, container) -> None:
    bench.engine.containers = [None, container()]
    started = lifecycle.start(bench.stack, "local", 1)
    assert bench.runner.ran == [UP]
    assert (started.was, started.exit_code, started.url, started.findings) == (
        "stopped",
        0,
        "http://localhost:5000",
        [],
    )


def test_started_twice(bench, container) -> None:
    bench.engine.containers = [container()]
    assert lifecycle.start(bench.stack, "local", 1).was == "running"


def test_a_running_server_of_older_files_is_made_anew(bench, container) -> None:
    bench.engine.containers = [container(), container(id="c2")]
    assert lifecycle.start(bench.stack, "local", 1).was == "remade"


def test_a_switch_says_so(bench, container, image_says) -> None:
    bench.engine.containers = [container(), container(id="c2", mode="s3")]
    bench.runner.answers["mlflow check"] = image_says(NO_DATABASE, ROUNDTRIP, MARKER, DONE)
    started = lifecycle.start(bench.stack, "s3", 1)
    assert bench.heard.steps[0] == "The server runs in local mode: switching to s3 mode"
    assert (started.was, started.mode) == ("other-mode", "s3")
    assert bench.runner.ran == [UP_S3, CHECK_S3]
    assert [each.id for each in started.findings] == ["s3.roundtrip"]


def test_an_s3_that_denies_is_shown_and_leaves_exit_0(bench, container, image_says) -> None:
    bench.engine.containers = [None, container(mode="s3")]
    out = image_says(DENIED, MARKER, {**DONE, "ok": False})
    bench.runner.answers["mlflow check"] = Outcome((), 1, out, "", 0.1)
    started = lifecycle.start(bench.stack, "s3", 1)
    assert (started.exit_code, started.findings) == (0, [Finding("s3.denied", "error", "PutObject is denied", "b")])


def test_a_check_that_does_not_run_is_unknown(bench, container) -> None:
    bench.engine.containers = [None, container(mode="s3")]
    bench.runner.answers["mlflow check"] = Outcome((), 125, "", "no space left", 0.1)
    started = lifecycle.start(bench.stack, "s3", 1)
    assert [(each.id, each.level) for each in started.findings] == [("image.check", "unknown")]
    assert started.exit_code == 0


@pytest.mark.parametrize("mode", ["local", "s3"])
@pytest.mark.parametrize(
    ("volumes", "runs", "said"), [((), 0, 1), (("mlflow-stack_data",), 0, 1), (("mlflow-stack_data",), 3, 0)]
)
def test_a_database_beside_an_empty_one_is_said_once(
    bench, container, image_says, mode: Any, volumes: tuple[str, ...], runs: int, said: int
) -> None:
    (bench.stack.root / "mlflow.db").touch()
    bench.engine.volumes = set(volumes)
    facts = {"database": {"runs": runs}}
    bench.runner.answers["mlflow check"] = image_says({"event": "result", "ok": True, "facts": facts})
    bench.engine.containers = [None, container(mode=mode)]
    assert [each.id for each in lifecycle.start(bench.stack, mode, 1).findings] == ["adopt.waiting"] * said


def test_not_ready_saves_the_log_and_says_why(bench, container, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifecycle, "probe", lambda settings: "nothing answers on the port")
    bench.engine.containers = [None, container(state="exited", exit_code=1)]
    started = lifecycle.start(bench.stack, "local", 30)
    assert (started.exit_code, started.reason) == (1, "The server did not start: its container ended with exit code 1")
    assert started.log is not None
    assert started.log.read_text() == "2026 it went wrong\n"


def test_preflight_refuses_before_anything_is_run(bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlflow_stack.host.read_port", lambda bind, port: Port(True, "nginx (process 7)"))
    with pytest.raises(PreflightFailed) as refused:
        lifecycle.start(bench.stack, "local", 1)
    assert (refused.value.exit_code, [each.id for each in refused.value.findings]) == (2, ["port.taken"])
    assert bench.runner.ran == []


def test_no_aws_folder_refuses_and_makes_none(bench) -> None:
    folder = bench.stack.root / "aws"
    (folder / "credentials").unlink()
    folder.rmdir()
    with pytest.raises(PreflightFailed) as refused:
        lifecycle.start(bench.stack, "s3", 1)
    assert (refused.value.exit_code, [each.id for each in refused.value.findings]) == (2, ["aws.folder-missing"])
    assert (bench.runner.ran, folder.exists()) == ([], False)


def test_no_docker_refuses_with_3(bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlflow_stack.stack.engine_state", lambda: ("off", "refused"))
    for verb in (lambda: lifecycle.start(bench.stack, "local", 1), lambda: lifecycle.stop(bench.stack)):
        with pytest.raises(DockerUnusable) as refused:
            verb()
        assert (refused.value.exit_code, [each.id for each in refused.value.findings]) == (3, ["docker.off"])


def test_an_image_of_other_files_is_built_on_a_base_that_is_there(bench, container) -> None:
    (bench.stack.root / "mlflow/new").write_text("x")
    bench.engine.images["python:3.13.9-slim-trixie"] = bench.engine.images["mlflow-stack/server:3.17.2"]
    bench.engine.containers = [None, container()]
    lifecycle.start(bench.stack, "local", 1)
    assert [line.split(" SOURCE_HASH=")[0] for line in bench.runner.ran] == [
        "docker compose -f docker-compose.local.yml --progress plain build --build-arg",
        UP,
    ]


def test_a_build_that_fails_names_the_command(bench) -> None:
    bench.engine.images.pop("mlflow-stack/server:3.17.2")
    bench.runner.answers["plain build"] = Outcome((), 17, "", "pip: no", 0.1)
    with pytest.raises(CommandFailed) as failed:
        lifecycle.start(bench.stack, "local", 1)
    assert failed.value.exit_code == 4
    assert (
        failed.value.findings[0].fix[0].startswith("docker compose -f docker-compose.local.yml --progress plain build")
    )


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (None, "no container was made"),
        ({"state": "created"}, "a container is there, stopped (created)"),
        ({}, "the server runs, in local mode, and nobody waited for it to be ready"),
    ],
)
def test_ctrl_c_says_what_is_left_and_how_to_go_on(bench, container, left: Any, said: str) -> None:
    bench.runner.answers["up --detach"] = lambda: KeyboardInterrupt()
    bench.engine.containers = [None, None if left is None else container(**left)]
    with pytest.raises(Interrupted) as interrupted:
        lifecycle.start(bench.stack, "local", 1)
    [finding] = interrupted.value.findings
    assert finding == Finding(
        "stack.interrupted",
        "error",
        f"`start` was interrupted: {said}",
        "",
        ("./stack start --disable-s3", "./stack stop"),
    )
    assert bench.runner.interrupts == 1


def test_restart_keeps_the_mode_and_recreates(bench, container) -> None:
    bench.engine.containers = [container()]
    assert lifecycle.restart(bench.stack, 1).mode == "local"
    assert bench.runner.ran == [UP + " --force-recreate --no-deps mlflow"]


def test_restart_without_a_container(bench) -> None:
    with pytest.raises(NoContainer) as refused:
        lifecycle.restart(bench.stack, 1)
    assert refused.value.exit_code == 2


def test_stop_follows_the_label(bench, container) -> None:
    bench.engine.containers = [container(mode="s3")]
    stopped = lifecycle.stop(bench.stack)
    assert (stopped.was_running, stopped.exit_code) == (True, 0)
    assert bench.runner.ran == ["docker compose -f docker-compose.yml --progress plain stop"]


@pytest.mark.parametrize("state", [None, "exited"])
def test_stopped_twice(bench, container, state: str | None) -> None:
    bench.engine.containers = [container(state=state) if state else None]
    stopped = lifecycle.stop(bench.stack)
    assert (stopped.was_running, stopped.exit_code, bench.runner.ran) == (False, 0, [])


def test_logs(bench, container) -> None:
    bench.engine.containers = [container()]
    bench.runner.answers["logs"] = "\x1b[2Ka\nb\n"
    printed: list[str] = []
    assert lifecycle.logs(bench.stack, False, "5", False, printed.append).lines == []
    assert printed == ["a", "b"]
    assert lifecycle.logs(bench.stack, False, "all", True, printed.append).lines == ["a", "b"]
    with pytest.raises(BadArguments):
        lifecycle.logs(bench.stack, True, "all", True, printed.append)


def test_a_missing_compose_is_installed_on_debian_and_asked_for_elsewhere(
    bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = Outcome((), 1, "", "not a docker command", 0.0)
    bench.runner.answers["compose version"] = missing
    monkeypatch.setattr("mlflow_stack.host.package_manager", lambda: "dnf")
    monkeypatch.setattr(lifecycle, "on_debian", lambda stack: False)
    with pytest.raises(DockerUnusable) as refused:
        lifecycle.start(bench.stack, "local", 1)
    assert (refused.value.exit_code, [each.id for each in refused.value.findings]) == (3, ["docker.compose-missing"])
    installed: list[Any] = []

    def install(stack: Any) -> tuple[str, ...]:
        installed.append(stack)
        bench.runner.answers["compose version"] = "2.26.1\n"
        return ("docker-compose",)

    monkeypatch.setattr(lifecycle, "on_debian", lambda stack: True)
    monkeypatch.setattr(lifecycle, "ensure_plugins", install)
    lifecycle.start(bench.stack, "local", 1)
    assert installed == [bench.stack]

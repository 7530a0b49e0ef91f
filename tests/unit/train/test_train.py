"""The command line, and a whole training against a server in memory."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from mlflow.exceptions import MlflowException

import session
import train
from aws import profile_to_set
from settings import Settings
from unit.train.fake import GONE, FakeClient, answer

SMALL = ("--updates", "6", "--possessions", "16", "--checkpoint-every", "3", "--matches", "5", "--hidden", "4")


class Monitor:
    """Stands in for MLflow's system metrics, which would need a real client."""

    def __init__(self, *_: object, **__: object) -> None:
        self.calls: list[str] = []

    def start(self) -> None:
        self.calls.append("start")

    def finish(self) -> None:
        self.calls.append("finish")


@pytest.fixture(autouse=True)
def nobodys_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Otherwise the ~/.aws of whoever runs the tests would choose a profile for all of them."""
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> FakeClient:
    fake = FakeClient()
    monkeypatch.setattr(session, "MlflowClient", lambda **_: fake)
    monkeypatch.setattr(session, "SystemMetricsMonitor", Monitor)
    monkeypatch.setattr(session.Session, "_probe", lambda _: None)
    return fake


def test_two_trainings_one_after_the_other(client: FakeClient, capsys: pytest.CaptureFixture[str]) -> None:
    assert train.main(SMALL) == 0
    first = capsys.readouterr().out
    assert "No policies of earlier runs in this experiment yet" in first
    assert "http://localhost:5000/#/experiments/7/runs/run0" in first
    assert "update 3/6: win rate" in first
    assert "basketworld-policy version 1, which is best now" in first
    assert client.runs["run0"].info.status == "FINISHED"
    assert sorted({step for step, _, _ in client.points}) == list(range(7))
    assert train.main(SMALL) == 0
    assert "Playing itself and 1 policy of earlier runs." in capsys.readouterr().out
    assert client.params["opponents"] == "1"
    assert any(key == "eval/win_rate_opponents" for _, key, _ in client.points)


def test_ctrl_c_ends_the_run_killed_with_its_last_checkpoint_and_resume_goes_on(
    client: FakeClient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log_batch = client.log_batch

    def interrupted(*args: object, **named: object) -> None:
        log_batch(*args, **named)  # type: ignore[arg-type]
        if "train.checkpoint" in client.runs["run0"].data.tags:
            monkeypatch.setattr(client, "log_batch", log_batch)
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(client, "log_batch", interrupted)
    assert train.main(SMALL) == 130
    assert client.runs["run0"].info.status == "KILLED"
    assert client.runs["run0"].data.tags["train.checkpoint"] == "checkpoints/000001"
    assert "train.py --resume run0" in capsys.readouterr().out

    assert train.main(["--resume", "run0"]) == 0
    assert client.runs["run0"].info.status == "FINISHED"
    steps = [step for step, key, _ in client.points if key == "train/points_per_possession"]
    assert steps == list(range(1, 7))
    assert len(client.runs) == 1

    assert train.main(["--resume", "run0"]) == 2
    assert "has reached its last update, 6" in capsys.readouterr().err
    assert train.main(["--resume", "run0", "--updates", "8"]) == 0
    assert max(step for step, _, _ in client.points) == 8


def test_a_server_that_is_gone_ends_it_with_the_way_on(
    client: FakeClient, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = session.Tracking.checkpoint

    def then_gone(self: session.Tracking, step: int, *rest: object) -> None:
        checkpoint(self, step, *rest)  # type: ignore[arg-type]
        client.fails["log_batch"] = MlflowException(GONE)

    monkeypatch.setattr(session.Tracking, "checkpoint", then_gone)
    assert train.main(SMALL) == 3
    assert "resume from the checkpoint of update 0: train.py --resume run0" in capsys.readouterr().err
    assert "set_terminated" not in [call for call, _ in client.log]


def test_a_second_ctrl_c_ends_at_once_where_the_server_is_away(
    client: FakeClient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def waiting(self: session.Tracking, *_: object) -> None:
        self.patience.away = True
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(session.Tracking, "metrics", waiting)
    assert train.main(SMALL) == 130
    assert capsys.readouterr().err == "Interrupted.\n"
    assert "set_terminated" not in [call for call, _ in client.log]


def test_a_second_ctrl_c_otherwise_leaves_the_run_killed(client: FakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(session.Tracking, "metrics", interrupted)
    assert train.main(SMALL) == 130
    assert client.runs["run0"].info.status == "KILLED"


def test_a_server_that_refuses_files_fails_the_run(client: FakeClient, capsys: pytest.CaptureFixture[str]) -> None:
    client.fails["log_artifact"] = MlflowException("403 Client Error: there is no profile basketworld")
    assert train.main(SMALL) == 4
    assert capsys.readouterr().err.startswith("The server refused to take a checkpoint: 403")
    assert client.runs["run0"].info.status == "FAILED"


def test_a_registered_model_of_somebody_else_does_not_fail_the_run(
    client: FakeClient, capsys: pytest.CaptureFixture[str]
) -> None:
    client.fails["create_model_version"] = answer("PERMISSION_DENIED")
    assert train.main(SMALL) == 0
    assert "Not registered. The server refused to register the policy" in capsys.readouterr().out


def test_a_checkpoint_of_the_other_mode_is_named(client: FakeClient, capsys: pytest.CaptureFixture[str]) -> None:
    client.create_run("7", {"train.checkpoint": "checkpoints/000003"}, None)
    assert train.main(["--resume", "run0"]) == 2
    assert "not in this server's store (404" in capsys.readouterr().err
    assert client.runs["run0"].info.status == "RUNNING"


def test_a_bug_fails_the_run_and_is_shown(client: FakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "draw", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        train.main(SMALL)
    assert client.runs["run0"].info.status == "FAILED"


def test_what_is_not_installed_is_named() -> None:
    bare = [sys.executable, "-S", train.__file__]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(bare, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.endswith(" is not installed: pip install -r train/requirements.lock\n")
    assert "Traceback" not in done.stderr


def test_nothing_that_answers(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        uri = f"http://127.0.0.1:{free.getsockname()[1]}"
        assert train.main(["--tracking-uri", uri]) == 3
    assert capsys.readouterr().err.startswith(
        f"No server answers at {uri} (Connection refused).\nStart it (./stack start"
    )


@pytest.mark.parametrize("uri", ["sqlite:///mlflow.db", "./mlruns", "databricks"])
def test_a_tracking_uri_that_is_no_server(uri: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert train.main(["--tracking-uri", uri]) == 2
    assert "http://" in capsys.readouterr().err


@pytest.mark.parametrize(
    "argv",
    [
        ["--updates", "0"],
        ["--learning-rate", "0"],
        ["--possessions", "3"],
        ["--resume", "a", "--seed", "2"],
        ["--what"],
    ],
)
def test_arguments_that_make_no_sense(argv: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        train.main(argv)
    assert caught.value.code == 2


def test_every_setting_has_a_flag_and_a_line_of_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        train.main(["--help"])
    shown = capsys.readouterr().out
    for name in Settings.__annotations__:
        assert f"--{name.replace('_', '-')}" in shown
        assert train.HELP[name].split()[0] in shown


def test_nothing_shortens_the_clients_retries() -> None:
    for path in Path(train.__file__).parent.glob("*.py"):
        assert "HTTP_REQUEST" not in path.read_text(encoding="utf-8")
    assert not [name for name in os.environ if name.startswith("MLFLOW_HTTP_REQUEST")]


def test_the_commit_is_gits_or_there_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    where = ["git", "-C", str(Path(session.__file__).parent), "rev-parse", "HEAD"]
    known = subprocess.run(where, capture_output=True, text=True, check=False)
    if known.returncode == 0:
        assert session.source_tags(None)["mlflow.source.git.commit"] == known.stdout.strip()
    monkeypatch.setattr(session, "__file__", str(tmp_path / "session.py"))
    assert "mlflow.source.git.commit" not in session.source_tags(None)


@pytest.mark.parametrize(
    ("body", "tagged"),
    [
        (b'{"status": "ready", "mode": "local"}', ["local"]),
        (b'{"status": "unready"}', []),
        (b"<html>", []),
        (b'["mode"]', []),
    ],
)
def test_the_mode_is_what_the_server_says_or_no_tag(
    body: bytes, tagged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = requests.Response()
    answered.status_code, answered._content = 200, body
    monkeypatch.setattr(session.requests, "get", lambda url, timeout: answered)
    found = session.source_tags(session.Session("http://server", True, "model")._probe())
    assert [value for name, value in found.items() if name == session.MODE] == tagged


CREDENTIALS = "[default]\naws_access_key_id = a\n[basketworld]\naws_secret_access_key = 100%\n"


@pytest.mark.parametrize(
    ("content", "environment", "expected"),
    [
        (CREDENTIALS, {}, "basketworld"),
        (CREDENTIALS, {"AWS_PROFILE": ""}, "basketworld"),
        (CREDENTIALS, {"AWS_PROFILE": "other"}, None),
        (CREDENTIALS, {"AWS_DEFAULT_PROFILE": "other"}, None),
        ("[default]\n", {}, None),
        ("no section\n", {}, None),
        (None, {}, None),
    ],
)
def test_the_profile_is_set_only_where_it_is_and_no_other_is_chosen(
    tmp_path: Path, content: str | None, environment: dict[str, str], expected: str | None
) -> None:
    if content is not None:
        (tmp_path / ".aws").mkdir()
        (tmp_path / ".aws" / "credentials").write_text(content)
    assert profile_to_set(environment, tmp_path) == expected

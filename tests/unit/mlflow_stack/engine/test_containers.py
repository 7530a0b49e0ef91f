"""Docker's own words → ours, without Docker."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import docker.errors
import pytest
import requests

from mlflow_stack.engine import containers
from mlflow_stack.engine.containers import Container, Engine, Image
from mlflow_stack.errors import StackError

INSPECTED: dict[str, Any] = {
    "Id": "c1",
    "Name": "/mlflow-stack-mlflow-1",
    "Image": "sha256:1",
    "RestartCount": 2,
    "State": {
        "Status": "running",
        "StartedAt": "2026-01-02T03:04:05.123456789Z",
        "ExitCode": 0,
        "Health": {"Status": "healthy"},
    },
    "Config": {
        "Image": "mlflow-stack/server:3.17.2",
        "Labels": {
            "mlflow-stack.mode": "local",
            "mlflow-stack.source": "abc",
            "com.docker.compose.config-hash": "def",
        },
    },
    "HostConfig": {"PortBindings": {"5000/tcp": [{"HostIp": "127.0.0.1", "HostPort": "5077"}]}},
}


class Api:
    """Answers as the SDK's low-level client; a value that is an error is raised."""

    def __init__(self, **answers: Any) -> None:
        self._answers = answers
        self.asked: list[Any] = []

    def __getattr__(self, name: str) -> Any:
        def answer(*args: Any, **kwargs: Any) -> Any:
            self.asked.append((name, args, kwargs))
            found = self._answers[name]
            if isinstance(found, BaseException):
                raise found
            return found

        return answer


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch):
    def put(**answers: Any) -> tuple[Engine, Api]:
        api = Api(**answers)
        client = type("Client", (), {"api": api})()
        monkeypatch.setattr(containers.docker, "from_env", lambda timeout: client)
        return Engine(), api

    return put


CONTAINER = Container(
    id="c1",
    name="mlflow-stack-mlflow-1",
    state="running",
    mode="local",
    image_id="sha256:1",
    image_name="mlflow-stack/server:3.17.2",
    config_hash="def",
    started_at=datetime(2026, 1, 2, 3, 4, 5, 123456, tzinfo=UTC),
    exit_code=0,
    published=("127.0.0.1", "5077"),
)


def test_the_newest_container_with_the_labels_that_is_no_one_off(connect) -> None:
    listed = [{"Id": "old", "Created": 1}, {"Id": "c1", "Created": 2}]
    engine, api = connect(containers=listed, inspect_container=INSPECTED)
    assert engine.container("side") == CONTAINER
    [(_, _, how), (_, inspected, _)] = api.asked
    assert how["filters"]["label"] == [
        "com.docker.compose.project=side",
        "com.docker.compose.service=mlflow",
        "com.docker.compose.oneoff=False",
    ]
    assert (how["all"], inspected) == (True, ("c1",))


def test_no_container(connect) -> None:
    assert connect(containers=[])[0].container("side") is None
    gone = docker.errors.NotFound("gone")
    assert connect(containers=[{"Id": "c", "Created": 1}], inspect_container=gone)[0].container("side") is None


def test_one_that_was_only_created(connect) -> None:
    state = {"Status": "created", "StartedAt": "0001-01-01T00:00:00Z", "ExitCode": 0}
    bare = INSPECTED | {"State": state, "Config": {"Labels": None}, "HostConfig": {"PortBindings": None}}
    found = connect(containers=[{"Id": "c", "Created": 1}], inspect_container=bare)[0].container("side")
    assert (found.running, found.started_at, found.published, found.mode) == (False, None, None, "s3")


@pytest.mark.parametrize(
    ("started", "found"),
    [
        ("2026-01-02T03:04:05.123456789Z", datetime(2026, 1, 2, 3, 4, 5, 123456, tzinfo=UTC)),
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", None),
        ("", None),
        (None, None),
    ],
)
def test_when_it_started(connect, started: str | None, found: datetime | None) -> None:
    inspected = INSPECTED | {"State": INSPECTED["State"] | {"StartedAt": started}}
    container = connect(containers=[{"Id": "c", "Created": 1}], inspect_container=inspected)[0].container("side")
    assert container.started_at == found


@pytest.mark.parametrize(
    ("state", "running"),
    [("running", True), ("restarting", True), ("paused", True), ("exited", False), ("created", False), ("dead", False)],
)
def test_which_container_is_up(connect, state: str, running: bool) -> None:
    inspected = INSPECTED | {"State": INSPECTED["State"] | {"Status": state}}
    found = connect(containers=[{"Id": "c", "Created": 1}], inspect_container=inspected)[0].container("side")
    assert found.running is running


def test_images(connect) -> None:
    inspected = {"Id": "sha256:1", "Size": 7, "Config": {"Labels": {"mlflow-stack.source": "abc"}}}
    assert connect(inspect_image=inspected)[0].image("x") == Image("sha256:1", "abc", 7)
    assert connect(inspect_image={"Id": "i", "Size": 7, "Config": None})[0].image("x") == Image("i", "", 7)
    assert connect(inspect_image=docker.errors.ImageNotFound("x"))[0].image("x") is None


def test_memory_is_without_the_page_cache(connect) -> None:
    stats = {"memory_stats": {"usage": 100, "limit": 400, "stats": {"total_inactive_file": 30}}}
    assert connect(stats=stats)[0].memory(CONTAINER) == (70, 400)
    assert connect(stats={"memory_stats": {}})[0].memory(CONTAINER) is None


def test_volumes_verbs_and_logs(connect) -> None:
    assert connect(inspect_volume={"Name": "v"})[0].has_volume("v")
    assert not connect(inspect_volume=docker.errors.NotFound("v"))[0].has_volume("v")
    listed = [
        {"Id": "a", "Command": "python -m stackd upgrade execute"},
        {"Id": "b", "Command": "python -m stackd serve"},
    ]
    assert connect(containers=listed)[0].one_offs("side", "upgrade execute") == ["a"]
    assert connect(logs=b"a \xff\n")[0].log(CONTAINER, 1) == "a \ufffd\n"
    images = [
        {"Created": 1, "RepoTags": ["x:1"]},
        {"Created": 2, "RepoTags": None},
        {"Created": 3, "RepoTags": ["x:3"]},
    ]
    assert connect(images=images)[0].tags("x") == ["x:3", "x:1"]


def test_who_publishes_a_port(connect) -> None:
    listed = [
        {"Names": ["/other"], "Ports": [{"PrivatePort": 5000}]},
        {"Names": ["/web"], "Ports": [{"PublicPort": 5000}]},
    ]
    assert connect(containers=listed)[0].publisher_of("5000") == "web"
    assert connect(containers=[])[0].publisher_of("5000") is None


@pytest.mark.parametrize("error", [requests.ConnectionError("gone"), docker.errors.APIError("broken")])
def test_an_engine_that_goes_away_is_unusable(connect, error: Exception) -> None:
    with pytest.raises(StackError) as unusable:
        connect(containers=error)[0].container("side")
    assert (unusable.value.exit_code, [each.id for each in unusable.value.findings]) == (3, ["docker.off"])


@pytest.mark.parametrize(
    "error", [requests.ReadTimeout("slow"), docker.errors.APIError("broken"), BrokenPipeError(32, "Broken pipe")]
)
def test_one_that_goes_away_between_two_questions(connect, error: Exception) -> None:
    engine, api = connect(containers=[{"Id": "c", "Created": 1}], inspect_container=error)
    with pytest.raises(StackError) as unusable:
        engine.container("side")
    assert (unusable.value.exit_code, [name for name, *_ in api.asked]) == (3, ["containers", "inspect_container"])


def test_one_that_does_not_answer_is_asked_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    clients: list[Any] = [docker.errors.DockerException("off"), type("Client", (), {"api": Api(inspect_volume={})})()]

    def from_env(timeout: int) -> Any:
        found = clients.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(containers.docker, "from_env", from_env)
    engine = Engine()
    with pytest.raises(StackError) as unusable:
        engine.has_volume("v")
    assert unusable.value.findings[0].text == "Docker does not answer: off"
    assert engine.has_volume("v")
    assert engine.has_volume("v"), "one connection serves all"


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (docker.errors.DockerException("('Connection aborted.', PermissionError(13, 'Permission denied'))"), "denied"),
        (docker.errors.DockerException("('Connection aborted.', FileNotFoundError(2, 'No such file'))"), "off"),
        (requests.ConnectionError("refused"), "off"),
    ],
)
def test_the_state_of_the_engine(monkeypatch: pytest.MonkeyPatch, error: Exception, state: str) -> None:
    def from_env(timeout: int) -> Any:
        raise error

    monkeypatch.setattr(containers.docker, "from_env", from_env)
    assert containers.engine_state()[0] == state


def test_the_systems_own_words() -> None:
    nest = "Error while fetching server API version: ('Connection aborted.', PermissionError(13, 'Permission denied'))"
    assert containers._words(Exception(nest)) == "Permission denied"
    assert containers._words(Exception("no nest")) == "no nest"

"""status, doctor, smoke, ui, --version."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from mlflow_stack.checks.docker import DockerFacts
from mlflow_stack.engine.containers import Image
from mlflow_stack.engine.process import Outcome
from mlflow_stack.errors import DOCKER, Finding, StackError, error, ok
from mlflow_stack.verbs import doctor as doctoring
from mlflow_stack.verbs import smoke as smoking
from mlflow_stack.verbs import status as asking
from mlflow_stack.verbs import ui as opening
from mlflow_stack.verbs.doctor import doctor, judge_config, judge_name
from mlflow_stack.verbs.version import version
from unit.mlflow_stack.conftest import IMAGE, Bench, checked, finding, result


@pytest.fixture(autouse=True)
def ready(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (asking, doctoring, opening):
        monkeypatch.setattr(module, "probe", lambda _: "")


@pytest.fixture
def serving(bench: Bench, container: Any) -> Bench:
    bench.engine.containers = [container()]
    bench.engine.volumes = {"mlflow-stack_data"}
    bench.says(
        "check", *checked(finding("database.revision", "ok"), snapshot="20260102", drilled="2026-01-03T00:00:00Z")
    )
    return bench


def test_status_of_a_server_that_serves(serving: Bench) -> None:
    found = asking.status(serving.session())
    lines = [line.text for line in found.lines if not line.text.startswith("uptime")]
    assert lines == [
        "mode      local",
        "url       http://localhost:5000",
        "health    ready",
        "memory    200.0 MiB of 4.0 GiB",
        "versions  mlflow 3.17.2, python 3.13.5, sqlite 3.53.4, revision abc",
        "sizes     database 1.0 KiB, image 400.0 MiB, mlartifacts 0 B, backups 0 B",
        "content   2 runs in 1 experiment",
        "backup    20260102, tried 2026-01-03",
    ]
    assert (found.exit_code, found.fields()["runs"], found.fields()["uptime"] > 0) == (0, 2, True)


def test_status_where_there_is_nothing_yet(bench: Bench) -> None:
    """ "memory unknown of unknown", it said."""
    del bench.engine.images[IMAGE]
    found = asking.status(bench.session())
    assert [line.text for line in found.lines] == [
        "mode      local",
        "url       http://localhost:5000",
        "health    absent (there is no container)",
        "sizes     mlartifacts 0 B, backups 0 B",
    ]
    assert (found.exit_code, [each.id for each in found.findings]) == (1, ["image.missing"])
    assert bench.runner.ran == []


def test_status_of_a_server_that_does_not_answer(serving: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "probe", lambda _: "nothing answers on the port")
    found = asking.status(serving.session())
    assert found.lines[2].text == "health    not-ready (nothing answers on the port)"
    assert found.exit_code == 1


def test_status_of_an_empty_database_that_nobody_has_copied(serving: Bench) -> None:
    empty = {"bytes": None, "revision": None, "experiments": 0, "runs": 0}
    serving.says("check", *checked(database=empty))
    lines = [line.text for line in asking.status(serving.session()).lines]
    assert lines[-4:] == [
        "versions  mlflow 3.17.2, python 3.13.5, sqlite 3.53.4",
        "sizes     image 400.0 MiB, mlartifacts 0 B, backups 0 B",
        "content   0 runs in 0 experiments",
        "backup    none yet",
    ]
    serving.says("check", *checked(snapshot="20260102"))
    assert asking.status(serving.session()).lines[-1].text == "backup    20260102, never tried"


def test_status_without_a_volume_starts_nothing(serving: Bench) -> None:
    serving.engine.volumes = set()
    found = asking.status(serving.session())
    assert (found.fields()["runs"], serving.runner.ran) == (None, [])
    assert not [line.text for line in found.lines if line.text.startswith(("content", "backup", "versions"))]


def test_status_of_a_stopped_server(serving: Bench, container: Any) -> None:
    serving.engine.containers = [container(state="exited", exit_code=137)]
    found = asking.status(serving.session())
    assert found.lines[2].text == "health    stopped (exit code 137)"
    assert found.fields()["uptime"] is None


def test_a_healthy_doctor_as_a_whole(serving: Bench, container: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    class Answer:
        status_code = 200

    def get(url: str, timeout: float, headers: dict[str, str]) -> Answer:
        asked.append(headers["Host"])
        return Answer()

    monkeypatch.setattr(doctoring, "get", get)
    environment = serving.configs["local"]["services"]["mlflow"]["environment"]
    environment["STACK_EXTRA_HOSTS"] = "MyBox, ml.example:*, *.lan, [fd00::1], localhost"
    # It was published before .env said another port.
    serving.engine.containers = [container(published=("127.0.0.1", "5055"))]
    serving.runner.answers["docker-compose.local.yml config --format json"] = json.dumps(serving.configs["local"])
    found = doctor(serving.session())
    url, name = "http://localhost:5055", "mlflow-stack-mlflow-1"
    names = ("localhost", "127.0.0.1", "MyBox", "ml.example:*", "*.lan", "[fd00::1]")
    assert found.findings == [
        ok("docker.ready", "Docker Engine 28.2.2, Compose 2.26.1", "/usr/bin/docker"),
        ok("port.taken", "Port 5055 is held by this stack's own container", "5055"),
        ok("image.current", "The image was built from the files in mlflow/", IMAGE),
        ok("database.revision", "It is wrong"),
        ok("server.ready", "The server is ready, in local mode", url),
        ok("config.current", "The server runs with the current settings", name),
        *[ok("host.allowed", f"The server answers to the name {each}", each) for each in names],
    ]
    assert found.exit_code == 0
    headers = ["localhost:5055", "127.0.0.1:5055", "mybox:5055", "ml.example:5055", "any.lan:5055", "[fd00::1]:5055"]
    assert asked == headers, "as clients write them: in lower case, with the port of the server that runs"


@pytest.mark.parametrize(
    ("state", "reason", "level", "text", "fix"),
    [
        (
            "exited",
            "",
            "unknown",
            "The server is stopped (exited): its names were not tried",
            "./stack start --disable-s3",
        ),
        ("running", "no answer", "error", "The server is not ready: no answer", "./stack logs --tail 50"),
    ],
)
def test_a_server_that_does_not_serve_is_not_green(
    serving: Bench,
    container: Any,
    monkeypatch: pytest.MonkeyPatch,
    state: str,
    reason: str,
    level: Any,
    text: str,
    fix: str,
) -> None:
    serving.engine.containers = [container(state=state)]
    monkeypatch.setattr(doctoring, "probe", lambda _: reason)
    found = doctor(serving.session())
    assert found.findings[-1] == Finding("server.ready", level, text, "http://localhost:5000", (fix,))
    assert found.exit_code == 1


def test_doctor_in_s3_mode_looks_at_the_aws_folder(
    serving: Bench, container: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Docker of snap cannot mount it."""
    snap = DockerFacts(Path("/snap/bin/docker"), "ready", "28.2.2", "2.26.1")
    monkeypatch.setattr("mlflow_stack.engine.host.docker_facts", lambda compose: snap)
    monkeypatch.setattr(doctoring, "get", lambda *_: None)
    hidden = serving.stack.root / ".aws"
    (serving.stack.root / "aws").rename(hidden)
    serving.configs["s3"]["services"]["mlflow"]["volumes"][-1]["source"] = str(hidden)
    serving.runner.answers["docker-compose.yml config --format json"] = json.dumps(serving.configs["s3"])
    serving.engine.containers = [container(mode="s3")]
    found = doctor(serving.session())
    assert found.findings[0].id == "docker.snap"
    server = next(each for each in found.findings if each.id == "server.ready")
    assert (server.text, found.exit_code) == ("The server is ready, in S3 mode", 1)
    assert [each.level for each in found.findings if each.id == "host.allowed"] == ["unknown"] * 2


def test_doctor_without_docker_and_without_a_server(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    found = doctor(bench.session())
    assert (found.exit_code, found.findings[-1].text) == (1, "There is no server yet: its names were not tried")
    monkeypatch.setattr(bench.stack, "docker_findings", lambda mode="local": [error("docker.off", "no")])
    assert doctor(bench.session()).exit_code == DOCKER


def test_doctor_builds_nothing(bench: Bench) -> None:
    del bench.engine.images[IMAGE]
    found = doctor(bench.session())
    assert "image.missing" in [each.id for each in found.findings]
    assert bench.runner.ran == []


@pytest.mark.parametrize(
    ("configured", "level"),
    [
        (["mlflow", "confighash"], "ok"),
        (["mlflow", "other"], "warning"),
        ([], "unknown"),
        (["no", "such", "flag"], "unknown"),
    ],
)
def test_whether_the_settings_are_current(container: Any, configured: list[str], level: str) -> None:
    assert judge_config(container(), configured).level == level


@pytest.mark.parametrize(
    ("status", "level", "fix"),
    [
        (200, "ok", ()),
        (401, "ok", ()),
        (403, "error", ("MLFLOW_EXTRA_HOSTS=mybox", "./stack restart")),
        (500, "unknown", ("./stack logs --tail 50",)),
        (None, "unknown", ("./stack logs --tail 50",)),
    ],
)
def test_a_name(status: int | None, level: str, fix: tuple[str, ...]) -> None:
    found = judge_name("MyBox", status)
    assert (found.level, found.fix) == (level, fix)


def test_smoke_is_a_program_of_its_own(serving: Bench) -> None:
    serving.runner.answers["smoke.py"] = json.dumps(finding("smoke.run", "ok")) + "\n" + json.dumps(result(url="u"))
    found = smoking.smoke(serving.session())
    assert serving.runner.ran == [f"{sys.executable} -P scripts/smoke.py http://127.0.0.1:5000"]
    assert ([each.id for each in found.findings], found.exit_code) == (["smoke.run"], 0)
    assert found.lines[0].text == "Smoke test of http://localhost:5000"
    red = "\n".join(map(json.dumps, (finding("smoke.run", "ok"), finding("smoke.upload"), result(False, url="u"))))
    serving.runner.answers["smoke.py"] = Outcome((), 1, red, "")
    found = smoking.smoke(serving.session())
    assert ([each.id for each in found.findings], found.exit_code) == (["smoke.run", "smoke.upload"], 1)


def test_ui(serving: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    found = opening.ui(serving.stack, lambda url: not opened.append(url))
    assert (found.lines[0].text, opened) == ("Opened http://localhost:5000", ["http://localhost:5000"])
    assert opening.ui(serving.stack, None).lines[0].text == "http://localhost:5000"
    monkeypatch.setattr(opening, "probe", lambda _: "nothing answers on the port")
    found = opening.ui(serving.stack, lambda url: True)
    assert (found.exit_code, found.fields()["opened"]) == (1, False)
    (said,) = found.findings
    text = "The server is not ready: nothing answers on the port"
    assert said == Finding("server.ready", "error", text, "http://localhost:5000", ("./stack start --disable-s3",))


def test_a_browser_that_does_not_open_is_not_said_to_have(serving: Bench) -> None:
    found = opening.ui(serving.stack, lambda url: False)
    assert (found.lines[0].text, found.exit_code) == ("http://localhost:5000", 0)
    assert found.fields() == {"mode": "local", "url": "http://localhost:5000", "opened": False}


@pytest.mark.parametrize(
    "verb", [lambda session: opening.ui(session.stack, None), lambda session: smoking.smoke(session)]
)
def test_without_a_container_there_is_nothing_to_open_or_to_try(bench: Bench, verb: Any) -> None:
    with pytest.raises(StackError) as failed:
        verb(bench.session())
    assert (failed.value.exit_code, failed.value.findings[0].id) == (2, "usage.no-container")


@pytest.mark.parametrize(
    ("environment", "system", "shown"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ""}, "linux", False),
        ({"SSH_CONNECTION": "x", "DISPLAY": "localhost:10.0"}, "linux", True),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "w"}, "linux", True),
        ({"BROWSER": "lynx"}, "linux", True),
        ({}, "darwin", True),
        ({"SSH_CONNECTION": "x"}, "darwin", False),
        ({}, "win32", True),
    ],
)
def test_whether_somebody_would_see_a_page(environment: dict[str, str], system: str, shown: bool) -> None:
    assert (opening.browser(environment, system) is not None) is shown


def test_version(bench: Bench) -> None:
    own = bench.stack.version
    said = version(bench.session()).lines[0].text
    assert said == f"mlflow-stack {own}, MLflow 3.17.2, image {IMAGE} 1, built from these files"
    bench.engine.images[IMAGE] = Image("sha256:0123456789abcdef", "other", 1)
    assert version(bench.session()).lines[0].text.endswith("0123456789ab, built from other files")
    del bench.engine.images[IMAGE]
    assert version(bench.session()).lines[0].text.endswith(f"image {IMAGE} is not built yet")


def test_version_without_docker(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def off(reference: str) -> Image:
        raise StackError(error("docker.off", "Docker does not answer"), exit_code=DOCKER)

    monkeypatch.setattr(bench.engine, "image", off)
    found = version(bench.session())
    assert found.lines[0].text.endswith("MLflow 3.17.2, image unknown: Docker does not answer")
    assert found.exit_code == 0
    bench.runner.answers["config --format json"] = Outcome((), 127, "", "docker: No such file or directory")
    found = version(bench.session())
    assert found.lines[0].text.startswith(f"mlflow-stack {bench.stack.version}, MLflow unknown, image unknown: ")
    assert found.exit_code == 0


def test_the_version_stands_in_one_place(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[4]
    assert "1.0.0" in (root / "pyproject.toml").read_text(encoding="utf-8")
    for name in ("docker-compose.yml", "docker-compose.local.yml", "mlflow/Dockerfile"):
        assert "1.0.0" not in (root / name).read_text(encoding="utf-8")

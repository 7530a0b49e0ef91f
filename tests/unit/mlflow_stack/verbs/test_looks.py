"""status, doctor, smoke, ui, --version."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from mlflow_stack.engine.containers import Image
from mlflow_stack.errors import DOCKER, StackError, error
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


def test_status_of_a_stopped_server(serving: Bench, container: Any) -> None:
    serving.engine.containers = [container(state="exited", exit_code=137)]
    found = asking.status(serving.session())
    assert found.lines[2].text == "health    stopped (exit code 137)"
    assert found.fields()["uptime"] is None


def test_a_healthy_doctor_as_a_whole(serving: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    class Answer:
        status_code = 200

    def get(url: str, timeout: float, headers: dict[str, str]) -> Answer:
        asked.append(headers["Host"])
        return Answer()

    monkeypatch.setattr(doctoring, "get", get)
    serving.configs["local"]["services"]["mlflow"]["environment"]["STACK_EXTRA_HOSTS"] = (
        "MyBox, ml.example:*, *.lan, [fd00::1]"
    )
    serving.runner.answers["docker-compose.local.yml config --format json"] = json.dumps(serving.configs["local"])
    found = doctor(serving.session())
    assert [each.id for each in found.findings] == [
        "docker.ready",
        "port.taken",
        "image.current",
        "database.revision",
        "server.ready",
        "config.current",
        *["host.allowed"] * 6,
    ]
    assert {each.level for each in found.findings} == {"ok"}
    assert found.exit_code == 0
    names = ["localhost:5000", "127.0.0.1:5000", "mybox:5000", "ml.example:5000", "any.lan:5000", "[fd00::1]:5000"]
    assert asked == names, "as clients write them: in lower case, with the port of the server that runs"


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


def test_ui(serving: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    found = opening.ui(serving.stack, lambda url: not opened.append(url))
    assert (found.lines[0].text, opened) == ("Opened http://localhost:5000", ["http://localhost:5000"])
    assert opening.ui(serving.stack, None).lines[0].text == "http://localhost:5000"
    monkeypatch.setattr(opening, "probe", lambda _: "nothing answers on the port")
    found = opening.ui(serving.stack, lambda url: True)
    assert (found.exit_code, found.fields()["opened"]) == (1, False)


@pytest.mark.parametrize(
    ("environment", "system", "shown"),
    [
        ({}, "linux", False),
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


def test_the_version_stands_in_one_place(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[4]
    assert "1.0.0" in (root / "pyproject.toml").read_text(encoding="utf-8")
    for name in ("docker-compose.yml", "docker-compose.local.yml", "mlflow/Dockerfile"):
        assert "1.0.0" not in (root / name).read_text(encoding="utf-8")

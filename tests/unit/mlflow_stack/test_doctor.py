"""What doctor says as a whole, well and ill; unknown is never green."""

from __future__ import annotations

import pytest

from mlflow_stack import doctor as doctoring
from mlflow_stack.doctor import doctor, judge_config, judge_name
from mlflow_stack.findings import Finding

OK = {
    "event": "finding",
    "id": "artifacts.roundtrip",
    "level": "ok",
    "text": "put, get, delete",
    "where": "",
    "fix": [],
}


@pytest.fixture
def well(bench, container, image_says, monkeypatch: pytest.MonkeyPatch):
    bench.engine.containers = [container()]
    bench.runner.answers["mlflow check"] = image_says(OK, {"event": "result", "ok": True, "facts": {}})
    bench.runner.answers["config --hash"] = "mlflow confighash\n"
    monkeypatch.setattr(doctoring, "probe", lambda settings: "")
    monkeypatch.setattr(doctoring, "_ask", lambda settings, name: 200)
    return bench


def test_all_is_well(well) -> None:
    diagnosis = doctor(well.stack, disable_s3=True)
    assert [(each.id, each.level) for each in diagnosis.findings] == [
        ("docker.ready", "ok"),
        ("settings.value", "ok"),
        ("port.taken", "ok"),
        ("image.current", "ok"),
        ("artifacts.roundtrip", "ok"),
        ("server.ready", "ok"),
        ("config.current", "ok"),
        ("host.allowed", "ok"),
        ("host.allowed", "ok"),
        ("backup.none", "info"),
    ]
    assert diagnosis.exit_code == 0


def test_a_stopped_server_is_unknown_and_not_green(well, container) -> None:
    well.engine.containers = [container(state="exited")]
    diagnosis = doctor(well.stack, disable_s3=True)
    text = "The server is stopped (exited): its names could not be tried"
    assert diagnosis.findings[-2] == Finding(
        "server.ready", "unknown", text, "http://localhost:5000", ("./stack start --disable-s3",)
    )
    assert diagnosis.exit_code == 1


def test_without_an_image_nothing_in_it_is_asked(well) -> None:
    well.engine.images.clear()
    diagnosis = doctor(well.stack, disable_s3=True)
    assert "image.missing" in [each.id for each in diagnosis.findings if each.level == "unknown"]
    assert (well.runner.ran, diagnosis.exit_code) == ([], 1)


def test_no_docker_is_3(well, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlflow_stack.stack.engine_state", lambda: ("denied", "Permission denied"))
    diagnosis = doctor(well.stack, disable_s3=True)
    assert ([each.id for each in diagnosis.findings], diagnosis.exit_code) == (["docker.denied"], 3)


@pytest.mark.parametrize(
    ("status", "level", "fix"),
    [
        (200, "ok", ()),
        (401, "ok", ()),
        (403, "error", ("MLFLOW_EXTRA_HOSTS=a.example", "./stack restart")),
        (500, "unknown", ("./stack logs",)),
        (None, "unknown", ("./stack logs",)),
    ],
)
def test_names(status: int | None, level: str, fix: tuple[str, ...]) -> None:
    finding = judge_name("a.example", status)
    assert (finding.id, finding.level, finding.where, finding.fix) == ("host.allowed", level, "a.example", fix)


@pytest.mark.parametrize(
    ("configured", "level"), [(["mlflow", "confighash"], "ok"), (["mlflow", "other"], "warning"), ([], "unknown")]
)
def test_settings_of_now(container, configured: list[str], level: str) -> None:
    assert judge_config(container(), configured).level == level

"""One checkout: which settings are in force, whether the image is there, what this host lacks."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from mlflow_stack.checks.docker import DockerFacts
from mlflow_stack.checks.host import Port
from mlflow_stack.engine.argv import Compose
from mlflow_stack.engine.containers import Image
from mlflow_stack.engine.contract import Model, Plan
from mlflow_stack.engine.process import CANNOT_START, TIMED_OUT, Outcome
from mlflow_stack.errors import COMMAND, DOCKER, FOUND, StackError
from unit.mlflow_stack.conftest import IMAGE, Bench, checked, finding, planned, result


def test_the_container_says_which_mode_is_in_force(bench: Bench, container: Any) -> None:
    assert bench.stack.settings_in_force(disable_s3=False).mode == "s3"
    bench.engine.containers = [container(published=("10.0.0.5", "5077"))]
    found = bench.stack.settings_in_force(disable_s3=False)
    assert (found.mode, found.url) == ("local", "http://10.0.0.5:5077")
    bench.engine.containers = [container(mode="s3", state="exited", published=("10.0.0.5", "5077"))]
    found = bench.stack.settings_in_force(disable_s3=True)
    assert (found.mode, found.url) == ("s3", "http://localhost:5000")


def test_without_docker(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlflow_stack.engine.host.docker_facts", lambda compose: DockerFacts(None, "off", "", compose))
    with pytest.raises(StackError) as failed:
        bench.stack.settings_in_force(disable_s3=True)
    assert (failed.value.exit_code, failed.value.findings[0].id) == (DOCKER, "docker.missing")


def snap(compose: str) -> DockerFacts:
    return DockerFacts(Path("/snap/bin/docker"), "ready", "28", compose)


def test_the_aws_folder_matters_in_s3_mode_alone(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlflow_stack.engine.host.docker_facts", snap)
    bench.configs["s3"]["services"]["mlflow"]["volumes"][-1]["source"] = "/home/ada/.aws"
    bench.runner.answers["docker-compose.yml config --format json"] = json.dumps(bench.configs["s3"])
    bench.stack.need_docker()
    with pytest.raises(StackError) as failed:
        bench.stack.need_docker("s3")
    assert (failed.value.exit_code, failed.value.findings[0].id) == (DOCKER, "docker.snap")


def test_a_compose_plugin_that_does_not_run_is_missing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlflow_stack.engine.host.docker_facts", snap)
    bench.runner.answers["compose version"] = Outcome((), 1, "2.26.1", "unknown command")
    assert [each.id for each in bench.stack.docker_findings("s3")] == ["docker.compose-missing"]


@pytest.mark.parametrize("looks", [True, False])
def test_a_missing_image(bench: Bench, looks: bool) -> None:
    """A verb that looks builds nothing; one that acts needs it."""
    del bench.engine.images[IMAGE]
    settings = bench.stack.settings("local")
    if looks:
        with pytest.raises(StackError) as failed:
            bench.stack.need_image(settings, looks=True)
        assert (failed.value.exit_code, failed.value.findings[0].id) == (FOUND, "image.missing")
        assert failed.value.findings[0].fix == ("./stack start --disable-s3",)
    else:
        assert bench.stack.need_image(settings, looks=False) == []
    assert bool(bench.run("build")) is not looks


@pytest.mark.parametrize("looks", [True, False])
def test_a_stale_image_is_used_as_it_is_with_a_warning(bench: Bench, looks: bool) -> None:
    bench.engine.images[IMAGE] = Image("sha256:1", "other", 1)
    (found,) = bench.stack.need_image(bench.stack.settings("local"), looks)
    assert (found.id, found.level, found.fix) == ("image.stale", "warning", ("./stack upgrade",))
    assert bench.runner.ran == []


def test_a_current_image_is_not_built(bench: Bench) -> None:
    settings = bench.stack.settings("local")
    assert bench.stack.need_image(settings, looks=False) == []
    bench.stack.build(settings)
    assert bench.runner.ran == []


def test_building_says_the_source_and_the_version(bench: Bench) -> None:
    bench.engine.images[IMAGE] = Image("sha256:1", "other", 1)
    bench.stack.build(bench.stack.settings("local"))
    (line,) = bench.run("--progress")
    assert line.startswith("--progress plain build --build-arg SOURCE_HASH=")
    assert f" --build-arg STACK_VERSION={bench.stack.version} mlflow" in line


def test_a_build_that_fails_names_the_way_without_a_registry(bench: Bench) -> None:
    del bench.engine.images[IMAGE]
    bench.runner.answers["build"] = Outcome((), 17, "", "no such host")
    with pytest.raises(StackError) as failed:
        bench.stack.build(bench.stack.settings("local"))
    assert failed.value.exit_code == COMMAND
    assert [each.id for each in failed.value.findings] == ["command.failed", "image.build"]
    assert failed.value.findings[-1].fix == ("./stack bootstrap",)


def extended(bench: Bench, tmp_path: Path, **service: Any) -> Path:
    """An extra file, and what Compose resolves with it."""
    extra = tmp_path / "extra.yml"
    extra.write_text("services: {}\n")
    bench.stack.compose = Compose((extra,))
    changed = copy.deepcopy(bench.configs["local"])
    changed["services"]["mlflow"] |= service
    bench.runner.answers[f"docker-compose.local.yml -f {extra} config"] = json.dumps(changed)
    return extra


def test_an_image_of_the_users_own_is_built_on_top_by_its_own_build(bench: Bench, tmp_path: Path) -> None:
    extra = extended(bench, tmp_path, image="mine", build={"context": "/mine"})
    bench.engine.images[IMAGE] = Image("sha256:1", "other", 1)
    bench.stack.build(bench.stack.settings("local"))
    assert [f"-f {extra}" in line for line in bench.run("docker compose")] == [False, True]


def test_one_without_a_build_is_never_overwritten(bench: Bench, tmp_path: Path) -> None:
    extended(bench, tmp_path, image="mine")
    with pytest.raises(StackError) as failed:
        bench.stack.build(bench.stack.settings("local"))
    assert failed.value.findings[0].fix == ("docker build --tag mine FOLDER",)
    bench.engine.images["mine"] = Image("sha256:9", "older", 1)
    bench.stack.build(bench.stack.settings("local"))
    assert bench.runner.ran == []


def test_its_own_and_missing_it_is_no_reason_to_build_ours_alone(bench: Bench, tmp_path: Path) -> None:
    extended(bench, tmp_path, image="mine")
    for looks in (True, False):
        with pytest.raises(StackError) as failed:
            bench.stack.need_image(bench.stack.settings("local"), looks)
        assert (failed.value.exit_code, failed.value.findings[0].where) == (FOUND, "mine")
    assert bench.runner.ran == []


def test_an_extra_file_may_change_what_decides_nothing(bench: Bench, tmp_path: Path) -> None:
    extended(bench, tmp_path, mem_limit="8g", extra_hosts=["minio:host-gateway"], dns=["10.0.0.1"])
    assert bench.stack.settings("local").own_image == IMAGE


def test_an_extra_file_that_changes_what_is_the_stacks(bench: Bench, tmp_path: Path) -> None:
    extra = extended(bench, tmp_path, restart="no")
    with pytest.raises(StackError) as failed:
        bench.stack.settings("local")
    (found,) = failed.value.findings
    assert (found.id, found.where) == ("usage.extra-file", str(extra))
    assert found.text == "An extra Compose file may not change services.mlflow.restart"


def test_what_compose_refuses_names_the_variable(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "docker-compose.yml").write_text("    mem_limit: ${MLFLOW_MEMORY:-4g}\n")
    said = "time=x level=warning\nerror decoding 'services[mlflow].mem_limit': invalid size: 'lots'\n"
    bench.runner.answers["config --format json"] = Outcome((), 15, "", said)
    with pytest.raises(StackError) as failed:
        bench.stack.settings("local")
    (found,) = failed.value.findings
    assert (failed.value.exit_code, found.id, found.where) == (2, "settings.compose", "MLFLOW_MEMORY")
    assert found.text.endswith("error decoding 'services[mlflow].mem_limit': invalid size: 'lots'")


def test_what_compose_refuses_elsewhere_is_in_env_and_can_be_tried_by_hand(bench: Bench) -> None:
    bench.stack.compose = Compose((Path("/a b/extra.yml"),), "side")
    said = 'time="now" level=warning msg="x"\nfailed to read .env: line 2: unexpected character\n'
    bench.runner.answers["config --format json"] = Outcome((), 1, "", said)
    with pytest.raises(StackError) as failed:
        bench.stack.settings("local")
    (found,) = failed.value.findings
    assert (found.where, found.text) == (
        ".env",
        "Compose refuses the settings: failed to read .env: line 2: unexpected character",
    )
    assert found.fix == ("docker compose --project-name side -f docker-compose.local.yml -f '/a b/extra.yml' config",)


@pytest.mark.parametrize("exit_code", [TIMED_OUT, CANNOT_START])
def test_a_compose_that_does_not_answer_refuses_nothing(bench: Bench, exit_code: int) -> None:
    bench.runner.answers["config --format json"] = Outcome((), exit_code, "", "slow")
    with pytest.raises(StackError) as failed:
        bench.stack.settings("local")
    assert (failed.value.exit_code, failed.value.findings[0].id) == (COMMAND, "command.failed")


def test_its_own_port_is_not_taken_whatever_the_address_was(
    bench: Bench, container: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opening a running server to the network said that its own container was in the way."""
    monkeypatch.setattr("mlflow_stack.engine.host.read_port", lambda bind, port: Port(True))
    settings = bench.stack.settings("local")
    found = bench.stack.preflight(settings, container(published=("10.0.0.5", "5000")))
    assert [each.level for each in found if each.id == "port.taken"] == ["ok"]
    found = bench.stack.preflight(settings, container(state="exited"))
    assert [each.level for each in found if each.id == "port.taken"] == ["error"]


def test_what_this_host_lacks(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "backups").rmdir()
    (tmp_path / "docker-compose.yml").write_text("${MLFLOW_PORT:-5000} $OTHER")
    (tmp_path / ".env").write_text("# MLFLOW_NOT=1\nMLFLOW_PORT=1\nexport OTHER=2\nMLFLOW_PROT=3\n")
    found = [each for each in bench.stack.preflight(bench.stack.settings("s3"), None) if each.level != "ok"]
    assert [(each.id, each.where) for each in found] == [
        ("host.folder-missing", "backups"),
        ("settings.unknown", "MLFLOW_PROT"),
    ]


def test_names_of_an_extra_file_are_read_and_credentials_never(bench: Bench, tmp_path: Path) -> None:
    extra = extended(bench, tmp_path)
    extra.write_text("services: {more: {image: $MORE_IMAGE}}")
    (tmp_path / ".env").write_text("MORE_IMAGE=x\nAWS_SECRET_ACCESS_KEY=wJalr\nMORE_IMGE=y\n")
    found = [
        each for each in bench.stack.preflight(bench.stack.settings("local"), None) if each.id == "settings.unknown"
    ]
    assert [(each.level, each.where) for each in found] == [
        ("error", "AWS_SECRET_ACCESS_KEY"),
        ("warning", "MORE_IMGE"),
    ]
    assert found[1].text == "Nothing reads MORE_IMGE in .env; did you mean MORE_IMAGE?"
    assert "wJalr" not in repr(found)


def test_files_that_settings_name(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("secret")
    files = {"ca_bundle": {"file": str(tmp_path / "gone.pem")}, "admin_password": {"file": str(tmp_path / "there")}}
    bench.configs["local"]["secrets"] = files
    bench.runner.answers["docker-compose.local.yml config --format json"] = json.dumps(bench.configs["local"])
    found = [each for each in bench.stack.preflight(bench.stack.settings("local"), None) if each.level != "ok"]
    assert [(each.id, each.where) for each in found] == [("settings.value", "BUILD_CA_BUNDLE")]


def test_a_port_that_is_none_is_not_tried(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlflow_stack.engine.host.read_port", None)
    bench.configs["local"]["services"]["mlflow"]["ports"][0]["published"] = "abc"
    bench.runner.answers["docker-compose.local.yml config --format json"] = json.dumps(bench.configs["local"])
    found = [each for each in bench.stack.preflight(bench.stack.settings("local"), None) if each.level != "ok"]
    assert [(each.id, each.where) for each in found] == [("settings.value", "MLFLOW_PORT")]


def test_a_container_that_holds_the_port_is_named(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlflow_stack.engine.host.read_port", lambda bind, port: Port(True, "docker-proxy"))
    monkeypatch.setattr(bench.engine, "publisher_of", lambda port: "web")
    (found,) = (each for each in bench.stack.preflight(bench.stack.settings("local"), None) if each.level == "error")
    assert found.text == "Port 5000 of 127.0.0.1 is taken by the container web"


def test_a_database_that_waits_to_be_adopted(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_text("")
    settings = bench.stack.settings("local")
    assert "adopt.waiting" not in [each.id for each in bench.stack.preflight(settings, None)]
    bench.engine.volumes.clear()
    assert "adopt.waiting" in [each.id for each in bench.stack.preflight(settings, None)]


@pytest.mark.parametrize("agrees", [True, False])
def test_asking_the_image(bench: Bench, agrees: bool) -> None:
    bench.says("cleanup execute", finding("x.y", "info"), planned(runs=2), result(done=True, runs=2))
    said = bench.stack.ask(bench.stack.settings("local"), (Plan, Model), ("cleanup", "execute"), lambda _: agrees)
    assert bench.runner.replies == ['{"runs": 2}' if agrees else ""]
    assert (said.ok, said.plan, said.result is not None) == (True, Plan(runs=2), agrees)  # type: ignore[call-arg]
    assert bench.runner.changed is agrees


@pytest.mark.parametrize(
    ("verb", "bare"), [("usage", True), ("cleanup plan", True), ("cleanup execute", False), ("backup create", False)]
)
def test_a_look_makes_no_volumes(bench: Bench, verb: str, bare: bool) -> None:
    bench.says(verb, result())
    bench.engine.volumes.clear()
    bench.stack.ask(bench.stack.settings("local"), (None, Model), verb.split())
    assert ("docker-compose.look.yml" in bench.runner.ran[-1]) is bare


def test_a_check_is_silent(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []
    converse = bench.runner.converse
    monkeypatch.setattr(
        bench.runner, "converse", lambda argv, answer, progress: given.append(progress) or converse(argv, answer, None)
    )
    assert bench.stack.check(bench.stack.settings("local")).ok
    assert given == [None]


def test_facts(bench: Bench) -> None:
    settings = bench.stack.settings("local")
    found = bench.stack.facts(settings)
    assert found is not None
    assert (found.mlflow, found.database.runs) == ("3.17.2", 2)
    assert bench.runner.ran[-1].endswith(" mlflow check --preflight")
    bench.engine.images.clear()
    bench.runner.ran.clear()
    assert bench.stack.facts(settings) is None
    assert bench.runner.ran == []


def test_whether_up_would_replace_the_container(bench: Bench, container: Any) -> None:
    settings = bench.stack.settings("local")
    assert not bench.stack.changes(settings, container())
    assert bench.stack.changes(settings, container(config_hash="other"))
    assert bench.stack.changes(settings, container(image_id="sha256:0"))


def test_a_check_that_cannot_run_is_unknown(bench: Bench) -> None:
    settings = bench.stack.settings("local")
    bench.says("check", *checked(finding("x.y")))
    assert [each.id for each in bench.stack.check(settings).findings] == ["x.y"]
    bench.runner.answers["mlflow check"] = Outcome((), 125, "", "no such mount")
    (found,) = bench.stack.check(settings).findings
    assert (found.id, found.level) == ("image.check", "unknown")
    assert bench.stack.facts(settings) is None

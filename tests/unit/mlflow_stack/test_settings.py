"""Settings as Compose resolves them, and what an extra file may change of them."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from mlflow_stack.settings import Settings, changed_by
from unit.mlflow_stack.conftest import resolved


def test_of_both_modes(settings: Any) -> None:
    s3, local = settings("s3"), settings("local")
    assert (s3.destination, s3.profile, s3.aws_dir) == (
        "s3://basketworld/mlflow-artifacts",
        "basketworld",
        Path("/home/ada/.aws"),
    )
    assert (local.destination, local.profile, local.aws_dir) == ("/mlartifacts", "", None)
    assert (s3.start_command, local.start_command) == ("./stack start", "./stack start --disable-s3")
    assert (s3.project, s3.image, s3.own_image, s3.python_image) == (
        "mlflow-stack",
        s3.own_image,
        s3.image,
        "python:3.13.9-slim-trixie",
    )
    assert (s3.data_volume, s3.volumes) == ("mlflow-stack_data", ("mlflow-stack_data", "mlflow-stack_spool"))
    assert set(s3.files.values()) == {None}


def test_names_and_files(settings: Any) -> None:
    found = settings(environment__STACK_EXTRA_HOSTS=" a , b:*,, ", secrets__ca_bundle__file="/etc/ca.pem")
    assert (found.extra_hosts, found.files["BUILD_CA_BUNDLE"]) == (("a", "b:*"), Path("/etc/ca.pem"))


def test_of_files_that_lack_nearly_everything() -> None:
    found = Settings.read("local", {"services": {"mlflow": {}}})
    assert (found.port, found.bind, found.volumes, found.image) == ("", "", (), "")


@pytest.mark.parametrize(
    ("bind", "url", "probe"),
    [
        ("", "http://localhost:5000", "http://127.0.0.1:5000"),
        ("localhost", "http://localhost:5000", "http://127.0.0.1:5000"),
        ("127.0.0.1", "http://localhost:5000", "http://127.0.0.1:5000"),
        ("0.0.0.0", "http://localhost:5000", "http://127.0.0.1:5000"),
        ("::", "http://localhost:5000", "http://[::1]:5000"),
        ("::1", "http://localhost:5000", "http://[::1]:5000"),
        ("10.0.0.5", "http://10.0.0.5:5000", "http://10.0.0.5:5000"),
        ("fd00::5", "http://[fd00::5]:5000", "http://[fd00::5]:5000"),
    ],
)
def test_addresses(settings: Any, bind: str, url: str, probe: str) -> None:
    found = settings(ports__0__host_ip=bind)
    assert (found.url, found.probe_url) == (url, probe)


def test_a_running_server_is_where_it_was_published(settings: Any) -> None:
    assert settings().running_at(("0.0.0.0", "5077")).url == "http://localhost:5077"
    assert settings().running_at(None) == settings()


def with_extra(mode: Any = "local", **changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    own = resolved(mode)
    other = copy.deepcopy(own)
    for place, value in changes.items():
        *path, last = place.split("__")
        found: Any = other
        for key in path:
            found = found.setdefault(key, {})
        found[last] = value
    return own, other


@pytest.mark.parametrize(
    "place",
    [
        "services__mlflow__image",
        "services__mlflow__build",
        "services__mlflow__mem_limit",
        "services__mlflow__logging",
        "services__mlflow__extra_hosts",
        "services__mlflow__dns",
        "services__mlflow__networks",
        "services__mlflow__labels__team",
        "services__mlflow__environment__MLFLOW_SERVER_X_FRAME_OPTIONS",
        "services__proxy",
        "volumes__more",
        "networks__more",
        "secrets__more",
    ],
)
def test_what_an_extra_file_may_change(place: str) -> None:
    assert changed_by(*with_extra(**{place: "new"})) == []


@pytest.mark.parametrize(
    ("place", "named"),
    [
        ("name", "name"),
        ("services__mlflow__ports", "services.mlflow.ports"),
        ("services__mlflow__restart", "services.mlflow.restart"),
        ("services__mlflow__volumes", "services.mlflow.volumes"),
        ("services__mlflow__privileged", "services.mlflow.privileged"),
        ("services__mlflow__labels__mlflow-stack.mode", "services.mlflow.labels.mlflow-stack.mode"),
        (
            "services__mlflow__environment__STACK_ARTIFACTS_DESTINATION",
            "services.mlflow.environment.STACK_ARTIFACTS_DESTINATION",
        ),
        ("services__mlflow__environment__AWS_SECRET_ACCESS_KEY", "services.mlflow.environment.AWS_SECRET_ACCESS_KEY"),
        ("services__mlflow__environment__STACK_NEW", "services.mlflow.environment.STACK_NEW"),
        ("volumes__data__name", "volumes.data"),
        ("secrets__admin_password__file", "secrets.admin_password"),
    ],
)
def test_what_it_may_not_is_named(place: str, named: str) -> None:
    assert changed_by(*with_extra(**{place: "new"})) == [named]


def test_all_of_it_is_named_and_what_is_gone_too() -> None:
    own, other = with_extra(name="else", services__mlflow__ports=[], volumes__data__external=True)
    for config in (own, other):
        config["networks"] = {"default": {"name": "n"}}
        config["services"]["helper"] = {"image": "x"}
    del other["networks"]["default"], other["services"]["helper"], other["services"]["mlflow"]["environment"]
    assert changed_by(own, other) == [
        "name",
        "services.helper",
        "services.mlflow.ports",
        "services.mlflow.environment.STACK_ARTIFACTS_DESTINATION",
        "services.mlflow.environment.STACK_EXTRA_HOSTS",
        "volumes.data",
        "networks.default",
    ]


def test_a_service_that_is_gone_is_named() -> None:
    own, other = with_extra()
    del other["services"]["mlflow"]
    assert {"services.mlflow.ports", "services.mlflow.volumes"} <= set(changed_by(own, other))


def test_an_image_of_ones_own_is_built_by_ones_own_build_or_not_at_all() -> None:
    own, other = with_extra(services__mlflow__image="mine")
    found = Settings.read("local", other, own)
    assert (found.image, found.own_image, found.builds) == ("mine", "mlflow-stack/server:3.17.2", False)
    own, other = with_extra(services__mlflow__image="mine", services__mlflow__build={"context": "/mine"})
    assert Settings.read("local", other, own).builds

"""The view of Compose's resolved settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlflow_stack.settings import value_at


def test_names(settings) -> None:
    s3 = settings("s3", environment__STACK_EXTRA_HOSTS="a.example, b.example:8080,")
    assert (s3.project, s3.image, s3.profile, s3.region) == (
        "mlflow-stack",
        "mlflow-stack/server:3.17.2",
        "basketworld",
        "us-west-1",
    )
    assert (s3.destination, s3.data_volume, s3.ca_bundle) == (
        "s3://basketworld/mlflow-artifacts",
        "mlflow-stack_data",
        "/dev/null",
    )
    assert s3.extra_hosts == ("a.example", "b.example:8080")
    assert s3.aws_dir == Path("/home/ada/.aws")
    assert s3.auth is False
    assert settings("local").aws_dir is None
    assert settings("local").profile == ""


@pytest.mark.parametrize(
    ("bind", "url", "probe"),
    [
        ("127.0.0.1", "http://localhost:5000", "http://127.0.0.1:5000"),
        ("0.0.0.0", "http://localhost:5000", "http://127.0.0.1:5000"),
        ("::1", "http://localhost:5000", "http://[::1]:5000"),
        ("::", "http://localhost:5000", "http://[::1]:5000"),
        ("192.0.2.7", "http://192.0.2.7:5000", "http://192.0.2.7:5000"),
        ("2001:db8::7", "http://[2001:db8::7]:5000", "http://[2001:db8::7]:5000"),
    ],
)
def test_urls(settings, bind: str, url: str, probe: str) -> None:
    found = settings("local", ports__0__host_ip=bind)
    assert (found.url, found.probe_url) == (url, probe)


def test_a_running_container_is_asked_where_it_is_and_not_where_it_would_be(settings) -> None:
    found = settings("local", ports__0__published="5001")
    assert found.running_at(("127.0.0.1", "5000")).url == "http://localhost:5000"
    assert found.running_at(None).url == "http://localhost:5001"


@pytest.mark.parametrize("path", ["a.b.9", "a.x", "a.b.x", "z", "a.b.0.c"])
def test_nothing_there(path: str) -> None:
    assert value_at({"a": {"b": ["one"]}}, path) == ""

"""Every setting: a typo that is named, and the example that mends it."""

from __future__ import annotations

from typing import Any

import pytest

from mlflow_stack.findings import Finding
from mlflow_stack.rules import RULES, judge_settings, rule_of
from mlflow_stack.settings import value_at


@pytest.mark.parametrize(
    ("place", "value", "text"),
    [
        ("ports__0__published", "70000", "MLFLOW_PORT=70000 is not allowed: a number from 1 to 65535"),
        ("ports__0__published", "abc", "MLFLOW_PORT=abc is not allowed: a number from 1 to 65535"),
        ("ports__0__published", "0", "MLFLOW_PORT=0 is not allowed: a number from 1 to 65535"),
        (
            "ports__0__host_ip",
            "everywhere",
            "MLFLOW_BIND=everywhere is not allowed: an address of this host such as 127.0.0.1",
        ),
        (
            "environment__STACK_ARTIFACTS_DESTINATION",
            "basketworld/x",
            "MLFLOW_S3_URI=basketworld/x is not allowed: s3://BUCKET or s3://BUCKET/PREFIX",
        ),
        (
            "environment__STACK_ARTIFACTS_DESTINATION",
            "s3://",
            "MLFLOW_S3_URI=s3:// is not allowed: s3://BUCKET or s3://BUCKET/PREFIX",
        ),
        (
            "environment__AWS_PROFILE",
            "[b w]",
            "MLFLOW_AWS_PROFILE=[b w] is not allowed: the name of a profile, without blanks or brackets",
        ),
        (
            "environment__STACK_AWS_REGION",
            "US West",
            "MLFLOW_AWS_REGION=US West is not allowed: a region such as us-west-1",
        ),
        (
            "environment__STACK_S3_READABLE",
            "s3://a-b,c",
            "MLFLOW_S3_READABLE=s3://a-b,c is not allowed: s3://… prefixes between commas",
        ),
        (
            "environment__MLFLOW_S3_UPLOAD_EXTRA_ARGS",
            "{'a'",
            "MLFLOW_S3_UPLOAD_EXTRA_ARGS=(a value that is not shown) is not allowed: a JSON object",
        ),
        (
            "environment__MLFLOW_S3_EXPECTED_BUCKET_OWNER",
            "12",
            "MLFLOW_S3_EXPECTED_BUCKET_OWNER=12 is not allowed: an account of 12 digits",
        ),
        ("environment__STACK_WORKERS", "two", "MLFLOW_SERVER_WORKERS=two is not allowed: a number from 1 to 64"),
        (
            "environment__STACK_EXTRA_HOSTS",
            "ok.example,not ok",
            "MLFLOW_EXTRA_HOSTS=ok.example,not ok is not allowed: host names between commas",
        ),
        ("environment__STACK_OPEN_TO_NETWORK", "true", "MLFLOW_OPEN_TO_NETWORK=true is not allowed: yes, or empty"),
        ("environment__STACK_AUTH", "basic", "MLFLOW_AUTH=basic is not allowed: basic-auth, or empty"),
        ("environment__STACK_PROMETHEUS", "on", "MLFLOW_PROMETHEUS=on is not allowed: yes, or empty"),
        ("environment__STACK_KEEP_COPIES", "many", "MLFLOW_KEEP_COPIES=many is not allowed: a number from 1 to 1000"),
        ("mem_limit", "1048576", "MLFLOW_MEMORY=1048576 is not allowed: 512m or more"),
    ],
)
def test_a_typo_names_variable_value_and_what_is_allowed_and_its_fix_mends_it(
    settings, place: str, value: str, text: str
) -> None:
    [finding] = judge_settings(settings("s3", **{place: value}))
    variable, _, example = finding.fix[0].partition("=")
    assert finding == Finding("settings.value", "error", text, variable, (f"{variable}={example}",))
    if variable != "MLFLOW_MEMORY":  # Compose turns 4g into bytes.
        assert judge_settings(settings("s3", **{place: example}))[0].level == "ok"


def test_every_rule_has_a_healthy_case(settings) -> None:
    ok = [Finding("settings.value", "ok", "Every setting is allowed", ".env")]
    assert judge_settings(settings("s3")) == ok
    assert judge_settings(settings("local")) == ok


def test_local_mode_does_not_read_settings_of_s3(settings) -> None:
    assert judge_settings(settings("local", environment__AWS_PROFILE="[bad]"))[0].level == "ok"


@pytest.mark.parametrize(
    ("other", "ids"),
    [
        ({}, ["publish.open"]),
        ({"environment__STACK_OPEN_TO_NETWORK": "yes"}, ["settings.value"]),
        ({"environment__STACK_AUTH": "basic-auth"}, ["settings.value"]),
    ],
)
def test_another_bind_without_logins_has_to_be_said_by_name(settings, other: dict[str, str], ids: list[str]) -> None:
    assert [each.id for each in judge_settings(settings("local", ports__0__host_ip="0.0.0.0", **other))] == ids


def test_every_rule_names_a_place_of_the_config(settings) -> None:
    config = settings("s3").config
    for rule in RULES:
        found: Any = config["services"]["mlflow"]
        assert value_at(found, rule.path) or rule.path.split(".")[-1] in found["environment"], rule.variable


def test_the_place_in_an_error_of_compose() -> None:
    rule = rule_of("services[mlflow].mem_limit")
    assert rule is not None
    assert rule.variable == "MLFLOW_MEMORY"
    assert rule_of("services[mlflow].nothing") is None

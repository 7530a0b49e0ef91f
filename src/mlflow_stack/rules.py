"""What each setting may be: a place in the resolved config, the variable that fills it, what is allowed. Pure."""

import ipaddress
import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from mlflow_stack.findings import Finding
from mlflow_stack.settings import LOOPBACK, Settings

MEMORY_NEEDED = 512 * 1024**2
S3_URI = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^\s?#]*)?")
HOST_NAME = re.compile(r"(\*\.)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:(\d+|\*))?|\[[0-9A-Fa-f:]+\](:(\d+|\*))?")


def _number(low: int, high: int) -> Callable[[str], bool]:
    return lambda text: text.isascii() and text.isdecimal() and low <= int(text) <= high


def _each(test: Callable[[str], object]) -> Callable[[str], bool]:
    """Every item between commas; none at all is fine."""
    return lambda text: all(test(item.strip()) for item in text.split(",") if item.strip())


def _address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _json_object(text: str) -> bool:
    try:
        return not text or isinstance(json.loads(text), dict)
    except ValueError:
        return False


@dataclass(frozen=True)
class Rule:
    """A place in the resolved config, the variable that fills it, what is allowed. `secret`: the value is not
    repeated.
    """

    path: str
    variable: str
    allowed: str
    test: Callable[[str], object]
    example: str
    s3_only: bool = False
    secret: bool = False


RULES = (
    Rule("ports.0.published", "MLFLOW_PORT", "a number from 1 to 65535", _number(1, 65535), "5000"),
    Rule("ports.0.host_ip", "MLFLOW_BIND", "an address of this host such as 127.0.0.1", _address, "127.0.0.1"),
    Rule(
        "environment.STACK_ARTIFACTS_DESTINATION",
        "MLFLOW_S3_URI",
        "s3://BUCKET or s3://BUCKET/PREFIX",
        S3_URI.fullmatch,
        "s3://basketworld/mlflow-artifacts",
        s3_only=True,
    ),
    Rule(
        "environment.AWS_PROFILE",
        "MLFLOW_AWS_PROFILE",
        "the name of a profile, without blanks or brackets",
        re.compile(r"[^\s\[\]]+").fullmatch,
        "basketworld",
        s3_only=True,
    ),
    Rule(
        "environment.STACK_AWS_REGION",
        "MLFLOW_AWS_REGION",
        "a region such as us-west-1",
        re.compile(r"[a-z0-9-]+").fullmatch,
        "us-west-1",
        True,
    ),
    Rule(
        "environment.STACK_S3_READABLE",
        "MLFLOW_S3_READABLE",
        "s3://… prefixes between commas",
        _each(S3_URI.fullmatch),
        "s3://old-bucket/mlflow",
        True,
    ),
    Rule(
        "environment.STACK_BACKUPS_S3_URI",
        "MLFLOW_BACKUPS_S3_URI",
        "s3://BUCKET/PREFIX, or empty",
        lambda value: not value or S3_URI.fullmatch(value),
        "s3://basketworld/mlflow-backups",
        s3_only=True,
    ),
    Rule(
        "environment.MLFLOW_S3_UPLOAD_EXTRA_ARGS",
        "MLFLOW_S3_UPLOAD_EXTRA_ARGS",
        "a JSON object",
        _json_object,
        '{"ServerSideEncryption": "aws:kms"}',
        s3_only=True,
        secret=True,
    ),
    Rule(
        "environment.MLFLOW_S3_EXPECTED_BUCKET_OWNER",
        "MLFLOW_S3_EXPECTED_BUCKET_OWNER",
        "an account of 12 digits",
        re.compile(r"(\d{12})?").fullmatch,
        "123456789012",
        s3_only=True,
    ),
    Rule("environment.STACK_WORKERS", "MLFLOW_SERVER_WORKERS", "a number from 1 to 64", _number(1, 64), "2"),
    Rule(
        "environment.STACK_EXTRA_HOSTS",
        "MLFLOW_EXTRA_HOSTS",
        "host names between commas",
        _each(HOST_NAME.fullmatch),
        "mlflow.example.com",
    ),
    Rule(
        "environment.STACK_OPEN_TO_NETWORK", "MLFLOW_OPEN_TO_NETWORK", "yes, or empty", ("", "yes").__contains__, "yes"
    ),
    Rule(
        "environment.STACK_AUTH", "MLFLOW_AUTH", "basic-auth, or empty", ("", "basic-auth").__contains__, "basic-auth"
    ),
    Rule("environment.STACK_KEEP_COPIES", "MLFLOW_KEEP_COPIES", "a number from 1 to 1000", _number(1, 1000), "5"),
    Rule("environment.STACK_PROMETHEUS", "MLFLOW_PROMETHEUS", "yes, or empty", ("", "yes").__contains__, "yes"),
    Rule("mem_limit", "MLFLOW_MEMORY", "512m or more", _number(MEMORY_NEEDED, 2**63), "4g"),
)
"""Compose's `config` lets most of these through. No default is repeated here: the examples are only shown."""


def judge_settings(settings: Settings) -> list[Finding]:
    """One finding for each value that is not allowed, or a single ok."""
    found = []
    for rule in RULES:
        value = settings.at(rule.path)
        if (rule.s3_only and settings.mode != "s3") or rule.test(value):
            continue
        shown = "(a value that is not shown)" if rule.secret else value
        found.append(
            Finding(
                "settings.value",
                "error",
                f"{rule.variable}={shown} is not allowed: {rule.allowed}",
                rule.variable,
                (f"{rule.variable}={rule.example}",),
            )
        )
    if (
        _address(settings.bind)
        and settings.bind not in LOOPBACK
        and not settings.auth
        and settings.at("environment.STACK_OPEN_TO_NETWORK") != "yes"
    ):
        text = (
            f"MLFLOW_BIND={settings.bind} lets everybody who reaches this host read and delete: "
            "without logins that has to be said by name"
        )
        found.append(
            Finding(
                "publish.open", "error", text, "MLFLOW_BIND", ("MLFLOW_AUTH=basic-auth", "MLFLOW_OPEN_TO_NETWORK=yes")
            )
        )
    return found or [Finding("settings.value", "ok", "Every setting is allowed", ".env")]


def rule_of(place: str) -> Rule | None:
    """The rule for a place such as `services[mlflow].mem_limit` in an error of Compose."""
    return next((rule for rule in RULES if place.replace("services[mlflow].", "") == rule.path), None)

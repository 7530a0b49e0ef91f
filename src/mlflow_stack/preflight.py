"""Host facts and settings → findings. Pure: nothing is read, started or made here."""

import ipaddress
import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from mlflow_stack.findings import Finding
from mlflow_stack.host import Docker, Host, Port
from mlflow_stack.profile import judge_profile
from mlflow_stack.settings import LOOPBACK, Settings

COMPOSE_NEEDED = (2, 24, 4)
"""The first with `!override` in the form that the local file uses."""
AIRPLAY_PORTS = ("5000", "7000")
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


def judge_docker(docker: Docker, mode_needs_home: bool) -> list[Finding]:
    """Whether Docker and Compose can be used; the first thing that is wrong. `mode_needs_home`: a dot-folder of a home
    will be bound.
    """
    darwin = docker.system == "Darwin"
    if docker.cli is None:
        fix = "brew install --cask docker" if darwin else "https://docs.docker.com/engine/install/"
        return [Finding("docker.missing", "error", "There is no `docker` command on PATH", "PATH", (fix,))]
    if docker.engine == "denied":
        fixes = ('sudo usermod -aG docker "$USER"', "newgrp docker")
        return [
            Finding(
                "docker.denied", "error", f"This user may not talk to Docker: {docker.said}", str(docker.cli), fixes
            )
        ]
    if docker.engine != "ready":
        fix = "open -a Docker" if darwin else "sudo systemctl start docker"
        return [Finding("docker.off", "error", f"Docker does not answer: {docker.said}", str(docker.cli), (fix,))]
    if docker.snap and mode_needs_home:
        text = "This Docker comes from snap, which cannot bind a folder whose name begins with a dot, such as ~/.aws"
        return [
            Finding(
                "docker.snap",
                "error",
                text,
                str(docker.cli),
                ("sudo snap remove docker", "https://docs.docker.com/engine/install/ubuntu/"),
            )
        ]
    return _judge_compose(docker)


def _judge_compose(docker: Docker) -> list[Finding]:
    needed = ".".join(map(str, COMPOSE_NEEDED))
    fixes = (
        ("brew upgrade --cask docker",)
        if docker.system == "Darwin"
        else ("sudo apt-get install docker-compose-plugin docker-buildx-plugin", "./stack bootstrap")
    )
    if not docker.compose:
        return [
            Finding(
                "docker.compose-missing",
                "error",
                f"`docker compose` is missing; {needed} or newer is needed",
                str(docker.cli),
                fixes,
            )
        ]
    if version_of(docker.compose) < COMPOSE_NEEDED:
        return [
            Finding(
                "docker.compose-old",
                "error",
                f"`docker compose` is {docker.compose}; {needed} or newer is needed",
                str(docker.cli),
                fixes,
            )
        ]
    return [Finding("docker.ready", "ok", f"Docker Engine {docker.said}, Compose {docker.compose}", str(docker.cli))]


def version_of(text: str) -> tuple[int, ...]:
    """`v2.24.4-desktop.1` → (2, 24, 4); () where there is none, which is older than everything."""
    match = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    return tuple(int(part or 0) for part in match.groups()) if match else ()


def judge_host(host: Host, settings: Settings) -> list[Finding]:
    """Everything but Docker and the settings' form: folders, port, profile, a database waiting to be adopted."""
    found = [each for folder in host.folders for each in _judge_folder(folder.path.name, folder.exists)]
    for variable, file in host.files:
        if not file.exists:
            text = f"{variable} names a file that does not exist: {file.path}"
            found.append(Finding("settings.value", "error", text, variable, (f"{variable}=",)))
    if host.port is not None:
        found.append(judge_port(host.port, settings, host.system))
    if host.aws is not None:
        found += judge_profile(host.aws, settings.profile, settings.region)
    if host.native_database and host.volume is False:
        found.append(waiting_database())
    return found


def waiting_database() -> Finding:
    """For the user of a native `mlflow server`."""
    text = "There is an mlflow.db in this folder, and the stack's own database is empty: its runs can be taken over"
    return Finding("adopt.waiting", "info", text, "mlflow.db", ("./stack adopt --db mlflow.db",))


def _judge_folder(name: str, exists: bool) -> list[Finding]:
    if exists:
        return []
    text = f"The folder {name} is missing; it belongs to the repository, and Docker would make it owned by root"
    return [Finding("host.folder-missing", "error", text, name, (f"mkdir {name}",))]


def judge_port(port: Port, settings: Settings, system: str) -> Finding:
    """Free, ours, taken, or not to be found out."""
    number, bind = settings.port, settings.bind
    if port.ours:
        return Finding("port.taken", "ok", f"Port {number} is held by this stack's own container", number)
    if not port.bindable:
        return Finding(
            "settings.value",
            "error",
            f"MLFLOW_BIND={bind} is no address of this host",
            "MLFLOW_BIND",
            ("MLFLOW_BIND=127.0.0.1",),
        )
    if port.taken is None:
        return Finding(
            "port.taken",
            "unknown",
            f"Whether port {number} is free could not be found out: this user may not try",
            number,
        )
    if not port.taken:
        return Finding("port.taken", "ok", f"Port {number} of {bind} is free", number)
    by = f" by {port.holder}" if port.holder else ""
    if system == "Darwin" and number in AIRPLAY_PORTS and not by:
        by = ", probably by AirPlay (System Settings → General → AirDrop & Handoff → AirPlay Receiver)"
    return Finding(
        "port.taken", "error", f"Port {number} of {bind} is taken{by}", number, (f"MLFLOW_PORT={int(number) + 1}",)
    )

"""The container's environment, judged and read once into frozen values. The defaults are in the compose files only."""

import ipaddress
import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from stackd.report import Finding

SERVICE = "mlflow"
PORT = 5000


@dataclass(frozen=True)
class Places:
    """Every path of the container that is read or written: ``data`` and ``spool`` are volumes, flat, so that they can
    change their owner; a start empties the second. The defaults are the mounts of the compose files.
    """

    data: Path = Path("/data")
    spool: Path = Path("/spool")
    backups: Path = Path("/backups")
    mlartifacts: Path = Path("/mlartifacts")
    aws: Path = Path("/home/mlflow/.aws")
    admin_password: Path = Path("/run/secrets/admin_password")
    empty_database: Path = Path("/opt/stackd/empty.db")
    empty_users: Path = Path("/opt/stackd/empty_users.db")
    # In memory: a counter is written at every request.
    prometheus: Path = Path("/tmp/prometheus")  # noqa: S108

    @classmethod
    def of(cls, environ: Mapping[str, str] = os.environ) -> "Places":
        """Those of this process: the server that an upgrade tries has a STACK_ROOT."""
        return cls.below(Path(environ.get("STACK_ROOT", "/")))

    @classmethod
    def below(cls, root: Path) -> "Places":
        """Another database and spool; artifacts and credentials are the real ones."""
        return cls(root / "data", root / "spool", root / "backups")

    @property
    def database(self) -> Path:
        return self.data / "mlflow.db"

    @property
    def auth_database(self) -> Path:
        return self.data / "basic_auth.db"

    @property
    def scratch(self) -> Path:
        """The copy of a database that is about to be put in its place."""
        return self.spool / "incoming.db"

    @property
    def scratch_users(self) -> Path:
        """As ``scratch``, of the database of users."""
        return self.spool / "incoming_users.db"

    @property
    def trial(self) -> Path:
        """The root of the server that an upgrade tries."""
        return self.spool / "trial"

    def on_host(self, path: str) -> str:
        """A path of the container as the host knows it; any other text stays as it is."""
        for folder, name in ((self.backups, "./backups"), (self.mlartifacts, "./mlartifacts"), (self.aws, "~/.aws")):
            if path == str(folder) or path.startswith(f"{folder}/"):
                return name + path.removeprefix(str(folder))
        for folder, name in ((self.data, "the volume `data`"), (self.spool, "the volume `spool`")):
            if path == str(folder):
                return name
            if path.startswith(f"{folder}/"):
                return f"{path.removeprefix(f'{folder}/')} in {name}"
        return path


def start_command(environ: Mapping[str, str] = os.environ) -> str:
    """What a person types to start the server in the mode of this container."""
    return "./stack start --disable-s3" if environ.get("STACK_MODE") == "local" else "./stack start"


class SettingsError(Exception):
    """One or more variables hold what they may not; ``findings`` has one for each, and never a secret."""

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings
        super().__init__("; ".join(finding.text for finding in findings))


@dataclass(frozen=True)
class Settings:
    """How this container was started.

    ``destination`` is ``s3://bucket/prefix`` or an absolute folder, without a trailing slash; ``readable`` are
    further S3 prefixes that may be read and never written; ``backups`` is where snapshots go in S3, empty for the
    destination's neighbour; ``published_host`` is the address on the host; ``stop_grace`` is what Docker waits for the
    end of a stop, in seconds.
    """

    mode: Literal["s3", "local"]
    destination: str
    profile: str
    region: str
    readable: tuple[str, ...]
    backups: str
    workers: int
    extra_hosts: tuple[str, ...]
    published_host: str
    published_port: int
    open_to_network: bool
    basic_auth: bool
    keep_copies: int
    stop_grace: int
    prometheus: bool = False
    places: Places = Places()


def _number(least: int, most: int) -> Callable[[str], bool]:
    return lambda text: text.isascii() and text.isdecimal() and least <= int(text) <= most


def _each(test: Callable[[str], object]) -> Callable[[str], bool]:
    """Every item between commas; no item at all is allowed."""
    return lambda text: all(map(test, _listed(text)))


def _address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


def _json_object(text: str) -> bool:
    try:
        return not text or isinstance(json.loads(text), dict)
    except ValueError:
        return False


# A bucket's name as S3's clients accept it: older buckets of us-east-1 may have upper case and underscores. No part of
# the prefix is empty, or a dot or two: its keys would not be where they seem to be.
_S3_URI = re.compile(r"s3://[A-Za-z0-9._-]{3,255}(/(?!\.{1,2}(/|$))[^\s?#/]+)*/?").fullmatch
_HOST_NAME = re.compile(
    r"(\*\.)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:([0-9]+|\*))?|\[[0-9A-Fa-f:]+\](:([0-9]+|\*))?"
).fullmatch


@dataclass(frozen=True)
class Rule:
    """What a variable of the container may hold. ``variable`` is the one in ``.env`` that fills it, and ``example`` a
    value that is allowed. The value of a ``secret`` is never shown.
    """

    name: str
    variable: str
    allowed: str
    test: Callable[[str], object]
    example: str
    s3_only: bool = False
    secret: bool = False

    def wrong(self, value: str) -> Finding:
        """What to say of a value that is not allowed."""
        shown = "(a value that is not shown)" if self.secret else value
        text = f"{self.variable}={shown} is not allowed: {self.allowed}"
        return Finding("settings.value", "error", text, self.variable, [f"{self.variable}={self.example}"])


# STACK_PUBLISHED holds two settings, and has been taken apart into these names.
_BIND, _PORT = "address", "port"
RULES = (
    Rule(_PORT, "MLFLOW_PORT", "a whole number from 1 to 65535", _number(1, 65535), "5000"),
    Rule(_BIND, "MLFLOW_BIND", "an address of this host such as 127.0.0.1", _address, "127.0.0.1"),
    Rule(
        "STACK_ARTIFACTS_DESTINATION",
        "MLFLOW_S3_URI",
        "s3://BUCKET or s3://BUCKET/PREFIX",
        _S3_URI,
        "s3://basketworld/mlflow-artifacts",
        s3_only=True,
    ),
    Rule(
        "AWS_PROFILE",
        "MLFLOW_AWS_PROFILE",
        "the name of a profile, without blanks or brackets",
        re.compile(r"[^\s\[\]]+").fullmatch,
        "basketworld",
        s3_only=True,
    ),
    Rule(
        "STACK_AWS_REGION",
        "MLFLOW_AWS_REGION",
        "a region such as us-west-1",
        re.compile(r"[a-z0-9-]*").fullmatch,
        "us-west-1",
        s3_only=True,
    ),
    Rule(
        "STACK_S3_READABLE",
        "MLFLOW_S3_READABLE",
        "s3://BUCKET/PREFIX, several separated by commas, or empty",
        _each(_S3_URI),
        "s3://old-bucket/mlflow",
        s3_only=True,
    ),
    Rule(
        "STACK_BACKUPS_S3_URI",
        "MLFLOW_BACKUPS_S3_URI",
        "s3://BUCKET/PREFIX, or empty",
        lambda text: not text or _S3_URI(text),
        "s3://basketworld/mlflow-backups",
        s3_only=True,
    ),
    Rule(
        "MLFLOW_S3_UPLOAD_EXTRA_ARGS",
        "MLFLOW_SERVER_S3_EXTRA_ARGS",
        "a JSON object, or empty",
        _json_object,
        '{"ServerSideEncryption": "aws:kms"}',
        s3_only=True,
        secret=True,
    ),
    Rule(
        "MLFLOW_S3_EXPECTED_BUCKET_OWNER",
        "MLFLOW_SERVER_S3_BUCKET_OWNER",
        "an account of 12 digits, or empty",
        re.compile(r"([0-9]{12})?").fullmatch,
        "123456789012",
        s3_only=True,
    ),
    Rule("STACK_WORKERS", "MLFLOW_SERVER_WORKERS", "a whole number from 1 to 64", _number(1, 64), "2"),
    Rule(
        "STACK_EXTRA_HOSTS",
        "MLFLOW_EXTRA_HOSTS",
        "host names, several separated by commas, or empty",
        _each(_HOST_NAME),
        "mlflow.example.com",
    ),
    Rule("STACK_OPEN_TO_NETWORK", "MLFLOW_OPEN_TO_NETWORK", "yes, or empty", ("", "yes").__contains__, "yes"),
    Rule("STACK_AUTH", "MLFLOW_AUTH", "basic-auth, or empty", ("", "basic-auth").__contains__, "basic-auth"),
    Rule("STACK_KEEP_COPIES", "MLFLOW_KEEP_COPIES", "a whole number from 1 to 1000", _number(1, 1000), "5"),
    Rule(
        "STACK_STOP_GRACE",
        "MLFLOW_STOP_GRACE",
        "a time such as 90s or 5m",
        re.compile(r"[0-9]{1,4}[sm]").fullmatch,
        "5m",
    ),
    Rule("STACK_PROMETHEUS", "MLFLOW_PROMETHEUS", "yes, or empty", ("", "yes").__contains__, "yes"),
)


def judge(environ: Mapping[str, str] = os.environ) -> list[Finding]:
    """One finding for each variable that holds what it may not; none where all of them are allowed."""
    mode = environ.get("STACK_MODE", "")
    found = [rule.wrong(value) for rule, value in _values(mode, environ) if not rule.test(value)]
    if mode not in ("s3", "local"):
        text = f"STACK_MODE={mode} is not allowed: s3 or local, as the compose files set it"
        found.append(Finding("settings.value", "error", text, "STACK_MODE", ["./stack start"]))
    if mode == "local" and not environ.get("STACK_ARTIFACTS_DESTINATION", "").startswith("/"):
        text = (
            "STACK_ARTIFACTS_DESTINATION is not allowed: in local mode an absolute folder, as the compose files set it"
        )
        found.append(Finding("settings.value", "error", text, "STACK_ARTIFACTS_DESTINATION", ["./stack start"]))
    return found


def _values(mode: str, environ: Mapping[str, str]) -> list[tuple[Rule, str]]:
    """The rules that count in a mode, each with the value that it judges."""
    host, _, port = environ.get("STACK_PUBLISHED", "").rpartition(":")
    given = {**environ, _BIND: host, _PORT: port}
    return [(rule, given.get(rule.name, "")) for rule in RULES if mode == "s3" or not rule.s3_only]


def from_environment(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the variables that the compose files set.

    Raises:
        SettingsError: some of them hold what they may not.
    """
    wrong = judge(environ)
    if wrong:
        raise SettingsError(wrong)
    in_s3 = environ["STACK_MODE"] == "s3"
    host, _, port = environ["STACK_PUBLISHED"].rpartition(":")
    return Settings(
        mode="s3" if in_s3 else "local",
        destination=environ["STACK_ARTIFACTS_DESTINATION"].rstrip("/"),
        profile=environ.get("AWS_PROFILE", ""),
        region=environ.get("STACK_AWS_REGION", ""),
        readable=tuple(uri.rstrip("/") for uri in _listed(environ.get("STACK_S3_READABLE", ""))) if in_s3 else (),
        backups=environ.get("STACK_BACKUPS_S3_URI", "").rstrip("/") if in_s3 else "",
        workers=int(environ["STACK_WORKERS"]),
        extra_hosts=_listed(environ.get("STACK_EXTRA_HOSTS", "")),
        published_host=host,
        published_port=int(port),
        open_to_network=environ.get("STACK_OPEN_TO_NETWORK", "") == "yes",
        basic_auth=environ.get("STACK_AUTH", "") == "basic-auth",
        keep_copies=int(environ["STACK_KEEP_COPIES"]),
        stop_grace=int(environ["STACK_STOP_GRACE"][:-1]) * (60 if environ["STACK_STOP_GRACE"].endswith("m") else 1),
        prometheus=environ.get("STACK_PROMETHEUS", "") == "yes",
        places=Places.of(environ),
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in text.split(",") if item.strip())

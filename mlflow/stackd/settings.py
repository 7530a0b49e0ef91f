"""The container's environment, read once into frozen values. The defaults are in the compose files and nowhere else."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

SERVICE = "mlflow"
PORT = 5000

# Set for the server that an upgrade tries on a copy, and for nothing else.
_ROOT = Path(os.environ.get("STACK_ROOT", "/"))
DATA = _ROOT / "data"
DATABASE = DATA / "mlflow.db"
EMPTY_DATABASE = Path("/opt/stackd/empty.db")
AUTH_DATABASE = DATA / "basic_auth.db"
# Says that this database has been served in S3 mode, and from which destination.
SERVED_S3 = DATA / "served_s3"
SPOOL = _ROOT / "spool"
BACKUPS = _ROOT / "backups"
MLARTIFACTS = Path("/mlartifacts")
# In memory: a counter is written at every request.
PROMETHEUS = Path("/tmp/prometheus")  # noqa: S108
AWS = Path("/home/mlflow/.aws")
ADMIN_PASSWORD = Path("/run/secrets/admin_password")


class SettingsError(Exception):
    """A variable holds what it may not. ``variable`` is the one in ``.env``; the message never repeats a secret."""

    def __init__(self, variable: str, value: str, allowed: str) -> None:
        self.variable, self.value, self.allowed = variable, value, allowed
        super().__init__(f"{variable}={value!r}: {allowed}")


@dataclass(frozen=True)
class Settings:
    """How this container was started.

    ``destination`` is ``s3://bucket/prefix`` or an absolute folder, without a trailing slash; ``readable`` are
    further S3 prefixes that may be read and never written; ``backups`` is where snapshots go in S3, empty for the
    destination's neighbour; ``published_host`` is the address on the host.
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
    prometheus: bool = False

    @property
    def bucket(self) -> str:
        """The destination's bucket; empty in local mode."""
        return self.destination.removeprefix("s3://").partition("/")[0] if self.mode == "s3" else ""

    @property
    def prefix(self) -> str:
        """The destination's key prefix, without slashes at its ends; may be empty."""
        return self.destination.removeprefix("s3://").partition("/")[2] if self.mode == "s3" else ""


def from_environment(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the variables that the compose files set.

    Raises:
        SettingsError: one of them holds what it may not.
    """
    mode = environ.get("STACK_MODE", "")
    if mode not in ("s3", "local"):
        raise SettingsError(
            "STACK_MODE", mode, "set by the compose files: start with `./stack start` or `docker compose up -d`"
        )
    host, _, port = environ.get("STACK_PUBLISHED", "").rpartition(":")
    auth, backups = environ.get("STACK_AUTH", ""), environ.get("STACK_BACKUPS_S3_URI", "")
    if auth not in ("", "basic-auth"):
        raise SettingsError("MLFLOW_AUTH", auth, "empty (no logins) or basic-auth")
    return Settings(
        mode="s3" if mode == "s3" else "local",
        destination=_destination(mode, environ.get("STACK_ARTIFACTS_DESTINATION", "")),
        profile=environ.get("AWS_PROFILE", ""),
        region=environ.get("STACK_AWS_REGION", ""),
        readable=tuple(_s3("MLFLOW_S3_READABLE", uri) for uri in _listed(environ.get("STACK_S3_READABLE", ""))),
        backups=_s3("MLFLOW_BACKUPS_S3_URI", backups) if backups else "",
        workers=_number("MLFLOW_SERVER_WORKERS", environ.get("STACK_WORKERS", ""), 1, 64),
        extra_hosts=_listed(environ.get("STACK_EXTRA_HOSTS", "")),
        published_host=host,
        published_port=_number("MLFLOW_PORT", port, 1, 65535),
        open_to_network=environ.get("STACK_OPEN_TO_NETWORK", "") == "yes",
        basic_auth=auth == "basic-auth",
        keep_copies=_number("MLFLOW_KEEP_COPIES", environ.get("STACK_KEEP_COPIES", ""), 1, 1000),
        prometheus=environ.get("STACK_PROMETHEUS", "") == "yes",
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in text.split(",") if item.strip())


def _number(variable: str, text: str, least: int, most: int) -> int:
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise SettingsError(variable, text, f"a whole number from {least} to {most}")
    return int(text)


def _destination(mode: str, value: str) -> str:
    if mode == "s3":
        return _s3("MLFLOW_S3_URI", value)
    if not value.startswith("/"):
        raise SettingsError("STACK_ARTIFACTS_DESTINATION", value, "an absolute folder of the container in local mode")
    return value.rstrip("/")


def _s3(variable: str, value: str) -> str:
    bucket = value.removeprefix("s3://").partition("/")[0]
    if not value.startswith("s3://") or not bucket or "?" in value or "#" in value:
        raise SettingsError(variable, value, "s3://bucket/prefix, for example s3://basketworld/mlflow-artifacts")
    return value.rstrip("/")

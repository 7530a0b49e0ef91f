"""Whether this host is as the Compose files need it: port, folders, files, names in `.env`."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from mlflow_stack.checks.aws_profile import AwsFolder, judge_aws
from mlflow_stack.errors import Finding, error, info, ok, unknown, warning
from mlflow_stack.settings import Settings

AIRPLAY_PORTS = ("5000", "7000")
LAST_PORT = 65535
NOT_OURS = ("COMPOSE_", "DOCKER_")
"""Variables that Compose and Docker themselves read from `.env`."""


@dataclass(frozen=True)
class Port:
    """`taken` is None where this user may not try. `holder`: a program or container, "" if unknown."""

    taken: bool | None
    holder: str = ""
    ours: bool = False
    bindable: bool = True


@dataclass(frozen=True)
class Host:
    """What is known of this host besides Docker. `missing_folders` and `missing_files` (variable, path) are what the
    Compose files mount and what is not there; `volume`: whether the database's volume exists, None if unknown.
    """

    port: Port | None
    aws: AwsFolder | None = None
    missing_folders: tuple[str, ...] = ()
    missing_files: tuple[tuple[str, Path], ...] = ()
    native_database: bool = False
    volume: bool | None = None
    system: str = "Linux"
    env_names: tuple[str, ...] = ()
    known_names: frozenset[str] = field(default_factory=frozenset)


def judge_host(host: Host, settings: Settings) -> list[Finding]:
    """What costs a build to find out later. Everything that can be known inside is judged by the image alone."""
    found = []
    for name in host.missing_folders:
        text = f"The folder {name} is missing; it belongs to the repository, and Docker would create it owned by root"
        found.append(error("host.folder-missing", text, name, f"mkdir {name}"))
    for variable, path in host.missing_files:
        text = f"{variable} names a file that does not exist: {path}"
        found.append(error("settings.value", text, variable, f"{variable}="))
    found.append(judge_port(host.port, settings, host.system))
    if host.aws is not None:
        found.append(judge_aws(host.aws, settings.profile))
    if host.native_database and host.volume is False:
        found.append(waiting_database())
    return [*found, *judge_names(host.env_names, host.known_names)]


def waiting_database() -> Finding:
    """For the user of a native `mlflow server`."""
    text = "There is an mlflow.db in this folder, and the stack's own database is empty: its runs can be taken over"
    return info("adopt.waiting", text, "mlflow.db", "./stack adopt --db mlflow.db")


def port_number(text: str) -> int | None:
    """The port that a setting names; None where it is none."""
    return int(text) if text.isascii() and text.isdecimal() and 1 <= int(text) <= LAST_PORT else None


def judge_port(port: Port | None, settings: Settings, system: str) -> Finding:
    """Free, ours, taken, or unknown; `port` None where the setting names no port."""
    number, bind = settings.port, settings.bind
    if port is None:
        text = f"MLFLOW_PORT={number} is not allowed: it takes a number from 1 to {LAST_PORT}"
        return error("settings.value", text, "MLFLOW_PORT", "MLFLOW_PORT=5000")
    if port.ours:
        return ok("port.taken", f"Port {number} is held by this stack's own container", number)
    if not port.bindable:
        text = f"MLFLOW_BIND={bind} is no address of this host"
        return error("settings.value", text, "MLFLOW_BIND", "MLFLOW_BIND=127.0.0.1")
    if port.taken is None:
        return unknown("port.taken", f"Whether port {number} is free is unknown: this user may not try", number)
    if not port.taken:
        return ok("port.taken", f"Port {number} of {bind} is free", number)
    by = f" by {port.holder}" if port.holder else ""
    if system == "Darwin" and number in AIRPLAY_PORTS and not by:
        by = ", probably by AirPlay (System Settings → General → AirDrop & Handoff → AirPlay Receiver)"
    other = int(number) + 1 if int(number) < LAST_PORT else int(number) - 1
    return error("port.taken", f"Port {number} of {bind} is taken{by}", number, f"MLFLOW_PORT={other}")


def judge_names(given: Iterable[str], known: frozenset[str]) -> list[Finding]:
    """Names in `.env` that no Compose file reads, and credentials, which do not belong there."""
    found = []
    for name in given:
        if name.startswith("AWS_") and re.search(r"KEY|TOKEN|SECRET", name):
            text = f"{name} does not belong in .env: a credential stays in ~/.aws, and nothing reads it here"
            found.append(error("settings.unknown", text, name, f"remove the line {name}=… from .env"))
        elif name not in known and not name.startswith(NOT_OURS):
            close = difflib.get_close_matches(name, sorted(known), n=1)
            text = f"Nothing reads {name} in .env" + (f"; did you mean {close[0]}?" if close else "")
            found.append(warning("settings.unknown", text, name, "cat .env.example   # names every setting"))
    return found

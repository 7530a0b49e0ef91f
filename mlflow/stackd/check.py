"""What can be known about this deployment from inside, as findings. The entrypoint, ``start`` and ``doctor`` share it.

``preflight`` looks only at what the server needs before it serves; ``full`` also talks to the artifact store.
"""

import configparser
import os
import platform
import sqlite3
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stackd import mlflow_internals, settings
from stackd.database import sqlite
from stackd.report import Finding
from stackd.settings import Settings

SUPPORTED = (
    "aws_access_key_id",
    "role_arn",
    "sso_session",
    "sso_start_url",
    "login_session",
    "web_identity_token_file",
)
# Need a program, a metadata service or a person: none of them is in the container.
UNSUPPORTED = ("credential_process", "credential_source", "mfa_serial")
LOOPBACK = ("127.0.0.1", "localhost", "::1", "[::1]")


def preflight(config: Settings) -> list[Finding]:
    """Profile, credentials, folders, revision, publishing: whatever keeps the server from serving is an error."""
    found = [*publishing(config), *jobs(os.environ)]
    if config.mode == "s3":
        found += profile(settings.AWS, config.profile)
    else:
        found += folder(settings.MLARTIFACTS, "artifacts.folder", "./mlartifacts")
    found += folder(settings.DATA, "data.folder-unwritable", "the volume `data`")
    found += folder(settings.BACKUPS, "backups.folder", "./backups", level="warning")
    found += database(settings.DATABASE)
    return found


def full(config: Settings) -> list[Finding]:
    """``preflight``, and whether a file can be put, read, listed and deleted below the destination, and whose that
    is.
    """
    found = preflight(config)
    if any(finding.level == "error" and finding.id.startswith("aws.") for finding in found):
        return found
    # boto3 is only imported when it is needed: preflight stays quick.
    from stackd.artifacts import trial

    return [*found, *trial.trial(config, sqlite.store_id())]


def publishing(config: Settings) -> list[Finding]:
    """A port that others can reach, without logins, is refused unless the user says so by name."""
    address = f"{config.published_host}:{config.published_port}"
    if config.published_host in LOOPBACK or config.basic_auth:
        return [Finding("publish.open", "ok", f"published on {address}")]
    if config.open_to_network:
        return [
            Finding(
                "publish.open", "warning", f"published on {address} without logins, as MLFLOW_OPEN_TO_NETWORK=yes asks"
            )
        ]
    text = f"{address} can be reached from other machines, and anybody who reaches it may read and delete everything"
    fix = [
        "MLFLOW_BIND=127.0.0.1 in .env, and `ssh -L` from elsewhere",
        "or MLFLOW_AUTH=basic-auth",
        "or MLFLOW_OPEN_TO_NETWORK=yes",
    ]
    return [Finding("publish.open", "error", text, "MLFLOW_BIND", fix)]


def jobs(environ: Any) -> list[Finding]:
    """Job execution needs a runner that nothing here starts: asking for it is refused rather than ignored."""
    if str(environ.get("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false")).lower() in ("true", "1"):
        text = "job execution is not offered: nothing here starts MLflow's job runner"
        fix = ["take MLFLOW_SERVER_ENABLE_JOB_EXECUTION off the service's environment"]
        return [Finding("settings.jobs", "error", text, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION", fix)]
    return []


def profile(folder_of_aws: Path, name: str) -> list[Finding]:
    """Whether the mounted files hold a profile that works in a container. Values are never repeated."""
    files = [folder_of_aws / "config", folder_of_aws / "credentials"]
    block = ["~/.aws/credentials:", f"    [{name}]", "    aws_access_key_id = …", "    aws_secret_access_key = …"]
    parsed: list[configparser.RawConfigParser] = []
    for path in files:
        parser = configparser.RawConfigParser(strict=False)
        try:
            parser.read_string(path.read_text())
        except FileNotFoundError:
            pass
        except PermissionError:
            text = f"~/.aws/{path.name} cannot be read by uid {os.geteuid()}, the owner of ~/.aws"
            return [
                Finding(
                    "aws.credentials-unreadable", "error", text, f"~/.aws/{path.name}", ['sudo chown -R "$USER" ~/.aws']
                )
            ]
        except (configparser.Error, UnicodeDecodeError) as error:
            text = f"~/.aws/{path.name} cannot be parsed ({type(error).__name__})"
            return [Finding("aws.credentials-broken", "error", text, f"~/.aws/{path.name}", block)]
        parsed.append(parser)
    return [_judge(name, _keys(parsed, name), block)]


def _keys(parsed: list[configparser.RawConfigParser], name: str) -> dict[str, str] | None:
    """The profile's keys from both files, or None without such a profile."""
    wanted = {f"profile {name}", name}
    sections = [parser[section] for parser in parsed for section in parser.sections() if section in wanted]
    merged = {key: value for section in sections for key, value in section.items()}
    return merged if sections else None


def _judge(name: str, keys: dict[str, str] | None, block: list[str]) -> Finding:
    local = "or without AWS: ./stack start --disable-s3"
    if keys is None:
        return Finding("aws.profile-missing", "error", f"there is no profile {name}", "~/.aws", [*block, local])
    for key in UNSUPPORTED:
        if key in keys:
            text = f"profile {name} uses {key}, which does not work in a container"
            return Finding(
                "aws.profile-unsupported",
                "error",
                text,
                "~/.aws",
                ["use keys, an SSO session or source_profile", local],
            )
    if "aws_access_key_id" in keys and not (
        keys["aws_access_key_id"].strip() and keys.get("aws_secret_access_key", "").strip()
    ):
        text = f"profile {name} has one half of a key pair"
        return Finding("aws.credentials-broken", "error", text, "~/.aws/credentials", block)
    if not any(key in keys for key in SUPPORTED):
        return Finding(
            "aws.credentials-missing", "error", f"profile {name} has no credentials", "~/.aws", [*block, local]
        )
    return Finding("aws.profile", "ok", f"profile {name} is there")


def folder(path: Path, identifier: str, name: str, level: str = "error") -> list[Finding]:
    """Whether the server's user may write into a folder."""
    trial_file = path / f".write-{uuid.uuid4().hex}"
    try:
        trial_file.touch()
        trial_file.unlink()
    except OSError as error:
        text = f"{name} cannot be written by uid {os.geteuid()}: {error.strerror}"
        fix = (
            [f"sudo chown {os.geteuid()} {name}"]
            if name.startswith("./")
            else ["docker volume inspect mlflow-stack_data"]
        )
        return [Finding(identifier, "warning" if level == "warning" else "error", text, name, fix)]
    return [Finding(identifier, "ok", f"{name} can be written")]


def database(path: Path, expected: str = mlflow_internals.SCHEMA_HEAD) -> list[Finding]:
    """Whether the database can be served as it is: the revision is never changed by a start."""
    found = [_sqlite_version()]
    if not path.exists():
        return [*found, Finding("data.volume-empty", "info", "there is no database yet: the first start makes one")]
    try:
        present = sqlite.revision(path)
    except sqlite3.OperationalError as error:
        return [
            *found,
            Finding(
                "database.busy", "unknown", f"the database does not answer: {error}", str(path), ["./stack status"]
            ),
        ]
    except sqlite3.DatabaseError as error:
        fix = ["ls -l ./backups   # the newest copy", "./stack stop"]
        return [*found, Finding("database.corrupt", "error", f"the database cannot be read: {error}", str(path), fix)]
    if present == expected:
        return [*found, Finding("database.revision", "ok", f"schema revision {expected}")]
    text = (
        f"the database is at schema revision {present}, MLflow {mlflow_internals.VERSION} of this image expects "
        f"{expected}; it is left as it is"
    )
    fix = [
        "./stack upgrade   # if the database is older",
        "git checkout the newer version of this stack   # if it is newer",
    ]
    return [*found, Finding("database.revision", "error", text, str(path), fix)]


def _sqlite_version() -> Finding:
    mode = sqlite.journal_mode(sqlite3.sqlite_version_info)
    if mode == "wal":
        return Finding("sqlite.version", "ok", f"SQLite {sqlite3.sqlite_version}, journal WAL")
    text = f"SQLite {sqlite3.sqlite_version} may lose commits with a WAL, so the journal is DELETE: safe, slower"
    return Finding("sqlite.version", "warning", text, "", ["use an x86-64 image, where pysqlite3 has a wheel"])


def facts(config: Settings) -> dict[str, Any]:
    """What ``status`` shows; None for whatever could not be found out."""
    path = settings.DATABASE
    tables: dict[str, int] = _known(lambda: sqlite.counts(path)) or {}
    return {
        "mode": config.mode,
        "destination": config.destination,
        "profile": config.profile or None,
        "mlflow": mlflow_internals.VERSION,
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "journal": sqlite.journal_mode(sqlite3.sqlite_version_info),
        "uid": os.geteuid(),
        "database": {
            "path": str(path),
            "exists": path.exists(),
            "bytes": _known(lambda: path.stat().st_size),
            "revision": _known(lambda: sqlite.revision(path)),
            "expected_revision": mlflow_internals.SCHEMA_HEAD,
            "store_id": _known(sqlite.store_id),
            "experiments": tables.get("experiments"),
            "runs": tables.get("runs"),
        },
    }


def _known(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except (OSError, sqlite3.Error):
        return None

"""What can be checked about this deployment from inside, as findings. The server, ``start`` and ``doctor`` share it.

``preflight`` looks only at what the server needs before it serves; ``full`` also talks to the artifact store.
"""

import os
import platform
import sqlite3
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stackd import backups, failures, mlflow_internals, profile, settings
from stackd.database import sqlite
from stackd.report import Finding, Level, sentence
from stackd.settings import Settings, on_host

# What MLflow asks of the first administrator's password, and the one that it refuses: older versions shipped it.
PASSWORD_LENGTH, REFUSED_PASSWORD = 12, "password1234"
# What to do about a database that cannot be read.
DAMAGED = [
    "./stack backups",
    "./stack restore SNAPSHOT",
    "ls -l ./backups   # each mlflow-….db is a copy that was made when the server stopped",
]
LOOPBACK = ("127.0.0.1", "localhost", "::1", "[::1]")


def preflight(config: Settings) -> list[Finding]:
    """Settings, logins, profile, folders, revision: whatever keeps the server from serving is an error."""
    found = [
        Finding("settings.value", "ok", "Every setting is allowed", ".env"),
        *publishing(config),
        *jobs(os.environ),
    ]
    if config.basic_auth:
        found += logins(settings.AUTH_DATABASE, settings.ADMIN_PASSWORD)
    if config.mode == "s3":
        found += profile.judge(settings.AWS, config.profile, config.region)
    else:
        found += folder(settings.MLARTIFACTS, "artifacts.folder", "./mlartifacts")
    found += folder(settings.DATA, "data.folder-unwritable", "the volume `data`")
    found += folder(settings.BACKUPS, "backups.folder", "./backups", level="warning")
    found += database(settings.DATABASE)
    return found + backups.time_for_copy(_known(lambda: settings.DATABASE.stat().st_size) or 0, config.stop_grace)


def full(config: Settings) -> list[Finding]:
    """``preflight``, the snapshots, and whether a file can be put, read, listed and deleted below the destination, and
    whose that is.
    """
    found = [*preflight(config), *backups.judge(backups.last(settings.BACKUPS))]
    if any(finding.level == "error" and finding.id.startswith("aws.") for finding in found):
        return found
    # boto3 is only imported when it is needed: preflight stays quick.
    from stackd.artifacts import trial

    return [*found, *trial.trial(config, sqlite.known_store_id())]


def publishing(config: Settings) -> list[Finding]:
    """A port that others can reach, without logins, is refused unless the user says so by name."""
    address = f"{config.published_host}:{config.published_port}"
    if config.published_host in LOOPBACK or config.basic_auth:
        return [Finding("publish.open", "ok", f"Published on {address}")]
    if config.open_to_network:
        return [
            Finding(
                "publish.open", "warning", f"Published on {address} without logins, as MLFLOW_OPEN_TO_NETWORK=yes asks"
            )
        ]
    text = f"{address} can be reached from other machines without a login: anybody there may read and delete everything"
    fix = ["MLFLOW_BIND=127.0.0.1", "MLFLOW_AUTH=basic-auth", "MLFLOW_OPEN_TO_NETWORK=yes"]
    return [Finding("publish.open", "error", text, "MLFLOW_BIND", fix)]


def jobs(environ: Any) -> list[Finding]:
    """Job execution needs a runner, and nothing here starts one: a setting that asks for it is refused, not ignored."""
    if str(environ.get("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false")).lower() in ("true", "1"):
        text = "Job execution is not supported: nothing here starts MLflow's job runner"
        fix = ["remove MLFLOW_SERVER_ENABLE_JOB_EXECUTION from the environment of the service"]
        return [Finding("settings.jobs", "error", text, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION", fix)]
    return []


def logins(auth_database: Path, password_file: Path) -> list[Finding]:
    """Whether the first administrator's password can be read, and is one that MLflow accepts.

    Later starts find the administrator in the database of users: then an empty file is enough.
    """
    variable = "MLFLOW_ADMIN_PASSWORD_FILE"
    try:
        password = password_file.read_text().strip()
    except FileNotFoundError:
        password = ""
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        text = f"The file that {variable} names cannot be read by uid {os.geteuid()}, as whom the server runs: {why}"
        fix = [f"sudo chown {os.geteuid()} FILE   # the file that {variable} names", "chmod 600 FILE"]
        return [Finding("settings.value", "error", text, variable, fix)]
    if auth_database.exists() and not password:
        return [Finding("settings.value", "ok", "Logins are on, and there is an administrator", variable)]
    if not password:
        text = f"Logins need the first administrator's password: {variable} names no file, or an empty one"
    elif len(password) < PASSWORD_LENGTH and not auth_database.exists():
        text = (
            f"The password in the file that {variable} names is too short: MLflow asks for {PASSWORD_LENGTH} characters"
        )
    elif password == REFUSED_PASSWORD and not auth_database.exists():
        text = f"The password in the file that {variable} names is the one of MLflow's examples, which MLflow refuses"
    else:
        return [
            Finding("settings.value", "ok", "Logins are on, and the administrator's password can be read", variable)
        ]
    fix = [f"{variable}=/path/to/a/file", "openssl rand -hex 16 > /path/to/a/file && chmod 600 /path/to/a/file"]
    return [Finding("settings.value", "error", text, variable, fix)]


def folder(path: Path, identifier: str, name: str, level: Level = "error") -> list[Finding]:
    """Whether the server's user may write into a folder; ``level`` of the finding where not."""
    trial_file = path / f".write-{uuid.uuid4().hex}"
    try:
        trial_file.touch()
        trial_file.unlink()
    except OSError as error:
        full = error.errno in failures.FULL
        text = f"{sentence(name)} cannot be written by uid {os.geteuid()}: {error.strerror}"
        fix = failures.look_at_the_disk(path) if full else failures.give(path)
        return [Finding(identifier, level, text, name, [fix])]
    return [Finding(identifier, "ok", f"{sentence(name)} can be written")]


def database(path: Path, expected: str = mlflow_internals.SCHEMA_HEAD) -> list[Finding]:
    """Whether the database can be served as it is: the revision is never changed by a start."""
    found = [_sqlite_version()]
    if not path.exists():
        return [*found, Finding("data.volume-empty", "info", "There is no database yet: the first start creates it")]
    try:
        present = sqlite.revision(path)
    except sqlite3.OperationalError as error:
        return [
            *found,
            Finding(
                "database.busy",
                "unknown",
                f"The database does not answer: {error}",
                on_host(str(path)),
                ["./stack status"],
            ),
        ]
    except sqlite3.DatabaseError as error:
        fix = DAMAGED
        return [
            *found,
            Finding("database.corrupt", "error", f"The database cannot be read: {error}", on_host(str(path)), DAMAGED),
        ]
    if present == expected:
        return [*found, Finding("database.revision", "ok", f"Schema revision {expected}")]
    text = (
        f"The database is at schema revision {present}, MLflow {mlflow_internals.VERSION} of this image expects "
        f"{expected}; it is left as it is"
    )
    fix = [
        "./stack upgrade   # if the database is older",
        "use the newer version of this stack, if the database is newer",
    ]
    return [*found, Finding("database.revision", "error", text, on_host(str(path)), fix)]


def _sqlite_version() -> Finding:
    mode = sqlite.journal_mode(sqlite3.sqlite_version_info)
    if mode == "wal":
        return Finding("sqlite.version", "ok", f"SQLite {sqlite3.sqlite_version}, journal WAL")
    text = f"SQLite {sqlite3.sqlite_version} may lose commits with a WAL, so its journal is DELETE: safe, but slower"
    return Finding("sqlite.version", "warning", text, "", ["use an x86-64 image, where pysqlite3 has a wheel"])


def facts(config: Settings) -> dict[str, Any]:
    """What ``status`` shows; None for whatever is unknown."""
    path = settings.DATABASE
    tables: dict[str, int] = _known(lambda: sqlite.counts(path)) or {}
    last = backups.last(settings.BACKUPS)
    return {
        "snapshot": last.snapshot,
        "drilled": last.drilled,
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
            "store_id": _known(sqlite.known_store_id) or None,
            "experiments": tables.get("experiments"),
            "runs": tables.get("runs"),
        },
    }


def _known(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except (OSError, sqlite3.Error):
        return None

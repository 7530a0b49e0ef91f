"""What can be checked about this deployment from inside, as findings. The server, ``start`` and ``doctor`` share it.

``preflight`` looks only at what the server needs before it serves; ``full`` also talks to the artifact store.
"""

import os
import platform
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stackd import backups, database, failures, keys, mlflow_internals, profile
from stackd.database import Damaged, Database, Failure
from stackd.report import Finding, Level, sentence
from stackd.settings import Places, Settings

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
    places = config.places
    found = [
        Finding("settings.value", "ok", "Every setting is allowed", ".env"),
        *publishing(config),
        *jobs(os.environ),
    ]
    if config.basic_auth:
        found += logins(places.auth_database, places.admin_password)
    if config.mode == "s3":
        found += profile.judge(places.aws, config.profile, config.region)
    else:
        found += folder(places, places.mlartifacts, "artifacts.folder", "./mlartifacts")
    found += folder(places, places.data, "data.folder-unwritable", "the volume `data`")
    found += folder(places, places.backups, "backups.folder", "./backups", level="warning")
    found += metadata(database.of(config), places)
    return found + backups.time_for_copy(_known(lambda: places.database.stat().st_size) or 0, config.stop_grace)


def full(config: Settings) -> list[Finding]:
    """``preflight``, the snapshots, and whether a file can be put, read, listed and deleted below the destination, and
    whose that is.
    """
    found = [*preflight(config), *backups.judge(backups.last(config.places.backups))]
    if any(finding.level == "error" and finding.id.startswith("aws.") for finding in found):
        return found
    # boto3 is only imported when it is needed: preflight stays quick.
    from stackd.artifacts import trial

    return [*found, *trial.trial(config, database.of(config).known(database.STORE_ID))]


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


def folder(places: Places, path: Path, identifier: str, name: str, level: Level = "error") -> list[Finding]:
    """Whether the server's user may write into a folder; ``level`` of the finding where not."""
    trial_file = path / f".write-{uuid.uuid4().hex}"
    try:
        trial_file.touch()
        trial_file.unlink()
    except OSError as error:
        full = error.errno in failures.FULL
        text = f"{sentence(name)} cannot be written by uid {os.geteuid()}: {error.strerror}"
        fix = failures.look_at_the_disk(path, places) if full else failures.give(path, places)
        return [Finding(identifier, level, text, name, [fix])]
    return [Finding(identifier, "ok", f"{sentence(name)} can be written")]


def metadata(base: Database, places: Places, expected: str = mlflow_internals.SCHEMA_HEAD) -> list[Finding]:
    """Whether the database can be served as it is: the revision is never changed by a start."""
    found = [base.judge()]
    if not base.exists():
        return [*found, Finding("data.volume-empty", "info", "There is no database yet: the first start creates it")]
    where = places.on_host(base.where)
    try:
        present = base.revision()
        lost = keys.judge(keys.look(base, keys.held(places))) if present == expected else []
    except failures.Refused as refused:
        return [*found, refused.finding]
    except Damaged as error:
        return [*found, Finding("database.corrupt", "error", str(error), where, DAMAGED)]
    except Failure as error:
        return [*found, Finding("database.busy", "unknown", str(error), where, ["./stack status"])]
    if present == expected:
        return [*found, Finding("database.revision", "ok", f"Schema revision {expected}"), *lost]
    text = (
        f"The database is at schema revision {present}, MLflow {mlflow_internals.VERSION} of this image expects "
        f"{expected}; it is left as it is"
    )
    fix = [
        "./stack upgrade   # if the database is older",
        "use the newer version of this stack, if the database is newer",
    ]
    return [*found, Finding("database.revision", "error", text, where, fix)]


def facts(config: Settings) -> dict[str, Any]:
    """What ``status`` shows; None for whatever is unknown."""
    base = database.of(config)
    tables: dict[str, int] = _known(base.counts) or {}
    last = backups.last(config.places.backups)
    return {
        "snapshot": last.snapshot,
        "drilled": last.drilled,
        "mode": config.mode,
        "destination": config.destination,
        "profile": config.profile or None,
        "mlflow": mlflow_internals.VERSION,
        "python": platform.python_version(),
        **base.facts(),
        "uid": os.geteuid(),
        "database": {
            "path": base.where,
            "exists": base.exists(),
            "bytes": _known(lambda: base.space()[0]),
            "revision": _known(base.revision),
            "expected_revision": mlflow_internals.SCHEMA_HEAD,
            "store_id": _known(lambda: base.known(database.STORE_ID)) or None,
            "experiments": tables.get("experiments"),
            "runs": tables.get("runs"),
        },
    }


def _known(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except (OSError, Failure):
        return None

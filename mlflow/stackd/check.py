"""What can be checked about this deployment from inside, as findings. The server, ``start`` and ``doctor`` share it.

``preflight`` looks only at what the server needs before it serves; ``full`` also talks to the artifact store.
"""

import os
import platform
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stackd import backups, database, failures, logins, mlflow_internals, profile
from stackd.database import Damaged, Database, Failure
from stackd.report import Finding, Level, sentence
from stackd.settings import Places, Settings

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
        users = database.users(config)
        found += revision(users, places, mlflow_internals.USERS) if users.exists() else []
        found += logins.judge(users, places.admin_password)
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


def metadata(base: Database, places: Places) -> list[Finding]:
    """The engine of the database, and whether it can be served as it is."""
    if not base.exists():
        none = Finding("data.volume-empty", "info", "There is no database yet: the first start creates it")
        return [base.judge(), none]
    return [base.judge(), *revision(base, places, mlflow_internals.METADATA)]


def revision(base: Database, places: Places, schema: mlflow_internals.Schema) -> list[Finding]:
    """Whether one of the two databases has the revision of this image: it is never changed by a start."""
    where = places.on_host(base.where)
    try:
        present = base.revision(schema.tables)
    except Damaged as error:
        return [Finding("database.corrupt", "error", str(error), where, DAMAGED)]
    except Failure as error:
        return [Finding("database.busy", "unknown", str(error), where, ["./stack status"])]
    if present == schema.head:
        return [Finding("database.revision", "ok", f"Schema revision of {schema.name}: {present}")]
    text = (
        f"The database of {schema.name} is at schema revision {present}, MLflow {mlflow_internals.VERSION} of this "
        f"image expects {schema.head}; it is left as it is"
    )
    fix = [
        "./stack upgrade   # if the database is older",
        "use the newer version of this stack, if the database is newer",
    ]
    return [Finding("database.revision", "error", text, where, fix)]


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

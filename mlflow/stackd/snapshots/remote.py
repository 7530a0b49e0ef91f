"""Where snapshots are in S3, beside the artifacts: what is there, whose it is, what is removed when there are too many.

Below ``<name>/`` are the files of a snapshot's folder. ``snapshot.json`` is uploaded last and removed first, so that
what is listed is whole. ``started-by.json`` is uploaded first and removed last: it says who began an unfinished
one. Only these verbs reach the prefix; the server's fence does not know it.
"""

import calendar
import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from stackd.artifacts import copying, removal, s3, stored
from stackd.failures import Refused
from stackd.report import counted
from stackd.settings import Settings
from stackd.snapshots import snapshot

SIBLING, STARTED = "mlflow-backups", "started-by.json"
NAME = re.compile(r"\d{8}T\d{6}\.\d{3}Z")
# After so long nobody is still working on an unfinished snapshot.
ABANDONED_SECONDS = 7 * 24 * 3600


def place(config: Settings) -> Settings:
    """Where snapshots are kept in S3, as the settings of a container that has it as its destination.

    Raises:
        Refused: local mode, or a prefix that the server reads or writes, or one above it.
    """
    if config.mode != "s3":
        raise Refused("s3.mode", "Snapshots in S3 need S3 mode, and this is local mode", "", ["./stack start"])
    parent = config.prefix.rpartition("/")[0]
    uri = config.backups or f"s3://{config.bucket}/" + (f"{parent}/" if parent else "") + SIBLING
    served = [("MLFLOW_S3_URI", config.destination), *(("MLFLOW_S3_READABLE", each) for each in config.readable)]
    for variable, other in served:
        if f"{uri}/".startswith(f"{other}/") or f"{other}/".startswith(f"{uri}/"):
            text = f"{uri} cannot hold snapshots: it overlaps {variable}={other}, which the server hands out"
            fix = ["MLFLOW_BACKUPS_S3_URI=s3://BUCKET/PREFIX   # in .env, beside what the server reads"]
            raise Refused("settings.value", text, "MLFLOW_BACKUPS_S3_URI", fix)
    return replace(config, destination=uri)


def named(config: Settings, uri: str) -> tuple[Settings, str]:
    """Place and name of the snapshot at an address. Raises Refused for one anywhere else."""
    there = place(config)
    name = uri.rstrip("/").removeprefix(f"{there.destination}/")
    if not NAME.fullmatch(name):
        text = f"{uri} is no snapshot below {there.destination}, and this stack reads none anywhere else"
        fix = ["./stack backups --in-s3", "MLFLOW_BACKUPS_S3_URI=s3://BUCKET/PREFIX"]
        raise Refused("backup.outside", text, "MLFLOW_BACKUPS_S3_URI", fix)
    return there, name


def listed(config: Settings) -> list[tuple[str, snapshot.Snapshot | None]]:
    """Address and head of every snapshot there, the newest first; None where the head cannot be understood.

    Raises Refused.
    """
    there = place(config)
    with explained(there, "s3:ListBucket"):
        found = ((name, content(there, name, snapshot.HEAD)) for name in _names(there))
        return [(f"{there.destination}/{name}", snapshot.understood(said)) for name, said in found if said is not None]


def content(there: Settings, name: str, file: str) -> bytes | None:
    """A small file of a snapshot; None where there is none. Raises boto3's."""
    try:
        answer = s3.client_of(there)().get_object(Bucket=there.bucket, Key=copying.key(there, f"{name}/{file}"))
    except s3.RAISED as error:
        if s3.absent(error):
            return None
        raise
    return bytes(answer["Body"].read())


def prune(there: Settings, store_id: str, reason: str, keep: int) -> None:
    """Remove this database's snapshots of a reason beyond ``keep``, and its own unfinished ones that are abandoned.

    Raises:
        Refused: an object could not be deleted.
    """
    kept = 0
    for name in _names(there):
        said = content(there, name, snapshot.HEAD)
        if said is None:
            if _begun_by(there, name) == store_id and _age(name) > ABANDONED_SECONDS:
                remove(there, name)
            continue
        head = snapshot.understood(said)
        if head and (head.store_id, head.reason) == (store_id, reason):
            kept += 1
            if kept > keep:
                remove(there, name)


def remove(there: Settings, name: str) -> None:
    """Remove a snapshot; killed in the middle it is no snapshot any more, and still known as this database's.

    Raises Refused, boto3's.
    """
    one = s3.client_of(there)().delete_object
    one(Bucket=there.bucket, Key=copying.key(there, f"{name}/{snapshot.HEAD}"))
    started = f"{name}/{STARTED}"
    gone = removal.remove_all(there, (each for each in stored.of_destination(there, name) if each.path != started))
    if gone.failed:
        why = ", ".join(sorted(set(gone.failed.values())))
        text = f"{counted(len(gone.failed), 'object')} of {name} could not be deleted: {why}"
        raise Refused("s3.error", text, f"{there.destination}/{name}", ["./stack backup --to-s3"])
    one(Bucket=there.bucket, Key=copying.key(there, started))


@contextmanager
def explained(there: Settings, action: str) -> Iterator[None]:
    """What S3 raises, as a refusal that names profile, prefix and fix; ``action`` is the IAM action."""
    try:
        yield
    except s3.RAISED as error:
        finding, _ = s3.explain(error, there, there.bucket, there.prefix, action)
        raise Refused(finding.id, finding.text, finding.where, finding.fix) from error


def _names(there: Settings) -> list[str]:
    """Everything that could be a snapshot, the newest first."""
    root = copying.key(there, "")
    pages = s3.client_of(there)().get_paginator("list_objects_v2")
    found = [
        str(each["Prefix"]).removeprefix(root).rstrip("/")
        for page in pages.paginate(Bucket=there.bucket, Prefix=root, Delimiter="/")
        for each in page.get("CommonPrefixes", [])
    ]
    return sorted((name for name in found if NAME.fullmatch(name)), reverse=True)


def _begun_by(there: Settings, name: str) -> str:
    try:
        return str(json.loads(content(there, name, STARTED) or b"{}").get("store_id", ""))
    except (ValueError, AttributeError):
        return ""


def _age(name: str) -> float:
    """Seconds since it was begun: a name is a time."""
    return time.time() - calendar.timegm(time.strptime(name.partition(".")[0], "%Y%m%dT%H%M%S"))

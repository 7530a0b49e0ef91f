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

from stackd.artifacts import faults, store
from stackd.artifacts.bucket import Bucket
from stackd.artifacts.destination import Destination
from stackd.failures import Refused
from stackd.report import counted
from stackd.settings import Settings
from stackd.snapshots import snapshot

SIBLING, STARTED = "mlflow-backups", "started-by.json"
NAME = re.compile(r"\d{8}T\d{6}\.\d{3}Z")
# After so long nobody is still working on an unfinished snapshot.
ABANDONED_SECONDS = 7 * 24 * 3600


def place(config: Settings) -> Bucket:
    """Where snapshots are kept in S3.

    Raises:
        Refused: local mode, or a prefix that the server reads or writes, or one above it.
    """
    if config.mode != "s3":
        raise Refused("s3.mode", "Snapshots in S3 need S3 mode, and this is local mode", "", ["./stack start"])
    # A whole bucket has no neighbour: what is below it is refused.
    above = config.destination.rpartition("/")[0] if Destination(config.destination).root else config.destination
    uri = config.backups or f"{above}/{SIBLING}"
    served = [("MLFLOW_S3_URI", config.destination), *(("MLFLOW_S3_READABLE", each) for each in config.readable)]
    for variable, other in served:
        if f"{uri}/".startswith(f"{other}/") or f"{other}/".startswith(f"{uri}/"):
            text = f"{uri} cannot hold snapshots: it overlaps {variable}={other}, which the server hands out"
            fix = ["MLFLOW_BACKUPS_S3_URI=s3://BUCKET/PREFIX   # in .env, beside what the server reads"]
            raise Refused("settings.value", text, "MLFLOW_BACKUPS_S3_URI", fix)
    return Bucket(config, Destination(uri))


def named(config: Settings, uri: str) -> tuple[Bucket, str]:
    """Place and name of the snapshot at an address. Raises Refused for one anywhere else."""
    there = place(config)
    name = there.destination.below(uri) or ""
    if not NAME.fullmatch(name):
        text = f"{uri} is no snapshot below {there.destination.uri}, and this stack reads none anywhere else"
        fix = ["./stack backups --in-s3", "MLFLOW_BACKUPS_S3_URI=s3://BUCKET/PREFIX"]
        raise Refused("backup.outside", text, "MLFLOW_BACKUPS_S3_URI", fix)
    return there, name


def listed(config: Settings) -> list[tuple[str, snapshot.Snapshot | None]]:
    """Address and head of every snapshot there, the newest first; None where the head cannot be understood.

    Raises Refused.
    """
    there = place(config)
    uri = there.destination.uri
    with explained(config, there):
        found = ((name, store.content(there, f"{name}/{snapshot.HEAD}")) for name in _names(there))
        return [(f"{uri}/{name}", snapshot.understood(said)) for name, said in found if said is not None]


def prune(there: Bucket, store_id: str, reason: str, keep: int) -> None:
    """Remove this database's snapshots of a reason beyond ``keep``, and its own unfinished ones that are abandoned.

    Raises:
        Refused: an object could not be deleted.
    """
    kept = 0
    for name in _names(there):
        said = store.content(there, f"{name}/{snapshot.HEAD}")
        if said is None:
            if _begun_by(there, name) == store_id and _age(name) > ABANDONED_SECONDS:
                remove(there, name)
            continue
        head = snapshot.understood(said)
        if head and (head.store_id, head.reason) == (store_id, reason):
            kept += 1
            if kept > keep:
                remove(there, name)


def remove(there: Bucket, name: str) -> None:
    """Remove a snapshot; killed in the middle it is no snapshot any more, and still known as this database's.

    Raises Refused, boto3's from its listing.
    """
    started = f"{name}/{STARTED}"
    failed = there.delete([f"{name}/{snapshot.HEAD}"])
    if not failed:
        failed = store.remove(there, (each for each in there.entries(name) if each.path != started)).failed
    failed = failed or there.delete([started])
    if failed:
        why = ", ".join(sorted(set(failed.values())))
        text = f"{counted(len(failed), 'object')} of {name} could not be deleted: {why}"
        raise Refused("s3.error", text, f"{there.destination.uri}/{name}", ["./stack backup --to-s3"])


@contextmanager
def explained(config: Settings, there: Bucket) -> Iterator[None]:
    """What S3 raises, as a refusal that names profile, prefix and fix."""
    try:
        yield
    except faults.RAISED as error:
        finding, _ = faults.explain(error, config.profile, there.destination)
        raise Refused(finding.id, finding.text, finding.where, finding.fix) from error


def _names(there: Bucket) -> list[str]:
    """Everything that could be a snapshot, the newest first."""
    return sorted((name for name in there.level("")[0] if NAME.fullmatch(name)), reverse=True)


def _begun_by(there: Bucket, name: str) -> str:
    try:
        return str(json.loads(store.content(there, f"{name}/{STARTED}") or b"{}").get("store_id", ""))
    except (ValueError, AttributeError):
        return ""


def _age(name: str) -> float:
    """Seconds since it was begun: a name is a time."""
    return time.time() - calendar.timegm(time.strptime(name.partition(".")[0], "%Y%m%dT%H%M%S"))

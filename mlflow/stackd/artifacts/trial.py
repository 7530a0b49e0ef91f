"""Put, get, list and delete one small object below the destination, and say whose the destination is."""

import contextlib
import uuid
from pathlib import Path
from typing import Any

import botocore.exceptions

from stackd.artifacts import owner, s3
from stackd.report import Finding
from stackd.settings import Settings

BOTO = (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError)


def trial(settings: Settings, ours: str) -> list[Finding]:
    """Findings about the store itself, then about its owner. Leaves the owner marker on an empty destination, else nothing."""
    if settings.mode == "local":
        return [_folder(Path(settings.destination)), whose(settings, owner.claim_if_empty(owner.place(settings), ours))]
    found = _bucket(settings)
    if any(finding.level == "error" for finding in found):
        return [*found, Finding("owner.unclaimed", "unknown", "the owner marker could not be read", settings.destination)]
    try:
        return [*found, whose(settings, owner.claim_if_empty(owner.place(settings), ours))]
    except BOTO as error:
        finding, _ = s3.explain(error, settings, settings.bucket, f"{settings.prefix}/{owner.MARKER}", "s3:GetObject")
        return [*found, finding]


def _folder(folder: Path) -> Finding:
    path = folder / f".trial-{uuid.uuid4().hex}"
    body = uuid.uuid4().bytes
    try:
        path.write_bytes(body)
        same = path.read_bytes() == body
        path.unlink()
    except OSError as error:
        return Finding("artifacts.roundtrip", "error", f"./mlartifacts: {error.strerror}", str(folder), ["ls -ld mlartifacts"])
    if not same:
        return Finding("artifacts.roundtrip", "error", "./mlartifacts gave other bytes than were written", str(folder))
    return Finding("artifacts.roundtrip", "ok", "put, get, list and delete in ./mlartifacts work")


def _bucket(settings: Settings) -> list[Finding]:
    """Each step is tried under its own action, so that a denied one is named."""
    key = f"{settings.prefix}/.trial-{uuid.uuid4().hex}".lstrip("/")
    body = uuid.uuid4().bytes
    bucket = settings.bucket
    conditional = True

    def put(client: Any) -> None:
        client.put_object(Bucket=bucket, Key=key, Body=body)

    def put_again(client: Any) -> None:
        nonlocal conditional
        try:
            client.put_object(Bucket=bucket, Key=key, Body=body, IfNoneMatch="*")
            conditional = False
        except botocore.exceptions.ClientError as error:
            if s3.code_of(error) not in ("PreconditionFailed", "ConditionalRequestConflict"):
                raise

    def get(client: Any) -> None:
        if client.get_object(Bucket=bucket, Key=key)["Body"].read() != body:
            raise botocore.exceptions.DataNotFoundError(data_path=key)

    def listed(client: Any) -> None:
        client.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1)

    def delete(client: Any) -> None:
        client.delete_object(Bucket=bucket, Key=key)

    steps = (("s3:PutObject", put), ("s3:PutObject", put_again), ("s3:GetObject", get), ("s3:ListBucket", listed))
    for action, step in (*steps, ("s3:DeleteObject", delete)):
        try:
            step(s3.client_of(settings)())
        except BOTO as error:
            finding, _ = s3.explain(error, settings, bucket, key, action)
            if step not in (put, delete):
                # Best effort: the finding is about the step that failed.
                with contextlib.suppress(*BOTO):
                    delete(s3.client_of(settings)())
            return [finding]
    found = [Finding("s3.roundtrip", "ok", f"put, get, list and delete below {settings.destination} work")]
    if not conditional:
        text = "this store ignores If-None-Match: the owner marker is a warning here, not a lock"
        found.append(Finding("owner.unlocked", "warning", text, settings.destination))
    return found


def whose(settings: Settings, found: owner.Owner) -> Finding:
    """What the owner marker says."""
    destination = settings.destination
    if found.state == "ours":
        return Finding("owner.ours", "ok", f"{destination} belongs to this database")
    if found.state == "unclaimed":
        return Finding("owner.unclaimed", "info", f"{destination} is empty and not claimed yet", destination)
    claim = ["./stack adopt --claim   # if it is yours", "or another MLFLOW_S3_URI in .env"]
    if found.state == "foreign":
        text = f"{destination} belongs to another database ({found.marker}); nothing is deleted there"
        return Finding("owner.foreign", "warning", text, destination, claim)
    text = f"{destination} has objects and no owner marker; nothing is deleted there"
    return Finding("owner.missing", "warning", text, destination, claim)

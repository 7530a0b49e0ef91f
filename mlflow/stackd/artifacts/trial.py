"""Put, get, list and delete one small object below the destination, and say whose the destination is."""

import contextlib
import uuid
from pathlib import Path

import botocore.exceptions

from stackd import failures
from stackd.artifacts import owner, s3
from stackd.report import Finding
from stackd.settings import Places, Settings

BOTO = (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError)


def trial(settings: Settings, ours: str) -> list[Finding]:
    """Findings about the store itself, then about its owner.

    Leaves the owner marker on an empty destination, else nothing.
    """
    if settings.mode == "local":
        return [
            folder(Path(settings.destination), settings.places),
            whose(settings, owner.look(owner.place(settings), ours)),
        ]
    found = ObjectTrial(settings).run()
    if any(finding.level == "error" for finding in found):
        return [*found, Finding("owner.unclaimed", "unknown", "The owner marker was not read", settings.destination)]
    try:
        return [*found, whose(settings, owner.look(owner.place(settings), ours))]
    except BOTO as error:
        finding, _ = s3.explain(error, settings, settings.bucket, f"{settings.prefix}/{owner.MARKER}", "s3:GetObject")
        return [*found, finding]


def folder(place: Path, places: Places) -> Finding:
    """The same in a folder."""
    path = place / f".trial-{uuid.uuid4().hex}"
    body = uuid.uuid4().bytes
    try:
        path.write_bytes(body)
        same = path.read_bytes() == body
        path.unlink()
    except OSError as error:
        text = f"./mlartifacts cannot be written: {error.strerror}"
        return Finding("artifacts.roundtrip", "error", text, "./mlartifacts", [failures.give(place, places)])
    if not same:
        text = "./mlartifacts gave other bytes than were written"
        return Finding(
            "artifacts.roundtrip", "error", text, "./mlartifacts", ["df -h ./mlartifacts", "sudo dmesg | tail"]
        )
    return Finding("artifacts.roundtrip", "ok", "Put, get, list and delete in ./mlartifacts work")


class ObjectTrial:
    """One object of 16 random bytes; each step is tried under its own IAM action, so that a denied one is named."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.client = s3.client_of(settings)
        self.key = f"{settings.prefix}/.trial-{uuid.uuid4().hex}".lstrip("/")
        self.body = uuid.uuid4().bytes
        self.honours_condition = True
        self.same_bytes = True

    def run(self) -> list[Finding]:
        """The first step that fails as a finding, or that all work."""
        steps = (
            ("s3:PutObject", self.put),
            ("s3:PutObject", self.put_if_absent),
            ("s3:GetObject", self.get),
            ("s3:ListBucket", self.list_key),
            ("s3:DeleteObject", self.delete),
        )
        for action, step in steps:
            try:
                step()
            except BOTO as error:
                # Best effort: the finding is about the step that failed.
                with contextlib.suppress(*BOTO):
                    self.delete()
                return [s3.explain(error, self.settings, self.settings.bucket, self.key, action)[0]]
        return self.judge()

    def put(self) -> None:
        self.client().put_object(Bucket=self.settings.bucket, Key=self.key, Body=self.body)

    def put_if_absent(self) -> None:
        """Must be refused, since the object exists."""
        try:
            self.client().put_object(Bucket=self.settings.bucket, Key=self.key, Body=self.body, IfNoneMatch="*")
        except botocore.exceptions.ClientError as error:
            if s3.code_of(error) not in owner.CONDITION_FAILED:
                raise
        else:
            self.honours_condition = False

    def get(self) -> None:
        answer = self.client().get_object(Bucket=self.settings.bucket, Key=self.key)
        self.same_bytes = answer["Body"].read() == self.body

    def list_key(self) -> None:
        self.client().list_objects_v2(Bucket=self.settings.bucket, Prefix=self.key, MaxKeys=1)

    def delete(self) -> None:
        self.client().delete_object(Bucket=self.settings.bucket, Key=self.key)

    def judge(self) -> list[Finding]:
        """What the answers say, now that every step was answered."""
        destination = self.settings.destination
        if not self.same_bytes:
            text = "S3 gave other bytes than were written"
            fix = ["add request_checksum_calculation = when_required to the profile, if this store is not AWS"]
            return [Finding("s3.roundtrip", "error", text, destination, fix)]
        found = [Finding("s3.roundtrip", "ok", f"Put, get, list and delete below {destination} work")]
        if not self.honours_condition:
            text = "This store ignores If-None-Match: the owner marker is a warning here, not a lock"
            found.append(Finding("owner.unlocked", "warning", text, destination))
        return found


def whose(settings: Settings, found: owner.Owner) -> Finding:
    """What the owner marker says."""
    destination = settings.destination
    if found.state == "ours":
        return Finding("owner.ours", "ok", f"{destination} belongs to this database")
    if found.state == "unclaimed":
        return Finding("owner.unclaimed", "info", f"{destination} is empty and not claimed yet", destination)
    claim = list(owner.CLAIM)
    if settings.mode == "s3":
        claim.append("MLFLOW_S3_URI=s3://BUCKET/ANOTHER-PREFIX")
    if found.state == "foreign":
        text = f"{destination} belongs to another database ({found.marker}); nothing is deleted there"
        return Finding("owner.foreign", "warning", text, destination, claim)
    text = f"{destination} has objects and no owner marker; nothing is deleted there"
    return Finding("owner.missing", "warning", text, destination, claim)

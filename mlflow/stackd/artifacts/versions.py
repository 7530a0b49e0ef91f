"""Whether the bucket keeps versions, and how many versions of deleted objects stay: none of their bytes are freed."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import botocore.exceptions

from stackd.artifacts import s3
from stackd.artifacts.removal import Reach
from stackd.settings import Settings

# Of a store that has no such operation.
LACKING = frozenset({"NotImplemented", "MethodNotAllowed", "501", "405"})


@dataclass(frozen=True)
class Kept:
    """``state``: ``no``, ``yes``, or ``unknown`` where the profile may not ask. ``versions`` and their bytes are None
    where they could not be counted.
    """

    state: str = "no"
    versions: int | None = 0
    bytes: int | None = 0

    def told(self) -> dict[str, Any]:
        """As a plan has it."""
        return asdict(self)


def kept(settings: Settings, reaches: Iterable[Reach]) -> Kept:
    """What stays below some roots once their objects are deleted. Raises boto3's errors, except for what is denied."""
    if settings.mode == "local":
        return Kept()
    client = s3.client_of(settings)()
    try:
        status = client.get_bucket_versioning(Bucket=settings.bucket).get("Status")
    except botocore.exceptions.ClientError as error:
        if unanswered(error):
            return Kept("unknown", None, None)
        raise
    if not status:
        return Kept()
    count = total = 0
    try:
        for reach in reaches:
            for size in _sizes(settings, reach, suspended=status == "Suspended"):
                count, total = count + 1, total + size
    except botocore.exceptions.ClientError as error:
        if unanswered(error):
            return Kept("yes", None, None)
        raise
    return Kept("yes", count, total)


def unanswered(error: botocore.exceptions.ClientError) -> bool:
    """Whether it says that the profile may not ask, or the store cannot answer."""
    return s3.code_of(error) in s3.DENIED | LACKING


def _sizes(settings: Settings, reach: Reach, suspended: bool) -> Iterable[int]:
    """Of each version at or below the roots. While they are suspended, the one called null goes with its object."""
    root = settings.prefix + "/" if settings.prefix else ""
    pages = s3.client_of(settings)().get_paginator("list_object_versions")
    for below in sorted(reach.roots) if reach.whole is None else [reach.whole]:
        for page in pages.paginate(Bucket=settings.bucket, Prefix=f"{root}{below}/"):
            for each in page.get("Versions", []):
                gone = suspended and each.get("VersionId") == "null"
                if not gone and reach.holds(str(each["Key"]).removeprefix(root)):
                    yield int(each["Size"])

"""Multipart uploads below the destination that never ended: no listing shows them, and they use space."""

from dataclasses import dataclass

import botocore.exceptions

from stackd.artifacts import s3
from stackd.artifacts.versions import unanswered
from stackd.settings import Settings

# How many are asked for their parts: one request each.
MEASURED = 100
GONE = "NoSuchUpload"


@dataclass(frozen=True)
class Upload:
    """``path`` below the destination; ``began`` in seconds of the epoch; ``bytes`` None where they are not known."""

    path: str
    upload: str
    began: float
    bytes: int | None


def unfinished(settings: Settings, before: float = float("inf")) -> list[Upload] | None:
    """Those begun ``before`` a time, the oldest first; None where the profile may not ask.

    Raises boto3's errors, except for what is denied.
    """
    if settings.mode == "local":
        return []
    root = settings.prefix + "/" if settings.prefix else ""
    pages = s3.client_of(settings)().get_paginator("list_multipart_uploads")
    found: list[tuple[float, str, str]] = []
    try:
        for page in pages.paginate(Bucket=settings.bucket, Prefix=root):
            found += [
                (each["Initiated"].timestamp(), str(each["Key"]).removeprefix(root), str(each["UploadId"]))
                for each in page.get("Uploads", [])
            ]
    except botocore.exceptions.ClientError as error:
        if unanswered(error):
            return None
        raise
    old = sorted(each for each in found if each[0] <= before)
    return [
        Upload(path, upload, began, _bytes(settings, path, upload) if number < MEASURED else None)
        for number, (began, path, upload) in enumerate(old)
    ]


def abort(settings: Settings, uploads: list[Upload]) -> dict[str, str]:
    """Abort them; returns why some could not be, by path. One that is not there any more is no failure."""
    failed = {}
    for each in uploads:
        try:
            s3.client_of(settings)().abort_multipart_upload(
                Bucket=settings.bucket, Key=_key(settings, each.path), UploadId=each.upload
            )
        except botocore.exceptions.ClientError as error:
            if s3.code_of(error) != GONE:
                failed[each.path] = s3.code_of(error)
    return failed


def known_bytes(uploads: list[Upload]) -> int | None:
    """Of all of them, or None where those of one are not known."""
    sizes = [each.bytes for each in uploads if each.bytes is not None]
    return sum(sizes) if len(sizes) == len(uploads) else None


def _bytes(settings: Settings, path: str, upload: str) -> int | None:
    pages = s3.client_of(settings)().get_paginator("list_parts")
    try:
        return sum(
            int(part["Size"])
            for page in pages.paginate(Bucket=settings.bucket, Key=_key(settings, path), UploadId=upload)
            for part in page.get("Parts", [])
        )
    except botocore.exceptions.ClientError as error:
        if unanswered(error) or s3.code_of(error) == GONE:
            return None
        raise


def _key(settings: Settings, path: str) -> str:
    return f"{settings.prefix}/{path}" if settings.prefix else path

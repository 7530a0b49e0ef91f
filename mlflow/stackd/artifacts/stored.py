"""Everything below a destination, in the order of S3's keys: the one listing that every verb about objects reads.

Memory does not grow with the number of objects: S3 gives pages of a thousand, a folder one directory at a time.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stackd.artifacts import s3
from stackd.artifacts.owner import NOT_ARTIFACTS
from stackd.settings import Settings

PAGE = 1000


@dataclass(frozen=True, slots=True)
class Stored:
    """An object: ``path`` below the destination, ``bytes``, ``modified`` in seconds of the epoch.

    ``etag`` is S3's, without quotes; empty for a file.
    """

    path: str
    bytes: int
    etag: str
    modified: float


def of_destination(settings: Settings, below: str = "") -> Iterator[Stored]:
    """Every object of the destination in force, at or below a path of it; what git keeps and the marker left out."""
    if settings.mode == "s3":
        return of_prefix(settings, below)
    return of_folder(Path(settings.destination), below)


def of_prefix(settings: Settings, below: str = "") -> Iterator[Stored]:
    """Of S3. Raises what boto3 raises."""
    root = settings.prefix + "/" if settings.prefix else ""
    # With a slash: `1/ab` is not above `1/abc`.
    return of_uri(settings, f"s3://{settings.bucket}/{root}", below.strip("/") + "/" if below else "")


def of_uri(settings: Settings, uri: str, below: str = "") -> Iterator[Stored]:
    """Of any prefix in S3, with paths below it. Raises what boto3 raises."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    root = key.strip("/") + "/" if key.strip("/") else ""
    pages = s3.client_of(settings)().get_paginator("list_objects_v2")
    for page in pages.paginate(Bucket=bucket, Prefix=root + below, PaginationConfig={"PageSize": PAGE}):
        for entry in page.get("Contents", []):
            path = str(entry["Key"]).removeprefix(root)
            if path not in NOT_ARTIFACTS and not path.endswith("/"):
                yield Stored(path, int(entry["Size"]), str(entry["ETag"]).strip('"'), entry["LastModified"].timestamp())


def of_folder(folder: Path, below: str = "") -> Iterator[Stored]:
    """Of a folder; links and unfinished copies (``.name.part``) are no objects. Raises OSError."""
    place = folder / below if below else folder
    if place.is_dir():
        yield from _walk(place, below.strip("/"))


def _walk(folder: Path, relative: str) -> Iterator[Stored]:
    with os.scandir(folder) as found:
        # A key's order compares `a.txt` with `a/…`, not with `a`.
        entries = sorted(found, key=lambda entry: (entry.name + "/" if _folder(entry) else entry.name).encode())
    for entry in entries:
        path = f"{relative}/{entry.name}" if relative else entry.name
        if _folder(entry):
            yield from _walk(Path(entry.path), path)
        elif entry.is_file(follow_symlinks=False) and path not in NOT_ARTIFACTS and not _unfinished(entry.name):
            about = entry.stat(follow_symlinks=False)
            yield Stored(path, about.st_size, "", about.st_mtime)


def _folder(entry: "os.DirEntry[str]") -> bool:
    return entry.is_dir(follow_symlinks=False)


def _unfinished(name: str) -> bool:
    return name.startswith(".") and name.endswith(".part")

"""Everything below a destination, in the order of S3's keys: the one listing that every verb about objects reads.

Memory does not grow with the number of objects: S3 gives pages of a thousand, a folder one directory at a time.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from stackd.artifacts import s3
from stackd.artifacts.owner import NOT_ARTIFACTS
from stackd.settings import Settings

PAGE = 1000
Mode = Literal["s3", "local"]


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


def of_both(settings: Settings) -> Iterator[tuple[Stored, Mode]]:
    """Every object that MLflow shows, with its store: what S3 lacks, a run made offline has in ./mlartifacts."""
    if settings.mode == "local":
        yield from ((entry, "local") for entry in of_destination(settings))
        return
    for there, here in pairs(of_prefix(settings), of_folder(settings.places.mlartifacts)):
        if there is not None:
            yield there, "s3"
        elif here is not None:
            yield here, "local"


def store(settings: Settings, mode: Mode) -> Settings:
    """Settings whose destination is one of the two that ``of_both`` names."""
    same = mode == settings.mode
    return settings if same else replace(settings, mode="local", destination=str(settings.places.mlartifacts))


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


def pairs(first: Iterator[Stored], second: Iterator[Stored]) -> Iterator[tuple[Stored | None, Stored | None]]:
    """Two listings side by side, in the order of keys; None where one of them lacks what the other has."""
    here, there = next(first, None), next(second, None)
    while here is not None or there is not None:
        if there is None or (here is not None and here.path.encode() < there.path.encode()):
            yield here, None
            here = next(first, None)
        elif here is None or there.path.encode() < here.path.encode():
            yield None, there
            there = next(second, None)
        else:
            yield here, there
            here, there = next(first, None), next(second, None)


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

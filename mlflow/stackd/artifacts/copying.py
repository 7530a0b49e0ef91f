"""One object out of the destination, or into it: whole or not at all, with its SHA-256."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stackd import files
from stackd.artifacts import s3
from stackd.settings import Settings

CHUNK_BYTES = 1024 * 1024


def fetch(settings: Settings, path: str, target: Path) -> str | None:
    """Copy an object of the destination to a file; returns its SHA-256 in hexadecimal, None if it is gone.

    Raises OSError, boto3's.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.part")
    made = hashlib.sha256()
    try:
        chunks = _chunks(settings, path)
    except Exception as error:
        if isinstance(error, FileNotFoundError) or s3.absent(error):
            return None
        raise
    with temporary.open("wb") as file:
        for chunk in chunks:
            made.update(chunk)
            file.write(chunk)
    files.sync(temporary)
    temporary.replace(target)
    return made.hexdigest()


def digest(settings: Settings, path: str) -> str | None:
    """SHA-256 of an object of the destination, which is read and not kept; None if it is not there. Raises OSError,
    boto3's.
    """
    made = hashlib.sha256()
    try:
        for chunk in _chunks(settings, path):
            made.update(chunk)
    except Exception as error:
        if isinstance(error, FileNotFoundError) or s3.absent(error):
            return None
        raise
    return made.hexdigest()


def put(settings: Settings, source: Path, path: str) -> None:
    """Copy a file to an object of the destination, over one that is there. Raises OSError, boto3's."""
    if settings.mode == "s3":
        arguments = {**s3.described(path), **s3.extra()}
        s3.client_of(settings)().upload_file(str(source), settings.bucket, key(settings, path), ExtraArgs=arguments)
        return
    target = Path(settings.destination) / path
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.part")
    with temporary.open("wb") as file:
        for chunk in _read(source.open("rb")):
            file.write(chunk)
    files.sync(temporary)
    temporary.replace(target)


@dataclass(frozen=True)
class Head:
    """An object as S3 has it; ``encrypted`` by a key management service, so that its ETag is no MD5."""

    bytes: int
    etag: str
    encrypted: bool


def head(settings: Settings, path: str) -> Head:
    """Ask S3 for one object. Raises boto3's."""
    answer = s3.client_of(settings)().head_object(Bucket=settings.bucket, Key=key(settings, path))
    encrypted = str(answer.get("ServerSideEncryption", "")).startswith("aws:kms")
    return Head(int(answer["ContentLength"]), str(answer["ETag"]).strip('"'), encrypted)


def _chunks(settings: Settings, path: str) -> Iterator[bytes]:
    if settings.mode == "s3":
        answer = s3.client_of(settings)().get_object(Bucket=settings.bucket, Key=key(settings, path))
        return _read(answer["Body"])
    return _read((Path(settings.destination) / path).open("rb"))


def _read(source: Any) -> Iterator[bytes]:
    with source:
        while chunk := source.read(CHUNK_BYTES):
            yield chunk


def key(settings: Settings, path: str) -> str:
    """What S3 calls an object of the destination."""
    return f"{settings.prefix}/{path}" if settings.prefix else path

"""A store in memory with the calls of boto3's S3 client that transfers make, for tests without Docker."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import io
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import botocore.exceptions

from stackd.settings import Settings

SETTINGS = Settings(
    mode="s3", destination="s3://bucket/prefix", profile="p", region="", readable=(), workers=1, extra_hosts=(),
    published_host="", published_port=1, open_to_network=False, basic_auth=False, keep_copies=1, stop_grace=300,
    backups="s3://bucket/backups",
)  # fmt: skip
# The ETag of no larger object is its MD5, which takes time.
SMALL = 4096
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


md5 = functools.partial(hashlib.md5, usedforsecurity=False)


def client_error(code: str, status: int = 400) -> botocore.exceptions.ClientError:
    """What boto3 raises for an error document of S3."""
    answer: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return botocore.exceptions.ClientError(answer, "Call")


class Stream:
    """An answer's body; `cut` ends it early, as a connection that breaks does."""

    def __init__(self, data: bytes, cut: int | None = None) -> None:
        self._data, self._at, self._end = data, 0, len(data) if cut is None else cut
        self.closed = False

    @property
    def taken(self) -> int:
        """Bytes that were read."""
        return self._at

    def read(self, amount: int) -> bytes:
        """At most so many bytes."""
        if self._at >= self._end and self._end < len(self._data):
            raise botocore.exceptions.IncompleteReadError(actual_bytes=self._at, expected_bytes=len(self._data))
        piece = self._data[self._at : min(self._at + amount, self._end)]
        self._at += len(piece)
        return piece

    def close(self) -> None:
        """Give the connection back."""
        self.closed = True


@dataclass
class Store:
    """Objects by key and unfinished uploads by id; `calls` are the operations in order."""

    objects: dict[str, bytes] = field(default_factory=dict)
    uploads: dict[str, dict[int, bytes]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    # By operation: errors that its next calls raise.
    failing: dict[str, list[Exception]] = field(default_factory=dict)
    # Of the next so many answers only half a body comes.
    cuts: int = 0
    # Seconds that each part takes, and how many are waited for first; how many were on their way at once, at most.
    part_seconds: float = 0.0
    wait_for: int = 0
    most_at_once: int = 0
    knows_crc: bool = True
    # What it says to a condition; nothing where it honours them.
    conditions: str = ""
    # So many ends of uploads are not answered.
    mute_ends: int = 0

    def __post_init__(self) -> None:
        self._lock = threading.Condition()
        self._now = 0
        self._of_parts: dict[str, str] = {}

    def _seen(self, call: str, arguments: dict[str, Any]) -> None:
        with self._lock:
            self.calls.append(call)
            self.asked.append(arguments)
            if self.failing.get(call):
                raise self.failing[call].pop(0)
        if "ChecksumCRC32" in arguments and not self.knows_crc:
            raise client_error("NotImplemented", 501)

    def _content(self, body: Any) -> bytes:
        if isinstance(body, bytes):
            return body
        pieces = []
        while piece := body.read(16_384):
            pieces.append(piece)
        return b"".join(pieces)

    def etag(self, key: str) -> str:
        """Of an object, with quotes."""
        if key in self._of_parts:
            return self._of_parts[key]
        data = self.objects[key]
        if len(data) < SMALL:
            return f'"{md5(data).hexdigest()}"'
        # Of its ends: what tests change there is compared, and the rest costs time.
        return f'"{md5(data[:99] + data[-99:]).hexdigest()}-{len(data)}"'

    def put_object(self, **arguments: Any) -> dict[str, Any]:
        """One put."""
        self._seen("put_object", arguments)
        if "IfNoneMatch" in arguments and (self.conditions or arguments["Key"] in self.objects):
            raise client_error(self.conditions or "PreconditionFailed", 412)
        self.objects[arguments["Key"]] = self._content(arguments["Body"])
        self._of_parts.pop(arguments["Key"], None)
        return {}

    def delete_objects(self, **arguments: Any) -> dict[str, Any]:
        """All of them."""
        self._seen("delete_objects", arguments)
        for each in arguments["Delete"]["Objects"]:
            self.objects.pop(each["Key"], None)
        return {}

    def create_multipart_upload(self, **arguments: Any) -> dict[str, Any]:
        """Begin."""
        self._seen("create_multipart_upload", arguments)
        name = f"upload{len(self.uploads)}"
        self.uploads[name] = {}
        return {"UploadId": name}

    def upload_part(self, **arguments: Any) -> dict[str, Any]:
        """A part."""
        with self._lock:
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
            self._lock.notify_all()
            self._lock.wait_for(lambda: self.most_at_once >= self.wait_for, timeout=10)
        try:
            time.sleep(self.part_seconds)
            self._seen("upload_part", arguments)
            data = self._content(arguments["Body"])
            self.uploads[arguments["UploadId"]][arguments["PartNumber"]] = data
        finally:
            with self._lock:
                self._now -= 1
        return {"ETag": f'"{md5(data).hexdigest()}"', "ChecksumCRC32": arguments.get("ChecksumCRC32")}

    def complete_multipart_upload(self, **arguments: Any) -> dict[str, Any]:
        """The end: the object is there at once, even where no answer comes (`mute_ends`)."""
        self._seen("complete_multipart_upload", arguments)
        parts = self.uploads.pop(arguments["UploadId"], None)
        if parts is None:
            raise client_error("NoSuchUpload", 404)
        named = [part["PartNumber"] for part in arguments["MultipartUpload"]["Parts"]]
        key = arguments["Key"]
        self.objects[key] = b"".join(parts[number] for number in named)
        digests = b"".join(md5(parts[number]).digest() for number in named)
        self._of_parts[key] = f'"{md5(digests).hexdigest()}-{len(named)}"'
        if self.mute_ends:
            self.mute_ends -= 1
            raise botocore.exceptions.ReadTimeoutError(endpoint_url="http://x")
        return {}

    def abort_multipart_upload(self, **arguments: Any) -> dict[str, Any]:
        """Forget it."""
        self._seen("abort_multipart_upload", arguments)
        if self.uploads.pop(arguments["UploadId"], None) is None:
            raise client_error("NoSuchUpload", 404)
        return {}

    def get_object(self, **arguments: Any) -> dict[str, Any]:
        """A range."""
        self._seen("get_object", arguments)
        key = arguments["Key"]
        if key not in self.objects:
            raise client_error("NoSuchKey", 404)
        if arguments.get("IfMatch", self.etag(key)) != self.etag(key):
            raise client_error("PreconditionFailed", 412)
        data = self.objects[key]
        if "Range" not in arguments:
            return {"Body": io.BytesIO(data), "ContentLength": len(data)}
        first, last = (int(number) for number in arguments["Range"].removeprefix("bytes=").split("-"))
        if first >= len(data):
            raise client_error("InvalidRange", 416)
        found = data[first : last + 1]
        with self._lock:
            cut = len(found) // 2 if self.cuts else None
            self.cuts -= 1 if self.cuts else 0
        return {
            "Body": Stream(found, cut),
            "ContentLength": len(found),
            "ContentRange": f"bytes {first}-{first + len(found) - 1}/{len(data)}",
            "ETag": self.etag(key),
            "LastModified": NOW,
        }

    def head_object(self, **arguments: Any) -> dict[str, Any]:
        """What is known of an object."""
        self._seen("head_object", arguments)
        key = arguments["Key"]
        if key not in self.objects:
            raise client_error("404", 404)
        return {"ContentLength": len(self.objects[key]), "ETag": self.etag(key), "LastModified": NOW}

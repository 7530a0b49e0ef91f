"""A bucket in memory, as far as the verbs about data ask one, that counts what it is asked."""

from __future__ import annotations

import datetime as dt
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import botocore.exceptions

PAGE = 1000
THEN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@dataclass
class Bucket:
    """`objects`: key → bytes. `stuck` keys are not deleted. `denied`: operations that the profile may not use.

    `poison` keys make the XML of a DeleteObjects one that nobody can read. `uploads`: id → key, when it began, bytes of
    its parts.
    """

    objects: dict[str, int] = field(default_factory=dict)
    stuck: set[str] = field(default_factory=set)
    poison: set[str] = field(default_factory=set)
    denied: set[str] = field(default_factory=set)
    versioning: str = ""
    uploads: dict[str, tuple[str, dt.datetime, list[int]]] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)

    def called(self, operation: str) -> None:
        """Count it, or refuse."""
        self.calls[operation] += 1
        if operation in self.denied:
            raise botocore.exceptions.ClientError({"Error": {"Code": "AccessDenied", "Message": "m"}}, operation)

    def get_paginator(self, operation: str) -> Pages:
        """As boto3's."""
        return Pages(self, operation)

    def get_bucket_versioning(self, Bucket: str) -> dict[str, str]:  # noqa: N803 - boto3's names
        """Nothing for a bucket that never had any."""
        self.called("get_bucket_versioning")
        return {"Status": self.versioning} if self.versioning else {}

    def abort_multipart_upload(self, Bucket: str, Key: str, UploadId: str) -> None:  # noqa: N803 - boto3's names
        """The upload and its parts are gone."""
        self.called("abort_multipart_upload")
        if self.uploads.get(UploadId, ("",))[0] != Key:
            raise botocore.exceptions.ClientError({"Error": {"Code": "NoSuchUpload"}}, "AbortMultipartUpload")
        del self.uploads[UploadId]

    def delete_objects(self, Bucket: str, Delete: dict[str, Any]) -> dict[str, Any]:  # noqa: N803 - boto3's names
        """200, with an error for each key that stays."""
        self.called("delete_objects")
        keys = [each["Key"] for each in Delete["Objects"]]
        assert len(keys) <= PAGE
        if self.poison.intersection(keys):
            raise botocore.exceptions.ClientError({"Error": {"Code": "MalformedXML"}}, "DeleteObjects")
        for key in keys:
            if key not in self.stuck:
                self.objects.pop(key, None)
        return {"Errors": [{"Key": key, "Code": "AccessDenied"} for key in keys if key in self.stuck]}

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 - boto3's names
        """As many bytes as it has."""
        self.called("get_object")
        if Key not in self.objects:
            raise botocore.exceptions.ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        return {"Body": io.BytesIO(b"x" * self.objects[Key])}

    def delete_object(self, Bucket: str, Key: str) -> None:  # noqa: N803 - boto3's names
        """One of them, named in the URL."""
        self.called("delete_object")
        if Key in self.stuck:
            raise botocore.exceptions.ClientError({"Error": {"Code": "AccessDenied"}}, "DeleteObject")
        self.objects.pop(Key, None)


@dataclass
class Pages:
    """The pages of one listing."""

    bucket: Bucket
    operation: str

    def paginate(self, Bucket: str, **given: Any) -> Iterator[dict[str, Any]]:  # noqa: N803 - boto3's names
        """A thousand entries each; a listing of nothing is one page."""
        name, listed = getattr(self, f"_{self.operation}")(**given)
        for first in range(0, max(len(listed), 1), PAGE):
            self.bucket.called(self.operation)
            yield {name: listed[first : first + PAGE]}

    def _list_objects_v2(self, Prefix: str, **_: Any) -> tuple[str, list[dict[str, Any]]]:  # noqa: N803
        keys = sorted(key for key in list(self.bucket.objects) if key.startswith(Prefix))
        sizes = ((key, self.bucket.objects[key]) for key in keys)
        return "Contents", [{"Key": key, "Size": size, "ETag": '"e"', "LastModified": THEN} for key, size in sizes]

    def _list_multipart_uploads(self, Prefix: str) -> tuple[str, list[dict[str, Any]]]:  # noqa: N803
        found = [(name, *each) for name, each in self.bucket.uploads.items() if each[0].startswith(Prefix)]
        return "Uploads", [{"Key": key, "UploadId": name, "Initiated": when} for name, key, when, _ in found]

    def _list_parts(self, Key: str, UploadId: str) -> tuple[str, list[dict[str, Any]]]:  # noqa: N803
        assert self.bucket.uploads[UploadId][0] == Key
        return "Parts", [{"Size": size} for size in self.bucket.uploads[UploadId][2]]

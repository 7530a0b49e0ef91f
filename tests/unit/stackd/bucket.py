"""A bucket in memory, as far as the verbs about data ask one, that counts what it is asked."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import botocore.exceptions

PAGE = 1000
THEN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@dataclass
class Bucket:
    """`objects`: key → bytes. `stuck` keys are not deleted. `denied`: operations that the profile may not use."""

    objects: dict[str, int] = field(default_factory=dict)
    stuck: set[str] = field(default_factory=set)
    denied: set[str] = field(default_factory=set)
    calls: Counter[str] = field(default_factory=Counter)

    def called(self, operation: str) -> None:
        """Count it, or refuse."""
        self.calls[operation] += 1
        if operation in self.denied:
            raise botocore.exceptions.ClientError({"Error": {"Code": "AccessDenied", "Message": "m"}}, operation)

    def get_paginator(self, operation: str) -> Pages:
        """As boto3's."""
        return Pages(self, operation)

    def delete_objects(self, Bucket: str, Delete: dict[str, Any]) -> dict[str, Any]:  # noqa: N803 - boto3's names
        """200, with an error for each key that stays."""
        self.called("delete_objects")
        keys = [each["Key"] for each in Delete["Objects"]]
        assert len(keys) <= PAGE
        for key in keys:
            if key not in self.stuck:
                self.objects.pop(key, None)
        return {"Errors": [{"Key": key, "Code": "AccessDenied"} for key in keys if key in self.stuck]}


@dataclass
class Pages:
    """The pages of one listing."""

    bucket: Bucket
    operation: str

    def paginate(self, Bucket: str, Prefix: str, **_: Any) -> Iterator[dict[str, Any]]:  # noqa: N803 - boto3's names
        """A thousand keys each; a listing of nothing is one page."""
        keys = sorted(key for key in list(self.bucket.objects) if key.startswith(Prefix))
        for first in range(0, max(len(keys), 1), PAGE):
            self.bucket.called(self.operation)
            yield {"Contents": [self._entry(key) for key in keys[first : first + PAGE]]}

    def _entry(self, key: str) -> dict[str, Any]:
        return {"Key": key, "Size": self.bucket.objects[key], "ETag": '"e"', "LastModified": THEN}

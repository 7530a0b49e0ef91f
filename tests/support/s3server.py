"""The S3 server of the tests as the tests see it: clients, keys, addresses and faults."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import botocore.config
import botocore.exceptions
import requests

from support import docker

BUCKETS = ("basketworld", "otherbucket")
REGION = "us-west-1"


@dataclass(frozen=True)
class Keys:
    """An access key pair of the tests' S3 server."""

    access_key: str
    secret_key: str


def keys_of(identity: str) -> Keys:
    """The keys of `writer` (may do all) or `reader` (may read and list)."""
    identities = json.loads((Path(__file__).parent / "s3" / "s3.json").read_text(encoding="utf-8"))["identities"]
    pair = next(each["credentials"][0] for each in identities if each["name"] == identity)
    return Keys(pair["accessKey"], pair["secretKey"])


WRITER = keys_of("writer")
READER = keys_of("reader")


class Faults:
    """The switch of the misbehaving store: see tests/support/s3/faulty.py for kinds and fields."""

    def __init__(self, control_url: str) -> None:
        self._url = control_url

    def set(self, kind: str, match: str = "", **fields: Any) -> None:
        """Mistreat requests whose "METHOD /path?query" matches; its fields too."""
        requests.put(f"{self._url}/fault", json={"kind": kind, "match": match, **fields}, timeout=10).raise_for_status()

    def clear(self) -> None:
        """Behave again, and drop the requests that are kept waiting."""
        requests.delete(f"{self._url}/fault", timeout=10).raise_for_status()

    @contextmanager
    def injected(self, kind: str, match: str = "", **fields: Any) -> Iterator[None]:
        """A fault for the length of a block."""
        self.set(kind, match, **fields)
        try:
            yield
        finally:
            self.clear()

    def calls(self) -> list[dict[str, Any]]:
        """The requests seen since `forget`, oldest first: request, range, received, status, sent, fault."""
        seen: list[dict[str, Any]] = requests.get(f"{self._url}/calls", timeout=10).json()
        return seen

    def forget(self) -> None:
        """Empty the list of calls."""
        requests.delete(f"{self._url}/calls", timeout=10).raise_for_status()


@functools.cache
def _client(url: str, keys: Keys) -> Any:
    """One for all threads, and once: making it reads megabytes of JSON."""
    session = boto3.session.Session(
        aws_access_key_id=keys.access_key, aws_secret_access_key=keys.secret_key, region_name=REGION
    )
    settings = botocore.config.Config(
        s3={"addressing_style": "path"}, retries={"total_max_attempts": 3}, connect_timeout=5, read_timeout=60
    )
    return session.client("s3", endpoint_url=url, config=settings)


@dataclass(frozen=True)
class S3Server:
    """A running S3 in the Compose project `project`.

    `url` is for the host; `inside` and, by way of the faults, `inside_faulty` for servers on a network it joined.
    """

    url: str
    project: str
    faults: Faults
    inside: str = "http://s3:8333"
    inside_faulty: str = "http://faults:8333"

    def connect(self, network: str) -> None:
        """Be `s3` and `faults` on one more network."""
        for service in ("s3", "faults"):
            for container in docker.containers(self.project, service):
                docker.docker("network", "connect", "--alias", service, network, container)

    def client(self, keys: Keys = WRITER) -> Any:
        """A boto3 client that knows nothing of the tester's own ~/.aws and environment."""
        return _client(self.url, keys)

    def objects(self, bucket: str, prefix: str = "") -> dict[str, int]:
        """Key → size in bytes of everything below a prefix."""
        pages = self.client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return {each["Key"]: each["Size"] for page in pages for each in page.get("Contents", [])}

    def uploads(self, bucket: str) -> list[str]:
        """The keys of multipart uploads that were begun and neither completed nor aborted."""
        answer = self.client().list_multipart_uploads(Bucket=bucket)
        return [each["Key"] for each in answer.get("Uploads", [])]

    def ready(self) -> bool:
        """Whether it takes requests; makes the buckets the first time it does."""
        client = self.client()
        try:
            have = {bucket["Name"] for bucket in client.list_buckets()["Buckets"]}
            for bucket in BUCKETS:
                if bucket not in have:
                    client.create_bucket(Bucket=bucket)
                # The first object of a bucket waits for volumes to be made: not in the first test's time.
                client.put_object(Bucket=bucket, Key="ready", Body=b"")
                client.delete_object(Bucket=bucket, Key="ready")
            self.faults.clear()
            self.faults.forget()
        except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError, requests.RequestException):
            return False
        return True

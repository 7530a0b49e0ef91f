"""The S3 that the other tests believe: it says no where AWS would, and its faults are those that were asked for."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import botocore.exceptions
import pytest

from support import docker
from support.s3server import READER, WRITER, Faults, Keys, S3Server

BUCKET = "basketworld"


def code_of(call: Callable[[], Any]) -> str:
    """The error code S3 gives to a call."""
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call()
    return str(caught.value.response["Error"]["Code"])


@pytest.fixture
def faulty(s3_server: S3Server, faults: Faults) -> Any:
    """A client whose requests go by the misbehaving store; it is not published, so by the address of its container."""
    (container,) = docker.containers(s3_server.project, "faults")
    address = docker.inspect(container)["NetworkSettings"]["Networks"][f"{s3_server.project}_default"]["IPAddress"]
    return S3Server(f"http://{address}:8333", s3_server.project, faults).client()


def test_the_reader_may_read_and_list_and_nothing_else(s3_server: S3Server) -> None:
    s3_server.client().put_object(Bucket=BUCKET, Key="reader/a", Body=b"x")
    reader = s3_server.client(READER)
    assert reader.get_object(Bucket=BUCKET, Key="reader/a")["Body"].read() == b"x"
    assert reader.list_objects_v2(Bucket=BUCKET, Prefix="reader/")["KeyCount"] == 1
    assert code_of(lambda: reader.put_object(Bucket=BUCKET, Key="reader/b", Body=b"")) == "AccessDenied"
    assert code_of(lambda: reader.delete_object(Bucket=BUCKET, Key="reader/a")) == "AccessDenied"


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        (Keys(WRITER.access_key, "another secret"), "SignatureDoesNotMatch"),
        (Keys("UNKNOWNKEY0000000001", "any"), "InvalidAccessKeyId"),
    ],
)
def test_wrong_keys_are_refused(s3_server: S3Server, keys: Keys, code: str) -> None:
    assert code_of(s3_server.client(keys).list_buckets) == code


def test_put_if_absent_happens_once_and_every_time_on_a_store_that_ignores_conditions(
    s3_server: S3Server, faulty: Any, faults: Faults
) -> None:
    faulty.put_object(Bucket=BUCKET, Key="condition/ä b+c", Body=b"first", IfNoneMatch="*")
    again = {"Bucket": BUCKET, "Key": "condition/ä b+c", "Body": b"second", "IfNoneMatch": "*"}
    assert code_of(lambda: faulty.put_object(**again)) == "PreconditionFailed"
    with faults.injected("unconditional", "^PUT "):
        faulty.put_object(**again)
    assert s3_server.client().get_object(Bucket=BUCKET, Key="condition/ä b+c")["Body"].read() == b"second"


def test_an_error_is_given_as_often_as_it_was_ordered(faulty: Any, faults: Faults) -> None:
    faults.set("error", "^PUT .*/error/", skip=1, times=2, status=503, code="SlowDown")
    for key in ("error/a", "error/b"):
        faulty.put_object(Bucket=BUCKET, Key=key, Body=b"")
    assert [call["status"] for call in faults.calls()] == [200, 503, 503, 200]


def test_a_cut_answer_ends_in_the_middle_and_a_reset_one_before_it_begins(
    s3_server: S3Server, faulty: Any, faults: Faults
) -> None:
    s3_server.client().put_object(Bucket=BUCKET, Key="cut", Body=bytes(1_000_000))
    faults.set("cut", "GET /basketworld/cut")
    with pytest.raises(botocore.exceptions.BotoCoreError):
        faulty.get_object(Bucket=BUCKET, Key="cut")["Body"].read()
    assert faults.calls()[-1]["sent"] == 500_000
    faults.set("reset", "GET /basketworld/cut")
    with pytest.raises(botocore.exceptions.ConnectionClosedError):
        faulty.get_object(Bucket=BUCKET, Key="cut")
    assert faults.calls()[-1]["status"] == 0


def test_a_slow_store_answers_rightly_and_later(s3_server: S3Server, faulty: Any, faults: Faults) -> None:
    s3_server.client().put_object(Bucket=BUCKET, Key="slow", Body=b"x")
    began = time.monotonic()
    with faults.injected("slow", "GET /basketworld/slow", seconds=0.3):
        assert faulty.get_object(Bucket=BUCKET, Key="slow")["Body"].read() == b"x"
    # Sleeping less than it was told would be a fault of the proxy, however busy the machine is.
    assert time.monotonic() - began >= 0.3

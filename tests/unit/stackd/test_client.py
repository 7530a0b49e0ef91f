"""A client that follows the files it was made from, and completes every request with what the settings say."""

import base64
import io
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import botocore.exceptions
import botocore.parsers
import botocore.utils
import pytest
from botocore.awsrequest import AWSResponse

from stackd.artifacts import client as s3
from stackd.artifacts import faults
from stackd.artifacts.bucket import Bucket
from stackd.artifacts.destination import Destination
from stackd.settings import Places, from_environment
from unit.stackd.test_settings import S3

CONFIG = from_environment(S3)


@pytest.fixture
def aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys.modules[__name__], "CONFIG", replace(CONFIG, places=Places(aws=tmp_path)))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    write(tmp_path, "AKIAONE")
    return tmp_path


def write(folder: Path, key: str, extra: str = "") -> None:
    (folder / "config").write_text(f"[profile basketworld]\n{extra}")
    new = folder / "new"
    new.write_text(f"[basketworld]\naws_access_key_id = {key}\naws_secret_access_key = x\n")
    new.replace(folder / "credentials")


def key_of(client: Any) -> str:
    return str(client._request_signer._credentials.access_key)


def test_edited_credentials_count_from_the_next_call_on(aws: Path) -> None:
    client = s3.Client(CONFIG)
    first = client().quick
    assert key_of(first) == "AKIAONE"
    assert client().quick is first
    write(aws, "AKIATWO")
    assert key_of(client().quick) == "AKIATWO"


def test_the_region_is_the_profiles_or_the_stacks(aws: Path) -> None:
    config = replace(CONFIG, region="us-west-1")
    assert s3.build(config).quick.meta.region_name == "us-west-1"
    write(aws, "AKIAONE", "region = eu-central-1\n")
    assert s3.build(config).quick.meta.region_name == "eu-central-1"


def test_every_call_has_time_limits(aws: Path) -> None:
    made = s3.build(CONFIG)
    for client, seconds in ((made.quick, s3.READ_SECONDS), (made.patient, s3.PATIENT_SECONDS)):
        config = client.meta.config
        assert (config.connect_timeout, config.read_timeout) == (s3.CONNECT_SECONDS, seconds)
        assert config.retries["total_max_attempts"] == s3.TRIES


def test_checksums_only_where_the_store_is_amazons_or_the_profile_says_so(aws: Path) -> None:
    assert s3.build(CONFIG).quick.meta.config.request_checksum_calculation == "when_supported"
    write(aws, "A", "endpoint_url = http://s3:1\n")
    assert s3.build(CONFIG).quick.meta.config.request_checksum_calculation == "when_required"
    write(aws, "A", "endpoint_url = http://s3:1\nrequest_checksum_calculation = when_supported\n")
    assert s3.build(CONFIG).quick.meta.config.request_checksum_calculation == "when_supported"


def test_a_refreshed_login_survives_a_read_only_folder(tmp_path: Path) -> None:
    cache = s3.MemoryBackedCache(working_dir=str(tmp_path / "no" / "such"))
    os.chmod(tmp_path, 0o700)  # noqa: PTH101
    blocked = tmp_path / "no"
    blocked.write_text("a file where the folder should be")
    cache["token"] = {"accessToken": "t"}
    assert "token" in cache
    assert cache["token"] == {"accessToken": "t"}


@pytest.mark.parametrize(
    "text",
    ["2026-11-25T02:47:44.123Z", "2026-11-25T02:47:44Z", "Wed, 25 Nov 2026 02:47:44 GMT", "1764038864", 1764038864],
)
def test_a_time_is_what_botocore_says_it_is(text: object) -> None:
    """A listing's are read without botocore's parser, which costs more than all the rest of a page."""
    assert s3._moment(text) == botocore.utils.parse_timestamp(text)


@pytest.mark.usefixtures("aws")
def test_the_client_reads_times_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(botocore.utils, "parse_timestamp", lambda text: pytest.fail("the slow way"))
    monkeypatch.setattr(botocore.parsers, "parse_timestamp", lambda text: pytest.fail("the slow way"))
    entry = b"<Contents><LastModified>2026-11-25T02:47:44.000Z</LastModified></Contents>"
    listed = io.BytesIO(b"<ListBucketResult>" + entry + b"</ListBucketResult>")
    listed.stream = lambda: iter([listed.getvalue()])  # type: ignore[attr-defined]
    client = s3.build(CONFIG).quick
    client.meta.events.register("before-send", lambda **_: AWSResponse("http://x", 200, {}, listed))
    assert client.list_objects_v2(Bucket="b")["Contents"][0]["LastModified"].second == 44


NO_KEY = base64.b64encode(b"k" * 32).decode()
EXTRA = {
    "ServerSideEncryption": "aws:kms", "SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32,
    "ContentType": "text/never", "RequestPayer": "requester",
}  # fmt: skip
PUT, PART = {"Body": b"x"}, {"UploadId": "u", "PartNumber": 1}
OF_THE_KEY = {"x-amz-server-side-encryption-customer-key": NO_KEY}
OF_THE_SOURCE = {"x-amz-copy-source-server-side-encryption-customer-key": NO_KEY}
KMS, PAYER = {"x-amz-server-side-encryption": "aws:kms"}, {"x-amz-request-payer": "requester"}


class Sent(Exception):
    """Instead of sending it."""


def headers_of(client: Any, operation: str, **given: Any) -> dict[str, str]:
    """Those of a request that would be sent."""
    seen: dict[str, str] = {}

    def stop(request: Any, **_: Any) -> None:
        seen.update(
            {
                name.lower(): str(value, "ascii") if isinstance(value, bytes) else value
                for name, value in request.headers.items()
            }
        )
        raise Sent

    client.meta.events.register("before-send.s3", stop)
    with pytest.raises(Sent):
        getattr(client, operation)(Bucket="bucket", **given)
    return seen


@pytest.mark.parametrize(
    ("operation", "given", "wanted", "never"),
    [
        ("put_object", {"Key": "k", **PUT}, KMS | OF_THE_KEY | PAYER | {"content-type": "text/never"}, {}),
        ("put_object", {"Key": "k", "ContentType": "text/plain", **PUT}, {"content-type": "text/plain"}, {}),
        ("create_multipart_upload", {"Key": "k"}, KMS | OF_THE_KEY | PAYER, {}),
        ("upload_part", {"Key": "k", **PUT, **PART}, OF_THE_KEY | PAYER, KMS),
        ("copy_object", {"Key": "k", "CopySource": "b/k"}, KMS | OF_THE_KEY | OF_THE_SOURCE | PAYER, {}),
        ("upload_part_copy", {"Key": "k", "CopySource": "b/k", **PART}, OF_THE_KEY | OF_THE_SOURCE | PAYER, KMS),
        ("get_object", {"Key": "k"}, OF_THE_KEY | PAYER, KMS),
        ("head_object", {"Key": "k"}, OF_THE_KEY | PAYER, KMS),
        ("list_objects_v2", {}, PAYER, OF_THE_KEY | KMS),
        ("delete_objects", {"Delete": {"Objects": [{"Key": "k"}]}}, PAYER, OF_THE_KEY | KMS),
        ("delete_object", {"Key": "k"}, PAYER, OF_THE_KEY | KMS),
        ("abort_multipart_upload", {"Key": "k", "UploadId": "u"}, PAYER, OF_THE_KEY | KMS),
        ("list_multipart_uploads", {}, PAYER, OF_THE_KEY | KMS),
        ("get_bucket_versioning", {}, {}, OF_THE_KEY | KMS | PAYER),
    ],
)
def test_settings_go_with_each_request_that_knows_them(
    aws: Path,
    monkeypatch: pytest.MonkeyPatch,
    operation: str,
    given: dict[str, Any],
    wanted: dict[str, str],
    never: dict[str, str],
) -> None:
    monkeypatch.setenv("MLFLOW_S3_UPLOAD_EXTRA_ARGS", json.dumps(EXTRA))
    monkeypatch.setenv("MLFLOW_S3_EXPECTED_BUCKET_OWNER", "123456789012")
    write(aws, "AKIAONE", "endpoint_url = https://s3.test\n")
    for client in (s3.build(CONFIG).quick, s3.build(CONFIG).patient):
        found = headers_of(client, operation, **given)
        assert {name: found.get(name) for name in wanted} == wanted
        assert not set(never) & set(found)
        assert found["x-amz-expected-bucket-owner"] == "123456789012"


@pytest.mark.usefixtures("aws")
def test_an_argument_that_no_operation_has_is_refused_and_never_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt encryption would store everything in the clear."""
    monkeypatch.setenv("MLFLOW_S3_UPLOAD_EXTRA_ARGS", '{"ServerSideEncrypton": "aws:kms"}')
    with pytest.raises(botocore.exceptions.ParamValidationError) as raised:
        s3.build(CONFIG).quick.put_object(Bucket="bucket", Key="k", Body=b"x")
    finding, status = faults.explain(raised.value, "p", Destination("s3://bucket/p"))
    assert (finding.id, status) == ("s3.arguments", "BAD_REQUEST")
    assert "MLFLOW_SERVER_S3_EXTRA_ARGS" in finding.text
    assert "aws:kms" not in str(finding)


@pytest.mark.usefixtures("aws")
def test_a_store_that_wants_an_md5_of_what_it_deletes_gets_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Older ones know no CRC-32: doctor would be green, and every cleanup red."""
    made, seen = s3.build(CONFIG), list[set[str]]()

    def answer(request: Any, **_: Any) -> AWSResponse:
        names = {name.lower() for name in request.headers}
        seen.append(names & {"content-md5", "x-amz-checksum-crc32"})
        known = "content-md5" in names
        text = b"<DeleteResult/>" if known else b"<Error><Code>MissingContentMD5</Code></Error>"
        body = io.BytesIO(text)
        body.stream = lambda: iter([text])  # type: ignore[attr-defined]
        return AWSResponse("http://x", 200 if known else 400, {}, body)

    made.patient.meta.events.register("before-send.s3.DeleteObjects", answer)
    monkeypatch.setattr(s3, "client_of", lambda _: lambda: made)
    bucket = Bucket(CONFIG, Destination("s3://bucket/p"))
    assert (bucket.delete(["a"]), bucket.delete(["b"])) == ({}, {})
    assert seen == [{"x-amz-checksum-crc32"}, {"content-md5"}, {"content-md5"}]

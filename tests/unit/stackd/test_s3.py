"""What an error of S3 means to a reader, and a client that follows the files it was made from."""

import io
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import botocore.exceptions
import botocore.parsers
import botocore.utils
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from stackd.artifacts import s3
from stackd.settings import Settings, from_environment
from unit.stackd.test_settings import S3

CONFIG = from_environment(S3)
PUT = "s3:PutObject"


def client_error(code: str) -> botocore.exceptions.ClientError:
    return botocore.exceptions.ClientError({"Error": {"Code": code, "Message": "m"}}, "PutObject")


@pytest.mark.parametrize(
    ("error", "identifier", "status", "fix"),
    [
        (client_error("ExpiredToken"), "s3.credentials", "UNAUTHENTICATED", "aws sso login --profile basketworld"),
        (client_error("InvalidAccessKeyId"), "s3.credentials", "UNAUTHENTICATED", "aws configure --profile"),
        (client_error("SignatureDoesNotMatch"), "s3.credentials", "UNAUTHENTICATED", "aws configure"),
        (botocore.exceptions.NoCredentialsError(), "s3.credentials", "UNAUTHENTICATED", "aws configure"),
        (botocore.exceptions.ProfileNotFound(profile="x"), "s3.credentials", "UNAUTHENTICATED", "aws configure"),
        (client_error("NoSuchBucket"), "s3.no-bucket", "RESOURCE_DOES_NOT_EXIST", "aws s3 mb s3://basketworld"),
        (client_error("AccessDenied"), "s3.denied", "PERMISSION_DENIED", "allow s3:PutObject"),
        (client_error("NoSuchKey"), "s3.error", "RESOURCE_DOES_NOT_EXIST", ""),
        (client_error("SlowDown"), "s3.slow-down", "TEMPORARILY_UNAVAILABLE", ""),
        (EndpointConnectionError(endpoint_url="http://x"), "s3.unreachable", "TEMPORARILY_UNAVAILABLE", "aws s3 ls"),
        (ReadTimeoutError(endpoint_url="http://x"), "s3.unreachable", "TEMPORARILY_UNAVAILABLE", "aws s3 ls"),
        (client_error("Whatever"), "s3.error", "INTERNAL_ERROR", "aws s3 ls"),
    ],
)  # fmt: skip
def test_explain(error: BaseException, identifier: str, status: str, fix: str) -> None:
    finding, code = s3.explain(error, CONFIG, "basketworld", "mlflow-artifacts/1/f", PUT)
    assert (finding.id, finding.level, code) == (identifier, "error", status)
    assert finding.where == "profile basketworld, s3://basketworld/mlflow-artifacts/1/f"
    assert fix in " ".join(finding.fix)


@pytest.fixture
def aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    write(tmp_path, "AKIAONE")
    return tmp_path


def at(aws: Path) -> Settings:
    """S3 mode with the files of a test."""
    return replace(CONFIG, places=replace(CONFIG.places, aws=aws))


def write(folder: Path, key: str, extra: str = "") -> None:
    (folder / "config").write_text(f"[profile basketworld]\n{extra}")
    new = folder / "new"
    new.write_text(f"[basketworld]\naws_access_key_id = {key}\naws_secret_access_key = x\n")
    new.replace(folder / "credentials")


def key_of(client: Any) -> str:
    return str(client._request_signer._credentials.access_key)


def test_edited_credentials_count_from_the_next_call_on(aws: Path) -> None:
    client = s3.Client(at(aws))
    first = client()
    assert key_of(first) == "AKIAONE"
    assert client() is first
    write(aws, "AKIATWO")
    assert key_of(client()) == "AKIATWO"


def test_the_region_is_the_profiles_or_the_stacks(aws: Path) -> None:
    config = replace(at(aws), region="us-west-1")
    assert s3.build_client(config)[0].meta.region_name == "us-west-1"
    write(aws, "AKIAONE", "region = eu-central-1\n")
    assert s3.build_client(config)[0].meta.region_name == "eu-central-1"


def test_every_call_has_time_limits(aws: Path) -> None:
    config = s3.build_client(at(aws))[0].meta.config
    assert (config.connect_timeout, config.read_timeout) == (s3.CONNECT_SECONDS, s3.READ_SECONDS)
    assert config.retries["total_max_attempts"] == s3.TRIES


def test_checksums_only_where_the_store_is_amazons_or_the_profile_says_so(aws: Path) -> None:
    assert s3.build_client(at(aws))[0].meta.config.request_checksum_calculation == "when_supported"
    write(aws, "A", "endpoint_url = http://s3:1\n")
    assert s3.build_client(at(aws))[0].meta.config.request_checksum_calculation == "when_required"
    write(aws, "A", "endpoint_url = http://s3:1\nrequest_checksum_calculation = when_supported\n")
    assert s3.build_client(at(aws))[0].meta.config.request_checksum_calculation == "when_supported"


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
    client, _ = s3.build_client(CONFIG)
    client.meta.events.register("before-send", lambda **_: AWSResponse("http://x", 200, {}, listed))
    assert client.list_objects_v2(Bucket="b")["Contents"][0]["LastModified"].second == 44

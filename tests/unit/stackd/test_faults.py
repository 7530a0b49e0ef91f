"""What an error of S3 means to a reader, and to a client that decides whether to try again."""

from __future__ import annotations

import time
from email.utils import formatdate
from typing import Any

import boto3.exceptions
import botocore.exceptions
import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from stackd.artifacts import faults
from stackd.artifacts.destination import Destination

PLACE = Destination("s3://basketworld/mlflow-artifacts")
KMS = "User: arn:aws:iam::1:user/u is not authorized to perform: kms:GenerateDataKey on this resource"


def error_of(
    code: str, operation: str = "PutObject", headers: dict[str, str] | None = None, **more: str
) -> botocore.exceptions.ClientError:
    answer: Any = {"Error": {"Code": code, "Message": "m", **more}, "ResponseMetadata": {"HTTPHeaders": headers or {}}}
    return botocore.exceptions.ClientError(answer, operation)


@pytest.mark.parametrize(
    ("error", "identifier", "status", "fix"),
    [
        (error_of("ExpiredToken"), "s3.credentials", "UNAUTHENTICATED", "aws sso login --profile basketworld"),
        (error_of("InvalidAccessKeyId"), "s3.credentials", "UNAUTHENTICATED", "aws configure --profile"),
        (error_of("SignatureDoesNotMatch"), "s3.credentials", "UNAUTHENTICATED", "aws configure"),
        (botocore.exceptions.NoCredentialsError(), "s3.credentials", "UNAUTHENTICATED", "aws configure"),
        (botocore.exceptions.ProfileNotFound(profile="x"), "s3.credentials", "UNAUTHENTICATED", "aws configure"),
        (error_of("NoSuchBucket"), "s3.no-bucket", "RESOURCE_DOES_NOT_EXIST", "aws s3 mb s3://basketworld"),
        (error_of("AccessDenied"), "s3.denied", "PERMISSION_DENIED",
         "allow s3:PutObject on arn:aws:s3:::basketworld/mlflow-artifacts/*"),
        (error_of("403", "HeadObject"), "s3.denied", "PERMISSION_DENIED", "allow s3:GetObject on"),
        (error_of("AccessDenied", "DeleteObjects"), "s3.denied", "PERMISSION_DENIED", "allow s3:DeleteObject on"),
        (error_of("AccessDenied", "ListObjectsV2"), "s3.denied", "PERMISSION_DENIED",
         "allow s3:ListBucket on arn:aws:s3:::basketworld (README"),
        (error_of("AccessDenied", Message=KMS), "s3.denied", "PERMISSION_DENIED", "allow kms:GenerateDataKey on"),
        (error_of("NoSuchKey"), "s3.error", "RESOURCE_DOES_NOT_EXIST", ""),
        (error_of("SlowDown"), "s3.slow-down", "TEMPORARILY_UNAVAILABLE", ""),
        (error_of("502"), "s3.unreachable", "TEMPORARILY_UNAVAILABLE", "aws s3 ls"),
        (error_of("504"), "s3.unreachable", "TEMPORARILY_UNAVAILABLE", "aws s3 ls"),
        (error_of("InvalidObjectState"), "s3.archived", "RESOURCE_CONFLICT", "restore-object"),
        (error_of("QuotaExceeded"), "s3.no-room", "PERMISSION_DENIED", "aws s3 ls"),
        (error_of("PermanentRedirect"), "s3.region", "BAD_REQUEST", "aws configure set region"),
        (EndpointConnectionError(endpoint_url="http://x"), "s3.unreachable", "TEMPORARILY_UNAVAILABLE", "aws s3 ls"),
        (ReadTimeoutError(endpoint_url="http://x"), "s3.unreachable", "TEMPORARILY_UNAVAILABLE", "aws s3 ls"),
        (faults.NoRanges(), "s3.error", "INTERNAL_ERROR", "aws s3 ls"),
        (error_of("Whatever"), "s3.error", "INTERNAL_ERROR", "aws s3 ls"),
    ],
)  # fmt: skip
def test_an_error_is_named_with_its_fix(error: BaseException, identifier: str, status: str, fix: str) -> None:
    finding, code = faults.explain(error, "basketworld", PLACE, "1/f")
    assert (finding.id, finding.level, code) == (identifier, "error", status)
    assert finding.where == "profile basketworld, s3://basketworld/mlflow-artifacts/1/f"
    assert fix in " ".join(finding.fix)
    assert not set("{}") & set(finding.text)


@pytest.mark.parametrize(("minutes", "said"), [(20, "20 minutes behind"), (-45, "45 minutes ahead of")])
def test_a_clock_that_is_wrong_is_said_by_how_much(minutes: int, said: str) -> None:
    error = error_of("RequestTimeTooSkewed", headers={"date": formatdate(time.time() + 60 * minutes, usegmt=True)})
    finding, status = faults.explain(error, "p", PLACE)
    assert (finding.id, status) == ("s3.clock", "UNAUTHENTICATED")
    assert f"is {said} S3's" in finding.text


def test_another_region_is_named_where_s3_names_it() -> None:
    for error in (
        error_of("AuthorizationHeaderMalformed", Region="eu-central-1"),
        error_of("301", headers={"x-amz-bucket-region": "eu-central-1"}),
    ):
        assert "is in eu-central-1" in faults.explain(error, "p", PLACE)[0].text


def test_what_boto3s_transfers_hide_is_looked_for() -> None:
    hiding = boto3.exceptions.S3UploadFailedError("m")
    hiding.__context__ = error_of("AccessDenied")
    assert faults.explain(hiding, "p", PLACE)[0].id == "s3.denied"

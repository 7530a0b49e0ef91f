"""What an error of S3 means: one place that turns whatever boto3 raises into a finding with a fix, and a status."""

import re
import time
from collections.abc import Collection
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import boto3.exceptions
import botocore.exceptions

from stackd.artifacts.destination import Destination
from stackd.report import Finding

# What a call may raise, whatever it was about; `explain` says what it means.
RAISED = (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError, boto3.exceptions.Boto3Error)
# The connection went before the answer was whole.
BROKEN_OFF = (botocore.exceptions.HTTPClientError, botocore.exceptions.IncompleteReadError)
DENIED = frozenset({"AccessDenied", "403", "AllAccessDisabled", "AccountProblem"})
ABSENT = frozenset({"NoSuchKey", "404", "NotFound"})
# Answers to a write that was not to replace anything.
CONDITION_FAILED = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})
# Of a store that has no such operation, or argument.
LACKING = frozenset({"NotImplemented", "MethodNotAllowed", "501", "405"})
# The IAM action of an operation that has another name.
ACTIONS = {
    "HeadObject": "GetObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "DeleteObjects": "DeleteObject",
    "ListObjectsV2": "ListBucket",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListParts": "ListMultipartUploadParts",
}
_NOT_THERE = (*BROKEN_OFF, botocore.exceptions.ConnectionError)
_EXPIRED_LOGINS = (
    botocore.exceptions.UnauthorizedSSOTokenError,
    botocore.exceptions.SSOTokenLoadError,
    botocore.exceptions.TokenRetrievalError,
)
_NO_CREDENTIALS = (
    botocore.exceptions.NoCredentialsError,
    botocore.exceptions.PartialCredentialsError,
    botocore.exceptions.CredentialRetrievalError,
    botocore.exceptions.ProfileNotFound,
    botocore.exceptions.ConfigParseError,
    botocore.exceptions.InvalidConfigError,
    botocore.exceptions.UnknownCredentialError,
)


class NoRanges(botocore.exceptions.BotoCoreError):  # type: ignore[misc]
    """A store answered with a whole object where a part of it was asked for."""

    fmt = "The store ignores Range"


def ended_early(came: int, expected: int) -> Exception:
    """One of ``BROKEN_OFF``, of an answer with fewer bytes than it announced."""
    error: Exception = botocore.exceptions.IncompleteReadError(actual_bytes=came, expected_bytes=expected)
    return error


def of_a_key(code: str) -> Exception:
    """The error of one key of a DeleteObjects, as if it had been asked for alone."""
    error: Exception = botocore.exceptions.ClientError({"Error": {"Code": code}}, "DeleteObjects")
    return error


def code_of(error: BaseException) -> str:
    """The S3 error code of a ClientError, else an empty string."""
    if isinstance(error, botocore.exceptions.ClientError):
        return str(error.response.get("Error", {}).get("Code", ""))
    return ""


def named(error: BaseException) -> str:
    """An error in one word: S3's code, or the name of its type."""
    return code_of(error) or type(error).__name__


def absent(error: BaseException) -> bool:
    """Whether the object (not the bucket) does not exist."""
    return code_of(error) in ABSENT


def unanswered(error: BaseException) -> bool:
    """Whether it says that the profile may not ask, or the store cannot answer."""
    return code_of(error) in DENIED | LACKING


@dataclass(frozen=True)
class _Meaning:
    """What some codes, or types, of errors mean: the finding's id, MLflow's error code, a sentence and its fix.

    The words in braces are filled in by `explain`.
    """

    codes: Collection[str]
    identifier: str
    status: str
    text: str
    fix: tuple[str, ...] = ()
    types: tuple[type[BaseException], ...] = ()


_LOOK, _CONFIGURE = "aws s3 ls s3://{bucket} --profile {profile}", "aws configure --profile {profile}"
_MEANINGS = (
    _Meaning(
        ("ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"),
        "s3.credentials", "UNAUTHENTICATED", "The credentials of profile {profile} have expired",
        ("aws sso login --profile {profile}",), _EXPIRED_LOGINS,
    ),
    _Meaning(
        (), "s3.credentials", "UNAUTHENTICATED", "Profile {profile} gives no usable credentials: {named}",
        (_CONFIGURE,), _NO_CREDENTIALS,
    ),
    _Meaning(
        ("InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "AuthFailure", "UnrecognizedClientException"),
        "s3.credentials", "UNAUTHENTICATED", "S3 does not accept the keys of profile {profile} ({named})",
        (_CONFIGURE,),
    ),
    _Meaning(
        ("RequestTimeTooSkewed",), "s3.clock", "UNAUTHENTICATED",
        "The clock of this host {skew}, so that S3 refuses its requests",
        ("timedatectl   # is the clock synchronized?",),
    ),
    _Meaning(
        ("AuthorizationHeaderMalformed", "PermanentRedirect", "IllegalLocationConstraintException", "301"),
        "s3.region", "BAD_REQUEST", "Bucket {bucket} is in {region}, and profile {profile} names another",
        ("aws configure set region {to} --profile {profile}",),
    ),
    _Meaning(
        ("NoSuchBucket",), "s3.no-bucket", "RESOURCE_DOES_NOT_EXIST", "There is no bucket {bucket}",
        ("aws s3 mb s3://{bucket} --profile {profile}", "MLFLOW_S3_URI=s3://BUCKET/PREFIX"),
    ),
    _Meaning(
        DENIED, "s3.denied", "PERMISSION_DENIED", "{action} is denied to profile {profile}",
        ('allow {action} on {resource} (README, "The smallest policy")',),
    ),
    _Meaning(ABSENT, "s3.error", "RESOURCE_DOES_NOT_EXIST", "There is no such object"),
    _Meaning(
        ("InvalidObjectState",), "s3.archived", "RESOURCE_CONFLICT",
        "The object is in an archive (Glacier): it has to be restored before it can be read",
        ("aws s3api restore-object --bucket {bucket} --key KEY --restore-request Days=7 --profile {profile}",),
    ),
    # Not one of the statuses that a client repeats for minutes.
    _Meaning(
        ("QuotaExceeded", "XMinioStorageFull", "507"), "s3.no-room", "PERMISSION_DENIED",
        "The store has no room for more ({named})", (_LOOK,),
    ),
    _Meaning(
        ("SlowDown", "Throttling", "ThrottlingException", "RequestLimitExceeded", "503", "ServiceUnavailable",
         "TooManyRequests"),
        "s3.slow-down", "TEMPORARILY_UNAVAILABLE", "S3 asks to slow down; try again",
    ),
    # Codes of a gateway before the store.
    _Meaning(
        ("502", "504", "BadGateway", "GatewayTimeout"), "s3.unreachable", "TEMPORARILY_UNAVAILABLE",
        "S3 cannot be reached ({named})", (_LOOK,), _NOT_THERE,
    ),
    # Its own text may hold a value, such as a customer's key.
    _Meaning(
        (), "s3.arguments", "BAD_REQUEST",
        "S3 does not know an argument of MLFLOW_SERVER_S3_EXTRA_ARGS, or its value is of the wrong type",
        ('MLFLOW_SERVER_S3_EXTRA_ARGS={{"StorageClass": "STANDARD"}}',),
        (botocore.exceptions.ParamValidationError,),
    ),
    _Meaning((), "s3.error", "INTERNAL_ERROR", "{action} failed: {named}", (_LOOK,), (BaseException,)),
)  # fmt: skip


def about_the_key(error: BaseException) -> bool:
    """Whether another key might fare better: not where nobody answers, or the login is at fault."""
    return _meaning(error).identifier in ("s3.denied", "s3.error", "s3.archived")


def explain(error: BaseException, profile: str, place: Destination, path: str = "") -> tuple[Finding, str]:
    """What an error of S3 means: a finding with the fix, and the name of MLflow's error code, which decides the HTTP
    status and with it whether clients try again.

    No part of the text comes from a credential.
    """
    if isinstance(error, boto3.exceptions.Boto3Error):
        # boto3's own transfer errors hide the client's error behind them.
        error = error.__cause__ or error.__context__ or error
    meant = _meaning(error)
    action, resource = _denied(error, place)
    region = _said(error, "Region") or _header(error, "x-amz-bucket-region")
    words = {
        "profile": profile,
        "bucket": place.bucket,
        "named": named(error),
        "action": action,
        "resource": resource,
        "region": region or "another region",
        "to": region or "REGION",
        "skew": _skew(error),
    }
    where = f"profile {profile}, s3://{place.bucket}/{place.root}{path}"
    fix = [each.format(**words) for each in meant.fix]
    return Finding(meant.identifier, "error", meant.text.format(**words), where, fix), meant.status


def _meaning(error: BaseException) -> _Meaning:
    return next(each for each in _MEANINGS if code_of(error) in each.codes or isinstance(error, each.types))


def _said(error: BaseException, name: str) -> str:
    """A part of S3's error document."""
    response: dict[str, Any] = getattr(error, "response", None) or {}
    return str(response.get("Error", {}).get(name, ""))


def _header(error: BaseException, name: str) -> str:
    response: dict[str, Any] = getattr(error, "response", None) or {}
    return str(response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get(name, ""))


def _denied(error: BaseException, place: Destination) -> tuple[str, str]:
    """The IAM action that failed, and what a policy has to allow it on; a KMS one where S3's message names it."""
    by_key = re.search(r"kms:[A-Za-z]+", _said(error, "Message"))
    if by_key:
        return by_key[0], "the bucket's KMS key"
    operation = str(getattr(error, "operation_name", "request"))
    action = f"s3:{ACTIONS.get(operation, operation)}"
    return action, f"arn:aws:s3:::{place.bucket}" + ("" if "Bucket" in action else f"/{place.root}*")


def _skew(error: BaseException) -> str:
    """How far this host's clock is from the store's, by the date of its answer."""
    try:
        minutes = (parsedate_to_datetime(_header(error, "date")).timestamp() - time.time()) / 60
    except ValueError:
        return "differs from S3's"
    return f"is {abs(minutes):,.0f} minutes {'behind' if minutes > 0 else 'ahead of'} S3's"

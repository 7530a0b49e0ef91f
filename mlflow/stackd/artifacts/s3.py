"""The one S3 client: from the mounted profile alone, with time limits, rebuilt when ``~/.aws`` changes."""

import contextlib
import json
import mimetypes
import os
import threading
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import boto3
import boto3.exceptions
import botocore.exceptions
import botocore.session
import botocore.tokens
import botocore.utils
from botocore.config import Config
from botocore.utils import JSONFileCache

from stackd.report import Finding
from stackd.settings import Settings

# Seconds. A mute store costs a request at most (3 + 20) × 2 tries, well inside a client's 120 s.
CONNECT_SECONDS, READ_SECONDS, TRIES = 3, 20, 2
EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})
WRONG_KEYS = frozenset(
    {"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "AuthFailure", "UnrecognizedClientException"}
)
DENIED = frozenset({"AccessDenied", "403", "AllAccessDisabled", "AccountProblem"})
ABSENT = frozenset({"NoSuchKey", "404", "NotFound"})
BUSY = frozenset(
    {
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "RequestLimitExceeded",
        "503",
        "ServiceUnavailable",
        "TooManyRequests",
    }
)


# What a call may raise, whatever it was about; `explain` says what it means.
RAISED = (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError, boto3.exceptions.Boto3Error)


class MemoryBackedCache(JSONFileCache):  # type: ignore[misc]
    """botocore's cache of SSO tokens over a read-only ``~/.aws``: a refreshed token that cannot be written stays in
    memory.

    botocore refreshes 15 minutes before a token expires and lets the error of the write escape, while the old one
    still works.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._unwritten: dict[str, Any] = {}

    def __setitem__(self, key: str, value: Any) -> None:
        try:
            super().__setitem__(key, value)
        except OSError:
            self._unwritten[key] = value

    def __getitem__(self, key: str) -> Any:
        return self._unwritten[key] if key in self._unwritten else super().__getitem__(key)

    def __contains__(self, key: str) -> bool:
        return key in self._unwritten or bool(super().__contains__(key))


botocore.tokens.JSONFileCache = MemoryBackedCache


Checksums = Literal["supported", "unknown", "when_required"]


def checksums_of(scoped: Mapping[str, Any]) -> Checksums:
    """Whether uploads carry checksums: as the profile says; S3 itself knows them, of another store it is unknown."""
    named = str(scoped.get("request_checksum_calculation", ""))
    if named.lower() == "when_required":
        return "when_required"
    return "unknown" if "endpoint_url" in scoped and not named else "supported"


def owner_of_bucket() -> dict[str, str]:
    """Asks S3 to refuse a bucket of another account, where ``MLFLOW_S3_EXPECTED_BUCKET_OWNER`` names the own one."""
    owner = os.environ.get("MLFLOW_S3_EXPECTED_BUCKET_OWNER")
    return {"ExpectedBucketOwner": owner} if owner else {}


def described(key: str) -> dict[str, str]:
    """Content type and encoding by the name, as MLflow's own repository sets them."""
    kind, encoding = mimetypes.guess_type(key)
    return {name: value for name, value in (("ContentType", kind), ("ContentEncoding", encoding)) if value}


def extra() -> dict[str, Any]:
    """What ``MLFLOW_S3_UPLOAD_EXTRA_ARGS`` (JSON) adds to each upload, such as a KMS key, and the bucket's owner."""
    named = os.environ.get("MLFLOW_S3_UPLOAD_EXTRA_ARGS")
    return {**owner_of_bucket(), **(json.loads(named) if named else {})}


def build_client(settings: Settings) -> tuple[Any, Checksums]:
    """A boto3 client from the profile; region and endpoint are the profile's, the stack's region where it names none.

    Raises:
        botocore.exceptions.BotoCoreError: the profile is missing or its files cannot be parsed.
    """
    core = botocore.session.Session(profile=settings.profile)
    core.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=_moment)
    scoped = core.get_scoped_config()
    session = boto3.Session(botocore_session=core)
    options: dict[str, Any] = {}
    checksums = checksums_of(scoped)
    if checksums == "unknown":
        # boto3 ≥ 1.36 adds checksums that some S3-compatible stores refuse, or store as content.
        options["request_checksum_calculation"] = "when_required"
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": TRIES},
        # As many as transfers and requests have threads.
        max_pool_connections=64,
        signature_version="s3v4",
        **options,
    )
    client = session.client("s3", region_name=session.region_name or settings.region or None, config=config)
    if "payload_signing_enabled" not in (scoped.get("s3") or {}):
        for operation in ("PutObject", "UploadPart"):
            client.meta.events.register(f"before-sign.s3.{operation}", _leave_unsigned)
    return client, checksums


_UNSIGNED = Config(s3={"payload_signing_enabled": False})


def _leave_unsigned(request: Any, **_: Any) -> None:
    """A payload whose checksum is a signed header is not hashed for the signature as well: SHA-256 of each byte would
    cost an upload a seventh of its speed.
    """
    if "x-amz-checksum-crc32" in request.headers or "Content-MD5" in request.headers:
        request.context["client_config"] = _UNSIGNED


def _moment(text: Any) -> datetime:
    """As botocore reads a time, which is four fifths of what it costs to read a page of a listing."""
    if isinstance(text, str) and text.endswith("Z") and "T" in text:
        with contextlib.suppress(ValueError):
            return datetime.fromisoformat(text)
    found: datetime = botocore.utils.parse_timestamp(text)
    return found


class Client:
    """Gives the client of the credentials as they are now: edited files (a rotation, a new SSO login) count from the
    next call on.

    Costs three ``stat`` a call (microseconds), 50 to 70 ms when something changed. Safe to share between threads.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = threading.Lock()
        self._stamp: tuple[object, ...] = ()
        self._client: Any = None
        self._checksums: Checksums = "unknown"

    @property
    def checksums(self) -> Checksums:
        """Of the profile as it is now."""
        self()
        return self._checksums

    def __call__(self) -> Any:
        stamp = tuple(_stamp(self.settings.places.aws / name) for name in ("config", "credentials", "sso/cache"))
        with self._lock:
            if self._client is None or stamp != self._stamp:
                (self._client, self._checksums), self._stamp = build_client(self.settings), stamp
            return self._client


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


@cache
def client_of(settings: Settings) -> Client:
    """The process's one client for these settings; made after the fork, for boto3's sessions do not survive it."""
    return Client(settings)


def code_of(error: BaseException) -> str:
    """The S3 error code of a ClientError, else an empty string."""
    if isinstance(error, botocore.exceptions.ClientError):
        return str(error.response.get("Error", {}).get("Code", ""))
    return ""


def absent(error: BaseException) -> bool:
    """Whether the object (not the bucket) does not exist."""
    return code_of(error) in ABSENT


def explain(error: BaseException, settings: Settings, bucket: str, key: str, action: str) -> tuple[Finding, str]:
    """What an error of S3 means: a finding with the fix, and the name of MLflow's error code (which decides the
    HTTP status).

    ``action`` is the IAM action, such as ``s3:PutObject``. No part of the text comes from a credential.
    """
    if isinstance(error, boto3.exceptions.Boto3Error):
        # boto3's own transfer errors hide the client's error behind them.
        error = error.__cause__ or error.__context__ or error
    code, profile = code_of(error), settings.profile
    where = f"profile {profile}, s3://{bucket}/{key}"
    look = [f"aws s3 ls s3://{bucket} --profile {profile}"]
    if code in EXPIRED or isinstance(error, _EXPIRED_LOGINS):
        text = f"The credentials of profile {profile} have expired"
        return Finding(
            "s3.credentials", "error", text, where, [f"aws sso login --profile {profile}"]
        ), "UNAUTHENTICATED"
    if isinstance(error, _NO_CREDENTIALS):
        text = f"Profile {profile} gives no usable credentials: {type(error).__name__}"
        return Finding(
            "s3.credentials", "error", text, where, [f"aws configure --profile {profile}"]
        ), "UNAUTHENTICATED"
    if code in WRONG_KEYS:
        text = f"S3 does not accept the keys of profile {profile} ({code})"
        return Finding(
            "s3.credentials", "error", text, where, [f"aws configure --profile {profile}"]
        ), "UNAUTHENTICATED"
    if code == "NoSuchBucket":
        fix = [f"aws s3 mb s3://{bucket} --profile {profile}", "MLFLOW_S3_URI=s3://BUCKET/PREFIX"]
        return Finding("s3.no-bucket", "error", f"There is no bucket {bucket}", where, fix), "RESOURCE_DOES_NOT_EXIST"
    if code in DENIED:
        below = f"{settings.prefix}/*" if settings.prefix else "*"
        resource = bucket if action == "s3:ListBucket" else f"{bucket}/{below}"
        fix = [f'allow {action} on arn:aws:s3:::{resource} (README, "The smallest policy")']
        return Finding(
            "s3.denied", "error", f"{action} is denied to profile {profile}", where, fix
        ), "PERMISSION_DENIED"
    if code in ABSENT:
        return Finding("s3.error", "error", "There is no such object", where), "RESOURCE_DOES_NOT_EXIST"
    if code in BUSY:
        return Finding("s3.slow-down", "error", "S3 asks to slow down; try again", where), "TEMPORARILY_UNAVAILABLE"
    if isinstance(error, _NOT_THERE):
        text = f"S3 cannot be reached ({type(error).__name__})"
        return Finding("s3.unreachable", "error", text, where, look), "TEMPORARILY_UNAVAILABLE"
    text = f"{action} failed: {code or type(error).__name__}"
    return Finding("s3.error", "error", text, where, look), "INTERNAL_ERROR"


_NOT_THERE = (
    botocore.exceptions.HTTPClientError,
    botocore.exceptions.ConnectionError,
    # The connection went before the answer was whole.
    botocore.exceptions.IncompleteReadError,
)
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

"""boto3's clients: from the mounted profile alone, with time limits, rebuilt when ``~/.aws`` changes."""

import contextlib
import json
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import boto3
import botocore.session
import botocore.tokens
import botocore.utils
from botocore.config import Config
from botocore.utils import JSONFileCache

from stackd.settings import Settings

# Seconds. A mute store costs a request at most (3 + 20) × 2 tries, well inside a client's 120 s.
CONNECT_SECONDS, READ_SECONDS, TRIES = 3, 20, 2
# For what a store may be silent over for longer, although it works: the end of an upload of thousands of parts, a
# thousand deletes, a listing over delete markers.
PATIENT_SECONDS = 120
Checksums = Literal["supported", "unknown", "when_required"]


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


@dataclass
class Made:
    """The clients of one state of ``~/.aws``, and what their store has shown of itself since.

    ``patient`` is for operations that may take long. ``checksums``: whether uploads carry any: the profile says so,
    S3 itself knows them, of another store it is unknown. ``crc``: whether it took one; None before the first.
    """

    quick: Any
    patient: Any
    checksums: Checksums
    crc: bool | None = None
    deletes_with_md5: bool = False

    @property
    def sends_crc(self) -> bool:
        """Whether the next request has one."""
        return self.checksums != "when_required" if self.crc is None else self.crc


def checksums_of(scoped: Mapping[str, Any]) -> Checksums:
    """What the profile says of checksums, or what its store is known for."""
    said = str(scoped.get("request_checksum_calculation", ""))
    if said.lower() == "when_required":
        return "when_required"
    return "unknown" if "endpoint_url" in scoped and not said else "supported"


def build(settings: Settings) -> Made:
    """boto3's clients from the profile; region and endpoint are the profile's, the stack's region where it names none.

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

    def client(seconds: int) -> Any:
        config = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=seconds,
            retries={"mode": "standard", "total_max_attempts": TRIES},
            # As many as transfers and requests have threads.
            max_pool_connections=64,
            signature_version="s3v4",
            **options,
        )
        made = session.client("s3", region_name=session.region_name or settings.region or None, config=config)
        events = made.meta.events
        events.register("provide-client-params.s3", with_settings(os.environ, made.meta.service_model))
        if "payload_signing_enabled" not in (scoped.get("s3") or {}):
            for operation in ("PutObject", "UploadPart"):
                events.register(f"before-sign.s3.{operation}", _leave_unsigned)
        return made

    return Made(client(READ_SECONDS), client(PATIENT_SECONDS), checksums)


def with_settings(environ: Mapping[str, str], service: Any) -> Callable[..., dict[str, Any]]:
    """A handler of botocore's that completes the parameters of each request with what the settings say.

    ``MLFLOW_S3_UPLOAD_EXTRA_ARGS`` (JSON, such as a KMS key) and ``MLFLOW_S3_EXPECTED_BUCKET_OWNER`` go with every
    operation that has such a parameter, a customer's key with reads as well; what a call names itself wins. One that
    no operation has goes with all of them, so that it is refused and not left out in silence.
    """
    extra: dict[str, Any] = json.loads(environ.get("MLFLOW_S3_UPLOAD_EXTRA_ARGS") or "{}")
    # A copy reads with the customer's key what it writes with it.
    extra |= {f"CopySource{name}": value for name, value in extra.items() if name.startswith("SSECustomer")}
    if owner := environ.get("MLFLOW_S3_EXPECTED_BUCKET_OWNER"):
        extra["ExpectedBucketOwner"] = owner
    operations = [service.operation_model(name) for name in service.operation_names] if extra else []
    unknown = set(extra).difference(*map(_parameters, operations))

    def complete(params: dict[str, Any], model: Any, **_: Any) -> dict[str, Any]:
        known = unknown.union(_parameters(model))
        return {name: value for name, value in extra.items() if name in known} | params

    return complete


def _parameters(operation: Any) -> Iterable[str]:
    return operation.input_shape.members if operation.input_shape else ()


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
    """Gives the clients of the credentials as they are now: edited files (a rotation, a new SSO login) count from the
    next call on.

    Costs three ``stat`` a call (microseconds), 60 to 80 ms when something changed. Safe to share between threads.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = threading.Lock()
        self._stamp: tuple[object, ...] = ()
        self._made: Made | None = None

    def __call__(self) -> Made:
        stamp = tuple(_stamp(self.settings.places.aws / name) for name in ("config", "credentials", "sso/cache"))
        with self._lock:
            if self._made is None or stamp != self._stamp:
                self._made, self._stamp = build(self.settings), stamp
            return self._made


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


@cache
def client_of(settings: Settings) -> Client:
    """The process's one client; made after the fork, for boto3's sessions do not survive it."""
    return Client(settings)

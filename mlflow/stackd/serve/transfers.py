"""Artifacts of S3 mode, streamed: routes that replace MLflow's own, behind its Host, CORS and login layers.

MLflow's Flask handlers (`/get-artifact` and its like) still look up and authorise; what they hand back instead of a
file is a ``Place``, which is streamed from here.
"""

import asyncio
import logging
import os
import posixpath
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

import flask
from mlflow.exceptions import MlflowException
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.types import Receive, Scope, Send

from stackd import failures
from stackd.artifacts import faults
from stackd.artifacts.bucket import Bucket
from stackd.artifacts.download import Downloads, Opened
from stackd.artifacts.parts import Busy
from stackd.artifacts.repository import S3Repository
from stackd.artifacts.unfinished import Journal
from stackd.artifacts.upload import MOST_BYTES, TooLarge, Uploads
from stackd.mlflow_internals import content_disposition, mime_type
from stackd.serve.bridge import PLACE
from stackd.serve.layers import HEAD, IDLE, refusal
from stackd.settings import Places, Settings

logger = logging.getLogger(__name__)
RANGE = re.compile("bytes=([0-9]*)-([0-9]*)")
ETAG = re.compile('(W/)?("[^"]*")')
END = {"type": "http.response.body", "body": b""}
CONDITIONS = frozenset({"if-match", "if-none-match", "if-modified-since", "if-unmodified-since"})


class Gone(Exception):
    """The client went away."""


class Refused(Exception):
    """The object is there, and is not what the request wants: the status, why, and headers."""


@dataclass(frozen=True)
class Place:
    """An artifact of S3 mode: a path of a fenced repository."""

    repository: S3Repository
    path: str


class Transfers:
    """The transfers of one application; what belongs to a worker's event loop is made on first use."""

    def __init__(self, settings: Settings, notes: Journal | None = None) -> None:
        self.settings = settings
        self._notes = notes or Journal(settings.places.data)
        self._made: tuple[Uploads, Downloads] | None = None

    def _engines(self) -> tuple[Uploads, Downloads]:
        if self._made is None:
            self._made = Uploads(self._notes), Downloads()
        return self._made

    async def put(self, scope: Scope, receive: Receive, send: Send) -> None:
        """``PUT …/mlflow-artifacts/artifacts/<path>``."""
        uploads, _ = self._engines()
        place = self._place(scope)
        try:
            repository = place.repository
            path = repository.writing(place.path)
            await uploads.call(repository.claim)
            with repository.told(path):
                await uploads.put(repository.store, path, _chunks(receive), _length(scope))
        except Gone:
            return
        except (MlflowException, Busy, TooLarge, OSError) as error:
            # What still comes is read and dropped by uvicorn, so that its client sees the answer.
            await _refusal(error)(scope, receive, send)
        else:
            await Response()(scope, receive, send)

    async def get(self, scope: Scope, receive: Receive, send: Send) -> None:
        """``GET`` and ``HEAD …/mlflow-artifacts/artifacts/<path>``."""
        await self.stream(scope, receive, send, self._place(scope), [])

    def _place(self, scope: Scope) -> Place:
        # `layers.Front` lets plain paths through and no other.
        return Place(S3Repository(self.settings.destination), str(scope["path_params"]["artifact_path"]))

    async def stream(
        self, scope: Scope, receive: Receive, send: Send, place: Place, headers: list[tuple[bytes, bytes]]
    ) -> None:
        """Answer with an artifact; ``headers`` come with it, except those that the artifact has itself."""
        _, downloads = self._engines()
        repository, head_only, asked = place.repository, bool(scope.get(HEAD)), Headers(scope=scope)
        head = MutableHeaders(raw=[*headers])
        # The length that the look-up gave is that of its own empty answer, not the artifact's.
        del head["content-length"]
        head.update(_described(place.path))
        offline = repository.offline_file(place.path)
        try:
            path = repository.path(place.path)
            newer = offline is not None and await downloads.call(repository.offline_is_newer, place.path, offline)
            if offline is not None and newer:
                await FileResponse(offline, headers=head)(scope, receive, send)
                return
            if head_only or CONDITIONS & set(asked):
                # A look takes no turn from those that move bytes.
                with repository.told(path):
                    opened = await downloads.open(repository.store, path, ahead=1)
                status = _status(asked, opened, ranged=False)
                if head_only or status == 304:
                    await _start(send, status, head, opened)
                    await send(END)
                    return
            async with downloads.share() as share:
                with repository.told(path):
                    opened, ranged = await _open(downloads, repository.store, path, asked)
                # Once more: this may be another version.
                status = _status(asked, opened, ranged)
                await _start(send, status, head, opened)
                await (send(END) if status == 304 else _body(downloads.pieces(opened, share), receive, send, opened))
        except (MlflowException, Busy, Refused) as error:
            await _refusal(error)(scope, receive, send)


async def _body(pieces: AsyncGenerator[bytes], receive: Receive, send: Send, opened: Opened) -> None:
    # uvicorn's send says nothing of a client that left; without a look the rest of the object would be read.
    gone = asyncio.create_task(_until_gone(receive))
    try:
        async for piece in pieces:
            if gone.done():
                return
            async with asyncio.timeout(IDLE):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send(END)
    except (*faults.RAISED, OSError) as error:
        # Returned from without an end, uvicorn drops the connection: no client takes a part for the whole.
        logger.warning("The download of %s broke off: %s", opened.path, faults.named(error))
    finally:
        gone.cancel()
        await pieces.aclose()


def hand_over(repository: S3Repository, path: str) -> str | None:
    """``S3Repository.get_local_path``, which MLflow's Flask handlers call to answer with the file: it leaves the place
    of the artifact for the bridge, and an empty file for Flask, which that alone is asked about.
    """
    if not flask.has_request_context():
        return None
    environ = flask.request.environ
    environ[PLACE] = Place(repository, path)
    for name in CONDITIONS:
        environ.pop(f"HTTP_{name.upper().replace('-', '_')}", None)
    return os.devnull


def _length(scope: Scope) -> int | None:
    named = dict(scope["headers"]).get(b"content-length")
    return int(named) if named is not None else None


async def _chunks(receive: Receive) -> AsyncGenerator[bytes]:
    """The request's body as it comes. Raises Gone."""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        more = message.get("more_body", False)
        if message.get("body"):
            yield message["body"]


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _open(downloads: Downloads, place: Bucket, path: str, asked: Headers) -> tuple[Opened, bool]:
    """The object, and whether only a range of it was asked for: one, in bytes, of the version that the client knows."""
    found = RANGE.fullmatch(asked.get("range", ""))
    first, last = (_number(found[1]), _number(found[2])) if found else (None, None)
    if (first, last) != (None, None) and not (first is not None and last is not None and last < first):
        opened = await downloads.open(place, path, first, last)
        if asked.get("if-range", opened.etag) == opened.etag:
            return opened, True
    return await downloads.open(place, path), False


def _number(digits: str) -> int | None:
    # No object has as many bytes as eighteen digits say.
    return int(digits.lstrip("0")[:18] or "0") if digits else None


def _status(asked: Headers, opened: Opened, ranged: bool) -> int:
    """Of an answer, by the request's conditions in the order of RFC 9110, 13.2.2. Raises Refused."""
    modified = opened.modified.replace(microsecond=0)
    if "if-match" in asked:
        if not _names(asked["if-match"], opened, weak=False):
            raise Refused(412, "The artifact is not the version that the request names")
    elif modified > (_date(asked, "if-unmodified-since") or modified):
        raise Refused(412, "The artifact has changed since the request's date")
    if "if-none-match" in asked:
        if _names(asked["if-none-match"], opened, weak=True):
            return 304
    elif (since := _date(asked, "if-modified-since")) and modified <= since:
        return 304
    if ranged and opened.first >= opened.size:
        raise Refused(416, f"The artifact has {opened.size:,} bytes", {"content-range": f"bytes */{opened.size}"})
    return 206 if ranged else 200


def _names(etags: str, opened: Opened, weak: bool) -> bool:
    return etags.strip() == "*" or any(tag == opened.etag and (weak or not mark) for mark, tag in ETAG.findall(etags))


def _date(asked: Headers, name: str) -> datetime | None:
    """A header's date; one that is none counts for nothing."""
    try:
        found = parsedate_to_datetime(asked.get(name, ""))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _described(path: str) -> dict[str, str]:
    """Always an attachment: shown in place, a page that somebody logged would run as one of this server's."""
    return {
        "content-type": mime_type(path),
        "content-disposition": content_disposition(posixpath.basename(path)),
        "x-content-type-options": "nosniff",
    }


async def _start(send: Send, status: int, head: MutableHeaders, opened: Opened) -> None:
    head["accept-ranges"], head["etag"] = "bytes", opened.etag
    head["last-modified"] = format_datetime(opened.modified.astimezone(UTC), usegmt=True)
    if status != 304:
        head["content-length"] = str(opened.last - opened.first + 1)
    if status == 206:
        head["content-range"] = f"bytes {opened.first}-{opened.last}/{opened.size}"
    await send({"type": "http.response.start", "status": status, "headers": head.raw})


def _refusal(error: Exception) -> JSONResponse:
    if isinstance(error, MlflowException):
        return refusal(error.get_http_status_code(), error.error_code, error.message)
    if isinstance(error, Busy):
        text = "This server already moves as many artifacts as it can at a time; try again"
        return refusal(503, "TEMPORARILY_UNAVAILABLE", text)
    if isinstance(error, TooLarge):
        text = f"Larger than the {MOST_BYTES // 2**30} GiB that an upload may have: log it in several files"
        return refusal(413, "INVALID_PARAMETER_VALUE", text)
    if isinstance(error, Refused):
        status, *said = error.args
        return refusal(status, "INVALID_PARAMETER_VALUE", *said)
    # The journal of uploads, on the volume.
    return refusal(503, "TEMPORARILY_UNAVAILABLE", failures.explain(error, Places.of()).text)

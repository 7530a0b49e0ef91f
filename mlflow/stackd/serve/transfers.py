"""Artifacts of S3 mode, streamed: routes that replace MLflow's own, behind its Host, CORS and login layers.

MLflow's Flask handlers (`/get-artifact` and its like) still look up and authorise; what they hand back instead of a
file is a ``Place``, which is streamed from here.
"""

import asyncio
import logging
import posixpath
import re
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC
from email.utils import format_datetime
from typing import Any

from mlflow.exceptions import MlflowException
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.types import Receive, Scope, Send

from stackd import failures
from stackd.artifacts import faults
from stackd.artifacts.bucket import Bucket
from stackd.artifacts.download import FIRST, Downloads, Opened, Unsatisfiable
from stackd.artifacts.parts import Busy
from stackd.artifacts.repository import S3Repository
from stackd.artifacts.unfinished import Journal
from stackd.artifacts.upload import MOST_BYTES, TooLarge, Uploads
from stackd.mlflow_internals import content_disposition, mime_type, safe_path
from stackd.serve.bridge import PLACE
from stackd.serve.head import HEAD
from stackd.settings import Places, Settings

logger = logging.getLogger(__name__)
# Seconds without a byte from, or to, a client.
IDLE = 120.0
# What is still read of an upload that was refused, so that its client sees the answer: bytes, seconds.
DRAIN_BYTES, DRAIN_SECONDS = 16 * 2**20, 2.0
RANGE = re.compile(r"^bytes=(\d*)-(\d*)$")
# The one handler that calls a repository itself (handlers.get_trace_artifact_handler).
ANSWERS_WITH_A_TRACE = "/get-trace-artifact"


class Gone(Exception):
    """The client went away."""


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
        chunks = _chunks(receive)
        try:
            repository = S3Repository(self.settings.destination)
            path = repository.writing(_path(scope))
            await uploads.call(repository.claim)
            with repository.told(path):
                await uploads.put(repository.store, path, chunks, _length(scope))
        except Gone:
            return
        except (MlflowException, Busy, TooLarge, TimeoutError, OSError) as error:
            await _refuse(send, error)
            with suppress(Gone, TimeoutError):
                async with asyncio.timeout(DRAIN_SECONDS):
                    await _drain(chunks)
        else:
            await Response()(scope, receive, send)

    async def get(self, scope: Scope, receive: Receive, send: Send) -> None:
        """``GET`` and ``HEAD …/mlflow-artifacts/artifacts/<path>``."""
        try:
            place = Place(S3Repository(self.settings.destination), _path(scope))
        except MlflowException as error:
            await _refuse(send, error)
            return
        await self.stream(scope, receive, send, place, [])

    async def stream(
        self, scope: Scope, receive: Receive, send: Send, place: Place, headers: list[tuple[bytes, bytes]]
    ) -> None:
        """Answer with an artifact; ``headers`` come with it, except those that the artifact has itself."""
        _, downloads = self._engines()
        repository, path = place.repository, place.repository.path(place.path)
        head_only = bool(scope.get(HEAD))
        asked = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        # The length that the look-up gave is that of its own empty answer, not the artifact's.
        besides = [each for each in headers if each[0].lower() != b"content-length"]
        described = _merged(besides, _described(place.path))
        offline = repository.offline_file(place.path)
        try:
            newer = offline is not None and await downloads.call(repository.offline_is_newer, place.path, offline)
            if offline is not None and newer:
                answer = FileResponse(offline)
                for name, value in described:
                    answer.headers[name.decode("latin-1")] = value.decode("latin-1")
                await answer(scope, receive, send)
                return
            async with downloads.share() as share:
                with repository.told(path):
                    opened, ranged = await _open(downloads, repository.store, path, asked, head_only)
                head = _merged(described, _headers(opened, ranged))
                if opened.etag in asked.get("if-none-match", ""):
                    await _start(send, 304, [each for each in head if each[0] != b"content-length"])
                    await send({"type": "http.response.body", "body": b""})
                    return
                await _start(send, 206 if ranged else 200, head)
                if head_only:
                    await send({"type": "http.response.body", "body": b""})
                    return
                await _body(downloads.pieces(opened, share), receive, send, opened)
        except (MlflowException, Busy, Unsatisfiable) as error:
            await _refuse(send, error)


async def _body(pieces: AsyncGenerator[bytes], receive: Receive, send: Send, opened: Opened) -> None:
    # uvicorn's send says nothing of a client that left; without a look the rest of the object would be read.
    gone = asyncio.create_task(_until_gone(receive))
    try:
        async for piece in pieces:
            if gone.done():
                return
            async with asyncio.timeout(IDLE):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    except (*faults.RAISED, OSError) as error:
        # Returned from without an end, uvicorn drops the connection: no client takes a part for the whole.
        logger.warning("The download of %s broke off: %s", opened.path, faults.named(error))
    finally:
        gone.cancel()
        await pieces.aclose()


def hand_over(repository: S3Repository, path: str) -> bool:
    """In a request that is answered with an artifact and nothing else: leave its place for the bridge."""
    import flask

    if not flask.has_request_context() or not flask.request.path.endswith(ANSWERS_WITH_A_TRACE):
        return False
    flask.request.environ[PLACE] = Place(repository, path)
    return True


def place_or_file(send_artifact: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
    """Replaces MLflow's function that answers with a file: for S3 it only leaves the place, for the bridge."""
    import flask

    def answer(repository: Any, path: str) -> Any:
        if not isinstance(repository, S3Repository):
            return send_artifact(repository, path)
        flask.request.environ[PLACE] = Place(repository, path)
        return flask.Response()

    return answer


def _path(scope: Scope) -> str:
    return safe_path(str(scope["path_params"]["artifact_path"]))


def _length(scope: Scope) -> int | None:
    named = dict(scope["headers"]).get(b"content-length")
    return int(named) if named is not None else None


async def _chunks(receive: Receive) -> AsyncGenerator[bytes]:
    """The request's body as it comes. Raises Gone, TimeoutError."""
    more = True
    while more:
        async with asyncio.timeout(IDLE):
            message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        more = message.get("more_body", False)
        if message.get("body"):
            yield message["body"]


async def _drain(chunks: AsyncGenerator[bytes]) -> None:
    left = DRAIN_BYTES
    async for chunk in chunks:
        left -= len(chunk)
        if left < 0:
            return


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _open(
    downloads: Downloads, place: Bucket, path: str, asked: dict[str, str], head_only: bool
) -> tuple[Opened, bool]:
    """The object, and whether only a range of it was asked for: one, in bytes, of the version that the client knows."""
    ahead = 1 if head_only else FIRST
    found = RANGE.match(asked.get("range", ""))
    if found is None or not any(found.groups()):
        return await downloads.open(place, path, ahead=ahead), False
    first, last = (int(digits) if digits else None for digits in found.groups())
    if first is not None and last is not None and last < first:
        return await downloads.open(place, path, ahead=ahead), False
    opened = await downloads.open(place, path, first, last, ahead)
    if asked.get("if-range", opened.etag) != opened.etag:
        return await downloads.open(place, path, ahead=ahead), False
    return opened, True


def _described(path: str) -> list[tuple[bytes, bytes]]:
    """Always an attachment: shown in place, a page that somebody logged would run as one of this server's."""
    found = {
        "content-type": mime_type(path),
        "content-disposition": content_disposition(posixpath.basename(path)),
        "x-content-type-options": "nosniff",
    }
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in found.items()]


def _headers(opened: Opened, ranged: bool) -> list[tuple[bytes, bytes]]:
    found = {
        "content-length": str(opened.last - opened.first + 1),
        "accept-ranges": "bytes",
        "etag": opened.etag,
        "last-modified": format_datetime(opened.modified.astimezone(UTC), usegmt=True),
    }
    if ranged:
        found["content-range"] = f"bytes {opened.first}-{opened.last}/{opened.size}"
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in found.items()]


def _merged(headers: list[tuple[bytes, bytes]], ours: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Both, where ours take the place of their namesakes."""
    names = {name for name, _ in ours}
    return [*(each for each in headers if each[0].lower() not in names), *ours]


async def _start(send: Send, status: int, headers: list[tuple[bytes, bytes]]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def _refuse(send: Send, error: Exception) -> None:
    """An error in MLflow's own form."""
    headers: dict[str, str] = {}
    if isinstance(error, MlflowException):
        status, code, message = error.get_http_status_code(), error.error_code, error.message
    elif isinstance(error, Busy):
        status, code = 503, "TEMPORARILY_UNAVAILABLE"
        message = "This server already moves as many artifacts as it can at a time; try again"
    elif isinstance(error, TooLarge):
        status, code = 413, "INVALID_PARAMETER_VALUE"
        message = f"Larger than the {MOST_BYTES // 2**30} GiB that an upload may have: log it in several files"
    elif isinstance(error, Unsatisfiable):
        status, code, message = 416, "INVALID_PARAMETER_VALUE", f"The artifact has {error.size:,} bytes"
        headers["content-range"] = f"bytes */{error.size}"
    elif isinstance(error, TimeoutError):
        status, code = 408, "INVALID_PARAMETER_VALUE"
        message = f"Nothing came from the client for {IDLE:.0f} s, so the upload was given up"
    else:
        # The journal of uploads, on the volume.
        status, code, message = 503, "TEMPORARILY_UNAVAILABLE", failures.explain(error, Places.of()).text
    answer = JSONResponse({"error_code": code, "message": message}, status, headers)
    await _start(send, status, answer.raw_headers)
    await send({"type": "http.response.body", "body": answer.body})

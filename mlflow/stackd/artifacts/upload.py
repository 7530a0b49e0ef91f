"""Into S3 while it arrives: a small body as one put, a larger one as multipart; nothing on the server's disk.

An object is whole or absent. Where a client goes away in the middle, its multipart upload is aborted.
"""

import asyncio
import base64
import functools
import hashlib
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import botocore.exceptions

from stackd.artifacts import journal, s3
from stackd.artifacts.journal import Journal, Noted
from stackd.artifacts.parts import PART, SPARE, TRANSFERS, Body, Budget, Share, Source
from stackd.settings import Settings

T = TypeVar("T")
logger = logging.getLogger(__name__)
# Parts of one upload on their way at once.
AHEAD = 3
# S3's limit, and what it comes to.
MOST_PARTS = 10_000
MOST_BYTES = MOST_PARTS * PART
# As one `bytes`, which spares S3's "100 Continue"; small enough for one time limit on a slow line.
IN_ONE = 256 * 1024
# What stores say that do not know the checksum's header.
REFUSED = frozenset({"NotImplemented", "InvalidArgument", "InvalidRequest", "501"})


class TooLarge(Exception):
    """More than ``MOST_BYTES``."""


class Uploads:
    """The uploads of one worker. Belongs to one event loop."""

    def __init__(self, settings: Settings, notes: Journal) -> None:
        self._settings, self._notes = settings, notes
        self._client = s3.client_of(settings)
        self._pool = ThreadPoolExecutor(TRANSFERS + SPARE, thread_name_prefix="upload")
        self.budget = Budget()
        # Which client's store knows checksums, and which does not; that of another profile is asked again.
        self._crc: dict[int, bool] = {}

    async def put(self, key: str, chunks: AsyncIterator[bytes], length: int | None) -> None:
        """Store a body under a key of the destination's bucket; ``length`` in bytes, where the client named it.

        Raises what the chunks raise; TooLarge; parts.Busy; boto3's errors; OSError from the journal.
        """
        if length is not None and length > MOST_BYTES:
            raise TooLarge
        async with self.budget.share() as share:
            share.take()
            source = Source(chunks, length)
            whole = await source.small()
            if whole is not None:
                await self.call(self._put, key, whole)
            else:
                await self._multipart(key, source, share)

    async def _multipart(self, key: str, source: Source, share: Share) -> None:
        upload = await self.call(self._create, key)
        note = await self.call(self._notes.note, upload)
        sent: list[asyncio.Task[dict[str, Any]]] = []
        try:
            while True:
                body = await source.part()
                if body:
                    sent.append(asyncio.create_task(self._part(upload, len(sent) + 1, body, share)))
                # The task has it; this frame would keep it while the next one fills.
                del body
                if source.ended:
                    break
                if len(sent) == MOST_PARTS:
                    raise TooLarge
                await _room(sent, share)
            parts = await asyncio.gather(*sent)
            await self.call(self._complete, upload, list(parts))
        except BaseException:
            await self._abandon(upload, note, sent)
            raise
        note.unlink(missing_ok=True)

    async def _part(self, upload: Noted, number: int, body: Body, share: Share) -> dict[str, Any]:
        try:
            return await self.call(self._send_part, upload, number, body)
        finally:
            share.give()

    async def _abandon(self, upload: Noted, note: Path, sent: list["asyncio.Task[dict[str, Any]]"]) -> None:
        """Best effort; never hides the error that led here. Waits for the parts: one that arrives later would stay."""
        if sent:
            await asyncio.wait(sent)
        for task in sent:
            # Looked at, so that the loop does not report it a second time.
            _ = task.cancelled() or task.exception()
        try:
            await self.call(journal.abort, self._settings, upload)
        except s3.RAISED as error:
            why = s3.code_of(error) or type(error).__name__
            logger.warning("The unfinished upload of %s will be aborted at the next start: %s", upload.key, why)
            return
        note.unlink(missing_ok=True)

    async def call(self, work: Callable[..., T], *arguments: Any) -> T:
        """What waits for S3, in a thread of the uploads."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, functools.partial(work, *arguments))

    # Below: in threads.

    def _put(self, key: str, body: Body) -> None:
        content: bytes | Body = body.whole() if len(body) <= IN_ONE else body
        self._checked(
            body,
            lambda client, checksum: client.put_object(
                Bucket=self._settings.bucket, Key=key, Body=content, **checksum, **s3.described(key), **s3.extra()
            ),
        )

    def _create(self, key: str) -> Noted:
        client, wanted = (
            self._client(),
            {"Bucket": self._settings.bucket, "Key": key, **s3.described(key), **s3.extra()},
        )
        # A part may carry a checksum only where the upload was made for it.
        algorithm = {"ChecksumAlgorithm": "CRC32"} if self._with_crc() else {}
        try:
            answer = client.create_multipart_upload(**wanted, **algorithm)
        except botocore.exceptions.ClientError as error:
            self._unless_refused(error)
            answer = client.create_multipart_upload(**wanted)
        return Noted(self._settings.bucket, key, str(answer["UploadId"]))

    def _send_part(self, upload: Noted, number: int, body: Body) -> dict[str, Any]:
        answer = self._checked(
            body,
            lambda client, checksum: client.upload_part(
                Bucket=upload.bucket,
                Key=upload.key,
                UploadId=upload.upload_id,
                PartNumber=number,
                Body=body,
                **checksum,
                **_of_operation(client, "UploadPart", s3.extra()),
            ),
        )
        crc = {"ChecksumCRC32": answer["ChecksumCRC32"]} if answer.get("ChecksumCRC32") else {}
        return {"PartNumber": number, "ETag": answer["ETag"], **crc}

    def _complete(self, upload: Noted, parts: list[dict[str, Any]]) -> None:
        client = self._client()
        client.complete_multipart_upload(
            Bucket=upload.bucket,
            Key=upload.key,
            UploadId=upload.upload_id,
            MultipartUpload={"Parts": parts},
            **_of_operation(client, "CompleteMultipartUpload", s3.extra()),
        )

    def _with_crc(self) -> bool:
        return self._crc.get(id(self._client()), self._client.checksums != "when_required")

    def _unless_refused(self, error: botocore.exceptions.ClientError) -> None:
        """Raise it again, unless it may be a store that does not know checksums: then they are left out from now on."""
        known = self._crc.get(id(self._client()))
        if known or self._client.checksums != "unknown" or s3.code_of(error) not in REFUSED:
            raise error
        self._crc = {id(self._client()): False}

    def _checked(self, body: Body, request: Callable[[Any, dict[str, str]], dict[str, Any]]) -> dict[str, Any]:
        """A request with the body's checksum in a header; without, for good, where a store other than S3 refuses it.

        What it gets then is the MD5 that every store knows. With `request_checksum_calculation = when_required` in the
        profile neither is sent, and the signature covers the payload.
        """
        client = self._client()
        if self._with_crc():
            try:
                answer = request(client, {"ChecksumCRC32": base64.b64encode(body.crc32()).decode()})
            except botocore.exceptions.ClientError as error:
                self._unless_refused(error)
            else:
                self._crc = {id(client): True}
                return answer
        if self._client.checksums == "when_required":
            return request(client, {})
        body.seek(0)
        return request(client, {"ContentMD5": base64.b64encode(hashlib.md5(body.whole()).digest()).decode()})  # noqa: S324


async def _room(sent: list["asyncio.Task[dict[str, Any]]"], share: Share) -> None:
    """Wait until another part may be filled; raises what a part that ended raised."""
    while True:
        pending = [task for task in sent[-AHEAD - SPARE :] if not task.done()]
        for task in sent[-AHEAD - SPARE :]:
            if task.done():
                task.result()
        if len(pending) < AHEAD and share.take():
            return
        await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)


def _of_operation(client: Any, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Those that a further request of the upload takes as well: a customer's key yes, an ACL no."""
    known = client.meta.service_model.operation_model(operation).input_shape.members
    return {name: value for name, value in arguments.items() if name in known}

"""Into S3 while it arrives: a small body as one put, a larger one as multipart; nothing on the server's disk.

An object is whole or absent. Where a client goes away in the middle, its multipart upload is aborted.
"""

import asyncio
import functools
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from stackd.artifacts import faults
from stackd.artifacts.bucket import Bucket
from stackd.artifacts.parts import PART, SPARE, TRANSFERS, Budget, Share, Source
from stackd.artifacts.unfinished import Journal, Noted

T = TypeVar("T")
logger = logging.getLogger(__name__)
# Parts of one upload on their way at once.
AHEAD = 3
# S3's limit, and what it comes to.
MOST_PARTS = 10_000
MOST_BYTES = MOST_PARTS * PART


class TooLarge(Exception):
    """More than ``MOST_BYTES``."""


class Uploads:
    """The uploads of one worker. Belongs to one event loop."""

    def __init__(self, notes: Journal) -> None:
        self._notes = notes
        self._pool = ThreadPoolExecutor(TRANSFERS + SPARE, thread_name_prefix="upload")
        self.budget = Budget()

    async def put(self, place: Bucket, path: str, chunks: AsyncIterator[bytes], length: int | None) -> None:
        """Store a body under a path of a destination; ``length`` in bytes, where the client named it.

        Raises what the chunks raise; TooLarge; parts.Busy; Unusable; boto3's errors; OSError from the journal.
        """
        if length is not None and length > MOST_BYTES:
            raise TooLarge
        async with self.budget.share() as share:
            share.take()
            source = Source(chunks, length)
            whole = await source.small()
            if whole is not None:
                await self.call(place.put, path, whole)
            else:
                await self._multipart(place, path, source, share)

    async def _multipart(self, place: Bucket, path: str, source: Source, share: Share) -> None:
        upload = await self.call(place.begin, path)
        noted = Noted(place.destination.bucket, place.destination.key(path), upload)
        note = await self.call(self._notes.note, noted)
        size = 0
        sent: list[asyncio.Task[dict[str, Any]]] = []
        try:
            while True:
                body = await source.part()
                size += len(body)
                if body:
                    send = functools.partial(place.part, path, upload, len(sent) + 1, body)
                    sent.append(asyncio.create_task(self._part(send, share)))
                    del send
                # The task has it; this frame would keep it while the next one fills.
                del body
                if source.ended:
                    break
                if len(sent) == MOST_PARTS:
                    raise TooLarge
                await _room(sent, share)
            parts = await asyncio.gather(*sent)
            await self.call(place.complete, path, upload, list(parts), size)
        except BaseException:
            await self._abandon(functools.partial(place.abort, path, upload), path, note, sent)
            raise
        note.unlink(missing_ok=True)

    async def _part(self, send: Callable[[], dict[str, Any]], share: Share) -> dict[str, Any]:
        try:
            return await self.call(send)
        finally:
            share.give()

    async def _abandon(
        self, abort: Callable[[], None], path: str, note: Path, sent: list["asyncio.Task[dict[str, Any]]"]
    ) -> None:
        """Best effort; never hides the error that led here. Waits for the parts: one that arrives later would stay."""
        if sent:
            await asyncio.wait(sent)
        for task in sent:
            # Looked at, so that the loop does not report it a second time.
            _ = task.cancelled() or task.exception()
        try:
            await self.call(abort)
        except faults.RAISED as error:
            why = faults.named(error)
            logger.warning("The unfinished upload of %s will be aborted at the next start: %s", path, why)
            return
        note.unlink(missing_ok=True)

    async def call(self, work: Callable[..., T], *arguments: Any) -> T:
        """What waits for S3, in a thread of the uploads."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, functools.partial(work, *arguments))


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

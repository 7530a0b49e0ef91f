"""Out of S3 as it is read: ranges in parallel, in order, all of one version of the object; nothing on the disk."""

import asyncio
import functools
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from stackd.artifacts import faults
from stackd.artifacts.bucket import Bucket
from stackd.artifacts.faults import BROKEN_OFF, RAISED
from stackd.artifacts.parts import MIB, PART, SPARE, TRANSFERS, Budget, Share

T = TypeVar("T")
# The first range is smaller: the first byte leaves after one round trip. It also tells the object's size and version.
FIRST = MIB
# Ranges of one download that are read at once, besides the one that is being sent.
WINDOW = 1 + SPARE
# What is handed on at a time; pieces of 64 KiB would cost a third of the speed.
PIECE = 2 * MIB
TRIES = 2


@dataclass(frozen=True)
class Opened:
    """An object, of which the bytes ``first`` to ``last`` come; ``last`` is ``first - 1`` for none, and ``first`` is
    ``size`` for a range behind the end.

    ``etag`` with its quotes, as HTTP has it.
    """

    place: Bucket
    path: str
    size: int
    first: int
    last: int
    etag: str
    modified: datetime
    head: bytes


class Downloads:
    """The downloads of one worker. Belongs to one event loop."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(TRANSFERS + SPARE, thread_name_prefix="download")
        self.budget = Budget()

    @asynccontextmanager
    async def share(self) -> AsyncIterator[Share]:
        """One download's turn. Raises parts.Busy."""
        async with self.budget.share() as share:
            yield share

    async def open(
        self, place: Bucket, path: str, first: int | None = None, last: int | None = None, ahead: int = FIRST
    ) -> Opened:
        """Look at an object, and read the beginning of what is wanted, at most ``ahead`` bytes of it.

        ``first`` and ``last`` as in a Range header: ``(0, 9)`` the first ten bytes, ``(None, 10)`` the last ten.
        Raises what boto3 raises, and faults.NoRanges.
        """
        if first is None and last is not None:
            size = (await self.open(place, path, ahead=1)).size
            first, last = max(size - last, 0), None
        return await self.call(self._open, place, path, first or 0, last, ahead)

    async def pieces(self, opened: Opened, share: Share) -> AsyncGenerator[bytes]:
        """The bytes of what was opened, in order. Raises boto3's errors: what came before is a part of the object."""
        position = opened.first + len(opened.head)
        reading: deque[asyncio.Task[list[bytes]]] = deque()
        share.take()
        try:
            position = self._read_on(opened, position, reading, share)
            yield opened.head
            share.give()
            while position <= opened.last or reading:
                position = self._read_on(opened, position, reading, share)
                part = await reading[0]
                reading.popleft()
                part.reverse()
                while part:
                    yield part.pop()
                share.give()
        finally:
            # A thread cannot be stopped: what it still reads counts until it ends.
            if reading:
                await asyncio.wait(reading)
            for task in reading:
                _ = task.cancelled() or task.exception()

    def _read_on(self, opened: Opened, position: int, reading: "deque[asyncio.Task[list[bytes]]]", share: Share) -> int:
        """Begin further ranges, as far as there is room for them; the first byte that no range has yet."""
        while position <= opened.last and len(reading) < WINDOW and share.take():
            # To the next multiple of a part: stores keep objects in pieces of that size, and read a range that lies
            # across two of them twice.
            last = min((position // PART + 1) * PART - 1, opened.last)
            reading.append(asyncio.create_task(self.call(self._range, opened, position, last)))
            position = last + 1
        return position

    async def call(self, work: Callable[..., T], *arguments: Any) -> T:
        """What waits for S3, in a thread of the downloads."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, functools.partial(work, *arguments))

    # Below: in threads.

    def _open(self, place: Bucket, path: str, first: int, last: int | None, ahead: int) -> Opened:
        until = first + ahead - 1 if last is None else min(last, first + ahead - 1)
        try:
            answer, pieces = _get(place, path, first, until, {})
        except RAISED as error:
            if faults.code_of(error) not in ("InvalidRange", "416"):
                raise
            # An empty object has no range at all.
            answer = place.head(path)
            size = int(answer["ContentLength"])
            if size and not first:
                raise
            return Opened(place, path, size, size, size - 1, str(answer["ETag"]), answer["LastModified"], b"")
        size = int(str(answer["ContentRange"]).rpartition("/")[2])
        end = size - 1 if last is None else min(last, size - 1)
        head = b"".join(pieces)
        return Opened(place, path, size, first, end, str(answer["ETag"]), answer["LastModified"], head)

    def _range(self, opened: Opened, first: int, last: int) -> list[bytes]:
        return _get(opened.place, opened.path, first, last, {"IfMatch": opened.etag})[1]


def _get(
    place: Bucket, path: str, first: int, last: int, condition: dict[str, str]
) -> tuple[dict[str, Any], list[bytes]]:
    """A range, whole or not at all: an answer that broke off is asked for once more."""
    for left in reversed(range(TRIES)):
        answer = place.get(path, Range=f"bytes={first}-{last}", **condition)
        try:
            return answer, _pieces(answer)
        except BROKEN_OFF:
            if not left:
                raise
        finally:
            answer["Body"].close()
    raise AssertionError


def _pieces(answer: dict[str, Any]) -> list[bytes]:
    """Read an answer in pieces. Raises one of ``BROKEN_OFF`` where it ends early."""
    left = int(answer["ContentLength"])
    found: list[bytes] = []
    while left:
        piece = answer["Body"].read(min(PIECE, left))
        if not piece:
            raise faults.ended_early(answer["ContentLength"] - left, answer["ContentLength"])
        found.append(piece)
        left -= len(piece)
    return found

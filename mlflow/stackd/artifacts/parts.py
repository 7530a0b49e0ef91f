"""What transfers hold in memory: parts of 8 MiB, counted before they are filled.

Each transfer has one part for itself, so that six clients which stall after a hundred bytes block nobody; further
parts are lent to it from a few that all transfers of a direction share.
"""

import asyncio
import hashlib
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

MIB = 2**20
PART = 8 * MIB
# Of one direction in one worker: transfers at once, and parts that are lent besides one for each.
TRANSFERS = 16
SPARE = 4
# How long a further transfer waits for its turn, in seconds: a client has a timeout of 120.
PATIENCE = 60.0


def peak_bytes(uploads: int, downloads: int) -> int:
    """The most that the parts of a worker take, in bytes, with so many transfers at once.

    ``(min(uploads, TRANSFERS) + SPARE + min(downloads, TRANSFERS) + SPARE) × PART``, where a direction without a
    transfer counts nothing. What the process itself, sockets and the allocator's slack take comes on top.
    """
    return sum((min(count, TRANSFERS) + SPARE) * PART for count in (uploads, downloads) if count)


class Busy(Exception):
    """No transfer ended within ``PATIENCE``."""


class Budget:
    """The parts of one direction. Belongs to one event loop."""

    def __init__(self, transfers: int = TRANSFERS, spare: int = SPARE) -> None:
        self._turns = asyncio.Semaphore(transfers)
        self.spare = spare
        self.held = 0

    @asynccontextmanager
    async def share(self) -> AsyncIterator["Share"]:
        """A transfer's share, given back at the end.

        Raises:
            Busy: all turns are taken, for ``PATIENCE`` seconds.
        """
        try:
            async with asyncio.timeout(PATIENCE):
                await self._turns.acquire()
        except TimeoutError:
            raise Busy from None
        share = Share(self)
        try:
            yield share
        finally:
            while share.held:
                share.give()
            self._turns.release()


class Share:
    """The parts that one transfer holds."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self.held = 0

    def take(self) -> bool:
        """Another part, if there is one; the first there always is."""
        if self.held and not self._budget.spare:
            return False
        if self.held:
            self._budget.spare -= 1
        self.held += 1
        self._budget.held += 1
        return True

    def give(self) -> None:
        """A part less."""
        self.held -= 1
        self._budget.held -= 1
        if self.held:
            self._budget.spare += 1


class Body:
    """Bytes as they came, for a request of boto3: they are not joined, and each is sent with its own time limit.

    (A single ``bytes`` would have to leave within one time limit as a whole: 8 MiB on a slow line do not.)
    """

    def __init__(self, chunks: list[bytes]) -> None:
        self._chunks = chunks
        self._size = sum(map(len, chunks))
        self._next = 0

    def __len__(self) -> int:
        return self._size

    def read(self, _: int = -1) -> bytes:
        """The next chunk, whatever its size; empty at the end."""
        if self._next == len(self._chunks):
            return b""
        self._next += 1
        return self._chunks[self._next - 1]

    def seek(self, offset: int, whence: int = 0) -> int:
        """To the beginning, for another try, or to the end."""
        if offset:
            raise ValueError("only to the beginning or the end")
        self._next = len(self._chunks) if whence == 2 else 0
        return self.tell()

    def tell(self) -> int:
        """Bytes read so far."""
        return sum(map(len, self._chunks[: self._next]))

    def whole(self) -> bytes:
        """All of it in one piece."""
        return b"".join(self._chunks)

    def crc32(self) -> bytes:
        """CRC-32, big-endian, as S3's ``x-amz-checksum-crc32`` has it before base64."""
        value = 0
        for chunk in self._chunks:
            value = zlib.crc32(chunk, value)
        return value.to_bytes(4, "big")

    def md5(self) -> bytes:
        """For stores that do not know the CRC; not for security."""
        digest = hashlib.md5(usedforsecurity=False)
        for chunk in self._chunks:
            digest.update(chunk)
        return digest.digest()


class Source:
    """The chunks of a request's body, cut into parts."""

    def __init__(self, chunks: AsyncIterator[bytes], length: int | None = None) -> None:
        self._chunks = chunks
        self._left = length
        self._rest = b""
        self._peeked: Body | None = None
        self.ended = length == 0

    async def small(self) -> Body | None:
        """All of the body if it fits into one part, else None: the part comes again."""
        body = await self.part()
        if self.ended:
            return body
        self._peeked = body
        return None

    async def part(self) -> Body:
        """The next ``PART`` bytes, fewer at the end. Raises what the chunks raise."""
        if self._peeked is not None:
            body, self._peeked = self._peeked, None
            return body
        held: list[bytes] = []
        room = PART
        while room and not self.ended:
            # A chunk is never empty, so this is the end.
            chunk = self._rest or await anext(self._chunks, b"")
            self._rest = b""
            if not chunk:
                self.ended = True
                break
            if len(chunk) > room:
                chunk, self._rest = chunk[:room], chunk[room:]
            held.append(chunk)
            room -= len(chunk)
            if self._left is not None:
                self._left -= len(chunk)
                self.ended = self._left <= 0
        return Body(held)

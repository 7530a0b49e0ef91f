"""Uploads into S3 while they arrive: small and large, refused and broken off, and what they hold meanwhile."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import zlib
from collections.abc import AsyncGenerator
from pathlib import Path

import botocore.exceptions
import pytest

from stackd.artifacts import bucket, client, parts, unfinished, upload
from stackd.artifacts.bucket import Bucket
from stackd.artifacts.client import Made
from stackd.artifacts.destination import Destination
from stackd.artifacts.parts import PART, SPARE
from stackd.artifacts.unfinished import Journal, Noted
from support.memory_s3 import SETTINGS, Store, client_error

PIECE = 300_000


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    made = Store()
    clients = Made(made, made, "unknown")
    monkeypatch.setattr(client, "client_of", lambda _: lambda: clients)
    monkeypatch.setattr(made, "clients", clients, raising=False)
    return made


def place() -> Bucket:
    return Bucket(SETTINGS, Destination(SETTINGS.destination))


async def chunks(data: bytes, error: Exception | None = None) -> AsyncGenerator[bytes]:
    for first in range(0, len(data), PIECE):
        yield data[first : first + PIECE]
        await asyncio.sleep(0)
    if error:
        raise error


def put(folder: Path, data: bytes, length: int | None = None, error: Exception | None = None) -> None:
    async def work() -> None:
        uploads = upload.Uploads(Journal(folder))
        try:
            await uploads.put(place(), "a.json", chunks(data, error), length)
        finally:
            assert uploads.budget.held == 0
            assert uploads.budget.spare == SPARE

    asyncio.run(work())


@pytest.mark.parametrize("size", [0, 1, bucket.IN_ONE, bucket.IN_ONE + 1, PART - 1, PART])
@pytest.mark.parametrize("named", [True, False])
def test_what_fits_into_one_part_is_one_put(store: Store, tmp_path: Path, size: int, named: bool) -> None:
    data = os.urandom(size)
    put(tmp_path, data, size if named else None)
    assert store.objects == {"prefix/a.json": data}
    if named or size < PART:
        assert store.calls == ["put_object"]
        assert store.asked[0]["ContentType"] == "application/json"
        assert store.asked[0]["ChecksumCRC32"] == base64.b64encode(zlib.crc32(data).to_bytes(4, "big")).decode()


@pytest.mark.parametrize("size", [PART + 1, 2 * PART, 5 * PART + 12_345])
@pytest.mark.parametrize("named", [True, False])
def test_more_is_sent_in_parts_of_one_size(store: Store, tmp_path: Path, size: int, named: bool) -> None:
    data = os.urandom(size)
    put(tmp_path, data, size if named else None)
    assert hashlib.sha256(store.objects["prefix/a.json"]).digest() == hashlib.sha256(data).digest()
    assert store.calls.count("upload_part") == -(-size // PART)
    assert store.asked[0]["ChecksumAlgorithm"] == "CRC32"
    assert not store.uploads
    assert list(tmp_path.iterdir()) == []


def test_parts_are_on_their_way_at_once_and_never_more_than_allowed(store: Store, tmp_path: Path) -> None:
    store.part_seconds, store.wait_for = 0.02, upload.AHEAD
    put(tmp_path, bytes(8 * PART))
    assert store.most_at_once == upload.AHEAD


def test_the_parts_of_all_uploads_stay_within_the_formula(store: Store, tmp_path: Path) -> None:
    store.part_seconds = 0.01
    most = 0

    async def work() -> None:
        nonlocal most
        uploads = upload.Uploads(Journal(tmp_path))
        running = asyncio.gather(*(uploads.put(place(), f"{n}", chunks(bytes(4 * PART)), None) for n in range(6)))
        while not running.done():
            most = max(most, uploads.budget.held)
            await asyncio.sleep(0.001)
        await running

    asyncio.run(work())
    assert len(store.objects) == 6
    assert 6 < most <= parts.peak_bytes(uploads=6, downloads=0) // PART


def test_uploads_that_stall_leave_the_others_their_part(store: Store, tmp_path: Path) -> None:
    async def stalled() -> AsyncGenerator[bytes]:
        yield b"x" * 100
        await asyncio.sleep(3600)

    async def work() -> None:
        uploads = upload.Uploads(Journal(tmp_path))
        waiting = [asyncio.create_task(uploads.put(place(), f"s{n}", stalled(), 200)) for n in range(6)]
        await asyncio.sleep(0)
        async with asyncio.timeout(30):
            await uploads.put(place(), "quick", chunks(bytes(3 * PART)), 3 * PART)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    asyncio.run(work())
    assert len(store.objects["prefix/quick"]) == 3 * PART


@pytest.mark.parametrize("error", [ConnectionError("gone"), asyncio.CancelledError()])
def test_a_client_that_leaves_takes_its_parts_with_it(store: Store, tmp_path: Path, error: Exception) -> None:
    with pytest.raises(type(error)):
        put(tmp_path, bytes(2 * PART), 3 * PART, error)
    assert (store.objects, store.uploads) == ({}, {})
    assert store.calls[-1] == "abort_multipart_upload"
    assert list(tmp_path.iterdir()) == []


def test_a_part_that_fails_ends_the_upload_with_its_own_error(store: Store, tmp_path: Path) -> None:
    store.failing = {"upload_part": [client_error("AccessDenied", 403)], "abort_multipart_upload": [client_error("X")]}
    with pytest.raises(botocore.exceptions.ClientError, match="AccessDenied"):
        put(tmp_path, bytes(3 * PART))
    # The abort failed too: it is noted for the next start.
    (note,) = Journal(tmp_path).noted()
    assert unfinished._read(note) == Noted("bucket", "prefix/a.json", "upload0")


def test_what_was_noted_is_aborted_at_the_next_start(store: Store, tmp_path: Path) -> None:
    notes = Journal(tmp_path)
    store.uploads = {"mine": {1: b"x"}, "theirs": {1: b"y"}}
    notes.note(Noted("bucket", "prefix/a", "mine"))
    notes.note(Noted("bucket", "prefix/b", "unknown to S3"))
    other = notes.note(Noted("bucket", "another/prefix", "elsewhere"))
    (tmp_path / f"{unfinished.PREFIX}cut.json").write_text('{"bucket": "b')
    unfinished.abort_noted(SETTINGS, notes.noted())
    assert set(store.uploads) == {"theirs"}
    assert list(tmp_path.iterdir()) == [other]


def test_of_a_worker_that_ended_its_own_notes_are_looked_at_and_no_others(tmp_path: Path) -> None:
    """Otherwise parts of a worker that was killed stay, and are billed, until the server restarts."""
    notes = Journal(tmp_path)
    mine = notes.note(Noted("bucket", "prefix/a", "mine"))
    (tmp_path / f"{unfinished.PREFIX}{os.getpid()}1-x.json").write_text("{}")
    assert notes.noted(os.getpid()) == [mine]
    assert len(notes.noted()) == 2


def test_what_would_not_go_stays_noted(store: Store, tmp_path: Path) -> None:
    notes = Journal(tmp_path)
    path = notes.note(Noted("bucket", "prefix/a", "mine"))
    store.failing = {"abort_multipart_upload": [client_error("SlowDown", 503)]}
    unfinished.abort_noted(SETTINGS, notes.noted())
    assert notes.noted() == [path]


@pytest.mark.parametrize("size", [10, PART + 1])
def test_a_store_that_refuses_the_checksum_gets_what_every_store_knows(store: Store, tmp_path: Path, size: int) -> None:
    store.knows_crc = False
    data = os.urandom(size)
    put(tmp_path, data)
    assert store.objects["prefix/a.json"] == data
    last = next(asked for asked in reversed(store.asked) if "Body" in asked)
    assert "ContentMD5" in last
    assert "ChecksumCRC32" not in last


def test_a_refusal_by_amazon_itself_is_an_error(store: Store, tmp_path: Path) -> None:
    store.knows_crc = False
    store.clients.checksums = "supported"  # type: ignore[attr-defined]
    with pytest.raises(botocore.exceptions.ClientError, match="NotImplemented"):
        put(tmp_path, b"x")


def test_a_profile_may_turn_checksums_off(store: Store, tmp_path: Path) -> None:
    store.clients.checksums = "when_required"  # type: ignore[attr-defined]
    put(tmp_path, bytes(PART + 1))
    assert not any(name.startswith(("Checksum", "ContentMD5")) for asked in store.asked for name in asked)


def test_another_client_asks_its_store_again(store: Store, tmp_path: Path) -> None:
    """What one store refused says nothing of the next, which edited files may name."""
    store.knows_crc = False
    put(tmp_path, b"x")
    store.knows_crc = True
    put(tmp_path, b"y")
    assert "ContentMD5" in store.asked[-1]
    store.clients.crc = None  # type: ignore[attr-defined]
    put(tmp_path, b"z")
    assert "ChecksumCRC32" in store.asked[-1]


@pytest.mark.parametrize("knows_crc", [True, False])
def test_an_end_without_an_answer_is_no_failure_where_the_object_is_whole(
    store: Store, tmp_path: Path, knows_crc: bool
) -> None:
    """Otherwise the client sends all of it again, up to seven times."""
    store.mute_ends, store.knows_crc = 1, knows_crc
    data = os.urandom(2 * PART + 5)
    put(tmp_path, data)
    assert store.objects["prefix/a.json"] == data
    assert (store.calls[-1], list(tmp_path.iterdir())) == ("head_object", [])


def test_an_end_that_fails_beside_another_object_of_that_name_is_one(store: Store, tmp_path: Path) -> None:
    size = 2 * PART
    put(tmp_path, bytes(size))
    store.failing = {"complete_multipart_upload": [client_error("InternalError", 500)]}
    with pytest.raises(botocore.exceptions.ClientError, match="InternalError"):
        put(tmp_path, b"x" * size)
    assert (store.objects["prefix/a.json"], store.uploads) == (bytes(size), {})


def test_more_than_s3_takes_is_refused_before_a_byte_is_read(store: Store, tmp_path: Path) -> None:
    with pytest.raises(upload.TooLarge):
        put(tmp_path, b"", upload.MOST_BYTES + 1)
    assert store.calls == []


def test_a_body_is_read_again_for_another_try() -> None:
    body = parts.Body([b"ab", b"cde"])
    assert (len(body), body.read(1), body.tell(), body.seek(0), body.read(9), body.read(), body.read()) == (
        *(5, b"ab", 2, 0, b"ab", b"cde", b""),
    )
    assert (body.seek(0, 2), body.whole()) == (5, b"abcde")


def test_who_waits_too_long_for_a_turn_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "PATIENCE", 0.01)

    async def work() -> None:
        budget = parts.Budget(transfers=1)
        async with budget.share():
            with pytest.raises(parts.Busy):
                async with budget.share():
                    pass

    asyncio.run(work())

"""Downloads out of S3: every byte in order, of one version, in bounded memory, and what a broken answer does."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import replace

import botocore.exceptions
import pytest

from stackd.artifacts import client, download, faults, parts
from stackd.artifacts.bucket import Bucket
from stackd.artifacts.client import Made
from stackd.artifacts.destination import Destination
from stackd.artifacts.download import FIRST, WINDOW, Downloads
from stackd.artifacts.parts import MIB, PART, SPARE
from support.memory_s3 import SETTINGS, Store, client_error


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    made = Store()
    clients = Made(made, made, "unknown")
    monkeypatch.setattr(client, "client_of", lambda _: lambda: clients)
    return made


def place() -> Bucket:
    return Bucket(SETTINGS, Destination("s3://bucket"))


def get(
    first: int | None = None, last: int | None = None, before: Callable[[], None] | None = None
) -> tuple[bytes, download.Opened]:
    """What is downloaded; `before` runs between the first look and the rest."""

    async def work() -> tuple[bytes, download.Opened]:
        downloads = Downloads()
        try:
            async with downloads.share() as share:
                opened = await downloads.open(place(), "k", first, last)
                if before:
                    before()
                return b"".join([piece async for piece in downloads.pieces(opened, share)]), opened
        finally:
            assert (downloads.budget.held, downloads.budget.spare) == (0, SPARE)

    return asyncio.run(work())


@pytest.mark.parametrize("size", [0, 1, FIRST - 1, FIRST, FIRST + 1, FIRST + PART, 3 * PART + 77])
def test_every_byte_in_order(store: Store, size: int) -> None:
    store.objects["k"] = os.urandom(size)
    data, opened = get()
    assert data == store.objects["k"]
    assert (opened.size, opened.etag) == (size, store.etag("k"))


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (0, 0, slice(0, 1)),
        (5, 9, slice(5, 10)),
        (MIB - 3, 3 * MIB, slice(MIB - 3, 3 * MIB + 1)),
        (2 * MIB, None, slice(2 * MIB, None)),
        (7, 10**12, slice(7, None)),
        (None, 10, slice(-10, None)),
        (None, 10**12, slice(0, None)),
    ],
)
def test_a_range(store: Store, first: int | None, last: int | None, expected: slice) -> None:
    store.objects["k"] = os.urandom(4 * MIB)
    assert get(first, last)[0] == store.objects["k"][expected]


@pytest.mark.parametrize(
    ("size", "first", "last"), [(0, 0, None), (0, 1, 5), (0, None, 5), (10, 10, None), (10, 99, 10**18), (10, None, 0)]
)
def test_a_range_behind_the_end(store: Store, size: int, first: int | None, last: int | None) -> None:
    store.objects["k"] = bytes(size)
    data, opened = get(first, last)
    assert (data, opened.size, opened.first, opened.last) == (b"", size, size, size - 1)


def test_one_call_for_a_small_object_and_one_for_each_part_of_a_large_one(store: Store) -> None:
    store.objects["k"] = bytes(FIRST)
    get()
    assert store.calls == ["get_object"]
    store.objects["k"], store.calls, store.asked = bytes(3 * PART + 1), [], []
    get()
    assert store.calls == ["get_object"] * 5
    within = [range(FIRST), range(FIRST, PART), range(PART, 2 * PART), range(2 * PART, 3 * PART)]
    expected = {f"bytes={each[0]}-{each[-1]}" for each in (*within, range(3 * PART, 3 * PART + 1))}
    assert {asked["Range"] for asked in store.asked} == expected


def test_an_object_that_changes_meanwhile_is_never_mixed(store: Store) -> None:
    store.objects["k"] = bytes(2 * PART)
    with pytest.raises(botocore.exceptions.ClientError, match="PreconditionFailed"):
        get(before=lambda: store.objects.update(k=b"x" * 2 * PART))


def test_an_answer_that_breaks_off_is_asked_for_again(store: Store) -> None:
    store.objects["k"] = os.urandom(PART)
    store.cuts = 1
    assert get()[0] == store.objects["k"]
    store.cuts = 2
    with pytest.raises(botocore.exceptions.IncompleteReadError):
        get()


def test_a_range_that_fails_in_the_middle_is_an_error_and_no_end(store: Store) -> None:
    store.objects["k"] = bytes(3 * PART)

    def fail() -> None:
        store.failing = {"get_object": [client_error("SlowDown", 503)] * 9}

    with pytest.raises(botocore.exceptions.ClientError, match="SlowDown"):
        get(before=fail)


def test_a_slow_reader_holds_the_reading_back(store: Store) -> None:
    store.objects["k"] = bytes(40 * PART)

    async def work() -> int:
        downloads = Downloads()
        async with downloads.share() as share:
            opened = await downloads.open(place(), "k")
            pieces = downloads.pieces(opened, share)
            await anext(pieces)
            await asyncio.sleep(0.2)
            held = downloads.budget.held
            await pieces.aclose()
        return held

    assert asyncio.run(work()) <= WINDOW
    assert len(store.calls) <= 1 + WINDOW


def test_the_parts_of_all_downloads_stay_within_the_formula(store: Store) -> None:
    store.objects["k"] = bytes(6 * PART)
    most = 0

    async def one(downloads: Downloads) -> int:
        async with downloads.share() as share:
            opened = await downloads.open(place(), "k")
            total = 0
            async for piece in downloads.pieces(opened, share):
                total += len(piece)
                await asyncio.sleep(0)
        return total

    async def work() -> None:
        nonlocal most
        downloads = Downloads()
        running = asyncio.gather(*(one(downloads) for _ in range(6)))
        while not running.done():
            most = max(most, downloads.budget.held)
            await asyncio.sleep(0)
        assert await running == [6 * PART] * 6

    asyncio.run(work())
    assert 6 < most <= parts.peak_bytes(uploads=0, downloads=6) // PART


def test_a_store_that_ignores_ranges_is_told_from_one_that_answers(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise all of a large object is read into memory, and the answer is a KeyError."""
    store.objects["k"] = bytes(3 * MIB)
    ranged = store.get_object
    monkeypatch.setattr(
        store, "get_object", lambda **asked: {k: v for k, v in ranged(**asked).items() if k != "ContentRange"}
    )
    with pytest.raises(faults.NoRanges):
        get()


def test_opened_says_which_bytes_come(store: Store) -> None:
    store.objects["k"] = bytes(100)
    opened = get(10, 19)[1]
    assert replace(opened, head=b"") == replace(opened, first=10, last=19, size=100, head=b"")

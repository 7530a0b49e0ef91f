"""Removes every object at or below a root, and says why for each that could not be: nothing is assumed deleted."""

import contextlib
import itertools
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from stackd.artifacts import s3, stored
from stackd.database.roots import nearest
from stackd.report import Progress
from stackd.settings import Settings

# Of one DeleteObjects, and how many of them at once, while the listing continues. At most so many times a thousand
# entries are in memory.
BATCH = 1000
AT_ONCE = 3
# Entries of a plan's listings that are kept for its execution, some 200 bytes each, and for how long.
HELD = 50_000
HELD_SECONDS = 60.0
Item = TypeVar("Item")
# Of the objects that a listing of a reach gives, those that are not somebody else's.
Ours = Callable[["Reach", Iterator[stored.Stored]], Iterator[stored.Stored]]


@dataclass
class Removed:
    """What was removed, in objects and bytes, and why the rest was not; at most one reason a key."""

    objects: int = 0
    bytes: int = 0
    failed: dict[str, str] = field(default_factory=dict)

    def add(self, other: "Removed") -> None:
        """Count another root's too."""
        self.objects += other.objects
        self.bytes += other.bytes
        self.failed |= other.failed


@dataclass(frozen=True)
class Reach:
    """Roots, and how their objects are found: in one listing of everything below ``whole``, or (None) root by root."""

    roots: frozenset[str]
    whole: str | None = None

    def entries(self, settings: Settings) -> Iterator[stored.Stored]:
        """What is at or below one of the roots, and nothing else. Raises OSError, boto3's."""
        if self.whole is None or settings.mode == "local":
            return (entry for root in sorted(self.roots) for entry in stored.of_destination(settings, root))
        return (entry for entry in stored.of_destination(settings, self.whole) if self.holds(entry.path))

    def holds(self, path: str) -> bool:
        """Whether a path is at or below one of the roots; in whatever order a store lists."""
        return nearest(path, self.roots) != ""


class Listed:
    """What was listed for a plan, kept for its execution: what was counted is removed, and no store is asked twice.

    A client may add something, in the meantime, to a run that was deleted long ago: that stays and belongs to nobody,
    as `audit` shows. A reach for which there is no room is listed again.
    """

    def __init__(self) -> None:
        self.left = HELD
        self._held: dict[tuple[str, Reach], list[stored.Stored]] = {}
        self._lock = threading.Lock()

    def hold(self, settings: Settings, reach: Reach, entries: list[stored.Stored]) -> None:
        """Remember a whole listing, if there is room for it."""
        with self._lock:
            if len(entries) <= self.left:
                self.left -= len(entries)
                self._held[settings.destination, reach] = entries

    def entries(self, settings: Settings, reach: Reach) -> Iterator[stored.Stored]:
        """As it was listed for the plan, or from a new listing."""
        held = self._held.pop((settings.destination, reach), None)
        return reach.entries(settings) if held is None else iter(held)


def measure(settings: Settings, progress: Progress, ours: Ours, reach: Reach, listed: Listed | None = None) -> Removed:
    """What would be removed, kept in ``listed``. Raises OSError, boto3's."""
    found = Removed()
    held: list[stored.Stored] = []
    room = listed.left if listed else 0
    for entry in ours(reach, reach.entries(settings)):
        progress.add()
        found.objects += 1
        found.bytes += entry.bytes
        if found.objects <= room:
            held.append(entry)
    if listed and found.objects == len(held):
        listed.hold(settings, reach, held)
    return found


def remove(
    settings: Settings, reach: Reach, ours: Ours, tell: Callable[[int], None], listed: Listed | None = None
) -> Removed:
    """Delete what is below some roots of this destination, a thousand objects a request, of any root; what is already
    ``listed`` is not listed again. ``tell`` gets the number of objects after each request.

    Raises OSError and boto3's errors, if they are not about one key.
    """
    entries = listed.entries(settings, reach) if listed else reach.entries(settings)
    done = remove_all(settings, ours(reach, entries), tell)
    if settings.mode == "local":
        for root in sorted(reach.roots):
            _empty_folders(Path(settings.destination), root)
    return done


def batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Lists of ``size`` items, the last one shorter."""
    rest = iter(items)
    return iter(lambda: list(itertools.islice(rest, size)), [])


def remove_all(
    settings: Settings, entries: Iterable[stored.Stored], tell: Callable[[int], None] = lambda _: None
) -> Removed:
    """Delete some objects of this destination, a thousand a request and a few requests at once."""
    done = Removed()
    under_way: deque[Future[Removed]] = deque()

    def end_one() -> None:
        one = under_way.popleft().result()
        tell(one.objects + len(one.failed))
        done.add(one)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for batch in batches(entries, BATCH):
            if len(under_way) == AT_ONCE:
                end_one()
            under_way.append(pool.submit(_remove, settings, batch))
        while under_way:
            end_one()
    return done


def _remove(settings: Settings, batch: Sequence[stored.Stored]) -> Removed:
    failed = _remove_keys(settings, batch) if settings.mode == "s3" else _remove_files(settings, batch)
    gone = [entry for entry in batch if entry.path not in failed]
    return Removed(len(gone), sum(entry.bytes for entry in gone), failed)


def _remove_keys(settings: Settings, batch: Sequence[stored.Stored]) -> dict[str, str]:
    """DeleteObjects answers 200 with an error for each key that stays."""
    root = settings.prefix + "/" if settings.prefix else ""
    keys = [{"Key": root + entry.path} for entry in batch]
    answer = s3.client_of(settings)().delete_objects(Bucket=settings.bucket, Delete={"Objects": keys, "Quiet": True})
    return {str(each["Key"]).removeprefix(root): str(each.get("Code", "unknown")) for each in answer.get("Errors", [])}


def _remove_files(settings: Settings, batch: Sequence[stored.Stored]) -> dict[str, str]:
    failed = {}
    for entry in batch:
        try:
            (Path(settings.destination) / entry.path).unlink(missing_ok=True)
        except OSError as error:
            failed[entry.path] = error.strerror or str(error)
    return failed


def _empty_folders(destination: Path, root: str) -> None:
    """Folders are not objects: remove those that are empty now, up to the destination."""
    top = destination / root
    for folder in sorted((path for path in top.rglob("*") if path.is_dir()), reverse=True):
        with contextlib.suppress(OSError):
            folder.rmdir()
    while top != destination:
        with contextlib.suppress(OSError):
            top.rmdir()
        top = top.parent

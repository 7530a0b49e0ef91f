"""What a cleanup reaches: roots of runs, models and traces, counted for its plan and removed in its execution."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from stackd.artifacts import faults, store
from stackd.artifacts.bucket import Stored
from stackd.artifacts.store import Folder, Removed, Store
from stackd.database.roots import nearest
from stackd.report import Progress

# Entries of a plan's listings that are kept for its execution, some 200 bytes each, and for how long.
HELD = 50_000
HELD_SECONDS = 60.0
# Of the objects that a listing of a reach gives, those that are not somebody else's.
Ours = Callable[["Reach", Iterator[Stored]], Iterator[Stored]]


@dataclass(frozen=True)
class Reach:
    """Roots, and how their objects are found: in one listing of everything below ``whole``, or (None) root by root."""

    roots: frozenset[str]
    whole: str | None = None

    def entries(self, place: Store) -> Iterator[Stored]:
        """What is below one of the roots, and nothing else. Raises OSError, boto3's."""
        if self.whole is None or isinstance(place, Folder):
            return (entry for root in sorted(self.roots) for entry in place.entries(root))
        return (entry for entry in place.entries(self.whole) if self.holds(entry.path))

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
        self._held: dict[tuple[str, Reach], list[Stored]] = {}
        self._lock = threading.Lock()

    def hold(self, place: Store, reach: Reach, entries: list[Stored]) -> None:
        """Remember a whole listing, if there is room for it."""
        with self._lock:
            if len(entries) <= self.left:
                self.left -= len(entries)
                self._held[place.destination.uri, reach] = entries

    def entries(self, place: Store, reach: Reach) -> Iterator[Stored]:
        """As it was listed for the plan, or from a new listing."""
        held = self._held.pop((place.destination.uri, reach), None)
        return reach.entries(place) if held is None else iter(held)


def measure(place: Store, progress: Progress, ours: Ours, reach: Reach, listed: Listed | None = None) -> Removed:
    """What would be removed, kept in ``listed``. Raises OSError, boto3's."""
    found = Removed()
    held: list[Stored] = []
    room = listed.left if listed else 0
    for entry in ours(reach, reach.entries(place)):
        progress.add()
        found.objects += 1
        found.bytes += entry.bytes
        if found.objects <= room:
            held.append(entry)
    if listed and found.objects == len(held):
        listed.hold(place, reach, held)
    return found


def remove(
    place: Store, reach: Reach, ours: Ours, tell: Callable[[int], None], listed: Listed | None = None
) -> Removed:
    """Delete what is below some roots, a thousand objects a request, of any root; what is already ``listed`` is not
    listed again. ``tell`` gets the number of objects after each request. A listing that fails is every root's failure.
    """
    try:
        entries = listed.entries(place, reach) if listed else reach.entries(place)
        done = store.remove(place, ours(reach, entries), tell)
    except (*faults.RAISED, OSError) as error:
        return Removed(failed=dict.fromkeys(reach.roots, faults.named(error)))
    if isinstance(place, Folder):
        for root in sorted(reach.roots):
            _empty_folders(Path(place.destination.uri), root)
    return done


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

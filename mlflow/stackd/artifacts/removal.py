"""Takes every object at or below a root away, and says of each that would not go why: nothing is assumed deleted."""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from stackd.artifacts import s3, stored
from stackd.settings import Settings

# Of one DeleteObjects.
BATCH = 1000


@dataclass
class Removed:
    """What went, in objects and bytes, and why what stayed did; at most one reason a key."""

    objects: int = 0
    bytes: int = 0
    failed: dict[str, str] = field(default_factory=dict)

    def add(self, other: "Removed") -> None:
        """Count another root's too."""
        self.objects += other.objects
        self.bytes += other.bytes
        self.failed |= other.failed


def measure(settings: Settings, root: str) -> Removed:
    """What would go. Raises OSError, boto3's."""
    found = Removed()
    for entry in stored.of_destination(settings, root):
        found.objects += 1
        found.bytes += entry.bytes
    return found


def remove(settings: Settings, root: str) -> Removed:
    """Delete what lies below a root of this destination. Raises OSError, boto3's, for what is not about one key."""
    done = remove_all(settings, stored.of_destination(settings, root))
    if settings.mode == "local" and not done.failed:
        _empty_folders(Path(settings.destination), root)
    return done


def remove_all(settings: Settings, entries: Iterable[stored.Stored]) -> Removed:
    """Delete some objects of this destination, a thousand at a time."""
    done = Removed()
    batch: list[stored.Stored] = []
    for entry in entries:
        batch.append(entry)
        if len(batch) == BATCH:
            _remove(settings, batch, done)
            batch = []
    _remove(settings, batch, done)
    return done


def _remove(settings: Settings, batch: list[stored.Stored], done: Removed) -> None:
    if not batch:
        return
    failed = _remove_keys(settings, batch) if settings.mode == "s3" else _remove_files(settings, batch)
    done.failed |= failed
    for entry in batch:
        if entry.path not in failed:
            done.objects += 1
            done.bytes += entry.bytes


def _remove_keys(settings: Settings, batch: list[stored.Stored]) -> dict[str, str]:
    """DeleteObjects answers 200 with an error for each key that stays."""
    root = settings.prefix + "/" if settings.prefix else ""
    keys = [{"Key": root + entry.path} for entry in batch]
    answer = s3.client_of(settings)().delete_objects(Bucket=settings.bucket, Delete={"Objects": keys, "Quiet": True})
    return {str(each["Key"]).removeprefix(root): str(each.get("Code", "unknown")) for each in answer.get("Errors", [])}


def _remove_files(settings: Settings, batch: list[stored.Stored]) -> dict[str, str]:
    failed = {}
    for entry in batch:
        try:
            (Path(settings.destination) / entry.path).unlink(missing_ok=True)
        except OSError as error:
            failed[entry.path] = error.strerror or str(error)
    return failed


def _empty_folders(destination: Path, root: str) -> None:
    """Folders are no objects: those that are empty now go, up to the destination."""
    top = destination / root
    for folder in sorted((path for path in top.rglob("*") if path.is_dir()), reverse=True):
        with contextlib.suppress(OSError):
            folder.rmdir()
    while top != destination:
        with contextlib.suppress(OSError):
            top.rmdir()
        top = top.parent

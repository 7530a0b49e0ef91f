"""Brings runs made offline to S3, and back: what differs between ./mlartifacts and the bucket, and nothing else.

Equal means equal bytes: size, then MD5 against the ETag. Nothing newer is overwritten, and only what a run,
model or trace of this database owns is compared. Interrupted, a second run does the rest.
"""

import hashlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from stackd import database
from stackd.artifacts import copying, owner, stored
from stackd.artifacts.stored import Stored
from stackd.database import roots
from stackd.failures import Refused
from stackd.report import Progress
from stackd.settings import Settings

AT_ONCE = 8
# What boto3 cuts an upload into: the ETag of such an object is the MD5 of its parts' MD5s.
PART_BYTES = 8 * 1024 * 1024
SHOWN = 20
Direction = Literal["push", "pull"]


@dataclass
class Difference:
    """What differs, by kind; pairs hold the entry of the folder and that of S3."""

    same: int = 0
    only_folder: list[Stored] = field(default_factory=list)
    only_s3: list[Stored] = field(default_factory=list)
    newer_folder: list[tuple[Stored, Stored]] = field(default_factory=list)
    newer_s3: list[tuple[Stored, Stored]] = field(default_factory=list)
    unowned: int = 0


def diff(config: Settings, folder: Path) -> Difference:
    """Compare both stores, side by side in the order of keys.

    Raises:
        Refused: local mode has no second store.
    """
    if config.mode != "s3":
        raise Refused("s3.mode", "Artifacts are compared with S3, and this is local mode", "", ["./stack start"])
    owners = roots.Roots(roots.recorded(config.destination, database.of(config)))
    found = Difference()
    for here, there in Progress("listing").each(stored.pairs(stored.of_folder(folder), stored.of_prefix(config))):
        either = here or there
        if either is None or owners.of(either.path) is None:
            found.unowned += 1
        elif there is None and here is not None:
            found.only_folder.append(here)
        elif here is None and there is not None:
            found.only_s3.append(there)
        elif here is not None and there is not None:
            if _equal(folder / here.path, here, there):
                found.same += 1
            elif here.modified > there.modified:
                found.newer_folder.append((here, there))
            else:
                found.newer_s3.append((here, there))
    return found


def plan(config: Settings, folder: Path, direction: Direction) -> dict[str, Any]:
    """What a push or pull would copy, and what it leaves because the other side has something newer.

    Raises:
        Refused: local mode, or (for a push) the prefix is not this database's.
    """
    found = diff(config, folder)
    if direction == "push":
        owner.required(config)
    copied, left = _chosen(found, direction)
    return {
        "direction": direction,
        "destination": config.destination,
        "objects": len(copied),
        "bytes": sum(each.bytes for each in copied),
        "state": _state(copied),
        "newer": len(left),
        "newer_paths": [each.path for each in left[:SHOWN]],
        **described(found),
    }


def execute(config: Settings, folder: Path, planned: dict[str, Any]) -> dict[str, Any]:
    """Copy it, several at once; each object is compared after it was written.

    Raises:
        Refused: what differs is not what the plan said.
        ValueError: an object does not have the bytes that were sent.
    """
    direction: Direction = planned["direction"]
    copied, _ = _chosen(diff(config, folder), direction)
    if _state(copied) != planned["state"]:
        text = "The stores have changed since the plan"
        raise Refused("artifacts.changed", text, "", [f"./stack artifacts {direction}"])
    if direction == "push":
        owner.required(config)
    one = pusher(config, folder) if direction == "push" else _puller(config, folder)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        total = sum(Progress(f"{direction}ing", total=len(copied)).each(pool.map(one, copied)))
    return {"objects": len(copied), "bytes": total}


def described(found: Difference) -> dict[str, Any]:
    """Counts for `diff`, and the first paths of each list."""
    lists = {
        "only_folder": [each.path for each in found.only_folder],
        "only_s3": [each.path for each in found.only_s3],
        "newer_folder": [here.path for here, _ in found.newer_folder],
        "newer_s3": [there.path for _, there in found.newer_s3],
    }
    counts = {name: len(paths) for name, paths in lists.items()}
    shown = {f"{name}_paths": paths[:SHOWN] for name, paths in lists.items()}
    return {"same": found.same, "unowned": found.unowned, **counts, **shown}


def _equal(path: Path, here: Stored, there: Stored) -> bool:
    return here.bytes == there.bytes and there.etag in _etags(path)


def _etags(path: Path) -> set[str]:
    """What S3 would call a file: its MD5, or that of its parts' MD5s. Not for security: ETags are MD5."""
    whole = hashlib.md5(usedforsecurity=False)
    parts = []
    with path.open("rb") as file:
        while chunk := file.read(PART_BYTES):
            whole.update(chunk)
            parts.append(hashlib.md5(chunk, usedforsecurity=False).digest())
    of_parts = hashlib.md5(b"".join(parts), usedforsecurity=False).hexdigest()
    return {whole.hexdigest(), f"{of_parts}-{len(parts)}"}


def _chosen(found: Difference, direction: Direction) -> tuple[list[Stored], list[Stored]]:
    """What is copied, and what is left because the other side has something newer."""
    if direction == "push":
        return [*found.only_folder, *(here for here, _ in found.newer_folder)], [there for _, there in found.newer_s3]
    return [*found.only_s3, *(there for _, there in found.newer_s3)], [here for here, _ in found.newer_folder]


def _state(copied: list[Stored]) -> str:
    named = repr([(each.path, each.bytes, each.modified) for each in copied])
    return hashlib.sha256(named.encode()).hexdigest()


def pusher(config: Settings, folder: Path) -> Callable[[Stored], int]:
    """Copies a file of a folder to the destination, and compares size and checksum of what is there then.

    The copier returns bytes, and raises ValueError where the object is not what was sent, OSError, boto3's.
    """

    def push(entry: Stored) -> int:
        copying.put(config, folder / entry.path, entry.path)
        written = copying.head(config, entry.path)
        # The ETag of what a key management service encrypts is no MD5: boto3's own checksum has to be enough.
        sound = written.encrypted or written.etag in _etags(folder / entry.path)
        if written.bytes != entry.bytes or not sound:
            raise ValueError(f"{entry.path} in S3 is not what was sent")
        return entry.bytes

    return push


def _puller(config: Settings, folder: Path) -> Callable[[Stored], int]:
    def pull(entry: Stored) -> int:
        target = folder / entry.path
        if copying.fetch(config, entry.path, target) is None:
            return 0
        # As old as the object: the next comparison must not take it for something newer.
        os.utime(target, (entry.modified, entry.modified))
        return entry.bytes

    return pull

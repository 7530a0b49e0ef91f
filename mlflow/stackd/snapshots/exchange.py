"""Snapshots to S3, and back: every part is compared, and an unfinished snapshot is never taken for a whole one."""

import contextlib
import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from stackd import database, files
from stackd.artifacts import faults, store
from stackd.artifacts.bucket import Bucket, Stored
from stackd.artifacts.destination import unusable
from stackd.artifacts.store import Folder
from stackd.failures import Refused
from stackd.report import Progress
from stackd.settings import Settings
from stackd.snapshots import remote, snapshot

# How many objects are held at once, in memory and as work that waits; and how many are on their way.
BATCH, AT_ONCE = 1000, 8


def push(config: Settings, folder: Path, keep: int) -> str:
    """Upload a snapshot, compare each object, then remove this database's oldest beyond ``keep``; returns its address.

    Raises:
        Refused: it is not a snapshot, or S3 did not take it: then ``remote.listed`` shows nothing of it.
    """
    there, head = remote.place(config), snapshot.read(folder)
    if head is None:
        raise Refused("backup.broken", f"{folder.name} is not a snapshot", str(folder), ["./stack backups"])
    with remote.explained(config, there):
        try:
            _upload(there, folder, database.of(config).store_id())
        except BaseException as error:
            # Where that cannot be removed either, it is not listed: it has no snapshot.json.
            with contextlib.suppress(*faults.RAISED):
                store.remove(there, there.entries(folder.name))
            if isinstance(error, ValueError):
                raise Refused("backup.broken", str(error), there.destination.uri) from error
            raise
    with remote.explained(config, there):
        remote.prune(there, head.store_id, head.reason, keep)
    return f"{there.destination.uri}/{folder.name}"


def fetch(config: Settings, uri: str) -> Path:
    """Bring a snapshot to ``backups/``, each part compared with its SHA-256; one that is there already is left.

    Raises:
        Refused: there is none at that address, or a part does not match its checksum.
        OSError: no room.
    """
    there, name = remote.named(config, uri)
    target, part = config.places.backups / name, config.places.backups / f".{name}.part"
    with remote.explained(config, there), snapshot.alone(config.places.backups):
        said, head = _head(there, name)
        if target.exists():
            if snapshot.read(target) == head:
                return target
            raise _broken(uri, f"another one of that name is in ./backups: {target.name}")
        part.mkdir()
        try:
            _parts(uri, head, part, lambda path: store.fetch(there, f"{name}/{path}", part / path))
            if snapshot.USERS in head.parts:
                (part / snapshot.USERS).chmod(0o600)
            files.write(part / snapshot.HEAD, said)
            files.sync(part)
            part.rename(target)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
        files.sync(config.places.backups)
    return target


def verify(config: Settings, uri: str) -> snapshot.Snapshot:
    """Read every byte of a snapshot in S3 and compare; nothing is kept. Raises Refused, OSError."""
    there, name = remote.named(config, uri)
    scratch = config.places.spool / "verified"

    def sha256(path: str) -> str | None:
        if path == snapshot.MANIFEST:
            # Kept for the time being: it names what else there is to compare.
            return store.fetch(there, f"{name}/{path}", scratch / path)
        return store.digest(there, f"{name}/{path}")

    with remote.explained(config, there):
        _, head = _head(there, name)
        try:
            _parts(uri, head, scratch, sha256)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return head


def _upload(there: Bucket, folder: Path, store_id: str) -> None:
    name = folder.name
    if next(there.entries(name), None) is not None:
        raise Refused("backup.busy", f"{name} is in S3 already", there.destination.uri, ["./stack backups --in-s3"])
    there.write(f"{name}/{remote.STARTED}", json.dumps({"store_id": store_id}).encode())

    def send(entry: Stored) -> None:
        there.send(folder.parent / entry.path, entry.path)

    entries = (replace(each, path=f"{name}/{each.path}") for each in Folder(folder).entries())
    head, progress = None, Progress("uploading")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while batch := list(islice(entries, BATCH)):
            head = next((each for each in batch if each.path == f"{name}/{snapshot.HEAD}"), head)
            for _ in pool.map(send, (each for each in batch if each is not head)):
                progress.add()
    progress.end()
    if head is None:
        raise ValueError(f"{name} has no {snapshot.HEAD} any more")
    send(head)


def _head(there: Bucket, name: str) -> tuple[bytes, snapshot.Snapshot]:
    said = store.content(there, f"{name}/{snapshot.HEAD}")
    uri = f"{there.destination.uri}/{name}"
    if said is None:
        text = f"There is no snapshot {uri}: it has no {snapshot.HEAD}"
        raise Refused("backup.none", text, uri, ["./stack backups --in-s3"])
    head = snapshot.understood(said)
    if head is None or {*head.parts, snapshot.USERS} != {snapshot.DATABASE, snapshot.MANIFEST, snapshot.USERS}:
        raise _broken(uri, f"this version does not understand its {snapshot.HEAD}")
    return said, head


def _parts(uri: str, head: snapshot.Snapshot, folder: Path, sha256: Callable[[str], str | None]) -> None:
    """Compare each part, artifacts of a whole one too. ``sha256`` reads a part by its path, and leaves the manifest in
    ``folder``.
    """
    for each, about in head.parts.items():
        _compare(uri, each, sha256(each), about)
    if not head.whole:
        return

    def one(line: dict[str, Any]) -> None:
        path = str(line["path"])
        if "sha256" not in line:
            return
        if unusable(path):
            raise _broken(uri, f"its manifest names {path}")
        _compare(uri, path, sha256(f"{snapshot.ARTIFACTS}/{path}"), line)

    lines, progress = snapshot.manifest(folder), Progress("comparing artifacts", total=head.objects)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while batch := list(islice(lines, BATCH)):
            for _ in pool.map(one, batch):
                progress.add()
    progress.end()


def _compare(uri: str, part: str, made: str | None, about: dict[str, Any]) -> None:
    if made is None:
        raise _broken(uri, f"{part} is missing")
    if made != about["sha256"]:
        raise _broken(uri, f"{part} does not match its SHA-256 checksum")


def _broken(uri: str, text: str) -> Refused:
    return Refused("backup.broken", f"Snapshot {uri}: {text}", uri, ["./stack backups --in-s3"])

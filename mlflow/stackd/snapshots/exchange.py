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
from stackd.artifacts import copying, removal, s3, stored, transfer
from stackd.failures import Refused
from stackd.report import Progress
from stackd.settings import Settings
from stackd.snapshots import remote, snapshot

# How many objects are held at once, in memory and as work that waits.
BATCH = 1000


def push(config: Settings, folder: Path, keep: int) -> str:
    """Upload a snapshot, compare each object, then remove this database's oldest beyond ``keep``; returns its address.

    Raises:
        Refused: it is not a snapshot, or S3 did not take it: then ``remote.listed`` shows nothing of it.
    """
    there, head = remote.place(config), snapshot.read(folder)
    if head is None:
        raise Refused("backup.broken", f"{folder.name} is not a snapshot", str(folder), ["./stack backups"])
    with remote.explained(there, "s3:PutObject"):
        try:
            _upload(there, folder)
        except BaseException as error:
            # Where that cannot be removed either, it is not listed: it has no snapshot.json.
            with contextlib.suppress(*s3.RAISED):
                removal.remove_all(there, stored.of_destination(there, folder.name))
            if isinstance(error, ValueError):
                raise Refused("backup.broken", str(error), there.destination) from error
            raise
    with remote.explained(there, "s3:DeleteObject"):
        remote.prune(there, head.store_id, head.reason, keep)
    return f"{there.destination}/{folder.name}"


def fetch(config: Settings, uri: str) -> Path:
    """Bring a snapshot to ``backups/``, each part compared with its SHA-256; one that is there already is left.

    Raises:
        Refused: there is none at that address, or a part does not match its checksum.
        OSError: no room.
    """
    there, name = remote.named(config, uri)
    target, part = config.places.backups / name, config.places.backups / f".{name}.part"
    with remote.explained(there, "s3:GetObject"), snapshot.alone(config.places.backups):
        said, head = _head(there, name)
        if target.exists():
            if snapshot.read(target) == head:
                return target
            raise _broken(uri, f"another one of that name is in ./backups: {target.name}")
        part.mkdir()
        try:
            _parts(uri, head, part, lambda path: copying.fetch(there, f"{name}/{path}", part / path))
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
            return copying.fetch(there, f"{name}/{path}", scratch / path)
        return copying.digest(there, f"{name}/{path}")

    with remote.explained(there, "s3:GetObject"):
        _, head = _head(there, name)
        try:
            _parts(uri, head, scratch, sha256)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return head


def _upload(there: Settings, folder: Path) -> None:
    name = folder.name
    if next(stored.of_destination(there, name), None) is not None:
        raise Refused("backup.busy", f"{name} is in S3 already", there.destination, ["./stack backups --in-s3"])
    started = json.dumps({"store_id": database.of(there).store_id()}).encode()
    key = copying.key(there, f"{name}/{remote.STARTED}")
    s3.client_of(there)().put_object(Bucket=there.bucket, Key=key, Body=started)
    send = transfer.pusher(there, folder.parent)
    files = (replace(each, path=f"{name}/{each.path}") for each in stored.of_folder(folder))
    head, progress = None, Progress("uploading")
    with ThreadPoolExecutor(transfer.AT_ONCE) as pool:
        while batch := list(islice(files, BATCH)):
            head = next((each for each in batch if each.path == f"{name}/{snapshot.HEAD}"), head)
            for _ in pool.map(send, (each for each in batch if each is not head)):
                progress.add()
    progress.end()
    if head is None:
        raise ValueError(f"{name} has no {snapshot.HEAD} any more")
    send(head)


def _head(there: Settings, name: str) -> tuple[bytes, snapshot.Snapshot]:
    said = remote.content(there, name, snapshot.HEAD)
    uri = f"{there.destination}/{name}"
    if said is None:
        text = f"There is no snapshot {uri}: it has no {snapshot.HEAD}"
        raise Refused("backup.none", text, uri, ["./stack backups --in-s3"])
    head = snapshot.understood(said)
    if head is None or set(head.parts) != {snapshot.DATABASE, snapshot.MANIFEST}:
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
        if path.startswith("/") or ".." in path.split("/"):
            raise _broken(uri, f"its manifest names {path}")
        _compare(uri, path, sha256(f"{snapshot.ARTIFACTS}/{path}"), line)

    lines, progress = snapshot.manifest(folder), Progress("comparing artifacts", total=head.objects)
    with ThreadPoolExecutor(transfer.AT_ONCE) as pool:
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

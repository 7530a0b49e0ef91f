"""A snapshot: a folder with the database, that of the users where there is one, a manifest of every object that its
runs own, and ``snapshot.json``. The copies of the databases alone that the server leaves when it stops (``copies``) are
listed, verified and restored as one.

``snapshot.json`` is written last, in a folder that gets its name when it is whole: without it a snapshot does not
exist. Writers keep running during a backup; what was acknowledged before it began is in it.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, get_args

from stackd import database, files, mlflow_internals, words
from stackd.artifacts import store
from stackd.artifacts.bucket import Stored
from stackd.artifacts.destination import Unusable
from stackd.database import Database, Failure, roots
from stackd.failures import Refused
from stackd.report import Progress, say_findings
from stackd.settings import Settings, start_command
from stackd.snapshots import copies

FORMAT = 1
HEAD, DATABASE, MANIFEST, ARTIFACTS = "snapshot.json", "mlflow.db", "manifest.jsonl", "artifacts"
USERS = "basic_auth.db"
CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Snapshot:
    """What ``snapshot.json`` says. ``parts``: bytes and SHA-256 by file name; ``objects`` and ``object_bytes`` as the
    manifest has them; ``whole``: their bytes are in the folder too.
    """

    format: int
    created: str
    reason: str
    mode: str
    destination: str
    store_id: str
    mlflow: str
    revision: str
    tables: dict[str, int]
    objects: int
    object_bytes: int
    whole: bool
    parts: dict[str, dict[str, Any]]


def create(config: Settings, into: Path, whole: bool, keep: int, reason: str = "backup") -> Path:
    """Make a snapshot in a new folder of ``into``; then remove the oldest of the same reason beyond ``keep``.

    Raises:
        Refused: another backup is being written there, or there is no database.
        Failure, OSError: no snapshot was made; nothing of it is left.
    """
    if not database.of(config).exists():
        raise Refused("data.volume-empty", "There is no database to back up", "", [start_command()])
    with alone(into):
        name = _free_name(into)
        part = into / f".{name}.part"
        part.mkdir()
        try:
            head = _fill(config, part, whole, reason)
            files.write(part / HEAD, json.dumps(asdict(head), indent=1).encode() + b"\n")
            files.sync(part)
            part.rename(into / name)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
        files.sync(into)
        for old in [path for path, found in known(into) if found and found.reason == reason][keep:]:
            remove(old)
    return into / name


def _fill(config: Settings, part: Path, whole: bool, reason: str) -> Snapshot:
    live, copy = database.of(config), database.at(part / DATABASE)
    live.copy(part / DATABASE)
    parts = [DATABASE, MANIFEST]
    if database.users(config).exists():
        database.users(config).copy(part / USERS)
        parts.append(USERS)
    objects, total = 0, 0
    unusable: list[Unusable] = []
    places = {mode: store.of_mode(config, mode) for mode in get_args(store.Mode)}
    with (part / MANIFEST).open("w", encoding="utf-8") as manifest:
        progress = Progress("copying artifacts" if whole else "listing")
        for entry, mode in progress.each(_owned(config, copy)):
            line: dict[str, Any] = asdict(entry) | ({} if mode == config.mode else {"store": mode})
            if whole:
                try:
                    made = store.fetch(places[mode], entry.path, part / ARTIFACTS / entry.path)
                except Unusable as error:
                    unusable.append(error)
                else:
                    if made is None:
                        continue
                    line["sha256"] = made
            manifest.write(json.dumps(line) + "\n")
            objects, total = objects + 1, total + entry.bytes
        manifest.flush()
        os.fsync(manifest.fileno())
    say_findings(store.left_out(unusable, config.destination))
    return Snapshot(
        format=FORMAT,
        created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        reason=reason,
        mode=config.mode,
        destination=config.destination,
        store_id=live.store_id(),
        mlflow=mlflow_internals.VERSION,
        revision=str(copy.revision()),
        tables=copy.counts(),
        objects=objects,
        object_bytes=total,
        whole=whole,
        parts={name: _about(part / name) for name in parts},
    )


def _owned(config: Settings, copy: Database) -> Iterator[tuple[Stored, store.Mode]]:
    """Of the objects of both stores those that the copied database has a root for."""
    owners = roots.Roots(roots.recorded(config.destination, copy))
    return ((entry, mode) for entry, mode in store.of_both(config) if owners.of(entry.path))


def known(into: Path) -> list[tuple[Path, Snapshot | None]]:
    """Every snapshot of a folder, and every copy that a stop has left, the newest first; None where it cannot be
    understood.
    """
    found = [path.parent for path in into.glob(f"*/{HEAD}") if not path.parent.name.startswith(".")]
    found += into.glob(copies.PATTERN)
    newest_first = sorted(found, key=lambda path: path.name.removeprefix(copies.PREFIX), reverse=True)
    return [(path, read(path)) for path in newest_first]


def read(place: Path) -> Snapshot | None:
    """What a snapshot says of itself; None where that cannot be understood."""
    with contextlib.suppress(OSError, Failure):
        return _of_copy(place) if place.is_file() else understood((place / HEAD).read_bytes())
    return None


def base(place: Path) -> Database:
    """The database of a snapshot, or the copy itself."""
    return database.at(place if place.is_file() else place / DATABASE)


def users(place: Path, head: Snapshot) -> Database | None:
    """The users of a snapshot, or of a copy; None where it holds none."""
    if USERS not in head.parts:
        return None
    return database.at(copies.of_users(place) if place.is_file() else place / USERS)


def _of_copy(path: Path) -> Snapshot:
    """A copy says of itself what can be read from it, and nothing of artifacts or of the volume it came from."""
    with base(path).read() as rows:
        found = rows.one("SELECT (SELECT COUNT(*) FROM runs), (SELECT COUNT(*) FROM experiments)") or (0, 0)
    parts = {name: each for name, each in ((DATABASE, path), (USERS, copies.of_users(path))) if each.exists()}
    return Snapshot(
        format=FORMAT,
        created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(path.stat().st_mtime)),
        reason=words.OF_A_STOP,
        mode="",
        destination="",
        store_id="",
        mlflow="",
        revision=str(base(path).revision()),
        tables=dict(zip(("runs", "experiments"), map(int, found), strict=True)),
        objects=0,
        object_bytes=0,
        whole=False,
        parts={name: {"bytes": each.stat().st_size} for name, each in parts.items()},
    )


def understood(content: bytes) -> Snapshot | None:
    """What a ``snapshot.json`` says; None where it is not one of this version's."""
    with contextlib.suppress(ValueError, TypeError, AttributeError):
        said = json.loads(content)
        if said.get("format") == FORMAT:
            return Snapshot(**said)
    return None


def verify(folder: Path) -> Snapshot:
    """Compare every part with what ``snapshot.json`` says, and the database with itself. Needs no server.

    Raises:
        Refused: it is not a snapshot, is of a newer version, or a part does not match its checksum; says which.
    """
    head, copied = read(folder), folder.is_file()
    if head is None:
        why = "it cannot be read" if copied else f"its {HEAD} is missing or different"
        text = f"{folder.name} is not a snapshot that this version understands: {why}"
        raise Refused("backup.broken", text, str(folder), ["./stack backups"])
    for name, about in () if copied else head.parts.items():
        _compare(folder, name, about)
    for name, held in ((DATABASE, base(folder)), (USERS, users(folder, head))):
        if held is not None and (verdict := held.verdict()) != "ok":
            raise _broken(folder, f"{name} is damaged: {verdict}")
    if head.whole:
        for line in Progress("verifying artifacts", total=head.objects).each(manifest(folder)):
            if "sha256" in line:
                _compare(folder, f"{ARTIFACTS}/{line['path']}", line)
    return head


def manifest(folder: Path) -> Iterator[dict[str, Any]]:
    """Its lines, in the order of keys: path, bytes, etag, modified; sha256 in a whole snapshot, but for what no folder
    can hold; ``store`` (``local``) for a file that was only in ./mlartifacts while S3 was the destination. A copy has
    none.
    """
    if folder.is_file():
        return
    with (folder / MANIFEST).open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def beside(
    lines: Iterator[dict[str, Any]], entries: Iterator[Stored]
) -> Iterator[tuple[dict[str, Any], Stored | None]]:
    """A manifest's lines, each with the object that is there now. Both are in the order of keys: read side by side."""
    there = next(entries, None)
    for line in lines:
        path = str(line["path"])
        while there is not None and there.path.encode() < path.encode():
            there = next(entries, None)
        yield line, there if there is not None and there.path == path else None


def remove(folder: Path) -> None:
    """Remove a snapshot; killed in the middle it is no snapshot any more, and the next backup removes what is left."""
    gone = folder.with_name(f".{folder.name}.part")
    folder.rename(gone)
    shutil.rmtree(gone)


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    made = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            made.update(chunk)
    return made.hexdigest()


def _about(path: Path) -> dict[str, Any]:
    return {"bytes": path.stat().st_size, "sha256": digest(path)}


def _compare(folder: Path, name: str, about: dict[str, Any]) -> None:
    path = folder / name
    if not path.is_file():
        raise _broken(folder, f"{name} is missing")
    if path.stat().st_size != about["bytes"]:
        raise _broken(folder, f"{name} has {path.stat().st_size:,} bytes and not {about['bytes']:,}")
    if digest(path) != about["sha256"]:
        raise _broken(folder, f"{name} does not match its SHA-256 checksum")


def _broken(folder: Path, text: str) -> Refused:
    return Refused("backup.broken", f"Snapshot {folder.name}: {text}", str(folder), ["./stack backups"])


def _free_name(into: Path) -> str:
    """The time of day in UTC, to the millisecond: names sort as they were made."""
    while True:
        now = time.time()
        name = time.strftime("%Y%m%dT%H%M%S", time.gmtime(now)) + f".{int(now % 1 * 1000):03d}Z"
        if not (into / name).exists():
            return name
        time.sleep(0.001)


@contextlib.contextmanager
def alone(into: Path) -> Iterator[None]:
    """One backup at a time in a folder; what a killed one has left there is removed. Raises Refused."""
    descriptor = os.open(into, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            text = "Another backup is being written to that folder"
            raise Refused("backup.busy", text, str(into), ["./stack backups"]) from None
        for left in into.glob(".*.part"):
            if left.is_dir():
                shutil.rmtree(left)
        yield
    finally:
        os.close(descriptor)

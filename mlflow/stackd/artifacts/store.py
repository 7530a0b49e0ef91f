"""What verbs ask of a destination, whether it is a bucket or a folder: listings in order, whole objects, deletes."""

import contextlib
import errno
import hashlib
import itertools
import os
import secrets
import shutil
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, ClassVar, Literal, TypeVar

from stackd import files
from stackd.artifacts.bucket import Bucket, Stored
from stackd.artifacts.destination import NOT_ARTIFACTS, UNFINISHED, Destination, Unusable, order
from stackd.failures import Refused
from stackd.report import Finding, counted
from stackd.settings import Settings

CHUNK_BYTES = 1024 * 1024
# Of one DeleteObjects, and how many of them at once, while the listing continues. At most so many times a thousand
# entries are in memory.
BATCH = 1000
AT_ONCE = 3
SHOWN = 20
Mode = Literal["s3", "local"]
Item = TypeVar("Item")
# What a file system says of a name that it cannot hold, or of a file in a folder's place.
OF_THE_NAME = frozenset({errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.EILSEQ, errno.ENOTEMPTY})


class Folder:
    """A destination on the disk, by paths below it. Every method may raise OSError, and Unusable.

    Its exclusive creation is a lock: nothing to wait for (``settle``).
    """

    settle: ClassVar[float] = 0.0

    def __init__(self, folder: Path) -> None:
        self.destination = Destination(str(folder))

    def entries(self, below: str = "") -> Iterator[Stored]:
        """Every file below a path, as S3 would order them; links and unfinished copies are none."""
        place = Path(self.destination.root) / below
        if place.is_dir():
            yield from _walk(place, below)

    def chunks(self, path: str, size: int) -> Iterator[bytes] | None:
        """A file in pieces; None where there is none."""
        try:
            return _read(self._file(path).open("rb"), size)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def write(self, path: str, content: bytes, if_absent: bool = False) -> bool:
        """Store a file; False where there is one already and ``if_absent`` forbids to replace it."""
        try:
            with whole(self._file(path), if_absent) as file:
                file.write(content)
        except FileExistsError:
            if not if_absent:
                raise
            return False
        return True

    def send(self, source: Path, path: str) -> bool:
        """Copy a file to it, over one that is there."""
        with whole(self._file(path)) as file, source.open("rb") as content:
            shutil.copyfileobj(content, file, CHUNK_BYTES)
        return True

    def delete(self, names: Iterable[str]) -> dict[str, str]:
        """Delete some files; why each of those is left that could not be."""
        failed = {}
        for name in names:
            try:
                self._file(name, listed=True).unlink(missing_ok=True)
            except OSError as error:
                failed[name] = error.strerror or str(error)
        return failed

    def _file(self, path: str, listed: bool = False) -> Path:
        return Path(self.destination.key(path, listed))


Store = Bucket | Folder


def of(config: Settings) -> Store:
    """The destination in force."""
    if config.mode == "s3":
        return Bucket(config, Destination(config.destination))
    return Folder(Path(config.destination))


def of_mode(config: Settings, mode: Mode) -> Store:
    """One of the two that ``of_both`` names."""
    return of(config) if mode == config.mode else Folder(config.places.mlartifacts)


def of_both(config: Settings) -> Iterator[tuple[Stored, Mode]]:
    """Every object that MLflow shows, with its store: what S3 lacks, a run made offline has in ./mlartifacts."""
    if config.mode == "local":
        yield from ((entry, "local") for entry in of(config).entries())
        return
    for there, here in pairs(of(config).entries(), Folder(config.places.mlartifacts).entries()):
        if there is not None:
            yield there, "s3"
        elif here is not None:
            yield here, "local"


def pairs(first: Iterator[Stored], second: Iterator[Stored]) -> Iterator[tuple[Stored | None, Stored | None]]:
    """Two listings side by side, in the order of keys; None where one of them lacks what the other has.

    Raises:
        Refused: one of them is in another order, so that what it lacks is unknown.
    """
    first, second = _ordered(first), _ordered(second)
    here, there = next(first, None), next(second, None)
    while here is not None or there is not None:
        if there is None or (here is not None and order(here.path) < order(there.path)):
            yield here, None
            here = next(first, None)
        elif here is None or order(there.path) < order(here.path):
            yield None, there
            there = next(second, None)
        else:
            yield here, there
            here, there = next(first, None), next(second, None)


def _ordered(entries: Iterator[Stored]) -> Iterator[Stored]:
    before = ""
    for entry in entries:
        if before and order(entry.path) <= order(before):
            text = (
                f"The store does not list its objects in the order of their keys: {entry.path!r} came after {before!r}."
                " What is missing or different is unknown, and nothing was overwritten or deleted because of it"
            )
            raise Refused("artifacts.unordered", text, "", ["move the artifacts to a store that does"], "unknown")
        before = entry.path
        yield entry


def fetch(store: Store, path: str, target: Path) -> str | None:
    """Copy an object to a file, whole or not at all; returns its SHA-256 in hexadecimal, None if it is gone.

    Raises Unusable where no file can be so called, OSError, boto3's.
    """
    chunks = store.chunks(path, CHUNK_BYTES)
    if chunks is None:
        return None
    made = hashlib.sha256()
    try:
        with whole(target) as file:
            for chunk in chunks:
                made.update(chunk)
                file.write(chunk)
    except OSError as error:
        if error.errno in OF_THE_NAME:
            raise Unusable(path, f"a folder cannot hold it beside the others ({error.strerror})") from error
        raise
    return made.hexdigest()


def digest(store: Store, path: str) -> str | None:
    """SHA-256 of an object, which is read and not kept; None if it is not there. Raises OSError, boto3's."""
    made = hashlib.sha256()
    chunks = store.chunks(path, CHUNK_BYTES)
    for chunk in chunks or ():
        made.update(chunk)
    return None if chunks is None else made.hexdigest()


def content(store: Store, path: str) -> bytes | None:
    """A small object; None where there is none. Raises OSError, boto3's."""
    chunks = store.chunks(path, CHUNK_BYTES)
    return None if chunks is None else b"".join(chunks)


def left_out(unusable: list[Unusable], destination: str) -> list[Finding]:
    """A finding about objects that have names which no folder can hold; none without them."""
    if not unusable:
        return []
    named = "; ".join(str(error) for error in unusable[:SHOWN])
    text = f"{counted(len(unusable), 'artifact')} cannot be kept as files and were left out: {named}"
    return [Finding("artifacts.name", "warning", text, destination, ["log them again under another name"])]


@dataclass
class Removed:
    """What was removed, in objects and bytes, and why the rest was not; at most one reason a path."""

    objects: int = 0
    bytes: int = 0
    failed: dict[str, str] = field(default_factory=dict)

    def add(self, other: "Removed") -> None:
        """Count another's too."""
        self.objects += other.objects
        self.bytes += other.bytes
        self.failed |= other.failed


def batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Lists of ``size`` items, the last one shorter."""
    rest = iter(items)
    return iter(lambda: list(itertools.islice(rest, size)), [])


def remove(store: Store, entries: Iterable[Stored], tell: Callable[[int], None] = lambda _: None) -> Removed:
    """Delete some objects, a thousand a request and a few requests at once. ``tell`` gets the number of objects after
    each. Raises what the listing raises.
    """
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
            under_way.append(pool.submit(_remove, store, batch))
        while under_way:
            end_one()
    return done


def _remove(store: Store, batch: list[Stored]) -> Removed:
    failed = store.delete(entry.path for entry in batch)
    gone = [entry for entry in batch if entry.path not in failed]
    return Removed(len(gone), sum(entry.bytes for entry in gone), failed)


@contextlib.contextmanager
def whole(target: Path, if_absent: bool = False) -> Iterator[BinaryIO]:
    """A file that gets its name when it is written and on the disk. Its name until then is none that a client may log,
    and the same again for another try, which finishes what was killed.

    Raises FileExistsError where it is there already and ``if_absent``; OSError.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    # Of two that write what must not be there yet, each has its own.
    name = secrets.token_hex(8) if if_absent else hashlib.sha256(os.fsencode(target.name)).hexdigest()[:16]
    temporary = target.with_name(f".{name}{UNFINISHED}")
    try:
        with temporary.open("wb") as file:
            yield file
        files.sync(temporary)
        if if_absent:
            os.link(temporary, target)
        else:
            temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _walk(folder: Path, relative: str) -> Iterator[Stored]:
    with os.scandir(folder) as found:
        # A key's order compares `a.txt` with `a/…`, not with `a`.
        entries = sorted(found, key=lambda entry: order(entry.name + "/" if _folder(entry) else entry.name))
    for entry in entries:
        path = f"{relative}/{entry.name}" if relative else entry.name
        if _folder(entry):
            yield from _walk(Path(entry.path), path)
        elif entry.is_file(follow_symlinks=False) and path not in NOT_ARTIFACTS and not entry.name.endswith(UNFINISHED):
            about = entry.stat(follow_symlinks=False)
            yield Stored(path, about.st_size, "", about.st_mtime)


def _folder(entry: "os.DirEntry[str]") -> bool:
    return entry.is_dir(follow_symlinks=False)


def _read(source: BinaryIO, size: int) -> Iterator[bytes]:
    with source:
        while chunk := source.read(size):
            yield chunk

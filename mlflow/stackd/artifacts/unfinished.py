"""Uploads in parts that have not ended: this server's are noted on the volume, those of others a bucket lists.

What a killed server or worker left is aborted, by its notes and not by a listing: others may be uploading below the
same prefix. Run as a module, this aborts what is noted: another process, for a store that does not answer must not
delay a start.
"""

import json
import logging
import secrets
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from os import getpid
from pathlib import Path

from stackd.artifacts import faults
from stackd.artifacts.bucket import Bucket
from stackd.artifacts.destination import Destination
from stackd.artifacts.faults import RAISED
from stackd.artifacts.store import Store
from stackd.settings import Settings, from_environment

logger = logging.getLogger("stackd")
PREFIX = "upload-"
# How many are asked for their parts: one request each.
MEASURED = 100


@dataclass(frozen=True)
class Noted:
    """An upload that S3 knows by ``upload_id``."""

    bucket: str
    key: str
    upload_id: str


class Journal:
    """A file for each open upload, named after its process; the volume is flat, so that it can change its owner."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def note(self, upload: Noted) -> Path:
        """Write it down, before its first part is sent. Raises OSError."""
        path = self.folder / f"{PREFIX}{getpid()}-{secrets.token_hex(8)}.json"
        path.write_text(json.dumps(asdict(upload)))
        return path

    def noted(self, process: int | None = None) -> list[Path]:
        """What is written down, by one process or by any."""
        return sorted(self.folder.glob(f"{PREFIX}{'' if process is None else f'{process}-'}*.json"))


def abort_left(folder: Path, process: int | None = None) -> None:
    """Abort what an ended worker, or an ended server, left in S3; in the background."""
    left = Journal(folder).noted(process)
    if left:
        subprocess.Popen([sys.executable, "-m", "stackd.artifacts.unfinished", *map(str, left)])


def abort_noted(config: Settings, notes: Iterable[Path]) -> None:
    """Abort some uploads; what could not be aborted, and what is of another destination, stays noted."""
    place = Bucket(config, Destination(config.destination))
    for path in notes:
        upload = _read(path)
        if upload is not None:
            if upload.bucket != place.destination.bucket or not upload.key.startswith(place.destination.root):
                continue
            try:
                place.abort(place.destination.path(upload.key), upload.upload_id)
            except RAISED as error:
                why = faults.named(error)
                logger.warning("An unfinished upload of %s stays in S3 until the next start: %s", upload.key, why)
                continue
            logger.info("An unfinished upload of %s, which a killed server left, was aborted", upload.key)
        path.unlink(missing_ok=True)


def _read(path: Path) -> Noted | None:
    """None for a note that was cut off, whose upload had no part yet, or that is gone."""
    try:
        return Noted(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None


@dataclass(frozen=True)
class Upload:
    """``path`` below the destination; ``began`` in seconds of the epoch; ``bytes`` None where they are not known."""

    path: str
    upload: str
    began: float
    bytes: int | None


def listed(place: Store, before: float = float("inf")) -> list[Upload] | None:
    """Those that a destination lists, begun ``before`` a time, the oldest first; None where the profile may not ask.

    Raises boto3's errors, except for what is denied.
    """
    if not isinstance(place, Bucket):
        return []
    try:
        found = sorted((began, path, upload) for path, upload, began in place.uploads() if began <= before)
    except RAISED as error:
        if faults.unanswered(error):
            return None
        raise
    return [
        Upload(path, upload, began, place.sent(path, upload) if number < MEASURED else None)
        for number, (began, path, upload) in enumerate(found)
    ]


def abort(place: Store, uploads: Iterable[Upload]) -> dict[str, str]:
    """Abort them; returns why some could not be, by path."""
    failed: dict[str, str] = {}
    if not isinstance(place, Bucket):
        return failed
    for each in uploads:
        try:
            place.abort(each.path, each.upload)
        except RAISED as error:
            failed[each.path] = faults.named(error)
    return failed


def known_bytes(uploads: list[Upload]) -> int | None:
    """Of all of them, or None where those of one are not known."""
    sizes = [each.bytes for each in uploads if each.bytes is not None]
    return sum(sizes) if len(sizes) == len(uploads) else None


if __name__ == "__main__":
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.INFO, stream=sys.stderr)
    logging.getLogger("botocore").setLevel(logging.WARNING)
    # Only the notes that were there when it was asked for: a newer one may belong to an upload that is running.
    abort_noted(from_environment(), map(Path, sys.argv[1:]))

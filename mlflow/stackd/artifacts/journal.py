"""Multipart uploads that are not finished, noted on the volume: what a killed server left is aborted at the next start.

Notes, not a listing, say what to abort: others may be uploading below the same prefix. Run as a module, this aborts
what is noted; the master runs it as another process, so that a store that does not answer cannot delay the start.
"""

import json
import logging
import secrets
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import botocore.exceptions

from stackd.artifacts import s3
from stackd.settings import Settings, from_environment

logger = logging.getLogger("stackd")
PREFIX = "upload-"


@dataclass(frozen=True)
class Noted:
    """An upload that S3 knows by ``upload_id``."""

    bucket: str
    key: str
    upload_id: str


class Journal:
    """A file for each open upload; the volume is flat, so that it can change its owner."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def note(self, upload: Noted) -> Path:
        """Write it down, before its first part is sent. Raises OSError."""
        path = self.folder / f"{PREFIX}{secrets.token_hex(8)}.json"
        path.write_text(json.dumps(asdict(upload)))
        return path

    def noted(self) -> dict[Path, Noted | None]:
        """What is written down; None for a note that was cut off, whose upload had no part yet."""
        return {path: _read(path) for path in sorted(self.folder.glob(f"{PREFIX}*.json"))}


def _read(path: Path) -> Noted | None:
    try:
        return Noted(**json.loads(path.read_text()))
    except (ValueError, TypeError):
        return None


def abort(settings: Settings, upload: Noted) -> None:
    """Raises what boto3 raises, except for an upload that S3 does not know (any more)."""
    try:
        s3.client_of(settings)().abort_multipart_upload(
            Bucket=upload.bucket, Key=upload.key, UploadId=upload.upload_id, **s3.owner_of_bucket()
        )
    except botocore.exceptions.ClientError as error:
        if s3.code_of(error) != "NoSuchUpload":
            raise


def abort_noted(settings: Settings, stale: dict[Path, Noted | None]) -> None:
    """Abort what an ended server left; what could not be aborted, and what is of another destination, stays noted."""
    root = f"{settings.prefix}/" if settings.prefix else ""
    for path, upload in stale.items():
        if upload is not None:
            if upload.bucket != settings.bucket or not upload.key.startswith(root):
                continue
            try:
                abort(settings, upload)
            except s3.RAISED as error:
                why = s3.code_of(error) or type(error).__name__
                logger.warning("An unfinished upload of %s stays in S3 until the next start: %s", upload.key, why)
                continue
            logger.info("An unfinished upload of %s, which a killed server left, was aborted", upload.key)
        path.unlink(missing_ok=True)


if __name__ == "__main__":
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.INFO, stream=sys.stderr)
    logging.getLogger("botocore").setLevel(logging.WARNING)
    # Only the notes that were there before any worker started: a newer one may belong to an upload that is running.
    abort_noted(from_environment(), {Path(name): _read(Path(name)) for name in sys.argv[1:]})

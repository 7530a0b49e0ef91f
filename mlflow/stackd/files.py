"""Files that are on disk when a function returns, and whole whenever anybody looks."""

import os
import uuid
from collections.abc import Callable
from pathlib import Path


def sync(path: Path) -> None:
    """fsync a file or a folder. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Put a file in the place of whatever is there. Raises OSError."""
    _place(path, content, mode, os.replace)


def write_once(path: Path, content: bytes, mode: int = 0o644) -> bool:
    """Make a file, or leave the one that is there and return False: of two processes that get here at once, one wins
    and both read the winner's. An empty one is what a kill left of an older version, and no file. Raises OSError.
    """
    if path.exists() and not path.stat().st_size:
        path.unlink(missing_ok=True)
    try:
        _place(path, content, mode, os.link)
    except FileExistsError:
        return False
    return True


def _place(path: Path, content: bytes, mode: int, how: Callable[[Path, Path], None]) -> None:
    temporary = path.with_name(f".{path.name}.{uuid.uuid4()}.part")
    try:
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:  # noqa: PTH123
            file.write(content)
        sync(temporary)
        how(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    sync(path.parent)

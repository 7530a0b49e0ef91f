"""Who serves the database: one lock file, held by the master and its workers for as long as any of them lives."""

import fcntl
import os
from pathlib import Path

from stackd import settings

SUFFIX = ".serving"


class InUseError(Exception):
    """A server has the database."""


def hold() -> int:
    """Take the lock until this process, and every process forked from it, has ended; returns the descriptor.

    Raises:
        InUseError: another server has it.
    """
    path = _file()
    # Readable by all: root without DAC_OVERRIDE looks at it as well, before it becomes the owner of the mounts.
    return _lock(os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644), path, fcntl.LOCK_EX)


def _file() -> Path:
    return settings.DATABASE.with_name(settings.DATABASE.name + SUFFIX)


def _lock(descriptor: int, path: Path, kind: int) -> int:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise InUseError(str(path)) from None
    return descriptor


def in_use() -> bool:
    """Whether a server has the database now. Those who look do not see each other."""
    path = _file()
    if not path.exists():
        return False
    try:
        os.close(_lock(os.open(path, os.O_RDONLY | os.O_CLOEXEC), path, fcntl.LOCK_SH))
    except InUseError:
        return True
    return False

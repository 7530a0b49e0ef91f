"""Who serves the database: one lock file, held by the master and its workers for as long as any of them lives."""

import fcntl
import os
from pathlib import Path

from stackd import settings

LOCK = settings.DATA / "mlflow.db.serving"


class InUseError(Exception):
    """A server has the database."""


def hold(path: Path = LOCK) -> int:
    """Take the lock until this process, and every process forked from it, has ended; returns the descriptor.

    Raises:
        InUseError: another server has it.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise InUseError(str(path)) from None
    return descriptor


def in_use(path: Path = LOCK) -> bool:
    """Whether a server has the database now."""
    if not path.exists():
        return False
    try:
        os.close(hold(path))
    except InUseError:
        return True
    return False

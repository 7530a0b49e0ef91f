"""What every upload passes first: an empty destination is claimed, and nobody writes over the marker that says so."""

import logging
import posixpath

from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import PERMISSION_DENIED

from stackd.artifacts import owner, s3
from stackd.database import sqlite
from stackd.settings import Settings

logger = logging.getLogger(__name__)


def refused(text: str) -> MlflowException:
    """What this server does not do, whoever asks."""
    return MlflowException(text, error_code=PERMISSION_DENIED)


class Claim:
    """Claims an empty destination once a process, before its first upload.

    An upload is never refused for the marker's sake: what went wrong is logged, and ``check`` finds it. Tried again
    before the next upload, however soon: one that got through unclaimed would leave objects without an owner. Threads
    do not wait for each other: the write is if-absent, and behind a store that does not answer they would queue up.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._done = False

    def __call__(self) -> None:
        """Claim, if this process has not yet."""
        if self._done:
            return
        try:
            found = owner.claim_if_empty(owner.place(self.settings), sqlite.store_id())
        except (*s3.RAISED, OSError) as error:
            logger.warning(
                "The owner marker of %s could not be read: %s", self.settings.destination, type(error).__name__
            )
            return
        self._done = True
        if found.state in ("foreign", "missing"):
            logger.warning("%s has a %s owner marker: nothing is deleted there", self.settings.destination, found.state)


def not_the_marker(path: str, root: str, destination: str) -> None:
    """Refuse an upload over the owner marker: it would take the destination away from its database.

    Raises:
        MlflowException: ``path``, a key or a file, is the marker at ``root``.
    """
    if posixpath.normpath(path) == posixpath.join(root, owner.MARKER):
        raise refused(f"{owner.MARKER} says whose {destination} is: no upload replaces it")

"""Before every upload: an empty destination is claimed, and the marker that says so is never overwritten."""

import logging
import posixpath

from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import PERMISSION_DENIED

from stackd import database
from stackd.artifacts import owner, s3
from stackd.settings import Settings

logger = logging.getLogger(__name__)


def refused(text: str) -> MlflowException:
    """The error for what this server never does."""
    return MlflowException(text, error_code=PERMISSION_DENIED)


class Claim:
    """Claims an empty destination once in each process, before its first upload.

    An upload is never refused because of the marker: what went wrong is logged, and ``check`` finds it. The claim is
    tried again before the next upload, since objects without a marker would have no owner. Threads do not wait for
    each other: the marker is only written if there is none, and they would queue behind a store that does not answer.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._done = False

    def __call__(self) -> None:
        """Claim, if this process has not yet."""
        if self._done:
            return
        try:
            found = owner.claim_if_empty(owner.place(self.settings), database.of(self.settings).store_id())
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

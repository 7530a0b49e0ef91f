"""Whose the destination is: ``.mlflow-stack-owner`` holds the store id of the one database that may delete below it.

Experiment ids are small integers that every database uses: two databases on one prefix would delete each other's runs.
"""

import logging
import time
from dataclasses import dataclass
from itertools import islice
from typing import Any

from stackd import database
from stackd.artifacts import faults, store
from stackd.artifacts.destination import MARKER
from stackd.artifacts.store import Store
from stackd.failures import Refused
from stackd.settings import Settings

logger = logging.getLogger(__name__)
SAMPLE = 1000
# What to type where the marker is another database's, or missing: the database that owned it may only be lost.
CLAIM = [
    "./stack backups   # if the database was lost: a snapshot may bring it back",
    "./stack adopt --claim   # if it is yours",
]


@dataclass(frozen=True)
class Owner:
    """Who owns a destination.

    ``state``: ``ours``, ``foreign``, ``missing`` (there are objects and no marker) or ``unclaimed`` (empty).
    """

    state: str
    marker: str | None
    ours: str


def marker_of(place: Store) -> str | None:
    """The marker's content, or None without one. May raise what the destination raises."""
    found = store.content(place, MARKER)
    return None if found is None else found[:SAMPLE].decode(errors="replace").strip()


def mark(place: Store, ours: str, if_absent: bool = False) -> bool:
    """Write the marker; False where there is one and ``if_absent``."""
    return place.write(MARKER, f"{ours}\n".encode(), if_absent)


def look(place: Store, ours: str) -> Owner:
    """Read the marker; writes nothing. May raise what the destination raises."""
    marker = marker_of(place)
    if marker is not None:
        return Owner("ours" if marker == ours else "foreign", marker, ours)
    empty = next(place.entries(), None) is None
    return Owner("unclaimed" if empty else "missing", None, ours)


def claim_if_empty(place: Store, ours: str) -> Owner:
    """Write the marker on an empty destination, and read it back after a moment; anything else is left as it is."""
    found = look(place, ours)
    if found.state != "unclaimed":
        return found
    mark(place, ours, if_absent=True)
    time.sleep(place.settle)
    return look(place, ours)


class Claim:
    """Claims an empty destination once in each process, before its first upload.

    An upload is never refused because of the marker: what went wrong is logged, and ``check`` finds it. The claim is
    tried again before the next upload, since objects without a marker would have no owner. Threads do not wait for
    each other: the marker is only written if there is none, and they would queue behind a store that does not answer.
    """

    def __init__(self, config: Settings) -> None:
        self._config = config
        self._done = False

    def __call__(self) -> None:
        """Claim, if this process has not yet."""
        if self._done:
            return
        destination = self._config.destination
        try:
            found = claim_if_empty(store.of(self._config), database.of(self._config).store_id())
        except (*faults.RAISED, OSError) as error:
            logger.warning("The owner marker of %s could not be read: %s", destination, type(error).__name__)
            return
        self._done = True
        if found.state in ("foreign", "missing"):
            logger.warning("%s has a %s owner marker: nothing is deleted there", destination, found.state)


def required(config: Settings) -> None:
    """Before a verb deletes or overwrites: claim an empty destination; return where it is ours.

    Raises:
        Refused: it is another database's, or has objects and no marker.
    """
    state = claim_if_empty(store.of(config), database.of(config).store_id()).state
    if state != "ours":
        text = f"The owner marker of {config.destination} is {state}: only its owner may delete or overwrite there"
        raise Refused("owner.refused", text, config.destination, ["./stack doctor", *CLAIM])


def plan_claim(config: Settings) -> dict[str, Any]:
    """Who owns the destination now, and what is there: for people who write this database's marker on it on purpose.

    ``owner``, ``ours``, ``objects`` (at most 1000), ``more``, ``sample``.
    """
    place = store.of(config)
    paths = [entry.path for entry in islice(place.entries(), SAMPLE)]
    return {
        "destination": config.destination,
        "owner": marker_of(place),
        "ours": database.of(config).store_id(),
        "objects": len(paths),
        "more": len(paths) == SAMPLE,
        "sample": paths[:5],
    }


def claim(config: Settings, planned: dict[str, Any]) -> dict[str, Any]:
    """Write the marker, if nobody else has done so since the plan.

    Raises:
        Refused: the owner or the destination has changed.
    """
    place = store.of(config)
    if config.destination != planned["destination"] or marker_of(place) != planned["owner"]:
        text = "The owner of the destination has changed since the plan"
        raise Refused("owner.refused", text, config.destination, list(CLAIM))
    mark(place, database.of(config).store_id())
    return {"owner": marker_of(place)}

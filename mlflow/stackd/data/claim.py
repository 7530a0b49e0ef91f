"""Writes this database's owner marker on a destination that is already in use; the user was shown what is there."""

from typing import Any

from stackd.artifacts import owner
from stackd.data import swap
from stackd.database import sqlite
from stackd.settings import Settings

SAMPLE = 1000


def plan(settings: Settings) -> dict[str, Any]:
    """Who owns the destination now, and what is there.

    ``owner``, ``ours``, ``objects`` (at most 1000), ``more``, ``sample``.
    """
    target = owner.place(settings)
    found = owner.look(target, sqlite.store_id())
    keys = target.sample(SAMPLE)
    return {
        "destination": settings.destination,
        "owner": found.marker,
        "ours": found.ours,
        "objects": len(keys),
        "more": len(keys) == SAMPLE,
        "sample": keys[:5],
    }


def execute(settings: Settings, planned: dict[str, Any]) -> dict[str, Any]:
    """Write the marker, if nobody else has done so since the plan.

    Raises:
        swap.Refused: the owner or the destination has changed.
    """
    target = owner.place(settings)
    if settings.destination != planned["destination"] or target.read() != planned["owner"]:
        text = "The owner of the destination has changed since the plan"
        raise swap.Refused("owner.refused", text, settings.destination, list(owner.CLAIM))
    target.write(sqlite.store_id())
    return {"owner": target.read()}

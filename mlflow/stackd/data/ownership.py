"""Before a verb deletes or overwrites: the destination must be this database's."""

from stackd.artifacts import owner
from stackd.data import swap
from stackd.database import sqlite
from stackd.settings import Settings


def required(config: Settings) -> None:
    """Claim an empty destination; return where it is ours.

    Raises:
        swap.Refused: it is another database's, or has objects and no marker.
    """
    state = owner.claim_if_empty(owner.place(config), sqlite.store_id()).state
    if state != "ours":
        text = f"The owner marker of {config.destination} is {state}: only its owner may delete or overwrite there"
        raise swap.Refused("owner.refused", text, config.destination, ["./stack doctor", *owner.CLAIM])

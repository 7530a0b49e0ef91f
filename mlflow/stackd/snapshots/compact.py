"""Gives back the space that deleted rows have left in the database: it is rewritten, compared, and swapped in."""

import shutil
from typing import Any

from stackd import database
from stackd.failures import Refused
from stackd.settings import Settings, start_command
from stackd.snapshots import swap


def plan(config: Settings) -> dict[str, Any]:
    """``bytes`` now, ``free`` of them that nothing uses, ``tables``: rows of the largest, most first.

    Raises:
        Refused: there is no database, or no room for a second one.
    """
    base = database.of(config)
    if not base.exists():
        raise Refused("data.volume-empty", "There is no database to compact", "", [start_command()])
    size, free = base.space()
    for folder in (config.places.spool, config.places.data):
        room = shutil.disk_usage(folder).free
        if room < size:
            text = f"Compacting needs {size:,} bytes beside the database and there are {room:,}"
            raise Refused("data.no-room", text, str(folder), ["docker system df"])
    tables = sorted(base.counts().items(), key=lambda each: -each[1])
    return {"state": base.state(), "bytes": size, "free": free, "tables": dict(tables[:5])}


@swap.alone
def execute(config: Settings, planned: dict[str, Any]) -> dict[str, Any]:
    """Rewrite the database and put the new file in its place; the old one stays in ./backups.

    Raises:
        Refused: a server has it, it changed since the plan, or the new one differs.
    """
    base, copy, _ = swap.parts(config)[0]
    if planned["state"] != base.state():
        raise Refused("database.busy", "The database has changed since the plan", "", ["run the command again"])
    base.compact(config.places.scratch)
    if copy.content() != base.content():
        raise Refused(
            "database.corrupt",
            "The compacted database differs from the present one: nothing was changed",
            "",
            ["./stack doctor"],
        )
    swap.swap_in(config)
    return {"before": planned["bytes"], "after": base.space()[0]}

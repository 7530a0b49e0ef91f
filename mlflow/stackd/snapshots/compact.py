"""Gives back the space that deleted rows have left in the database: it is rewritten, compared, and swapped in."""

import shutil
import sqlite3
from contextlib import closing
from typing import Any

from stackd import settings
from stackd.database import sqlite
from stackd.failures import Refused
from stackd.snapshots import restore, swap


def plan() -> dict[str, Any]:
    """``bytes`` now, ``free`` of them that nothing uses, ``tables``: rows of the largest, most first.

    Raises:
        Refused: there is no database, or no room for a second one.
    """
    if not settings.DATABASE.exists():
        raise Refused("data.volume-empty", "There is no database to compact", "", [settings.start_command()])
    with sqlite.reading(settings.DATABASE, timeout=10) as connection:
        page, free = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_size", "freelist_count"))
    size = settings.DATABASE.stat().st_size
    for folder in (settings.SPOOL, settings.DATABASE.parent):
        room = shutil.disk_usage(folder).free
        if room < size:
            text = f"Compacting needs {size:,} bytes beside the database and there are {room:,}"
            raise Refused("data.no-room", text, str(folder), ["docker system df"])
    tables = sorted(sqlite.counts(settings.DATABASE).items(), key=lambda each: -each[1])
    return {"state": swap.state(), "bytes": size, "free": page * free, "tables": dict(tables[:5])}


@swap.alone()
def execute(planned: dict[str, Any]) -> dict[str, Any]:
    """Rewrite the database and put the new file in its place; the old one stays in ./backups.

    Raises:
        Refused: a server has it, it changed since the plan, or the new one differs.
    """
    if planned["state"] != swap.state():
        raise Refused("database.busy", "The database has changed since the plan", "", ["run the command again"])
    swap.remove_scratch()
    with closing(sqlite3.connect(settings.DATABASE, timeout=10)) as connection:
        connection.execute("VACUUM INTO ?", (str(swap.SCRATCH),))
    try:
        if restore.content(swap.SCRATCH) != restore.content(settings.DATABASE):
            raise Refused(
                "database.corrupt",
                "The compacted database differs from the present one: nothing was changed",
                "",
                ["./stack doctor"],
            )
        swap.swap_in()
    finally:
        swap.remove_scratch()
    return {"before": planned["bytes"], "after": settings.DATABASE.stat().st_size}

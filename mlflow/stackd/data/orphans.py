"""Removes objects that no root of this database is above: old ones, after a list of them was kept."""

import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from stackd import settings
from stackd.artifacts import removal, stored
from stackd.artifacts.stored import Stored
from stackd.data import ownership, swap
from stackd.database import roots, sqlite
from stackd.report import Finding, say_findings
from stackd.settings import Settings

SHOWN = 20


def plan(config: Settings, older_than: int) -> dict[str, Any]:
    """Unowned objects of ``older_than`` seconds at least; younger ones may be an upload whose run comes yet.

    Raises:
        swap.Refused: the destination is another database's.
    """
    ownership.required(config)
    before = time.time() - older_than
    found = list(_orphans(config, before))
    return {
        "before": before,
        "objects": len(found),
        "bytes": sum(each.bytes for each in found),
        "state": _state(found),
        "paths": [each.path for each in found[:SHOWN]],
        "destination": config.destination,
    }


def execute(config: Settings, planned: dict[str, Any]) -> dict[str, Any]:
    """Write the list into ./backups, then delete what is on it.

    Raises:
        swap.Refused: what nobody owns is not what the plan said.
    """
    ownership.required(config)
    found = list(_orphans(config, planned["before"]))
    if _state(found) != planned["state"]:
        text = "what nobody owns has changed since the plan"
        raise swap.Refused("artifacts.changed", text, "", ["./stack audit --delete-orphans"])
    listed = settings.BACKUPS / time.strftime("orphans-%Y%m%dT%H%M%SZ.jsonl", time.gmtime())
    listed.write_text("".join(json.dumps(asdict(each)) + "\n" for each in found), encoding="utf-8")
    sqlite.sync(listed)
    done = removal.remove_all(config, found)
    if done.failed:
        named = ", ".join(f"{path} ({why})" for path, why in list(done.failed.items())[:SHOWN])
        text = f"{len(done.failed)} objects would not go: {named}"
        say_findings([Finding("cleanup.failed", "error", text, config.destination, ["./stack doctor"])])
    return {"objects": done.objects, "bytes": done.bytes, "failed": len(done.failed), "listed": str(listed)}


def _orphans(config: Settings, before: float) -> Iterator[Stored]:
    """Listed first, and owned by roots that are read afterwards: a run that comes meanwhile owns its files."""
    old = [entry for entry in stored.of_destination(config) if entry.modified <= before]
    owners = roots.Roots(roots.recorded(config.destination, settings.DATABASE))
    return (entry for entry in old if owners.of(entry.path) is None)


def _state(found: list[Stored]) -> str:
    return hashlib.sha256(repr([(each.path, each.etag, each.bytes) for each in found]).encode()).hexdigest()

"""Removes old objects that belong to nothing in this database, and old unfinished uploads; a list of them is kept."""

import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from stackd import database, files
from stackd.artifacts import owner, store, unfinished
from stackd.artifacts.bucket import Stored
from stackd.artifacts.unfinished import Upload
from stackd.cleaning import audit
from stackd.database import roots
from stackd.failures import Refused
from stackd.report import Finding, Progress, say_findings
from stackd.settings import Settings
from stackd.snapshots import swap

SHOWN = 20


def plan(config: Settings, older_than: int) -> dict[str, Any]:
    """Unowned objects and unfinished uploads of ``older_than`` seconds at least; a younger one may belong to
    a run that is just being created.

    Raises:
        Refused: the destination is another database's.
    """
    owner.required(config)
    before = time.time() - older_than
    found, begun = list(_orphans(config, before)), _begun(config, before)
    return {
        "before": before,
        "objects": len(found),
        "bytes": sum(each.bytes for each in found),
        "uploads": len(begun),
        "upload_bytes": unfinished.known_bytes(begun),
        "state": _state(found, begun),
        "paths": [each.path for each in found[:SHOWN]],
        "upload_paths": [each.path for each in begun[:SHOWN]],
        "destination": config.destination,
    }


@swap.alone("changing")
def execute(config: Settings, planned: dict[str, Any]) -> dict[str, Any]:
    """Write the list into ./backups, then delete the objects and end the uploads that are on it.

    Raises:
        Refused: what nobody owns is not what the plan said.
    """
    owner.required(config)
    found, begun = list(_orphans(config, planned["before"])), _begun(config, planned["before"])
    if _state(found, begun) != planned["state"]:
        text = "What nobody owns has changed since the plan: nothing was removed"
        raise Refused("artifacts.changed", text, "", ["./stack audit --delete-orphans"])
    listed = config.places.backups / time.strftime("orphans-%Y%m%dT%H%M%SZ.jsonl", time.gmtime())
    lines = [*map(asdict, found), *map(asdict, begun)]
    files.write(listed, "".join(json.dumps(each) + "\n" for each in lines).encode())
    progress = Progress("removing", total=len(found))
    done = store.remove(store.of(config), _still(config, found), progress.add)
    progress.end()
    failed = done.failed | (left := unfinished.abort(store.of(config), begun))
    if failed:
        named = ", ".join(f"{path} ({why})" for path, why in list(failed.items())[:SHOWN])
        text = f"What could not be deleted, {len(failed):,} in all: {named}"
        say_findings([Finding("cleanup.failed", "error", text, config.destination, ["./stack doctor"])])
    counts = {"objects": done.objects, "bytes": done.bytes, "uploads": len(begun) - len(left), "failed": len(failed)}
    return {**counts, "listed": str(listed)}


def _begun(config: Settings, before: float) -> list[Upload]:
    """None of them where the profile may not ask, which is said."""
    return audit.unfinished_uploads(config, before) or []


def _orphans(config: Settings, before: float) -> Iterator[Stored]:
    """Objects are listed first and roots are read afterwards: a run that is created in between owns its files."""
    listed = Progress("listing").each(store.of(config).entries())
    old = [entry for entry in listed if entry.modified <= before]
    owners = roots.Roots(roots.recorded(config.destination, database.of(config)))
    return (entry for entry in old if owners.of(entry.path) is None)


def _still(config: Settings, found: list[Stored]) -> Iterator[Stored]:
    """Those that nobody owns, as it is right before they are removed."""
    for batch in store.batches(found, store.BATCH):
        known = roots.above({entry.path.rpartition("/")[0] for entry in batch}, config.destination, database.of(config))
        yield from (entry for entry in batch if not roots.nearest(entry.path, known))


def _state(found: list[Stored], begun: list[Upload]) -> str:
    named = [(each.path, each.etag, each.bytes) for each in found], [(each.path, each.upload) for each in begun]
    return hashlib.sha256(repr(named).encode()).hexdigest()

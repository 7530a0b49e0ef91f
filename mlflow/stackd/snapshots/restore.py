"""Replaces the volume's databases with those of a snapshot, and proves it: every row, and every object that its
manifest names. Users stay as they are where the snapshot holds none.

The present databases become a snapshot first. The volume keeps its store id: in another volume, or on another machine,
a restored database owns no object of the destination until the user says so.
"""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stackd import database
from stackd.artifacts import owner, store
from stackd.artifacts.destination import unusable
from stackd.database import Damaged, Failure
from stackd.failures import Refused
from stackd.report import Finding, counted, say_findings
from stackd.settings import Settings
from stackd.snapshots import copies, snapshot, swap

# Lines of a finding that names what is missing; snapshots of databases that a restore has replaced.
SHOWN, KEPT = 20, 7


def plan(config: Settings, folder: Path) -> dict[str, Any]:
    """Verify a snapshot, and say what restoring it would do, on which state of the volume.

    Raises:
        Refused: the snapshot is not as it was written, or a newer MLflow has written it.
    """
    head = snapshot.verify(folder)
    base = database.of(config)
    users = snapshot.users(folder, head)
    revision, migrate = swap.known_revision(folder.name, snapshot.base(folder), users)
    present: dict[str, int] = {}
    for part in swap.parts(config):
        with contextlib.suppress(Failure):
            # A damaged database is what restoring is for.
            present |= part.base.counts()
    return {
        "snapshot": str(folder),
        "created": head.created,
        "state": swap.state(config),
        "revision": revision,
        "migrate": migrate,
        "runs": head.tables.get("runs", 0),
        "experiments": head.tables.get("experiments", 0),
        "users": users.counts()["users"] if users else None,
        "objects": head.objects,
        "whole": head.whole,
        "destination": head.destination,
        # A copy does not say where its artifacts were, and whose.
        "elsewhere": head.destination not in ("", config.destination),
        "foreign": head.store_id not in ("", base.store_id()),
        "present_runs": present.get("runs", 0),
        "present_experiments": present.get("experiments", 0),
        "present_users": present.get("users", 0),
    }


@swap.alone
def execute(config: Settings, planned: dict[str, Any], take_over: bool) -> dict[str, Any]:
    """Keep the present database, swap, compare. Artifacts of a whole snapshot that are missing are put back; one that
    is there with other bytes stays as it is, and is named.

    Raises:
        Refused: a server has the volume, or it changed since the plan, or the comparison fails.
    """
    folder = Path(planned["snapshot"])
    if planned["state"] != swap.state(config):
        raise Refused("database.busy", "The volume has changed since the plan", "", ["run the command again"])
    head = snapshot.verify(folder)
    kept = _keep(config)
    swap.take(config, snapshot.base(folder), snapshot.users(folder, head))
    restored = [part for part in swap.parts(config) if part.copy.exists()]
    compared = swap.bring_up(config)
    before = [part.copy.content() for part in restored]
    swap.swap_in(config, keep=False)
    if [part.base.content() for part in restored] != before:
        text = "The restored database is not what the snapshot holds; the previous one is kept"
        raise Refused(
            "backup.broken", text, str(kept or ""), [f"./stack restore {kept.name}" if kept else "./stack backups"]
        )
    if take_over:
        owner.claim(config, owner.plan_claim(config))
    missing, put_back, different = _artifacts(config, folder, head)
    return {
        "kept": str(kept) if kept else None,
        "tables": compared,
        "objects": head.objects,
        "missing": missing,
        "put_back": put_back,
        "different": different,
        "taken_over": take_over,
    }


def _keep(config: Settings) -> Path | None:
    """The present database as a snapshot, or its bytes as they are where SQLite cannot read it; None without one."""
    base = database.of(config)
    if not base.exists():
        return None
    try:
        kept = snapshot.create(config, config.places.backups, whole=False, keep=KEPT, reason="before-restore")
        base.settle()
    except Damaged:
        kept = config.places.backups / time.strftime("damaged-%Y%m%dT%H%M%SZ.db", time.gmtime())
        base.salvage(kept)
        if database.users(config).exists():
            database.users(config).salvage(copies.of_users(kept))
    return kept


def _artifacts(config: Settings, folder: Path, head: snapshot.Snapshot) -> tuple[int, int, int]:
    """How many objects of the manifest the destination lacks, how many were put back, and how many are different."""
    missing, put_back, different, place = Named(), 0, Named(), store.of(config)
    may_write = owner.claim_if_empty(place, database.of(config).store_id()).state == "ours"
    for path, kept, there in _changed(config, folder):
        if there:
            different.add(path)
        elif kept and may_write:
            place.send(folder / snapshot.ARTIFACTS / path, path)
            put_back += 1
        else:
            missing.add(path)
    objects = counted(head.objects, "object")
    if missing.count:
        text = f"{missing.count:,} of {objects} of the snapshot's runs are not in {config.destination}: {missing}"
        # A whole snapshot did not put them back: the destination is another database's.
        fix = (
            f"./stack restore {folder.name} --take-over"
            if head.whole
            else "./stack backups   # choose one with artifacts"
        )
        say_findings([Finding("backup.objects", "warning", text, config.destination, [fix])])
    if different.count:
        text = f"{different.count:,} of {objects} were logged again since the snapshot, and stay: {different}"
        look = [f"ls backups/{folder.name}/{snapshot.ARTIFACTS}"] if folder.parent == config.places.backups else []
        say_findings([Finding("backup.different", "warning", text, config.destination, look)])
    return missing.count, put_back, different.count


class Named:
    """Counts paths, and names the first of them."""

    def __init__(self) -> None:
        self.count, self._first = 0, list[str]()

    def add(self, path: str) -> None:
        """One more."""
        self.count += 1
        self._first += [path] if self.count <= SHOWN else []

    def __str__(self) -> str:
        return ", ".join(self._first) + (" …" if self.count > SHOWN else "")


def _changed(config: Settings, folder: Path) -> Iterator[tuple[str, bool, bool]]:
    """Objects that are not in the destination, or are there with another size or ETag: path, whether the snapshot has
    the bytes, whether something is there.
    """
    for line, there in snapshot.beside(snapshot.manifest(folder), (entry for entry, _ in store.of_both(config))):
        path = str(line["path"])
        if there is None:
            yield path, "sha256" in line and not unusable(path), False
        elif there.bytes != line["bytes"] or (there.etag and line["etag"] and there.etag != line["etag"]):
            yield path, False, True

"""Replaces the volume's database with a snapshot, and proves it: every row, and every object that its manifest names.

The present database becomes a snapshot first. The volume keeps its store id: in another volume, or on another machine,
a restored database owns no object of the destination until the user says so.
"""

import contextlib
import hashlib
import shutil
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stackd import mlflow_internals, settings
from stackd.artifacts import owner, store
from stackd.artifacts.destination import unusable
from stackd.database import sqlite
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
    sqlite.copy(folder / snapshot.DATABASE, swap.SCRATCH)
    try:
        revision = swap.known_revision(folder.name)
    finally:
        swap.remove_scratch()
    present: dict[str, int] = {}
    with contextlib.suppress(sqlite3.Error):
        # A damaged database is what restoring is for.
        present = sqlite.counts()
    return {
        "snapshot": str(folder),
        "created": head.created,
        "state": swap.state(),
        "revision": revision,
        "migrate": revision != mlflow_internals.SCHEMA_HEAD,
        "runs": head.tables.get("runs", 0),
        "experiments": head.tables.get("experiments", 0),
        "objects": head.objects,
        "whole": head.whole,
        "destination": head.destination,
        "elsewhere": head.destination != config.destination,
        "foreign": head.store_id != sqlite.store_id(),
        "present_runs": present.get("runs", 0),
        "present_experiments": present.get("experiments", 0),
    }


@swap.alone()
def execute(config: Settings, planned: dict[str, Any], take_over: bool) -> dict[str, Any]:
    """Keep the present database, swap, compare. Artifacts of a whole snapshot that are missing are put back.

    Raises:
        Refused: a server has the volume, or it changed since the plan, or the comparison fails.
    """
    folder = Path(planned["snapshot"])
    if planned["state"] != swap.state():
        raise Refused("database.busy", "The volume has changed since the plan", "", ["run the command again"])
    head = snapshot.verify(folder)
    kept = _keep(config)
    sqlite.copy(folder / snapshot.DATABASE, swap.SCRATCH)
    try:
        before = content(swap.SCRATCH)
        compared = swap.bring_up(planned["migrate"])
        swap.swap_in(keep=False)
    finally:
        swap.remove_scratch()
    if not planned["migrate"] and content(settings.DATABASE) != before:
        text = "The restored database is not what the snapshot holds; the previous one is kept"
        raise Refused(
            "backup.broken", text, str(kept or ""), [f"./stack restore {kept.name}" if kept else "./stack backups"]
        )
    if take_over:
        owner.claim(config, owner.plan_claim(config))
    missing, put_back = _artifacts(config, folder, head)
    return {
        "kept": str(kept) if kept else None,
        "tables": compared,
        "objects": head.objects,
        "missing": missing,
        "put_back": put_back,
        "taken_over": take_over,
    }


def _keep(config: Settings) -> Path | None:
    """The present database as a snapshot, or its bytes as they are where SQLite cannot read it; None without one."""
    if not swap.state():
        return None
    try:
        kept = snapshot.create(config, settings.BACKUPS, whole=False, keep=KEPT, reason="before-restore")
        copies.checkpoint(settings.DATABASE)
    except sqlite3.DatabaseError:
        kept = settings.BACKUPS / time.strftime("damaged-%Y%m%dT%H%M%SZ.db", time.gmtime())
        # What SQLite has not brought into it belongs to it.
        for suffix in ("-wal", ""):
            part = settings.DATABASE.with_name(settings.DATABASE.name + suffix)
            if part.exists():
                shutil.copyfile(part, kept.with_name(kept.name + suffix))
                sqlite.sync(kept.with_name(kept.name + suffix))
    return kept


def content(database: Path) -> str:
    """SHA-256 of every row of every table, in the order of their names and of the rows on disk, which a copy keeps."""
    made = hashlib.sha256()
    with sqlite.reading(database) as connection:
        for name in sorted(sqlite.counts(database)):
            made.update(name.encode())
            for row in connection.execute(f'SELECT * FROM "{name}"'):
                made.update(repr(row).encode())
    return made.hexdigest()


def _artifacts(config: Settings, folder: Path, head: snapshot.Snapshot) -> tuple[int, int]:
    """How many objects of the manifest the destination lacks, and how many of them were put back."""
    missing, put_back = 0, 0
    place = store.of(config)
    shown: list[str] = []
    may_write = owner.claim_if_empty(place, sqlite.store_id()).state == "ours"
    try:
        # To its end before anything is written: in another order, what is there would be taken for missing.
        lacking = list(_lacking(config, folder))
    except Refused as refused:
        say_findings([refused.finding])
        lacking = []
    for path, kept in lacking:
        if kept and may_write:
            place.send(folder / snapshot.ARTIFACTS / path, path)
            put_back += 1
        else:
            missing += 1
            if missing <= SHOWN:
                shown.append(path)
    if missing:
        named = ", ".join(shown) + (" …" if missing > SHOWN else "")
        objects = counted(head.objects, "object")
        text = f"{missing:,} of {objects} of the snapshot's runs are not in {config.destination}: {named}"
        # A whole snapshot did not put them back: the destination is another database's.
        fix = (
            f"./stack restore {folder.name} --take-over"
            if head.whole
            else "./stack backups   # choose one with artifacts"
        )
        say_findings([Finding("backup.objects", "warning", text, config.destination, [fix])])
    return missing, put_back


def _lacking(config: Settings, folder: Path) -> Iterator[tuple[str, bool]]:
    """Paths, and whether the snapshot has their bytes."""
    for line, there in snapshot.beside(snapshot.manifest(folder), (entry for entry, _ in store.of_both(config))):
        path = str(line["path"])
        if there is None or there.bytes != line["bytes"]:
            yield path, "sha256" in line and not unusable(path)

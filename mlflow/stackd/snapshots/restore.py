"""Replaces the volume's database with a snapshot, and proves it: every row, and every object that its manifest names.

The present database becomes a snapshot first. The volume keeps its store id: in another volume, or on another machine,
a restored database owns no object of the destination until the user says so.
"""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stackd import database, mlflow_internals
from stackd.artifacts import copying, owner, stored
from stackd.database import Damaged, Failure
from stackd.failures import Refused
from stackd.report import Finding, counted, say_findings
from stackd.settings import Settings
from stackd.snapshots import snapshot, swap

# Lines of a finding that names what is missing; snapshots of databases that a restore has replaced.
SHOWN, KEPT = 20, 7


def plan(config: Settings, folder: Path) -> dict[str, Any]:
    """Verify a snapshot, and say what restoring it would do, on which state of the volume.

    Raises:
        Refused: the snapshot is not as it was written, or a newer MLflow has written it.
    """
    head = snapshot.verify(folder)
    base = database.of(config)
    revision = swap.known_revision(folder.name, database.at(folder / snapshot.DATABASE))
    present: dict[str, int] = {}
    with contextlib.suppress(Failure):
        # A damaged database is what restoring is for.
        present = base.counts()
    return {
        "snapshot": str(folder),
        "created": head.created,
        "state": base.state(),
        "revision": revision,
        "migrate": revision != mlflow_internals.SCHEMA_HEAD,
        "runs": head.tables.get("runs", 0),
        "experiments": head.tables.get("experiments", 0),
        "objects": head.objects,
        "whole": head.whole,
        "destination": head.destination,
        "elsewhere": head.destination != config.destination,
        "foreign": head.store_id != base.store_id(),
        "present_runs": present.get("runs", 0),
        "present_experiments": present.get("experiments", 0),
    }


@swap.alone("serving", "changing")
def execute(config: Settings, planned: dict[str, Any], take_over: bool) -> dict[str, Any]:
    """Keep the present database, swap, compare. Artifacts of a whole snapshot that are missing are put back.

    Raises:
        Refused: a server has the volume, or it changed since the plan, or the comparison fails.
    """
    folder, base, copy = Path(planned["snapshot"]), database.of(config), swap.scratch(config)
    if planned["state"] != base.state():
        raise Refused("database.busy", "The volume has changed since the plan", "", ["run the command again"])
    head = snapshot.verify(folder)
    kept = _keep(config)
    database.at(folder / snapshot.DATABASE).copy(config.places.scratch)
    try:
        compared = swap.bring_up(config, planned["migrate"])
        before = copy.content()
        swap.swap_in(config, keep=False)
    finally:
        copy.remove()
    if not planned["migrate"] and base.content() != before:
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
    base = database.of(config)
    if not base.exists():
        return None
    try:
        kept = snapshot.create(config, config.places.backups, whole=False, keep=KEPT, reason="before-restore")
        base.settle()
    except Damaged:
        kept = config.places.backups / time.strftime("damaged-%Y%m%dT%H%M%SZ.db", time.gmtime())
        base.salvage(kept)
    return kept


def _artifacts(config: Settings, folder: Path, head: snapshot.Snapshot) -> tuple[int, int]:
    """How many objects of the manifest the destination lacks, and how many of them were put back."""
    missing, put_back = 0, 0
    shown: list[str] = []
    may_write = owner.claim_if_empty(owner.place(config), database.of(config).store_id()).state == "ours"
    for path in _lacking(config, folder):
        if head.whole and may_write:
            copying.put(config, folder / snapshot.ARTIFACTS / path, path)
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


def _lacking(config: Settings, folder: Path) -> Iterator[str]:
    """Both lists are in the order of keys, so they are read side by side."""
    there = (entry for entry, _ in stored.of_both(config))
    found = next(there, None)
    for line in snapshot.manifest(folder):
        while found is not None and found.path.encode() < str(line["path"]).encode():
            found = next(there, None)
        if found is None or found.path != line["path"] or found.bytes != line["bytes"]:
            yield str(line["path"])

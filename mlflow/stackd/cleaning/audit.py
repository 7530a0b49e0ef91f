"""Database against store: what nobody owns, what a snapshot lists and the store lacks, and who uses how much."""

import time
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from stackd import database
from stackd.artifacts import store, unfinished
from stackd.artifacts.bucket import Stored
from stackd.artifacts.destination import Destination
from stackd.artifacts.unfinished import Upload
from stackd.database import roots
from stackd.report import Finding, Progress, counted, say_findings
from stackd.settings import Settings
from stackd.snapshots import snapshot

SHOWN = 1000
# After so many seconds nobody is still sending: the upload was left behind.
LEFT_BEHIND = 24 * 3600
STATES = ("active", "deleted", "nobody's")


def usage(config: Settings) -> dict[str, Any]:
    """Objects and bytes by experiment and state, the largest experiment first; ``nobody's`` has no experiment."""
    base = database.of(config)
    with base.read() as rows:
        held = list(rows("SELECT experiment_id, name, lifecycle_stage FROM experiments"))
    names = {int(row[0]): str(row[1]) for row in held}
    gone = {int(row[0]) for row in held if row[2] == "deleted"}
    found: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for entry, root, mode in _whose(config):
        if mode != config.mode:
            continue
        if root is None:
            key = ("", "nobody's")
        else:
            state = "deleted" if root.deleted or root.experiment in gone else "active"
            key = (names.get(root.experiment, str(root.experiment)), state)
        found[key][0] += 1
        found[key][1] += entry.bytes
    shown = [
        {"experiment": experiment, "state": state, "objects": count, "bytes": total}
        for (experiment, state), (count, total) in found.items()
    ]
    shown.sort(key=lambda each: (-int(str(each["bytes"])), str(each["experiment"])))
    return {"destination": config.destination, "usage": shown, "database_bytes": base.space()[0]}


@dataclass
class Some:
    """How many, their bytes, and the first thousand paths."""

    count: int = 0
    bytes: int = 0
    paths: list[str] = field(default_factory=list)

    def add(self, path: str, size: int, counts: bool) -> None:
        """One more, if it counts."""
        if counts:
            self.count, self.bytes = self.count + 1, self.bytes + size
            self.paths += [path] if self.count <= SHOWN else []


def audit(config: Settings) -> dict[str, Any]:
    """Objects that no root of this database is above, and what the newest snapshot's manifest knows and the store lacks
    or has in another size. Lists hold the first thousand paths of each; counts are whole.
    """
    orphans, missing, other = Some(), Some(), Some()
    objects = 0

    def every() -> Iterator[Stored]:
        nonlocal objects
        for entry, root, mode in _whose(config):
            if mode == config.mode:
                objects += 1
                orphans.add(entry.path, entry.bytes, root is None)
            yield entry

    entries = every()
    for line, there in snapshot.beside(_manifest(config), entries):
        missing.add(line["path"], line["bytes"], there is None)
        other.add(line["path"], line["bytes"], there is not None and there.bytes != line["bytes"])
    # What comes behind the manifest's last line.
    deque(entries, 0)
    if lost := missing.count + other.count:
        text = f"{counted(lost, 'artifact')} of the newest snapshot's list are missing or of another size"
        fix = ["./stack audit --json   # names them", "./stack backups   # a snapshot with artifacts has their bytes"]
        say_findings([Finding("artifacts.missing", "error", text, config.destination, fix)])
    return {
        **_unfinished(config),
        "destination": config.destination,
        "objects": objects,
        "orphans": orphans.count,
        "orphan_bytes": orphans.bytes,
        "orphan_paths": orphans.paths,
        "missing": missing.count,
        "missing_paths": missing.paths,
        "other_size": other.count,
        "other_size_paths": other.paths,
    }


def _unfinished(config: Settings) -> dict[str, Any]:
    """``uploads``, their bytes and when the oldest began (seconds of the epoch); None for what is not known."""
    found = unfinished_uploads(config)
    if found is None:
        return {"uploads": None, "upload_bytes": None, "oldest_upload": None}
    old = [each for each in found if each.began <= time.time() - LEFT_BEHIND]
    if old:
        text = f"{counted(len(old), 'upload')}, begun more than a day ago, never ended; no listing shows what they hold"
        fix = ["./stack audit --delete-orphans --older-than 1d"]
        say_findings([Finding("artifacts.unfinished", "warning", text, config.destination, fix)])
    oldest = min((each.began for each in found), default=None)
    return {"uploads": len(found), "upload_bytes": unfinished.known_bytes(found), "oldest_upload": oldest}


def unfinished_uploads(config: Settings, before: float = float("inf")) -> list[Upload] | None:
    """Those begun ``before`` a time (seconds of the epoch); None where the profile may not ask, which is said."""
    found = unfinished.listed(store.of(config), before)
    if found is None:
        text = "Unknown whether there are uploads that were begun and never ended: the profile may not ask"
        fix = [f"allow s3:ListBucketMultipartUploads on arn:aws:s3:::{Destination(config.destination).bucket}"]
        say_findings([Finding("artifacts.unfinished", "unknown", text, config.destination, fix)])
    return found


def _whose(config: Settings) -> Iterator[tuple[Stored, roots.Root | None, store.Mode]]:
    """Every object of both stores (a snapshot knows both) with its root; only the destination is counted."""
    owners = roots.Roots(roots.recorded(config.destination, database.of(config)))
    for entry, mode in Progress("listing").each(store.of_both(config)):
        yield entry, owners.of(entry.path), mode


def _manifest(config: Settings) -> Iterator[dict[str, Any]]:
    """The newest snapshot's lines, without those that no run owns any more: their objects were cleaned up since."""
    owners = roots.Roots(roots.recorded(config.destination, database.of(config)))
    for folder, head in snapshot.known(config.places.backups):
        if head is not None and head.destination == config.destination:
            return (line for line in snapshot.manifest(folder) if owners.of(str(line["path"])))
    return iter(())

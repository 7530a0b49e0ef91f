"""Tries to restore the newest snapshot, without changing anything: verified, opened, compared, and removed again."""

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from stackd import files
from stackd.failures import Refused
from stackd.settings import Settings
from stackd.snapshots import snapshot, swap

RESULT = "drill.json"


@dataclass(frozen=True)
class Drilled:
    """When, of which snapshot, and what was wrong with it: nothing where ``problem`` is empty."""

    at: str
    snapshot: str
    runs: int
    problem: str


def drill(config: Settings, into: Path) -> dict[str, Any]:
    """Try the newest snapshot of a folder, and leave the result there for ``status`` and ``doctor``.

    Raises:
        Refused: there is none, or it could not be restored; the result is left in either case.
    """
    folder = next((path for path, _ in snapshot.known(into) if path.is_dir()), None)
    if folder is None:
        raise Refused("backup.none", "There is no snapshot to try", str(into), ["./stack backup"])
    try:
        runs = _try(config, folder)
    except Refused as refused:
        _leave(into, Drilled(_now(), folder.name, 0, refused.finding.text))
        raise
    done = Drilled(_now(), folder.name, runs, "")
    _leave(into, done)
    return asdict(done)


def last(into: Path) -> dict[str, Any] | None:
    """What the last drill left; None without one, or where it cannot be understood."""
    try:
        found = json.loads((into / RESULT).read_text(encoding="utf-8"))
        return asdict(Drilled(**found))
    except (OSError, ValueError, TypeError):
        return None


def _try(config: Settings, folder: Path) -> int:
    head = snapshot.verify(folder)
    held = [each for each in (snapshot.base(folder), snapshot.users(folder, head)) if each is not None]
    copied = [part.copy for part in swap.parts(config)][: len(held)]
    try:
        swap.take(config, *held)
        swap.known_revision(folder.name, *copied)
        there = copied[0].counts()
        if there != head.tables or [each.content() for each in copied] != [each.content() for each in held]:
            text = f"Snapshot {folder.name}: the restored rows are not those of the snapshot"
            raise Refused("backup.broken", text, str(folder), ["./stack backup"])
    finally:
        swap.clear(config)
    return there.get("runs", 0)


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _leave(into: Path, result: Drilled) -> None:
    files.write(into / RESULT, json.dumps(asdict(result)).encode() + b"\n")

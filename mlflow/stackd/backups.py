"""What ./backups holds, without opening a snapshot: the newest one, and how the last drill went."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stackd.report import Finding

HEAD, DRILL = "snapshot.json", "drill.json"
# Of the reasons for a snapshot the one of `./stack backup`.
OF_USERS = "backup"
# What a worker takes at most to finish its requests; bytes a second that a slow disk copies.
REQUESTS_S, SLOW_DISK = 10, 20_000_000


@dataclass(frozen=True)
class Last:
    """``snapshot``: the newest that somebody asked for; ``drilled``: when one was last tried (UTC, ISO 8601), each None
    where there is none; ``problem``: what that found, "" for nothing.
    """

    snapshot: str | None
    drilled: str | None
    problem: str


def last(folder: Path) -> Last:
    """Look into the folder; what cannot be read counts as not there."""
    found = ((path.parent.name, _read(path)) for path in folder.glob(f"[!.]*/{HEAD}"))
    newest = max((name for name, said in found if said.get("reason") == OF_USERS), default=None)
    drill = _read(folder / DRILL)
    return Last(newest, str(drill["at"]) if drill.get("at") else None, str(drill.get("problem") or ""))


def judge(found: Last) -> list[Finding]:
    """No snapshot is no error, for the server leaves a copy whenever it stops."""
    if found.snapshot is None:
        text = "There is no snapshot yet, only the copies that the server leaves when it stops"
        return [Finding("backup.none", "info", text, "", ["./stack backup"])]
    made = Finding("backup.newest", "ok", f"The newest snapshot is {found.snapshot}")
    if found.drilled is None:
        text = "No snapshot has been tried yet"
        return [made, Finding("backup.drill", "info", text, "", ["./stack backup drill"])]
    when = found.drilled[:10]
    if found.problem:
        text = f"The drill of {when} failed: {found.problem}"
        return [made, Finding("backup.drill", "warning", text, "", ["./stack backup", "./stack backup drill"])]
    return [made, Finding("backup.drill", "ok", f"The drill of {when} restored it and compared every row")]


def time_for_copy(size: int, grace: int) -> list[Finding]:
    """Whether the copy of a database of ``size`` bytes fits into ``grace`` seconds, on a slow disk too."""
    needed = REQUESTS_S + size // SLOW_DISK
    if needed <= grace:
        return []
    text = f"A database of {size:,} bytes may need {needed:,} s to be copied at a stop, and is killed after {grace} s"
    return [Finding("backups.copy", "warning", text, "MLFLOW_STOP_GRACE", [f"MLFLOW_STOP_GRACE={needed // 60 + 1}m"])]


def _read(path: Path) -> dict[str, Any]:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}

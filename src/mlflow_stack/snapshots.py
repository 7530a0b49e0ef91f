"""What lies in backups/, as this host sees it without a container: the newest snapshot, and how the last drill went."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mlflow_stack.findings import Finding

HEAD, DRILL = "snapshot.json", "drill.json"
OF_USERS = "backup"


@dataclass(frozen=True)
class LastBackup:
    """`snapshot` and `drilled` are None where there is none; `problem` is what the last drill found, "" for nothing."""

    snapshot: str | None
    made_at: datetime | None
    drilled: datetime | None
    problem: str


def look(folder: Path) -> LastBackup:
    """Read the newest snapshot that somebody asked for; what cannot be understood counts as not there."""
    found = [(path.parent.name, _read(path)) for path in folder.glob(f"*/{HEAD}")]
    asked = sorted((name, said) for name, said in found if said.get("reason") == OF_USERS)
    name, said = asked[-1] if asked else (None, {})
    drill = _read(folder / DRILL)
    return LastBackup(name, _time(said.get("created")), _time(drill.get("at")), str(drill.get("problem") or ""))


def judge(last: LastBackup) -> list[Finding]:
    """Findings of `doctor`: no snapshot is no error, for the server leaves a copy whenever it stops."""
    if last.snapshot is None:
        text = "there is no snapshot yet, only the copies that the server leaves when it stops"
        return [Finding("backup.none", "info", text, "", ("./stack backup",))]
    made = Finding("backup.newest", "ok", f"the newest snapshot is {last.snapshot}")
    if last.drilled is None:
        text = "no snapshot has been tried yet"
        return [made, Finding("backup.drill", "info", text, "", ("./stack backup drill",))]
    when = f"{last.drilled:%Y-%m-%d}"
    if last.problem:
        text = f"the drill of {when} failed: {last.problem}"
        return [made, Finding("backup.drill", "warning", text, "", ("./stack backup", "./stack backup drill"))]
    return [made, Finding("backup.drill", "ok", f"the drill of {when} restored it into nothing, row by row")]


def _read(path: Path) -> dict[str, Any]:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def _time(text: Any) -> datetime | None:
    try:
        return datetime.strptime(str(text), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None

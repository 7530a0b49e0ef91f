"""What .vscode/ says, and how VS Code runs it: a task with those it depends on, a launch without its debugger."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / ".vscode" / name).read_text(encoding="utf-8"))
    return found


TASKS: dict[str, dict[str, Any]] = {task["label"]: task for task in _read("tasks.json")["tasks"]}
LAUNCHES: dict[str, dict[str, Any]] = {each["name"]: each for each in _read("launch.json")["configurations"]}
EXTENSIONS: list[str] = _read("extensions.json")["recommendations"]


def commands(task: str) -> Iterator[list[str]]:
    """What a task runs, in order, those that it depends on first; `${workspaceFolder}` stays."""
    found = TASKS[task]
    for before in found.get("dependsOn", []):
        yield from commands(before)
    yield [found["command"], *found.get("args", [])]


def launch(name: str) -> tuple[list[str], dict[str, str]]:
    """What a launch configuration runs when nobody debugs, and the variables it adds; `${workspaceFolder}` stays."""
    found = LAUNCHES[name]
    what = [found["program"]] if "program" in found else ["-m", found["module"]]
    return [found["python"], *what, *found.get("args", [])], found.get("env", {})

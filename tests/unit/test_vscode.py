"""The files for VS Code name tasks, programs, modules and extensions that exist; what they run is run by
`tests/integration/test_vscode.py`.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from support.vscode import EXTENSIONS, LAUNCHES, ROOT, TASKS

MADE = {".stack/venv/bin/python": "stack", ".venv-train/bin/python": "train/environment.sh"}
"""What is not in the repository, and what in it makes it."""


def exists(path: str) -> bool:
    made_by = MADE.get(path)
    return os.access(ROOT / (made_by or path), os.X_OK)


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task["label"])
def test_a_task_runs_a_program_that_is_there_after_tasks_that_are_there(task: dict[str, object]) -> None:
    assert exists(str(task["command"]).removeprefix("${workspaceFolder}/"))
    assert set(task.get("dependsOn", [])) <= set(TASKS)  # type: ignore[arg-type]


@pytest.mark.parametrize("launch", LAUNCHES.values(), ids=lambda launch: launch["name"])
def test_a_launch_debugs_what_is_there(launch: dict[str, object]) -> None:
    assert exists(str(launch["python"]).removeprefix("${workspaceFolder}/"))
    program = str(launch.get("program", "")).removeprefix("${workspaceFolder}/")
    module = str(launch.get("module", ""))
    assert (ROOT / program).is_file() if program else (ROOT / "src" / module / "__main__.py").is_file()
    assert launch.get("preLaunchTask", next(iter(TASKS))) in TASKS


def test_every_extension_is_an_identifier() -> None:
    assert EXTENSIONS
    assert all(re.fullmatch(r"[a-z0-9-]+\.[a-z0-9-]+", each) for each in EXTENSIONS)


def test_there_is_no_other_file() -> None:
    assert {path.name for path in Path(ROOT / ".vscode").iterdir()} == {"tasks.json", "launch.json", "extensions.json"}

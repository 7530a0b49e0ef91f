"""What scripts/try_mlflow writes down, and what it moves; that it works is seen by running it."""

from __future__ import annotations

import hashlib
import importlib.machinery
import importlib.util
import subprocess
from pathlib import Path
from typing import Any

import pytest

import mirrored

SCRIPT = Path(__file__).parents[2] / "scripts/try_mlflow"


@pytest.fixture
def script() -> Any:
    loader = importlib.machinery.SourceFileLoader("try_mlflow", str(SCRIPT))
    spec = importlib.util.spec_from_loader("try_mlflow", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_a_page_names_what_changed_and_what_is_there_without_a_word(
    script: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, limit in (("old", 1), ("new", 2)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "them.py").write_text(f"LIMIT = {limit}\nSAME = 0\n")
    hashed = [hashlib.sha256(line.encode()).hexdigest() for line in ("LIMIT = 1\n", "SAME = 0\n")]
    rows = [mirrored.Mirrored(f"them.{name}", sha, "a.py") for name, sha in zip(("LIMIT", "SAME"), hashed, strict=True)]
    monkeypatch.setattr(mirrored, "table", lambda: rows)
    page = script.Page()
    script.changed(page, tmp_path / "old", tmp_path / "new")
    old: dict[str, list[str]] = {"routes": ["GET /a"], "tables": ["t"], "columns": [], "settings": ["gone"]}
    new = {**old, "routes": ["GET /a", "PUT /b"], "settings": []}
    script.silent(page, old, new, [{"a": "1", "b": "1"}, {"a": "2", "b": "1"}])
    text = page.text("1", "2")
    assert text.splitlines()[2] == "Everything is green: 2 can be pinned."
    assert "1 of 2 names have another source." in text
    assert "### them.LIMIT has changed: read it, then look at stackd/a.py\n\n```diff\n@@ -1 +1 @@\n" in text
    assert "-LIMIT = 1\n+LIMIT = 2\n" in text
    assert "## Silent: routes\n\n```diff\n+ PUT /b\n```" in text
    assert "## Silent: tables\n\nNo other ones." in text
    assert "## Silent: settings\n\n```diff\n- gone\n```" in text
    assert "## Packages\n\n- a 1 → 2" in text


def test_a_step_that_fails_is_on_the_page_and_the_version_stays(script: Any) -> None:
    page = script.Page()
    with page.step("build the image"):
        script.run("sh", "-c", "echo why; exit 3", cwd=SCRIPT.parent)
    with page.step("run the tests"):
        pass
    assert page.failed == ["build the image"]
    assert page.text("1", "2").splitlines()[2] == "Not green (build the image): 1 stays."
    assert "## Failed: build the image\n\n```text\nwhy\n" in page.text("1", "2")


def test_the_pin_is_moved_everywhere_but_in_what_was_decided(script: Any, tmp_path: Path) -> None:
    # The last one is not tracked by git.
    places = (
        "mlflow/requirements.in",
        "docker-compose.yml",
        "docs/decisions/1.md",
        "train/requirements.in",
        "mlflow/requirements.lock",
        "a/new.txt",
    )
    for name in places:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("mlflow==3.17.2\n")
    for argv in (["init", "--quiet"], ["add", *places[:-1]]):
        subprocess.run(["git", *argv], cwd=tmp_path, check=True)
    script.move_pin(tmp_path, "3.17.2", "9.9")
    moved = [name for name in places if (tmp_path / name).read_text() == "mlflow==9.9\n"]
    assert moved == ["mlflow/requirements.in", "docker-compose.yml"]


def test_the_head_of_the_schema_is_the_revision_that_nobody_follows(script: Any, tmp_path: Path) -> None:
    versions = tmp_path / "mlflow/store/db_migrations/versions"
    versions.mkdir(parents=True)
    for revision, follows in (("a1", "None"), ("b2", '"a1"'), ("c3", '"b2"')):
        (versions / f"{revision}_x.py").write_text(f'revision = "{revision}"\ndown_revision = {follows}\n')
    assert script.head(tmp_path) == "c3"

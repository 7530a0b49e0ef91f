"""The hash that says whether the image has to be built."""

from __future__ import annotations

import hashlib
from pathlib import Path

from mlflow_stack.image import source_hash


def tree(folder: Path) -> Path:
    (folder / "stackd/__pycache__").mkdir(parents=True)
    (folder / "Dockerfile").write_text("FROM x\n")
    (folder / "stackd/a.py").write_text("a = 1\n")
    (folder / "stackd/__pycache__/a.pyc").write_text("compiled")
    return folder


def test_the_hash_is_what_the_contract_says(tmp_path: Path) -> None:
    expected = hashlib.sha256()
    for path, content in (("Dockerfile", "FROM x\n"), ("stackd/a.py", "a = 1\n")):
        expected.update(f"{path}\0{hashlib.sha256(content.encode()).hexdigest()}\n".encode())
    assert source_hash(tree(tmp_path)) == expected.hexdigest()


def test_what_changes_it_and_what_does_not(tmp_path: Path) -> None:
    before = source_hash(tree(tmp_path))
    (tmp_path / "stackd/__pycache__/b.pyc").write_text("more")
    (tmp_path / "stackd/c.pyc").write_text("more")
    (tmp_path / ".ruff_cache").mkdir()
    (tmp_path / ".ruff_cache/x").write_text("more")
    assert source_hash(tmp_path) == before
    (tmp_path / "stackd/a.py").rename(tmp_path / "stackd/b.py")
    moved = source_hash(tmp_path)
    assert moved != before
    (tmp_path / ".dockerignore").write_text("*\n")
    assert source_hash(tmp_path) != moved

"""The hash that says whether the image has to be built."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from mlflow_stack.engine.containers import Image
from mlflow_stack.engine.image import judge_image, kept_name, outdated, source_hash


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


@pytest.mark.parametrize(
    ("image", "identifier", "level"),
    [
        (None, "image.missing", "error"),
        (Image("i", "other", 1), "image.stale", "warning"),
        (Image("i", "now", 1), "image.current", "ok"),
    ],
)
def test_whether_it_is_there_and_current(settings, image: Image | None, identifier: str, level: str) -> None:
    found = judge_image(image, settings(), "now")
    assert (found.id, found.level, found.where) == (identifier, level, "mlflow-stack/server:3.17.2")


def test_names_that_stay_and_names_that_go() -> None:
    assert kept_name("a/b:3", Image("i", "0123456789abcdef", 1, "3.17.2")) == "a/b:3.17.2-0123456789ab"
    assert kept_name("a/b:3", Image("i", "", 1)) == "a/b:unknown-unknown"
    tags = ["a/b:3.17.2", "a/b:4-000000000004", "a/b:3-000000000003", "a/b:2-000000000002", "a/b:mine", "a/b:1-unknown"]
    assert outdated("a/b:3.17.2", tags, ["a/b:4-000000000004"], 2) == ["a/b:2-000000000002", "a/b:1-unknown"]
    assert outdated("a/b:3.17.2", tags, [], 2) == ["a/b:2-000000000002", "a/b:1-unknown"]

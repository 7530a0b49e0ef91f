"""Everything of MLflow and its libraries that is replaced, overridden or private has a line in mlflow/mirrored.txt."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import mirrored

STACKD = Path(__file__).parents[2] / "mlflow/stackd"
THEIRS = ("mlflow", "starlette", "fastapi", "uvicorn", "uvicorn_worker", "gunicorn", "botocore", "boto3", "s3transfer")
TABLE = mirrored.table()


def is_theirs(name: str) -> bool:
    return name.split(".")[0] in THEIRS


def covered(name: str) -> bool:
    """Whether a name, or something that it is a part of, has a line."""
    return any(name == row.name or name.startswith(row.name + ".") for row in TABLE)


def imported(tree: ast.Module) -> dict[str, str]:
    """What each name of a file stands for, where it was imported from one of their packages, anywhere in the file."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and is_theirs(node.module):
            found |= {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}
        elif isinstance(node, ast.Import):
            found |= {each.name.split(".")[0]: each.name.split(".")[0] for each in node.names if is_theirs(each.name)}
    return found


def dotted(node: ast.expr, names: dict[str, str]) -> str | None:
    """The full name of an expression such as ``utils._get_managed_session_maker``, where it is one of theirs."""
    if isinstance(node, ast.Attribute):
        above = dotted(node.value, names)
        return f"{above}.{node.attr}" if above else None
    return names.get(node.id) if isinstance(node, ast.Name) else None


def private(name: str) -> bool:
    return any(part.startswith("_") and not part.startswith("__") for part in name.split("."))


def replaced_or_private(path: Path) -> Iterator[str]:
    """Attributes of theirs that a file assigns to, and private names that it uses."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = imported(tree)
    yield from (name for name in names.values() if private(name))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (name := dotted(node, names)):
            yield from [name] if isinstance(node.ctx, ast.Store | ast.Del) or private(name) else []


def bases(path: Path) -> Iterator[tuple[str, ast.ClassDef]]:
    """Their classes of which a file's are subclasses."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield from ((name, node) for base in node.bases if (name := dotted(base, imported(tree))))


def resolve(name: str) -> Any:
    module, _, attribute = name.rpartition(".")
    return getattr(importlib.import_module(module), attribute)


def overridden(base: str, ours: ast.ClassDef) -> Iterator[str]:
    """The members of their class that ours has as well, under the name of the class that defines them."""
    try:
        order = inspect.getmro(resolve(base))
    except ModuleNotFoundError:
        # Of the image alone, as gunicorn is: the whole class.
        yield base
        return
    for each in mirrored.flat(ours.body):
        for name in mirrored.names(each):
            for above in order:
                if name in vars(above) and is_theirs(above.__module__):
                    yield f"{above.__module__}.{above.__qualname__}.{name}"
                    break


def files() -> list[Path]:
    return sorted(STACKD.rglob("*.py"))


def test_what_is_replaced_and_what_is_private_has_a_line() -> None:
    found = {(name, path.name) for path in files() for name in replaced_or_private(path)}
    assert ("mlflow.store.db.utils._get_managed_session_maker", "mlflow_internals.py") in found
    assert sorted(each for each in found if not covered(each[0])) == []


def test_what_is_overridden_has_a_line() -> None:
    found = {(name, path.name) for path in files() for base, ours in bases(path) for name in overridden(base, ours)}
    assert (
        "mlflow.store.artifact.local_artifact_repo.LocalArtifactRepository.get_local_path",
        "repository.py",
    ) in found
    assert sorted(each for each in found if not covered(each[0])) == []


def test_every_line_says_what_of_ours_depends_on_it() -> None:
    assert sorted(row.ours for row in TABLE if not (STACKD / row.ours).is_file()) == []
    assert len({row.name for row in TABLE}) == len(TABLE)


def test_nothing_of_what_is_installed_has_changed() -> None:
    """As the build compares the image's own packages. gunicorn and its workers are in the image only."""
    found: list[str] = []
    compared = 0
    for package in THEIRS:
        spec = importlib.util.find_spec(package)
        if spec is not None and spec.origin is not None:
            rows = [row for row in TABLE if row.name.split(".")[0] == package]
            folder = Path(spec.origin).parents[1]
            found += mirrored.sentences(mirrored.changed(rows, folder), folder)
            compared += len(rows)
    assert found == []
    assert compared > 70


PACKAGE = '''\
"""A package."""
import os
from other import thing

if os.name:
    LIMIT = 1

try:
    @thing(
        1)
    def wrapped(): return 2
except ImportError:
    pass


class Some:
    # Not of the method.
    def method(self):
        return 3
'''
NAMES = ("them", "them.thing", "them.LIMIT", "them.wrapped", "them.Some", "them.Some.method", "them.part.x")


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ("return 2", "return 4", ["them", "them.wrapped"]),
        ("        1)", "        5)", ["them", "them.wrapped"]),
        ("return 3", "return 4", ["them", "them.Some", "them.Some.method"]),
        ("LIMIT = 1", "LIMIT = 2", ["them", "them.LIMIT"]),
        ("import thing", "import another as thing", ["them", "them.thing"]),
        ("# Not", "# Neither", ["them", "them.Some"]),
        ("method", "renamed", ["them", "them.Some", "them.Some.method"]),
        ("\nclass", "\n\nclass", ["them"]),
    ],
)
def test_what_has_changed_is_named(tmp_path: Path, before: str, after: str, named: list[str]) -> None:
    (tmp_path / "them").mkdir()
    package = tmp_path / "them/__init__.py"
    package.write_text(PACKAGE)
    (tmp_path / "them/part.py").write_text("x = 1\n")
    rows = [mirrored.Mirrored(name, mirrored.digest(name, tmp_path), "serve/app.py") for name in NAMES]
    assert "gone" not in {row.sha256 for row in rows}
    assert mirrored.changed(rows, tmp_path) == []
    package.write_text(PACKAGE.replace(before, after))
    mirrored.parsed.cache_clear()
    assert [row.name for row in mirrored.changed(rows, tmp_path)] == named


def test_a_build_that_finds_a_change_fails_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "them.py").write_text("LIMIT = 1\n")
    table = tmp_path / "mirrored.txt"
    table.write_text("# Theirs\n\nthem.LIMIT 0 serve/app.py\nthem.other 0 serve/app.py\n")
    monkeypatch.setattr(mirrored, "TABLE", table)
    monkeypatch.setattr(mirrored.table, "__defaults__", (table,))
    assert mirrored.main([str(tmp_path)]) == 1
    assert capsys.readouterr().err == (
        "them.LIMIT has changed: read it, then look at stackd/serve/app.py\n"
        "them.other is gone: find what took its place, then look at stackd/serve/app.py\n"
    )
    # What is gone has no hash that could be written.
    assert mirrored.main([str(tmp_path), "--write"]) == 1
    table.write_text(table.read_text().replace("them.other gone serve/app.py\n", ""))
    assert mirrored.main([str(tmp_path)]) == 0

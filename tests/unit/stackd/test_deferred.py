"""A package that is imported when it is used: annotations do not, everything else does, and old references follow."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stackd.serve.deferred import Deferred, defer, release

NAME = "a_package_of_the_test"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    folder = tmp_path / NAME
    folder.mkdir()
    (folder / "__init__.py").write_text("class DataFrame:\n    real = True\n\n\nanswer = 42\n")
    (folder / "part.py").write_text("piece = 7\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    defer(NAME)
    yield
    for name in [name for name in sys.modules if name.split(".")[0] == NAME]:
        del sys.modules[name]


@pytest.mark.usefixtures("package")
def test_importing_it_and_annotating_with_it_loads_nothing() -> None:
    module = importlib.import_module(NAME)
    assert isinstance(module, Deferred)
    assert module.DataFrame.__name__ == "DataFrame"
    assert not hasattr(module.DataFrame, "real")
    assert isinstance(sys.modules[NAME], Deferred)
    assert importlib.util.find_spec(NAME) is not None


@pytest.mark.usefixtures("package")
def test_anything_else_is_the_real_one_also_for_who_held_the_stand_in() -> None:
    held = importlib.import_module(NAME)
    assert held.answer == 42
    assert not isinstance(sys.modules[NAME], Deferred)
    assert held.DataFrame is sys.modules[NAME].DataFrame
    assert held.DataFrame.real


@pytest.mark.usefixtures("package")
def test_once_released_the_annotated_names_are_real_as_well() -> None:
    held = importlib.import_module(NAME)
    release(NAME)
    assert held.DataFrame.real


@pytest.mark.usefixtures("package")
def test_a_part_of_it_can_be_imported() -> None:
    assert importlib.import_module(f"{NAME}.part").piece == 7


def test_what_was_imported_already_stays() -> None:
    before = sys.modules["json"]
    defer("json")
    release("json")
    assert sys.modules["json"] is before

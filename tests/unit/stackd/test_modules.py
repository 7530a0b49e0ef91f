"""One file with the code of many modules: it answers for what it holds, for nothing else, and hides no resource."""

import importlib
import importlib.resources
import importlib.util
import inspect
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stackd import modules

NAME = "a_package_in_one_file"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package with a module and a text, written into ``tmp_path/modules`` and forgotten by Python."""
    folder = tmp_path / NAME
    folder.mkdir()
    (folder / "__init__.py").write_text("answer = 42\n")
    (folder / "part.py").write_text("def piece():\n    return __name__\n")
    (folder / "text.txt").write_text("beside the sources")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    importlib.import_module(f"{NAME}.part")
    # Of the three that are named, one was never imported and one has no Python source.
    sources = [folder / "__init__.py", folder / "part.py"]
    assert modules.write(tmp_path / "modules", [NAME, f"{NAME}.part", "never_imported", "sys"]) == sources
    forget()
    yield tmp_path
    forget()


def forget() -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == NAME]:
        del sys.modules[name]


def test_modules_come_from_the_file_and_not_from_their_sources(package: Path) -> None:
    modules.use(package / "modules")
    (package / NAME / "__init__.py").write_text("answer = 'read from the source'\n")
    (package / NAME / "part.py").unlink()
    part = importlib.import_module(f"{NAME}.part")
    assert (importlib.import_module(NAME).answer, part.piece()) == (42, f"{NAME}.part")


def test_files_beside_the_sources_and_the_sources_are_found_as_ever(package: Path) -> None:
    modules.use(package / "modules")
    part = importlib.import_module(f"{NAME}.part")
    assert importlib.resources.files(NAME).joinpath("text.txt").read_text() == "beside the sources"
    assert part.__file__ == str(package / NAME / "part.py")
    assert inspect.getsource(part.piece) == "def piece():\n    return __name__\n"


def test_what_the_file_lacks_is_found_the_usual_way(package: Path) -> None:
    (package / NAME / "late.py").write_text("late = True\n")
    modules.use(package / "modules")
    assert importlib.import_module(f"{NAME}.late").late
    assert importlib.util.find_spec("never_imported") is None


def test_without_a_file_nothing_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    before = list(sys.meta_path)
    modules.use(tmp_path / "modules")
    assert sys.meta_path == before


@pytest.fixture
def two(package: Path) -> tuple[Path, Path]:
    """The RECORDs of two distributions that have both installed the package, in a new file with its code."""
    made = []
    for name in ("one", "other"):
        record = package / f"{name}-1.dist-info/RECORD"
        record.parent.mkdir()
        (record.parent / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        record.write_text(f"{NAME}/__init__.py,,\n{NAME}/part.py,,\n{record.parent.name}/RECORD,,\n")
        made.append(record)
    importlib.import_module(f"{NAME}.part")
    modules.write(package / "modules", [NAME, f"{NAME}.part", "json"])
    forget()
    return made[0], made[1]


def found(package: Path) -> list[bool]:
    """Whether the file answers for a module of the distributions, and for one of none."""
    finder = modules.Finder(package / "modules")
    return [finder.find_spec(name) is not None for name in (f"{NAME}.part", "json")]


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("change", ["time", "size", "gone"])
def test_a_distribution_that_was_replaced_runs_its_new_code(
    package: Path, two: tuple[Path, Path], number: int, change: str
) -> None:
    """In an image that builds on this one: the old code would be the hole that somebody has just closed."""
    record, stamp = two[number], two[number].stat().st_mtime
    assert found(package) == [True, True]
    if change == "gone":
        record.unlink()
    else:
        record.write_text(record.read_text() + ("more" if change == "size" else ""))
        os.utime(record, (stamp, stamp + 2 * (change == "time")))
    assert found(package) == [False, True]
    (package / NAME / "part.py").write_text("def piece():\n    return 'patched'\n")
    modules.use(package / "modules")
    assert importlib.import_module(f"{NAME}.part").piece() == "patched"


def test_what_is_finer_than_a_second_is_no_change(package: Path, two: tuple[Path, Path]) -> None:
    """An image that was pushed or saved has whole seconds."""
    os.utime(two[0], (1, int(two[0].stat().st_mtime)))
    assert found(package) == [True, True]

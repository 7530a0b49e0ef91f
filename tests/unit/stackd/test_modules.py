"""One file with the code of many modules: it answers for what it holds, for nothing else, and hides no resource."""

import importlib
import importlib.resources
import importlib.util
import inspect
import os
import shutil
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


def later(path: Path) -> None:
    """As if it was written two seconds later."""
    stamp = path.stat().st_mtime + 2
    os.utime(path, (stamp, stamp))


def test_a_package_that_was_replaced_since_is_read_from_its_sources(package: Path) -> None:
    """In an image that builds on this one; the old code would be the hole that somebody has just closed."""
    (package / NAME / "part.py").write_text("def piece():\n    return 'patched'\n")
    later(package / NAME)
    modules.use(package / "modules")
    part = importlib.import_module(f"{NAME}.part")
    assert (part.piece(), type(part.__spec__.loader)) == ("patched", importlib.machinery.SourceFileLoader)


def test_what_lies_in_another_folder_comes_from_the_file_all_the_same(package: Path) -> None:
    later(package)
    modules.use(package / "modules")
    assert type(importlib.import_module(f"{NAME}.part").__spec__.loader) is modules.Loader


def test_a_module_of_no_package_is_told_by_its_own_time(package: Path) -> None:
    """Its folder is that of every distribution, and is written whenever one is added."""
    alone = package / f"{NAME}_alone.py"
    alone.write_text("answer = 1\n")
    importlib.import_module(alone.stem)
    modules.write(package / "modules", [alone.stem])
    del sys.modules[alone.stem]
    later(package)
    assert modules.Finder(package / "modules").find_spec(alone.stem) is not None
    later(alone)
    assert modules.Finder(package / "modules").find_spec(alone.stem) is None


def test_a_folder_that_is_gone_is_not_answered_for(package: Path) -> None:
    modules.use(package / "modules")
    shutil.rmtree(package / NAME)
    assert importlib.util.find_spec(NAME) is None


def test_what_is_removed_while_the_file_is_written_is_no_change(package: Path) -> None:
    importlib.import_module(f"{NAME}.part")
    os.utime(package / NAME, (1, 1))
    modules.write(package / "modules", [NAME, f"{NAME}.part"], lambda sources: later(sources[0].parent))
    forget()
    modules.use(package / "modules")
    assert type(importlib.import_module(NAME).__spec__.loader) is modules.Loader

"""A library without its symbols is smaller, and does what it did."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import strip

USE = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("yaml._yaml", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
assert module.get_version_string().count(".") == 2
"""


def test_a_library_is_loaded_and_called_without_its_symbols(tmp_path: Path) -> None:
    """PyYAML's wheel carries most of its size in debug information."""
    found = importlib.util.find_spec("yaml._yaml")
    assert found
    assert found.origin
    copy = tmp_path / Path(found.origin).name
    shutil.copy(found.origin, copy)
    (tmp_path / "notes.so.txt").write_text("no library")
    strip.main(tmp_path)
    assert copy.stat().st_size < Path(found.origin).stat().st_size / 2
    subprocess.run([sys.executable, "-c", USE, str(copy)], check=True)
    once = copy.read_bytes()
    strip.main(tmp_path)
    assert copy.read_bytes() == once
    assert (tmp_path / "notes.so.txt").read_text() == "no library"

"""The code of every module that the server imports, in one file of the image.

Python finds two thousand modules by looking for files: up to six look-ups and a read each. On a plain disk that is a
third of the start, on a storage driver in user space half of it. The file is written when the image is built, from the
modules themselves, and read module by module; their byte code is not in the image a second time. A module that is not
in the file is found the usual way, and so are all modules where there is no file.

An image that builds on this one may replace a distribution. The file holds the time and size of each one's RECORD, and
the modules of one that is not what it was are found the usual way. A look at each source would cost a start a tenth of
what the file saves.

https://docs.python.org/3/library/importlib.html#importlib.machinery.SourceFileLoader
"""

import importlib.machinery
import importlib.util
import marshal
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import CodeType, ModuleType

FILE = Path("/opt/stackd/modules")
LENGTH_BYTES = 8
# Where a module's code is: first byte and bytes, its source file, and the folders of its submodules for a package; and
# the RECORD of each distribution that has installed this source.
Entry = tuple[int, int, str, list[str] | None, list[str]]


class Loader(importlib.machinery.SourceFileLoader):
    """A module's usual loader, which only gets the code elsewhere: resources, sources and tracebacks stay the same."""

    def __init__(self, name: str, path: str, file: int, start: int, size: int) -> None:
        super().__init__(name, path)
        self._place = file, size, start

    def get_code(self, fullname: str) -> CodeType:
        """Read and unmarshal; the file is of this image's own making, as the byte code beside the sources is."""
        code: CodeType = marshal.loads(os.pread(*self._place))  # noqa: S302
        return code


class Finder:
    """First in ``sys.meta_path``: answers for the modules of one file, and for no other."""

    def __init__(self, path: Path) -> None:
        # Open for as long as the process: workers read what they import later through the same descriptor.
        self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        length = int.from_bytes(os.pread(self._file, LENGTH_BYTES, 0))
        self._first = LENGTH_BYTES + length
        entries, stamps = marshal.loads(os.pread(self._file, length, LENGTH_BYTES))  # noqa: S302
        self._entries: dict[str, Entry] = entries
        self._replaced = {record for record, stamp in stamps.items() if _stamp(record) != stamp}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """As Python asks its finders; None for what is not in the file, or was replaced."""
        entry = self._entries.get(fullname)
        if entry is None or not self._replaced.isdisjoint(entry[4]):
            return None
        start, size, source, folders, _ = entry
        loader = Loader(fullname, source, self._file, self._first + start, size)
        return importlib.util.spec_from_file_location(
            fullname, source, loader=loader, submodule_search_locations=folders
        )


def _stamp(record: str) -> tuple[int, int] | None:
    """Seconds and bytes: what is finer gets lost where an image is pushed or saved. None for a file that is gone."""
    try:
        found = os.stat(record)
    except OSError:
        return None
    return int(found.st_mtime), found.st_size


def _records() -> dict[str, list[str]]:
    """Who installed each file of Python source. MLflow is three distributions with the same files."""
    # Here, for it takes a hundredth of a second of every start.
    from importlib import metadata

    found: dict[str, list[str]] = {}
    for distribution in metadata.distributions():
        files = distribution.files or ()
        for record in (str(distribution.locate_file(each)) for each in files if each.name == "RECORD"):
            for file in (str(distribution.locate_file(each)) for each in files if each.suffix == ".py"):
                found.setdefault(file, []).append(record)
    return found


def write(path: Path, names: Iterable[str]) -> list[Path]:
    """Write the code of those of the named modules that have Python source; returns their sources."""
    entries: dict[str, Entry] = {}
    codes = bytearray()
    records = _records()
    for name in names:
        spec = sys.modules[name].__spec__ if name in sys.modules else None
        if spec is None or spec.name != name or not isinstance(spec.loader, importlib.machinery.SourceFileLoader):
            continue
        code = marshal.dumps(spec.loader.get_code(name))
        folders = spec.submodule_search_locations
        source = str(spec.origin)
        places = None if folders is None else list(folders)
        entries[name] = (len(codes), len(code), source, places, records.get(source, []))
        codes += code
    table = marshal.dumps((entries, {each: _stamp(each) for entry in entries.values() for each in entry[4]}))
    path.write_bytes(len(table).to_bytes(LENGTH_BYTES) + table + codes)
    return [Path(entry[2]) for entry in entries.values()]


def use(path: Path = FILE) -> None:
    """Find modules in the file from now on, where there is one."""
    if path.exists():
        sys.meta_path.insert(0, Finder(path))

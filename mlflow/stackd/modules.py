"""The code of every module that the server imports, in one file of the image.

Python finds two thousand modules by looking for files: up to six look-ups and a read each. On a plain disk that is a
third of the start, on a storage driver in user space half of it. The file is written when the image is built, from the
modules themselves, and read module by module; their byte code is not in the image a second time. A module that is not
in the file is found the usual way, and so are all modules where there is no file.

An image that builds on this one may replace a file of a package. So the time of each folder of sources is kept, and a
folder that was written since is read the usual way: one look-up a folder, three hundred in place of two thousand. (The
RECORD of a distribution would be fewer, but only pip changes it.) A module outside of a package shares its folder with
every distribution: its own time is kept.

https://docs.python.org/3/library/importlib.html#importlib.machinery.SourceFileLoader
"""

import importlib.machinery
import importlib.util
import marshal
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import CodeType, ModuleType

FILE = Path("/opt/stackd/modules")
LENGTH_BYTES = 8
# Where a module's code is: first byte and bytes, its source file, and the folders of its submodules for a package.
Entry = tuple[int, int, str, list[str] | None]
# The time of each place, in seconds: what is finer gets lost where an image is pushed or saved.
Times = dict[str, int]


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
        table = marshal.loads(os.pread(self._file, length, LENGTH_BYTES))  # noqa: S302
        self._entries: dict[str, Entry] = table[0]
        self._times: Times = table[1]
        self._same: dict[str, bool] = {}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """As Python asks its finders; None for what is not in the file, or was written since."""
        entry = self._entries.get(fullname)
        if entry is None:
            return None
        start, size, source, folders = entry
        place = _place(fullname, source, folders)
        if place not in self._same:
            self._same[place] = _time(place) == self._times[place]
        if not self._same[place]:
            return None
        loader = Loader(fullname, source, self._file, self._first + start, size)
        return importlib.util.spec_from_file_location(
            fullname, source, loader=loader, submodule_search_locations=folders
        )


def _place(name: str, source: str, folders: list[str] | None) -> str:
    """Whose time says that a module is what it was: the folder of its package, or its source outside of any."""
    return source.rpartition("/")[0] if folders is not None or "." in name else source


def _time(place: str) -> int | None:
    try:
        return int(os.stat(place).st_mtime)
    except OSError:
        return None


def write(path: Path, names: Iterable[str], finish: Callable[[list[Path]], None] = lambda _: None) -> list[Path]:
    """Write the code of those of the named modules that have Python source; returns their sources.

    ``finish`` gets them before their times are read: what it removes beside them is no change.
    """
    entries: dict[str, Entry] = {}
    codes = bytearray()
    for name in names:
        spec = sys.modules[name].__spec__ if name in sys.modules else None
        if spec is None or spec.name != name or not isinstance(spec.loader, importlib.machinery.SourceFileLoader):
            continue
        code = marshal.dumps(spec.loader.get_code(name))
        folders = spec.submodule_search_locations
        entries[name] = (len(codes), len(code), str(spec.origin), None if folders is None else list(folders))
        codes += code
    sources = [Path(source) for _, _, source, _ in entries.values()]
    finish(sources)
    places = {_place(name, source, folders) for name, (_, _, source, folders) in entries.items()}
    table = marshal.dumps((entries, {place: _time(place) for place in places}))
    path.write_bytes(len(table).to_bytes(LENGTH_BYTES) + table + codes)
    return sources


def use(path: Path = FILE) -> None:
    """Find modules in the file from now on, where there is one."""
    if path.exists():
        sys.meta_path.insert(0, Finder(path))

"""One view over S3 and ./mlartifacts.

What S3 lacks is listed and read from the folder, so that runs made offline show their files.
"""

import posixpath
from pathlib import Path

from mlflow.entities import FileInfo

from stackd.artifacts.owner import NOT_ARTIFACTS


def inside(folder: Path, relative: str) -> Path | None:
    """The path below ``folder`` that a relative artifact path names, or None when it leaves it or does not exist."""
    path = (folder / relative).resolve()
    root = folder.resolve()
    return path if path.exists() and (path == root or root in path.parents) else None


def of_folder(folder: Path, relative: str, start: str) -> list[FileInfo]:
    """The entries directly below ``folder/relative``, with paths relative to ``folder/start``."""
    place = inside(folder, relative)
    if place is None or not place.is_dir():
        return []
    found = []
    for entry in sorted(place.iterdir()):
        path = posixpath.relpath(posixpath.join(relative, entry.name), start or ".")
        directory = entry.is_dir()
        found.append(FileInfo(path, directory, None if directory else entry.stat().st_size))
    return found


def union(first: list[FileInfo], second: list[FileInfo], top: bool = False) -> list[FileInfo]:
    """Both listings by name; of a name in both, the entry of ``first``.

    At the ``top`` of a destination what is no artifact is left out; a ``.gitignore`` that a run logged is one.
    """
    merged = {entry.path: entry for entry in second} | {entry.path: entry for entry in first}
    return [merged[path] for path in sorted(merged) if not (top and path in NOT_ARTIFACTS)]

"""A folder of artifacts, brought into another: whole files, none overwritten, and a second run finishes the first."""

import filecmp
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from stackd import files
from stackd.failures import Refused
from stackd.report import Progress


def walk(folder: Path) -> Iterator[Path]:
    """Every regular file below a folder, relative, in order; links are not followed."""
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(parent, name)
            if path.is_file() and not path.is_symlink():
                yield path.relative_to(folder)


def measure(folder: Path) -> tuple[int, int]:
    """Number and bytes of the files below a folder."""
    sizes = [(folder / path).stat().st_size for path in walk(folder)]
    return len(sizes), sum(sizes)


def copy(source: Path, target: Path) -> None:
    """Copy every file that the target lacks; each appears whole. A file that is there with the same size is left.

    Raises:
        FileExistsError: a file of another size is already there.
        OSError: no room, no permission.
    """
    total, _ = measure(source)
    for path in Progress("copying artifacts", "files", total).each(walk(source)):
        place = target / path
        if place.exists():
            if place.stat().st_size != (source / path).stat().st_size:
                raise FileExistsError(f"{path} is already in ./mlartifacts, with another size")
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            temporary = place.with_name(f".{place.name}.part")
            shutil.copyfile(source / path, temporary)
            files.sync(temporary)
            temporary.replace(place)


def compare(source: Path, target: Path) -> None:
    """Every file of a copied folder against its copy, byte by byte. Raises Refused with the first that differs."""
    for path in walk(source):
        if not filecmp.cmp(source / path, target / path, shallow=False):
            text = f"{path} in ./mlartifacts differs from the source's: nothing was taken over"
            raise Refused("adopt.lost", text, str(path), [f"compare the two, then remove ./mlartifacts/{path}"])

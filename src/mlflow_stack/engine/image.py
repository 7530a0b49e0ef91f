"""The server's image: whether it is there and current, and its names."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from mlflow_stack.engine.containers import Image
from mlflow_stack.errors import Finding, error, ok, warning
from mlflow_stack.settings import Settings

IGNORED = {"__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".import_linter_cache", ".DS_Store"}
"""What .gitignore leaves out below mlflow/."""
HASH_LENGTH = 12


def source_hash(folder: Path) -> str:
    """SHA-256 over (relative path, SHA-256 of content) of all files below, sorted; without base image and CA bundle."""
    total = hashlib.sha256()
    for path in sorted(_files(folder), key=lambda each: each.relative_to(folder).as_posix()):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f"{path.relative_to(folder).as_posix()}\0{content}\n".encode())
    return total.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name in IGNORED or path.suffix == ".pyc":
            continue
        if path.is_dir():
            yield from _files(path)
        elif path.is_file():
            yield path


def judge_image(image: Image | None, settings: Settings, source: str) -> Finding:
    """Whether the image is there and was built from the files of this checkout (`source`: their hash)."""
    if image is None:
        return error("image.missing", "The server's image is not built yet", settings.image, settings.start_command)
    if image.source != source:
        text = "The server's image was built from other files than those in mlflow/ now"
        return warning("image.stale", text, settings.image, "./stack upgrade")
    return ok("image.current", "The image was built from the files in mlflow/", settings.image)


def kept_name(reference: str, image: Image) -> str:
    """What an image keeps as its name when a newer one takes `reference`: `…:3.17.2-0123456789ab`, by MLflow's version
    and the hash of its source.
    """
    repository = reference.rpartition(":")[0]
    return f"{repository}:{image.version or 'unknown'}-{image.source[:HASH_LENGTH] or 'unknown'}"


def outdated(reference: str, tags: Sequence[str], keep: Sequence[str], most: int) -> list[str]:
    """Of a repository's references (`tags`, the newest images first) those of `kept_name` that may go: all but `keep`
    and, with them, `most`.
    """
    repository = re.escape(reference.rpartition(":")[0])
    ours = [each for each in tags if re.fullmatch(rf"{repository}:[^-]+-([0-9a-f]{{{HASH_LENGTH}}}|unknown)", each)]
    others = [each for each in ours if each not in keep]
    return others[max(0, most - sum(each in ours for each in keep)) :]

"""The server's image: when it has to be built, and building it."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from mlflow_stack import bootstrap
from mlflow_stack.engine import Image
from mlflow_stack.findings import Finding
from mlflow_stack.settings import Settings
from mlflow_stack.stack import Stack

IGNORED = {"__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".import_linter_cache", ".DS_Store"}
"""What .gitignore leaves out below mlflow/."""

HASH_LENGTH = 12
HASH = f"[0-9a-f]{{{HASH_LENGTH}}}"


def source_hash(folder: Path) -> str:
    """SHA-256 over the sorted (relative path, SHA-256 of content) of all files below; base image and CA bundle are not
    part of it.
    """
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


def kept_name(reference: str, image: Image) -> str:
    """What an image goes on to be called when its name goes to a newer one: `…:3.17.2-0123456789ab`, by MLflow's
    version and the hash of its source.
    """
    repository = reference.rpartition(":")[0]
    return f"{repository}:{image.version or 'unknown'}-{image.source[:HASH_LENGTH] or 'unknown'}"


def outdated(reference: str, tags: Sequence[str], keep: Sequence[str], most: int) -> list[str]:
    """Of a repository's references (`tags`, the newest images first) those of `kept_name` that may go: all but `keep`
    and, with them, `most`.
    """
    repository = reference.rpartition(":")[0]
    ours = [each for each in tags if re.fullmatch(rf"{re.escape(repository)}:[^-]+-({HASH}|unknown)", each)]
    others = [each for each in ours if each not in keep]
    return others[max(0, most - sum(each in ours for each in keep)) :]


def judge_image(stack: Stack, settings: Settings) -> Finding:
    """Whether the image is there and made from the files of this checkout."""
    image = stack.engine.image(settings.image)
    if image is None:
        return Finding(
            "image.missing",
            "unknown",
            "The image is not built yet: nothing in it could be asked",
            settings.image,
            (settings.start_command,),
        )
    if image.source != source_hash(stack.root / "mlflow"):
        text = "The image was built from other files than those in mlflow/"
        return Finding("image.stale", "warning", text, settings.image, (settings.start_command,))
    return Finding("image.current", "ok", "The image was built from the files in mlflow/", settings.image)


def ensure_image(stack: Stack, settings: Settings) -> Settings:
    """Builds where the image is missing or of other sources, its base first; the settings may have changed by that
    (PYTHON_IMAGE in `.env`).

    Raises CommandFailed (exit 4) with the build command, and PreflightFailed where no base image can be had.
    """
    if judge_image(stack, settings).level == "ok":
        return settings
    if bootstrap.ensure_base(stack, settings):
        settings = stack.settings(settings.mode)
    stack.progress.step(f"Building {settings.image} (a few minutes the first time)")
    stack.runner.act(stack.files.build(settings.mode, source_hash(stack.root / "mlflow")))
    return settings

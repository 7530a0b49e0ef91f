"""MLflow's file store (``./mlruns``): into a database by MLflow's own ``migrate-filestore``, and then compared
with its files, since MLflow leaves out what it cannot read, with only a warning.
"""

import hashlib
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from stackd.database import Database
from stackd.failures import Refused
from stackd.report import counted, say

META, TRACE, ARTIFACTS, TRASH = "meta.yaml", "trace_info.yaml", "artifacts", ".trash"
# Of an experiment's folder; every other one is a run's.
NO_RUNS = frozenset({"tags", "datasets", "traces", "models", TRASH})


def fingerprint(mlruns: Path) -> str:
    """Changes when any file below it is made, removed or written. Raises OSError."""
    made = hashlib.sha256()
    for parent, folders, names in os.walk(mlruns):
        folders.sort()
        for name in sorted(names):
            path = Path(parent, name)
            about = path.lstat()
            made.update(f"{path.relative_to(mlruns)}\0{about.st_size}\0{about.st_mtime_ns}\n".encode())
    return made.hexdigest()


def convert(mlruns: Path, copy: Database) -> None:
    """Make a database of it, in another process.

    Raises:
        Refused: MLflow could not, or something that has a file is not in the database.
    """
    copy.remove()
    say("progress", done=0, total=None, unit="files", label="reading the file store")
    source, target = ("--source", str(mlruns)), ("--target", copy.uri)
    command = [sys.executable, "-m", "mlflow", "migrate-filestore", *source, *target, "--no-progress"]
    ended = subprocess.run(command, stdout=sys.stderr, stdin=subprocess.DEVNULL, check=False)
    if ended.returncode != 0 or not copy.exists():
        raise _refused(mlruns)
    found, rows = counts(mlruns), copy.counts()
    lost = [
        f"{name} ({had}, of which {rows.get(name, 0)} were read)"
        for name, had in found.items()
        if rows.get(name, 0) != had
    ]
    if lost:
        text = (
            f"Not everything in {mlruns.name} can be read, nothing was changed: {', '.join(lost)} (see the log above)"
        )
        raise Refused("adopt.lost", text, mlruns.name, [f"find {mlruns.name} -name {META} -empty"])


def _refused(mlruns: Path) -> Refused:
    repeated = [path for path in _metric_files(mlruns) if len(set(lines := path.read_text().splitlines())) < len(lines)]
    if not repeated:
        text = f"MLflow's migrate-filestore failed on {mlruns.name}; nothing was changed (its log is above)"
        return Refused("adopt.lost", text, mlruns.name)
    text = (
        f"{counted(len(repeated), 'metric file')} of {mlruns.name} with the same point twice (a client that logs again"
        " after an error leaves such files): MLflow's migrate-filestore refuses all of it, and nothing was changed"
    )
    # At this depth, for there are folders of that name among artifacts.
    tops = {f"{mlruns.name}/{TRASH}" if TRASH in path.parts else mlruns.name for path in repeated}
    where = " ".join(f"{top}/*/*/metrics" for top in sorted(tops))
    once = 'awk \'!seen[$0]++\' "$1" > "$1.once" && mv "$1.once" "$1"'
    fix = f"find {where} -type f -exec sh -c {shlex.quote(once)} _ {{}} ';'"
    return Refused("adopt.lost", text, str(repeated[0].relative_to(mlruns.parent)), [fix])


def _metric_files(mlruns: Path) -> Iterator[Path]:
    for experiment, _ in _experiments(mlruns):
        for run in _folders(experiment):
            if run.name not in NO_RUNS:
                yield from (path for path in (run / "metrics").rglob("*") if path.is_file())


def counts(mlruns: Path) -> dict[str, int]:
    """Rows that its files stand for, by the table they belong in."""
    found = dict.fromkeys(("experiments", "experiment_tags", "runs", "params", "tags", "metrics"), 0)
    found |= dict.fromkeys(("logged_models", "trace_info", "registered_models", "model_versions"), 0)
    for experiment, _ in _experiments(mlruns):
        found["experiments"] += (experiment / META).is_file()
        found["experiment_tags"] += _files(experiment / "tags")
        found["logged_models"] += sum(1 for _ in experiment.glob(f"models/*/{META}"))
        found["trace_info"] += sum(1 for _ in experiment.glob(f"traces/*/{TRACE}"))
        for run in _folders(experiment):
            if run.name not in NO_RUNS and (run / META).is_file():
                found["runs"] += 1
                found["params"] += _files(run / "params")
                found["tags"] += _files(run / "tags")
    found["metrics"] = sum(_lines(path) for path in _metric_files(mlruns))
    found["registered_models"] += sum(1 for _ in mlruns.glob(f"models/*/{META}"))
    found["model_versions"] += sum(1 for _ in mlruns.glob(f"models/*/version-*/{META}"))
    return found


def artifacts(mlruns: Path) -> Iterator[tuple[Path, str]]:
    """Each folder of artifacts, and where a server that proxies them has it below its destination."""
    for experiment, identity in _experiments(mlruns):
        for kind in ("models", "traces"):
            for each in _folders(experiment / kind):
                if (each / ARTIFACTS).is_dir():
                    yield each / ARTIFACTS, f"{identity}/{kind}/{each.name}/{ARTIFACTS}"
        for run in _folders(experiment):
            if run.name not in NO_RUNS and (run / ARTIFACTS).is_dir():
                yield run / ARTIFACTS, f"{identity}/{run.name}/{ARTIFACTS}"


def roots(mlruns: Path, locations: dict[int, str]) -> set[str]:
    """Its path where it was written, out of its experiments' addresses: a folder of the same name, wherever it was.

    An experiment with an artifact location of its own says nothing of it. ``locations`` by experiment.
    """
    found = set()
    for identity, location in locations.items():
        root, _, last = location.rstrip("/").rpartition("/")
        if root.startswith("file:"):
            root = "/" + unquote(root.removeprefix("file:")).lstrip("/")
        if "://" not in root and last == str(identity) and root.rpartition("/")[2] == mlruns.name:
            found.add(root)
    return found


def _experiments(mlruns: Path) -> Iterator[tuple[Path, str]]:
    """Deleted ones are in the trash, and keep their ids."""
    for top in (mlruns, mlruns / TRASH):
        yield from ((each, each.name) for each in _folders(top) if each.name.isdecimal())


def _folders(folder: Path) -> list[Path]:
    return sorted(each for each in folder.iterdir() if each.is_dir()) if folder.is_dir() else []


def _files(folder: Path) -> int:
    return sum(1 for path in folder.rglob("*") if path.is_file())


def _lines(path: Path) -> int:
    return len(path.read_text().splitlines())

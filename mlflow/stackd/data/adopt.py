"""Brings a native set-up in: its database into an empty volume, its artifact folder into ./mlartifacts.

Two calls: ``plan`` only reads and says what would happen and on which state; ``execute`` refuses when that state has
changed. The source is never opened where it lies: SQLite would write beside it, and a ``cp`` of a running database
may be torn. Its files are copied, the copy is used only if nothing changed meanwhile, and SQLite opens the copy.
"""

import os
import shutil
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

from stackd import mlflow_internals, settings
from stackd.data import swap, tree
from stackd.database import serving, sqlite

SIDECARS = ("", "-wal", "-journal")


def plan(source: Path, artifacts: Path | None) -> dict[str, Any]:
    """What would be brought in.

    Returns:
        ``source``, ``artifacts``, ``state`` (opaque), ``revision``, ``migrate``, counts of experiments and runs,
        ``bytes``, ``artifact_files``, ``artifact_bytes``, ``uris`` (experiments by the scheme of their location).

    Raises:
        swap.Refused: the volume is not empty, or the source is no MLflow database, is being written, or is newer than
        this image.
    """
    state = {"source": _state(source), "target": _target()}
    _scratch_copy(source)
    try:
        revision = swap.known_revision(source.name)
        tables = sqlite.counts(swap.SCRATCH)
        with sqlite.reading(swap.SCRATCH) as connection:
            locations = [str(row[0]) for row in connection.execute("SELECT artifact_location FROM experiments")]
        size = swap.SCRATCH.stat().st_size
    finally:
        swap.remove_scratch()
    files, total = tree.measure(artifacts) if artifacts else (0, 0)
    return {
        "source": str(source),
        "artifacts": str(artifacts) if artifacts else None,
        "state": {**state, "artifacts": [files, total]},
        "revision": revision,
        "expected_revision": mlflow_internals.SCHEMA_HEAD,
        "migrate": revision != mlflow_internals.SCHEMA_HEAD,
        "experiments": tables.get("experiments", 0),
        "runs": tables.get("runs", 0),
        "bytes": size,
        "artifact_files": files,
        "artifact_bytes": total,
        "uris": dict(Counter(_scheme(location) for location in locations)),
    }


def execute(planned: dict[str, Any]) -> dict[str, Any]:
    """Do what ``plan`` said. Artifacts first, then the database in one rename: a run never appears without its files.

    Raises:
        swap.Refused: something changed since the plan, a server has the volume, or a migration would lose rows.
    """
    source, artifacts = Path(planned["source"]), planned["artifacts"]
    if serving.in_use():
        raise swap.Refused("database.busy", "the server is running", "", ["./stack stop"])
    files = tree.measure(Path(artifacts)) if artifacts else (0, 0)
    if planned["state"] != {"source": _state(source), "target": _target(), "artifacts": list(files)}:
        raise swap.Refused(
            "database.busy", "the source or the volume has changed since the plan", "", ["run the command again"]
        )
    _scratch_copy(source)
    try:
        compared = swap.bring_up(planned["migrate"])
        if artifacts:
            tree.copy(Path(artifacts), settings.MLARTIFACTS)
        swap.swap_in()
    finally:
        swap.remove_scratch()
    return {
        "experiments": planned["experiments"],
        "runs": planned["runs"],
        "artifact_files": planned["artifact_files"],
        "tables": compared,
    }


def _state(source: Path) -> dict[str, list[int]]:
    """Size and modification time (ns) of the database's files."""
    if not source.exists():
        raise swap.Refused("database.corrupt", f"there is no {source.name} in that folder", str(source))
    found = ((suffix, source.with_name(source.name + suffix)) for suffix in SIDECARS)
    return {suffix: [path.stat().st_size, path.stat().st_mtime_ns] for suffix, path in found if path.exists()}


def _target() -> dict[str, Any]:
    """The volume's database, which must hold nothing of anybody's.

    Raises:
        swap.Refused: it holds runs, experiments or registered models.
    """
    if not settings.DATABASE.exists():
        return {"exists": False}
    tables = sqlite.counts()
    held = {name: tables.get(name, 0) for name in ("runs", "registered_models", "trace_info", "logged_models")}
    if any(held.values()) or tables.get("experiments", 0) > 1:
        text = f"the volume already holds {tables.get('experiments', 0)} experiments and {held['runs']} runs"
        fix = [
            "./stack --project-name other adopt …   # into another volume",
            "./stack destroy   # if what is there may go",
        ]
        raise swap.Refused("data.volume-empty", text, str(settings.DATABASE), fix)
    return {"exists": True, **held}


def _scratch_copy(source: Path) -> None:
    """Copy the files and let SQLite recover them into one; refuse a source that changed meanwhile."""
    before = _state(source)
    swap.remove_scratch()
    for suffix in before:
        shutil.copyfile(source.with_name(source.name + suffix), swap.SCRATCH.with_name(swap.SCRATCH.name + suffix))
    if _state(source) != before:
        raise swap.Refused(
            "database.busy", "the source is being written", source.name, ["stop the native `mlflow server` first"]
        )
    try:
        connection = sqlite3.connect(swap.SCRATCH)
        verdict = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        connection.execute("PRAGMA journal_mode = delete")
        connection.close()
    except sqlite3.DatabaseError as error:
        raise swap.Refused(
            "database.corrupt", f"{source.name} is not a sound SQLite database: {error}", source.name
        ) from error
    if verdict != "ok":
        raise swap.Refused(
            "database.corrupt", f"{source.name} is damaged: {verdict}", source.name, [f"sqlite3 {source.name} .recover"]
        )


def _scheme(uri: str) -> str:
    scheme, separator, _ = uri.partition(":")
    return scheme if separator and os.sep not in scheme else "file"

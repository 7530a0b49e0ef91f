"""Brings a native set-up in: its database into an empty volume, its artifact folder into ./mlartifacts.

Two calls: ``plan`` only reads and says what would happen and on which state; ``execute`` refuses when that state has
changed. The source is never opened where it lies: SQLite would write beside it, and a ``cp`` of a running database
may be torn. Its files are copied, the copy is used only if nothing changed meanwhile, and SQLite opens the copy.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from stackd import mlflow_internals, settings
from stackd.data import copies, tree
from stackd.database import serving, sqlite
from stackd.report import Finding, say

SCRATCH = settings.SPOOL / "adopt.db"
SIDECARS = ("", "-wal", "-journal")
# Rows of these say nothing about what a user has.
BOOKKEEPING = frozenset({"alembic_version"})


class Refused(Exception):
    """The verb does not go on; carries the finding that says why and what to do."""

    def __init__(self, identifier: str, text: str, where: str = "", fix: list[str] | None = None) -> None:
        self.finding = Finding(identifier, "error", text, where, fix or [])
        super().__init__(text)


def plan(source: Path, artifacts: Path | None) -> dict[str, Any]:
    """What would be brought in.

    Returns:
        ``source``, ``artifacts``, ``state`` (opaque), ``revision``, ``migrate``, counts of experiments and runs,
        ``bytes``, ``artifact_files``, ``artifact_bytes``, ``uris`` (experiments by the scheme of their location).

    Raises:
        Refused: the volume is not empty, or the source is no MLflow database, is being written, or is newer than
        this image.
    """
    state = {"source": _state(source), "target": _target()}
    _scratch_copy(source)
    try:
        revision = _known_revision(SCRATCH)
        tables = sqlite.counts(SCRATCH)
        with sqlite.reading(SCRATCH) as connection:
            locations = [str(row[0]) for row in connection.execute("SELECT artifact_location FROM experiments")]
        size = SCRATCH.stat().st_size
    finally:
        _remove_scratch()
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
        Refused: something changed since the plan, a server has the volume, or a migration would lose rows.
    """
    source, artifacts = Path(planned["source"]), planned["artifacts"]
    if serving.in_use():
        raise Refused("database.busy", "the server is running", "", ["./stack stop"])
    files = tree.measure(Path(artifacts)) if artifacts else (0, 0)
    if planned["state"] != {"source": _state(source), "target": _target(), "artifacts": list(files)}:
        raise Refused(
            "database.busy", "the source or the volume has changed since the plan", "", ["run the command again"]
        )
    _scratch_copy(source)
    try:
        compared = _bring_up(planned["migrate"])
        if artifacts:
            tree.copy(Path(artifacts), settings.MLARTIFACTS)
        _swap_in(SCRATCH)
    finally:
        _remove_scratch()
    return {
        "experiments": planned["experiments"],
        "runs": planned["runs"],
        "artifact_files": planned["artifact_files"],
        "tables": compared,
    }


def _state(source: Path) -> dict[str, list[int]]:
    """Size and modification time (ns) of the database's files."""
    if not source.exists():
        raise Refused("database.corrupt", f"there is no {source.name} in that folder", str(source))
    found = ((suffix, source.with_name(source.name + suffix)) for suffix in SIDECARS)
    return {suffix: [path.stat().st_size, path.stat().st_mtime_ns] for suffix, path in found if path.exists()}


def _target() -> dict[str, Any]:
    """The volume's database, which must hold nothing of anybody's.

    Raises:
        Refused: it holds runs, experiments or registered models.
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
        raise Refused("data.volume-empty", text, str(settings.DATABASE), fix)
    return {"exists": True, **held}


def _scratch_copy(source: Path) -> None:
    """Copy the files and let SQLite recover them into one; refuse a source that changed meanwhile."""
    before = _state(source)
    _remove_scratch()
    for suffix in before:
        shutil.copyfile(source.with_name(source.name + suffix), SCRATCH.with_name(SCRATCH.name + suffix))
    if _state(source) != before:
        raise Refused(
            "database.busy", "the source is being written", source.name, ["stop the native `mlflow server` first"]
        )
    try:
        connection = sqlite3.connect(SCRATCH)
        verdict = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        connection.execute("PRAGMA journal_mode = delete")
        connection.close()
    except sqlite3.DatabaseError as error:
        raise Refused(
            "database.corrupt", f"{source.name} is not a sound SQLite database: {error}", source.name
        ) from error
    if verdict != "ok":
        raise Refused(
            "database.corrupt", f"{source.name} is damaged: {verdict}", source.name, [f"sqlite3 {source.name} .recover"]
        )


def _remove_scratch() -> None:
    for suffix in (*SIDECARS, "-shm"):
        SCRATCH.with_name(SCRATCH.name + suffix).unlink(missing_ok=True)


def _known_revision(path: Path) -> str:
    revision = sqlite.revision(path)
    if revision is None:
        raise Refused("database.revision", "that is not an MLflow database: it has no schema revision", path.name)
    if revision not in mlflow_internals.known_revisions():
        text = f"revision {revision} is unknown to MLflow {mlflow_internals.VERSION}: a newer MLflow has written it"
        raise Refused("database.revision", text, "", ["use a newer version of this stack"])
    return revision


def _bring_up(migrate: bool) -> dict[str, list[int]]:
    """Migrate the copy in a process of its own, and compare the rows of every table that was there before."""
    before = sqlite.counts(SCRATCH)
    if migrate:
        say("progress", done=0, total=None, unit="tables", label="migrating the copy")
        command = [sys.executable, "-m", "stackd", "upgrade-schema", sqlite.uri(SCRATCH)]
        ended = subprocess.run(command, stdout=sys.stderr, check=False)
        if ended.returncode != 0:
            text = "MLflow's migration of the copy failed; nothing was changed (its log is above)"
            raise Refused("database.revision", text)
    after = sqlite.counts(SCRATCH)
    compared = {name: [rows, after.get(name, 0)] for name, rows in before.items() if name not in BOOKKEEPING}
    lost = [name for name, (had, has) in compared.items() if has < had]
    if lost:
        raise Refused("database.revision", f"the migration would lose rows of {', '.join(lost)}; nothing was changed")
    return compared


def _swap_in(scratch: Path) -> None:
    """Put the copy in the volume's place: what is there is kept in ./backups, its WAL is gone before the rename."""
    if settings.DATABASE.exists():
        copies.leave(settings.DATABASE, settings.BACKUPS, keep=1000)
    for suffix in ("-wal", "-shm", "-journal"):
        settings.DATABASE.with_name(settings.DATABASE.name + suffix).unlink(missing_ok=True)
    sqlite.copy(scratch, settings.DATABASE)


def _scheme(uri: str) -> str:
    scheme, separator, _ = uri.partition(":")
    return scheme if separator and os.sep not in scheme else "file"

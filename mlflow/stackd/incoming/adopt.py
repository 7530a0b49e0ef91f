"""Takes over a native MLflow: its database or file store into an empty volume, its artifacts into ./mlartifacts.

Two calls: ``plan`` only reads and says what would happen and on which state; ``execute`` refuses when that state has
changed. The source is never opened where it is: SQLite would write beside it, and a ``cp`` of a running database
may be torn. Its files are copied, the copy is used only if nothing changed in the meantime, and SQLite opens the copy.
"""

import filecmp
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from stackd import database, mlflow_internals
from stackd.artifacts import store
from stackd.database import Busy, Damaged, sqlite, uris
from stackd.failures import Refused
from stackd.incoming import filestore
from stackd.report import Progress, counted
from stackd.settings import Settings
from stackd.snapshots import snapshot, swap


def plan(config: Settings, source: Path, artifacts: list[tuple[str, str]]) -> dict[str, Any]:
    """What would be taken over.

    ``source``: a database's file, or the folder of a file store, whose artifacts come in too. ``artifacts``: folders
    of more artifacts, each with the path that it has on the host.

    Returns:
        ``source``, ``artifacts``, ``state`` (opaque), ``revision``, ``migrate``, counts of experiments and runs,
        ``bytes``, ``artifact_files``, ``artifact_bytes``, ``uris`` (experiments by the scheme of their location),
        ``prefixes`` and ``rewritten``: what addresses below a copied folder begin with, and how many experiments' do.

    Raises:
        Refused: the volume is not empty, or the source is no MLflow database, is being written, or is newer than
        this image.
    """
    beside = _users(config, source)
    state = {"source": _state(source, beside), "target": _target(config)}
    copy, users = (part.copy for part in swap.parts(config))
    _scratch(config, source, beside)
    try:
        revision, migrate = swap.known_revision(source.name, copy, users)
        coming = users.counts()["users"] if users.exists() else 0
        tables, (size, _) = copy.counts(), copy.space()
        with copy.read() as rows:
            found = rows("SELECT experiment_id, artifact_location FROM experiments")
            locations = {int(identity): str(location) for identity, location in found}
        prefixes = _prefixes(source, artifacts, locations)
    finally:
        swap.clear(config)
    files, total = _measure(source, artifacts)
    return {
        "source": str(source),
        "artifacts": artifacts,
        "state": {**state, "artifacts": [files, total]},
        "revision": revision,
        "expected_revision": mlflow_internals.SCHEMA_HEAD,
        "migrate": migrate,
        "experiments": tables.get("experiments", 0),
        "runs": tables.get("runs", 0),
        "users": coming,
        "own_users": _own_users(config),
        "users_left": beside is None and source.with_name(snapshot.USERS).exists(),
        "bytes": size,
        "artifact_files": files,
        "artifact_bytes": total,
        "uris": dict(Counter(_scheme(location) for location in locations.values())),
        "prefixes": prefixes,
        "rewritten": sum(any(f"{uri}/".startswith(f"{each}/") for each in prefixes) for uri in locations.values()),
    }


@swap.alone
def execute(config: Settings, planned: dict[str, Any]) -> dict[str, Any]:
    """Do what ``plan`` said. Artifacts first, then the database in one rename: a run never appears without its files.

    Raises:
        Refused: something changed since the plan, a server has the volume, or a migration would lose rows.
    """
    source, artifacts = Path(planned["source"]), [(str(folder), str(was)) for folder, was in planned["artifacts"]]
    files, beside = _measure(source, artifacts), _users(config, source)
    state = {"source": _state(source, beside), "target": _target(config)}
    if planned["state"] != {**state, "artifacts": list(files)}:
        raise Refused(
            "database.busy", "The source or the volume has changed since the plan", "", ["run the command again"]
        )
    _scratch(config, source, beside)
    compared = swap.bring_up(config)
    columns = uris.move(swap.parts(config)[0].copy, planned["prefixes"]) if planned["prefixes"] else {}
    for folder, below in _folders(source, artifacts):
        copy_files(folder, config.places.mlartifacts / below)
        compare(folder, config.places.mlartifacts / below)
    swap.swap_in(config)
    return {
        "experiments": planned["experiments"],
        "runs": planned["runs"],
        "artifact_files": planned["artifact_files"],
        "tables": compared,
        "columns": columns,
    }


def _folders(source: Path, artifacts: list[tuple[str, str]]) -> list[tuple[Path, str]]:
    """Folders of artifacts, each with its place below the destination."""
    own = list(filestore.artifacts(source)) if source.is_dir() else []
    return [*own, *((Path(folder), "") for folder, _ in artifacts)]


def _measure(source: Path, artifacts: list[tuple[str, str]]) -> tuple[int, int]:
    measured = [measure(folder) for folder, _ in _folders(source, artifacts)]
    return sum(files for files, _ in measured), sum(total for _, total in measured)


def _prefixes(source: Path, artifacts: list[tuple[str, str]], locations: dict[int, str]) -> list[str]:
    """Roots whose files are among those that are copied, in each form in which an address may hold one."""
    plain = {was for _, was in artifacts} | (filestore.roots(source, locations) if source.is_dir() else set())
    forms = {form for path in plain for form in (f"file://{quote(path)}", f"file://{path}", path)}
    # The longest first: one of the folders may be inside another.
    return sorted(forms, key=len, reverse=True)


def _own_users(config: Settings) -> int:
    own = database.users(config)
    return own.counts().get("users", 0) if own.exists() else 0


def _users(config: Settings, source: Path) -> Path | None:
    """The users beside a database's file, which come along unless the volume has more than a first administrator."""
    found = source.with_name(snapshot.USERS)
    return found if source.is_file() and found.exists() and _own_users(config) <= 1 else None


def _scratch(config: Settings, source: Path, users: Path | None) -> None:
    """Make the copies, of a database's file and the users beside it, or of a file store, that nobody writes to in the
    meantime.
    """
    swap.clear(config)
    copy = sqlite.Sqlite(config.places.scratch)
    if source.is_dir():
        before = _state(source)
        filestore.convert(source, copy)
        copy.flatten()
        if _state(source) != before:
            fix = ["stop what writes to it first"]
            raise Refused("database.busy", "The source is being written to", source.name, fix)
        return
    try:
        copy.take(source)
        if users is not None:
            sqlite.Sqlite(config.places.scratch_users).take(users)
    except Busy as error:
        raise Refused("database.busy", str(error), source.name, ["stop the native `mlflow server` first"]) from None
    except Damaged as error:
        fix = [f"sqlite3 {source.name} .recover"]
        raise Refused("database.corrupt", f"{source.name} cannot be taken over: {error}", source.name, fix) from error


def _state(source: Path, users: Path | None = None) -> dict[str, Any]:
    """Size and modification time (ns) of the database's files, or what changes with any file of a file store."""
    if source.is_dir():
        return {"files": filestore.fingerprint(source)}
    if not source.exists():
        raise Refused("database.corrupt", f"There is no {source.name} in that folder", str(source))
    return {each.name: sqlite.about(each) for each in (source, users) if each is not None}


def _target(config: Settings) -> dict[str, Any]:
    """The volume's database, which must be empty.

    Raises:
        Refused: it holds runs, experiments or registered models.
    """
    base = database.of(config)
    if not base.exists():
        return {"exists": False}
    tables = base.counts()
    held = {name: tables.get(name, 0) for name in ("runs", "registered_models", "trace_info", "logged_models")}
    if any(held.values()) or tables.get("experiments", 0) > 1:
        experiments = counted(tables.get("experiments", 0), "experiment")
        text = f"The volume already holds {experiments} and {counted(held['runs'], 'run')}"
        fix = [
            "./stack --project-name NAME adopt --db FILE   # into another volume",
            "./stack destroy   # if what is there may be removed",
        ]
        raise Refused("data.volume-empty", text, base.where, fix)
    return {"exists": True, **held}


def _scheme(uri: str) -> str:
    scheme, separator, _ = uri.partition(":")
    return scheme if separator and os.sep not in scheme else "file"


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


def copy_files(source: Path, target: Path) -> None:
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
            with store.whole(place) as file, (source / path).open("rb") as content:
                shutil.copyfileobj(content, file)


def compare(source: Path, target: Path) -> None:
    """Every file of a copied folder against its copy, byte by byte. Raises Refused with the first that differs."""
    for path in walk(source):
        if not filecmp.cmp(source / path, target / path, shallow=False):
            text = f"{path} in ./mlartifacts differs from the source's: nothing was taken over"
            raise Refused("adopt.lost", text, str(path), [f"compare the two, then remove ./mlartifacts/{path}"])

"""Removes what MLflow marks deleted: runs, logged models, experiments with all that is in them; files before rows.

The other order would leave files that nobody owns. A run whose files cannot be deleted keeps its rows; the others are
still removed, and a second cleanup finishes. Only the owner of the destination may clean it: ids of experiments are
small integers, and a run of another database has the same path.
"""

import hashlib
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from stackd import database
from stackd.artifacts import owner, store
from stackd.artifacts.bucket import Bucket
from stackd.artifacts.destination import Destination
from stackd.artifacts.store import Folder, Removed, Store
from stackd.cleaning import removal
from stackd.database import Rows, roots
from stackd.database.deletion import Deletion
from stackd.failures import Refused
from stackd.report import Finding, Progress, counted, say_findings
from stackd.settings import Settings

# Reaches at the same time; with the requests of each, they are as many as boto3's pool has connections.
AT_ONCE = 8
# Whose objects are listed one root after the other: a reach ends with its rows, in few transactions.
ROOTS_AT_ONCE = 20
SHOWN = 20
# The roots of each item, below the destination: an archived trace has two, another item may have none there.
Place = dict[tuple[str, str], tuple[str, ...]]
COLUMNS = {"run": ("runs", "run_uuid"), "model": ("logged_models", "model_id"), "trace": ("trace_info", "request_id")}

# Experiment 0 is MLflow's default: MLflow recreates it, and puts everything there that names no experiment.
EXPERIMENTS = """SELECT experiment_id FROM experiments
    WHERE lifecycle_stage = 'deleted' AND last_update_time <= :before AND experiment_id <> 0 {scope}"""
ITEMS = {
    "run": """SELECT run_uuid, experiment_id FROM runs
        WHERE ({inside} OR (lifecycle_stage = 'deleted' AND COALESCE(deleted_time, 0) <= :before)) {scope}""",
    "model": """SELECT model_id, experiment_id FROM logged_models
        WHERE ({inside} OR (lifecycle_stage = 'deleted' AND last_updated_timestamp_ms <= :before)) {scope}""",
    "trace": "SELECT request_id, experiment_id FROM trace_info WHERE {inside} {scope}",
}


@dataclass(frozen=True)
class Chosen:
    """What is removed: ids by kind, and whole experiments; and the runs and models that registered versions keep."""

    items: list[tuple[str, str]]
    experiments: list[int]
    registered: list[str]

    @property
    def state(self) -> str:
        """The same for the same choice."""
        return hashlib.sha256(repr((self.items, self.experiments)).encode()).hexdigest()


def plan(
    config: Settings,
    older_than: int,
    experiment: str,
    registered: bool,
    also: Path | None = None,
    listed: removal.Listed | None = None,
) -> dict[str, Any]:
    """What would be removed: marked deleted for ``older_than`` seconds at least, of one experiment or of all.

    ``registered`` takes also what a registered model version points into; ``also`` is ./mlartifacts in S3 mode, where
    runs made offline have their files. ``listed`` keeps the listing for the execution.

    Raises:
        Refused: there is no such experiment, the destination is another database's, or it is local mode and files
        may lie in S3.
    """
    before = int((time.time() - older_than) * 1000)
    places = _places(config, also)
    found = choose(config, before, experiment, registered)
    objects = total = 0
    listing = Progress("listing")
    reached = [reach for reach, _ in _reaches(config, found) if reach.roots]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for place in places:
            for each in pool.map(partial(removal.measure, place, listing, listed=listed), reached):
                objects, total = objects + each.objects, total + each.bytes
    listing.end()
    first = places[0]
    versions = first.keeps_versions() if objects and isinstance(first, Bucket) else "no"
    kinds = [kind for kind, _ in found.items]
    return {
        "before": before,
        "experiment": experiment,
        "registered": registered,
        "state": found.state,
        "runs": kinds.count("run"),
        "models": kinds.count("model"),
        "traces": kinds.count("trace"),
        "experiments": len(found.experiments),
        "names": _names(config, found.experiments[:SHOWN]),
        "kept": found.registered[:SHOWN],
        "objects": objects,
        "bytes": total,
        "versions": versions,
        "destination": config.destination,
    }


def _names(config: Settings, experiments: list[int]) -> list[str]:
    query = "SELECT name FROM experiments WHERE experiment_id IN :wanted ORDER BY name"
    with database.of(config).read() as rows:
        return [str(name) for (name,) in rows(query, wanted=experiments)]


def execute(
    config: Settings, planned: dict[str, Any], also: Path | None = None, listed: removal.Listed | None = None
) -> dict[str, Any]:
    """Delete it: each item's files in every store, then its rows; experiments last.

    Raises:
        Refused: what would be removed is not what the plan said.
    """
    places = _places(config, also)
    found = choose(config, planned["before"], planned["experiment"], planned["registered"])
    if found.state != planned["state"]:
        text = "What is marked deleted has changed since the plan: nothing was removed"
        raise Refused("database.busy", text, "", ["./stack cleanup"])
    gone, items = Removed(), Counter[str]()
    rows = Deletion(database.of(config))
    progress = Progress("removing", total=planned["objects"])
    with ThreadPoolExecutor(AT_ONCE) as pool:
        reached = _reaches(config, found)
        removing = pool.map(partial(_remove_files, places, progress, listed), (reach for reach, _ in reached))
        for (_, place), removed in zip(reached, removing, strict=True):
            gone.add(removed)
            went = [item for item, its in place.items() if not any(_holds(root, removed.failed) for root in its)]
            for kind, column in COLUMNS.items():
                rows.delete(*column, [identity for each, identity in went if each == kind])
            items.update(kind for kind, _ in went)
    progress.end()
    if gone.failed:
        _say_failed(config, gone.failed)
    _say_versions(config, planned["versions"])
    experiments = [] if gone.failed else found.experiments
    rows.delete("experiments", "experiment_id", experiments)
    counts = {"objects": gone.objects, "bytes": gone.bytes, "failed": len(gone.failed)}
    kinds = {"runs": items["run"], "models": items["model"], "traces": items["trace"]}
    return {"items": items.total(), **kinds, "experiments": len(experiments), **counts}


def _remove_files(
    places: list[Store], progress: Progress, listed: removal.Listed | None, reach: removal.Reach
) -> Removed:
    done = Removed()
    for place in places:
        done.add(removal.remove(place, reach, progress.add, listed))
    return done


def _holds(root: str, failed: dict[str, str]) -> bool:
    """Whether an object that could not be deleted is of this root."""
    return any(f"{path}/".startswith(root + "/") for path in failed)


def _places(config: Settings, also: Path | None) -> list[Store]:
    """Where the files of a run may be: rows that are removed before their files would leave files that nobody owns."""
    owner.required(config)
    if config.mode == "local" and (served := database.of(config).known(database.SERVED_S3)):
        text = f"Runs of this database may have files in {served}, which local mode cannot reach"
        raise Refused("cleanup.both", text, "", ["./stack start", "./stack cleanup"])
    here: list[Store] = [Folder(also)] if config.mode == "s3" and also else []
    return [store.of(config), *here]


def choose(config: Settings, before: int, experiment: str, registered: bool) -> Chosen:
    """Read which runs, models, traces and experiments are removed; ``before`` in milliseconds of the epoch."""
    with database.of(config).read() as rows:
        scope = _scope(rows, experiment)
        gone = [int(row[0]) for row in rows(EXPERIMENTS.format(scope=scope), before=before)]
        inside = f"experiment_id IN ({', '.join(map(str, gone)) or 'NULL'})"
        items = [
            (kind, str(identity), int(home))
            for kind, query in ITEMS.items()
            for identity, home in rows(query.format(inside=inside, scope=scope), before=before)
        ]
        kept = set() if registered else _registered(rows)
    stay = {home for _, identity, home in items if identity in kept}
    return Chosen(
        sorted((kind, identity) for kind, identity, _ in items if identity not in kept),
        sorted(set(gone) - stay),
        sorted(identity for _, identity, _ in items if identity in kept),
    )


def _scope(rows: Rows, experiment: str) -> str:
    if not experiment:
        return ""
    row = rows.one("SELECT experiment_id FROM experiments WHERE name = :name", name=experiment)
    if row is None:
        text = f"There is no experiment {experiment!r}"
        raise Refused("database.experiment", text, experiment, ["./stack usage   # names them all"])
    return f"AND experiment_id = {int(row[0])}"


def _registered(rows: Rows) -> set[str]:
    """Ids of runs and logged models that a registered model version points into."""
    found: set[str] = set()
    for run, source, location in rows("SELECT run_id, source, storage_location FROM model_versions"):
        found.add(str(run))
        for uri in (source, location):
            # An id is a whole segment of `mlflow-artifacts:/1/<run>/artifacts/…`, `runs:/<run>/…`, `models:/<model>`.
            found.update(str(uri or "").replace(":/", "/").split("/"))
    return found


def _reaches(config: Settings, found: Chosen) -> list[tuple[removal.Reach, Place]]:
    """Everything that is removed, cut into what is removed as one: items with their roots (None where they have none).

    Where most of an experiment is removed, it is listed whole, a thousand objects a request; where little is, root by
    root: what stays is not read. (A backup lists all of it.)
    """
    chosen = set(found.items)
    homes: dict[str, Place] = defaultdict(dict)
    # Where each item was first seen; one that has a second root goes root by root, its rows after both.
    first: dict[tuple[str, str], str] = {}
    apart: Place = defaultdict(tuple)
    everything: Counter[str] = Counter()
    for root in roots.recorded(config.destination, database.of(config)):
        everything[root.home] += 1
        if (item := (root.kind, root.identity)) not in chosen:
            continue
        if item in apart or first.setdefault(item, root.home) != root.home:
            apart[item] += (*homes[first[item]].pop(item, ()), root.path)
        else:
            homes[root.home][item] = (*homes[root.home].get(item, ()), root.path)
    reached: list[tuple[removal.Reach, Place]] = []
    for home, place in homes.items():
        if home and len(place) > ROOTS_AT_ONCE and 2 * len(place) >= everything[home]:
            reached.append((_reach(place, home), place))
        else:
            apart |= place
    chosen.difference_update(*homes.values(), apart)
    reached += [_by_root(batch) for batch in store.batches(apart.items(), ROOTS_AT_ONCE)]
    return [*reached, _by_root((item, ()) for item in sorted(chosen))]


def _by_root(items: Iterable[tuple[tuple[str, str], tuple[str, ...]]]) -> tuple[removal.Reach, Place]:
    place = dict(items)
    return _reach(place), place


def _reach(place: Place, whole: str | None = None) -> removal.Reach:
    return removal.Reach(frozenset(chain.from_iterable(place.values())), whole)


def _say_failed(config: Settings, failed: dict[str, str]) -> None:
    named = ", ".join(f"{path} ({why})" for path, why in list(failed.items())[:SHOWN])
    text = f"{counted(len(failed), 'object')} could not be deleted, so the runs that own them stay: {named}"
    say_findings([Finding("cleanup.failed", "error", text, config.destination, ["./stack doctor", "./stack cleanup"])])


def _say_versions(config: Settings, kept: str) -> None:
    """Of a plan: deleting in a bucket with versions only hides."""
    if kept == "yes":
        text = "The bucket keeps versions: what was removed stays in it as previous versions, and nothing was freed"
        fix = "add a lifecycle rule for noncurrent versions to the bucket: it frees them"
        say_findings([Finding("cleanup.versions", "warning", text, config.destination, [fix])])
    elif kept == "unknown":
        text = "Unknown whether the bucket keeps versions, and with them these bytes: the profile may not ask"
        fix = f"allow s3:GetBucketVersioning on arn:aws:s3:::{Destination(config.destination).bucket}"
        say_findings([Finding("cleanup.versions", "unknown", text, config.destination, [fix])])

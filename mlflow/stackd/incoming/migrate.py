"""Rewrites artifact URIs that send clients to S3 or to a disk, so that they go through the server instead.

An experiment that was created under ``--default-artifact-root s3://…`` keeps ``s3://``, and so do its runs, models and
traces. Where the files are already below this server's destination, only the address changes. From another prefix
that the server may read (MLFLOW_S3_READABLE), they are copied first. A snapshot is made before anything is changed.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from stackd import database
from stackd.artifacts import copying, owner, s3, stored
from stackd.database import roots, uris
from stackd.database.roots import SCHEME
from stackd.failures import Refused
from stackd.report import Finding, Progress, say_findings
from stackd.settings import Settings
from stackd.snapshots import snapshot, swap

# Of each experiment, of its roots that are looked into, and experiments that are sampled.
SAMPLES, LOOKED, SAMPLED = 3, 20, 200
KEPT = 3
# What MLflow resolves by the run or logged model that it names.
RESOLVED = ("runs:/", "models:/")


@dataclass
class Move:
    """What happens to an experiment, or to versions of a registered model: ``here`` (nothing), ``rewrite``, ``copy`` or
    ``cannot``, and why not.
    """

    experiment: str
    how: str = "here"
    why: str = ""
    uris: int = 0
    prefixes: set[str] = field(default_factory=set)


def plan(config: Settings, moved: list[str]) -> dict[str, Any]:
    """What would become of each experiment (``experiments``), and of all of them together.

    ``moved``: roots whose files are already below the destination, under the same paths, such as a native server's
    ``./mlruns`` after ``adopt --artifacts``.

    Raises:
        Refused: the destination is another database's.
    """
    owner.required(config)
    moves = _moves(config, moved)
    copied = sorted({prefix for move in moves for prefix in move.prefixes if move.how == "copy"})
    objects = list(Progress("listing").each(entry for prefix in copied for entry in stored.of_uri(config, prefix)))
    rewritten = sorted({prefix for move in moves if move.how in ("rewrite", "copy") for prefix in move.prefixes})
    shown = [{"experiment": each.experiment, "how": each.how, "uris": each.uris, "why": each.why} for each in moves]
    return {
        "destination": config.destination,
        "moved": moved,
        "prefixes": rewritten,
        "copied": copied,
        "objects": len(objects),
        "bytes": sum(entry.bytes for entry in objects),
        "uris": sum(move.uris for move in moves if move.how in ("rewrite", "copy")),
        "experiments": shown,
    }


def told(config: Settings, moved: list[str]) -> dict[str, Any]:
    """The plan, after a finding for each experiment that cannot be moved."""
    planned = plan(config, moved)
    fix = [
        "MLFLOW_S3_READABLE=s3://ITS-BUCKET/PREFIX   # in .env, where the server may read it",
        "./stack migrate --moved ROOT",
    ]
    stuck = [each for each in planned["experiments"] if each["how"] == "cannot"]
    say_findings(
        [
            Finding(
                "migrate.stuck",
                "error",
                f"{each['experiment']} cannot be moved: {each['why']}",
                config.destination,
                fix,
            )
            for each in stuck
        ]
    )
    return planned


@swap.alone("changing")
def execute(config: Settings, planned: dict[str, Any]) -> dict[str, Any]:
    """Snapshot, copy what is elsewhere, rewrite every column at once, and hand out samples to be fetched by the host.

    Raises:
        Refused: the database is not what the plan was made on.
    """
    if plan(config, planned["moved"]) != planned:
        text = "The database or the store has changed since the plan: nothing was changed"
        raise Refused("database.busy", text, "", ["./stack migrate"])
    kept = snapshot.create(config, config.places.backups, whole=False, keep=KEPT, reason="before-migrate")
    progress, done = Progress("copying artifacts", total=planned["objects"]), 0
    for prefix in planned["copied"]:
        for entry in stored.of_uri(config, prefix):
            _copy(config, prefix, entry)
            progress.add()
            done += 1
    progress.end()
    columns = uris.move(database.of(config), planned["prefixes"])
    return {"kept": str(kept), "copied": done, "columns": columns, "samples": list(_samples(config))}


def _moves(config: Settings, moved: list[str]) -> list[Move]:
    base = database.of(config)
    with base.read() as rows:
        names = {int(key): str(name) for key, name in rows("SELECT experiment_id, name FROM experiments")}
    held: dict[int, list[str]] = defaultdict(list)
    homes: set[str] = set()
    versions: dict[str, list[str]] = defaultdict(list)
    for each in uris.recorded(base):
        if each.uri.startswith(SCHEME):
            continue
        if each.experiment is not None:
            held[each.experiment].append(each.uri)
            homes |= {each.uri} if each.table == "experiments" else set()
        elif each.uri and not each.uri.startswith(RESOLVED):
            versions[each.model].append(each.uri)
    found = [(name, held[key]) for key, name in sorted(names.items())]
    # A version inside an experiment is moved, or left, with it.
    apart = {model: [uri for uri in each if not _inside(uri, homes)] for model, each in sorted(versions.items())}
    found += [(f"registered model {model}", each) for model, each in apart.items() if each]
    return [_judge(config, moved, Move(name, uris=len(each)), each) for name, each in found]


def _inside(uri: str, homes: set[str]) -> bool:
    """Whether a URI is below the location of an experiment."""
    end = len(uri)
    while (end := uri.rfind("/", 0, end)) > 0:
        if uri[:end] in homes:
            return True
    return False


def _judge(config: Settings, moved: list[str], move: Move, held: list[str]) -> Move:
    """The worst of its URIs decides: an experiment is moved whole, or left whole."""
    ways = {"here": 0, "rewrite": 1, "copy": 2, "cannot": 3}
    for uri in held:
        how, prefix = _way(config, moved, uri)
        if prefix:
            move.prefixes.add(prefix)
        if ways[how] > ways[move.how]:
            move.how = how
        if how == "cannot":
            move.why = f"{uri} is not below {config.destination}, MLFLOW_S3_READABLE or a root that --moved names"
    return move


def _way(config: Settings, moved: list[str], uri: str) -> tuple[str, str]:
    for root in (config.destination, *(spelt for each in moved for spelt in _spellings(each.rstrip("/")))):
        if uri == root or uri.startswith(root + "/"):
            return "rewrite", root
    for root in config.readable:
        if uri == root or uri.startswith(root + "/"):
            return "copy", root
    return "cannot", ""


def _spellings(root: str) -> tuple[str, ...]:
    """A folder as MLflow records it: as a path, and as a ``file://`` URI."""
    if root.startswith("/"):
        return root, f"file://{root}"
    return (root, root.removeprefix("file://")) if root.startswith("file:///") else (root,)


def _copy(config: Settings, prefix: str, entry: stored.Stored) -> None:
    """Within S3, in parts where it is large; nothing passes through this machine."""
    bucket, _, key = prefix.removeprefix("s3://").partition("/")
    source = {"Bucket": bucket, "Key": f"{key.strip('/')}/{entry.path}" if key else entry.path}
    target = f"{config.prefix}/{entry.path}" if config.prefix else entry.path
    s3.client_of(config)().copy(source, config.bucket, target)
    if copying.head(config, entry.path).bytes != entry.bytes:
        raise ValueError(f"{entry.path} in S3 is not what was copied from {prefix}")


def _samples(config: Settings) -> Iterator[dict[str, Any]]:
    """Of each experiment the first object of a few roots, with its SHA-256: they must come down through the server."""
    some: dict[int, list[str]] = {}
    # Before the first is fetched: a read that takes so long would keep the WAL from being emptied.
    for root in roots.recorded(config.destination, database.of(config)):
        if root.experiment in some or len(some) < SAMPLED:
            some.setdefault(root.experiment, []).append(root.path)
            del some[root.experiment][LOOKED:]
    scratch = config.places.spool / "sample"
    for paths in some.values():
        taken = 0
        for path in paths:
            if taken == SAMPLES:
                break
            entry = next(stored.of_destination(config, path), None)
            made = copying.fetch(config, entry.path, scratch) if entry else None
            if entry and made is not None:
                taken += 1
                yield {"path": entry.path, "bytes": entry.bytes, "sha256": made}
    scratch.unlink(missing_ok=True)

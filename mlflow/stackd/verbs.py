"""The verbs about data: arguments in, JSON lines out. Which of them has a plan, and which options each takes."""

import argparse
import itertools
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from stackd import settings, steps
from stackd.artifacts import owner
from stackd.cleaning import audit, cleanup, orphans, stale
from stackd.incoming import adopt, migrate, transfer
from stackd.settings import from_environment
from stackd.snapshots import compact, drill, exchange, remote, restore, snapshot, upgrade
from stackd.steps import Change, Look

USAGE = 2
OPTIONS: dict[str, dict[str, Any]] = {
    # A database's file, or the folder of a file store.
    "source": {"type": Path, "required": True},
    # FOLDER:PATH, repeatable: where it is seen from here, and its path on the host, which holds no colon.
    "artifacts": {"action": "append", "type": lambda text: tuple(text.split(":", 1)), "default": []},
    "uri": {"required": True},
    "into": {"type": Path, "default": settings.BACKUPS},
    "snapshot": {"type": Path, "required": True},
    "keep": {"type": int, "required": True},
    "whole": {"action": "store_true"},
    "take-over": {"action": "store_true"},
    "older-than": {"type": int, "required": True},
    "also": {"type": Path},
    "experiment": {"default": ""},
    "registered": {"action": "store_true"},
    "folder": {"type": Path, "default": settings.MLARTIFACTS},
    "moved": {"action": "append", "default": []},
    "direction": {"choices": ("push", "pull"), "required": True},
}
VERBS: dict[str, Look | Change] = {
    "adopt": Change(
        lambda given: adopt.plan(given.source, given.artifacts),
        lambda _, plan: adopt.execute(plan),
        ("source", "artifacts"),
    ),
    "adopt claim": Change(
        lambda _: owner.plan_claim(from_environment()), lambda _, plan: owner.claim(from_environment(), plan)
    ),
    "upgrade": Change(lambda _: upgrade.plan(), lambda _, plan: upgrade.execute(from_environment(), plan)),
    "backup create": Look(
        lambda given: _described(snapshot.create(from_environment(), given.into, given.whole, given.keep)),
        ("into", "whole", "keep"),
    ),
    "backup list": Look(
        lambda given: {"snapshots": [_described(path) for path, _ in snapshot.known(given.into)]},
        ("into",),
    ),
    "backup verify": Look(lambda given: asdict(snapshot.verify(given.snapshot)), ("snapshot",)),
    "backup push": Look(
        lambda given: {"uri": exchange.push(from_environment(), given.snapshot, given.keep)},
        ("snapshot", "keep"),
    ),
    "backup in-s3": Look(
        lambda _: {"snapshots": [_told(uri, head) for uri, head in remote.listed(from_environment())]}
    ),
    "backup fetch": Look(lambda given: {"snapshot": str(exchange.fetch(from_environment(), given.uri))}, ("uri",)),
    "backup verify-in-s3": Look(lambda given: asdict(exchange.verify(from_environment(), given.uri)), ("uri",)),
    "backup drill": Look(lambda given: drill.drill(given.into), ("into",)),
    "restore": Change(
        lambda given: restore.plan(from_environment(), given.snapshot),
        lambda given, plan: restore.execute(from_environment(), plan, given.take_over),
        ("snapshot", "take-over"),
    ),
    "cleanup": Change(
        lambda given: cleanup.plan(
            from_environment(), given.older_than, given.experiment, given.registered, given.also, given.listed
        ),
        lambda given, plan: cleanup.execute(from_environment(), plan, given.also, given.listed),
        ("older-than", "experiment", "registered", "also"),
    ),
    "orphans": Change(
        lambda given: orphans.plan(from_environment(), given.older_than),
        lambda _, plan: orphans.execute(from_environment(), plan),
        ("older-than",),
    ),
    "compact": Change(lambda _: compact.plan(), lambda _, plan: compact.execute(plan)),
    "artifacts diff": Look(
        lambda given: transfer.described(transfer.diff(from_environment(), given.folder)),
        ("folder",),
    ),
    "artifacts": Change(
        lambda given: transfer.plan(from_environment(), given.folder, given.direction),
        lambda given, plan: transfer.execute(from_environment(), given.folder, plan),
        ("folder", "direction"),
    ),
    "migrate": Change(
        lambda given: migrate.told(from_environment(), given.moved),
        lambda _, plan: migrate.execute(from_environment(), plan),
        ("moved",),
    ),
    "stale": Change(lambda given: stale.plan(given.older_than), lambda _, plan: stale.execute(plan), ("older-than",)),
    "usage": Look(lambda _: audit.usage(from_environment())),
    "audit": Look(lambda _: audit.audit(from_environment())),
}
Run = Callable[[argparse.Namespace], int]


def calls() -> Iterator[tuple[str, tuple[str, ...], Run]]:
    """What may be called: its words, its options, and what runs it."""
    for name, verb in VERBS.items():
        if isinstance(verb, Look):
            yield name, verb.options, partial(steps.look, name, verb)
        else:
            yield f"{name} plan", verb.options, partial(steps.plan, name, verb)
            yield f"{name} execute", verb.options, partial(steps.execute, name, verb)


def main(arguments: list[str]) -> int:
    """Run one step, named by the words before the first option; the exit code."""
    words = list(itertools.takewhile(lambda part: not part.startswith("-"), arguments))
    known = {name: (options, run) for name, options, run in calls()}
    name = " ".join(words)
    if name not in known:
        sys.stderr.write(f"usage: {' | '.join(known)}\n")
        return USAGE
    options, run = known[name]
    parser = argparse.ArgumentParser(prog=name, allow_abbrev=False)
    for option in options:
        parser.add_argument(f"--{option}", **OPTIONS[option])
    return run(parser.parse_args(arguments[len(words) :]))


def _described(folder: Path) -> dict[str, Any]:
    return _told(str(folder), snapshot.read(folder))


def _told(place: str, head: snapshot.Snapshot | None) -> dict[str, Any]:
    """A snapshot as `backups` shows it, without its parts."""
    told = {} if head is None else {key: value for key, value in asdict(head).items() if key not in ("parts", "tables")}
    tables = head.tables if head else {}
    return {
        "snapshot": place,
        "understood": head is not None,
        "runs": tables.get("runs"),
        "experiments": tables.get("experiments"),
        "database_bytes": head.parts[snapshot.DATABASE]["bytes"] if head else None,
        **told,
    }

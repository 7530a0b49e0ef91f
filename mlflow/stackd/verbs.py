"""The verbs about data: arguments in, JSON lines out. Which of them has a plan, and which options each takes."""

import argparse
import itertools
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from stackd import keys, steps
from stackd.artifacts import owner
from stackd.cleaning import audit, cleanup, orphans, stale
from stackd.incoming import adopt, migrate, transfer
from stackd.settings import Places
from stackd.snapshots import compact, drill, exchange, remote, restore, snapshot, swap, upgrade
from stackd.steps import Change, Look

USAGE = 2
OPTIONS: dict[str, dict[str, Any]] = {
    # A database's file, or the folder of a file store.
    "source": {"type": Path, "required": True},
    # FOLDER:PATH, repeatable: where it is seen from here, and its path on the host, which holds no colon.
    "artifacts": {"action": "append", "type": lambda text: tuple(text.split(":", 1)), "default": []},
    "uri": {"required": True},
    "into": {"type": Path, "default": Places.of().backups},
    "snapshot": {"type": Path, "required": True},
    "keep": {"type": int, "required": True},
    "whole": {"action": "store_true"},
    "take-over": {"action": "store_true"},
    "older-than": {"type": int, "required": True},
    "also": {"type": Path},
    "experiment": {"default": ""},
    "registered": {"action": "store_true"},
    "folder": {"type": Path, "default": Places.of().mlartifacts},
    "moved": {"action": "append", "default": []},
    "direction": {"choices": ("push", "pull"), "required": True},
}
VERBS: dict[str, Look | Change] = {
    "adopt": Change(
        lambda config, given: adopt.plan(config, given.source, given.artifacts),
        lambda config, _, plan: adopt.execute(config, plan),
        ("source", "artifacts"),
    ),
    "adopt claim": Change(
        lambda config, _: owner.plan_claim(config), lambda config, _, plan: owner.claim(config, plan)
    ),
    "upgrade": Change(lambda config, _: upgrade.plan(config), lambda config, _, plan: upgrade.execute(config, plan)),
    "backup create": Look(
        lambda config, given: _described(snapshot.create(config, given.into, given.whole, given.keep)),
        ("into", "whole", "keep"),
    ),
    "backup list": Look(
        lambda _, given: {"snapshots": [_described(path) for path, _ in snapshot.known(given.into)]},
        ("into",),
    ),
    "backup verify": Look(lambda _, given: asdict(snapshot.verify(given.snapshot)), ("snapshot",)),
    "backup push": Look(
        lambda config, given: {"uri": exchange.push(config, given.snapshot, given.keep)},
        ("snapshot", "keep"),
    ),
    "backup in-s3": Look(lambda config, _: {"snapshots": [_told(uri, head) for uri, head in remote.listed(config)]}),
    "backup fetch": Look(lambda config, given: {"snapshot": str(exchange.fetch(config, given.uri))}, ("uri",)),
    "backup verify-in-s3": Look(lambda config, given: asdict(exchange.verify(config, given.uri)), ("uri",)),
    "backup drill": Look(lambda config, given: drill.drill(config, given.into), ("into",)),
    "restore": Change(
        lambda config, given: restore.plan(config, given.snapshot),
        lambda config, given, plan: restore.execute(config, plan, given.take_over),
        ("snapshot", "take-over"),
    ),
    "cleanup": Change(
        lambda config, given: cleanup.plan(
            config, given.older_than, given.experiment, given.registered, given.also, given.listed
        ),
        lambda config, given, plan: cleanup.execute(config, plan, given.also, given.listed),
        ("older-than", "experiment", "registered", "also"),
    ),
    "orphans": Change(
        lambda config, given: orphans.plan(config, given.older_than),
        lambda config, _, plan: orphans.execute(config, plan),
        ("older-than",),
    ),
    "compact": Change(lambda config, _: compact.plan(config), lambda config, _, plan: compact.execute(config, plan)),
    "keys rotate": Change(
        lambda config, _: keys.plan(config),
        lambda config, _, plan: swap.alone("serving", "changing")(keys.rotate)(config, plan),
    ),
    "artifacts diff": Look(
        lambda config, given: transfer.described(transfer.diff(config, given.folder)),
        ("folder",),
    ),
    "artifacts": Change(
        lambda config, given: transfer.plan(config, given.folder, given.direction),
        lambda config, given, plan: transfer.execute(config, given.folder, plan),
        ("folder", "direction"),
    ),
    "migrate": Change(
        lambda config, given: migrate.told(config, given.moved),
        lambda config, _, plan: migrate.execute(config, plan),
        ("moved",),
    ),
    "stale": Change(
        lambda config, given: stale.plan(config, given.older_than),
        lambda config, _, plan: stale.execute(config, plan),
        ("older-than",),
    ),
    "usage": Look(lambda config, _: audit.usage(config)),
    "audit": Look(lambda config, _: audit.audit(config)),
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

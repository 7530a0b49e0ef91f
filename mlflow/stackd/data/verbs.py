"""The door of the verbs about data: arguments in, JSON lines out. A verb that changes something has two steps: ``plan``
only reads; ``execute`` takes the plan back, and refuses when the state it names has changed. ``cleanup at-once``
is both, for a yes given beforehand.
"""

import argparse
import itertools
import json
import sqlite3
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from stackd import settings
from stackd.artifacts import s3
from stackd.data import (
    adopt,
    audit,
    claim,
    cleanup,
    compact,
    drill,
    exchange,
    migrate,
    orphans,
    remote,
    restore,
    snapshot,
    stale,
    swap,
    transfer,
    upgrade,
)
from stackd.report import Finding, say, say_findings
from stackd.settings import SettingsError, from_environment

USAGE = 2
OPTIONS: dict[str, dict[str, Any]] = {
    # A database's file, or the folder of a file store.
    "source": {"type": Path, "required": True},
    # FOLDER:PATH, repeatable: where it is seen from here, and its path on the host, which holds no colon.
    "artifacts": {"action": "append", "type": lambda text: tuple(text.split(":", 1)), "default": []},
    "plan": {"type": json.loads, "required": True},
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
Call = Callable[[argparse.Namespace], dict[str, Any]]
STEPS: dict[str, tuple[Call, tuple[str, ...]]] = {
    "adopt plan": (lambda given: {"plan": adopt.plan(given.source, given.artifacts)}, ("source", "artifacts")),
    "adopt execute": (lambda given: adopt.execute(given.plan), ("plan",)),
    "adopt claim plan": (lambda _: {"plan": claim.plan(from_environment())}, ()),
    "adopt claim execute": (lambda given: claim.execute(from_environment(), given.plan), ("plan",)),
    "upgrade plan": (lambda _: {"plan": upgrade.plan()}, ()),
    "upgrade execute": (lambda given: upgrade.execute(from_environment(), given.plan), ("plan",)),
    "backup create": (
        lambda given: _described(snapshot.create(from_environment(), given.into, given.whole, given.keep)),
        ("into", "whole", "keep"),
    ),
    "backup list": (
        lambda given: {"snapshots": [_described(path) for path, _ in snapshot.known(given.into)]},
        ("into",),
    ),
    "backup verify": (lambda given: asdict(snapshot.verify(given.snapshot)), ("snapshot",)),
    "backup push": (
        lambda given: {"uri": exchange.push(from_environment(), given.snapshot, given.keep)},
        ("snapshot", "keep"),
    ),
    "backup in-s3": (
        lambda _: {"snapshots": [_told(uri, head) for uri, head in remote.listed(from_environment())]},
        (),
    ),
    "backup fetch": (lambda given: {"snapshot": str(exchange.fetch(from_environment(), given.uri))}, ("uri",)),
    "backup verify-in-s3": (lambda given: asdict(exchange.verify(from_environment(), given.uri)), ("uri",)),
    "backup drill": (lambda given: drill.drill(given.into), ("into",)),
    "restore plan": (lambda given: {"plan": restore.plan(from_environment(), given.snapshot)}, ("snapshot",)),
    "restore execute": (
        lambda given: restore.execute(from_environment(), given.plan, given.take_over),
        ("plan", "take-over"),
    ),
    "cleanup plan": (
        lambda given: {
            "plan": cleanup.plan(from_environment(), given.older_than, given.experiment, given.registered, given.also)
        },
        ("older-than", "experiment", "registered", "also"),
    ),
    "cleanup execute": (lambda given: cleanup.execute(from_environment(), given.plan, given.also), ("plan", "also")),
    "cleanup at-once": (
        lambda given: cleanup.at_once(
            from_environment(), given.older_than, given.experiment, given.registered, given.also
        ),
        ("older-than", "experiment", "registered", "also"),
    ),
    "orphans plan": (lambda given: {"plan": orphans.plan(from_environment(), given.older_than)}, ("older-than",)),
    "orphans execute": (lambda given: orphans.execute(from_environment(), given.plan), ("plan",)),
    "compact plan": (lambda _: {"plan": compact.plan()}, ()),
    "compact execute": (lambda given: compact.execute(given.plan), ("plan",)),
    "artifacts diff": (
        lambda given: transfer.described(transfer.diff(from_environment(), given.folder)),
        ("folder",),
    ),
    "artifacts plan": (
        lambda given: {"plan": transfer.plan(from_environment(), given.folder, given.direction)},
        ("folder", "direction"),
    ),
    "artifacts execute": (
        lambda given: transfer.execute(from_environment(), given.folder, given.plan),
        ("folder", "plan"),
    ),
    "migrate plan": (lambda given: migrate.plan(from_environment(), given.moved), ("moved",)),
    "migrate execute": (lambda given: migrate.execute(from_environment(), given.plan), ("plan",)),
    "stale plan": (lambda given: {"plan": stale.plan(given.older_than)}, ("older-than",)),
    "stale execute": (lambda given: stale.execute(given.plan), ("plan",)),
    "usage": (lambda _: audit.usage(from_environment()), ()),
    "audit": (lambda _: audit.audit(from_environment()), ()),
}


def main(arguments: list[str]) -> int:
    """Run one step, named by the words before the first option; the exit code."""
    words = list(itertools.takewhile(lambda part: not part.startswith("-"), arguments))
    name = " ".join(words)
    if name not in STEPS:
        sys.stderr.write(f"usage: {' | '.join(STEPS)}\n")
        return USAGE
    call, options = STEPS[name]
    parser = argparse.ArgumentParser(prog=name)
    for option in options:
        parser.add_argument(f"--{option}", **OPTIONS[option])
    return run(call, parser.parse_args(arguments[len(words) :]))


def run(call: Call, given: argparse.Namespace) -> int:
    """Say the result, or the finding that keeps it from happening."""
    try:
        say("result", ok=True, **call(given))
    except swap.Refused as refused:
        return _no(refused.finding)
    except s3.RAISED as error:
        config = from_environment()
        finding, _ = s3.explain(error, config, config.bucket, config.prefix, "s3:GetObject")
        return _no(finding)
    except (SettingsError, OSError, sqlite3.Error, ValueError) as error:
        return _no(Finding("database.busy", "error", f"{type(error).__name__}: {error}"))
    return 0


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


def _no(finding: Finding) -> int:
    say_findings([finding])
    say("result", ok=False)
    return 1

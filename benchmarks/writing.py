"""Backup under writers, the volume destroyed, restore: what was answered before the backup began is there."""

from __future__ import annotations

import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import seen

from support.old.brought import Rows, rows
from support.stack import Stack
from support.wrapped import told
from support.writers import Swarm

WRITERS, WRITES, FILE_EVERY = 16, 200, 10
# Seconds: what writes is on the machine that is to make the backup.
PAUSE = 0.1


def round_of_writers(stack: Stack) -> dict[str, Any]:
    """One round on a serving stack, which serves again in the end; `failed` are lines, empty when all is well.

    Raises:
        AssertionError: a verb did not end well.
    """
    swarm = Swarm(stack, WRITERS, FILE_EVERY, PAUSE)
    try:
        swarm.wait_for_more(WRITES)
        began = time.monotonic()
        made = told(stack, "backup", "--with-artifacts").envelope
        meanwhile = swarm.count()
        swarm.wait_for_more(WRITERS)
    finally:
        swarm.end()
    steps, files = swarm.answered_before(began)
    folder = Path(made["snapshot"])
    held, kept = rows(folder / "mlflow.db"), seen.files(folder / "artifacts")

    told(stack, "destroy", "--yes")
    client = stack.s3.client()
    for key in stack.objects():
        if key != seen.MARKER:
            client.delete_object(Bucket=stack.bucket, Key=f"{stack.prefix}/{key}")
    told(stack, "start")
    told(stack, "restore", folder.name, "--take-over", "--yes")

    after = seen.look(stack)
    answered = sum(map(len, steps.values()))
    lost = _lost(steps, after.rows)
    failed = [f"{len(lost)} of {answered} answered writes are gone, such as {lost[:3]}"] if lost else []
    failed += seen.changed(held, after.rows)
    failed += seen.missing(kept, after.objects, "objects of the snapshot")
    failed += seen.missing(seen.of(files), after.objects, "files answered before the backup")
    failed += swarm.wrong[:3]
    writes = {"answered": answered, "files": len(files), "meanwhile": meanwhile - answered}
    return {"writes": writes, "rows": sum(each.total() for each in held.values()), "failed": failed}


def _lost(steps: dict[str, list[int]], found: Rows) -> list[tuple[str, int]]:
    """Run and step of each write without a row."""
    there: dict[object, set[object]] = defaultdict(set)
    for row in found["metrics"]:
        values = dict(row)
        there[values["run_uuid"]].add(values["step"])
    return [(run, step) for run, answered in steps.items() for step in answered if step not in there[run]]

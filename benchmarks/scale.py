"""The verbs that list everything, at 10,000 runs and 100,000 objects: seconds and memory of each, beside the goals."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

import population
from stage import say, stack_with
from watched import watching

from support.stack import Stack
from support.working_copy import own
from support.wrapped import told

LIVE, DELETED = 9_000, 1_000
# Of every so many runs one has no files in ./mlartifacts; the others are there with equal bytes, all to be read.
NOT_IN_THE_FOLDER = 10
GOAL_SECONDS, GOAL_BYTES = 60.0, 300 * 2**20
VERBS = (("backup",), ("audit",), ("usage",), ("artifacts", "diff"))


def scale(runs: int) -> list[dict[str, Any]]:
    """Run each verb once; a row each: verb, seconds of the whole command, of its containers, memory, what it found."""
    made = population.make(runs * LIVE // (LIVE + DELETED), runs * DELETED // (LIVE + DELETED))
    with stack_with(made) as stack:
        say("the same objects as files")
        both = [run for number, run in enumerate(made) if number % NOT_IN_THE_FOLDER]
        population.write_files(stack.folder / "mlartifacts", both)
        own(stack.folder / "mlartifacts")
        rows = [_measure(stack, verb) for verb in VERBS]
    objects = len(made) * population.OBJECTS_OF_A_RUN
    expected = {"backup": objects, "audit": objects, "usage": objects, "artifacts diff": objects}
    for row in rows:
        if row["objects"] != expected[row["verb"]]:
            raise RuntimeError(f"{row['verb']} saw {row['objects']} objects and not {objects}")
    return rows


def markdown(rows: list[dict[str, Any]]) -> str:
    """The table for people."""
    lines = [
        "| | seconds | in its container | peak memory, MiB | without cache, MiB | goal | |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        memory, anonymous = (_mebibytes(row[name]) for name in ("memory", "anonymous"))
        goal = f"≤ {GOAL_SECONDS:g} s, {GOAL_BYTES // 2**20} MiB | {'met' if met(row) else 'missed'}"
        cells = f"{row['seconds']:.1f} | {row['inside_seconds']:.1f} | {memory} | {anonymous}"
        lines.append(f"| {row['verb']} | {cells} | {goal} |")
    return "\n".join(lines)


def met(row: dict[str, Any]) -> bool:
    """Whether a row is within both goals; memory that could not be read is not."""
    return row["seconds"] <= GOAL_SECONDS and row["memory"] is not None and row["memory"] <= GOAL_BYTES


def _measure(stack: Stack, verb: tuple[str, ...]) -> dict[str, Any]:
    say(f"./stack {' '.join(verb)}")
    with watching(stack.project) as watch:
        began = time.monotonic()
        said = told(stack, *verb).envelope
        seconds = time.monotonic() - began
    containers = list(watch.seen.values())
    return {
        "verb": " ".join(verb),
        "seconds": seconds,
        "inside_seconds": watch.inside_seconds,
        "memory": watch.memory,
        "anonymous": max((each.anonymous for each in containers if each.anonymous is not None), default=None),
        "objects": _counted(said),
        "containers": [asdict(each) for each in containers],
    }


def _counted(said: dict[str, Any]) -> int:
    """How many objects the verb says it has seen."""
    if "usage" in said:
        return sum(each["objects"] for each in said["usage"])
    found = said.get("found", said)
    if "same" in found:
        return int(found["same"]) + int(found["only_s3"])
    return int(found["objects"])


def _mebibytes(size: int | None) -> str:
    return "–" if size is None else f"{size / 2**20:.0f}"

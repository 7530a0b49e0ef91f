"""Repetitions: backups under writers that are restored, and verbs that are killed at random moments."""

from __future__ import annotations

import random
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import content
import kills
import writing
from scenarios import SCENARIOS, Scenario
from stage import new_stack, say

from support.images import build_inputs
from support.stack import Stack
from support.wrapped import told

WRITERS = "writers"
# Those that put another database into the volume come last.
NAMES = (*SCENARIOS, WRITERS)
LOG_LINES = 100
TARGETS: tuple[kills.Target, ...] = ("container", "wrapper")
Row = dict[str, Any]


def repeat(made: dict[str, list[Row]], names: list[str], times: int, seed: int) -> None:
    """Adds rows to `made` by name, one a round; `failed` of a row are lines, empty when all is well.

    All on one stack, which is removed in the end; interrupted, `made` has what was done.
    """
    with new_stack(build_inputs()) as stack:
        stack.configure(MLFLOW_S3_READABLE=f"s3://otherbucket/{stack.prefix}")
        told(stack, "start")
        content.base(stack)
        for name in [name for name in NAMES if name in names]:
            say(f"{name}, {times} times")
            rows = made[name] = []
            rounds: Iterator[Row]
            if name == WRITERS:
                rounds = (_judged(stack, name, partial(writing.round_of_writers, stack)) for _ in range(times))
            else:
                drawn = random.Random(f"{seed} {name}")  # noqa: S311 - no secret
                rounds = _killed(stack, name, SCENARIOS[name](stack), times, drawn)
            for row in rounds:
                rows.append(row)  # noqa: PERF402 - an interrupted one keeps what it has


def met(made: dict[str, list[Row]], names: list[str], times: int) -> bool:
    """Whether no round is missing or failed, and each verb was killed at least once while it ran."""
    if any(len(made.get(name, ())) < times for name in names):
        return False
    hit = all(name == WRITERS or any(row["hit"] for row in rows) for name, rows in made.items())
    return hit and not any(row["failed"] for rows in made.values() for row in rows)


def markdown(made: dict[str, list[Row]]) -> str:
    """The tables for people."""
    lines = ["| | rounds | killed while it ran: container, wrapper | well | failed |", "|---|---|---|---|---|"]
    for name, rows in made.items():
        hits = [sum(row.get("target") == target and row["hit"] for row in rows) for target in TARGETS]
        failed = sum(bool(row["failed"]) for row in rows)
        shown = "–" if name == WRITERS else f"{hits[0]}, {hits[1]}"
        lines.append(f"| {name} | {len(rows)} | {shown} | {len(rows) - failed} | {failed} |")
    for name, rows in made.items():
        lines += ["", f"{name}:", *(f"- {_line(row)}" for row in rows)]
    return "\n".join(lines)


def _line(row: Row) -> str:
    if "writes" in row:
        about = ", ".join(f"{count} {what}" for what, count in row["writes"].items()) + f"; {row['rows']} rows"
    elif "moment" in row:
        about = row["moment"] + (": killed" if row["hit"] else ": it had ended") + f"; exit {row['code']}"
    else:
        about = "not ended"
    return f"{about}; " + ("; ".join(row["failed"]) or "well")


def _killed(stack: Stack, name: str, scenario: Scenario, times: int, drawn: random.Random) -> Iterator[Row]:
    with kills.watching(stack.project) as watch:
        done = kills.run(stack, watch, scenario.begin(), None)
        wrong = [f"exit {done.code}: {done.said}"] if done.code else scenario.end()
        if wrong:
            raise RuntimeError(f"{name} goes wrong undisturbed: {wrong}\n{stack.logs(LOG_LINES)}")
        rounds = Rounds(stack, scenario, watch, done.course)
        say(f"{name}: {done.course}")
        shares = [(TARGETS[number % 2], drawn.random()) for number in range(times)]
        for target, share in shares:
            yield _judged(stack, name, partial(rounds.one, target, share))


@dataclass
class Rounds:
    """`course`: that of the last undisturbed run; how long one takes depends on what else the machine does."""

    stack: Stack
    scenario: Scenario
    watch: kills.Watch
    course: kills.Course

    def one(self, target: kills.Target, share: float) -> Row:
        """Killed after that share of an undisturbed run's time, and a second try."""
        verb = self.scenario.begin()
        moment = kills.moment_of(self.course, target, share)
        killed = kills.run(self.stack, self.watch, verb, moment)
        if not killed.hit and killed.code == 0:
            self.course = killed.course
        failed = [f"after the kill: {line}" for line in self.scenario.between()]
        second = told(self.stack, *verb, code=None)
        if second.code != 0:
            failed.append(f"the second try ends with {second.code}: {second.findings}")
        failed += [f"in the end: {line}" for line in self.scenario.end()]
        return {
            "moment": str(moment),
            "share": share,
            "target": target,
            "hit": killed.hit,
            "code": killed.code,
            "said": killed.said if failed else "",
            "failed": failed,
        }


def _judged(stack: Stack, name: str, round_of: Callable[[], Row]) -> Row:
    """A round; what it raises has failed too. The containers' logs go to stderr then."""
    try:
        row = round_of()
    except (AssertionError, OSError, RuntimeError, ValueError, subprocess.TimeoutExpired, sqlite3.Error) as error:
        row = {"hit": False, "failed": [f"{type(error).__name__}: {error}"]}
    say(f"{name}: {_line(row)}")
    if row["failed"]:
        say(f"{row.get('said', '')}\n{stack.logs(LOG_LINES)}")
    return row

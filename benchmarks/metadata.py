"""Requests that the database answers, idle memory and start: stock and ours in turns, one running at a time."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

import load
from containers import Ours, Server, Stock, in_turns

VERSION = "3.17.2"
CLIENTS = 8
WRITERS = 128
STORM_SECONDS = 30.0
SETTLE_SECONDS = 5.0


@dataclass(frozen=True)
class Plan:
    """How long: rounds, seconds of rest before idle memory is read, seconds of each row; whose storm there is."""

    rounds: int
    rest: float
    row: float
    storms: tuple[str, ...]


FULL = Plan(rounds=3, rest=60, row=6, storms=("stock", "ours"))
QUICK = Plan(rounds=1, rest=20, row=4, storms=("ours",))


def say(text: str) -> None:
    """Tell how far it is, on stderr: stdout is the table's."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")


def busy(seconds: float) -> float:
    """Rest, and say which share of the machine's processor time was used meanwhile: by the idle server, and by others.

    https://docs.kernel.org/filesystems/proc.html (/proc/stat: idle and iowait are the fourth and the fifth number)
    """
    seen = []
    for rest in (seconds, 0):
        times = [int(part) for part in Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:9]]
        seen.append((sum(times), times[3] + times[4]))
        time.sleep(rest)
    total, idle = (after - before for before, after in zip(*seen, strict=True))
    share: float = 1 - idle / total
    return share


def measure(plan: Plan, stock_workers: int | None, workers: int) -> dict[str, list[dict[str, float]]]:
    """The rounds of each server: sizes in bytes, times in seconds, rates per second."""
    servers: list[Server] = [Stock(VERSION, stock_workers), Ours(workers)]
    try:
        for server in servers:
            say(f"{server.name}: image and container")
            server.create()
        for server in servers:
            say(f"{server.name}: first start, on a new database")
            server.start()
            load.prepare(server.port, CLIENTS)
            server.stop()
        return in_turns(servers, plan.rounds, lambda server, last: _round(server, plan, last))
    finally:
        for server in servers:
            server.remove()


def _round(server: Server, plan: Plan, last: bool) -> dict[str, float]:
    """One round of a server; raises RuntimeError when a request of it failed."""
    # What the previous server leaves to do when it ends (processes, pages to write) must not count as this one's start.
    time.sleep(SETTLE_SECONDS)
    figures = {"image": float(server.image_bytes()), "start": server.start()}
    run_ids = load.prepare(server.port, CLIENTS)
    figures["busy"] = busy(plan.rest)
    figures["idle"] = float(server.memory())
    for row in ("search", "log_metric", "log_batch"):
        before = server.cpu_seconds()
        answers = load.run(server.port, row, run_ids, plan.row)
        if answers.errors:
            raise RuntimeError(f"{server.name}, {row}: {answers.errors}")
        figures |= {row: len(answers.seconds) / plan.row, f"{row}_cpu": (server.cpu_seconds() - before) / answers.asked}
        if row != "search":
            figures |= {f"{row}_p50": answers.percentile(50), f"{row}_p99": answers.percentile(99)}
    figures["loaded"] = float(server.memory())
    if last and server.name in plan.storms:
        say(f"{server.name}: {WRITERS} writers")
        figures |= _storm(server)
    say(f"{server.name}: " + ", ".join(f"{name} {value:.4g}" for name, value in figures.items()))
    return figures


def _storm(server: Server) -> dict[str, float]:
    """128 clients write for 30 s: how many answers, and how many ends of another kind."""
    run_ids = load.prepare(server.port, CLIENTS)
    writers = [run_ids[number % CLIENTS] for number in range(WRITERS)]
    answers = load.run(server.port, "log_metric", writers, STORM_SECONDS, processes=4)
    for reason, times in sorted(answers.errors.items()):
        say(f"{server.name}: {times} × {reason}")
    return {"storm_answers": float(len(answers.seconds)), "storm_errors": float(sum(answers.errors.values()))}

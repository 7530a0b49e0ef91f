"""Stock `mlflow server` and this stack side by side: `python benchmarks/compare.py [--quick] [--json FILE]`.

Rounds go A B A B, with one server running at a time. A round: start on the database of the rounds before, rest, idle
memory, then search, log_metric and log_batch with 8 clients. At the end 128 clients write for 30 s to ours (--quick) or
to both. Everything that was started is removed by name, also after Ctrl-C.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import load
from containers import Ours, Server, Stock
from table import machine, markdown, rows

VERSION = "3.17.2"
CLIENTS = 8
WRITERS = 128
STORM_SECONDS = 30.0


@dataclass(frozen=True)
class Plan:
    """How long: rounds, seconds of rest before idle memory is read, seconds of each row."""

    rounds: int
    rest: float
    row: float


@dataclass(frozen=True)
class Found:
    """By server: the figures of each round, what the storm gave, the version of MLflow."""

    rounds: dict[str, list[dict[str, float]]]
    storms: dict[str, str]
    versions: dict[str, str]


SETTLE_SECONDS = 5.0
FULL = Plan(rounds=3, rest=60, row=6)
QUICK = Plan(rounds=2, rest=20, row=4)


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


def measure(server: Server, plan: Plan) -> dict[str, float]:
    """One round of a server; raises RuntimeError when a request of it failed."""
    # What the server before leaves to do when it ends (processes, pages to write) is not to be this one's start.
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
    say(f"{server.name}: " + ", ".join(f"{name} {value:.4g}" for name, value in figures.items()))
    return figures


def storm(server: Server) -> str:
    """128 clients write for 30 s; how many answers and which errors there were."""
    run_ids = load.prepare(server.port, CLIENTS)
    writers = [run_ids[number % CLIENTS] for number in range(WRITERS)]
    answers = load.run(server.port, "log_metric", writers, STORM_SECONDS, processes=4)
    errors = ", ".join(f"{times} × {reason}" for reason, times in sorted(answers.errors.items())) or "no error"
    slowest = f", slowest {max(answers.seconds):.1f} s" if answers.seconds else ""
    return f"{len(answers.seconds)} answers, {errors}{slowest}"


def compare(servers: Sequence[Server], plan: Plan, storms: Sequence[str]) -> Found:
    """All rounds and storms. The servers exist already and do not run."""
    found = Found({server.name: [] for server in servers}, {}, {})
    for server in servers:
        say(f"{server.name}: first start, on a new database")
        server.start()
        load.prepare(server.port, CLIENTS)
        found.versions[server.name] = str(load.call(server.port, "GET", "/version"))
        server.stop()
    for number in range(plan.rounds):
        for server in servers:
            say(f"{server.name}: round {number + 1} of {plan.rounds}")
            found.rounds[server.name].append(measure(server, plan))
            if number == plan.rounds - 1 and server.name in storms:
                say(f"{server.name}: {WRITERS} writers")
                found.storms[server.name] = storm(server)
            server.stop()
    return found


def main() -> int:
    """Measure and print; 0 when every goal is met, 1 otherwise."""
    # `kill` ends it as Ctrl-C does: with the containers removed.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    parser = argparse.ArgumentParser(description="Stock `mlflow server` and this stack, side by side.")
    parser.add_argument("--quick", action="store_true", help="2 short rounds in place of 3 long ones")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every round's figures to a file")
    parser.add_argument("--stock-workers", type=int, metavar="N", help="of stock; its own default is 4")
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="of ours (2)")
    parser.add_argument("--only", choices=("stock", "ours"), help="measure one of the two")
    options = parser.parse_args()
    plan = QUICK if options.quick else FULL
    servers: list[Server] = [Stock(VERSION, options.stock_workers), Ours(options.workers)]
    chosen = [server for server in servers if options.only in (None, server.name)]
    try:
        for server in chosen:
            say(f"{server.name}: image and container")
            server.create()
        found = compare(chosen, plan, ("ours",) if options.quick and not options.only else ("stock", "ours"))
    finally:
        for server in servers:
            server.remove()
    facts = machine() | {
        "MLflow": ", ".join(f"{name} {version}" for name, version in found.versions.items()),
        "workers": f"stock {options.stock_workers or 'by default (4)'}, ours {options.workers}; {CLIENTS} clients",
        "rounds": f"{plan.rounds}, {plan.rest:g} s of rest, {plan.row:g} s a row",
    }
    made = rows(found.rounds)
    sys.stdout.write(markdown(made, found.storms, facts) + "\n")
    if options.json:
        options.json.write_text(json.dumps({"facts": facts, **asdict(found)}, indent=1) + "\n", encoding="utf-8")
    missed = [row.measure.text for row in made if row.verdict == "missed"]
    return 1 if missed or "no error" not in found.storms.get("ours", "no error") else 0


if __name__ == "__main__":
    sys.exit(main())

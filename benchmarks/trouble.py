"""Metadata while S3 is in trouble: `python benchmarks/trouble.py [--rounds 3] [--seconds 8] [--json FILE]`.

Four clients write a metric, then search, forty times a second, first alone, then beside four transfers of 20 MiB
against a store that is well, that never answers, that passes 1 MB/s, that gives 503 SlowDown, that breaks off halfway.
Needs the packages of requirements-dev.lock. Everything that was started is removed by name, also after Ctrl-C.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from support.rest import Rest
    from support.stack import Stack

ROOT = Path(__file__).resolve().parents[1]
MIB = 2**20
SIZE, CLIENTS = 20 * MIB, 4
ROWS = ("log_metric", "search")
# Seconds between an answer and a client's next question, and between two transfers of one mover.
PAUSE, BETWEEN = 0.025, 0.5
# What MLflow's client waits for; a transfer that takes longer has not ended for anybody.
CLIENT_SECONDS = 120.0
# Of the metadata's p99 in trouble, against that of the same round without a transfer.
GOAL = 2.0
TROUBLES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "well": ("pass", "", {}),
    "never answers": ("mute", "", {}),
    "1 MB/s": ("thin", "", {"rate": 1_000_000}),
    "503 SlowDown": ("error", "", {"status": 503, "code": "SlowDown"}),
    "breaks off": ("cut", "", {}),
}


def main() -> int:
    """Measure and print; 0 when every goal was met."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "src"), str(ROOT / "mlflow")]
    from table import machine

    parser = argparse.ArgumentParser(description="Metadata while S3 is in trouble.")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--seconds", type=float, default=8.0, metavar="S", help="of a row (8)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to a file")
    options = parser.parse_args()
    found = measure(options.rounds, options.seconds)
    about = "".join(f"- {name}: {value}\n" for name, value in machine().items())
    sys.stdout.write(f"{about}\n{markdown(found)}\n")
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0 if all(met(found, name) for name in TROUBLES if name != "well") else 1


def measure(rounds: int, seconds: float) -> dict[str, list[dict[str, Any]]]:
    """By trouble, `alone` for none: a round's p99 by row (seconds), errors, transfers' ends, memory beyond before."""
    import load
    from stage import say, stack_with

    from stackd.artifacts.parts import peak_bytes
    from support.rest import Rest

    found: dict[str, list[dict[str, Any]]] = {}
    with stack_with([]) as stack:
        rest = Rest(stack)
        root = rest.new_root("trouble")
        stack.write_profile(endpoint=stack.s3.inside_faulty)
        rest.stored(f"{root}/there.bin", bytes(SIZE))
        runs = load.prepare(stack.port, CLIENTS)
        # The first request of each row warms caches for all later ones.
        rows(stack, runs, 2)
        for number in range(rounds):
            say(f"round {number + 1} of {rounds}")
            found.setdefault("alone", []).append(rows(stack, runs, seconds))
            for name, (kind, match, fields) in TROUBLES.items():
                with stack.s3.faults.injected(kind, match, **fields), moving(rest, root) as ends:
                    seen = rows(stack, runs, seconds)
                # Two workers, and the engine decides which one gets what.
                seen |= {"ends": dict(ends["ends"]), "longest": ends["longest"], "grown": ends["grown"]}
                found.setdefault(name, []).append(seen | {"formula": 2 * peak_bytes(CLIENTS // 2, CLIENTS // 2)})
                say(f"{name}: {found[name][-1]}")
    return found


def rows(stack: Stack, runs: list[str], seconds: float) -> dict[str, Any]:
    """p99 of each row in seconds, and how many requests had another end than 200."""
    import load

    seen: dict[str, Any] = {"errors": 0}
    for row in ROWS:
        answers = load.run(stack.port, row, runs, seconds, processes=1, pause=PAUSE)
        seen[row] = answers.percentile(99)
        seen["errors"] += sum(answers.errors.values())
    return seen


@contextlib.contextmanager
def moving(rest: Rest, root: str) -> Iterator[dict[str, Any]]:
    """Half of the clients upload and half download, again and again; in the end how that ended, and the memory.

    Raises RuntimeError where a transfer has no end within what a client waits.
    """
    import requests
    from transfers import watch
    from watched import usage

    from support import docker
    from support.rest import ARTIFACTS

    ends: dict[str, Any] = {"ends": Counter(), "longest": 0.0, "grown": 0.0}
    over = threading.Event()

    def one(number: int) -> None:
        while not over.is_set():
            began = time.monotonic()
            try:
                upload = number % 2 == 0
                method, name, body = ("PUT", f"{number}.bin", bytes(SIZE)) if upload else ("GET", "there.bin", None)
                answer = rest.call(method, f"{ARTIFACTS}/{root}/{name}", data=body, timeout=CLIENT_SECONDS)
                end = str(answer.status_code)
            except requests.RequestException:
                end = "broken off"
            ends["ends"][end] += 1
            ends["longest"] = max(ends["longest"], time.monotonic() - began)
            over.wait(BETWEEN)

    facts = docker.inspect(rest.stack.container())
    before = usage(int(facts["State"]["Pid"]))
    movers = [threading.Thread(target=one, args=(number,), daemon=True) for number in range(CLIENTS)]
    with watch(facts) as seen:
        for each in movers:
            each.start()
        try:
            yield ends
        finally:
            over.set()
            for each in movers:
                each.join(CLIENT_SECONDS)
    if any(each.is_alive() for each in movers):
        raise RuntimeError(f"a transfer did not end within {CLIENT_SECONDS:.0f} s")
    ends["grown"] = seen["memory"] - before


def ratios(found: dict[str, list[dict[str, Any]]], name: str, row: str) -> list[float]:
    """A row's p99 against that of the same round without a transfer."""
    pairs = zip(found[name], found["alone"], strict=True)
    return [float(mine[row]) / float(alone[row]) for mine, alone in pairs]


def met(found: dict[str, list[dict[str, Any]]], name: str) -> bool:
    """Whether metadata kept its speed, no transfer took longer than a client waits, and memory was bounded."""
    calm = all(statistics.median(ratios(found, name, row)) <= GOAL for row in ROWS)
    rounds = found[name]
    bounded = all(each["longest"] <= CLIENT_SECONDS and each["grown"] <= each["formula"] for each in rounds)
    return calm and bounded and not any(each["errors"] for each in rounds)


def markdown(found: dict[str, list[dict[str, Any]]]) -> str:
    """The table for people."""
    alone = {row: statistics.median(each[row] for each in found["alone"]) * 1000 for row in ROWS}
    lines = [
        f"p99 without a transfer: {', '.join(f'{row} {value:.1f} ms' for row, value in alone.items())}",
        "",
        f"| the store | {' | '.join(f'{row} ÷' for row in ROWS)} | errors | transfers | longest, s | MiB | |",
        "|---" * (len(ROWS) + 5) + "|",
    ]
    for name in TROUBLES:
        cells = []
        for row in ROWS:
            values = ratios(found, name, row)
            cells.append(f"**{statistics.median(values):.2f}** ({min(values):.2f}–{max(values):.2f})")
        ends: Counter[str] = Counter()
        for each in found[name]:
            ends.update(each["ends"])
        shown = ", ".join(f"{end}: {times}" for end, times in sorted(ends.items()))
        rounds = found[name]
        errors, longest = sum(each["errors"] for each in rounds), max(each["longest"] for each in rounds)
        grown, verdict = max(each["grown"] for each in rounds) / MIB, "met" if met(found, name) else "missed"
        verdict = "" if name == "well" else verdict
        lines.append(f"| {name} | {' | '.join(cells)} | {errors} | {shown} | {longest:.1f} | {grown:.0f} | {verdict} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())

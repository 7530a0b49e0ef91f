"""Stock MLflow and this stack side by side: `python benchmarks/compare.py [--quick] [--json FILE] [--docs]`.

Parts: metadata, start, artifacts (through the server and straight to S3), history (100,000 runs; not with --quick).
Rounds go A B A B, with one server asked at a time. Everything that was started is removed by name, also after Ctrl-C.
Needs the packages of requirements-dev.lock.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HEAD = """# Beside stock MLflow

Made by `python benchmarks/compare.py --docs`; what each row is, and how it is measured, is in
[benchmarks/README.md](../benchmarks/README.md). Figures are the median (least–greatest) of the rounds. Ratios are of
neighboring rounds; a goal is for their median.

![How many times better, by row](benchmarks.svg)
"""
NOT_MEASURED = """
Not measured: real S3 (the store is SeaweedFS on the same machine and cores, so its work is in every figure of
artifacts), a network between client and server, several machines, arm64, databases other than SQLite.
"""


def main() -> int:
    """Measure and print; 0 when every goal is met, 1 otherwise."""
    # `kill` ends it as Ctrl-C does: containers are removed.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "src")]
    import history
    import metadata
    import starting
    import table
    import transfers

    parser = argparse.ArgumentParser(description="Stock MLflow and this stack, side by side.")
    parser.add_argument("--quick", action="store_true", help="one short round, without history")
    parser.add_argument("--part", choices=("metadata", "start", "artifacts", "history"), help="one of the parts")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every round's figures to a file")
    parser.add_argument("--docs", action="store_true", help="write docs/benchmarks.md and its chart")
    parser.add_argument("--stock-workers", type=int, metavar="N", help="of stock; its own default is 4")
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="of ours (2)")
    options = parser.parse_args()
    plan = metadata.QUICK if options.quick else metadata.FULL
    parts: dict[str, tuple[tuple[table.Measure, ...], Callable[[], table.Rounds]]] = {
        "metadata": (table.METADATA, lambda: metadata.measure(plan, options.stock_workers, options.workers)),
        "start": (table.STARTING, lambda: starting.measure(1 if options.quick else 3)),
        "artifacts": (table.ARTIFACTS, lambda: transfers.measure(1 if options.quick else 3)),
        "history": (table.HISTORY, lambda: history.measure(3)),
    }
    chosen = [options.part] if options.part else [name for name in parts if not (options.quick and name == "history")]
    facts = table.machine() | {
        "MLflow": metadata.VERSION,
        "workers": f"stock {options.stock_workers or 'by default (4)'}, ours {options.workers}",
        "rounds": f"{plan.rounds}, {plan.rest:g} s of rest, {plan.row:g} s a row, {metadata.CLIENTS} clients",
        "measured": f"{dt.datetime.now(dt.UTC):%Y-%m-%d}",
    }
    text = "".join(f"- {name}: {value}\n" for name, value in facts.items())
    sys.stdout.write(text)
    every: list[table.Row] = []
    found: dict[str, object] = {"facts": facts}
    for name in chosen:
        measures, measure = parts[name]
        found[name] = rounds = measure()
        made = table.rows(measures, rounds)
        every += made
        shown = f"\n## {name.capitalize()}\n\n{table.markdown(made)}\n"
        text += shown
        # Part by part: what was measured stays, even if the next part fails.
        sys.stdout.write(shown)
        sys.stdout.flush()
        if options.json:
            options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if options.docs:
        (ROOT / "docs" / "benchmarks.md").write_text(f"{HEAD}\n{text}{NOT_MEASURED}", encoding="utf-8")
        table.chart(every, ROOT / "docs" / "benchmarks.svg")
    return 1 if any(row.verdict == "missed" for row in every) else 0


if __name__ == "__main__":
    sys.exit(main())

"""The verbs about data, in numbers: `python benchmarks/data.py scale | cleanup | repeat | windows [--json FILE]`.

Needs the packages of requirements-dev.lock: it makes its stack and its S3 server with what the tests use. Everything
that was started is removed by name, also after Ctrl-C.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import secrets
import signal
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Measure and print; 0 when every goal is met, 1 otherwise."""
    # `kill` ends it as Ctrl-C does: containers are removed.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "src")]
    import cleaning
    import repeat
    import scale
    import windows
    from table import machine

    parser = argparse.ArgumentParser(description="The verbs about data, in numbers, on the tests' S3 server.")
    parser.add_argument("what", choices=("scale", "cleanup", "repeat", "windows"), help="what to measure")
    parser.add_argument("--runs", type=int, metavar="N", help="10,000 for scale, 1,000 deleted ones for cleanup")
    parser.add_argument("--times", type=int, metavar="N", help="rounds: 20 of each of repeat, 50 of windows")
    parser.add_argument("--only", default=",".join(repeat.NAMES), metavar="A,B", help="of repeat: these, all")
    parser.add_argument("--seed", type=int, metavar="N", help="draws the same moments again")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to a file")
    options = parser.parse_args()
    facts = machine()
    seed = secrets.randbelow(10**6) if options.seed is None else options.seed
    facts["seed"] = str(seed)
    found: object
    if options.what == "scale":
        rows = scale.scale(options.runs or scale.LIVE + scale.DELETED)
        shown, found, met = scale.markdown(rows), rows, all(scale.met(row) for row in rows)
    elif options.what == "repeat":
        if unknown := set(options.only.split(",")) - set(repeat.NAMES):
            parser.error(f"--only: {', '.join(sorted(unknown))} is none of {', '.join(repeat.NAMES)}")
        names, times = options.only.split(","), options.times or 20
        rounds: dict[str, list[repeat.Row]] = {}
        # If an hour's work is interrupted, what was measured so far is shown.
        with contextlib.suppress(KeyboardInterrupt):
            repeat.repeat(rounds, names, times, seed)
        shown, found, met = repeat.markdown(rounds), rounds, repeat.met(rounds, names, times)
    elif options.what == "windows":
        disturbed = windows.windows(options.times or 50, seed)
        shown, found, met = windows.markdown(disturbed), disturbed, windows.met(disturbed)
    else:
        deleted = options.runs or 1000
        # On one machine the store's own work takes most of the time of both; from far away the number of requests does.
        found = [cleaning.clean(deleted, deleted // 5, delay) for delay in (0.0, cleaning.FAR_SECONDS)]
        shown, met = "\n\n".join(map(cleaning.markdown, found)), all(map(cleaning.met, found))
    about = "".join(f"- {name}: {value}\n" for name, value in facts.items())
    sys.stdout.write(f"{about}\n{shown}\n")
    if options.json:
        options.json.write_text(json.dumps({"facts": facts, options.what: found}, indent=1) + "\n", encoding="utf-8")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())

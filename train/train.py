#!/usr/bin/env python3
"""Train a policy of half-court basketball by self-play, and log it to an MLflow tracking server."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from aws import profile_to_set
from failures import BadTrackingUri, TrainError
from settings import QUICK, Settings

DEFAULT_URI = "http://localhost:5000"
EXIT_CODES = """\
exit codes: 0 finished · 1 failed · 2 usage: an argument, an unknown run · 3 the server cannot be reached, or was away
            for longer than the client tries · 4 the server refused something · 130 Ctrl-C: the run ends as KILLED, with
            a last checkpoint
environment: MLFLOW_TRACKING_URI, MLFLOW_EXPERIMENT_NAME, MLFLOW_TRACKING_USERNAME and …_PASSWORD where the server has
            logins. No AWS variable is needed: files go through the server."""
HELP = {
    "updates": "gradient steps",
    "possessions": "played for each update",
    "learning_rate": "of Adam",
    "entropy_bonus": "reward for staying undecided, in points per nat",
    "hidden": "units of each network",
    "seed": "for everything random; the same seed and opponents give the same numbers",
    "checkpoint_every": "updates between two evaluations, plots and checkpoints",
    "matches": "of an evaluation",
    "max_opponents": "policies of earlier runs to play against, newest first; 0 for none",
}


def parser() -> argparse.ArgumentParser:
    """The command line; an option that is not given is None, so that --quick and --resume can tell."""
    made = argparse.ArgumentParser(
        prog="train.py", description=__doc__, epilog=EXIT_CODES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("--tracking-uri", metavar="URI", help=f"MLFLOW_TRACKING_URI, or {DEFAULT_URI}")
    made.add_argument("--experiment", metavar="NAME", help="MLFLOW_EXPERIMENT_NAME, or basketworld")
    made.add_argument("--run-name", metavar="NAME", help="the server chooses one otherwise")
    made.add_argument("--model", metavar="NAME", default="basketworld-policy", help="registered model: %(default)s")
    made.add_argument("--resume", metavar="RUN_ID", help="continue a run from its last checkpoint")
    made.add_argument("--quick", action="store_true", help="takes seconds instead of minutes, and still shows a curve")
    for field in fields(Settings):
        flag, default = "--" + field.name.replace("_", "-"), field.default
        text = f"{HELP[field.name]} ({default}" + (f"; quick {QUICK[field.name]})" if field.name in QUICK else ")")
        made.add_argument(flag, type=type(default), metavar="N", help=text)
    return made


def chosen(arguments: argparse.Namespace) -> dict[str, Any]:
    """The settings that the command line names; ends with argparse's error where one makes no sense."""
    given = {field.name: getattr(arguments, field.name) for field in fields(Settings)}
    given = {name: value for name, value in given.items() if value is not None}
    for name, value in given.items():
        least = {"possessions": 4, "seed": 0, "max_opponents": 0, "entropy_bonus": 0}.get(name, 1)
        if not (value > 0 if name == "learning_rate" else value >= least):
            parser().error(f"--{name.replace('_', '-')}: {value} is too small")
    if arguments.resume and set(given) - {"updates"}:
        parser().error("--resume keeps the settings of the run; only --updates can be changed")
    return given


def main(argv: Sequence[str] | None = None) -> int:
    """Train; the exit code. Progress goes to stdout, what ended a training early to stderr."""
    arguments = parser().parse_args(argv)
    given = chosen(arguments)
    if profile := profile_to_set(os.environ, Path.home()):
        os.environ["AWS_PROFILE"] = profile
    try:
        uri = arguments.tracking_uri or os.environ.get("MLFLOW_TRACKING_URI") or DEFAULT_URI
        if not uri.startswith(("http://", "https://")):
            raise BadTrackingUri(uri)
        try:
            from session import Session  # after --help, which should not wait for NumPy and MLflow
        except ModuleNotFoundError as missing:
            sys.stderr.write(f"{missing.name} is not installed: pip install -r train/requirements.lock\n")
            return 2
        session = Session(uri.rstrip("/"), quick=arguments.quick, model=arguments.model)
        if arguments.resume:
            return session.resume(arguments.resume, given.get("updates"))
        settings = replace(Settings(), **{**(QUICK if arguments.quick else {}), **given})
        experiment = arguments.experiment or os.environ.get("MLFLOW_EXPERIMENT_NAME") or "basketworld"
        return session.start(experiment, arguments.run_name, settings)
    except TrainError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())

"""The door of ``adopt``: arguments in, JSON lines out."""

import argparse
import json
import sqlite3
from pathlib import Path
from typing import Any

import botocore.exceptions

from stackd.artifacts import s3
from stackd.data import adopt, claim
from stackd.report import Finding, say, say_findings
from stackd.settings import SettingsError, from_environment


def main(arguments: list[str]) -> int:
    """``adopt plan --db FILE [--artifacts DIR]`` · ``adopt execute --plan JSON`` · ``adopt claim plan|execute --plan
    JSON``.
    """
    parser = argparse.ArgumentParser(prog="adopt", exit_on_error=True)
    steps = parser.add_subparsers(dest="step", required=True)
    planning = steps.add_parser("plan")
    planning.add_argument("--db", type=Path, required=True)
    planning.add_argument("--artifacts", type=Path)
    steps.add_parser("execute").add_argument("--plan", type=json.loads, required=True)
    claiming = steps.add_parser("claim")
    claiming.add_argument("claim_step", choices=("plan", "execute"))
    claiming.add_argument("--plan", type=json.loads)
    return run(parser.parse_args(arguments))


def run(given: argparse.Namespace) -> int:
    """Say the result, or the finding that keeps it from happening."""
    try:
        say("result", ok=True, **step(given))
    except adopt.Refused as refused:
        return _no(refused.finding)
    except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
        settings = from_environment()
        finding, _ = s3.explain(error, settings, settings.bucket, settings.prefix, "s3:GetObject")
        return _no(finding)
    except (SettingsError, OSError, sqlite3.Error, ValueError) as error:
        return _no(Finding("database.busy", "error", f"{type(error).__name__}: {error}"))
    return 0


def step(given: argparse.Namespace) -> dict[str, Any]:
    """The one call that the arguments ask for."""
    if given.step == "plan":
        return {"plan": adopt.plan(given.db, given.artifacts)}
    if given.step == "execute":
        return adopt.execute(given.plan)
    settings = from_environment()
    if given.claim_step == "plan":
        return {"plan": claim.plan(settings)}
    return claim.execute(settings, given.plan)


def _no(finding: Finding) -> int:
    say_findings([finding])
    say("result", ok=False)
    return 1

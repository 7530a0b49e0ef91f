"""The door of ``adopt`` and ``upgrade``: arguments in, JSON lines out."""

import argparse
import json
import sqlite3
from pathlib import Path
from typing import Any

import botocore.exceptions

from stackd.artifacts import s3
from stackd.data import adopt, claim, swap, upgrade
from stackd.report import Finding, say, say_findings
from stackd.settings import SettingsError, from_environment


def main(arguments: list[str]) -> int:
    """``adopt plan --db FILE [--artifacts DIR]``, ``adopt execute --plan JSON``; ``plan`` and ``execute`` also of
    ``adopt claim`` and ``upgrade``.
    """
    parser = argparse.ArgumentParser()
    verbs = parser.add_subparsers(dest="verb", required=True)
    adopting = verbs.add_parser("adopt").add_subparsers(dest="step", required=True)
    planning = adopting.add_parser("plan")
    planning.add_argument("--db", type=Path, required=True)
    planning.add_argument("--artifacts", type=Path)
    adopting.add_parser("execute").add_argument("--plan", type=json.loads, required=True)
    for name, parent in (("claim", adopting), ("upgrade", verbs)):
        steps = parent.add_parser(name).add_subparsers(dest=f"{name}_step", required=True)
        steps.add_parser("plan")
        steps.add_parser("execute").add_argument("--plan", type=json.loads, required=True)
    return run(parser.parse_args(arguments))


def run(given: argparse.Namespace) -> int:
    """Say the result, or the finding that keeps it from happening."""
    try:
        say("result", ok=True, **step(given))
    except swap.Refused as refused:
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
    if given.verb == "upgrade":
        return {"plan": upgrade.plan()} if given.upgrade_step == "plan" else upgrade.execute(given.plan)
    if given.step == "plan":
        return {"plan": adopt.plan(given.db, given.artifacts)}
    if given.step == "execute":
        return adopt.execute(given.plan)
    settings = from_environment()
    return {"plan": claim.plan(settings)} if given.claim_step == "plan" else claim.execute(settings, given.plan)


def _no(finding: Finding) -> int:
    say_findings([finding])
    say("result", ok=False)
    return 1

"""How a verb about data is run: one that only looks has one step; one that changes something has two.

``plan`` only reads, and says what would be done. ``execute`` says the same, then reads from standard input the plan
that was agreed to, and does it only if that is the plan it just said. A person can be asked between the two.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from stackd import failures, words
from stackd.artifacts import faults
from stackd.artifacts.destination import Destination
from stackd.cleaning import removal
from stackd.failures import Refused
from stackd.report import Finding, say, say_findings
from stackd.settings import Settings, SettingsError, from_environment

Given = argparse.Namespace
Fields = dict[str, Any]


@dataclass(frozen=True)
class Look:
    """A verb that changes nothing of what it looks at; ``call`` returns the fields of its result."""

    call: Callable[[Settings, Given], Fields]
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Change:
    """A verb with a plan. Both steps take ``options``.

    ``given.listed`` is what the plan of an execution has listed, and None where only a plan is made.
    """

    plan: Callable[[Settings, Given], Fields]
    execute: Callable[[Settings, Given, Fields], Fields]
    options: tuple[str, ...] = ()


def look(name: str, verb: Look, given: Given) -> int:
    """Run it and say its result, in words too; the exit code."""

    def looked(config: Settings) -> Fields:
        found = verb.call(config, given)
        return {**found, "lines": words.LOOKED[name](found) if name in words.LOOKED else []}

    return _told(looked)


def plan(name: str, verb: Change, given: Given) -> int:
    """Say what would be done; the exit code."""

    def planned(config: Settings) -> Fields:
        given.listed = None
        _say_plan(name, verb.plan(config, given), given)
        return {}

    return _told(planned)


def _say_plan(name: str, planned: Fields, given: Given) -> None:
    """The plan, and beside it what it says to people."""
    say("plan", plan=planned, **asdict(words.QUESTIONS[name](planned, given)))


def execute(name: str, verb: Change, given: Given) -> int:
    """Say what would be done, and do it if standard input agrees; the exit code."""

    def executed(config: Settings) -> Fields:
        given.listed = removal.Listed()
        # As it comes back: JSON knows no tuples.
        planned = json.loads(json.dumps(verb.plan(config, given)))
        _say_plan(name, planned, given)
        said = time.monotonic()
        answer = sys.stdin.buffer.readline().strip()
        if not answer:
            return {"done": False}
        if _parsed(answer) != planned:
            text = "What would be done has changed since it was agreed to: nothing was done"
            raise Refused("plan.changed", text, "", ["run the command again"])
        if time.monotonic() - said > removal.HELD_SECONDS:
            given.listed = removal.Listed()
        done = verb.execute(config, given, planned)
        return {"done": True, **done, "lines": words.DONE[name](planned, done)}

    return _told(executed)


def _parsed(answer: bytes) -> Any:
    try:
        return json.loads(answer)
    except ValueError:
        return None


def _told(call: Callable[[Settings], Fields]) -> int:
    """Say the result, or the finding that keeps it from happening."""
    try:
        config = from_environment()
    except SettingsError as error:
        return _no(*error.findings)
    try:
        say("result", ok=True, **call(config))
    except Refused as refused:
        return _no(refused.finding)
    except faults.RAISED as error:
        return _no(faults.explain(error, config.profile, Destination(config.destination))[0])
    except failures.RAISED as error:
        return _no(failures.explain(error, config.places))
    return 0


def _no(*findings: Finding) -> int:
    say_findings(list(findings))
    say("result", ok=False)
    return 1

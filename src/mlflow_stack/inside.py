"""A verb of the image: JSON lines → progress, findings, result."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mlflow_stack.compose import Bind, Files, Mode, Runner
from mlflow_stack.errors import CommandFailed
from mlflow_stack.findings import Finding
from mlflow_stack.outcome import Outcome
from mlflow_stack.progress import Progress

OnPlan = Callable[[Mapping[str, Any]], object]


@dataclass(frozen=True)
class Verdict:
    """What a verb of the image said. `result` is its last event; `facts` what it knows about profile, destination and
    database.
    """

    findings: tuple[Finding, ...] = ()
    result: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """The image's own word."""
        return self.result.get("ok") is True

    @property
    def facts(self) -> Mapping[str, Any]:
        """Empty where nothing could be found out."""
        return self.result.get("facts") or {}

    @property
    def database(self) -> Mapping[str, Any]:
        """Path, size, revision, experiments, runs; each None where it could not be found out."""
        return self.facts.get("database") or {}


class Reader:
    """Takes stdout line by line. A line that is no event is kept: it is what an error shows. `on_plan` gets what a verb
    is about to do that was agreed to beforehand.
    """

    def __init__(self, progress: Progress, on_plan: OnPlan | None = None) -> None:
        self._progress, self._on_plan = progress, on_plan
        self._findings: list[Finding] = []
        self._result: Mapping[str, Any] | None = None
        self.strays: list[str] = []

    def line(self, text: str) -> None:
        """One line of stdout."""
        event = _event(text)
        kind = event.get("event")
        if kind == "progress":
            total = event.get("total")
            done, unit, label = int(event.get("done") or 0), str(event.get("unit", "")), str(event.get("label", ""))
            self._progress.amount(done, None if total is None else int(total), unit, label)
        elif kind == "finding":
            self._findings.append(Finding.from_json(event))
        elif kind == "plan" and self._on_plan is not None:
            self._on_plan(event["plan"])
        elif kind == "result":
            self._result = event
        elif text.strip():
            self.strays.append(text)

    def verdict(self, outcome: Outcome) -> Verdict:
        """Raises CommandFailed when no result came, or the exit code is neither 0 nor 1: then Compose failed, or the
        verb was not understood.
        """
        if self._result is None or outcome.exit not in (0, 1):
            said = "\n".join([*self.strays, outcome.err])
            raise CommandFailed(Outcome(outcome.argv, outcome.exit, outcome.out, said, outcome.elapsed))
        return Verdict(tuple(self._findings), self._result)


def _event(text: str) -> Mapping[str, Any]:
    try:
        event = json.loads(text)
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


def run_inside(
    runner: Runner,
    files: Files,
    mode: Mode,
    verb: Sequence[str],
    progress: Progress,
    binds: Sequence[Bind] = (),
    on_plan: OnPlan | None = None,
) -> Verdict:
    """Runs a verb in a container of its own. The image's log for people is shown as it comes."""
    reader = Reader(progress, on_plan)
    return reader.verdict(runner.stream(files.inside(mode, verb, binds), reader.line, progress.line))

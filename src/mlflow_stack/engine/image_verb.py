"""Asks the image: runs one of its verbs, and turns its JSON lines into typed events, a plan and a result."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from mlflow_stack.engine.contract import Amount, End, Found, Model, Plan, Planned
from mlflow_stack.engine.process import Outcome, Progress, Runner
from mlflow_stack.errors import COMMAND, Finding, StackError, error

R = TypeVar("R", bound=Model)
P = TypeVar("P", bound=Plan)
Decide = Callable[[Planned], bool]


def never(_: Planned) -> bool:
    """Only plans."""
    return False


@dataclass(frozen=True)
class Said(Generic[P, R]):
    """What a verb of the image said. `ok`: its own word; `lines`: for people; `nothing`: why there is nothing to do.
    `result` is None where it refused, or nothing was agreed; `plan` where the verb has none. `log`: its stderr.
    """

    findings: tuple[Finding, ...] = ()
    ok: bool = False
    plan: P | None = None
    result: R | None = None
    lines: tuple[str, ...] = ()
    nothing: str = ""
    log: str = ""


class Reader(Generic[P, R]):
    """Takes stdout line by line. A line that is no event is kept, for it is what an error shows.
    `decide` is asked once the plan is there, while the image waits; True sends the plan back, and the image executes.
    """

    def __init__(
        self, types: tuple[type[P] | None, type[R]], progress: Progress | None = None, decide: Decide = never
    ) -> None:
        self._types, self._progress, self._decide = types, progress, decide
        self._said: Said[P, R] = Said()
        self._ended = False
        self._strays: list[str] = []
        self.agreed = False

    def line(self, text: str) -> str | None:
        """One line of stdout; what it returns goes to stdin. Raises StackError where an event is not as it is typed."""
        try:
            event = json.loads(text)
            kind = event["event"]
        except (ValueError, TypeError, KeyError):
            self._strays += [text] if text.strip() else []
            return None
        try:
            return self._event(kind, event)
        except ValidationError as problem:
            first = problem.errors()[0]
            what = f"{kind}: {'.'.join(map(str, first['loc']))}: {first['msg']}"
            text = f"The image said something that this checkout does not understand ({what})"
            raise StackError(error("image.stale", text, "", "./stack upgrade"), exit_code=COMMAND) from problem

    def _event(self, kind: str, event: dict[str, Any]) -> str | None:
        plan_type, result_type = self._types
        if kind == "progress" and self._progress:
            told = Amount.model_validate(event)
            self._progress.amount(told.done, told.total, told.unit, told.label)
        elif kind == "finding":
            found = Found.model_validate(event)
            finding = Finding(found.id, found.known_level, found.text, found.where or "", found.fix)
            self._said = replace(self._said, findings=(*self._said.findings, finding))
        elif kind == "plan" and plan_type is not None:
            planned = Planned.model_validate(event)
            self._said = replace(self._said, plan=plan_type.model_validate(planned.plan), nothing=planned.nothing)
            self.agreed = not planned.nothing and self._decide(planned)
            return json.dumps(planned.plan) if self.agreed else ""
        elif kind == "result":
            end = End.model_validate(event)
            fields = {key: value for key, value in event.items() if key not in ("event", "ok", "done", "lines")}
            # A refusal has no fields but its findings; `check` has its facts even then.
            done = end.done if plan_type else end.ok or fields
            result = result_type.model_validate(fields) if done else None
            self._said = replace(self._said, ok=end.ok, result=result, lines=end.lines)
            self._ended = True
        return None

    def said(self, outcome: Outcome) -> Said[P, R]:
        """Raises StackError when no result came, or the exit code is neither 0 nor 1: then Compose failed, or the verb
        was not understood.
        """
        if not self._ended or outcome.exit not in (0, 1):
            raise replace(outcome, err="\n".join([*self._strays, outcome.err])).failure()
        return replace(self._said, log=outcome.err)


def converse(runner: Runner, argv: Sequence[str], reader: Reader[P, R], progress: Progress | None) -> Said[P, R]:
    """Runs what speaks in such events. Its log for people is shown as it comes; silent without `progress`."""

    def answer(text: str) -> str | None:
        reply = reader.line(text)
        runner.changed = runner.changed or reader.agreed
        return reply

    return reader.said(runner.converse(argv, answer, progress))

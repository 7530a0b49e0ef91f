"""What verbs share that change the data: a question before, a server that is stopped meanwhile, and started again."""

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from mlflow_stack.compose import Bind, Mode
from mlflow_stack.errors import CommandFailed, Interrupted, StackError, WorkFailed, whole_database
from mlflow_stack.findings import Finding, errors_of
from mlflow_stack.inside import Verdict
from mlflow_stack.lifecycle import start
from mlflow_stack.progress import Progress
from mlflow_stack.stack import Stack

FOLDER, WRITABLE = "mlartifacts", "/mlartifacts-writable"
"""In S3 mode the image sees ./mlartifacts read-only; a verb that writes both stores gets it a second time."""


@dataclass(frozen=True)
class Question:
    """Shown before a verb acts: `verb` as one types it, `facts` are lines of what will happen, `stays` of what is not
    touched.
    """

    verb: str
    title: str
    facts: tuple[str, ...]
    stays: tuple[str, ...] = ()


Ask = Callable[[Question], bool]
"""Shows the question; False for a dry run or a no. Raises NotAnswered where it cannot ask."""


class Ended(NamedTuple):
    """How it went: `plan` as the image made it, `result` what it did; `done` False: a dry run, a no, or refused.

    `restarted`: the server was stopped for it, and is ready again.
    """

    done: bool
    plan: Mapping[str, Any]
    result: Mapping[str, Any]
    findings: list[Finding]
    restarted: bool = False


class Steps(NamedTuple):
    """The two calls of a verb of the image: `VERB plan PLAN_OPTIONS`, `VERB execute --plan … OPTIONS`."""

    verb: str
    plan_options: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    binds: Sequence[Bind] = ()


def while_stopped(
    stack: Stack,
    mode: Mode,
    running_in: Mode | None,
    steps: Steps,
    question: Callable[[Mapping[str, Any]], Question],
    ask: Ask,
    bound_s: float,
) -> Ended:
    """Plan, ask, stop the server that runs (None: none does), plan anew, execute, start it again.

    Raises CommandFailed.
    """
    planned = stack.inside(mode, steps.verb, "plan", *steps.plan_options, binds=steps.binds)
    plan = planned.result.get("plan") or {}
    if not planned.ok:
        return Ended(False, plan, {}, list(planned.findings))
    asked = question(plan)
    if running_in is not None:
        title = f"The server is stopped for it and started again; {asked.title[:1].lower()}{asked.title[1:]}"
        asked = replace(asked, title=title)
    if not ask(asked):
        return Ended(False, plan, {}, list(planned.findings))
    if running_in is None:
        done = execute(stack, mode, (steps.verb, "execute"), planned, steps.options, steps.binds)
        return Ended(done.ok, plan, done.result, list(done.findings))
    stack.runner.act(stack.files.stop(running_in))
    with coming_back(stack, running_in, asked.verb, bound_s):
        # The plan names the state it was made on, and a server that ends may have changed it.
        planned = stack.inside(mode, steps.verb, "plan", *steps.plan_options, binds=steps.binds)
        done = execute(stack, mode, (steps.verb, "execute"), planned, steps.options, steps.binds)
    ready, found = again(stack, running_in, bound_s)
    return Ended(done.ok, plan, done.result, [*done.findings, *found], ready)


@contextlib.contextmanager
def coming_back(stack: Stack, mode: Mode, verb: str, bound_s: float) -> Iterator[None]:
    """Work for which a server was stopped: where it fails or is interrupted, the server is started again all the same.

    `verb` as one types it. The database is the one of before or the new one, whole: the image's verbs change it in one
    rename. Raises what ended the work, Interrupted for Ctrl-C; each says whether the server is back.
    """
    try:
        yield
    except CommandFailed as error:
        ready, _ = again(stack, mode, bound_s)
        raise WorkFailed(error.outcome, verb, ready) from None
    except KeyboardInterrupt:
        stack.runner.interrupt()
        ready, _ = again(stack, mode, bound_s)
        raise Interrupted(verb, whole_database(ready), f"./stack {verb}") from None


def again(stack: Stack, mode: Mode, bound_s: float) -> tuple[bool, list[Finding]]:
    """Starts a server that was stopped for the work: whether it is ready, and what was found.

    A start that fails must not hide that the work is done, so its error comes as findings.
    """
    try:
        started = start(stack, mode, bound_s)
    except StackError as error:
        return False, error.findings
    if started.ready or errors_of(started.findings):
        return started.ready, started.findings
    where = str(started.log or "")
    return False, [*started.findings, Finding("server.ready", "error", started.reason, where, ("./stack logs",))]


def execute(
    stack: Stack,
    mode: Mode,
    verb: tuple[str, ...],
    planned: Verdict,
    options: tuple[str, ...],
    binds: Sequence[Bind],
    progress: Progress | None = None,
) -> Verdict:
    """The whole plan goes back as one argument: the image refuses where the state it names has changed."""
    if not planned.ok:
        return planned
    return stack.inside(
        mode, *verb, "--plan", json.dumps(planned.result["plan"]), *options, binds=binds, progress=progress
    )

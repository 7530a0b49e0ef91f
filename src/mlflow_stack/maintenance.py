"""What verbs share that change the data: a question before, a server that is stopped meanwhile, and started again."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mlflow_stack.compose import Bind, Mode
from mlflow_stack.errors import StackError
from mlflow_stack.findings import Finding, errors_of
from mlflow_stack.inside import Verdict
from mlflow_stack.lifecycle import start
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
) -> Verdict:
    """The whole plan goes back as one argument: the image refuses where the state it names has changed."""
    if not planned.ok:
        return planned
    return stack.inside(mode, *verb, "--plan", json.dumps(planned.result["plan"]), *options, binds=binds)

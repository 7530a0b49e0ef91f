"""Plan → ask → execute, in one place for all verbs that change something; and a server that is stopped meanwhile."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

from mlflow_stack.engine.argv import Bind
from mlflow_stack.engine.contract import Model, Plan, Planned
from mlflow_stack.engine.image_verb import Decide, P, R, Said
from mlflow_stack.engine.stack import Stack
from mlflow_stack.errors import Finding, as_error, warning
from mlflow_stack.settings import Mode, Settings
from mlflow_stack.verbs.result import Line, Result, row
from mlflow_stack.verbs.server import start_again

WRITABLE = "/mlartifacts-writable"
"""In S3 mode the image sees ./mlartifacts read-only; a verb that writes both stores gets it a second time."""
STOPPING = "Stopping the server: requests that are under way get up to 10 s, then the database is copied"
T = TypeVar("T")


class Question(NamedTuple):
    """Shown before a verb acts: `facts` are lines of what will happen, `stays` of what is not touched."""

    title: str
    facts: Sequence[str]
    stays: Sequence[str] = ()


class Session(NamedTuple):
    """What a verb is given. `ask` shows a question: False for a dry run or a no, and StackError where it cannot ask.
    `local`: the mode where no container says which is in force.
    """

    stack: Stack
    ask: Callable[[Question], bool] = lambda _: False
    local: bool = False
    dry_run: bool = False

    def settings(self) -> Settings:
        """Those in force. Raises StackError."""
        return self.stack.settings_in_force(self.local)


@dataclass(frozen=True)
class Done(Result, Generic[P, R]):
    """`plan` as the image made it, `result` what it did; None: nothing to do, a dry run, a no, or refused.
    `restarted`: the server was stopped for it, and is ready again.
    """

    plan: P | None = None
    result: R | None = None
    restarted: bool = False

    def fields(self) -> dict[str, Any]:
        """The envelope's fields of every verb with a plan."""
        plan, result = (each if each is None else each.model_dump(mode="json") for each in (self.plan, self.result))
        done = self.result is not None
        return {"done": done, "plan": plan, "result": result, "restarted": self.restarted, **super().fields()}


@dataclass(frozen=True)
class Change(Generic[P, R]):
    """A verb of the image that plans and executes. `not_done`: what is said after a no or a refusal.
    `options` are of both steps; `stays`: what the image cannot know.
    """

    verb: tuple[str, ...]
    not_done: str
    types: tuple[type[P], type[R]]
    options: Sequence[str] = ()
    binds: Sequence[Bind] = ()
    stays: Sequence[str] = ()
    found: list[Finding] = field(default_factory=list)

    def run(self, stack: Stack, settings: Settings, step: str, decide: Decide) -> Said[P, R]:
        """One step in a container of its own; `execute` asks `decide` between its plan and the rest."""
        return stack.ask(settings, self.types, (*self.verb, step, *self.options), decide, self.binds)

    def question(self, planned: Planned, before: str = "") -> Question:
        """What the image says of its plan."""
        return Question(f"{before}{planned.title}", planned.facts, (*planned.stays, *self.stays))

    def ended(self, said: Said[P, R], after: Sequence[Finding] = (), restarted: bool = False) -> Done[P, R]:
        """In words."""
        first, *rest = said.lines if said.result else (said.nothing or self.not_done,)
        lines = [Line(first, "good" if said.result else ""), *map(row, rest)]
        findings = [*self.found, *said.findings, *after]
        return Done(lines, findings, plan=said.plan, result=said.result, restarted=restarted)


def change(verb: str, not_done: str, options: Sequence[str] = (), binds: Sequence[Bind] = ()) -> Change[Plan, Model]:
    """One whose plan and result only the image and --json look into."""
    return Change(tuple(verb.split()), not_done, (Plan, Model), options, binds=binds)


def look(session: Session, settings: Settings, *verb: str, binds: Sequence[Bind] = ()) -> Result:
    """A verb of the image that only looks, in its own words. Builds nothing. Raises StackError."""
    found = session.stack.need_image(settings, looks=True)
    said: Said[Plan, Model] = session.stack.ask(settings, (None, Model), verb, binds=binds)
    return Result(list(map(row, said.lines)), [*found, *said.findings], said.result, None if said.ok else 1)


def carry_out(session: Session, settings: Settings, change: Change[P, R]) -> Done[P, R]:
    """Plan, ask and execute in one container, beside a server that keeps running. Raises StackError.
    A dry run only plans.
    """
    change.found.extend(session.stack.need_image(settings, looks=session.dry_run))
    step = "plan" if session.dry_run else "execute"
    return change.ended(change.run(session.stack, settings, step, lambda plan: session.ask(change.question(plan))))


def carry_out_alone(session: Session, settings: Settings, change: Change[P, R]) -> Done[P, R]:
    """Plan, ask, stop the server where it runs, plan again, execute, start it. Raises StackError."""
    stack, container = session.stack, session.stack.container(settings)
    if container is None or not container.running:
        return carry_out(session, settings, change)
    change.found.extend(stack.need_image(settings, looks=session.dry_run))
    agreed: list[bool] = []
    before = "The server is stopped for this and started again. "

    def decide(planned: Planned) -> bool:
        agreed.append(session.ask(change.question(planned, before)))
        return False

    said, mode = change.run(stack, settings, "plan", decide), container.mode
    if not any(agreed):
        return change.ended(said)
    work: Callable[[], Said[P, R]] = lambda: change.run(stack, settings, "execute", lambda _: True)  # noqa: E731
    said, ready, after = while_stopped(stack, mode, " ".join(change.verb), work)
    return change.ended(said, after, ready)


def while_stopped(stack: Stack, mode: Mode, verb: str, work: Callable[[], T]) -> tuple[T, bool, list[Finding]]:
    """`work` while no server runs: its value, whether the server is ready again, and what was found at that.

    Whatever ends it (an error of the stop itself, a signal, a bug), the server is started again, and the error that is
    raised then says whether that worked and, where not, what starts it.
    """
    try:
        stack.progress.step(STOPPING)
        stack.runner.act(stack.compose.stop(mode))
        value = work()
    except BaseException as raised:
        stack.runner.interrupt()
        ended = as_error(raised, verb, changed=True, crashes=stack.own_folder)
        ready, found = start_again(stack, mode, interrupted=True)
        found += [warning("server.ready", "The server runs again")] if ready else []
        raise ended.with_findings(*found) from raised
    return value, *start_again(stack, mode)

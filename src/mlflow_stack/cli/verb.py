"""What every verb of the command line has: shared options, a session, one result or error shown, one exit code."""

import inspect
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import typer

from mlflow_stack.cli.options import EXTRA_FILES, DryRun, ExtraFiles, IfNoContainer, Json, ProjectName, Yes
from mlflow_stack.engine.argv import Compose
from mlflow_stack.engine.stack import Stack
from mlflow_stack.errors import AGAIN, Interrupted, StackError, as_error, error
from mlflow_stack.output.commands import typed
from mlflow_stack.output.console import Show
from mlflow_stack.verbs.plan import Question, Session
from mlflow_stack.verbs.result import Result
from mlflow_stack.verbs.server import state_finding

ROOT = Path(__file__).resolve().parents[3]
Work = Callable[..., Result]


class Shared(NamedTuple):
    """The options that stand before or behind the verb, and the whole command line."""

    argv: tuple[str, ...] = ()
    as_json: bool = False
    project_name: str | None = None
    files: tuple[Path, ...] = ()

    def merged(self, as_json: bool, project_name: str | None, files: Sequence[Path] | None) -> "Shared":
        """With those of the other side of the verb."""
        more = (*self.files, *(files or ()))
        return Shared(self.argv, as_json or self.as_json, project_name or self.project_name, more)


def verb(
    app: typer.Typer,
    name: str,
    work: Work,
    text: str,
    options: Mapping[str, Any] = MappingProxyType({}),
    asks: bool = False,
    in_mode: bool = True,
) -> None:
    """Adds a verb: `work` gets a Session and those of `options` that are its parameters; shared ones are added here.

    `asks`: it changes something, so it takes --yes and --dry-run. `in_mode`: it acts in the mode in force, and takes
    --disable-s3 for the time when there is no container. A `name` of "": the app's own verb, which does nothing where
    one of its steps is called (`backup verify`).
    """

    def run(
        context: typer.Context,
        as_json: bool,
        project_name: str | None,
        file: list[Path] | None,
        local: bool = False,
        yes: bool = False,
        dry_run: bool = False,
        **own: Any,
    ) -> None:
        shared = (context.obj or Shared()).merged(as_json, project_name, file)
        if context.invoked_subcommand is not None:
            sources = [context.get_parameter_source(key) for key in (*own, "local")]
            if any(source and source.name == "COMMANDLINE" for source in sources):
                raise typer.BadParameter(f"{context.command.name} {context.invoked_subcommand} takes no such option")
            context.obj = shared
            return
        words = tuple(context.command_path.split()[1:])
        raise typer.Exit(act(shared, words, lambda session: work(session, **own), local, yes, dry_run))

    own = [
        each.replace(annotation=options[key])
        for key, each in inspect.signature(work).parameters.items()
        if key in options
    ]
    added: dict[str, tuple[Any, Any]] = {
        "context": (typer.Context, inspect.Parameter.empty),
        **({"local": (IfNoContainer, False)} if in_mode else {}),
        **({"yes": (Yes, False), "dry_run": (DryRun, False)} if asks else {}),
        "as_json": (Json, False),
        "project_name": (ProjectName, None),
        "file": (ExtraFiles, None),
    }
    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [each.replace(kind=keyword) for each in own]
    parameters += [inspect.Parameter(key, keyword, default=each[1], annotation=each[0]) for key, each in added.items()]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    added_to = app.command(name, help=text) if name else app.callback(invoke_without_command=True, help=text)
    added_to(run)


def act(
    shared: Shared, words: tuple[str, ...], work: Work, local: bool = False, yes: bool = False, dry_run: bool = False
) -> int:
    """Runs one verb, and shows its result or whatever ended it: the one place that decides an exit code."""
    named = [Path(part).resolve() for part in os.environ.get(EXTRA_FILES, "").split(":") if part]
    files = tuple(dict.fromkeys((*named, *shared.files)))
    line = typed(shared.argv, words, ROOT, files, os.environ)
    show = Show(shared.as_json, line)
    stack = Stack(ROOT, Compose(files, shared.project_name), show.progress)
    try:
        for path in (path for path in named if not path.is_file()):
            raise StackError(error("usage.extra-file", f"A file of {EXTRA_FILES} does not exist", str(path)))
        return show.result(work(Session(stack, asking(show, dry_run, yes), local, dry_run)))
    except typer.BadParameter:
        raise
    except BaseException as raised:
        stack.runner.interrupt()
        ended = as_error(raised, line.name or "stack", stack.runner.changed, stack.own_folder)
        if isinstance(raised, KeyboardInterrupt) and stack.runner.changed:
            ended = ended.with_findings(state_finding(stack, "local" if local else "s3"))
        return show.error(ended)


def asking(show: Show, dry_run: bool, yes: bool) -> Callable[[Question], bool]:
    """Shows the question, and answers it from --dry-run, --yes or the terminal.

    Raises StackError where there is no terminal, Interrupted for Ctrl-C and Ctrl-D.
    """

    def ask(question: Question) -> bool:
        show.question(question)
        if dry_run or yes:
            return not dry_run
        if show.as_json or sys.stdin is None or not sys.stdin.isatty():
            text = f"`{show.typed.name}` asks before it acts, and there is no terminal to ask on"
            raise StackError(error("usage.not-answered", text, "", f"{AGAIN} --dry-run", f"{AGAIN} --yes"))
        try:
            return typer.confirm("Continue?", err=True)
        except typer.Abort as ended:
            raise Interrupted from ended

    return ask

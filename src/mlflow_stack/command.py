"""What every verb of the command line has: its options, a session, one show, one exit code."""

import functools
import inspect
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from mlflow_stack.compose import Files
from mlflow_stack.errors import ExtraFileMissing, FileUnusable, Interrupted, NotAnswered, StackError
from mlflow_stack.maintenance import Ask, Question
from mlflow_stack.show import Show
from mlflow_stack.stack import Stack
from mlflow_stack.text import Result

ROOT = Path(__file__).resolve().parents[2]
EXTRA_FILES = "MLFLOW_STACK_FILES"
READY_WITHIN_S = 90.0

Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, also for errors; progress on stderr.")]
ProjectName = Annotated[
    str | None, typer.Option("--project-name", help="Compose project, to run beside another one.", metavar="NAME")
]
ExtraFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--file",
        help=f"Compose file that adds services; repeatable; also {EXTRA_FILES}, separated by colons.",
        metavar="EXTRA.yml",
    ),
]
DisableS3 = Annotated[
    bool, typer.Option("--disable-s3", help="Artifacts in ./mlartifacts; nothing of AWS is mounted, set or read.")
]
ModeWithout = Annotated[
    bool, typer.Option("--disable-s3", help="Local mode, where no container says which mode is in force.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would happen, and do nothing.")]
Timeout = Annotated[float, typer.Option("--timeout", help="Seconds to wait for the server to be ready.", min=1)]


class Shared(NamedTuple):
    """The options that stand before or behind the verb."""

    as_json: bool = False
    project_name: str | None = None
    files: tuple[Path, ...] = ()


class Session(NamedTuple):
    """What a verb gets."""

    stack: Stack
    show: Show


def command(work: Callable[..., Result]) -> Callable[..., None]:
    """Adds the shared options to a verb, gives it a Session, shows its result or its error, and exits with its code.

    A verb that has steps of its own (`backup verify`) does nothing where one of them is called.
    """

    @functools.wraps(work)
    def run(
        context: typer.Context, as_json: bool, project_name: str | None, file: list[Path] | None, **own: Any
    ) -> None:
        given = merged(context.obj, as_json, project_name, file)
        if context.invoked_subcommand is not None:
            context.obj = given
            return
        show = Show(given.as_json)
        try:
            files = Files(extra_files(given.files, os.environ), given.project_name)
            session = Session(Stack(ROOT, files, show.progress), show)
            raise typer.Exit(show.result(work(session, **own)))
        except StackError as error:
            raise typer.Exit(show.error(error, work.__name__)) from None
        except OSError as error:
            unusable = FileUnusable(str(error.filename or ""), error.strerror or str(error))
            raise typer.Exit(show.error(unusable, work.__name__)) from None
        except KeyboardInterrupt:
            raise typer.Exit(
                show.error(
                    Interrupted(work.__name__, "nothing is known to have changed", f"./stack {work.__name__}"),
                    work.__name__,
                )
            ) from None

    own = [each for name, each in inspect.signature(work).parameters.items() if name != "session"]
    shared = [
        inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context),
        inspect.Parameter("as_json", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=Json),
        inspect.Parameter("project_name", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=ProjectName),
        inspect.Parameter("file", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=ExtraFiles),
    ]
    parameters = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in [*own, *shared]]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    del run.__wrapped__
    return run


def merged(before: Shared, as_json: bool, project_name: str | None, file: Sequence[Path] | None) -> Shared:
    """The shared options of both sides of a verb."""
    return Shared(as_json or before.as_json, project_name or before.project_name, (*before.files, *(file or ())))


def extra_files(given: Sequence[Path], environment: "os._Environ[str] | dict[str, str]") -> tuple[Path, ...]:
    """Absolute paths, those of the variable first. Raises ExtraFileMissing."""
    named = [Path(part) for part in environment.get(EXTRA_FILES, "").split(":") if part]
    for path in [*named, *given]:
        if not path.is_file():
            raise ExtraFileMissing(path)
    return tuple(path.resolve() for path in [*named, *given])


def asking(show: Show, dry_run: bool, yes: bool) -> Ask:
    """Shows the question, and answers it from --dry-run, --yes or the terminal; raises NotAnswered where there
    is none.
    """

    def ask(question: Question) -> bool:
        show.question(question)
        if dry_run or yes:
            return not dry_run
        if not sys.stdin.isatty() or show.as_json:
            raise NotAnswered(question.verb)
        return typer.confirm("Go on?", err=True)

    return ask

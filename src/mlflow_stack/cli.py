"""The verbs: parse, one call, one show."""

import functools
import inspect
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from mlflow_stack import bootstrap as bootstrapping
from mlflow_stack import data, lifecycle
from mlflow_stack import doctor as doctoring
from mlflow_stack import smoke as smoking
from mlflow_stack import status as asking_status
from mlflow_stack import ui as opening
from mlflow_stack.compose import Files
from mlflow_stack.data import Question
from mlflow_stack.errors import BadArguments, ExtraFileMissing, FileUnusable, Interrupted, NotAnswered, StackError
from mlflow_stack.show import Result, Show
from mlflow_stack.stack import Stack

ROOT = Path(__file__).resolve().parents[2]
EXTRA_FILES = "MLFLOW_STACK_FILES"
READY_WITHIN_S = 90.0

app = typer.Typer(
    name="stack",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="MLflow on Docker Compose: artifacts in S3, or without AWS in ./mlartifacts.",
    epilog="Exit codes: 0 ok, 1 findings or unhealthy, 2 usage or settings, 3 Docker or Compose unusable, "
    "4 a compose command failed.",
)

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


@app.callback()
def main_options(
    context: typer.Context, as_json: Json = False, project_name: ProjectName = None, file: ExtraFiles = None
) -> None:
    """Options before the verb; each verb takes them too."""
    context.obj = Shared(as_json, project_name, tuple(file or ()))


def verb(work: Callable[..., Result]) -> Callable[..., None]:
    """Adds the shared options to a verb, gives it a Session, shows its result or its error, and exits with its code."""

    @functools.wraps(work)
    def run(
        context: typer.Context, as_json: bool, project_name: str | None, file: list[Path] | None, **own: Any
    ) -> None:
        before: Shared = context.obj
        as_json = as_json or before.as_json
        show = Show(as_json)
        try:
            files = Files(extra_files((*before.files, *(file or ())), os.environ), project_name or before.project_name)
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
    return app.command()(run)


def extra_files(given: Sequence[Path], environment: "os._Environ[str] | dict[str, str]") -> tuple[Path, ...]:
    """Absolute paths, those of the variable first. Raises ExtraFileMissing."""
    named = [Path(part) for part in environment.get(EXTRA_FILES, "").split(":") if part]
    for path in [*named, *given]:
        if not path.is_file():
            raise ExtraFileMissing(path)
    return tuple(path.resolve() for path in [*named, *given])


def asking(show: Show, dry_run: bool, yes: bool) -> data.Ask:
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


@verb
def start(session: Session, disable_s3: DisableS3 = False, timeout: Timeout = READY_WITHIN_S) -> Result:
    """Start MLflow, and build it if needed; switches the mode of a running server."""
    return lifecycle.start(session.stack, "local" if disable_s3 else "s3", timeout)


@verb
def stop(session: Session) -> Result:
    """Stop MLflow; nothing is removed."""
    return lifecycle.stop(session.stack)


@verb
def restart(session: Session, timeout: Timeout = READY_WITHIN_S) -> Result:
    """Make the server anew in its mode, with the settings of now."""
    return lifecycle.restart(session.stack, timeout)


@verb
def status(session: Session, disable_s3: ModeWithout = False) -> Result:
    """Mode, URL, health, versions, uptime, memory, sizes."""
    return asking_status.status(session.stack, disable_s3)


@verb
def ui(session: Session) -> Result:
    """Open MLflow in the browser; prints the URL where there is no display."""
    return opening.ui(session.stack, None if session.show.as_json else opening.browser())


@verb
def logs(
    session: Session,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as lines come.")] = False,
    tail: Annotated[str, typer.Option("--tail", help="Number of lines, or `all`.")] = "all",
) -> Result:
    """The server's log."""
    return lifecycle.logs(session.stack, follow, tail, session.show.as_json, session.show.print_line)


@verb
def smoke(session: Session) -> Result:
    """Run, parameter, metric and three files through the public URL; up, listed, down, compared, deleted."""
    return smoking.smoke(session.stack.running_settings("smoke"))


@verb
def doctor(session: Session, disable_s3: ModeWithout = False) -> Result:
    """Everything that is known about what may be wrong, with the mend."""
    return doctoring.doctor(session.stack, disable_s3)


@verb
def destroy(session: Session, disable_s3: ModeWithout = False, yes: Yes = False, dry_run: DryRun = False) -> Result:
    """Remove container and volumes, the database with them; mlartifacts/, backups/ and S3 stay."""
    return data.destroy(session.stack, disable_s3, asking(session.show, dry_run, yes))


@verb
def adopt(
    session: Session,
    db: Annotated[
        Path | None, typer.Option("--db", help="Database of a native server; it is only read.", metavar="mlflow.db")
    ] = None,
    artifacts: Annotated[
        Path | None, typer.Option("--artifacts", help="Its artifact folder, copied to mlartifacts/.", metavar="DIR")
    ] = None,
    claim: Annotated[
        bool, typer.Option("--claim", help="Write the owner marker on a prefix that is already in use.")
    ] = False,
    disable_s3: ModeWithout = False,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> Result:
    """Take over the runs of a native `mlflow server`, or a prefix in S3."""
    ask = asking(session.show, dry_run, yes)
    return data.adopt(session.stack, db, artifacts, claim, disable_s3, ask, READY_WITHIN_S)


@verb
def upgrade(session: Session, disable_s3: ModeWithout = False, yes: Yes = False, dry_run: DryRun = False) -> Result:
    """Bring a database that an older MLflow has written to this one's schema; the old one stays in backups/."""
    return data.upgrade(session.stack, disable_s3, asking(session.show, dry_run, yes), READY_WITHIN_S)


@verb
def bootstrap(session: Session, disable_s3: ModeWithout = False) -> Result:
    """Get Compose and a base image where no container registry is in reach; nothing where nothing is missing."""
    return bootstrapping.bootstrap(session.stack, disable_s3)


def main(argv: Sequence[str]) -> int:
    """Runs one command line; returns its exit code. The parser's own errors get the envelope as well."""
    try:
        code = app(list(argv), prog_name="stack", standalone_mode=False)
    except typer.Exit as done:
        return done.exit_code
    except typer.Abort:
        return Interrupted.exit_code
    except Exception as error:
        message = getattr(error, "format_message", None)
        if message is None:
            raise
        given = next((part for part in argv if not part.startswith("-")), "")
        return Show("--json" in argv).error(BadArguments(message(), given), given)
    return code if isinstance(code, int) else 0

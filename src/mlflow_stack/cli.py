"""The verbs: parse, one call, one show."""

from collections.abc import Sequence
from typing import Annotated

import typer

from mlflow_stack import bootstrap as bootstrapping
from mlflow_stack import cli_data, lifecycle
from mlflow_stack import doctor as doctoring
from mlflow_stack import smoke as smoking
from mlflow_stack import status as asking_status
from mlflow_stack import ui as opening
from mlflow_stack.command import (
    READY_WITHIN_S,
    DisableS3,
    ExtraFiles,
    Json,
    ModeWithout,
    ProjectName,
    Session,
    Shared,
    Timeout,
    command,
)
from mlflow_stack.errors import BadArguments, Interrupted
from mlflow_stack.show import Show
from mlflow_stack.text import Result

app = typer.Typer(
    name="stack",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="MLflow on Docker Compose: artifacts in S3, or without AWS in ./mlartifacts.",
    epilog="Exit codes: 0 ok, 1 findings or unhealthy, 2 usage or settings, 3 Docker or Compose unusable, "
    "4 a compose command failed.",
)


@app.callback()
def main_options(
    context: typer.Context, as_json: Json = False, project_name: ProjectName = None, file: ExtraFiles = None
) -> None:
    """Options before the verb; each verb takes them too."""
    context.obj = Shared(as_json, project_name, tuple(file or ()))


@app.command()
@command
def start(session: Session, disable_s3: DisableS3 = False, timeout: Timeout = READY_WITHIN_S) -> Result:
    """Start MLflow, and build it if needed; switches the mode of a running server."""
    return lifecycle.start(session.stack, "local" if disable_s3 else "s3", timeout)


@app.command()
@command
def stop(session: Session) -> Result:
    """Stop MLflow; nothing is removed."""
    return lifecycle.stop(session.stack)


@app.command()
@command
def restart(session: Session, timeout: Timeout = READY_WITHIN_S) -> Result:
    """Make the server anew in its mode, with the settings of now."""
    return lifecycle.restart(session.stack, timeout)


@app.command()
@command
def status(session: Session, disable_s3: ModeWithout = False) -> Result:
    """Mode, URL, health, versions, uptime, memory, sizes."""
    return asking_status.status(session.stack, disable_s3)


@app.command()
@command
def ui(session: Session) -> Result:
    """Open MLflow in the browser; prints the URL where there is no display."""
    return opening.ui(session.stack, None if session.show.as_json else opening.browser())


@app.command()
@command
def logs(
    session: Session,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as lines come.")] = False,
    tail: Annotated[str, typer.Option("--tail", help="Number of lines, or `all`.")] = "all",
) -> Result:
    """The server's log."""
    return lifecycle.logs(session.stack, follow, tail, session.show.as_json, session.show.print_line)


@app.command()
@command
def smoke(session: Session) -> Result:
    """Run, parameter, metric and three files through the public URL; up, listed, down, compared, deleted."""
    return smoking.smoke(session.stack.running_settings("smoke"))


@app.command()
@command
def doctor(session: Session, disable_s3: ModeWithout = False) -> Result:
    """Everything that is known about what may be wrong, with the mend."""
    return doctoring.doctor(session.stack, disable_s3)


@app.command()
@command
def bootstrap(session: Session, disable_s3: ModeWithout = False) -> Result:
    """Get Compose and a base image where no container registry is in reach; nothing where nothing is missing."""
    return bootstrapping.bootstrap(session.stack, disable_s3)


app.add_typer(cli_data.app)


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

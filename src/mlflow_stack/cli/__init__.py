"""The command line: typer and nothing else."""

import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from mlflow_stack.cli import data, server
from mlflow_stack.cli.options import ExtraFiles, Json, ProjectName, Version
from mlflow_stack.cli.verb import ROOT, Shared, act
from mlflow_stack.errors import StackError, as_error, catch_signals, error
from mlflow_stack.output.commands import SHARED, Typed
from mlflow_stack.output.console import Show
from mlflow_stack.verbs.version import version

app = typer.Typer(
    name="stack",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="MLflow on Docker Compose: artifacts in S3, or without AWS in ./mlartifacts.",
    epilog="Exit codes: 0 ok, 1 findings or unhealthy, 2 usage or settings, 3 Docker or Compose unusable, "
    "4 a command failed, 70 a bug of this program, 128 + N ended by signal N (130: Ctrl-C).",
)


@app.callback(invoke_without_command=True)
def main_options(
    context: typer.Context,
    show_version: Version = False,
    as_json: Json = False,
    project_name: ProjectName = None,
    file: ExtraFiles = None,
) -> None:
    """Options before the verb; each verb takes them too."""
    context.obj = (context.obj or Shared()).merged(as_json, project_name, file)
    if show_version:
        raise typer.Exit(act(context.obj, (), version))
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


server.add_to(app)
data.add_to(app)


def main(argv: Sequence[str]) -> int:
    """Runs one command line; returns its exit code. The parser's own errors get the envelope as well."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # Closed by the caller.
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115 - as long as the process lives
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # A character that the terminal lacks is shown as `?`.
    catch_signals()
    try:
        code = app(list(argv), prog_name="stack", standalone_mode=False, obj=Shared(tuple(argv)))
    except typer.Exit as done:
        code = done.exit_code
    except SystemExit as done:  # How click ends `--install-completion`.
        code = done.code
    except BaseException as raised:
        message, verb, ended = getattr(raised, "format_message", None), _verb_of(argv), raised
        if message is not None:
            ended = StackError(error("usage.arguments", message(), "", " ".join(["./stack", *verb, "--help"])))
        shown = as_error(ended, "stack", changed=False, crashes=ROOT / ".stack")
        code = Show("--json" in argv, Typed(verb=verb)).error(shown)
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.flush()
    return code if isinstance(code, int) else 0


def _verb_of(argv: Sequence[str]) -> tuple[str, ...]:
    """The verb's words, for the help page of a command line that does not parse."""
    commands, words, rest = getattr(typer.main.get_command(app), "commands", {}), list[str](), iter(argv)
    for word in rest:
        if word in SHARED:
            next(rest, None)
        elif word in commands:
            words.append(word)
            commands = getattr(commands[word], "commands", {})
    return tuple(words)

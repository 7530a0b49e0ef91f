"""The verbs about the server: each with its options, by the names of the function's parameters."""

import typer

from mlflow_stack.cli.options import DisableS3, Follow, Tail, Timeout
from mlflow_stack.cli.verb import verb
from mlflow_stack.verbs import bootstrap, doctor, server, smoke, status, ui, upgrade
from mlflow_stack.verbs.plan import Session
from mlflow_stack.verbs.result import Result
from mlflow_stack.verbs.server import READY_WITHIN_S


def start(session: Session, disable_s3: bool = False, timeout: float = READY_WITHIN_S) -> Result:
    """In the mode that --disable-s3 says, whatever was before."""
    return server.start(session.stack, "local" if disable_s3 else "s3", timeout)


def restart(session: Session, timeout: float = READY_WITHIN_S) -> Result:
    """In the mode of the container."""
    return server.restart(session.stack, timeout)


def logs(session: Session, follow: bool = False, tail: str = "all") -> Result:
    """Does not come back."""
    return server.logs(session.stack, follow, tail)


def add_to(app: typer.Typer) -> None:
    """In the order of the help page."""
    options = {"disable_s3": DisableS3, "timeout": Timeout}
    verb(app, "start", start, "Start MLflow, or switch its mode; builds the image if needed.", options, in_mode=False)
    verb(app, "stop", lambda session: server.stop(session.stack), "Stop MLflow; nothing is removed.", in_mode=False)
    verb(app, "restart", restart, "Recreate the server with the current settings.", options, in_mode=False)
    verb(app, "status", status.status, "Show mode, URL, health, versions, memory and sizes.")
    open_page = "Open MLflow in the browser, or print its URL."
    verb(app, "ui", lambda session: ui.ui(session.stack, ui.browser()), open_page, in_mode=False)
    verb(app, "logs", logs, "Print the server's log.", {"follow": Follow, "tail": Tail}, in_mode=False)
    verb(app, "smoke", smoke.smoke, "Log, upload, download and delete once, as a client.", in_mode=False)
    verb(app, "doctor", doctor.doctor, "Diagnose everything, with a fix for each problem.")
    verb(app, "bootstrap", bootstrap.bootstrap, "Prepare a host that reaches no registry.", in_mode=False)
    verb(app, "upgrade", upgrade.upgrade, "Bring server and database to this checkout's version.", asks=True)

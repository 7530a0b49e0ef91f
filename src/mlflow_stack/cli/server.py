"""The verbs about the server: options, one call."""

import typer

from mlflow_stack.cli.options import DisableS3, Follow, Tail, Timeout
from mlflow_stack.cli.verb import verb
from mlflow_stack.verbs import bootstrap, doctor, server, smoke, status, ui, upgrade
from mlflow_stack.verbs.plan import Session
from mlflow_stack.verbs.result import Result
from mlflow_stack.verbs.server import READY_WITHIN_S


def start(session: Session, disable_s3: DisableS3 = False, timeout: Timeout = READY_WITHIN_S) -> Result:
    return server.start(session.stack, "local" if disable_s3 else "s3", timeout)


def stop(session: Session) -> Result:
    return server.stop(session.stack)


def restart(session: Session, timeout: Timeout = READY_WITHIN_S) -> Result:
    return server.restart(session.stack, timeout)


def open_ui(session: Session) -> Result:
    return ui.ui(session.stack, ui.browser())


def logs(session: Session, follow: Follow = False, tail: Tail = "all") -> Result:
    return server.logs(session.stack, follow, tail)


def add_to(app: typer.Typer) -> None:
    """In the order of the help page."""
    verb(app, "start", start, "Start MLflow, or switch its mode; builds the image if needed.", in_mode=False)
    verb(app, "stop", stop, "Stop MLflow; nothing is removed.", in_mode=False)
    verb(app, "restart", restart, "Recreate the server with the current settings.", in_mode=False)
    verb(app, "status", status.status, "Show mode, URL, health, versions, memory and sizes.")
    verb(app, "ui", open_ui, "Open MLflow in the browser, or print its URL.", in_mode=False)
    verb(app, "logs", logs, "Print the server's log.", in_mode=False)
    verb(app, "smoke", smoke.smoke, "Log, upload, download and delete once, as a client.", in_mode=False)
    verb(app, "doctor", doctor.doctor, "Diagnose everything, with a fix for each problem.")
    verb(app, "bootstrap", bootstrap.bootstrap, "Prepare a host that reaches no registry.", in_mode=False)
    verb(app, "upgrade", upgrade.upgrade, "Bring server and database to this checkout's version.", asks=True)

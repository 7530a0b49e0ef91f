"""artifacts diff, push, pull: files of runs made offline, to S3 and back."""

from typing import Literal

from mlflow_stack.engine.argv import Bind
from mlflow_stack.verbs.plan import WRITABLE, Session, carry_out, change, look
from mlflow_stack.verbs.result import Result

Direction = Literal["push", "pull"]


def diff(session: Session) -> Result:
    """Always in S3 mode: local mode knows one store only. Raises StackError."""
    return look(session, session.stack.settings_of("s3"), "artifacts", "diff")


def copy(session: Session, direction: Direction) -> Result:
    """What differs, and nothing over something newer. Raises StackError."""
    pulls = direction == "pull"
    binds = [Bind(session.stack.root / "mlartifacts", WRITABLE, writable=True)] if pulls else []
    options = ("--direction", direction, *(("--folder", WRITABLE) if pulls else ()))
    settings = session.stack.settings_of("s3")
    return carry_out(session, settings, change("artifacts", "Nothing was copied", options, binds))

"""cleanup: what MLflow marks as deleted is removed, with its files."""

from mlflow_stack.engine.argv import Bind
from mlflow_stack.verbs.plan import WRITABLE, Session, carry_out, change
from mlflow_stack.verbs.result import Result


def cleanup(session: Session, older_than: int = 30 * 86400, experiment: str = "", registered: bool = False) -> Result:
    """Files and rows of what has been marked deleted for `older_than` seconds, beside the running server.
    Raises StackError.
    """
    settings = session.settings()
    # In S3 mode ./mlartifacts is read-only, and a run made offline has its files there.
    binds = [Bind(session.stack.root / "mlartifacts", WRITABLE, writable=True)] if settings.mode == "s3" else []
    options = ["--older-than", str(older_than), *(("--experiment", experiment) if experiment else ())]
    options += [*(("--registered",) if registered else ()), *(("--also", WRITABLE) if binds else ())]
    return carry_out(session, settings, change("cleanup", "Nothing was removed", options, binds))

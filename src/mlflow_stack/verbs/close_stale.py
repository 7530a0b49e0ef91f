"""close-stale: runs that a crash left RUNNING are ended."""

from mlflow_stack.verbs.plan import Session, carry_out, change
from mlflow_stack.verbs.result import Result


def close_stale(session: Session, older_than: int = 86400) -> Result:
    """Runs that are RUNNING and have logged nothing for `older_than` seconds; beside the server. Raises StackError."""
    options = ("--older-than", str(older_than))
    return carry_out(session, session.settings(), change("stale", "No run was ended", options))

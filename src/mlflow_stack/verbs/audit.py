"""audit and usage: the database against the store, and who uses how much."""

from mlflow_stack.verbs.plan import Session, carry_out, change, look
from mlflow_stack.verbs.result import Result


def usage(session: Session) -> Result:
    """Lists the whole destination. Raises StackError."""
    return look(session, session.settings(), "usage")


def audit(session: Session) -> Result:
    """Lists the whole destination, and reads the newest snapshot's list where there is one. Raises StackError."""
    return look(session, session.settings(), "audit")


def delete_orphans(session: Session, older_than: int) -> Result:
    """What no run, model or trace owns and is `older_than` seconds old; a list is kept first. Raises StackError."""
    options = ("--older-than", str(older_than))
    return carry_out(session, session.settings(), change("orphans", "Nothing was removed", options))

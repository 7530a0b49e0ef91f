"""keys rotate: webhook secrets and gateway keys are encrypted with a new key."""

from mlflow_stack.verbs.plan import Session, carry_out_alone, change
from mlflow_stack.verbs.result import Result


def rotate(session: Session) -> Result:
    """Stops the server, encrypts in one transaction, starts it. Raises StackError."""
    return carry_out_alone(session, session.settings(), change("keys rotate", "No key was made"))

"""compact: space that deleted runs have left in the database is given back."""

from mlflow_stack.verbs.plan import Session, carry_out_alone, change
from mlflow_stack.verbs.result import Result


def compact(session: Session) -> Result:
    """Stops the server, rewrites the database, compares, swaps, starts. Raises StackError."""
    return carry_out_alone(session, session.settings(), change("compact", "Nothing was compacted"))

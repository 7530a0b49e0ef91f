"""users: a way back for an administrator whose password nobody knows any more."""

from mlflow_stack.verbs.plan import Session, carry_out, change
from mlflow_stack.verbs.result import Result


def reset_admin(session: Session) -> Result:
    """The password is what MLFLOW_ADMIN_PASSWORD_FILE holds, from then on; beside a server. Raises StackError."""
    return carry_out(session, session.settings(), change("users reset-admin", "No password was changed"))

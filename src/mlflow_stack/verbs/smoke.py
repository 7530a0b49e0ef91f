"""smoke: the main job once through, by `scripts/smoke.py`, which any client machine can run as well."""

import sys

from mlflow_stack.engine.contract import Model, Plan
from mlflow_stack.engine.image_verb import Reader, converse
from mlflow_stack.verbs.plan import Session
from mlflow_stack.verbs.result import Line, Result
from mlflow_stack.verbs.server import existing


def smoke(session: Session) -> Result:
    """Run, parameter, metric, three files up, listed, down, deleted; one finding a step. Raises StackError."""
    settings, _ = existing(session.stack, "smoke")
    argv = (sys.executable, "-P", "scripts/smoke.py", settings.probe_url)
    said = converse(session.stack.runner, argv, Reader[Plan, Model]((None, Model)), None)
    return Result([Line(f"Smoke test of {settings.url}")], list(said.findings), said.result)

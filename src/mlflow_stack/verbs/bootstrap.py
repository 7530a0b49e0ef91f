"""bootstrap: what a host that reaches no registry needs, by `scripts/bootstrap.sh`, which alone knows Debian."""

from mlflow_stack.engine.contract import Model, Plan
from mlflow_stack.engine.image_verb import Reader, converse
from mlflow_stack.errors import COMMAND, DOCKER, StackError, errors_of
from mlflow_stack.verbs.plan import Session
from mlflow_stack.verbs.result import Result

SCRIPT = ("sh", "scripts/bootstrap.sh")


def bootstrap(session: Session) -> Result:
    """Compose, Buildx and a base image, where one is missing. Raises StackError (exit 3, 4)."""
    stack = session.stack
    docker = errors_of(stack.docker_findings())
    broken = [each for each in docker if not each.id.startswith("docker.compose-")]
    if broken:
        raise StackError(*broken, exit_code=DOCKER)
    in_force = ["", ""]
    if not docker:
        settings = stack.settings("local")
        in_force = [settings.python_image, str(settings.files["BUILD_CA_BUNDLE"] or "")]
    reader = Reader[Plan, Model]((None, Model), stack.progress)
    said = converse(stack.runner, (*SCRIPT, *in_force), reader, stack.progress)
    if not said.ok:
        docker_is_at_fault = any(each.id.startswith("docker.") for each in errors_of(said.findings))
        raise StackError(*said.findings, exit_code=DOCKER if docker_is_at_fault else COMMAND)
    return Result((), list(said.findings), said.result)

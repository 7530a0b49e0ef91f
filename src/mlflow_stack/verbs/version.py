"""--version: of this program, of MLflow, and what the image was built from."""

from mlflow_stack.engine.contract import Model
from mlflow_stack.errors import StackError
from mlflow_stack.verbs.plan import Session
from mlflow_stack.verbs.result import Line, Result


def version(session: Session) -> Result:
    """Works without Docker: then the image is unknown, and why."""
    stack = session.stack
    mlflow = "unknown"
    try:
        settings = stack.settings("local")
        mlflow = settings.own_image.rpartition(":")[2]
        found = stack.engine.image(settings.image)
        built = "these files" if stack.image_finding(settings).level == "ok" else "other files"
        image = f"{settings.image} is not built yet"
        if found is not None:
            image = f"{settings.image} {found.id.removeprefix('sha256:')[:12]}, built from {built}"
    except StackError as failed:
        image = f"unknown: {failed}"
    said = Model.model_validate({"stack": stack.version, "mlflow": mlflow, "image": image})
    return Result([Line(f"mlflow-stack {stack.version}, MLflow {mlflow}, image {image}")], data=said)

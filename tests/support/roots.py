"""Everything that has an artifact root, with files in it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from support.rest import Rest
from support.stack import Stack

# One of everything that has an artifact root, and an experiment whose runs lie where their owner wanted them.
EVERYTHING = """
import json
import mlflow

experiment = mlflow.set_experiment("roots").experiment_id
with mlflow.start_run() as run:
    pass
model = mlflow.initialize_logged_model(name="a-model")
with mlflow.start_span("a-span") as span:
    pass
mlflow.flush_trace_async_logging()
trace = mlflow.get_trace(span.trace_id)
found = mlflow.get_experiment_by_name("custom")
location = "mlflow-artifacts:/custom/place"
custom = found.experiment_id if found else mlflow.create_experiment("custom", artifact_location=location)
with mlflow.start_run(experiment_id=custom) as elsewhere:
    pass
uris = {
    "run": run.info.artifact_uri,
    "model": model.artifact_location,
    "trace": trace.info.tags["mlflow.artifactLocation"],
    "custom": elsewhere.info.artifact_uri,
}
print(json.dumps({name: uri.removeprefix("mlflow-artifacts:/") for name, uri in uris.items()}))
"""


@dataclass(frozen=True)
class Roots:
    """Artifact roots relative to the destination, each with files `keep.bin`, `gone.bin` and `gone.bin.not`."""

    run: str
    model: str
    trace: str
    custom: str

    @property
    def experiment(self) -> str:
        """The experiment of run, model and trace."""
        return self.run.split("/")[0]

    def __iter__(self) -> Iterator[str]:
        yield from (self.run, self.model, self.trace, self.custom)


def everything(stack: Stack) -> Roots:
    """One of every root, with files, logged in the mode in force."""
    roots = Roots(**json.loads(stack.client(EVERYTHING).stdout.splitlines()[-1]))
    for root in roots:
        for name in ("keep.bin", "gone.bin", "gone.bin.not"):
            Rest(stack).stored(f"{root}/{name}", secrets.token_bytes(100))
    return roots

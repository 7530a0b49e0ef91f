"""The main job: a run of a plain client without a credential, its files where the mode says."""

from __future__ import annotations

import json

from support.stack import Stack

RUN = """
import json, pathlib, sys
import mlflow

mlflow.set_experiment("test")
with mlflow.start_run() as run:
    mlflow.log_param("test", "value")
    mlflow.log_metric("loss", 0.5)
    pathlib.Path("model.bin").write_bytes(sys.argv[1].encode() * 100_000)
    mlflow.log_artifact("model.bin", "files")
    assert run.info.artifact_uri.startswith("mlflow-artifacts:/"), run.info.artifact_uri
print(json.dumps([run.info.experiment_id, run.info.run_id]))
"""

READ = """
import pathlib, sys
import mlflow

run = mlflow.get_run(sys.argv[1])
assert run.data.params == {"test": "value"} and run.data.metrics == {"loss": 0.5}, run.data
path = mlflow.artifacts.download_artifacts(run_id=sys.argv[1], artifact_path="files/model.bin")
assert pathlib.Path(path).read_bytes() == sys.argv[2].encode() * 100_000
"""


def logged(stack: Stack, letter: str) -> tuple[str, str]:
    """Log a run whose file is 100,000 times a letter; experiment and run id."""
    experiment, run = json.loads(stack.client(RUN, letter).stdout.splitlines()[-1])
    return experiment, run


def test_runs_of_both_modes_are_where_they_belong_and_stay_readable(stack: Stack) -> None:
    stack.up("s3")
    experiment, in_s3 = logged(stack, "s")
    assert stack.objects()[f"{experiment}/{in_s3}/artifacts/files/model.bin"] == 100_000
    assert not [name for name in stack.files() if name.endswith("model.bin")]

    stack.up("local")
    experiment, in_folder = logged(stack, "f")
    assert stack.files()[f"{experiment}/{in_folder}/artifacts/files/model.bin"] == 100_000
    stack.client(READ, in_folder, "f")

    stack.up("s3")
    stack.client(READ, in_s3, "s")
    stack.client(READ, in_folder, "f")

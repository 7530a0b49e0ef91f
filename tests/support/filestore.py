"""Runs in a file store (`./mlruns`), as a plain client logs them that knows no server; and read back from one."""

from __future__ import annotations

import json
from typing import Any

from support.stack import Stack

LOG = """
import json, os, pathlib, sys
os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
import mlflow

root, own = map(pathlib.Path, sys.argv[1:])
mlflow.set_tracking_uri(f"file://{root}/mlruns")
client = mlflow.MlflowClient()
body = os.urandom(100_000)
files = root / "files"
(files / "deep").mkdir(parents=True)
(files / "model.bin").write_bytes(body)
(files / "deep/é.txt").write_bytes(b"accents")


def run(experiment):
    made = client.create_run(experiment).info
    client.log_param(made.run_id, "net/depth", "3")
    for step in range(3):
        client.log_metric(made.run_id, "loss", 1 / (step + 1), timestamp=step, step=step)
    client.set_tag(made.run_id, "team", "basket world")
    client.log_artifacts(made.run_id, str(files))
    return made


kept = client.create_experiment("kept")
first, deleted = run(kept), run(kept)
client.delete_run(deleted.run_id)
gone = client.create_experiment("gone")
lost = run(gone)
client.delete_experiment(gone)
elsewhere = run(client.create_experiment("elsewhere", artifact_location=f"file://{own}"))
client.create_registered_model("net")
client.create_model_version("net", f"{first.artifact_uri}/deep", first.run_id)
client.set_registered_model_alias("net", "best", "1")
model = client.create_logged_model(kept, name="logged")
client.log_model_artifacts(model.model_id, str(files))
client.finalize_logged_model(model.model_id, "READY")
print(json.dumps({
    "runs": [each.run_id for each in (first, deleted, lost, elsewhere)], "model": model.model_id, "gone": gone,
    "deleted": deleted.run_id,
}))
"""

READ = """
import hashlib, json, pathlib, sys
import mlflow

said = json.loads(sys.argv[1])
client = mlflow.MlflowClient()
client.restore_experiment(said["gone"])
client.restore_run(said["deleted"])


def files(folder):
    top = pathlib.Path(folder)
    return {str(each.relative_to(top)): hashlib.sha256(each.read_bytes()).hexdigest()
            for each in sorted(top.rglob("*")) if each.is_file()}


runs = []
for number, identity in enumerate(said["runs"]):
    run = client.get_run(identity)
    points = [(each.step, each.timestamp, each.value) for each in client.get_metric_history(identity, "loss")]
    place = mlflow.artifacts.download_artifacts(run_id=identity, dst_path=f"down{number}")
    runs.append([run.data.params, run.data.tags.get("team"), points, files(place), run.info.artifact_uri])
model = mlflow.artifacts.download_artifacts(f"models:/{said['model']}", dst_path="model")
version = mlflow.artifacts.download_artifacts("models:/net@best", dst_path="version")
print(json.dumps({"runs": runs, "model": files(model), "version": files(version)}))
"""


def logged(stack: Stack, root: str, own: str) -> dict[str, Any]:
    """Make `root`/mlruns and `root`/files: runs, one of them deleted, one of a deleted experiment, and one of an
    experiment whose files are in `own`; a registered model and a logged one.
    """
    said: dict[str, Any] = json.loads(stack.client(LOG, root, own).stdout.splitlines()[-1])
    return said


def read(stack: Stack, said: dict[str, Any]) -> dict[str, Any]:
    """The same from the stack's server: of each run params, tag, points, files as SHA-256, address."""
    found: dict[str, Any] = json.loads(stack.client(READ, json.dumps(said)).stdout.splitlines()[-1])
    return found

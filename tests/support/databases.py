"""Databases of an older MLflow, made by MLflow's own migrations."""

from __future__ import annotations

from pathlib import Path

from support.docker import docker
from support.stack import Stack
from support.working_copy import USER

PYTHON = "/opt/mlflow/bin/python"
# Makes an empty database and takes its schema back to what an older MLflow has left, by the migrations themselves.
OLDER = """
import sys, sqlalchemy
from alembic import command
from alembic.script import ScriptDirectory
from mlflow.store.db import utils

uri = f"sqlite:///{sys.argv[1]}"
config = utils._get_alembic_config(uri)
older = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()][25]
engine = sqlalchemy.create_engine(uri)
utils.InitialBase.metadata.create_all(engine)
with engine.begin() as connection:
    config.attributes["connection"] = connection
    command.upgrade(config, older)
with engine.begin() as connection:
    for statement in (
        "INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage)"
        " VALUES (7, 'older', 'mlflow-artifacts:/7', 'active')",
        "INSERT INTO runs (run_uuid, name, status, lifecycle_stage, experiment_id, artifact_uri, start_time,"
        " user_id, source_type) VALUES"
        " ('a1', 'r', 'FINISHED', 'active', 7, 'mlflow-artifacts:/7/a1/artifacts', 1, 'ada', 'LOCAL')",
        "INSERT INTO registered_models (name, creation_time, last_updated_time) VALUES ('m', 1, 1)",
        "INSERT INTO model_versions (name, version, creation_time, last_updated_time, source, current_stage, status)"
        " VALUES ('m', 1, 1, 1, 'mlflow-artifacts:/7/a1/artifacts/m', 'None', 'READY')",
        "INSERT INTO registered_model_aliases (name, alias, version) VALUES ('m', 'best', 1)",
    ):
        connection.execute(sqlalchemy.text(statement))
print(older)
"""


def older_database(stack: Stack) -> str:
    """Put a database of an older MLflow into the stack's volume; its revision."""
    python = ("run", "--rm", "--no-deps", "--no-TTY", "--entrypoint", PYTHON, "mlflow", "-c", OLDER, "/data/mlflow.db")
    return stack.compose(*python, mode="local").stdout.split()[-1]


def older_native_database(image: str, folder: Path) -> str:
    """Put one into a folder of this host as `mlflow.db`, which belongs to USER; its revision."""
    place = ("--user", f"{USER}:{USER}", "--env", "HOME=/tmp", "--volume", f"{folder}:/native", "--entrypoint", PYTHON)
    return docker("run", "--rm", *place, image, "-c", OLDER, "/native/mlflow.db").stdout.split()[-1]

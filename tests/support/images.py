"""The images of the tests, built once on a machine and used by every stack of a session."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from mlflow_stack.engine.image import source_hash
from support import docker
from support.working_copy import ROOT


def build_inputs() -> dict[str, str]:
    """PYTHON_IMAGE and BUILD_CA_BUNDLE in force in the tester's tree: .env and environment, resolved by Compose."""
    shown = subprocess.run(
        ["docker", "compose", "-f", "docker-compose.local.yml", "config", "--format", "json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    config = json.loads(shown)
    return {
        "PYTHON_IMAGE": config["services"]["mlflow"]["build"]["args"]["PYTHON_IMAGE"],
        "BUILD_CA_BUNDLE": config["secrets"]["ca_bundle"]["file"],
    }


def compose_build(tree: Path, file: str, inputs: dict[str, str], *options: str) -> None:
    """Build the images of a compose file of a tree; raises AssertionError with the builder's whole output."""
    done = subprocess.run(
        ["docker", "compose", "--project-directory", str(tree), "-f", str(tree / file), "build", *options],
        env={**os.environ, **inputs},
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    assert done.returncode == 0, f"{file} does not build:\n{done.stdout}{done.stderr}"


def build_server(tree: Path, inputs: dict[str, str]) -> None:
    """Build the stack's image unless the local one is of this source, as `start` would decide it."""
    source = source_hash(tree / "mlflow")
    image = server_image(tree, inputs)
    if docker.image_label(image, "mlflow-stack.source") != source:
        compose_build(tree, "docker-compose.local.yml", inputs, "--build-arg", f"SOURCE_HASH={source}", "mlflow")


def server_image(tree: Path, inputs: dict[str, str]) -> str:
    """The name of the stack's image."""
    shown = subprocess.run(
        ["docker", "compose", "-f", "docker-compose.local.yml", "config", "--images"],
        cwd=tree,
        env={**os.environ, **inputs},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return shown.split()[0]

"""One experiment for another team, as docs/data.md shows it: what the page says to count is equal on both sides."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from support.databases import PYTHON
from support.docker import docker
from support.documented import blocks
from support.images import server_image
from support.rest import Rest
from support.stack import NewStack, Stack
from support.working_copy import USER, own

PAGE = "docs/data.md"
EXPERIMENT = "basketworld"


@pytest.fixture(scope="module")
def lines() -> list[str]:
    """What the page says to type: pip's line, then one for each server."""
    (block,) = [text for text in blocks(PAGE, "text") if "export-experiment" in text]
    return block.splitlines()


@pytest.fixture(scope="module")
def package(lines: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the page installs beside MLflow, which is in the image already."""
    folder = tmp_path_factory.mktemp("package")
    wanted = [each for each in shlex.split(lines[0])[2:] if not each.startswith("mlflow==")]
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), *wanted)
    subprocess.run(pip, check=True, timeout=300)
    return folder


def typed(line: str, servers: tuple[Stack, Stack], image: str, package: Path, folder: Path) -> str:
    """A line of the page, in a process that has nothing of this stack but the URL; its output."""
    ours, theirs = servers
    setting, script, *options = shlex.split(line)
    url = setting.replace("localhost:5000", f"127.0.0.1:{ours.port}").replace("THEIRS:5000", f"127.0.0.1:{theirs.port}")
    module = f"mlflow_export_import.experiment.{script.replace('-', '_')}"
    mounts = ("--volume", f"{package}:/package:ro", "--volume", f"{folder}:/work", "--workdir", "/work")
    who = ("--user", f"{USER}:{USER}", "--env", "HOME=/tmp", "--env", "PYTHONPATH=/package", "--env", url)
    done = docker(
        *("run", "--rm", "--network", "host", *who, *mounts, "--entrypoint", PYTHON, image, "-m", module, *options),
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_what_the_page_says_to_count_is_the_same_on_both_sides(
    new_stack: NewStack, tree: Path, images: dict[str, str], lines: list[str], package: Path, tmp_path: Path
) -> None:
    """And a run that did not come is seen, for the recipe can stop early and still end with exit 0."""
    servers = ours, theirs = new_stack(s3=False), new_stack(s3=False)
    for stack in servers:
        stack.up("local")
    rest = Rest(ours)
    experiment = rest.experiment(EXPERIMENT)
    for number in range(3):
        run = rest.run(experiment)
        rest.post("runs/log-parameter", run_id=run, key="depth", value=str(number))
        for step in range(5):
            rest.post("runs/log-metric", run_id=run, key="loss", value=1.0, timestamp=step, step=step)
        rest.stored(f"{experiment}/{run}/artifacts/deep/{number}.bin", bytes([number]) * 1000)
    own(tmp_path)
    for line in lines[1:]:
        typed(line, servers, server_image(tree, images), package, tmp_path)
    (counting,) = [text for text in blocks(PAGE, "python") if "sys.argv" in text]
    said = ours.client(counting, ours.url, theirs.url, EXPERIMENT).stdout
    assert said.split(": ")[1].strip() == "(3, 3, 15, 3) (3, 3, 15, 3)"

    identity = Rest(theirs).post("runs/search", experiment_ids=["1"])["runs"][0]["info"]["run_id"]
    Rest(theirs).post("runs/delete", run_id=identity)
    said = ours.client(counting, ours.url, theirs.url, EXPERIMENT).stdout
    assert said.split(": ")[1].strip() == "(3, 3, 15, 3) (2, 2, 10, 2)"

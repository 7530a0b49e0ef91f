"""A stack that has an image's name to itself, so that a test can have two of them, and one that is broken."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support import docker
from support.killed import at_work
from support.stack import Stack
from support.waiting import wait_until
from support.working_copy import USER
from support.wrapped import Told, told

SHARED = "mlflow-stack/server:3.17.2"
# Belongs to the source and gets into no layer, as the lines at the end of the Dockerfile: such a build takes a second.
CHANGED = "mlflow/overrides.txt"
END = 'CMD ["serve"]'
# What is broken in a new image → what its Dockerfile ends with.
BROKEN = {
    # The server waits until this is fixed, the verbs do not.
    "upgrade.smoke": f"ENV MLFLOW_SERVER_ENABLE_JOB_EXECUTION=true\n{END}",
    "upgrade.build": f"RUN echo broken on purpose && false\n{END}",
}


@contextmanager
def image_of_its_own(stack: Stack) -> Iterator[str]:
    """Give the server's image another name in the stack's copy of the tree; its tags are removed in the end."""
    name = f"mlflow-stack/{stack.project}"
    path = stack.folder / "docker-compose.yml"
    path.write_text(path.read_text(encoding="utf-8").replace(SHARED, f"{name}:3.17.2"), encoding="utf-8")
    docker.docker("tag", SHARED, f"{name}:3.17.2")
    try:
        yield f"{name}:3.17.2"
    finally:
        docker.remove_project(stack.project)
        docker.docker("image", "rm", "--force", *tags(name))


def tags(name: str) -> list[str]:
    """Every `name:tag` that there is."""
    return docker.docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", name).stdout.split()


def change(stack: Stack, text: str = "") -> None:
    """Another source of the image, which does the same."""
    path = stack.folder / CHANGED
    path.write_text(path.read_text(encoding="utf-8") + f"# changed {text}\n", encoding="utf-8")


def break_it(stack: Stack, finding: str) -> None:
    """Another source, which is red where the finding says."""
    _replace(stack, END, BROKEN[finding])


def fix_it(stack: Stack, finding: str) -> None:
    """As it was before `break_it`."""
    _replace(stack, BROKEN[finding], END)


def _replace(stack: Stack, old: str, new: str) -> None:
    path = stack.folder / "mlflow/Dockerfile"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def put_database(stack: Stack, database: Path) -> None:
    """A database of this host in place of the volume's own, as its owner's; the server is stopped."""
    script = (
        "import os, shutil, sys\n"
        "for name in ('mlflow.db-wal', 'mlflow.db-shm'):\n"
        "    os.path.exists(f'/data/{name}') and os.unlink(f'/data/{name}')\n"
        "shutil.copyfile('/given/' + sys.argv[1], '/data/mlflow.db')\n"
    )
    place = ("--user", f"{USER}:{USER}", "--volume", f"{database.parent}:/given:ro")
    python = ("--entrypoint", "/opt/mlflow/bin/python", "mlflow", "-c", script, database.name)
    stack.compose("run", "--rm", "--no-deps", "--no-TTY", *place, *python)


def killed_upgrade(stack: Stack, after: float, wrapper: bool) -> Told:
    """An upgrade whose wrapper, or container of the verb, is killed some seconds after it began; then a second one.

    Raises StackFailedError where the second one does not end well.
    """
    argv = [sys.executable, "-m", "mlflow_stack", "upgrade", "--yes"]
    with subprocess.Popen(
        argv,
        cwd=stack.folder,
        env=stack.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        if wrapper:
            time.sleep(after)
            process.kill()
        else:
            wait_until(
                lambda: at_work(stack, "upgrade execute") or process.poll() is not None, stack, "execute runs", 120
            )
            time.sleep(after)
            for container in stack.one_offs():
                docker.docker("kill", container, check=False)
        process.wait(300)
    return told(stack, "upgrade", "--yes")

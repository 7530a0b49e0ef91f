"""A verb of the image that is killed in the middle."""

from __future__ import annotations

import subprocess
import sys
import time

from support import docker
from support.stack import Stack
from support.waiting import wait_until


def killed(stack: Stack, after: float, *verb: str) -> bool:
    """Run a verb and kill its container some seconds after it was there; whether that kept it from ending well."""
    argv = [sys.executable, "-m", "mlflow_stack", *verb]
    environment = stack.environment
    with subprocess.Popen(
        argv,
        cwd=stack.folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        wait_until(lambda: bool(stack.one_offs()) or process.poll() is not None, stack, f"{verb} runs", 60)
        time.sleep(after)
        for container in stack.one_offs():
            docker.docker("kill", container, check=False)
        process.communicate(timeout=120)
        return process.returncode != 0

"""A verb of the image that is killed in the middle."""

from __future__ import annotations

import subprocess
import sys
import time

from support import docker
from support.stack import Stack
from support.waiting import wait_until


def killed(stack: Stack, after: float, *verb: str, call: str = "execute") -> bool:
    """Run a verb and kill its container some seconds after one that runs the call `call` was there; whether that kept
    it from ending well. A verb that has no such call names its own; the plan before it changes nothing.
    """
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
        wait_until(lambda: at_work(stack, call) or process.poll() is not None, stack, f"{verb} runs", 60)
        time.sleep(after)
        for container in stack.one_offs():
            docker.docker("kill", container, check=False)
        process.communicate(timeout=120)
        return process.returncode != 0


def at_work(stack: Stack, call: str) -> bool:
    """Whether a container of the stack runs that call of the image, such as `upgrade execute`."""
    commands = [docker.docker("inspect", "--format", "{{.Config.Cmd}}", each, check=False) for each in stack.one_offs()]
    return any(call in each.stdout for each in commands)

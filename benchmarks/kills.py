"""A command of the wrapper that is killed with SIGKILL: the container of its verb, or the wrapper itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from watched import following

from support import docker
from support.stack import Stack

END_SECONDS = 900.0
PAUSE = 0.01
Target = Literal["container", "wrapper"]


@dataclass
class Ran:
    """A container of a verb: when it began, by the monotonic clock, and for how many seconds it ran; None: it runs."""

    container: str
    began: float
    seconds: float | None = None


class Watch:
    """The containers of a project's verbs, in the order of their starts, as the engine tells of them."""

    def __init__(self) -> None:
        self.ran: list[Ran] = []

    def follow(self, stream: Iterator[str]) -> None:
        """Take the engine's events, one JSON object a line, until they end."""
        for line in stream:
            event, now = json.loads(line), time.monotonic()
            if event["Action"] == "start":
                self.ran.append(Ran(str(event["id"]), now))
            else:
                for each in self.ran:
                    if each.container == event["id"]:
                        each.seconds = now - each.began


@contextmanager
def watching(project: str) -> Iterator[Watch]:
    """Those that start inside the block."""
    watch = Watch()
    with following(project, watch.follow):
        yield watch


@dataclass(frozen=True)
class Course:
    """Of a command that nobody disturbs: its seconds, and those of each container of its verb."""

    seconds: float
    containers: tuple[float, ...]

    def __str__(self) -> str:
        return f"{self.seconds:.1f} s, its containers {', '.join(f'{each:.1f}' for each in self.containers)}"


@dataclass(frozen=True)
class Moment:
    """What is killed, and when: seconds after the command, or the container of this number, began."""

    target: Target
    seconds: float
    container: int = 0

    def __str__(self) -> str:
        which = f" {self.container + 1}" if self.target == "container" else ""
        return f"{self.target}{which} at {self.seconds:.2f} s"


def moment_of(course: Course, target: Target, share: float) -> Moment:
    """`share` (0 to 1) of the time that what is killed runs, which for the containers is all of theirs together."""
    if target == "wrapper":
        return Moment(target, share * course.seconds)
    at, number = share * sum(course.containers), 0
    while at > course.containers[number]:
        at, number = at - course.containers[number], number + 1
    return Moment(target, at, number)


@dataclass(frozen=True)
class Killed:
    """`hit`: it ran when it was killed; without, `course` is that of a command undisturbed. `code` is the wrapper's,
    `said` what it wrote.
    """

    hit: bool
    course: Course
    code: int
    said: str


def run(stack: Stack, watch: Watch, verb: tuple[str, ...], moment: Moment | None) -> Killed:
    """Run a command and kill what the moment names; returns when all that it had started has ended too.

    Without the wrapper its verb continues in its container, as it does when the wrapper gets SIGKILL.
    """
    before, began = len(watch.ran), time.monotonic()
    with _started(stack, verb) as (process, said):
        hit = moment is not None and _kill(process, watch, before, began, moment)
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired as error:
            process.kill()
            raise RuntimeError(f"{' '.join(verb)} does not end\n{said()}") from error
        seconds = time.monotonic() - began
        _settle(stack, process)
        containers = tuple(each.seconds or 0.0 for each in watch.ran[before:])
        return Killed(hit, Course(seconds, containers), process.returncode, said())


def _kill(process: subprocess.Popen[bytes], watch: Watch, before: int, began: float, moment: Moment) -> bool:
    """Whether what the moment names, of the containers behind the `before` first ones, ran when it was killed."""
    if moment.target == "wrapper":
        _wait(process, began + moment.seconds)
        hit = process.poll() is None
        process.kill()
        return hit
    number = before + moment.container
    while len(watch.ran) <= number and process.poll() is None:
        time.sleep(PAUSE)
    if len(watch.ran) <= number:
        return False
    chosen = watch.ran[number]
    _wait(process, chosen.began + moment.seconds)
    # A container that has ended is removed, or no longer running: then docker says no.
    return docker.docker("kill", chosen.container, check=False).returncode == 0


@contextmanager
def _started(stack: Stack, verb: tuple[str, ...]) -> Iterator[tuple[subprocess.Popen[bytes], Callable[[], str]]]:
    """In a session of its own, so that what it has started can be found after it is gone."""
    with tempfile.TemporaryFile() as output:

        def said() -> str:
            output.seek(0)
            return output.read().decode(errors="replace")

        argv = [sys.executable, "-m", "mlflow_stack", *verb]
        with subprocess.Popen(
            argv,
            cwd=stack.folder,
            env=stack.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process:
            yield process, said


def _wait(process: subprocess.Popen[bytes], until: float) -> None:
    while time.monotonic() < until and process.poll() is None:
        time.sleep(PAUSE)


def _settle(stack: Stack, process: subprocess.Popen[bytes]) -> None:
    """Until no process of the command and no container of its verb runs. Raises RuntimeError after END_SECONDS."""
    until = time.monotonic() + END_SECONDS
    while _lives(process.pid) or any(_running(container) for container in stack.one_offs()):
        if time.monotonic() > until:
            raise RuntimeError(f"what a killed command had started runs on and on\n{stack.logs(50)}")
        time.sleep(0.2)


def _lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _running(container: str) -> bool:
    state = docker.docker("inspect", "--format", "{{.State.Running}}", container, check=False)
    return state.stdout.strip() == "true"

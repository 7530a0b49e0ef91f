"""Alone starts processes: argv → Outcome, or CommandFailed(outcome). The builders of argv beside it are pure."""

import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, NamedTuple

from mlflow_stack.errors import CommandFailed
from mlflow_stack.outcome import Outcome
from mlflow_stack.progress import Progress

Mode = Literal["s3", "local"]
SERVICE = "mlflow"
MODE_FILES: dict[Mode, str] = {"s3": "docker-compose.yml", "local": "docker-compose.local.yml"}
"""One file a mode: the local one extends the first."""

KEPT_LINES = 20_000
GRACE_S = 10.0
"""How long a child may take to end by itself after Ctrl-C."""
TIMED_OUT = 124
NOT_FOUND = 127

OnLine = Callable[[str], None]


class Bind(NamedTuple):
    """A folder of this host that a verb of the image sees at `target`, read-only unless it says `writable`."""

    source: Path
    target: str
    writable: bool = False

    def __str__(self) -> str:
        return f"{self.source}:{self.target}" + ("" if self.writable else ":ro")


@dataclass(frozen=True)
class Files:
    """Which Compose files, under which project name; `extra` are absolute paths."""

    extra: tuple[Path, ...] = ()
    project_name: str | None = None

    def argv(self, mode: Mode, *rest: str) -> tuple[str, ...]:
        """`docker compose …`; the stack's own file by its bare name, so that labels equal those of `docker compose`
        typed by hand.
        """
        name = ("--project-name", self.project_name) if self.project_name else ()
        extra = tuple(part for path in self.extra for part in ("-f", str(path)))
        return ("docker", "compose", *name, "-f", MODE_FILES[mode], *extra, *rest)

    def without_extra(self) -> "Files":
        """The stack's own file alone."""
        return Files((), self.project_name)

    def config(self, mode: Mode) -> tuple[str, ...]:
        """The resolved settings, as JSON."""
        return self.argv(mode, "config", "--format", "json")

    def config_hash(self, mode: Mode) -> tuple[str, ...]:
        """`mlflow HASH`, as Compose writes it on the container it makes."""
        return self.argv(mode, "config", "--hash", SERVICE)

    def build(self, mode: Mode, source_hash: str) -> tuple[str, ...]:
        """Builds the image, in lines and not in a drawing that only a terminal can show."""
        return self.argv(mode, "--progress", "plain", "build", "--build-arg", f"SOURCE_HASH={source_hash}", SERVICE)

    def up(self, mode: Mode) -> tuple[str, ...]:
        """Makes and starts what is missing or has changed, services of extra files with it."""
        return self.argv(mode, "--progress", "plain", "up", "--detach")

    def recreate(self, mode: Mode) -> tuple[str, ...]:
        """Makes the server anew in any case; services of extra files are left alone."""
        return self.argv(mode, "--progress", "plain", "up", "--detach", "--force-recreate", "--no-deps", SERVICE)

    def start_as_it_is(self, mode: Mode) -> tuple[str, ...]:
        """Starts the container that is there, with the image and the settings it was made with."""
        return self.argv(mode, "--progress", "plain", "start", SERVICE)

    def stop(self, mode: Mode, *services: str) -> tuple[str, ...]:
        """Stops and removes nothing: a volume without a container would be taken by `docker volume prune` of an older
        engine.
        """
        return self.argv(mode, "--progress", "plain", "stop", *services)

    def down_volumes(self, mode: Mode) -> tuple[str, ...]:
        """Removes containers, network and the named volumes."""
        return self.argv(mode, "--progress", "plain", "down", "--volumes")

    def logs(self, mode: Mode, follow: bool, tail: str) -> tuple[str, ...]:
        """The server's log; `tail` a number of lines or `all`."""
        return self.argv(mode, "logs", "--no-log-prefix", "--tail", tail, *(("--follow",) if follow else ()), SERVICE)

    def inside(self, mode: Mode, verb: Sequence[str], binds: Sequence[Bind] = ()) -> tuple[str, ...]:
        """A verb of the image in a container of its own, by the one entrypoint that drops rights."""
        volumes = tuple(part for bind in binds for part in ("-v", str(bind)))
        return self.argv(mode, "run", "--rm", "--no-deps", "-T", *volumes, SERVICE, *verb)


def compose_version() -> tuple[str, ...]:
    """`2.26.1`, `v2.24.4-desktop.1`."""
    return ("docker", "compose", "version", "--short")


def buildx_version() -> tuple[str, ...]:
    """`github.com/docker/buildx v0.13.1 …`."""
    return ("docker", "buildx", "version")


def pull(image: str) -> tuple[str, ...]:
    """A question to the engine, not to this host's network: the two may see different registries."""
    return ("docker", "pull", image)


def tag(image: str, reference: str) -> tuple[str, ...]:
    """A further name for an image; one that the reference had is nameless."""
    return ("docker", "tag", image, reference)


def untag(reference: str) -> tuple[str, ...]:
    """Takes a name away, and the image with it where it was the last one and no container has it."""
    return ("docker", "image", "rm", reference)


def kill(container: str) -> tuple[str, ...]:
    """Ends a container at once, and removes it."""
    return ("docker", "rm", "--force", container)


class Runner:
    """Runs one argv at a time or from several threads; `interrupt` ends them all."""

    def __init__(self, root: Path, progress: Progress) -> None:
        self._root, self._progress = root, progress
        self._running: set[subprocess.Popen[str]] = set()

    def query(self, argv: Sequence[str], timeout: float | None = 60.0) -> Outcome:
        """Reads something: not echoed, and any exit code is an answer. `timeout` in seconds, exit 124."""
        return self._run(argv, None, None, timeout)

    def stream(self, argv: Sequence[str], on_out: OnLine, on_err: OnLine) -> Outcome:
        """Echoed; both outputs are handed on line by line; any exit code is an answer."""
        self._progress.command(argv)
        return self._run(argv, on_out, on_err, None)

    def act(self, argv: Sequence[str], timeout: float | None = None) -> Outcome:
        """Echoed, its lines shown. Raises CommandFailed on another exit code than 0."""
        self._progress.command(argv)
        outcome = self._run(argv, self._progress.line, self._progress.line, timeout)
        if outcome.exit != 0:
            raise CommandFailed(outcome)
        return outcome

    def interrupt(self) -> None:
        """Asks every running child to end (Compose then stops and removes its one-off containers), waits, then
        kills.
        """
        children = list(self._running)
        for child in children:
            child.send_signal(signal.SIGINT)
        deadline = time.monotonic() + GRACE_S
        for child in children:
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    def _run(self, argv: Sequence[str], on_out: OnLine | None, on_err: OnLine | None, timeout: float | None) -> Outcome:
        began = time.monotonic()
        out: deque[str] = deque(maxlen=KEPT_LINES)
        err: deque[str] = deque(maxlen=KEPT_LINES)
        try:
            child = subprocess.Popen(
                list(argv),
                cwd=self._root,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="replace",
            )
        except FileNotFoundError as error:
            return Outcome(tuple(argv), NOT_FOUND, "", f"{error.filename}: command not found", 0.0)
        self._running.add(child)
        readers = [_reader(child.stdout, out, on_out), _reader(child.stderr, err, on_err)]
        try:
            exit_code = child.wait(timeout)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            exit_code = TIMED_OUT
            err.append(f"no end after {timeout:g} s\n")
        except KeyboardInterrupt:
            self.interrupt()
            raise
        finally:
            self._running.discard(child)
        for reader in readers:
            reader.join(GRACE_S)
        return Outcome(tuple(argv), exit_code, "".join(out), "".join(err), time.monotonic() - began)


def _reader(stream: IO[str] | None, kept: deque[str], on_line: OnLine | None) -> threading.Thread:
    """Empties one pipe: two full pipes read in turn would hold the child up."""

    def read() -> None:
        for line in stream or ():
            kept.append(line)
            if on_line is not None:
                on_line(line.rstrip("\r\n"))
        if stream is not None:
            stream.close()

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    return thread

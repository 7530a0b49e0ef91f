"""Runs one command line and waits for it: argv → `Outcome`, or a StackError that shows how to try it by hand.

Each child leads a process group of its own, and signals go to the group: `docker` hands none on to its plugins.
Reader threads only collect lines; every callback runs in the thread that called, so that an error in one ends the child
and is raised here, and no pipe is left full.
"""

import contextlib
import os
import queue
import shlex
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from mlflow_stack.errors import COMMAND, StackError, error

KEPT_LINES = 20_000
TAIL_LINES = 12
"""Lines of a failed command's output that its finding repeats."""
GRACE_S = 10.0
"""How long a child may take to end by itself after a signal."""
TIMED_OUT, CANNOT_START = 124, 127
Answer = Callable[[str], str | None]
"""Takes a line of stdout; what it returns is written to the child's stdin, which is then closed."""


class Progress(Protocol):
    """What a verb tells while it works; never part of a result. `amount`: `done` of `total` (None: not known)."""

    def step(self, text: str) -> None: ...
    def command(self, argv: Sequence[str]) -> None: ...
    def line(self, text: str) -> None: ...
    def amount(self, done: int, total: int | None, unit: str, label: str) -> None: ...


@dataclass(frozen=True)
class Outcome:
    """How a process ended. `elapsed` in seconds; `out` and `err` are its last KEPT_LINES lines."""

    argv: tuple[str, ...]
    exit: int
    out: str
    err: str
    elapsed: float = 0.0

    def failure(self) -> StackError:
        """Exit code, last lines, and the command to try by hand."""
        said = (self.err.strip() or self.out.strip()).splitlines()[-TAIL_LINES:]
        text = f"A command ended with exit code {self.exit} after {self.elapsed:.1f} s{':' if said else ''}"
        return StackError(
            error("command.failed", "\n".join([text, *said]), "", shlex.join(self.argv)), exit_code=COMMAND
        )


class Runner:
    """Runs commands in `root`, from several threads if need be. `changed`: whether one that changes was begun."""

    def __init__(self, root: Path, progress: Progress) -> None:
        self._root, self._progress = root, progress
        self._running: set[subprocess.Popen[str]] = set()
        self.changed = False

    def query(self, argv: Sequence[str], timeout: float | None = 60.0) -> Outcome:
        """Reads something: not echoed, and any exit code is an answer. After `timeout` seconds: exit 124."""
        return self._run(argv, None, None, timeout)

    def converse(self, argv: Sequence[str], answer: Answer, progress: Progress | None) -> Outcome:
        """Stdout goes to `answer` line by line, which may answer once; any exit code is an answer. Silent without
        `progress`.
        """
        if progress:
            progress.command(argv)
        return self._run(argv, answer, progress.line if progress else None, None, talks=True)

    def act(self, argv: Sequence[str]) -> None:
        """Changes something: echoed, its lines shown. Raises StackError (exit 4) on another exit code than 0."""
        self._progress.command(argv)
        self.changed = True
        outcome = self._run(argv, self._progress.line, self._progress.line, None)
        if outcome.exit != 0:
            raise outcome.failure()

    def become(self, argv: Sequence[str]) -> None:
        """Puts a command in this process's place, its stderr on stdout; a closed pipe ends it, as in a shell."""
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.dup2(1, 2)
        try:
            os.execvp(argv[0], list(argv))  # noqa: S606 - a list of arguments, no shell
        except OSError as problem:
            raise Outcome(tuple(argv), CANNOT_START, "", str(problem)).failure() from problem

    def interrupt(self) -> None:
        """Asks every running child to end (Compose then stops and removes its one-off containers), waits, kills."""
        for child in list(self._running):
            _end(child)

    def _run(
        self,
        argv: Sequence[str],
        on_out: Answer | None,
        on_err: Callable[[str], None] | None,
        timeout: float | None,
        talks: bool = False,
    ) -> Outcome:
        began, pipe = time.monotonic(), subprocess.PIPE
        stdin = pipe if talks else subprocess.DEVNULL
        text = {"text": True, "encoding": "utf-8", "errors": "replace"}
        try:
            child = subprocess.Popen(  # type: ignore[call-overload]
                list(argv), cwd=self._root, stdin=stdin, stdout=pipe, stderr=pipe, process_group=0, **text
            )
        except OSError as problem:
            return Outcome(tuple(argv), CANNOT_START, "", f"{argv[0]}: {problem.strerror}")
        self._running.add(child)
        kept: dict[str, deque[str]] = {name: deque(maxlen=KEPT_LINES) for name in ("out", "err")}
        try:
            for name, line in _lines(child, None if timeout is None else began + timeout):
                kept[name].append(line)
                if name == "err" and on_err:
                    on_err(line.rstrip("\r\n"))
                elif name == "out" and on_out and (said := on_out(line.rstrip("\r\n"))) is not None:
                    with contextlib.suppress(BrokenPipeError, ValueError):  # It has ended: its exit code says so.
                        child.stdin.write(said + "\n")
                        child.stdin.close()
            exit_code = child.wait()
        except TimeoutError:
            _signal(child, signal.SIGKILL)
            child.wait()
            exit_code = TIMED_OUT
            kept["err"].append(f"It did not end within {timeout:g} s\n")
        except BaseException:
            _end(child)
            raise
        finally:
            self._running.discard(child)
            if child.stdin:
                with contextlib.suppress(BrokenPipeError):
                    child.stdin.close()
        return Outcome(tuple(argv), exit_code, "".join(kept["out"]), "".join(kept["err"]), time.monotonic() - began)


def _lines(child: subprocess.Popen[str], deadline: float | None) -> Iterator[tuple[str, str]]:
    """Lines of both outputs as they come, until both are closed. Raises TimeoutError at `deadline`.
    A grandchild that keeps the pipes open after the child's end is not waited for longer than GRACE_S.
    """
    lines: queue.SimpleQueue[tuple[str, str | None]] = queue.SimpleQueue()
    for name, stream in (("out", child.stdout), ("err", child.stderr)):
        threading.Thread(target=_collect, args=(name, stream, lines), daemon=True).start()
    open_streams, ended_at = 2, 0.0
    while open_streams:
        left = 0.5 if deadline is None else min(0.5, deadline - time.monotonic())
        if left <= 0:
            raise TimeoutError
        try:
            name, line = lines.get(timeout=left)
        except queue.Empty:
            now = time.monotonic()
            ended_at = ended_at or (now if child.poll() is not None else 0.0)
            if ended_at and now - ended_at >= GRACE_S:
                return
            continue
        if line is None:
            open_streams -= 1
        else:
            yield name, line


def _collect(name: str, stream: IO[str], lines: queue.SimpleQueue[tuple[str, str | None]]) -> None:
    with stream:
        for line in stream:
            lines.put((name, line))
    lines.put((name, None))


def _signal(child: subprocess.Popen[str], number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, number)


def _end(child: subprocess.Popen[str]) -> None:
    """SIGINT to the group, then SIGKILL to what is left of it after GRACE_S. Raises nothing: a second signal only ends
    the patience, for whoever calls this has to tidy up.
    """
    _signal(child, signal.SIGINT)
    try:
        child.wait(GRACE_S)
    except BaseException:
        _signal(child, signal.SIGKILL)
        child.wait()

"""Real, small children."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from mlflow_stack.engine import process
from mlflow_stack.engine.process import CANNOT_START, TIMED_OUT, Outcome, Runner
from mlflow_stack.errors import COMMAND, Interrupted, StackError

PYTHON = (sys.executable, "-S", "-c")
IGNORES = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"


class Heard:
    def __init__(self) -> None:
        self.commands: list[tuple[str, ...]] = []
        self.lines: list[str] = []

    def step(self, text: str) -> None: ...

    def command(self, argv: Any) -> None:
        self.commands.append(tuple(argv))

    def line(self, text: str) -> None:
        self.lines.append(text)

    def amount(self, done: int, total: int | None, unit: str, label: str) -> None: ...


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def runner(tmp_path: Path, heard: Heard) -> Runner:
    return Runner(tmp_path, heard)


def gone(pid: int) -> bool:
    """Soon: a killed process is taken away by its parent, or by init."""
    for _ in range(100):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def test_an_answer_is_read_and_not_echoed(runner: Runner, heard: Heard, tmp_path: Path) -> None:
    found = runner.query((*PYTHON, "import os, sys; print(os.getcwd()); print('e', file=sys.stderr); sys.exit(3)"))
    assert (found.exit, found.out, found.err) == (3, f"{tmp_path}\n", "e\n")
    assert (heard.commands, runner.changed) == ([], False)


def test_what_acts_is_echoed_and_its_failure_shows_how_to_try_it(runner: Runner, heard: Heard) -> None:
    runner.act(("sh", "-c", "echo out; echo err >&2"))
    assert sorted(heard.lines) == ["err", "out"]
    with pytest.raises(StackError) as failed:
        runner.act(("sh", "-c", "seq 1 30 >&2; exit 7"))
    (found,) = failed.value.findings
    assert (failed.value.exit_code, found.id, found.fix) == (
        COMMAND,
        "command.failed",
        ("sh -c 'seq 1 30 >&2; exit 7'",),
    )
    assert found.text.splitlines()[0].startswith("A command ended with exit code 7 after ")
    assert found.text.splitlines()[1:] == [str(number) for number in range(19, 31)]
    assert runner.changed


def test_what_cannot_start_is_an_outcome(runner: Runner, tmp_path: Path) -> None:
    assert runner.query(("no-such-command",)).exit == CANNOT_START
    (tmp_path / "plain").write_text("no program")
    found = runner.query((str(tmp_path / "plain"),))
    assert (found.exit, found.err) == (CANNOT_START, f"{tmp_path / 'plain'}: Permission denied")


def test_a_bound_holds_although_a_grandchild_keeps_the_pipes(runner: Runner, tmp_path: Path) -> None:
    """A killed `docker` leaves its plugin, which has the pipes."""
    found = runner.query(("sh", "-c", f"sleep 60 & echo $! > {tmp_path}/pid; wait"), timeout=1)
    assert (found.exit, found.err) == (TIMED_OUT, "It did not end within 1 s\n")
    assert gone(int((tmp_path / "pid").read_text()))


def test_a_bound_holds_although_the_output_never_pauses(runner: Runner) -> None:
    """It was looked at only while nothing came."""
    began = time.monotonic()
    found = runner.query(("sh", "-c", "yes | head -n 5000000"), timeout=0.3)
    assert (found.exit, found.err) == (TIMED_OUT, "It did not end within 0.3 s\n")
    assert time.monotonic() - began < 5


def test_a_grandchild_that_stays_is_not_waited_for(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "GRACE_S", 0.1)
    began = time.monotonic()
    assert runner.query(("sh", "-c", "sleep 20 & echo done")).out == "done\n"
    assert time.monotonic() - began < 10


def test_interrupt_reaches_the_whole_group_and_kills_what_does_not_end(
    runner: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "GRACE_S", 0.2)
    seen: list[str] = []

    def line(text: str) -> None:
        seen.append(text)
        runner.interrupt()

    child = f'{sys.executable} -S -c "{IGNORES}" & echo $! > {tmp_path}/pid'
    script = f"trap 'echo asked > {tmp_path}/asked' INT; {child}; wait; wait"
    found = runner._run(("sh", "-c", script), line, None, None)
    assert (seen, found.exit) == (["up"], -signal.SIGKILL)
    assert (tmp_path / "asked").read_text() == "asked\n"
    assert gone(int((tmp_path / "pid").read_text()))


def test_a_second_signal_ends_the_patience(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    waits = subprocess.Popen.wait

    def wait(child: subprocess.Popen[str], timeout: float | None = None) -> int:
        if timeout is not None:
            raise Interrupted(signal.SIGTERM)
        return waits(child)

    monkeypatch.setattr(subprocess.Popen, "wait", wait)
    children: list[int] = []

    def line(text: str) -> None:
        children.append(int(text))
        runner.interrupt()

    ended = runner._run(("sh", "-c", "trap '' INT; echo $$; sleep 60"), line, None, None)
    assert ended.exit == -signal.SIGKILL  # Nothing was raised: whoever interrupts has to tidy up.
    assert gone(children[0])


def test_interrupt_lets_children_of_other_threads_tidy_up(runner: Runner) -> None:
    up, lines, outcomes = threading.Event(), [], []  # type: ignore[var-annotated]

    def take(line: str) -> None:
        lines.append(line)
        up.set()

    code = "import time\nprint('up', flush=True)\ntry: time.sleep(60)\nexcept KeyboardInterrupt: print('tidied')"
    thread = threading.Thread(target=lambda: outcomes.append(runner.converse((*PYTHON, code), take, None)))
    thread.start()
    assert up.wait(30)
    time.sleep(0.1)
    runner.interrupt()
    thread.join(30)
    assert (outcomes[0].exit, lines) == (0, ["up", "tidied"])


def test_a_group_that_has_ended_is_no_error(runner: Runner) -> None:
    runner.query(("true",))
    runner.interrupt()
    assert not runner._running


@pytest.mark.parametrize(
    "raised", [ValueError("of a callback"), KeyboardInterrupt(), Interrupted(signal.SIGTERM), SystemExit(1)]
)
def test_an_error_in_a_callback_ends_the_child_and_is_raised(runner: Runner, raised: BaseException) -> None:
    """With a reader thread it ended the thread alone, and the child hung on a full pipe for ever."""
    pids: list[int] = []

    def answer(text: str) -> str | None:
        pids.append(int(text))
        raise raised

    endless = "import os\nprint(os.getpid(), flush=True)\nwhile True: print('x' * 100)"
    with pytest.raises(type(raised)) as seen:
        runner.converse((*PYTHON, endless), answer, None)
    assert seen.value is raised
    assert gone(pids[0])
    assert not runner._running


def test_a_line_that_cannot_be_shown_ends_what_acts(
    runner: Runner, heard: Heard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def line(text: str) -> None:
        raise UnicodeEncodeError("ascii", text, 0, 1, "no")

    monkeypatch.setattr(heard, "line", line)
    with pytest.raises(UnicodeEncodeError):
        runner.act(("sh", "-c", f"echo $$ > {tmp_path}/pid; while true; do echo x >&2; done"))
    assert gone(int((tmp_path / "pid").read_text()))


def test_a_hundred_thousand_lines_of_both_outputs(runner: Runner) -> None:
    lines: list[str] = []
    script = "import sys\nfor n in range(100_000): print(n); print(n, file=sys.stderr)"
    found = runner.converse((*PYTHON, script), lines.append, None)  # type: ignore[arg-type]
    assert (found.exit, lines) == (0, [str(number) for number in range(100_000)])
    assert found.err.splitlines() == [str(number) for number in range(80_000, 100_000)], "the last ones are kept"


def test_full_pipes_and_what_is_no_text(runner: Runner) -> None:
    script = "import sys; sys.stderr.write('e' * 300_000); sys.stdout.buffer.write(b'o' * 300_000 + b'\\xff')"
    found = runner.query((*PYTHON, script), timeout=30)
    assert (found.exit, len(found.err), found.out[-2:]) == (0, 300_000, "o\ufffd")


def test_what_is_looked_at_changes_nothing_and_silence_is_kept(runner: Runner, heard: Heard) -> None:
    runner.converse(("sh", "-c", "echo a; echo b >&2"), lambda _: None, None)
    assert (heard.commands, heard.lines, runner.changed) == ([], [], False)
    runner.converse(("sh", "-c", "echo a; echo b >&2"), lambda _: None, heard)
    assert (len(heard.commands), heard.lines, runner.changed) == (1, ["b"], False)


def test_an_answer_reaches_the_child_and_then_its_stdin_ends(runner: Runner, heard: Heard) -> None:
    script = "import sys; print('ask', flush=True); print(repr(sys.stdin.read()), flush=True)"
    lines: list[str] = []

    def answer(text: str) -> str | None:
        lines.append(text)
        return "yes" if text == "ask" else None

    assert runner.converse((*PYTHON, script), answer, heard).exit == 0
    assert lines == ["ask", "'yes\\n'"]
    assert len(heard.commands) == 1


def test_a_child_that_ends_before_the_answer_says_so_by_its_exit_code(runner: Runner) -> None:
    def answer(text: str) -> str | None:
        time.sleep(0.2)
        return "too late" * 100_000

    assert runner.converse((*PYTHON, "print('ask', flush=True); raise SystemExit(5)"), answer, None).exit == 5


def test_a_child_without_a_question_has_no_stdin(runner: Runner) -> None:
    assert runner.query((*PYTHON, "import sys; print(repr(sys.stdin.read()))")).out == "''\n"


def becomes(tmp_path: Path, command: str) -> Outcome:
    """A process that puts `sh -c COMMAND` in its place."""
    script = (
        "import pathlib, sys; from mlflow_stack.engine.process import Runner;"
        "Runner(pathlib.Path('.'), None).become(('sh', '-c', sys.argv[1]))"
    )
    path = f"PYTHONPATH={os.pathsep.join(sys.path)}"
    return Runner(tmp_path, Heard()).query(("env", path, sys.executable, "-c", script, command))


def test_another_command_takes_the_place_of_this_process(tmp_path: Path) -> None:
    found = becomes(tmp_path, "echo out; echo err >&2; exit 7")
    assert (found.exit, found.out, found.err) == (7, "out\nerr\n", "")


def test_a_closed_pipe_ends_it_as_in_a_shell(tmp_path: Path) -> None:
    """Python ignores SIGPIPE, which a child inherits: `logs | head` would hang."""
    found = becomes(tmp_path, "kill -PIPE $$; echo alive")
    assert (found.exit, found.out) == (-signal.SIGPIPE, "")


def test_a_command_that_is_not_there_to_become(runner: Runner) -> None:
    before = signal.getsignal(signal.SIGPIPE)
    first, second = os.dup(1), os.dup(2)
    try:
        with pytest.raises(StackError):
            runner.become(("no-such-command",))
    finally:
        signal.signal(signal.SIGPIPE, before)
        os.dup2(first, 1)
        os.dup2(second, 2)


def test_a_failure_without_output() -> None:
    (found,) = Outcome(("a", "b c"), 1, "", "", 2.0).failure().findings
    assert (found.text, found.fix) == ("A command ended with exit code 1 after 2.0 s", ("a 'b c'",))

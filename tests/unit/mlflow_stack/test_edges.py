"""The wrapper as a process, without Docker: closed pipes, no terminal, other encodings, a folder full of traps."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.signals import as_typed

ROOT = Path(__file__).resolve().parents[3]
COMMAND = (sys.executable, "-P", "-m", "mlflow_stack")
# What the shell puts in its place: no Docker is reached in these tests.
NO_DOCKER = {"DOCKER_HOST": "unix:///nonexistent", "DOCKER_CONFIG": "/nonexistent"}


@pytest.fixture
def environment() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONPATH": str(ROOT / "src"), **NO_DOCKER}


def shell(command: str, environment: dict[str, str], cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """One line; `$STACK` is the wrapper."""
    environ = {**environment, "STACK": " ".join(COMMAND)}
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"],
        env=environ, cwd=cwd, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("$STACK --help | head -1", 0),
        ("$STACK status | true", 3),
        ("$STACK status >&-", 3),
        ("$STACK status 2>&-", 3),
        ("$STACK status >&- 2>&- <&-", 3),
        ("$STACK destroy <&-", 3),
        ("PYTHONIOENCODING=latin-1 $STACK status", 3),
        ("PYTHONIOENCODING=ascii $STACK --help", 0),
        ("LC_ALL=C PYTHONUTF8=0 PYTHONCOERCECLOCALE=0 $STACK doctor", 3),
        ("COLUMNS=1 $STACK status", 3),
        ("TERM=dumb $STACK status", 3),
    ],
)
def test_a_poor_terminal_is_no_traceback(command: str, code: int, environment: dict[str, str]) -> None:
    done = shell(command, environment)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert "Error:" not in done.stderr


def test_no_code_of_the_current_folder_is_run(environment: dict[str, str], tmp_path: Path) -> None:
    for name in ("json", "typing", "docker", "typer", "mlflow_stack", "sitecustomize"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the wrong module')\n", encoding="utf-8")
    done = shell("$STACK --version", environment, tmp_path)
    assert "the wrong module" not in done.stdout + done.stderr
    assert done.stdout.startswith("mlflow-stack ")


@pytest.mark.parametrize(
    "line", ["status", "start", "destroy", "cleanup --dry-run", "restore x", "nonsense", "start --bad", "smoke", "logs"]
)
def test_one_json_document_whatever_happens(line: str, environment: dict[str, str]) -> None:
    done = shell(f"$STACK {line} --json", environment)
    said = json.loads(done.stdout)
    assert list(said)[:5] == ["version", "command", "ok", "exit_code", "findings"]
    assert (said["version"], said["ok"], said["exit_code"]) == (1, False, done.returncode)
    assert said["findings"]


def test_completion_is_installed_without_a_complaint(environment: dict[str, str], tmp_path: Path) -> None:
    # `true` keeps bash from making way for the command: it asks its parent which shell it is.
    done = shell("$STACK --install-completion && true", {**environment, "HOME": str(tmp_path)})
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert "completion installed in" in done.stdout


def bug(folder: Path, where: str) -> dict[str, str]:
    """A module that breaks one of the wrapper's functions once it is imported."""
    (folder / "broken.py").write_text(
        "import sys\n"
        f"import mlflow_stack.cli, mlflow_stack.{where.rpartition('.')[0]} as module\n"
        "def broken(*args, **options): raise ZeroDivisionError('a bug')\n"
        f"module.{where.rpartition('.')[2]} = broken\n"
        "sys.exit(mlflow_stack.cli.main(sys.argv[1:]))\n",
        encoding="utf-8",
    )
    return {"BROKEN": f"{sys.executable} {folder / 'broken.py'}"}


@pytest.fixture
def crashes() -> Iterator[set[Path]]:
    """What was saved before; what a test adds is removed."""
    before = set((ROOT / ".stack").glob("crash-*.log"))
    yield before
    for path in set((ROOT / ".stack").glob("crash-*.log")) - before:
        path.unlink()


def test_a_bug_is_one_sentence_and_a_file(environment: dict[str, str], tmp_path: Path, crashes: set[Path]) -> None:
    environ = environment | bug(tmp_path, "cli.verb.Stack")
    in_text, in_json = shell("$BROKEN status", environ), shell("$BROKEN status --json", environ)
    assert (in_text.returncode, in_json.returncode) == (70, 70), in_text.stderr
    assert "Traceback" not in in_text.stderr + in_json.stderr
    (found,) = json.loads(in_json.stdout)["findings"]
    assert found["id"] == "stack.bug"
    assert "ZeroDivisionError: a bug" in found["text"]
    assert "ZeroDivisionError" in Path(found["where"]).read_text(encoding="utf-8")
    assert Path(found["where"]) not in crashes


ASKS = """
import sys
from mlflow_stack.cli.verb import Shared, act
from mlflow_stack.verbs.plan import Question
from mlflow_stack.verbs.result import Line, Result


def work(session):
    agreed = session.ask(Question("This removes:", ("everything",), ("nothing",)))
    return Result([Line("Removed" if agreed else "Nothing was removed")])


sys.exit(act(Shared(("destroy",)), ("destroy",), work))
"""


@pytest.mark.parametrize(
    ("keys", "code", "said"),
    [
        (b"y\n", 0, "Removed"),
        (b"n\n", 0, "Nothing was removed"),
        (b"\n", 0, "Nothing was removed"),
        (b"\x04", 130, "Nothing was changed"),
        (b"\x03", 130, "Nothing was changed"),
    ],
    ids=["yes", "no", "return", "Ctrl-D", "Ctrl-C"],
)
def test_a_question_on_a_terminal(keys: bytes, code: int, said: str, environment: dict[str, str]) -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        as_typed()
        os.chdir(ROOT)
        os.execve(sys.executable, [sys.executable, "-P", "-c", ASKS], {**environment, "TERM": "xterm"})  # noqa: S606
    seen = b""
    while b"Continue?" not in seen:
        seen += os.read(terminal, 1000)
    os.write(terminal, keys)
    try:
        while more := os.read(terminal, 1000):
            seen += more
    except OSError:  # How Linux says that the other end is closed.
        pass
    text = seen.decode()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == code, text
    assert said in text
    assert "Traceback" not in text

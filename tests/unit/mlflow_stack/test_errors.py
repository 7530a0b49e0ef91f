"""What ends a verb, whatever it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mlflow_stack.errors import AGAIN, BUG, Finding, Interrupted, StackError, as_error, error, ok, save, warning
from support.signals import as_typed

MAYBE = "It may be half done: a second run continues"


def test_an_error_of_ours_stays_as_it_is(tmp_path: Path) -> None:
    raised = StackError(ok("a", "fine"), error("b", "not fine"), exit_code=3)
    assert as_error(raised, "x", True, tmp_path) is raised
    more = raised.with_findings(warning("c", "and"))
    assert ([each.id for each in more.findings], more.exit_code, str(raised)) == (["a", "b", "c"], 3, "fine; not fine")


@pytest.mark.parametrize(
    ("raised", "name", "code"),
    [
        (KeyboardInterrupt(), "SIGINT", 130),
        (Interrupted(), "SIGINT", 130),
        (Interrupted(signal.SIGTERM), "SIGTERM", 143),
        (Interrupted(signal.SIGHUP), "SIGHUP", 129),
    ],
)
@pytest.mark.parametrize(("changed", "said"), [(True, MAYBE), (False, "Nothing was changed")])
def test_a_signal(tmp_path: Path, raised: BaseException, name: str, code: int, changed: bool, said: str) -> None:
    found = as_error(raised, "restore", changed, tmp_path)
    text = f"`restore` was interrupted by {name}. {said}"
    assert (found.findings, found.exit_code) == ([Finding("stack.interrupted", "error", text, "", (AGAIN,))], code)


def test_a_file_that_cannot_be_used(tmp_path: Path) -> None:
    found = as_error(PermissionError(13, "Permission denied", "/x"), "stop", False, tmp_path)
    assert found.findings == [Finding("host.file", "error", "A file could not be used: Permission denied", "/x")]
    assert found.exit_code == 2


@pytest.mark.parametrize(
    "raised", [KeyError("gone"), OSError("of no file"), UnicodeDecodeError("utf-8", b"x", 0, 1, "no")]
)
def test_a_bug_is_one_sentence_and_a_saved_traceback(tmp_path: Path, raised: Exception) -> None:
    found = as_error(raised, "usage", False, tmp_path / ".stack")
    (only,) = found.findings
    assert (found.exit_code, only.id) == (BUG, "stack.bug")
    assert only.text.startswith(f"`usage` ended with an unexpected error, which is a bug: {type(raised).__name__}")
    assert type(raised).__name__ in Path(only.where).read_text()


def test_a_folder_that_cannot_be_written_hides_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = as_error(KeyError("gone"), "usage", False, tmp_path / "file")
    assert [each.id for each in found.findings] == ["stack.bug", "host.file"]


def test_the_last_logs_stay(tmp_path: Path) -> None:
    for number in range(30):
        old = tmp_path / f"upgrade-20260101-{number:06}.log"
        old.write_text("")
        os.utime(old, (number, number))
    (tmp_path / "backup.log").write_text("a user's own")
    found: list[Finding] = []
    path = save(tmp_path, "crash", "text", found)
    assert path is not None
    assert (path.read_text(), found) == ("text", [])
    kept = {each.name for each in tmp_path.iterdir()}
    assert len(kept) == 21
    assert {"backup.log", path.name, "upgrade-20260101-000029.log"} <= kept


CATCHES = """
import os, signal, sys
from mlflow_stack.errors import Interrupted, catch_signals
catch_signals()
try:
    os.kill(os.getpid(), getattr(signal, sys.argv[1]))
    print("ignored")
except Interrupted as raised:
    print(raised.number)
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("ignored", [True, False])
def test_signals_that_the_caller_ignores_stay_ignored(name: str, ignored: bool) -> None:
    """`nohup` ignores SIGHUP, a shell SIGINT for what it starts in the background."""
    number = getattr(signal, name)

    def started() -> None:
        as_typed()
        if ignored:
            signal.signal(number, signal.SIG_IGN)

    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    argv = [sys.executable, "-c", CATCHES, name]
    done = subprocess.run(argv, env=environment, preexec_fn=started, capture_output=True, text=True, check=True)
    assert done.stdout == ("ignored\n" if ignored else f"{int(number)}\n")

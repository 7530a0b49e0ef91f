"""What is printed, where, and that nothing of the terminal or its reader can break it."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import BaseModel

from mlflow_stack.errors import Finding, StackError, error
from mlflow_stack.output.commands import Typed
from mlflow_stack.output.console import Show
from mlflow_stack.verbs.plan import Question
from mlflow_stack.verbs.result import Line, Result, counted, duration, held, row, size

FOUND = [
    Finding("a.b", "ok", "It is fine", "here"),
    Finding("a.c", "info", "There is none yet: ./stack backup"),
    Finding("a.d", "warning", "One line\nand another"),
    Finding("a.e", "error", "It is at /x", "/x", ("./stack start", "# /x\nkey = …")),
    Finding("a.f", "unknown", "Nobody knows"),
]
TYPED = Typed(shared=("--project-name", "p"), verb=("doctor",))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def show(as_json: bool = False, terminal: bool = False, width: int = 40) -> tuple[Show, io.StringIO, io.StringIO]:
    out, err = (Terminal(), Terminal()) if terminal else (io.StringIO(), io.StringIO())
    return Show(as_json, TYPED, out, err, width), out, err


def test_a_result_as_text() -> None:
    shown, out, err = show()
    code = shown.result(
        Result([Line("Done: x", "good"), row("  To restore: ./stack restore n")], FOUND, last=[row("bye")])
    )
    assert (
        out.getvalue()
        == """Done: x
  To restore: ./stack --project-name p restore n
✓ It is fine  [here]
i There is none yet: ./stack --project-name p backup
! One line
    and another
✗ It is at /x
    ./stack --project-name p start
    # /x
    key = …
? Nobody knows
bye
"""
    )
    assert (code, err.getvalue()) == (1, "")


@pytest.fixture
def colors(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that has them, whatever this one has."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


@pytest.mark.usefixtures("colors")
def test_a_result_on_a_terminal() -> None:
    shown, out, _ = show(terminal=True, width=40)
    shown.result(Result([Line("Done: x", "good"), row("  To restore: ./stack restore n")], FOUND, last=[row("bye")]))
    marks = {"1;32": "{", "0": "}", "32": "<ok>", "36": "<info>", "33": "<warning>", "31": "<error>", "35": "<unknown>"}
    text = re.sub(r"\x1b\[([0-9;]+)m", lambda found: marks.get(found[1], "<dim>"), out.getvalue())
    assert (
        text
        == """{Done: x}
  To restore: ./stack --project-name p restore n
<ok>✓} It is fine<dim>  [here]}
<info>i} There is none yet: ./stack
  --project-name p backup
<warning>!} One line
<dim>    and another}
<error>✗} It is at /x
<info>    ./stack --project-name p start}
<info>    # /x}
<info>    key = …}
<unknown>?} Nobody knows
bye
"""
    )


@pytest.mark.usefixtures("colors")
def test_a_long_command_and_a_long_path_stay_whole_on_a_narrow_terminal() -> None:
    shown, out, _ = show(terminal=True, width=30)
    fix = "docker compose -f docker-compose.local.yml config --format json"
    path = "/a/path/that/is/longer/than/the/terminal/is/wide"
    shown.result(Result([], [error("a", f"There is no file {path} here, so nothing works", "", fix)]))
    plain = re.sub(r"\x1b\[[0-9;]+m", "", out.getvalue()).splitlines()
    assert plain == [f"✗ There is no file {path} here, so nothing works", f"    {fix}"]


def test_an_error_goes_to_stderr() -> None:
    shown, out, err = show()
    assert shown.error(StackError(error("a", "It broke"), exit_code=4)) == 4
    assert (out.getvalue(), err.getvalue()) == ("", "✗ It broke\n")


class Data(BaseModel):
    path: Path
    at: datetime
    name: str


def test_the_envelope() -> None:
    shown, out, err = show(as_json=True)
    data = Data(path=Path("/x"), at=datetime(2026, 1, 2, tzinfo=UTC), name="é")
    shown.result(Result([Line("unseen")], FOUND[3:4], data))
    text = out.getvalue()
    assert text.isascii(), "any terminal and any log can hold it"
    assert json.loads(text) == {
        "version": 1,
        "command": "doctor",
        "ok": False,
        "exit_code": 1,
        "findings": [
            {
                "id": "a.e",
                "level": "error",
                "text": "It is at /x",
                "where": "/x",
                "fix": ["./stack --project-name p start", "# /x\nkey = …"],
            }
        ],
        "path": "/x",
        "at": "2026-01-02T00:00:00Z",
        "name": "é",
    }
    assert err.getvalue() == ""


@pytest.mark.parametrize("as_json", [True, False])
def test_a_plan_is_part_of_the_result(as_json: bool) -> None:
    shown, out, err = show(as_json)
    shown.question(Question("This does:", ("it", "./stack start"), ("the rest",)))
    text = "This does:\n  it\n  ./stack --project-name p start\n  (stays: the rest)\n"
    assert (out.getvalue(), err.getvalue()) == (("", text) if as_json else (text, ""))


def test_on_a_terminal_sentences_are_wrapped_and_commands_are_not() -> None:
    shown, out, _ = show(terminal=True)
    long = "a sentence that is longer than forty characters are"
    shown.result(Result([Line(long), row(long), Line("x" * 50)]))
    assert out.getvalue().splitlines() == ["a sentence that is longer than forty", "  characters are", long, "x" * 50]


def test_progress_without_a_terminal_is_a_line_for_each_twentieth() -> None:
    shown, out, err = show()
    progress = shown.progress
    progress.step("Working")
    progress.command(["a", "b c"])
    progress.line("from a process")
    for done in range(101):
        progress.amount(done, 100, "objects", "removing")
    for done in range(0, 25_000, 500):
        progress.amount(done, None, "objects", "listing")
    lines = err.getvalue().splitlines()
    assert lines[:3] == ["Working", "$ a 'b c'", "  from a process"]
    assert [each for each in lines if "removing" in each][:2] == [
        "  removing 1 of 100 objects",
        "  removing 5 of 100 objects",
    ]
    assert len([each for each in lines if "removing" in each]) == 21
    assert [each for each in lines if "listing" in each] == [
        "  listing 500 objects",
        "  listing 10,000 objects",
        "  listing 20,000 objects",
    ]
    assert out.getvalue() == ""


def test_progress_on_a_terminal_is_a_bar_with_the_time_left() -> None:
    shown, _, err = show(terminal=True, width=80)
    shown.progress.amount(1, 100, "objects", "removing")
    shown.progress.amount(50, 100, "objects", "removing")
    shown.progress.step("Next")
    assert "removing objects" in err.getvalue()
    assert "50 of 100" in err.getvalue()
    assert "-:--:--" in err.getvalue() or "0:00" in err.getvalue()
    assert err.getvalue().rfind("Next") > err.getvalue().rfind("removing")


def test_commands_are_not_echoed_beside_json() -> None:
    shown, _, err = show(as_json=True)
    shown.progress.command(["a"])
    assert err.getvalue() == ""


class Gone(io.StringIO):
    """A reader that has gone."""

    def write(self, text: str) -> int:
        raise BrokenPipeError

    def fileno(self) -> int:
        raise OSError


@pytest.mark.parametrize("as_json", [True, False])
def test_a_reader_that_goes_away_ends_nothing(as_json: bool) -> None:
    shown = Show(as_json, TYPED, Gone(), Gone())
    shown.progress.step("Working")
    shown.progress.step("Working on")
    assert shown.result(Result([Line("Done")], FOUND)) == 1
    assert shown.error(StackError(error("a", "It broke"))) == 2


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (counted(1, "run"), "1 run"),
        (counted(0, "run"), "0 runs"),
        (counted(12345, "run"), "12,345 runs"),
        (counted(None, "run"), "unknown runs"),
        (held(1, 2), "1 run in 2 experiments"),
        (size(None), "size unknown"),
        (size(512), "512 B"),
        (size(1536), "1.5 KiB"),
        (size(5 * 1024**4), "5.0 TiB"),
        (size(5 * 1024**5), "5120.0 TiB"),
        (duration(42), "42 s"),
        (duration(180), "3 min"),
        (duration(7500), "2 h 5 min"),
        (duration(356400), "4 d 3 h"),
    ],
)
def test_numbers(said: str, text: str) -> None:
    assert said == text

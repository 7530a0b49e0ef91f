"""Alone prints: text for people, or one JSON envelope. Progress goes to stderr, the result to stdout, so that a pipe
gets the result.
"""

import dataclasses
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from shlex import join
from typing import Any, TextIO

from rich.console import Console
from rich.text import Text

from mlflow_stack import text_data  # noqa: F401 - teaches `lines_of` the results about data
from mlflow_stack.errors import StackError
from mlflow_stack.findings import Finding
from mlflow_stack.maintenance import Question
from mlflow_stack.text import Result, finding_lines, lines_of

BAR_EVERY = 0.05
"""A new line for each twentieth where there is no terminal to draw a bar on."""


class ProgressLines:
    """Progress on stderr; each command is echoed (dim) before it runs, unless the output is JSON."""

    def __init__(self, console: Console, as_json: bool) -> None:
        self._console, self._as_json = console, as_json
        self._shown: tuple[str, int] = ("", -1)

    def step(self, text: str) -> None:
        """A sentence."""
        self._console.print(Text(text, "bold"))

    def command(self, argv: Sequence[str]) -> None:
        """As one can type it."""
        if not self._as_json:
            self._console.print(Text(f"$ {join(argv)}", "dim"))

    def line(self, text: str) -> None:
        """What a process wrote."""
        self._console.print(Text(f"  {text}", "dim"))

    def amount(self, done: int, total: int | None, unit: str, label: str) -> None:
        """A line for each twentieth: readable in a terminal and in a log file alike."""
        part = int(done / total / BAR_EVERY) if total else done
        if (label, part) != self._shown:
            self._shown = (label, part)
            self._console.print(f"  {label} {done:,}{f' of {total:,}' if total else ''} {unit}")


class Show:
    """`as_json`: one envelope on `out` whatever happens."""

    def __init__(
        self, as_json: bool, out: TextIO | None = None, err: TextIO | None = None, width: int | None = None
    ) -> None:
        self.as_json = as_json
        self._out = Console(
            file=out or sys.stdout, highlight=False, soft_wrap=True, markup=False, emoji=False, width=width
        )
        self._err = Console(
            file=err or sys.stderr, highlight=False, soft_wrap=True, markup=False, emoji=False, width=width
        )
        self.progress = ProgressLines(self._err, as_json)

    def print_line(self, text: str) -> None:
        """A line of a log, as it is."""
        self._out.print(Text(text))

    def result(self, result: Result) -> int:
        """Prints; returns the exit code."""
        if self.as_json:
            self._envelope(result.command, result.exit_code, result.findings, _fields(result))
            return result.exit_code
        for line in lines_of(result):
            _print(self._out, line)
        return result.exit_code

    def error(self, error: StackError, command: str) -> int:
        """An error is shown as its findings, on stderr or in the envelope."""
        if self.as_json:
            self._envelope(command, error.exit_code, error.findings, {})
            return error.exit_code
        for finding in error.findings:
            for line in finding_lines(finding):
                _print(self._err, line)
        return error.exit_code

    def question(self, question: Question) -> None:
        """What will happen, before it is asked for."""
        self._err.print(question.title)
        for fact in question.facts:
            self._err.print(f"  {fact}")
        for each in question.stays:
            self._err.print(f"  (stays: {each})")

    def _envelope(self, command: str, exit_code: int, findings: Sequence[Finding], fields: dict[str, Any]) -> None:
        head = {
            "command": command,
            "ok": exit_code == 0,
            "exit_code": exit_code,
            "findings": [each.as_json() for each in findings],
        }
        self._out.file.write(json.dumps(head | fields, default=str, ensure_ascii=False) + "\n")


def _print(console: Console, line: Text) -> None:
    """A sentence is wrapped where a terminal would cut its words; a command or a long path never, to be copied."""
    width = console.width - 2
    if not console.is_terminal or line.no_wrap or any(len(word) > width for word in line.plain.split()):
        console.print(line)
        return
    first, *rest = line.wrap(console, width)
    for part in (first, *rest):
        part.rstrip()
    console.print(first)
    for part in rest:
        console.print(Text("  ").append_text(part))


def _fields(result: Result) -> dict[str, Any]:
    """The verb's own fields."""
    if not dataclasses.is_dataclass(result) or isinstance(result, type):
        return {}
    own = [each.name for each in dataclasses.fields(result) if each.name not in ("command", "exit_code", "findings")]
    return {name: _plain(getattr(result, name)) for name in own}


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Path) else value

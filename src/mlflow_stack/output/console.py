"""Prints results, questions, errors and progress. Results go to stdout, progress to stderr: a pipe gets the result.

A reader that goes away (`| head`) ends nothing: what was begun is finished, without words.
"""

import contextlib
import dataclasses
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from shlex import join
from typing import Any, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from mlflow_stack.errors import Finding, Level, StackError
from mlflow_stack.output.commands import Typed
from mlflow_stack.verbs.plan import Question
from mlflow_stack.verbs.result import Line, Result, Style

ENVELOPE_VERSION = 1
SIGNS: dict[Level, tuple[str, str]] = {
    "ok": ("✓", "green"),
    "info": ("i", "cyan"),
    "warning": ("!", "yellow"),
    "error": ("✗", "red"),
    "unknown": ("?", "magenta"),
}
STYLES: dict[Style, str] = {"": "", "good": "bold green", "bad": "red"}
PARTS, EVERY = 20, 10_000
"""Without a terminal to draw a bar on: a line for each twentieth, or for each `EVERY` of an unknown total."""


class _Output(Console):
    """A console without markup that continues in silence where its reader has gone."""

    def __init__(self, file: TextIO, width: int | None) -> None:
        super().__init__(file=file, highlight=False, soft_wrap=True, markup=False, emoji=False, width=width)

    def on_broken_pipe(self) -> None:
        """Drops what follows, Python's own flush at the end included."""
        self.quiet = True
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())


class ProgressLines:
    """Progress on stderr; each command is echoed (dim) before it runs, unless the output is JSON."""

    def __init__(self, console: Console, as_json: bool) -> None:
        self._console, self._as_json = console, as_json
        self._shown: tuple[str, int] = ("", -1)
        self._bar: Progress | None = None

    def step(self, text: str) -> None:
        """A sentence."""
        self._print(text, "bold")

    def command(self, argv: Sequence[str]) -> None:
        """As one can type it."""
        if not self._as_json:
            self._print(f"$ {join(argv)}", "dim")

    def line(self, text: str) -> None:
        """What a process wrote."""
        self._print(f"  {text}", "dim")

    def amount(self, done: int, total: int | None, unit: str, label: str) -> None:
        """A bar with the time left on a terminal; lines for a log file."""
        part = int(done * PARTS / total) if total else done // EVERY
        if self._console.is_terminal and total:
            if self._bar is None:
                text = TextColumn("  {task.description} {task.completed:,.0f} of {task.total:,.0f}")
                self._bar = Progress(text, BarColumn(), TimeRemainingColumn(), console=self._console, transient=True)
                self._bar.add_task(label, total=total)
                self._bar.start()
            self._bar.update(self._bar.task_ids[0], completed=done, total=total, description=f"{label} {unit}")
        elif (label, part) != self._shown and done:
            self._shown = (label, part)
            self._print(f"  {label} {done:,}{f' of {total:,}' if total else ''} {unit}")

    def end_bar(self) -> None:
        """Before anything else is printed."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _print(self, text: str, style: str = "") -> None:
        self.end_bar()
        self._console.print(Text(text, style))


class Show:
    """One command line's output. `as_json`: one envelope on `out` whatever happens."""

    def __init__(
        self,
        as_json: bool,
        typed: Typed | None = None,
        out: TextIO | None = None,
        err: TextIO | None = None,
        width: int | None = None,
    ) -> None:
        self.as_json, self.typed = as_json, typed or Typed()
        self._out, self._err = _Output(out or sys.stdout, width), _Output(err or sys.stderr, width)
        self.progress = ProgressLines(self._err, as_json)

    def result(self, result: Result) -> int:
        """Prints; returns the exit code."""
        return self._show(self._out, result.exit_code, result.findings, result.lines, result.last, result.fields())

    def error(self, error: StackError) -> int:
        """An error is shown as its findings, on stderr or in the envelope."""
        return self._show(self._err, error.exit_code, error.findings)

    def question(self, question: Question) -> None:
        """What will happen, before it is asked; part of the result, so that `--dry-run > plan.txt` holds it."""
        self.progress.end_bar()
        stays = (f"  (stays: {each})" for each in question.stays)
        for line in (question.title, *(f"  {fact}" for fact in question.facts), *stays):
            _print(self._err if self.as_json else self._out, Text(self.typed.in_text(line)))

    def _show(
        self,
        console: _Output,
        exit_code: int,
        findings: Sequence[Finding],
        lines: Sequence[Line] = (),
        last: Sequence[Line] = (),
        fields: dict[str, Any] | None = None,
    ) -> int:
        self.progress.end_bar()
        if self.as_json:
            self._envelope(exit_code, findings, fields or {})
            return exit_code
        found = [line for finding in findings for line in self._finding(finding)]
        for text in [*map(self._text, lines), *found, *map(self._text, last)]:
            _print(console, text)
        return exit_code

    def _text(self, line: Line) -> Text:
        return Text(self.typed.in_text(line.text), STYLES[line.style], no_wrap=not line.wrap)

    def _finding(self, finding: Finding) -> list[Text]:
        """Sign and sentence, then what to type, indented."""
        sign, color = SIGNS[finding.level]
        first, *rest = finding.text.splitlines() or [""]
        where = f"  [{finding.where}]" if finding.where and finding.where not in finding.text else ""
        lines = [Text.assemble((sign, color), f" {self.typed.in_text(first)}", (where, "dim"))]
        lines += [Text(f"    {line}", "dim", no_wrap=True) for line in rest]
        fix = [self.typed.shown(line) for each in finding.fix for line in each.splitlines()]
        return lines + [Text(f"    {line}", "cyan", no_wrap=True) for line in fix]

    def _envelope(self, exit_code: int, findings: Sequence[Finding], fields: dict[str, Any]) -> None:
        shown = [dataclasses.asdict(each) for each in findings]
        for each in shown:
            each |= {"text": self.typed.in_text(each["text"]), "fix": [self.typed.shown(line) for line in each["fix"]]}
        head = {"version": ENVELOPE_VERSION, "command": self.typed.name or "stack", "ok": exit_code == 0}
        try:
            # ASCII: no terminal or log lacks it.
            text = json.dumps({**head, "exit_code": exit_code, "findings": shown, **fields}, default=_plain)
            self._out.file.write(text + "\n")
            self._out.file.flush()
        except BrokenPipeError:
            self._out.on_broken_pipe()


def _print(console: Console, line: Text) -> None:
    """A sentence is wrapped where a terminal would cut its words; a command or a long path never, to be copied."""
    width = console.width - 2
    if not console.is_terminal or line.no_wrap or any(len(word) > width for word in line.plain.split()):
        console.print(line)
        return
    for number, part in enumerate(line.wrap(console, width)):
        part.rstrip()
        console.print(Text("  ").append_text(part) if number else part)


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Path) else list(value)

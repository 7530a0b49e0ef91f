"""The wrapper as a program that reads its JSON sees it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from support.stack import Stack, StackFailedError

LEVELS = {"ok", "info", "warning", "error", "unknown"}


@dataclass(frozen=True)
class Told:
    """What one run of the wrapper said."""

    code: int
    envelope: dict[str, Any]
    stderr: str

    @property
    def findings(self) -> list[dict[str, Any]]:
        """All of them."""
        found: list[dict[str, Any]] = self.envelope["findings"]
        return found

    def ids(self, *levels: str) -> list[str]:
        """The ids of the findings of these levels, of all without any."""
        return [each["id"] for each in self.findings if not levels or each["level"] in levels]

    def finding(self, identifier: str) -> dict[str, Any]:
        """The one with this id that is not ok; AssertionError with all of them where there is none or more."""
        found = [each for each in self.findings if each["id"] == identifier and each["level"] != "ok"]
        assert len(found) == 1, f"{identifier} in {self}"
        return found[0]


def told(stack: Stack, *args: str, code: int | None = 0, **environment: str) -> Told:
    """Run a verb with --json; StackFailedError where it ends with another exit code than `code`.

    `code` None: any.
    """
    done = stack.wrapper(*args, "--json", check=False, timeout=600, **environment)
    said = Told(done.returncode, envelope(done.stdout, done.stderr), done.stderr)
    assert said.envelope["exit_code"] == done.returncode, said
    assert said.envelope["ok"] is (done.returncode == 0), said
    if code is not None and done.returncode != code:
        raise StackFailedError(f"{' '.join(args)}: exit {done.returncode}\n{said}", stack.logs(50))
    return said


def envelope(stdout: str, stderr: str = "") -> dict[str, Any]:
    """The one line of stdout, with the keys that every verb has."""
    lines = stdout.splitlines()
    assert len(lines) == 1, f"not one line: {stdout!r}\n{stderr}"
    found: dict[str, Any] = json.loads(lines[0])
    assert list(found)[:5] == ["version", "command", "ok", "exit_code", "findings"]
    for finding in found["findings"]:
        assert list(finding) == ["id", "level", "text", "where", "fix"]
        assert finding["level"] in LEVELS
        assert finding["text"]
    return found


def type_fix(stack: Stack, command: str) -> Told:
    """Type a `./stack …` line of a finding, with the answer yes where it asks; what stands behind a # is a comment."""
    script, *args = command.partition("#")[0].split()
    assert script == "./stack", command
    asks = {"adopt", "upgrade", "destroy"} & set(args) and "--yes" not in args
    return told(stack, *args, *(["--yes"] if asks else []))

"""Makes every command that is shown from what was typed, so that a line to copy can never mean another project."""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlflow_stack.errors import AGAIN

PROGRAM = "./stack"
SHARED = ("--project-name", "--file")
"""Options before or behind any verb; each takes a value."""
INVOKED_AS = "MLFLOW_STACK_INVOKED_AS"
"""Set by `stack`: its path, as it was typed."""
DROPPED = ("--json", "--yes", "--dry-run", "--")
BELOW_ROOT = re.compile(r"(docker compose|mkdir|git|cat|ls|sh scripts)\b|sudo chown .*\./")
"""Commands that only work in the checkout."""


@dataclass(frozen=True)
class Typed:
    """One command line: the program as it is reached from here, shared options, the verb, its own arguments.
    `root` is the checkout where the current folder is another one, else "".
    """

    program: str = PROGRAM
    shared: tuple[str, ...] = ()
    verb: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    root: str = ""

    @property
    def name(self) -> str:
        """The verb as one types it: `backup verify`."""
        return " ".join(self.verb)

    def shown(self, line: str) -> str:
        """A command as it has to be typed here; any other line as it is.

        `./stack AGAIN` is what was typed, with what follows added; the bare verb that was typed keeps its arguments.
        """
        command, mark, remark = line.partition("   #")
        if command == f"{PROGRAM} {self.name}":
            command = AGAIN
        if command == AGAIN or command.startswith(f"{AGAIN} "):
            words = [*self.shared, *self.verb, *self.own]
            return f"{self.program} {shlex.join(words)}{command.removeprefix(AGAIN)}{mark}{remark}"
        if command.startswith(f"{PROGRAM} "):
            shared = f" {shlex.join(self.shared)}" if self.shared else ""
            return f"{self.program}{shared}{command.removeprefix(PROGRAM)}{mark}{remark}"
        return f"cd {shlex.quote(self.root)} && {line}" if self.root and BELOW_ROOT.match(command) else line

    def in_text(self, text: str) -> str:
        """A sentence that ends in a command of ours."""
        found = re.search(r"(?:^|(?<=\s))\./stack .+$", text)
        return text if found is None else text[: found.start()] + self.shown(found.group())


def typed(
    argv: Sequence[str], verb: Sequence[str], root: Path, files: Sequence[Path], environment: Mapping[str, str]
) -> Typed:
    """From the words of a command line; `files` as they are in force, from options or environment."""
    left, rest, own, project = list(verb), iter(argv), [], environment.get("COMPOSE_PROJECT_NAME", "")
    for word in rest:
        name, equals, value = word.partition("=")
        if name in SHARED:
            value = value if equals else next(rest, "")
            project = (value if name == "--project-name" else "") or project
        elif left and word == left[0]:
            left.pop(0)
        elif word not in DROPPED:
            own.append(word)
    shared = [
        *(("--project-name", project) if project else ()),
        *(part for each in files for part in ("--file", str(each))),
    ]
    here = root.samefile(".")  # Not Path.cwd(): the current folder may have been removed.
    program = PROGRAM if here else shlex.quote(environment.get(INVOKED_AS) or str(root / "stack"))
    return Typed(program, tuple(shared), tuple(verb), tuple(own), "" if here else str(root))

"""What a message tells people to type exists: the scripts, their verbs and the options of these."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main

from mlflow_stack.cli import app

ROOT = Path(__file__).parents[2]
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]
VARIABLE = "VARIABLE"


def texts(tree: ast.AST) -> Iterator[str]:
    """Every string, those with values in them whole: a value becomes the word VARIABLE."""
    inside: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            inside.update(node.values)
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else VARIABLE for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in inside:
            yield node.value


def told() -> Iterator[tuple[str, str]]:
    """(file, `./stack …` up to the end of the command) of both packages and of what people read first."""
    code = [path for folder in ("src/mlflow_stack", "mlflow/stackd") for path in sorted((ROOT / folder).rglob("*.py"))]
    for path in code:
        for text in texts(ast.parse(path.read_text(encoding="utf-8"))):
            yield from ((path.name, command) for command in commands_in(text))
    for path in (ROOT / "README.md", ROOT / "docs/findings.md", ROOT / ".env.example"):
        yield from ((path.name, command) for command in commands_in(path.read_text(encoding="utf-8")))


def commands_in(text: str) -> list[str]:
    """Each `./stack …` up to what ends a command in these texts."""
    return [found.strip() for found in re.findall(r"\./stack( [-\w][^`\n#|;,()]*)", text)]


def mistakes(command: str) -> list[str]:
    """The words of a command that the wrapper does not know."""
    words = [word.strip("'\"[].") for word in command.split()]
    while words and words[0].startswith("--"):
        # Options before the verb: each has a value but --json and --help.
        words = words[1:] if words[0] in ("--json", "--help") else words[2:]
    if not words or words[0] in ("VERB", "AGAIN", VARIABLE):
        return []
    verb = COMMANDS.get(words[0])
    if verb is None:
        return [words[0]]
    known = {"--help", *(option for parameter in verb.params for option in parameter.opts)}
    return [word for word in words[1:] if word.startswith("-") and word not in known]


def test_every_command_that_is_told_exists() -> None:
    found = list(told())
    assert len(found) > 30
    assert [(file, command) for file, command in found if mistakes(command)] == []


@pytest.mark.parametrize(
    ("command", "wrong"),
    [
        ("start --disable-s3", []),
        ("--project-name other adopt --db x", []),
        ("upgrad", ["upgrad"]),
        ("adopt --clam", ["--clam"]),
        ("VARIABLE --yes", []),
    ],
)
def test_a_mistake_is_seen(command: str, wrong: list[str]) -> None:
    assert mistakes(command) == wrong

"""What a message tells people to type exists: the scripts, their verbs and the options of these."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from mlflow_stack.cli import app

ROOT = Path(__file__).parents[2]
GROUP: Any = typer.main.get_command(app)
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
    """The words of a command that the wrapper does not know; what follows it may be the rest of a sentence."""
    words = [word.strip("'\"[].") for word in command.split()]
    while words and words[0].startswith("--"):
        # Options before the verb: each has a value but --json and --help.
        words = words[1:] if words[0] in ("--json", "--help") else words[2:]
    if not words or words[0] in ("VERB", "AGAIN", VARIABLE):
        return []
    found, options = GROUP, {"--help"}
    while words and words[0] in getattr(found, "commands", {}):
        found = found.commands[words.pop(0)]
        options |= {option for parameter in found.params for option in parameter.opts}
    if found is GROUP:
        return [words[0]]
    if getattr(found, "commands", {}) and words and words[0].isalpha() and words[0].islower():
        return [words[0]]
    return [word for word in words if word.startswith("-") and word not in options]


def refused(line: str) -> str:
    """Why the parser refuses a whole line, "" where it takes it. Values are not looked at: a file need not exist."""
    argv = shlex.split(line, comments=True)[1:]
    if argv[:1] == [VARIABLE]:
        return ""
    if argv[:1] == ["AGAIN"]:
        return "" if {*argv[1:]} <= {"--yes", "--dry-run", VARIABLE} else line
    found: Any = GROUP
    while True:
        context = found.context_class(found)
        try:
            given, left, _ = found.make_parser(context).parse_args(list(argv))
        except Exception as problem:
            return str(getattr(problem, "message", problem))
        missing = [each.name for each in found.params if each.param_type_name == "argument" and not given[each.name]]
        commands = getattr(found, "commands", {})
        if not commands or not left:
            extra = [each for each in left if each != VARIABLE]
            return " ".join([*(f"{name} is missing" for name in missing), *(f"{each} is too much" for each in extra)])
        if left[0] == VARIABLE:
            return ""
        if left[0] not in commands:
            return f"{left[0]} is no verb"
        found, argv = commands[left[0]], left[1:]


def whole_lines() -> Iterator[tuple[str, str]]:
    """(file, line) of both packages: strings that are a command and nothing else, as a fix is."""
    for folder in ("src/mlflow_stack", "mlflow/stackd"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for text in texts(ast.parse(path.read_text(encoding="utf-8"))):
                yield from ((path.name, line) for line in text.splitlines() if re.match(r"\./stack \S", line))


def test_every_line_to_copy_parses() -> None:
    found = list(whole_lines())
    assert len(found) > 40
    assert [(file, line, refused(line)) for file, line in found if refused(line)] == []


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("./stack start --disable-s3   # a remark", ""),
        ("./stack --project-name x --file y backup --keep 3 --to z", ""),
        ("./stack AGAIN --yes", ""),
        ("./stack AGAIN --no", "./stack AGAIN --no"),
        ("./stack restore", "snapshot is missing"),
        ("./stack backup verify a b", "b is too much"),
        ("./stack artifacts sync", "sync is no verb"),
        ("./stack backup verify x --keep 3", "No such option: --keep"),
        ("./stack logs --tail", "Option '--tail' requires an argument."),
    ],
)
def test_a_line_that_the_parser_refuses(line: str, wrong: str) -> None:
    assert refused(line) == wrong


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
        ("backup verify x --in-s3", ["--in-s3"]),
        ("artifacts sync", ["sync"]),
        ("VARIABLE --yes", []),
    ],
)
def test_a_mistake_is_seen(command: str, wrong: list[str]) -> None:
    assert mistakes(command) == wrong

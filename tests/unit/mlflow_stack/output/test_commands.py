"""Every command that is shown, typed again, means the same project, files and scope."""

from __future__ import annotations

import itertools
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from mlflow_stack.cli import app
from mlflow_stack.errors import AGAIN
from mlflow_stack.output.commands import Typed, typed

ROOT = Path(__file__).resolve().parents[4]
GROUP = typer.main.get_command(app)
OWN: dict[tuple[str, ...], list[str]] = {
    ("start",): ["--timeout", "5"],
    ("stop",): [],
    ("restart",): ["--timeout=5"],
    ("status",): ["--disable-s3"],
    ("ui",): [],
    ("logs",): ["--tail", "3", "-f"],
    ("smoke",): [],
    ("doctor",): [],
    ("bootstrap",): [],
    ("upgrade",): [],
    ("backup",): ["--keep", "3", "--with-artifacts", "--to", "/tmp"],
    ("backup", "verify"): ["my disk/s 'q\""],
    ("backup", "drill"): ["--disable-s3"],
    ("backups",): ["--in-s3"],
    ("restore",): ["backup", "--take-over"],
    ("cleanup",): ["--experiment", "cleanup", "--older-than", "0s", "--registered"],
    ("usage",): [],
    ("audit",): ["--delete-orphans", "--older-than=1d"],
    ("compact",): [],
    ("migrate",): ["--moved", "s3://a b/$HOME", "--moved", "file:///it's"],
    ("close-stale",): ["--older-than", "2w"],
    ("adopt",): ["--claim", "--db", str(ROOT / "README.md")],
    ("destroy",): ["--disable-s3"],
    ("artifacts", "diff"): [],
    ("artifacts", "push"): [],
    ("artifacts", "pull"): [],
}
FILES = [str(ROOT / "docker-compose.yml"), str(ROOT / "docker-compose.local.yml")]
PROJECTS = ("option before", "option behind", "environment", "none")
EXTRAS = ("before", "behind", "environment", "none")


def all_verbs(group: Any, words: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = []
    for name, command in group.commands.items():
        if getattr(command, "commands", None):
            found += [(*words, name)] if any(each.name == "keep" for each in command.params) else []
            found += all_verbs(command, (*words, name))
        else:
            found.append((*words, name))
    return found


def test_no_verb_is_forgotten() -> None:
    assert sorted(OWN) == sorted(all_verbs(GROUP))


def parsed(command: str) -> tuple[tuple[str, ...], str | None, list[str], dict[str, Any]]:
    """Verb, project, files and the verb's own parameters of a line, as the app reads it."""
    argv = shlex.split(command, comments=True)[1:]
    context = GROUP.make_context("stack", list(argv), obj=None)
    words: list[str] = []
    project, files = context.params["project_name"], list(context.params["file"] or ())
    while getattr(context.command, "commands", None) and context._protected_args + context.args:
        rest = [*context._protected_args, *context.args]
        name, command_, args = context.command.resolve_command(context, rest)
        words.append(str(name))
        context = command_.make_context(name, list(args), parent=context)
        project = context.params.get("project_name") or project
        files += list(context.params.get("file") or ())
    shared = ("project_name", "file", "as_json", "yes", "dry_run", "show_version", "context")
    own = {key: value for key, value in context.params.items() if key not in shared}
    return tuple(words), project, [str(each) for each in files], own


def line_of(verb: tuple[str, ...], project: str, extra: str) -> tuple[list[str], dict[str, str], str | None, list[str]]:
    """argv, environment, and what they mean."""
    before: list[str] = []
    behind: list[str] = []
    environment: dict[str, str] = {}
    name = None if project == "none" else "an other"
    if name and project == "environment":
        environment["COMPOSE_PROJECT_NAME"] = name
    elif name:
        (before if project == "option before" else behind).extend(["--project-name", name])
    files = [] if extra == "none" else FILES
    if extra == "before":
        before += [part for each in files for part in ("--file", each)]
    elif extra == "behind":
        behind += [f"--file={each}" for each in files]
    return [*before, "--json", *verb, *OWN[verb], "--yes", *behind], environment, name, files


@pytest.mark.parametrize("verb", OWN, ids=" ".join)
def test_what_is_suggested_means_the_same_project_files_and_scope(verb: tuple[str, ...]) -> None:
    for project, extra in itertools.product(PROJECTS, EXTRAS):
        argv, environment, name, files = line_of(verb, project, extra)
        line = typed(argv, verb, ROOT, [Path(each) for each in files], environment)
        own = parsed(" ".join(["./stack", shlex.join([*verb, *OWN[verb]])]))[3]
        for suggestion in (AGAIN, f"{AGAIN}   # a remark", f"./stack {' '.join(verb)}"):
            assert parsed(line.shown(suggestion)) == (verb, name, files, own), (suggestion, argv)
        other = ("usage",) if verb != ("usage",) else ("status",)
        assert parsed(line.shown(f"./stack {other[0]}"))[:3] == (other, name, files)
        assert parsed(line.in_text(f"There is none yet: ./stack {other[0]}").split(": ", 1)[1])[:3] == (
            other,
            name,
            files,
        )
        if verb in (("cleanup",), ("destroy",), ("upgrade",)):
            for more in ("--yes", "--dry-run"):
                again = line.shown(f"{AGAIN} {more}")
                assert again.endswith(more)
                assert parsed(again) == (verb, name, files, own)


def test_a_bare_verb_among_the_options_of_another_is_not_this_one() -> None:
    line = typed(["backup", "verify", "x"], ["backup", "verify"], ROOT, [], {})
    assert line.shown("./stack backup") == "./stack backup"
    assert line.shown("./stack backup verify") == "./stack backup verify x"


def test_from_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    line = typed(["stop"], ["stop"], ROOT, [], {})
    assert line.shown("./stack start") == f"{shlex.quote(str(ROOT / 'stack'))} start"
    assert line.shown("mkdir backups") == f"cd {shlex.quote(str(ROOT))} && mkdir backups"
    assert line.shown("docker compose -f docker-compose.yml config").startswith(
        f"cd {shlex.quote(str(ROOT))} && docker"
    )
    assert line.shown("MLFLOW_PORT=5001") == "MLFLOW_PORT=5001"
    linked = typed(["stop"], ["stop"], ROOT, [], {"MLFLOW_STACK_INVOKED_AS": "/usr/local/bin/my stack"})
    assert linked.shown("./stack start") == "'/usr/local/bin/my stack' start"


def test_text_without_a_command_stays() -> None:
    assert Typed(shared=("--project-name", "x")).in_text("./stacks of paper") == "./stacks of paper"
    assert Typed(shared=("--project-name", "x")).in_text("no ./stack") == "no ./stack"

"""Every command that is shown, typed again, means the same project, files and scope."""

from __future__ import annotations

import itertools
import json
import os
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from mlflow_stack import cli
from mlflow_stack.cli import app, main, verb
from mlflow_stack.engine.argv import Compose
from mlflow_stack.errors import AGAIN, StackError, error
from mlflow_stack.output.commands import Typed, typed

ROOT = Path(__file__).resolve().parents[4]
GROUP = typer.main.get_command(app)
OWN: dict[tuple[str, ...], list[list[str]]] = {
    ("start",): [["--timeout", "5"], ["--disable-s3"]],
    ("stop",): [[]],
    ("restart",): [["--timeout=5"]],
    ("status",): [["--disable-s3"]],
    ("ui",): [[]],
    ("logs",): [["--tail", "3", "-f"]],
    ("smoke",): [[]],
    ("doctor",): [[]],
    ("bootstrap",): [[]],
    ("upgrade",): [[]],
    ("backup",): [["--keep", "3", "--with-artifacts", "--to", "/tmp"], ["--to-s3"]],
    ("backup", "verify"): [["my disk/s 'q\""], ["backup"], ["verify", "--disable-s3"]],
    ("backup", "drill"): [["--disable-s3"]],
    ("backups",): [["--in-s3"]],
    ("restore",): [["restore", "--take-over"], ["s3://a b/$HOME"]],
    ("cleanup",): [
        ["--experiment", "cleanup", "--older-than", "0s", "--registered"],
        ["--experiment", 'it\'s "one" of $HOME   # not a remark'],
        ["--experiment=--yes"],
        ["--experiment", "./stack cleanup"],
        ["--experiment", "é\t*"],
    ],
    ("usage",): [[]],
    ("audit",): [["--delete-orphans", "--older-than=1d"]],
    ("compact",): [[]],
    ("migrate",): [["--moved", "s3://a b/$HOME", "--moved", "file:///it's"], ["--moved", "migrate"]],
    ("close-stale",): [["--older-than", "2w"]],
    ("adopt",): [["--claim", "--db", str(ROOT / "README.md")]],
    ("destroy",): [["--disable-s3"]],
    ("users", "reset-admin"): [[]],
    ("artifacts", "diff"): [[]],
    ("artifacts", "push"): [[]],
    ("artifacts", "pull"): [[]],
}
"""Each verb, with options of its own whose values are hard to write."""
FILES = [str(ROOT / "docker-compose.yml"), str(ROOT / "docker-compose.local.yml")]
PROJECTS = ("before", "behind", "environment", "none")
EXTRAS = ("before", "behind", "environment", "none")
WAYS = list(itertools.product(PROJECTS, EXTRAS))
MORE_WAYS = [("before and environment", "behind and environment"), ("behind", "before"), ("none", "none")]
CASES = [(words, own) for words, all_own in OWN.items() for own in all_own]


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


def parsed(argv: list[str]) -> tuple[tuple[str, ...], dict[str, Any]]:
    """The verb and its own parameters, as the app reads a line."""
    context = GROUP.make_context("stack", list(argv), obj=None)
    words: list[str] = []
    while getattr(context.command, "commands", None) and context._protected_args + context.args:
        name, command, args = context.command.resolve_command(context, [*context._protected_args, *context.args])
        words.append(str(name))
        context = command.make_context(name, list(args), parent=context)
    shared = ("project_name", "file", "as_json", "yes", "dry_run", "show_version", "context")
    return tuple(words), {key: value for key, value in context.params.items() if key not in shared}


class Recorder:
    """Stands in for the stack: keeps what it was made with, and refuses whatever a verb asks, with some fixes."""

    made: Compose
    fixes: tuple[str, ...] = ()

    def __init__(self, root: Path, compose: Compose, progress: Any) -> None:
        Recorder.made, self.root, self.own_folder = compose, root, root / ".stack"
        self.runner = self
        self.changed = False

    def interrupt(self) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        raise StackError(error("a.b", "There is none yet: ./stack doctor --disable-s3", "", *self.fixes))


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> type[Recorder]:
    monkeypatch.setattr(verb, "Stack", Recorder)
    monkeypatch.setattr("mlflow_stack.verbs.backup._place", lambda session, snapshot: (snapshot, ()))
    monkeypatch.setattr(cli, "app", GROUP)  # Made once instead of for each line.
    monkeypatch.setattr(cli, "catch_signals", lambda: None)
    monkeypatch.chdir(ROOT)
    return Recorder


def lines(own: list[str], words: tuple[str, ...]) -> Any:
    """argv, environment, project and files that they mean, for each way of saying the last two."""
    for project, extra in [*MORE_WAYS, *(WAYS if own is OWN[words][0] else ())]:
        sides: dict[str, list[str]] = {"before": [], "behind": []}
        environment: dict[str, str] = {}
        name, files = "cleanup it's", FILES
        if "environment" in project:
            environment["COMPOSE_PROJECT_NAME"] = "another" if "and" in project else name
        if "environment" in extra:
            environment["MLFLOW_STACK_FILES"] = FILES[0] if "and" in extra else ":".join(FILES)
        for side, given in sides.items():
            given += ["--project-name", name] if side in project else []
            given += [f"--file={FILES[0]}", "--file", FILES[1]] if extra == side else []
            given += ["--file", FILES[1]] if extra == f"{side} and environment" else []
        yes = ["--yes"] if words in {("cleanup",), ("destroy",), ("restore",)} else []
        yes = ["--dry-run"] if words in {("compact",), ("migrate",)} else yes
        argv = [*sides["before"], "--json", *words, *own, *yes, *sides["behind"]]
        yield argv, environment, None if project == "none" else name, [] if extra == "none" else files


@pytest.mark.parametrize(("words", "own"), CASES, ids=lambda each: " ".join(each))
def test_what_is_suggested_means_the_same_project_files_and_scope(
    words: tuple[str, ...],
    own: list[str],
    recorder: type[Recorder],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each line is run, what it suggests is read from its envelope and run again, in a new shell and in the same."""

    def run(argv: list[str], environment: dict[str, str]) -> tuple[str | None, list[str]]:
        for name in ("COMPOSE_PROJECT_NAME", "MLFLOW_STACK_FILES"):
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        assert main(argv) == 2
        made = recorder.made
        return made.project_name or os.environ.get("COMPOSE_PROJECT_NAME"), [str(each) for each in made.extra]

    takes_yes = any(each.name == "yes" for each in command_of(words).params)
    more = [f"{AGAIN} --yes", f"{AGAIN} --dry-run"] if takes_yes else []
    same = [AGAIN, f"{AGAIN}   # a remark", f"./stack {' '.join(words)}", *more]
    other = "usage" if words != ("usage",) else "audit"
    recorder.fixes = (*same, f"./stack {other} --disable-s3   # a remark")
    scope = parsed([*words, *own])
    for argv, environment, name, files in lines(own, words):
        assert run(argv, environment) == (name, files), argv
        (found,) = json.loads(capsys.readouterr().out)["findings"]
        for number, command in enumerate(found["fix"]):
            again = shlex.split(command, comments=True)
            assert again[0] == "./stack"
            assert run(again[1:], {}) == (name, files), command
            if number < len(same):
                assert parsed(again[1:]) == scope, command
        agreed = [[each for each in shlex.split(fix) if each in ("--yes", "--dry-run")] for fix in found["fix"][:-1]]
        assert agreed == [[], [], [], ["--yes"], ["--dry-run"]][: len(same)], "what was typed is not agreed to again"
        assert run(shlex.split(found["fix"][0])[1:], environment) == (name, files), "in the same shell"
        shared = shlex.split(found["fix"][-1], comments=True)[1:-2]
        assert shlex.split(found["text"].removeprefix("There is none yet: ")) == [
            "./stack",
            *shared,
            "doctor",
            "--disable-s3",
        ]
        capsys.readouterr()


def command_of(words: tuple[str, ...]) -> Any:
    """The parser of a verb."""
    found: Any = GROUP
    for word in words:
        found = found.commands[word]
    return found


def test_a_bare_verb_among_the_options_of_another_is_not_this_one() -> None:
    line = typed(["backup", "verify", "x"], ["backup", "verify"], ROOT, [], {})
    assert line.shown("./stack backup") == "./stack backup"
    assert line.shown("./stack backup verify") == "./stack backup verify x"


def test_the_end_of_the_options_is_not_repeated() -> None:
    line = typed(["restore", "--", "a b"], ["restore"], ROOT, [], {})
    assert line.shown(f"{AGAIN} --yes") == "./stack restore 'a b' --yes"


@pytest.mark.parametrize(
    ("argv", "project"),
    [
        (["--project-name", "a", "stop", "--project-name", "b"], "b"),
        (["--project-name", "a", "stop", "--project-name="], "a"),
        (["--project-name=", "stop"], "c"),
        (["--project-name=a", "stop"], "a"),
    ],
)
def test_a_project_that_is_named_twice_or_empty(
    argv: list[str],
    project: str,
    recorder: type[Recorder],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COMPOSE_PROJECT_NAME", "c")
    recorder.fixes = ("./stack usage",)
    main(argv)
    assert (recorder.made.project_name or "c") == project
    assert f"    ./stack --project-name {project} usage\n" in capsys.readouterr().err


def test_another_project_that_a_fix_names_is_that_one(
    recorder: type[Recorder], capsys: pytest.CaptureFixture[str]
) -> None:
    recorder.fixes = ("./stack --project-name NAME adopt --db FILE   # into another volume",)
    main(["--project-name", "p", "--json", "adopt", "--claim"])
    (fix,) = json.loads(capsys.readouterr().out)["findings"][0]["fix"]
    main([*shlex.split(fix, comments=True)[1:-2], "--claim"])
    assert recorder.made.project_name == "NAME"


def test_from_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    line = typed(["stop"], ["stop"], ROOT, [], {})
    assert line.shown("./stack start") == f"{shlex.quote(str(ROOT / 'stack'))} start"
    for below in (
        "mkdir backups", "docker compose -f docker-compose.yml config", "git status", "ls -l ./backups",
        "cat .env.example   # names every setting", "sudo chown -R 10 ./backups", "sh scripts/bootstrap.sh",
    ):  # fmt: skip
        assert line.shown(below) == f"cd {shlex.quote(str(ROOT))} && {below}"
    for anywhere in (
        "MLFLOW_PORT=5001",
        "docker rm x",
        "sudo chown -R 10 /data",
        "lsof -i",
        "https://x/docker compose",
    ):
        assert line.shown(anywhere) == anywhere
    linked = typed(["stop"], ["stop"], ROOT, [], {"MLFLOW_STACK_INVOKED_AS": "/usr/local/bin/my stack"})
    assert linked.shown("./stack start") == "'/usr/local/bin/my stack' start"


def test_from_a_folder_that_was_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert typed(["stop"], ["stop"], ROOT, [], {}).shown(AGAIN) == f"{shlex.quote(str(ROOT / 'stack'))} stop"


def test_text_without_a_command_stays() -> None:
    assert Typed(shared=("--project-name", "x")).in_text("./stacks of paper") == "./stacks of paper"
    assert Typed(shared=("--project-name", "x")).in_text("no ./stack") == "no ./stack"

"""What a command line means, and what is said of one that means nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import typer

from mlflow_stack import cli
from mlflow_stack.cli import data, main, server, verb
from mlflow_stack.cli.options import DAY, age
from mlflow_stack.errors import StackError, error
from mlflow_stack.verbs.result import Result
from unit.mlflow_stack.output.test_commands import OWN

ROOT = Path(__file__).resolve().parents[4]
VERBS = [list(words) for words in OWN]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0s", 0),
        ("45s", 45),
        ("90m", 5400),
        ("12h", 43200),
        ("30d", 30 * DAY),
        ("2w", 14 * DAY),
        ("999999999d", 999999999 * DAY),
    ],
)
def test_an_age(text: str, seconds: int) -> None:
    assert age(text) == seconds
    assert age(seconds) == seconds


@pytest.mark.parametrize("text", ["", "d", "30", "30 d", "-1d", "1.5h", "٢d", "foo", "1000000000d"])
def test_what_is_no_age(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        age(text)


@pytest.mark.parametrize("argv", [[], ["artifacts"]])
def test_without_a_verb_the_help_is_no_error(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(argv) == 0
    assert capsys.readouterr().out.startswith("Usage: stack")


@pytest.mark.parametrize("words", [[], ["artifacts"], ["backup"], *VERBS], ids=" ".join)
def test_a_help_page_fits_eighty_columns_uncut(
    words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert main([*words, "--help"]) == 0
    text = capsys.readouterr().out
    assert text.startswith(f"Usage: {' '.join(['stack', *words])} ")
    assert max(map(len, text.splitlines())) <= 80
    assert not re.search(r"\.\.\.(\n|$)", text.split("Commands:")[-1])
    assert "range" not in text


def commands(text: str) -> list[str]:
    """The lines of a help page about verbs."""
    return text.split("Commands:\n")[-1].split("\n\n")[0].splitlines()


@pytest.mark.parametrize("words", [[], ["artifacts"], ["backup"], ["users"]], ids=" ".join)
def test_every_verb_is_told_in_one_whole_sentence(
    words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert main([*words, "--help"]) == 0
    told = commands(capsys.readouterr().out)
    assert len(told) == len({each[: len(words) + 1] for each in OWN if each[: len(words)] == tuple(words) != each})
    assert [line for line in told if not re.fullmatch(r"  [a-z-]+ +[A-Z].*[^.]\.", line)] == []


@pytest.mark.parametrize(
    ("argv", "page"),
    [
        (["start", "--bad"], "./stack start --help"),
        (["--project-name", "prod", "start", "--bad"], "./stack start --help"),
        (["--project-name=prod", "backup", "verify", "--bad"], "./stack backup verify --help"),
        (["restore"], "./stack restore --help"),
        (["nonsense"], "./stack --help"),
        (["artifacts", "nonsense"], "./stack artifacts --help"),
        (["--bad"], "./stack --help"),
        (["close-stale", "--older-than", "foo"], "./stack close-stale --help"),
        (["audit", "--older-than", "foo"], "./stack audit --help"),
        (["audit", "--older-than", "1d"], "./stack audit --help"),
        (["audit", "--dry-run"], "./stack audit --help"),
        (["--file", "/no/such.yml", "status"], "./stack status --help"),
        (["adopt", "--db", "/no/such.db"], "./stack adopt --help"),
        (["backup", "--keep", "0"], "./stack backup --help"),
        (["backup", "--to", "/tmp", "--keep", "3", "verify", "x"], "./stack backup verify --help"),
        (["--project-name", "start", "--file", str(ROOT / "README.md"), "stop", "x"], "./stack stop --help"),
        (["stop", "--project-name"], "./stack stop --help"),
    ],
)
def test_a_line_that_does_not_parse(argv: list[str], page: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json", *argv]) == 2
    said = json.loads(capsys.readouterr().out)
    (found,) = said["findings"]
    assert (said["exit_code"], found["id"], found["fix"]) == (2, "usage.arguments", [page])
    assert said["command"] == (page.removeprefix("./stack ").removesuffix("--help").strip() or "stack")
    assert main(argv) == 2
    captured = capsys.readouterr()
    assert (captured.out, page in captured.err) == ("", True)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What verbs were given."""
    found: list[Any] = []

    def act(shared: Any, words: Any, work: Any, local: bool = False, yes: bool = False, dry_run: bool = False) -> int:
        found.append((shared, words, local, yes, dry_run, work))
        return 0

    monkeypatch.setattr(verb, "act", act)
    monkeypatch.setattr(cli, "act", act)
    return found


@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_every_verb_is_reached_with_its_shared_options_on_either_side(words: list[str], seen: list[Any]) -> None:
    own = OWN[tuple(words)][0]
    for argv in (["--json", "--project-name", "p", *words, *own], [*words, *own, "--json", "--project-name", "p"]):
        assert main(argv) == 0
        shared, named, *_ = seen[-1]
        assert (shared.as_json, shared.project_name, named) == (True, "p", tuple(words))
    assert len(seen) == 2


def test_a_step_of_a_verb_is_not_the_verb(seen: list[Any]) -> None:
    main(["backup", "verify", "x"])
    assert [words for _, words, *_ in seen] == [("backup", "verify")]


@pytest.mark.parametrize(
    "argv",
    [
        ["backup", "--to", "/tmp", "--keep", "3", "verify", "x"],
        ["backup", "--to", "/tmp", "drill"],
        ["backup", "--keep", "7", "drill"],
        ["backup", "--disable-s3", "verify", "x"],
    ],
)
def test_options_that_a_step_would_ignore_are_refused(argv: list[str], seen: list[Any]) -> None:
    assert main(argv) == 2
    assert seen == []


def test_yes_and_dry_run_and_the_mode(seen: list[Any]) -> None:
    main(["cleanup", "--yes", "--dry-run", "--disable-s3"])
    assert seen[0][2:5] == (True, True, True)


def test_version_needs_no_verb(seen: list[Any]) -> None:
    assert main(["--version"]) == 0
    assert seen[0][1] == ()


def test_the_options_reach_the_verbs_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt one would be an option that nobody reads."""
    bound: dict[str, set[str]] = {}

    def record(
        app: Any, name: str, work: Any, text: str, options: Any = (), asks: bool = False, in_mode: bool = True
    ) -> None:
        import inspect

        bound[name] = {key for key in inspect.signature(work).parameters if key not in ("session", "direction")} - set(
            options
        )

    for module in (data, server):
        monkeypatch.setattr(module, "verb", record)
        module.add_to(typer.Typer())
    assert {name: left for name, left in bound.items() if left} == {}


@pytest.mark.parametrize(
    ("ended", "code"),
    [(Result(), 0), (Result(code=3), 3), (StackError(error("a", "b"), exit_code=4), 4), (KeyError("bug"), 70)],
)
@pytest.mark.parametrize("words", [("backup", "verify"), ("close-stale",)], ids=" ".join)
def test_the_verb_is_called_as_it_is_typed_however_it_ends(
    ended: Any,
    code: int,
    words: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Any,
) -> None:
    monkeypatch.setattr(verb, "ROOT", tmp_path)

    def work(_: Any) -> Result:
        if isinstance(ended, Exception):
            raise ended
        return ended  # type: ignore[no-any-return]

    shared = verb.Shared(argv=words, as_json=True)
    assert verb.act(shared, words, work) == code
    said = json.loads(capsys.readouterr().out)
    assert (said["version"], said["command"], said["exit_code"]) == (1, " ".join(words), code)


def test_an_extra_file_of_the_environment_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MLFLOW_STACK_FILES", "/no/such.yml")
    assert main(["status", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["findings"][0]["id"] == "usage.extra-file"

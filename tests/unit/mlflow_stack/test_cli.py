"""The command line: options on both sides of the verb, one envelope for every end, no traceback for a mistake."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mlflow_stack import command, lifecycle
from mlflow_stack.cli import main
from mlflow_stack.command import asking, extra_files
from mlflow_stack.errors import ExtraFileMissing, NotAnswered
from mlflow_stack.lifecycle import Stopped
from mlflow_stack.maintenance import Question
from mlflow_stack.show import Show

VERBS = [
    *("start", "stop", "restart", "status", "ui", "logs", "smoke", "doctor", "bootstrap"),
    *("destroy", "adopt", "backups", "restore", "cleanup", "usage", "audit", "compact", "migrate", "close-stale"),
    *("upgrade", "backup", "artifacts"),
]


STEPS = ["backup verify", "backup drill", "artifacts diff", "artifacts push", "artifacts pull"]


@pytest.mark.parametrize("verb", [*(verb for verb in VERBS if verb != "artifacts"), *STEPS])
def test_every_verb_has_help_with_the_shared_options(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*verb.split(), "--help"]) == 0
    said = capsys.readouterr().out
    assert {"--json", "--project-name", "--file", "--help"} <= set(said.split())


def test_the_help_page_names_every_verb_and_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    commands = capsys.readouterr().out.partition("Commands:")[2].partition("Exit codes")[0]
    assert [line.split()[0] for line in commands.splitlines() if line.strip()] == VERBS


def envelope(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize(
    ("argv", "command", "text"),
    [
        (["status", "--json", "--foo"], "status", "No such option: --foo"),
        (["--json", "stop", "now"], "stop", "Got unexpected extra argument(s) (now)"),
        (["--json", "fly"], "fly", "No such command 'fly'."),
        (
            ["start", "--json", "--timeout", "soon"],
            "start",
            "Invalid value for '--timeout': Input should be a valid number, unable to parse string as a number",
        ),
        (
            ["stop", "--json", "--file", "/gone.yml"],
            "stop",
            "The extra Compose file does not exist (--file, or MLFLOW_STACK_FILES)",
        ),
    ],
)
def test_a_mistake_in_the_command_line_is_an_envelope(
    argv: list[str], command: str, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(argv) == 2
    found = envelope(capsys)
    assert (found["command"], found["ok"], found["exit_code"]) == (command, False, 2)
    assert [each["text"] for each in found["findings"]] == [text]


def test_a_mistake_without_json_is_text_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--foo"]) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "✗ No such option: --foo\n    ./stack status --help\n")


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    seen: list[Any] = []

    def stop(stack: Any) -> Stopped:
        seen.append(stack)
        return Stopped("s3", True)

    monkeypatch.setattr(lifecycle, "stop", stop)
    return seen


@pytest.mark.parametrize(
    "argv",
    [
        ["--project-name", "side", "--json", "--file", "EXTRA", "stop"],
        ["stop", "--json", "--project-name", "side", "--file", "EXTRA"],
        ["--project-name", "side", "stop", "--file", "EXTRA", "--json"],
    ],
)
def test_shared_options_stand_before_or_behind_the_verb(
    argv: list[str], stopped: list[Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    extra = tmp_path / "extra.yml"
    extra.touch()
    assert main([str(extra) if part == "EXTRA" else part for part in argv]) == 0
    assert envelope(capsys) == {
        "command": "stop", "ok": True, "exit_code": 0, "findings": [], "mode": "s3", "was_running": True,
    }  # fmt: skip
    assert (stopped[0].files.project_name, stopped[0].files.extra) == ("side", (extra.resolve(),))
    assert stopped[0].root == Path(__file__).resolve().parents[3]


def test_ctrl_c_is_an_envelope(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def stop(stack: Any) -> Stopped:
        raise KeyboardInterrupt

    monkeypatch.setattr(lifecycle, "stop", stop)
    assert main(["stop", "--json"]) == 130
    assert [each["id"] for each in envelope(capsys)["findings"]] == ["stack.interrupted"]


def test_a_file_that_cannot_be_used_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(stack: Any) -> Stopped:
        raise PermissionError(13, "Permission denied", "/repo/.env")

    monkeypatch.setattr(lifecycle, "stop", stop)
    assert main(["stop", "--json"]) == 2
    [finding] = envelope(capsys)["findings"]
    assert (finding["id"], finding["where"]) == ("host.file", "/repo/.env")
    assert finding["text"] == "A file could not be used: Permission denied"


def test_files_of_the_variable_come_first(tmp_path: Path) -> None:
    one, two, three = (tmp_path / name for name in ("1.yml", "2.yml", "3.yml"))
    for path in (one, two, three):
        path.touch()
    assert extra_files([three], {"MLFLOW_STACK_FILES": f"{one}:{two}:"}) == (
        one.resolve(),
        two.resolve(),
        three.resolve(),
    )
    with pytest.raises(ExtraFileMissing):
        extra_files([], {"MLFLOW_STACK_FILES": "/gone.yml"})


QUESTION = Question("destroy", "This removes:", ("a",))


@pytest.mark.parametrize(("dry_run", "yes", "answer"), [(True, False, False), (True, True, False), (False, True, True)])
def test_answers_of_the_options(dry_run: bool, yes: bool, answer: bool, capsys: pytest.CaptureFixture[str]) -> None:
    assert asking(Show(False), dry_run, yes)(QUESTION) is answer
    assert capsys.readouterr().err == "This removes:\n  a\n"


def test_without_a_terminal_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command.sys.stdin, "isatty", lambda: False, raising=False)
    with pytest.raises(NotAnswered) as refused:
        asking(Show(False), False, False)(QUESTION)
    assert (refused.value.exit_code, refused.value.findings[0].fix) == (
        2,
        ("./stack destroy --dry-run", "./stack destroy --yes"),
    )


def test_completion_knows_the_verbs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("_STACK_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "stack st")
    monkeypatch.setenv("COMP_CWORD", "1")
    with pytest.raises(SystemExit):
        main([])
    assert set(capsys.readouterr().out.split()) == {"start", "stop", "status"}

"""What the image really says, through the wrapper's types: a field that one side renames turns this red."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from mlflow_stack.engine.contract import Checked, Model, Plan, Samples, Snapshot, UpgradePlan
from mlflow_stack.engine.image_verb import Reader, Said
from mlflow_stack.engine.process import Outcome
from stackd import __main__ as image
from stackd import settings as places
from stackd.data import steps, verbs
from stackd.settings import Settings


class Stdin:
    """Sends back what the reader has answered to the plan."""

    def __init__(self, reader: Reader[Any, Any], capsys: pytest.CaptureFixture[str]) -> None:
        self.buffer, self._reader, self._capsys = self, reader, capsys

    def readline(self) -> bytes:
        replies = [self._reader.line(line) for line in self._capsys.readouterr().out.splitlines()]
        return f"{replies[-1]}\n".encode()


@pytest.fixture
def ask(filled: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """A verb of the image on a small database, read as the wrapper reads it."""
    for module in (verbs, steps):
        monkeypatch.setattr(module, "from_environment", lambda: filled)

    def run(types: Any, *argv: str, agree: bool = False) -> Said[Any, Any]:
        reader = Reader[Any, Any](types, None, lambda _: agree)
        monkeypatch.setattr(sys, "stdin", Stdin(reader, capsys))
        code = verbs.main(list(argv))
        for line in capsys.readouterr().out.splitlines():
            reader.line(line)
        return reader.said(Outcome((), code, "", ""))

    return run


CHANGES: dict[str, tuple[Any, tuple[str, ...]]] = {
    "cleanup": ((Plan, Model), ("--older-than", "3600")),
    "orphans": ((Plan, Model), ("--older-than", "3600")),
    "compact": ((Plan, Model), ()),
    "migrate": ((Plan, Samples), ()),
    "stale": ((Plan, Model), ("--older-than", "3600")),
    "upgrade": ((UpgradePlan, Model), ()),
}


@pytest.mark.parametrize("verb", CHANGES)
def test_plans_are_as_the_wrapper_types_them(ask: Any, verb: str) -> None:
    types, options = CHANGES[verb]
    said = ask(types, verb, "plan", *options)
    assert (said.ok, said.plan is not None) == (True, True), said


@pytest.mark.parametrize("verb", ["cleanup", "orphans", "stale", "migrate"])
def test_what_is_agreed_to_is_done_and_said(ask: Any, verb: str) -> None:
    types, options = CHANGES[verb]
    said = ask(types, verb, "execute", *options, agree=True)
    assert said.ok, said
    assert (said.result is not None) or said.nothing
    assert said.lines or said.nothing


def test_a_cleanup_by_the_wrappers_answer(ask: Any) -> None:
    said = ask((Plan, Model), "cleanup", "execute", "--older-than", "3600", agree=True)
    assert said.lines[0].startswith("Removed: ")
    again = ask((Plan, Model), "cleanup", "execute", "--older-than", "3600", agree=True)
    assert again.nothing.startswith("Nothing that is marked deleted")


@pytest.mark.parametrize("argv", [("usage",), ("audit",), ("backup", "list")], ids=" ".join)
def test_what_only_looks(ask: Any, argv: tuple[str, ...]) -> None:
    said = ask((None, Model), *argv)
    assert said.ok
    assert said.lines


def test_a_snapshot_and_its_check(ask: Any, tmp_path: Path) -> None:
    made = ask((None, Snapshot), "backup", "create", "--keep", "3", "--into", str(places.BACKUPS))
    assert made.result is not None, made
    assert ask((None, Model), "backup", "verify", "--snapshot", made.result.snapshot).lines == (
        "Snapshot is intact: every file matches its checksum.",
    )
    assert ask((Plan, Model), "restore", "plan", "--snapshot", made.result.snapshot, "--take-over").plan is not None


def test_every_verb_of_the_wrapper_is_one_of_the_image() -> None:
    """By the words in the wrapper's code."""
    import re

    root = Path(__file__).resolve().parents[3] / "src/mlflow_stack/verbs"
    text = "\n".join(path.read_text(encoding="utf-8") for path in root.glob("*.py"))
    named = (
        set(re.findall(r'change\("([a-z -]+)"', text)) | set(re.findall(r'Change\(\("([a-z]+)",\)', text)) | {"upgrade"}
    )
    known = set(verbs.VERBS)
    assert named <= known
    assert {name for name, verb in verbs.VERBS.items() if not isinstance(verb, steps.Look)} == named


def test_check_says_its_facts(
    filled: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import stackd.settings

    monkeypatch.setattr(stackd.settings, "from_environment", lambda: filled)
    code = image.check(["--preflight"])
    reader = Reader[Plan, Checked]((None, Checked))
    for line in capsys.readouterr().out.splitlines():
        reader.line(line)
    said = reader.said(Outcome((), code, "", ""))
    assert said.result is not None
    assert said.result.facts is not None
    assert said.result.facts.database.runs == json.loads(str(said.result.facts.database.runs))
    assert places.DATABASE.exists()

"""What the image really says, through the wrapper's types: a field that one side renames turns this red."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mlflow_stack.engine.contract import Checked, Model, Place, Plan, Samples, Snapshot, UpgradePlan
from mlflow_stack.engine.image_verb import Reader, Said
from mlflow_stack.engine.process import Outcome
from stackd import __main__ as image
from stackd import mlflow_internals, steps, verbs
from stackd.settings import Settings
from stackd.snapshots import exchange, smoke, swap
from unit.mlflow_stack.conftest import Heard
from unit.stackd.filled import files, rows

HEAD = mlflow_internals.SCHEMA_HEAD


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
    monkeypatch.setattr(steps, "from_environment", lambda: filled)

    heard, told = Heard(), list[Any]()

    def run(types: Any, *argv: str, agree: bool = False) -> Said[Any, Any]:
        def decide(planned: Any) -> bool:
            told.append(planned)
            return agree

        reader = Reader[Any, Any](types, heard, decide)
        monkeypatch.setattr(sys, "stdin", Stdin(reader, capsys))
        code = verbs.main(list(argv))
        for line in capsys.readouterr().out.splitlines():
            reader.line(line)
        return reader.said(Outcome((), code, "", ""))

    run.heard, run.told = heard, told  # type: ignore[attr-defined]
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
    assert (again.ok, again.result, again.nothing[:7]) == (True, None, "Nothing")


def test_what_was_not_agreed_to_is_not_done(ask: Any, filled: Settings) -> None:
    before = rows(filled), files(filled)
    said = ask((Plan, Model), "cleanup", "execute", "--older-than", "3600")
    assert (said.ok, said.result, said.nothing, said.lines) == (True, None, "", ())
    assert (rows(filled), files(filled)) == before


def test_a_plan_that_is_not_the_one_agreed_to_is_refused(ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Stdin, "readline", lambda _: b'{"some": "other"}\n')
    said = ask((Plan, Model), "compact", "execute")
    assert (said.ok, said.result, [each.id for each in said.findings]) == (False, None, ["plan.changed"])


@pytest.mark.parametrize("verb", CHANGES)
def test_a_plan_has_words(ask: Any, verb: str) -> None:
    types, options = CHANGES[verb]
    ask(types, verb, "plan", *options)
    nothing = ask(types, verb, "plan", *options).nothing
    assert nothing or ask.told, "asked about a plan unless there is nothing to do"
    for told in ask.told:
        assert told.title, told
        assert told.facts or verb == "compact", told


@pytest.mark.parametrize("argv", [("usage",), ("audit",), ("backup", "list"), ("backup", "drill")], ids=" ".join)
def test_what_only_looks(filled: Settings, ask: Any, argv: tuple[str, ...]) -> None:
    ask((None, Snapshot), "backup", "create", "--keep", "3", "--into", str(filled.places.backups))
    said = ask((None, Model), *argv, *(("--into", str(filled.places.backups)) if argv[0] == "backup" else ()))
    assert said.ok, said
    assert said.lines


def test_a_refusal_is_a_finding(ask: Any, tmp_path: Path) -> None:
    said = ask((Plan, Model), "restore", "plan", "--snapshot", str(tmp_path))
    assert (said.ok, said.plan, said.result) == (False, None, None)
    assert [(each.level, bool(each.text)) for each in said.findings] == [("error", True)]


def test_progress_is_as_the_wrapper_types_it(filled: Settings, ask: Any) -> None:
    ask((None, Snapshot), "backup", "create", "--keep", "3", "--whole", "--into", str(filled.places.backups))
    assert ask.heard.amounts
    for done, total, unit, label in ask.heard.amounts:
        assert (done <= total if total else True, bool(unit), bool(label)) == (True, True, True)


def test_where_a_snapshot_is_after_its_way_to_s3_and_back(
    filled: Settings, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "push", lambda config, folder, keep: f"s3://b/p/{folder.name}")
    monkeypatch.setattr(exchange, "fetch", lambda config, uri: filled.places.backups / "snap")
    pushed = ask((None, Place), "backup", "push", "--snapshot", "/backups/snap", "--keep", "3")
    fetched = ask((None, Place), "backup", "fetch", "--uri", "s3://b/p/snap")
    assert pushed.result == Place(uri="s3://b/p/snap")
    assert fetched.result == Place(snapshot=str(filled.places.backups / "snap"))


def test_an_upgrade_says_where_it_kept_the_previous_database(
    filled: Settings, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(statement: str, database: Path) -> None:
        with closing(sqlite3.connect(database)) as connection, connection:
            connection.execute(statement)

    def bring_up(config: Settings) -> dict[str, list[int]]:
        write(f"UPDATE alembic_version SET version_num = '{HEAD}'", filled.places.scratch)
        return {"runs": [5, 5]}

    write("UPDATE alembic_version SET version_num = 'older'", filled.places.database)
    monkeypatch.setattr(mlflow_internals, "known_revisions", lambda _: {"older", HEAD})
    monkeypatch.setattr(smoke, "smoke", lambda config: None)
    monkeypatch.setattr(swap, "bring_up", bring_up)
    said = ask((UpgradePlan, Place), "upgrade", "execute", agree=True)
    assert said.plan is not None
    assert (said.plan.revision, said.plan.migrate) == ("older", True)
    assert said.result is not None, said
    assert Path(said.result.kept).parent == filled.places.backups
    assert ask((UpgradePlan, Place), "upgrade", "plan").plan.migrate is False


@pytest.mark.parametrize("verb", ["restore", "compact"])
def test_verbs_for_which_the_server_is_stopped(filled: Settings, ask: Any, verb: str) -> None:
    made = ask((None, Snapshot), "backup", "create", "--keep", "3", "--into", str(filled.places.backups)).result
    options = ("--snapshot", made.snapshot) if verb == "restore" else ()
    said = ask((Plan, Model), verb, "execute", *options, agree=True)
    assert said.result is not None, said
    assert said.lines


def test_samples_of_a_migration(ask: Any, filled: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with closing(sqlite3.connect(filled.places.database)) as connection, connection:
        connection.execute("UPDATE experiments SET artifact_location = '/old/1' WHERE experiment_id = 1")
        connection.execute(
            "UPDATE runs SET artifact_uri = '/old/1/' || run_uuid || '/artifacts' WHERE experiment_id = 1"
        )
    said = ask((Plan, Samples), "migrate", "execute", "--moved", "/old", agree=True)
    assert said.result is not None, said
    assert said.result.samples, said
    for each in said.result.samples:
        content = (Path(filled.destination) / each.path).read_bytes()
        assert hashlib.sha256(content).hexdigest() == each.sha256


def test_a_database_that_is_taken_over_and_its_claim(ask: Any, filled: Settings, tmp_path: Path) -> None:
    shutil.move(filled.places.database, tmp_path / "native.db")
    said = ask((Plan, Model), "adopt", "execute", "--source", str(tmp_path / "native.db"), agree=True)
    assert said.result is not None, said
    assert said.lines
    claimed = ask((Plan, Model), "adopt", "claim", "execute", agree=True)
    assert claimed.result is not None or claimed.nothing, claimed


def test_a_snapshot_and_its_check(filled: Settings, ask: Any, tmp_path: Path) -> None:
    made = ask((None, Snapshot), "backup", "create", "--keep", "3", "--into", str(filled.places.backups))
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
    assert filled.places.database.exists()

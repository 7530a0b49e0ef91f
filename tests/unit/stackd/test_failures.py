"""Errors of the file system and of SQLite: what failed, where on the host, what to do."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sqlite3
from argparse import Namespace
from collections import namedtuple
from pathlib import Path

import pytest

from stackd import database, failures, steps
from stackd.database import Busy, Failure, Full
from stackd.database.sqlite import explained
from stackd.report import Finding, counted, sentence
from stackd.settings import Places, Settings
from stackd.snapshots import copies
from stackd.steps import Look
from unit.stackd.kept import in_folders

UID = os.geteuid()
Usage = namedtuple("Usage", "total used free")


@pytest.fixture(autouse=True)
def places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Places:
    """Folders of the test; the one of backups has the least room."""
    for name in ("data", "spool", "backups", "mlartifacts"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(0, 0, 5000 if "backups" in str(path) else 10_000))
    return in_folders(tmp_path).places


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("/backups", "./backups"),
        ("/backups/20260101T000000.000Z/mlflow.db", "./backups/20260101T000000.000Z/mlflow.db"),
        ("/mlartifacts/1/a", "./mlartifacts/1/a"),
        ("/home/mlflow/.aws/config", "~/.aws/config"),
        ("/data/mlflow.db", "mlflow.db in the volume `data`"),
        ("/spool", "the volume `spool`"),
        ("/backups2/x", "/backups2/x"),
        ("s3://b/p", "s3://b/p"),
        ("", ""),
    ],
)
def test_paths_as_the_host_knows_them(path: str, known: str) -> None:
    assert Places().on_host(path) == known


def lost(error: sqlite3.Error, path: Path = Path("/data/mlflow.db")) -> Failure:
    """What the driver's error is above it."""
    return explained(error, path)


def oserror(number: int, path: Path | None) -> OSError:
    return OSError(number, os.strerror(number), *([str(path)] if path else []))


def test_a_full_disk_is_named_with_what_is_free(places: Places) -> None:
    text = "There is no room left on the disk of ./mlartifacts/1/a: 10,000 bytes are free"
    found = failures.explain(oserror(errno.ENOSPC, places.data.parent / "mlartifacts/1/a"), places)
    assert found == Finding("data.no-room", "error", text, "./mlartifacts/1/a", ["df -h ./mlartifacts/1/a"])
    # Without a path: the fullest of those that are written to.
    for error in (oserror(errno.ENOSPC, None), Full("database or disk is full")):
        found = failures.explain(error, places)
        assert (found.where, "5,000 bytes" in found.text) == ("./backups", True)
    assert failures.explain(oserror(errno.EDQUOT, places.data.parent / "data"), places).fix == ["docker system df"]


@pytest.mark.parametrize(
    ("path", "identifier", "where", "fix"),
    [
        ("backups/x", "backups.folder", "./backups/x", f"sudo chown -R {UID} ./backups"),
        ("mlartifacts/x", "artifacts.folder", "./mlartifacts/x", f"sudo chown -R {UID} ./mlartifacts"),
        ("spool/x", "data.folder-unwritable", "x in the volume `spool`", "./stack restart"),
    ],
)
def test_what_may_not_be_written_is_given(places: Places, path: str, identifier: str, where: str, fix: str) -> None:
    found = failures.explain(oserror(errno.EACCES, places.data.parent / path), places)
    assert (found.id, found.where, found.fix) == (identifier, where, [fix])
    assert found.text == f"{where} cannot be used by uid {UID}, as whom the stack runs: Permission denied"


@pytest.mark.parametrize(
    ("error", "identifier", "text"),
    [
        (oserror(errno.ENOENT, Path("/adopt/x")), "host.file", "/adopt/x does not exist"),
        (oserror(errno.ENAMETOOLONG, Path("/x/y")), "host.file", "The name of /x/y is too long for the file system"),
        (oserror(errno.EISDIR, Path("/x")), "host.file", "/x cannot be a file: there is a folder in its place"),
        (oserror(errno.EIO, Path("/x")), "host.file", "/x cannot be used: Input/output error"),
        (oserror(errno.EIO, None), "host.file", "The system refused it: Input/output error"),
        (FileExistsError("1/a is already there"), "host.file", "The system refused it: 1/a is already there"),
        (
            lost(sqlite3.OperationalError("database is locked")),
            "database.busy",
            "could not be used: database is locked",
        ),
        (lost(sqlite3.DatabaseError("file is not a database")), "database.corrupt", "could not be read: file is not"),
        (Busy("other writers held the database for 10 s"), "database.busy", "Other writers held the database"),
        (ValueError("1/a in S3 is not what was sent"), "artifacts.changed", "1/a in S3 is not what was sent"),
        (json.JSONDecodeError("Expecting value", "", 0), "host.file", "A file does not hold what it should: Expecting"),
    ],
)
def test_every_other_one_is_a_sentence(places: Places, error: Exception, identifier: str, text: str) -> None:
    found = failures.explain(error, places)
    assert (found.id, found.level) == (identifier, "error")
    assert text in found.text
    assert found.fix


def test_a_database_that_is_not_there_yet_is_no_question_of_permission(places: Places) -> None:
    error = sqlite3.OperationalError("unable to open database file")
    assert failures.explain(lost(error, places.database), places).id == "data.volume-empty"
    places.database.touch()
    assert failures.explain(lost(error, places.database), places).id == "data.folder-unwritable"


def test_a_verb_that_fails_says_a_finding(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, places: Places
) -> None:
    monkeypatch.setattr(steps, "from_environment", lambda: in_folders(places.data.parent))

    def broken(_: Settings, __: Namespace) -> dict[str, object]:
        return {"read": (places.data.parent / "backups/none/snapshot.json").read_text()}

    assert steps.look("usage", Look(broken), Namespace()) == 1
    finding, result = map(json.loads, capsys.readouterr().out.splitlines())
    assert finding["text"] == "./backups/none/snapshot.json does not exist"
    assert result == {"event": "result", "ok": False}


def test_a_copy_into_a_folder_that_may_not_be_written_names_it(places: Places) -> None:
    """SQLite alone says that it is unable to open the database file."""
    with sqlite3.connect(places.database) as connection:
        connection.execute("CREATE TABLE t (n)")
    connection.close()
    (places.data.parent / "backups").rmdir()
    (places.data.parent / "backups").write_text("a file")
    with pytest.raises(NotADirectoryError) as caught:
        database.at(places.database).copy(places.backups / "mlflow.db")
    assert "there is a file in its place" in failures.explain(caught.value, places).text


def test_what_became_of_the_copy_at_the_stop_is_one_line(places: Places) -> None:
    config = in_folders(places.data.parent)
    with sqlite3.connect(places.database) as connection:
        connection.execute("CREATE TABLE t (n)")
    connection.close()
    said = copies.at_the_stop(config)
    (name,) = [path.name for path in places.backups.iterdir()]
    assert said == f"The database was copied to ./backups/{name}"
    assert copies.at_the_stop(config) == f"The database has not changed since the copy ./backups/{name}"
    places.database.write_bytes(b"no database" * 1000)
    assert copies.at_the_stop(config) == (
        "The database could not be copied to ./backups: The database could not be read: file is not a database"
    )


def test_words() -> None:
    assert [counted(number, "run") for number in (0, 1, 2, 12_000)] == ["0 runs", "1 run", "2 runs", "12,000 runs"]
    assert sentence("the volume") == "The volume"
    assert sentence("s3://b is foreign") == "s3://b is foreign"

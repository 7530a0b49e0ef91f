"""A native `mlflow server` is brought in: its runs, models and files are there, and its own folder is as it was."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from support import docker
from support.databases import older_native_database
from support.filestore import logged, read
from support.images import server_image
from support.native import Native, digest, native_server, with_open_wal
from support.rest import API, Rest
from support.stack import NewStack, Stack
from support.working_copy import own
from support.wrapped import told, type_fix
from support.writers import history


@pytest.fixture(scope="module")
def image(tree: Path, images: dict[str, str]) -> str:
    """Has MLflow itself in it."""
    return server_image(tree, images)


@pytest.fixture(scope="module")
def native(image: str, tmp_path_factory: pytest.TempPathFactory) -> Native:
    """A native server's folder, stopped."""
    return native_server(image, tmp_path_factory.mktemp("native"))


def alias(stack: Stack, model: str) -> str:
    """The version that a registered model's alias `best` names."""
    answer = Rest(stack).call("GET", f"{API}/registered-models/alias", params={"name": model, "alias": "best"})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["model_version"]["version"])


def is_there(stack: Stack, native: Native, steps: list[int]) -> None:
    """Run, parameter, metrics, model and every file by its bytes, through the server."""
    rest = Rest(stack)
    run = rest.call("GET", f"{API}/runs/get", params={"run_id": native.run}).json()["run"]
    assert run["data"]["params"] == [{"key": "depth", "value": "3"}]
    assert history(stack, native.run) == steps
    assert alias(stack, native.model) == "1"
    assert {path: digest(rest.get(path).content) for path in native.files} == native.files
    root = run["info"]["artifact_uri"].removeprefix("mlflow-artifacts:/")
    assert rest.listed(root) == {"a.bin": 70_000, "model": None}


def adopt(stack: Stack, native: Native, *more: str) -> dict[str, Any]:
    """As one types it for a folder of a native server."""
    options = ("--db", str(native.database), "--artifacts", str(native.artifacts), *more)
    return told(stack, "adopt", *options).envelope


def test_runs_models_and_files_are_there_in_both_modes(stack: Stack, native: Native) -> None:
    """The first day of a user of a native server; nothing is asked of S3 for it."""
    before = native.content()
    assert adopt(stack, native, "--dry-run")["done"] is False
    assert stack.files() == {".gitkeep": 0}
    adopted = adopt(stack, native, "--yes")
    assert (adopted["done"], adopted["restarted"]) == (True, False)
    assert native.content() == before
    tables = adopted["result"]["tables"]
    assert (tables["runs"], tables["metrics"]) == ([1, 1], [2, 2])

    told(stack, "start", "--disable-s3")
    is_there(stack, native, [1, 2])
    # In S3 mode from ./mlartifacts, for the bucket has none of it.
    told(stack, "start")
    is_there(stack, native, [1, 2])
    assert not [key for key in stack.objects() if key.endswith(".bin")]
    assert native.content() == before


def test_a_volume_with_runs_is_refused_and_goes_on(stack: Stack, native: Native) -> None:
    """Two databases cannot be one: their experiments have the same numbers. Runs behind the one before."""
    container = docker.inspect(stack.container())
    refused = told(stack, "adopt", "--db", str(native.database), "--yes", code=1)
    assert refused.ids("error") == ["data.volume-empty"]
    assert docker.inspect(stack.container())["State"]["StartedAt"] == container["State"]["StartedAt"]
    is_there(stack, native, [1, 2])


def test_what_a_killed_server_left_in_its_wal_comes_in_beside_a_running_server(
    new_stack: NewStack, native: Native
) -> None:
    """In the folder where one ran both: `start` says so, and what it says brings the last metric in too."""
    stack = new_stack(s3=False)
    with_open_wal(native, stack.folder / "native")
    for name in ("mlflow.db", "mlflow.db-wal"):
        (stack.folder / "native" / name).replace(stack.folder / name)
    before = {name: (stack.folder / name).read_bytes() for name in ("mlflow.db", "mlflow.db-wal")}
    own(stack.folder / "native")
    waiting = told(stack, "start", "--disable-s3").finding("adopt.waiting")
    adopted = type_fix(stack, f"{waiting['fix'][0]} --artifacts native/mlartifacts")
    assert (adopted.envelope["done"], adopted.envelope["restarted"]) == (True, True)
    is_there(stack, native, [1, 2, 3])
    assert {name: (stack.folder / name).read_bytes() for name in before} == before
    assert not (stack.folder / "mlflow.db-shm").exists()
    assert told(stack, "start", "--disable-s3").ids("info") == []


def test_an_older_database_is_brought_up_with_its_alias(new_stack: NewStack, image: str, tmp_path: Path) -> None:
    """MLflow's own migration, with the server's foreign keys on, stops half-way or drops the alias."""
    stack = new_stack(s3=False)
    own(tmp_path)
    older = older_native_database(image, tmp_path)
    before = (tmp_path / "mlflow.db").read_bytes()
    adopted = told(stack, "adopt", "--db", str(tmp_path / "mlflow.db"), "--yes").envelope
    assert (adopted["plan"]["revision"], adopted["plan"]["migrate"]) == (older, True)
    assert (tmp_path / "mlflow.db").read_bytes() == before
    told(stack, "start", "--disable-s3")
    assert alias(stack, "m") == "1"
    found = Rest(stack).post("runs/search", experiment_ids=["7"])["runs"]
    assert [run["info"]["run_id"] for run in found] == ["a1"]


def test_a_source_that_is_written_after_the_plan_is_refused(
    new_stack: NewStack, native: Native, tmp_path: Path
) -> None:
    """A native server that still runs: half of its last run would be taken over."""
    stack = new_stack(s3=False)
    source = with_open_wal(native, tmp_path / "native")
    binds = (f"{source.folder}:/adopt:ro",)
    planned = stack.inside("adopt", "plan", "--source", "/adopt/mlflow.db", mode="local", binds=binds)
    assert planned.returncode == 0, planned.events
    with closing(sqlite3.connect(source.database)) as writer:
        writer.execute("UPDATE runs SET name = 'written meanwhile'")
        writer.commit()
    execute = ("adopt", "execute", "--source", "/adopt/mlflow.db")
    refused = stack.inside(*execute, mode="local", binds=binds, stdin=json.dumps(planned.plan))
    assert (refused.returncode, [each["id"] for each in refused.findings]) == (1, ["plan.changed"])
    facts = stack.inside("check", "--preflight", mode="local").result["facts"]
    assert facts["database"]["exists"] is False


def test_a_file_store_comes_in_with_what_is_deleted_and_its_files_byte_by_byte(
    new_stack: NewStack, tmp_path: Path
) -> None:
    """`mlruns` as a client without a server leaves it, moved since; one experiment's files are somewhere else.

    Not at once: a client has repeated a line, which is named, and removed by the command that is shown.
    """
    stack = new_stack(s3=False)
    (tmp_path / "written").mkdir()
    said = logged(stack, str(tmp_path / "written"), str(tmp_path / "own"))
    source = (tmp_path / "written").rename(tmp_path / "moved")
    for folder in (source, tmp_path / "own"):
        own(folder)
    (loss, *_) = (source / "mlruns").glob("*/*/metrics/loss")
    written = loss.read_text()
    loss.write_text(written + written.splitlines(keepends=True)[0])
    options = ("adopt", "--mlruns", str(source), "--artifacts", str(tmp_path / "own"), "--yes", "--disable-s3")
    refused = told(stack, *options, code=1).finding("adopt.lost")
    assert refused["where"] == str(loss.relative_to(source))
    assert stack.files() == {".gitkeep": 0}
    (fix,) = refused["fix"]
    subprocess.run(["sh", "-c", fix], cwd=source, check=True)
    assert loss.read_text() == written

    before = {path: path.read_bytes() for path in source.rglob("*") if path.is_file()}
    adopted = told(stack, *options).envelope
    planned = adopted["plan"]
    assert (planned["runs"], planned["rewritten"], planned["artifact_files"]) == (4, 4, 10)
    assert (adopted["done"], adopted["result"]["tables"]["runs"]) == (True, [4, 4])
    assert {path: path.read_bytes() for path in source.rglob("*") if path.is_file()} == before

    told(stack, "start", "--disable-s3")
    files = {str(path.relative_to(source / "files")): digest(path.read_bytes())
             for path in (source / "files").rglob("*") if path.is_file()}  # fmt: skip
    found = read(stack, said)
    points = [[step, step, 1 / (step + 1)] for step in range(3)]
    for run in found["runs"]:
        assert run[:4] == [{"net/depth": "3"}, "basket world", points, files]
        assert run[4].startswith("mlflow-artifacts:/")
    assert found["model"] == files
    assert found["version"] == {"é.txt": digest(b"accents")}


def test_a_file_store_that_cannot_be_read_whole_is_refused(new_stack: NewStack, tmp_path: Path) -> None:
    """MLflow leaves such a run out with a warning, and adopts the others."""
    stack = new_stack(s3=False)
    run = tmp_path / "mlruns/1/r1"
    run.mkdir(parents=True)
    (run.parent / "meta.yaml").write_text("name: one\nartifact_location: file:///mlruns/1\nlifecycle_stage: active\n")
    (run / "meta.yaml").write_text("run_id: [")
    own(tmp_path)
    refused = told(stack, "adopt", "--mlruns", str(tmp_path / "mlruns"), "--yes", "--disable-s3", code=1)
    assert "runs (1, of which 0 were read)" in refused.finding("adopt.lost")["text"]


def test_claim_shows_what_is_there_and_then_files_can_be_deleted(new_stack: NewStack) -> None:
    """A prefix that was in use before the stack: nothing is deleted there until its owner says that it is his."""
    stack = new_stack()
    stack.s3.client().put_object(Bucket=stack.bucket, Key=f"{stack.prefix}/1/old/artifacts/a.bin", Body=b"old")
    missing = told(stack, "start").finding("owner.missing")
    rest = Rest(stack)
    root = rest.new_root("claimed")
    rest.stored(f"{root}/a.bin", b"a")
    refused = rest.delete(f"{root}/a.bin")
    assert refused.status_code == 403, refused.text
    assert "./stack adopt --claim" in refused.json()["message"]

    dry = told(stack, "adopt", "--claim", "--dry-run")
    assert (dry.envelope["done"], dry.envelope["plan"]["objects"], dry.envelope["plan"]["owner"]) == (False, 2, None)
    assert "  1/old/artifacts/a.bin" in dry.stderr
    assert ".mlflow-stack-owner" not in stack.objects()
    assert type_fix(stack, next(each for each in missing["fix"] if "--claim" in each)).envelope["done"] is True
    answer = rest.delete(f"{root}/a.bin")
    assert answer.status_code == 200, answer.text
    assert f"{root}/a.bin" not in stack.objects()
    assert "1/old/artifacts/a.bin" in stack.objects()
    assert told(stack, "start").ids("warning", "error") == []

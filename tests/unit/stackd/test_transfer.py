"""What is the same, what is copied which way, and what is left because the other side is newer."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from stackd.artifacts import owner, stored, transfer
from stackd.artifacts.stored import Stored
from stackd.failures import Refused
from stackd.settings import Settings

ROOT = "1/r1/artifacts"
HERE, THERE = 1000.0, 2000.0


def etag(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def in_s3(name: str, body: bytes, modified: float = THERE) -> Stored:
    return Stored(f"{ROOT}/{name}", len(body), etag(body), modified)


@pytest.fixture
def config(local: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """S3 mode with one run; five files in the folder, as old as HERE, and five objects that only a listing shows."""
    with closing(sqlite3.connect(local.places.database)) as connection, connection:
        connection.execute("INSERT INTO experiments (experiment_id, name, workspace) VALUES (1, 'e', 'default')")
        connection.execute(
            "INSERT INTO runs (run_uuid, experiment_id, artifact_uri, lifecycle_stage, status, source_type)"
            f" VALUES ('r1', 1, 'mlflow-artifacts:/{ROOT}', 'active', 'FINISHED', 'LOCAL')"
        )
    for name in ("same", "only-folder", "newer-folder", "newer-s3", "../../../9/stray"):
        path = Path(local.destination) / ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"here")
        os.utime(path, (HERE, HERE))
    objects = [
        in_s3("newer-folder", b"old!", HERE - 1),
        in_s3("newer-s3", b"new!"),
        in_s3("only-s3", b"there"),
        in_s3("same", b"here"),
    ]
    monkeypatch.setattr(stored, "of_prefix", lambda config: iter(objects))
    monkeypatch.setattr(owner, "required", lambda config: None)
    return replace(local, mode="s3", destination="s3://b/p")


def names(found: list[Stored]) -> list[str]:
    return [Path(each.path).name for each in found]


def test_each_object_is_in_one_list(config: Settings, tmp_path: Path) -> None:
    found = transfer.diff(config, tmp_path / "mlartifacts")
    counts = transfer.described(found)
    assert (names(found.only_folder), names(found.only_s3)) == (["only-folder"], ["only-s3"])
    assert [counts[name] for name in ("same", "newer_folder", "newer_s3", "unowned")] == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("direction", "copied", "newer"),
    [("push", ["only-folder", "newer-folder"], ["newer-s3"]), ("pull", ["only-s3", "newer-s3"], ["newer-folder"])],
)
def test_nothing_is_copied_over_something_newer(
    config: Settings, tmp_path: Path, direction: transfer.Direction, copied: list[str], newer: list[str]
) -> None:
    taken, left = transfer._chosen(transfer.diff(config, tmp_path / "mlartifacts"), direction)
    assert (names(taken), names(left)) == (copied, newer)
    planned = transfer.plan(config, tmp_path / "mlartifacts", direction)
    assert (planned["objects"], planned["newer"]) == (2, 1)


def test_a_plan_is_refused_once_a_store_has_changed(config: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "mlartifacts"
    planned = transfer.plan(config, folder, "push")
    (folder / ROOT / "another").write_bytes(b"more")
    with pytest.raises(Refused, match="have changed since the plan"):
        transfer.execute(config, folder, planned)


def test_local_mode_has_nothing_to_compare_with(config: Settings, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        transfer.diff(replace(config, mode="local"), tmp_path)
    assert refused.value.finding.id == "s3.mode"


def test_the_etag_of_an_upload_in_parts_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "PART_BYTES", 4)
    (tmp_path / "file").write_bytes(b"0123456789")
    parts = b"".join(hashlib.md5(part, usedforsecurity=False).digest() for part in (b"0123", b"4567", b"89"))
    assert transfer._etags(tmp_path / "file") == {etag(b"0123456789"), f"{etag(parts)}-3"}

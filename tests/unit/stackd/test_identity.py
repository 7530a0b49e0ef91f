"""The owner of the mounts gets the flat volume; a process without capabilities stays who it is."""

import os
from pathlib import Path

import pytest

from stackd import identity, settings


def test_a_bounding_set_says_whether_a_capability_is_in_reach() -> None:
    assert identity.holds_capability("Name:\tx\nCapBnd:\t00000000a80425fb\n")
    assert not identity.holds_capability("Name:\tx\nCapBnd:\t0000000000000000\n")


def test_the_owner_is_that_of_the_mount_of_the_mode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "AWS", tmp_path / "aws")
    monkeypatch.setattr(settings, "MLARTIFACTS", tmp_path / "mlartifacts")
    asked: list[str] = []
    status = tmp_path.stat()
    for name in ("aws", "mlartifacts"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(Path, "stat", lambda self: asked.append(self.name) or status)
    identity.owner("s3")
    identity.owner("local")
    assert asked == ["aws", "mlartifacts"]


def test_the_folder_is_taken_before_its_files_and_given_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mlflow.db").touch()
    calls: list[tuple[str, int]] = []
    monkeypatch.setattr(os, "chown", lambda path, uid, gid, follow_symlinks=True: calls.append((Path(path).name, uid)))
    identity.give(tmp_path, 1234, 1234)
    assert calls == [(tmp_path.name, 0), ("mlflow.db", 1234), (tmp_path.name, 1234)]

"""The owner of the mounts gets the flat volume; a process without capabilities stays who it is."""

import os
from pathlib import Path

import pytest

from stackd import identity
from stackd.settings import Places


def test_a_bounding_set_says_whether_a_capability_is_in_reach() -> None:
    assert identity.holds_capability("Name:\tx\nCapBnd:\t00000000a80425fb\n")
    assert not identity.holds_capability("Name:\tx\nCapBnd:\t0000000000000000\n")


def test_the_owner_is_that_of_the_mount_of_the_mode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = Places(aws=tmp_path / "aws", mlartifacts=tmp_path / "mlartifacts")
    asked: list[str] = []
    status = tmp_path.stat()
    for name in ("aws", "mlartifacts"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(Path, "stat", lambda self: asked.append(self.name) or status)
    identity.owner("s3", places)
    identity.owner("local", places)
    assert asked == ["aws", "mlartifacts"]


@pytest.fixture
def chowns(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """What is given to whom; the folder itself last."""
    calls: list[tuple[str, int]] = []
    monkeypatch.setattr(os, "chown", lambda path, uid, gid, follow_symlinks=True: calls.append((Path(path).name, uid)))
    return calls


def test_a_folder_is_never_taken_from_the_user_who_has_it(tmp_path: Path, chowns: list[tuple[str, int]]) -> None:
    """A server beside this container writes in it at this moment."""
    (tmp_path / "mlflow.db").touch()
    identity.give(tmp_path, 1234, 1234)
    assert chowns == [("mlflow.db", 1234), (tmp_path.name, 1234)]


def test_a_folder_that_root_cannot_look_into_is_taken_first(
    tmp_path: Path, chowns: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(folder: Path) -> list[Path]:
        if not chowns:
            raise PermissionError(13, "Permission denied")
        return [folder / "mlflow.db"]

    monkeypatch.setattr(Path, "iterdir", look)
    identity.give(tmp_path, 1234, 1234)
    assert chowns == [(tmp_path.name, 0), ("mlflow.db", 1234), (tmp_path.name, 1234)]


def test_a_file_that_is_gone_meanwhile_is_none_to_give(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "iterdir", lambda folder: [folder / "gone"])
    identity.give(tmp_path, os.getuid(), os.getgid())
    assert tmp_path.stat().st_uid == os.getuid()

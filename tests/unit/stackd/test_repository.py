"""What local mode promises of its folder: an answered upload is on the disk, and a download is the file itself."""

import io
import os
from pathlib import Path

import pytest

from stackd import files
from stackd.artifacts.repository import FolderRepository
from stackd.settings import Settings


@pytest.fixture
def repository(local: Settings, monkeypatch: pytest.MonkeyPatch) -> FolderRepository:
    """A run's folder below the destination of local mode."""
    monkeypatch.setattr(FolderRepository, "settings", local, raising=False)
    monkeypatch.setattr(FolderRepository, "claim", lambda _: None, raising=False)
    return FolderRepository(f"{local.destination}/1/run/artifacts")


def test_a_file_is_on_the_disk_before_it_has_its_name_and_its_name_before_the_answer(
    repository: FolderRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a power cut leaves a whole name and an empty file."""
    done: list[tuple[str, str]] = []
    real_sync, real_replace = files.sync, os.replace

    def sync(path: Path) -> None:
        done.append(("sync", path.read_bytes().decode() if path.is_file() else path.name))
        real_sync(path)

    def replace(source: str, target: str) -> None:
        done.append(("rename", Path(target).name))
        real_replace(source, target)

    monkeypatch.setattr(files, "sync", sync)
    monkeypatch.setattr(os, "replace", replace)
    repository.log_artifact_from_stream(io.BytesIO(b"all of it"), "model.bin", "m")
    assert done == [("sync", "all of it"), ("rename", "model.bin"), ("sync", "m")]


def test_a_download_is_sent_from_the_file_itself(repository: FolderRepository) -> None:
    """MLflow hands a path that it gets here to the kernel; without one it would copy the file through Python."""
    repository.log_artifact_from_stream(io.BytesIO(b"all of it"), "model.bin", "m")
    assert Path(repository.get_local_path("m/model.bin")).read_bytes() == b"all of it"

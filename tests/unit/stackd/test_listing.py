"""S3 and ./mlartifacts as one: union by name, nothing outside of the folder, no files that are not artifacts."""

from pathlib import Path

from mlflow.entities import FileInfo

from stackd.artifacts import listing
from stackd.artifacts.repository import below


def test_the_union_takes_each_name_once_and_s3_first() -> None:
    stored = [FileInfo("a", False, 1), FileInfo("d", True, None)]
    offline = [FileInfo("a", False, 99), FileInfo("b", False, 2), FileInfo(".gitkeep", False, 0)]
    found = [(entry.path, entry.file_size) for entry in listing.union(stored, offline, top=True)]
    assert found == [("a", 1), ("b", 2), ("d", None)]


def test_below_the_top_a_hidden_file_is_an_artifact() -> None:
    assert [entry.path for entry in listing.union([FileInfo(".gitignore", False, 1)], [])] == [".gitignore"]


def test_a_folder_lists_relative_to_its_repository(tmp_path: Path) -> None:
    place = tmp_path / "1" / "run" / "artifacts" / "sub"
    place.mkdir(parents=True)
    (place / "f.txt").write_text("four")
    found = listing.of_folder(tmp_path, "1/run/artifacts/sub", "1/run/artifacts")
    assert [(entry.path, entry.is_dir, entry.file_size) for entry in found] == [("sub/f.txt", False, 4)]
    assert [entry.path for entry in listing.of_folder(tmp_path, "1/run/artifacts", "")] == ["1/run/artifacts/sub"]
    assert listing.of_folder(tmp_path, "2/none", "") == []


def test_nothing_outside_of_the_folder_is_read(tmp_path: Path) -> None:
    inner = tmp_path / "mlartifacts"
    inner.mkdir()
    (tmp_path / "secret").write_text("s")
    (inner / "link").symlink_to(tmp_path / "secret")
    assert listing.inside(inner, "../secret") is None
    assert listing.inside(inner, "link") is None
    assert listing.inside(inner, "/etc/passwd") is None


def test_below_is_not_fooled() -> None:
    assert below("s3://b/p", "s3://b/p")
    assert below("s3://b/p/1/", "s3://b/p")
    assert not below("s3://b/prefix", "s3://b/p")
    assert not below("s3://b/p/../q", "s3://b/p")
    assert not below("s3://other/p", "s3://b/p")

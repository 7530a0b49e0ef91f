"""S3 and ./mlartifacts as one: union by name, nothing outside of the folder, no files that are not artifacts."""

from pathlib import Path

from mlflow.entities import FileInfo

from stackd.artifacts import repository


def test_the_union_takes_each_name_once_and_s3_first() -> None:
    stored = [FileInfo("a", False, 1), FileInfo("d", True, None)]
    offline = [FileInfo("a", False, 99), FileInfo("b", False, 2), FileInfo(".gitkeep", False, 0)]
    found = [(entry.path, entry.file_size) for entry in repository.union(stored, offline, top=True)]
    assert found == [("a", 1), ("b", 2), ("d", None)]


def test_below_the_top_a_hidden_file_is_an_artifact() -> None:
    assert [entry.path for entry in repository.union([FileInfo(".gitignore", False, 1)], [])] == [".gitignore"]


def test_a_folder_lists_relative_to_its_repository(tmp_path: Path) -> None:
    place = tmp_path / "1" / "run" / "artifacts" / "sub"
    place.mkdir(parents=True)
    (place / "f.txt").write_text("four")
    found = repository.of_folder(tmp_path, "1/run/artifacts/sub", "1/run/artifacts")
    assert [(entry.path, entry.is_dir, entry.file_size) for entry in found] == [("sub/f.txt", False, 4)]
    assert [entry.path for entry in repository.of_folder(tmp_path, "1/run/artifacts", "")] == ["1/run/artifacts/sub"]
    assert repository.of_folder(tmp_path, "2/none", "") == []


def test_nothing_outside_of_the_folder_is_read(tmp_path: Path) -> None:
    inner = tmp_path / "mlartifacts"
    inner.mkdir()
    (tmp_path / "secret").write_text("s")
    (inner / "link").symlink_to(tmp_path / "secret")
    assert repository.inside(inner, "../secret") is None
    assert repository.inside(inner, "link") is None
    assert repository.inside(inner, "/etc/passwd") is None

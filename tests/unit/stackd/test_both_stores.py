"""In S3 mode a snapshot knows what runs made offline have in ./mlartifacts, and so do an audit and a restore."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stackd import database
from stackd.artifacts import owner, store
from stackd.artifacts.store import Store
from stackd.cleaning import audit
from stackd.failures import Refused
from stackd.settings import Settings
from stackd.snapshots import restore, snapshot
from unit.stackd.bucket import Bucket


@pytest.fixture
def both(bucket: Bucket, remote: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A run with an object in S3, one in both stores, and a file in ./mlartifacts alone."""
    folder = tmp_path / "mlartifacts"
    monkeypatch.setattr(owner, "claim_if_empty", lambda place, ours: owner.Owner("ours", ours, ours))
    (folder / "1/live/artifacts/both.bin").write_bytes(b"older")
    bucket.objects = {"p/1/live/artifacts/both.bin": 9, "p/1/live/artifacts/s3.bin": 3}
    return remote


def lacking(config: Settings, folder: Path) -> list[str]:
    return [path for path, _, _ in restore._changed(config, folder)]


def lines(folder: Path) -> list[tuple[str, int, str | None]]:
    return [(each["path"], each["bytes"], each.get("store")) for each in snapshot.manifest(folder)]


def test_a_manifest_says_which_store_a_file_is_in(both: Settings) -> None:
    made = snapshot.create(both, both.places.backups, whole=False, keep=1)
    assert [each for each in lines(made) if "/live/" in each[0]] == [
        ("1/live/artifacts/both.bin", 9, None),
        ("1/live/artifacts/file.bin", 5, "local"),
        ("1/live/artifacts/s3.bin", 3, None),
    ]
    assert snapshot.verify(made).objects == len(lines(made))


def test_a_whole_one_has_the_bytes_of_both(both: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    fetch = store.fetch
    asked: list[tuple[str, str]] = []

    def fetched(place: Store, path: str, target: Path) -> str | None:
        asked.append((type(place).__name__, path))
        return fetch(place, path, target) if isinstance(place, store.Folder) else None

    monkeypatch.setattr(store, "fetch", fetched)
    made = snapshot.create(both, both.places.backups, whole=True, keep=1)
    assert ("Bucket", "1/live/artifacts/both.bin") in asked
    assert (made / "artifacts/1/live/artifacts/file.bin").read_bytes() == b"12345"
    snapshot.verify(made)


def test_what_is_lost_from_either_is_missing_and_nothing_else(both: Settings, bucket: Bucket) -> None:
    made = snapshot.create(both, both.places.backups, whole=False, keep=1)
    found = audit.audit(both)
    assert (found["missing"], found["objects"], found["orphans"]) == (0, 2, 0)
    assert lacking(both, made) == []
    (both.places.mlartifacts / "1/live/artifacts/file.bin").unlink()
    del bucket.objects["p/1/live/artifacts/s3.bin"]
    lost = ["1/live/artifacts/file.bin", "1/live/artifacts/s3.bin"]
    assert (audit.audit(both)["missing_paths"], lacking(both, made)) == (lost, lost)
    bucket.objects["p/1/live/artifacts/file.bin"] = 5
    assert lacking(both, made) == lost[1:]


def test_a_snapshot_of_before_lists_the_bucket_and_is_as_it_was(both: Settings) -> None:
    made = snapshot.create(both, both.places.backups, whole=False, keep=1)
    old = [json.dumps(each) for each in snapshot.manifest(made) if "store" not in each]
    (made / "manifest.jsonl").write_text("\n".join(old) + "\n")
    head = json.loads((made / "snapshot.json").read_text())
    head["parts"]["manifest.jsonl"] = snapshot._about(made / "manifest.jsonl")
    (made / "snapshot.json").write_text(json.dumps(head))
    assert snapshot.verify(made).store_id == database.of(both).store_id()
    assert (audit.audit(both)["missing"], lacking(both, made)) == (0, [])


def test_names_that_no_folder_can_hold_are_left_out_of_a_whole_snapshot_and_said(
    both: Settings, bucket: Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One odd object, which any client may log, would be the end of every backup, or a file outside of it."""
    odd = ("../../../../../escaped", "b", "b/c", "d//e", "bad\ufffe", "y" * 300)
    bucket.objects |= {f"p/1/live/artifacts/{name}": 1 for name in odd}
    made = snapshot.create(both, both.places.backups, whole=True, keep=1)
    finding = next(json.loads(line) for line in capsys.readouterr().out.splitlines() if "artifacts.name" in line)
    assert (finding["level"], finding["text"][:11]) == ("warning", "5 artifacts")
    kept = [each["path"].removeprefix("1/live/artifacts/") for each in snapshot.manifest(made) if "sha256" in each]
    assert [name for name in odd if name in kept] == ["b"]
    assert {f"1/live/artifacts/{name}" for name in odd} <= {each["path"] for each in snapshot.manifest(made)}
    assert not list(tmp_path.rglob("escaped"))
    snapshot.verify(made)
    for name in odd:
        del bucket.objects[f"p/1/live/artifacts/{name}"]
    assert sorted(path.removeprefix("1/live/artifacts/") for path, kept, _ in restore._changed(both, made) if kept) == [
        "b"
    ]


def test_a_listing_out_of_order_overwrites_nothing_and_the_rest_of_a_restore_is_done(
    both: Settings, bucket: Bucket, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What three equal objects lack would be put back over them."""
    made = snapshot.create(both, both.places.backups, whole=True, keep=1)
    entries = store.Bucket.entries
    monkeypatch.setattr(store.Bucket, "entries", lambda place: reversed(list(entries(place))))
    head = snapshot.read(made)
    assert head is not None
    assert restore._artifacts(both, made, head) == (0, 0, 0)
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(each["id"], each["level"]) for each in said if each["event"] == "finding"] == [
        ("artifacts.unordered", "unknown")
    ]
    with pytest.raises(Refused, match="does not list its objects in the order"):
        audit.audit(both)

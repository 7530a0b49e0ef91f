"""A snapshot is whole or it is none, and says what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from stackd import database
from stackd.failures import Refused
from stackd.settings import Settings
from stackd.snapshots import drill, restore, snapshot
from unit.stackd.kept import RUNS, flip, make, put


@pytest.mark.parametrize("whole", [False, True])
def test_a_snapshot_holds_the_rows_and_lists_what_its_runs_own(three_runs: Settings, whole: bool) -> None:
    folder = make(three_runs, whole)
    head = snapshot.verify(folder)
    assert (head.tables["runs"], head.objects, head.object_bytes, head.whole) == (RUNS, RUNS, 300, whole)
    listed = [(line["path"], line["bytes"]) for line in snapshot.manifest(folder)]
    assert listed == [(f"1/run{number}/artifacts/model.bin", 100) for number in range(RUNS)]
    copied = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.bin"))
    assert copied == ([f"artifacts/{path}" for path, _ in listed] if whole else [])
    assert not [path for path in three_runs.places.backups.iterdir() if path.name.startswith(".")]


def test_what_a_killed_removal_leaves_is_no_snapshot_and_the_next_backup_takes_it_away(
    three_runs: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would take the room of a whole snapshot for ever, and `backups` would not show it."""
    folder = make(three_runs, whole=True)

    def cut(path: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as cutting:
        cutting.setattr(snapshot.shutil, "rmtree", cut)
        with pytest.raises(KeyboardInterrupt):
            snapshot.remove(folder)
    assert snapshot.known(three_runs.places.backups) == []
    made = make(three_runs)
    assert list(three_runs.places.backups.iterdir()) == [made]


def head_says(folder: Path, **fields: object) -> None:
    said = json.loads((folder / snapshot.HEAD).read_text()) | fields
    (folder / snapshot.HEAD).write_text(json.dumps(said))


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "a flipped byte of the database": (lambda folder: flip(folder / "mlflow.db"), "mlflow.db does not match its"),
    "a flipped byte of the manifest": (lambda folder: flip(folder / "manifest.jsonl"), "manifest.jsonl does not match"),
    "a flipped byte of an artifact": (
        lambda folder: flip(folder / "artifacts/1/run1/artifacts/model.bin"),
        "artifacts/1/run1/artifacts/model.bin does not match its",
    ),
    "truncated": (lambda folder: (folder / "mlflow.db").write_bytes(b"SQLite"), "mlflow.db has 6 bytes and not"),
    "a part is gone": (lambda folder: (folder / "manifest.jsonl").unlink(), "manifest.jsonl is missing"),
    "an artifact is gone": (lambda folder: (folder / "artifacts/1/run0/artifacts/model.bin").unlink(), "is missing"),
    "no snapshot.json": (lambda folder: (folder / "snapshot.json").unlink(), "is not a snapshot that this version"),
    "of a newer version": (lambda folder: head_says(folder, format=2), "is not a snapshot that this version"),
    "half of a snapshot.json": (
        lambda folder: (folder / "snapshot.json").write_text("{"),
        "is not a snapshot that this",
    ),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_named_and_nothing_is_changed(three_runs: Settings, name: str) -> None:
    folder = make(three_runs, whole=True)
    damage, text = DAMAGE[name]
    damage(folder)
    before = database.at(three_runs.places.database).content()
    for step in (snapshot.verify, lambda folder: restore.plan(three_runs, folder)):
        with pytest.raises(Refused) as refused:
            step(folder)
        assert refused.value.finding.id == "backup.broken"
        assert text in refused.value.finding.text
    assert database.at(three_runs.places.database).content() == before
    assert not three_runs.places.scratch.exists()


def test_the_newest_are_kept_and_those_before_a_restore_count_apart(three_runs: Settings) -> None:
    first = make(three_runs)
    restore.execute(three_runs, restore.plan(three_runs, first), take_over=False)
    made = [make(three_runs, keep=2) for _ in range(3)]
    found = {path.name: head.reason for path, head in snapshot.known(three_runs.places.backups) if head}
    assert sorted(name for name, reason in found.items() if reason == "backup") == sorted(p.name for p in made[1:])
    assert list(found.values()).count("before-restore") == 1


def test_a_backup_that_fails_leaves_nothing(three_runs: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(snapshot, "_about", full)
    with pytest.raises(OSError, match="No space left"):
        make(three_runs)
    assert list(three_runs.places.backups.iterdir()) == []


def test_what_a_killed_backup_left_goes_with_the_next(three_runs: Settings) -> None:
    put(three_runs.places.backups / ".20260101T000000Z.part" / "mlflow.db", b"half")
    assert snapshot.known(three_runs.places.backups) == []
    folder = make(three_runs)
    assert [path.name for path in three_runs.places.backups.iterdir()] == [folder.name]


def test_two_backups_at_once_are_one(three_runs: Settings) -> None:
    with snapshot.alone(three_runs.places.backups), pytest.raises(Refused) as refused:
        make(three_runs)
    assert refused.value.finding.id == "backup.busy"


def test_a_drill_leaves_its_result(three_runs: Settings) -> None:
    with pytest.raises(Refused, match="There is no snapshot"):
        drill.drill(three_runs, three_runs.places.backups)
    folder = make(three_runs)
    assert drill.drill(three_runs, three_runs.places.backups)["runs"] == RUNS
    flip(folder / "mlflow.db")
    with pytest.raises(Refused):
        drill.drill(three_runs, three_runs.places.backups)
    left = drill.last(three_runs.places.backups)
    assert left
    assert (left["snapshot"], "does not match its SHA-256" in left["problem"]) == (folder.name, True)
    assert not three_runs.places.scratch.exists()

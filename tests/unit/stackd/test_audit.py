"""Database against store: who uses how much, what nobody owns, what is missing."""

from __future__ import annotations

from pathlib import Path

from stackd.cleaning import audit
from stackd.settings import Settings
from stackd.snapshots import snapshot


def test_usage_is_by_experiment_and_state(filled: Settings) -> None:
    stray = Path(filled.destination) / "9/stray.bin"
    stray.parent.mkdir()
    stray.write_bytes(b"1" * 100)
    found = [
        (each["experiment"], each["state"], each["objects"], each["bytes"]) for each in audit.usage(filled)["usage"]
    ]
    assert found == [
        ("", "nobody's", 1, 100),
        ("one", "deleted", 4, 20),
        ("one", "active", 1, 5),
        ("two", "deleted", 1, 5),
    ]


def test_an_audit_names_what_nobody_owns_and_what_the_snapshot_knows(filled: Settings) -> None:
    assert audit.audit(filled)["missing"] == 0
    snapshot.create(filled, filled.places.backups, whole=False, keep=1)
    top = Path(filled.destination)
    (top / "1/live/artifacts/file.bin").unlink()
    (top / "1/fresh/artifacts/file.bin").write_bytes(b"longer than before")
    (top / "1/live/stray.bin").write_bytes(b"1")
    (top / "9").mkdir()
    (top / "9/behind-the-last-line.bin").write_bytes(b"1")
    found = audit.audit(filled)
    assert (found["orphan_paths"], found["missing_paths"], found["other_size_paths"]) == (
        ["1/live/stray.bin", "9/behind-the-last-line.bin"],
        ["1/live/artifacts/file.bin"], ["1/fresh/artifacts/file.bin"],
    )  # fmt: skip

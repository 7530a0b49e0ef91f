"""Only what is marked deleted dies, files before rows; what would not go keeps its rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from stackd import database
from stackd.artifacts import owner, store
from stackd.artifacts.store import Folder
from stackd.cleaning import cleanup
from stackd.failures import Refused
from stackd.settings import Settings
from unit.stackd.filled import files, rows, without


def run(config: Settings, experiment: str = "", registered: bool = False) -> dict[str, Any]:
    return cleanup.execute(config, cleanup.plan(config, 3600, experiment, registered))


def test_what_is_marked_deleted_goes_and_nothing_else(filled: Settings) -> None:
    before = rows(filled)
    planned = cleanup.plan(filled, 3600, "", registered=False)
    counts = {name: planned[name] for name in ("runs", "models", "experiments", "objects", "bytes", "kept")}
    assert counts == {"runs": 2, "models": 1, "experiments": 1, "objects": 3, "bytes": 15, "kept": ["registered"]}
    assert (rows(filled), len(files(filled))) == (before, 6)
    done = cleanup.execute(filled, planned)
    assert (done["items"], done["experiments"], done["objects"], done["failed"]) == (3, 1, 3, 0)
    assert files(filled) == [f"1/{name}/artifacts/file.bin" for name in ("fresh", "live", "registered")]
    expected = without(before, "old", "inside", "m-old", "two")
    assert rows(filled) == expected
    assert not (Path(filled.destination) / "2").exists()


def test_a_second_run_has_nothing_to_do(filled: Settings) -> None:
    run(filled)
    planned = cleanup.plan(filled, 3600, "", registered=False)
    assert (planned["runs"], planned["models"], planned["experiments"], planned["objects"]) == (0, 0, 0, 0)


def test_of_one_experiment_only(filled: Settings) -> None:
    done = run(filled, experiment="one")
    assert (done["items"], done["experiments"]) == (2, 0)
    with pytest.raises(Refused, match="There is no experiment 'none'"):
        run(filled, experiment="none")


def test_registered_ones_go_when_told(filled: Settings) -> None:
    run(filled, registered=True)
    assert files(filled) == ["1/fresh/artifacts/file.bin", "1/live/artifacts/file.bin"]


def test_an_experiment_stays_for_a_registered_run_in_it(filled: Settings) -> None:
    with closing(sqlite3.connect(filled.places.database)) as connection, connection:
        connection.execute("UPDATE model_versions SET run_id = 'inside'")
    done = run(filled)
    assert done["experiments"] == 0
    assert "2/inside/artifacts/file.bin" in files(filled)


@pytest.mark.parametrize("marker", ["another", None])
def test_only_the_owner_of_the_destination_may(filled: Settings, marker: str | None) -> None:
    planned = cleanup.plan(filled, 3600, "", registered=False)
    place = Path(filled.destination) / owner.MARKER
    place.write_text(marker) if marker else place.unlink()
    before = rows(filled), files(filled)
    for step in (lambda: cleanup.plan(filled, 3600, "", False), lambda: cleanup.execute(filled, planned)):
        with pytest.raises(Refused) as refused:
            step()
        assert refused.value.finding.id == "owner.refused"
    assert (rows(filled), files(filled)) == before


def test_a_plan_is_refused_once_a_run_was_restored(filled: Settings) -> None:
    planned = cleanup.plan(filled, 3600, "", registered=False)
    with closing(sqlite3.connect(filled.places.database)) as connection, connection:
        connection.execute("UPDATE runs SET lifecycle_stage = 'active' WHERE run_uuid = 'old'")
    with pytest.raises(Refused, match="has changed since the plan"):
        cleanup.execute(filled, planned)
    assert len(files(filled)) == 6


def test_a_file_that_will_not_go_keeps_its_run_and_no_other(
    filled: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    removing = Folder.delete

    def stubborn(place: Folder, paths: Iterable[str]) -> dict[str, str]:
        batch = list(paths)
        stuck = [path for path in batch if "/old/" in path]
        return dict.fromkeys(stuck, "Permission denied") | removing(
            place, [path for path in batch if path not in stuck]
        )

    monkeypatch.setattr(Folder, "delete", stubborn)
    done = run(filled)
    assert (done["items"], done["experiments"], done["failed"]) == (2, 0, 1)
    assert "1/old/artifacts/file.bin (Permission denied)" in capsys.readouterr().out
    assert [row[0] for row in rows(filled)["runs"] if row[0] == "old"] == ["old"]
    monkeypatch.setattr(Folder, "delete", removing)
    assert run(filled)["items"] == 1
    assert "two" not in str(rows(filled)["experiments"])


def test_in_s3_mode_files_of_both_stores_go_and_local_mode_refuses(
    filled: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Rows that went before files of a store out of reach would leave these to nobody."""
    database.of(filled).remember(database.SERVED_S3, "s3://b/p")
    with pytest.raises(Refused, match="may have files in s3://b/p"):
        cleanup.plan(filled, 3600, "", False)
    offline = tmp_path / "offline"
    (offline / "1/old/artifacts").mkdir(parents=True)
    (offline / "1/old/artifacts/offline.bin").write_bytes(b"123")
    monkeypatch.setattr(cleanup, "_places", lambda config, also: [store.of(config), Folder(also)])
    planned = cleanup.plan(filled, 3600, "", False, offline)
    assert (planned["objects"], planned["bytes"]) == (4, 18)
    assert cleanup.execute(filled, planned, offline)["objects"] == 4
    assert list(offline.rglob("*")) == []

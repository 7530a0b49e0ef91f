"""What nobody owns goes when it is old, and only where the destination is ours."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from stackd import database
from stackd.artifacts import owner, store
from stackd.cleaning import orphans
from stackd.failures import Refused
from stackd.settings import Settings
from unit.stackd.filled import add_run, files
from unit.stackd.test_cleanup import write


def test_orphans_of_an_age_go_after_their_list_was_kept(filled: Settings) -> None:
    top = Path(filled.destination)
    for name in ("9/old.bin", "9/young.bin", "1/live/stray.bin"):
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_bytes(b"1234567")
    for name in ("9/old.bin", "1/live/stray.bin", "1/live/artifacts/file.bin"):
        os.utime(top / name, (1, 1))
    before = files(filled)
    planned = orphans.plan(filled, 3600)
    assert (planned["paths"], planned["bytes"]) == (["1/live/stray.bin", "9/old.bin"], 14)
    done = orphans.execute(filled, planned)
    assert done["objects"] == 2
    assert files(filled) == [path for path in before if path not in ("9/old.bin", "1/live/stray.bin")]
    listed = [json.loads(line)["path"] for line in Path(done["listed"]).read_text().splitlines()]
    assert listed == planned["paths"]


def test_orphans_of_another_databases_prefix_are_none_of_ours(filled: Settings) -> None:
    owner.mark(store.of(filled), "another")
    with pytest.raises(Refused, match="is foreign"):
        orphans.plan(filled, 0)


def test_what_gets_an_owner_after_the_plan_stays(filled: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """As of a run that another verb brings back."""
    file = Path(filled.destination) / "1/back/artifacts/file.bin"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"12345")
    os.utime(file, (1, 1))
    planned = orphans.plan(filled, 3600)
    real = store.remove

    def remove_all(config: Settings, entries: Any, tell: Any) -> Any:
        write(filled, lambda connection: add_run(connection, "back", 1, "active", None))
        return real(config, entries, tell)

    monkeypatch.setattr(store, "remove", remove_all)
    assert (planned["objects"], orphans.execute(filled, planned)["objects"]) == (1, 0)
    assert file.exists()
    with database.of(filled).hold("changing"), pytest.raises(Refused, match="Another command"):
        orphans.execute(filled, planned)

"""Uploads that were begun and never ended: found, and ended when they are old and ours."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from stackd.cleaning import audit, orphans
from stackd.failures import Refused
from stackd.settings import Settings
from unit.stackd.bucket import Bucket

NOW = dt.datetime.now(dt.UTC)
OLD, YOUNG = NOW - dt.timedelta(days=9), NOW - dt.timedelta(hours=1)


@pytest.fixture
def begun(bucket: Bucket) -> Bucket:
    """Two of ours, and one beside our prefix."""
    bucket.uploads = {
        "u-young": ("p/1/live/artifacts/young.bin", YOUNG, [7]),
        "u-old": ("p/1/live/artifacts/old.bin", OLD, [5, 6]),
        "u-other": ("pp/1/live/artifacts/old.bin", OLD, [9]),
    }
    return bucket


def findings(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    said = map(json.loads, capsys.readouterr().out.splitlines())
    return [each for each in said if each["event"] == "finding"]


def test_an_audit_counts_them_and_says_what_mends_it(
    begun: Bucket, remote: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    found = audit.audit(remote)
    assert (found["uploads"], found["upload_bytes"], found["oldest_upload"]) == (2, 18, OLD.timestamp())
    (finding,) = findings(capsys)
    assert (finding["id"], finding["level"]) == ("artifacts.unfinished", "warning")
    assert finding["fix"] == ["./stack audit --delete-orphans --older-than 1d"]
    planned = orphans.plan(remote, 24 * 3600)
    orphans.execute(remote, planned)
    assert audit.audit(remote)["uploads"] == 1
    assert "artifacts.unfinished" not in capsys.readouterr().out


def test_those_of_an_age_are_ended_after_their_list_was_kept(begun: Bucket, remote: Settings) -> None:
    planned = orphans.plan(remote, 7 * 24 * 3600)
    assert (planned["objects"], planned["uploads"], planned["upload_bytes"]) == (0, 1, 11)
    assert planned["upload_paths"] == ["1/live/artifacts/old.bin"]
    done = orphans.execute(remote, planned)
    assert (done["uploads"], done["failed"], set(begun.uploads)) == (1, 0, {"u-young", "u-other"})
    (line,) = Path(done["listed"]).read_text().splitlines()
    assert json.loads(line)["upload"] == "u-old"


def test_one_that_ended_since_the_plan_is_left(begun: Bucket, remote: Settings) -> None:
    planned = orphans.plan(remote, 7 * 24 * 3600)
    del begun.uploads["u-old"]
    with pytest.raises(Refused, match="has changed since the plan"):
        orphans.execute(remote, planned)


def test_one_that_may_not_be_ended_is_named(
    begun: Bucket, remote: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    planned = orphans.plan(remote, 7 * 24 * 3600)
    begun.denied = {"abort_multipart_upload"}
    done = orphans.execute(remote, planned)
    assert (done["uploads"], done["failed"]) == (0, 1)
    assert "1/live/artifacts/old.bin (AccessDenied)" in capsys.readouterr().out


@pytest.mark.parametrize(("denied", "known"), [("list_multipart_uploads", (None, None)), ("list_parts", (2, None))])
def test_what_may_not_be_asked_is_unknown(
    begun: Bucket, remote: Settings, capsys: pytest.CaptureFixture[str], denied: str, known: tuple[object, object]
) -> None:
    begun.denied = {denied}
    found = audit.audit(remote)
    assert (found["uploads"], found["upload_bytes"]) == known
    levels = [each["level"] for each in findings(capsys)]
    assert levels == (["unknown"] if known[0] is None else ["warning"])
    assert orphans.plan(remote, 0)["uploads"] == (known[0] or 0)


def test_a_folder_has_none(filled: Settings) -> None:
    assert audit.audit(filled)["uploads"] == 0

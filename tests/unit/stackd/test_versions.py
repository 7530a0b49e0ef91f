"""In a bucket that keeps versions nothing is freed, and that is said; what may not be asked is unknown."""

from __future__ import annotations

import json

import pytest

from stackd.cleaning import cleanup
from stackd.settings import Settings
from unit.stackd.bucket import Bucket

GOING = "p/1/old/artifacts/file.bin"


def said(out: str) -> list[tuple[str, str]]:
    events = [json.loads(line) for line in out.splitlines()]
    return [(each["level"], each["text"]) for each in events if each.get("id") == "cleanup.versions"]


@pytest.mark.parametrize(
    ("versioning", "denied", "kept", "level", "text"),
    [
        ("Enabled", set(), "yes", "warning", "nothing was freed"),
        ("Suspended", set(), "yes", "warning", "nothing was freed"),
        ("Enabled", {"get_bucket_versioning"}, "unknown", "unknown", "Unknown whether"),
        ("", set(), "no", "", ""),
    ],
)
def test_a_bucket_that_keeps_versions_frees_nothing_and_that_is_said(
    bucket: Bucket, remote: Settings, capsys: pytest.CaptureFixture[str],
    versioning: str, denied: set[str], kept: str, level: str, text: str,
) -> None:  # fmt: skip
    bucket.objects = {GOING: 10, "p/1/live/artifacts/file.bin": 99}
    bucket.versioning, bucket.denied = versioning, denied
    planned = cleanup.plan(remote, 3600, "", registered=False)
    assert planned["versions"] == kept
    capsys.readouterr()
    assert cleanup.execute(remote, planned)["objects"] == 1
    found = said(capsys.readouterr().out)
    assert [each for each, _ in found] == ([level] if level else [])
    assert not text or text in found[0][1]


def test_where_nothing_goes_nothing_is_asked(bucket: Bucket, remote: Settings) -> None:
    cleanup.plan(remote, 3600, "", registered=False)
    assert "get_bucket_versioning" not in bucket.calls

"""In a bucket that keeps versions nothing is freed, and that is said; what may not be asked is unknown."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stackd.cleaning import cleanup
from stackd.settings import Settings
from unit.stackd.bucket import Bucket

GOING = "p/1/old/artifacts/file.bin"
OF_OLD = [(GOING, "v1", 10), (GOING, "v2", 20), (GOING, "null", 5), ("p/1/live/artifacts/file.bin", "v3", 99)]


def said(out: str) -> list[tuple[str, str]]:
    events = [json.loads(line) for line in out.splitlines()]
    return [(each["level"], each["text"]) for each in events if each.get("id") == "cleanup.versions"]


@pytest.mark.parametrize(
    ("versioning", "denied", "kept", "level", "text"),
    [
        ("Enabled", set(), ("yes", 3, 35), "warning", "3 versions (35 bytes) of what was removed stay"),
        ("Suspended", set(), ("yes", 2, 30), "warning", "2 versions (30 bytes) of what was removed stay"),
        ("Enabled", {"list_object_versions"}, ("yes", None, None), "warning", "an unknown number of versions of"),
        ("Enabled", {"get_bucket_versioning"}, ("unknown", None, None), "unknown", "Unknown whether"),
        ("", set(), ("no", 0, 0), "", ""),
    ],
)
def test_versions_that_stay_are_counted_where_one_may(
    bucket: Bucket, remote: Settings, capsys: pytest.CaptureFixture[str],
    versioning: str, denied: set[str], kept: tuple[Any, ...], level: str, text: str,
) -> None:  # fmt: skip
    bucket.objects = {key: size for key, _, size in OF_OLD}
    bucket.versioning, bucket.denied, bucket.versions = versioning, denied, OF_OLD
    planned = cleanup.plan(remote, 3600, "", registered=False)
    assert tuple(planned["versions"].values()) == kept
    capsys.readouterr()
    assert cleanup.execute(remote, planned)["objects"] == 1
    found = said(capsys.readouterr().out)
    assert [each for each, _ in found] == ([level] if level else [])
    assert not text or text in found[0][1]


def test_where_nothing_goes_nothing_is_asked(bucket: Bucket, remote: Settings) -> None:
    cleanup.plan(remote, 3600, "", registered=False)
    assert "get_bucket_versioning" not in bucket.calls

"""What is the same, what is copied which way, and what is left because the other side is newer."""

from __future__ import annotations

import hashlib
import io
import json
import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from stackd.artifacts import client, owner
from stackd.artifacts.bucket import Bucket, Stored
from stackd.artifacts.client import Made
from stackd.artifacts.destination import Destination
from stackd.failures import Refused
from stackd.incoming import transfer
from stackd.settings import Settings
from support.memory_s3 import Store

ROOT = "1/r1/artifacts"
HERE, THERE = 1000.0, 2000.0
BODIES = {"newer-folder": b"old!", "newer-s3": b"new!", "only-s3": b"there", "same": b"here"}


def etag(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def in_s3(name: str, body: bytes, modified: float = THERE) -> Stored:
    return Stored(f"{ROOT}/{name}", len(body), etag(body), modified)


@pytest.fixture
def store() -> Store:
    made = Store()
    made.objects = {f"p/{ROOT}/{name}": body for name, body in BODIES.items()}
    return made


@pytest.fixture
def config(local: Settings, monkeypatch: pytest.MonkeyPatch, store: Store) -> Settings:
    """S3 mode with one run; five files in the folder, as old as HERE, and four objects."""
    with closing(sqlite3.connect(local.places.database)) as connection, connection:
        connection.execute("INSERT INTO experiments (experiment_id, name, workspace) VALUES (1, 'e', 'default')")
        connection.execute(
            "INSERT INTO runs (run_uuid, experiment_id, artifact_uri, lifecycle_stage, status, source_type)"
            f" VALUES ('r1', 1, 'mlflow-artifacts:/{ROOT}', 'active', 'FINISHED', 'LOCAL')"
        )
    for name in ("same", "only-folder", "newer-folder", "newer-s3", "../../../9/stray"):
        path = Path(local.destination) / ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"here")
        os.utime(path, (HERE, HERE))
    objects = [in_s3(name, body, HERE - 1 if name == "newer-folder" else THERE) for name, body in BODIES.items()]
    monkeypatch.setattr(Bucket, "entries", lambda _: iter(objects))
    monkeypatch.setattr(client, "client_of", lambda _: lambda: Made(store, store, "unknown"))
    monkeypatch.setattr(owner, "required", lambda config: None)
    return replace(local, mode="s3", destination="s3://b/p")


def names(found: list[Stored]) -> list[str]:
    return [Path(each.path).name for each in found]


def test_each_object_is_in_one_list(config: Settings, tmp_path: Path) -> None:
    found = transfer.diff(config, tmp_path / "mlartifacts")
    counts = transfer.described(found)
    assert (names(found.only_folder), names(found.only_s3)) == (["only-folder"], ["only-s3"])
    assert [counts[name] for name in ("same", "newer_folder", "newer_s3", "unowned")] == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("direction", "copied", "newer"),
    [("push", ["only-folder", "newer-folder"], ["newer-s3"]), ("pull", ["only-s3", "newer-s3"], ["newer-folder"])],
)
def test_nothing_is_copied_over_something_newer(
    config: Settings, tmp_path: Path, direction: transfer.Direction, copied: list[str], newer: list[str]
) -> None:
    taken, left = transfer._chosen(transfer.diff(config, tmp_path / "mlartifacts"), direction)
    assert (names(taken), names(left)) == (copied, newer)
    planned = transfer.plan(config, tmp_path / "mlartifacts", direction)
    assert (planned["objects"], planned["newer"]) == (2, 1)


def test_a_plan_is_refused_once_a_store_has_changed(config: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "mlartifacts"
    planned = transfer.plan(config, folder, "push")
    (folder / ROOT / "another").write_bytes(b"more")
    with pytest.raises(Refused, match="have changed since the plan"):
        transfer.execute(config, folder, planned)


def test_local_mode_has_nothing_to_compare_with(config: Settings, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        transfer.diff(replace(config, mode="local"), tmp_path)
    assert refused.value.finding.id == "s3.mode"


@pytest.mark.parametrize(
    ("kept", "body", "same"),
    [
        # As S3 and this server keep it; of an object in parts; of none; of what a key encrypts.
        ({"ETag": f'"{etag(b"here")}"'}, b"here", True),
        ({"ETag": f'"{etag(b"here")}"'}, b"else", False),
        ({"ETag": '"opaque"', "ChecksumCRC32": "sRuHmA=="}, b"here", True),
        ({"ETag": '"opaque"', "ChecksumCRC32": "sRuHmA=="}, b"else", False),
        ({"ETag": f'"{etag(bytes.fromhex(etag(b"here")))}-1"'}, b"here", True),
        ({"ETag": '"0123456789abcdef0123456789abcdef-2"'}, b"else", None),
        ({"ETag": '"0123456789abcdef0123456789abcdef-2"', "ChecksumCRC32": "AAAAAA==-2"}, b"else", None),
        ({"ETag": '"opaque"'}, b"here", None),
        ({"ETag": f'"{etag(b"here")}"', "ServerSideEncryption": "aws:kms"}, b"else", None),
        ({"ETag": f'"{etag(b"here")}"', "SSECustomerAlgorithm": "AES256"}, b"else", None),
        ({"ETag": '"opaque"', "ContentLength": 5}, b"here", False),
    ],
)
def test_equality_is_proved_or_unknown_and_never_guessed(
    config: Settings, store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    kept: dict[str, object], body: bytes, same: bool | None,
) -> None:  # fmt: skip
    (tmp_path / "file").write_bytes(body)
    asked: list[str] = []

    def head(**given: str) -> dict[str, object]:
        asked.append(given["ChecksumMode"])
        return {"ContentLength": 4, **kept}

    monkeypatch.setattr(store, "head_object", head)
    bucket = Bucket(config, Destination(config.destination))
    assert bucket.holds("x", tmp_path / "file") is same
    assert asked == ["ENABLED"]
    # What a listing says already is not asked again.
    assert bucket.holds("x", tmp_path / "file", etag(body)) is True
    assert asked == ["ENABLED"]


def test_a_pair_of_an_odd_name_is_compared_as_others_are(config: Settings, store: Store, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"else")
    store.objects["p/ctl\x01"] = b"here"
    assert Bucket(config, Destination(config.destination)).holds("ctl\x01", tmp_path / "file") is False


def test_what_cannot_be_compared_is_counted_and_left(
    config: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Bucket, "holds", lambda *_: None)
    counts = transfer.described(transfer.diff(config, tmp_path / "mlartifacts"))
    assert [counts[name] for name in ("same", "unverified", "newer_folder", "newer_s3")] == [0, 3, 0, 0]
    planned = transfer.plan(config, tmp_path / "mlartifacts", "push")
    assert (planned["objects"], planned["unverified"]) == (1, 3)


def test_an_object_of_a_name_that_no_folder_can_hold_is_left_out_and_said(
    config: Settings, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a bucket that others may write to, `..` would be a way out of the folder."""
    folder = tmp_path / "mlartifacts"
    odd = ["../../../../escaped", "a", "a/b", "bad\ufffe", "long" * 80]
    for name in odd:
        store.objects[f"p/{ROOT}/{name}"] = b"odd"
    objects = sorted((in_s3(name, b"odd") for name in odd), key=lambda each: each.path.encode())
    monkeypatch.setattr(Bucket, "entries", lambda _: iter(objects))
    monkeypatch.setattr(store, "get_object", lambda **_: {"Body": io.BytesIO(b"odd")})
    planned = transfer.plan(config, folder, "pull")
    done = transfer.execute(config, folder, planned)
    assert (done["objects"], done["failed"]) == (1, 4)
    assert not (tmp_path.parent / "escaped").exists()
    assert sum(path.read_bytes() == b"odd" for path in tmp_path.rglob("*") if path.is_file()) == 1
    finding = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (finding["id"], finding["level"]) == ("artifacts.name", "warning")
    assert "4 artifacts" in finding["text"]

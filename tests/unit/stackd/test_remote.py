"""Snapshots in S3: where they may lie, what counts as one, what a failed upload leaves, and what `--keep` takes."""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3.exceptions
import botocore.exceptions
import pytest

from stackd import database
from stackd.artifacts import client
from stackd.artifacts.client import Made
from stackd.artifacts.destination import Destination
from stackd.failures import Refused
from stackd.settings import Settings
from stackd.snapshots import exchange, remote, snapshot

NAMES = ("20200101T000000.000Z", "20200102T000000.000Z", "20200103T000000.000Z")


class FakeS3:
    """Objects of one bucket by key; `denied` are the keys that nobody may write."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.denied: tuple[str, ...] = ()
        self.wrote: list[str] = []

    def put_object(self, **given: Any) -> dict[str, Any]:
        if given["Key"].endswith(self.denied or ("nothing",)):
            raise botocore.exceptions.ClientError({"Error": {"Code": "AccessDenied"}}, "PutObject")
        self.objects[given["Key"]] = given["Body"]
        self.wrote.append(given["Key"])
        return {}

    def upload_file(self, source: str, bucket: str, key: str, ExtraArgs: dict[str, str]) -> None:  # noqa: N803 - the name in boto3
        try:
            self.put_object(Bucket=bucket, Key=key, Body=Path(source).read_bytes())
        except botocore.exceptions.ClientError as error:
            # As boto3 does.
            raise boto3.exceptions.S3UploadFailedError(str(error)) from None

    def get_object(self, **given: Any) -> dict[str, Any]:
        if given["Key"] not in self.objects:
            raise botocore.exceptions.ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        return {"Body": io.BytesIO(self.objects[given["Key"]])}

    def head_object(self, **given: Any) -> dict[str, Any]:
        body = self.objects[given["Key"]]
        return {"ContentLength": len(body), "ETag": f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'}

    def delete_objects(self, **given: Any) -> dict[str, Any]:
        for each in given["Delete"]["Objects"]:
            self.objects.pop(each["Key"], None)
        return {}

    def get_paginator(self, _: str) -> FakeS3:
        return self

    def paginate(self, **given: Any) -> Iterator[dict[str, Any]]:
        prefix = given["Prefix"]
        found = sorted(key for key in self.objects if key.startswith(prefix))
        if "Delimiter" in given:
            names = {key.removeprefix(prefix).partition("/")[0] for key in found}
            yield {"CommonPrefixes": [{"Prefix": f"{prefix}{name}/"} for name in names]}
            return
        about = {"ETag": '""', "LastModified": datetime.now(tz=UTC)}
        yield {"Contents": [{"Key": key, "Size": len(self.objects[key]), **about} for key in found]}


@pytest.fixture
def config(local: Settings) -> Settings:
    """Local mode, in folders of the test."""
    return local


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeS3:
    made = FakeS3()
    clients = Made(made, made, "unknown")
    monkeypatch.setattr(client, "client_of", lambda config: lambda: clients)
    return made


@pytest.fixture
def there(config: Settings, fake: FakeS3) -> Settings:
    return replace(config, mode="s3", destination="s3://b/team/mlflow-artifacts", profile="p")


@pytest.fixture
def made(config: Settings) -> Path:
    """A whole snapshot in backups/, with one artifact."""
    folder = config.places.backups / "20260101T000000.000Z"
    body = b"bytes"
    line = {"path": "1/r/artifacts/a", "bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}
    (folder / "artifacts/1/r/artifacts").mkdir(parents=True)
    (folder / "artifacts/1/r/artifacts/a").write_bytes(body)
    (folder / "manifest.jsonl").write_text(json.dumps(line) + "\n")
    with closing(sqlite3.connect(folder / "mlflow.db")) as connection:
        connection.execute("CREATE TABLE runs (run_uuid TEXT)")
    parts = {
        name: {"bytes": (folder / name).stat().st_size, "sha256": snapshot.digest(folder / name)}
        for name in ("mlflow.db", "manifest.jsonl")
    }
    head = snapshot.Snapshot(
        format=1, created="2026-01-01T00:00:00Z", reason="backup", mode="s3", destination="s3://b/a", mlflow="3.17.2",
        store_id=database.of(config).store_id(), revision="x", tables={"runs": 0}, objects=1, object_bytes=5,
        whole=True, parts=parts,
    )  # fmt: skip
    (folder / "snapshot.json").write_text(json.dumps(asdict(head)))
    return folder


def refused(call: Any, *args: Any) -> str:
    with pytest.raises(Refused) as caught:
        call(*args)
    return str(caught.value.finding.id)


@pytest.mark.parametrize(
    ("destination", "backups", "readable", "uri"),
    [
        ("s3://b/mlflow-artifacts", "", (), "s3://b/mlflow-backups"),
        ("s3://b/team/mlflow-artifacts", "", (), "s3://b/team/mlflow-backups"),
        ("s3://b/a", "s3://other", (), "s3://other"),
        ("s3://b", "", (), None),
        ("s3://b/a", "s3://b/a/backups", (), None),
        ("s3://b/a/c", "s3://b/a", (), None),
        ("s3://b/a", "", ("s3://b",), None),
        ("s3://b/a", "s3://b/ab", ("s3://b/abc",), "s3://b/ab"),
    ],
)
def test_the_place_is_beside_what_the_server_reads(
    there: Settings, destination: str, backups: str, readable: tuple[str, ...], uri: str | None
) -> None:
    config = replace(there, destination=destination, backups=backups, readable=readable)
    if uri is None:
        assert refused(remote.place, config) == "settings.value"
    else:
        assert remote.place(config).destination == Destination(uri)


def test_local_mode_has_none(config: Settings) -> None:
    assert refused(remote.place, config) == "s3.mode"


@pytest.mark.parametrize("uri", ["s3://b/team/mlflow-artifacts/1", "s3://b/team/mlflow-backups/../x", "s3://other/x"])
def test_an_address_anywhere_else_is_read_by_nobody(there: Settings, uri: str) -> None:
    assert refused(exchange.fetch, there, uri) == "backup.outside"
    assert refused(exchange.verify, there, uri) == "backup.outside"


def test_it_goes_there_and_comes_back(there: Settings, fake: FakeS3, made: Path) -> None:
    uri = exchange.push(there, made, 3)
    assert uri == f"s3://b/team/mlflow-backups/{made.name}"
    root = f"team/mlflow-backups/{made.name}/"
    assert (fake.wrote[0], fake.wrote[-1]) == (f"{root}started-by.json", f"{root}snapshot.json")
    assert [found for found, head in remote.listed(there) if head] == [uri]
    head = exchange.verify(there, uri)
    assert exchange.fetch(there, uri) == made
    wanted = {path.relative_to(made): path.read_bytes() for path in made.rglob("*") if path.is_file()}
    snapshot.remove(made)
    back = exchange.fetch(there, uri)
    assert {path.relative_to(back): path.read_bytes() for path in back.rglob("*") if path.is_file()} == wanted
    assert snapshot.verify(back) == head
    assert list(there.places.spool.iterdir()) == []


@pytest.mark.parametrize("last", ["mlflow.db", "manifest.jsonl", "snapshot.json", "started-by.json"])
def test_an_upload_that_is_not_taken_leaves_nothing(there: Settings, fake: FakeS3, made: Path, last: str) -> None:
    fake.denied = (last,)
    assert refused(exchange.push, there, made, 3) == "s3.denied"
    assert (fake.objects, remote.listed(there)) == ({}, [])


@pytest.mark.parametrize("part", ["mlflow.db", "manifest.jsonl", "artifacts/1/r/artifacts/a"])
def test_a_flipped_byte_or_a_part_that_is_gone_is_refused_and_nothing_is_left_here(
    there: Settings, fake: FakeS3, made: Path, part: str
) -> None:
    uri = exchange.push(there, made, 3)
    snapshot.remove(made)
    key = f"team/mlflow-backups/{made.name}/{part}"
    whole = fake.objects[key]
    for damaged in (whole[:-1] + bytes([(whole or b"\0")[-1] ^ 1]), None):
        if damaged is None:
            del fake.objects[key]
        else:
            fake.objects[key] = damaged
        assert refused(exchange.fetch, there, uri) == "backup.broken"
        assert refused(exchange.verify, there, uri) == "backup.broken"
    assert (list(there.places.backups.iterdir()), list(there.places.spool.iterdir())) == ([], [])


def test_keep_takes_only_what_is_ours(there: Settings, fake: FakeS3, made: Path) -> None:
    ours = json.loads((made / "snapshot.json").read_text())
    for name, by in zip(NAMES, (ours["store_id"], "somebody", ours["store_id"]), strict=True):
        root = f"team/mlflow-backups/{name}"
        fake.objects[f"{root}/started-by.json"] = json.dumps({"store_id": by}).encode()
        fake.objects[f"{root}/mlflow.db"] = b"x"
        fake.objects[f"{root}/snapshot.json"] = json.dumps({**ours, "store_id": by}).encode()
    for name, by in (("20200104T000000.000Z", ours["store_id"]), ("20200105T000000.000Z", "somebody")):
        fake.objects[f"team/mlflow-backups/{name}/started-by.json"] = json.dumps({"store_id": by}).encode()
    fake.objects["team/mlflow-backups/notes/x"] = b"x"
    exchange.push(there, made, 2)
    assert {key.split("/")[2] for key in fake.objects} == {
        NAMES[1],
        NAMES[2],
        "20200105T000000.000Z",
        "notes",
        made.name,
    }


def test_a_manifest_that_leaves_its_folder_is_refused(there: Settings, fake: FakeS3, made: Path) -> None:
    uri = exchange.push(there, made, 3)
    snapshot.remove(made)
    root = f"team/mlflow-backups/{made.name}"
    evil = json.dumps({"path": "../../x", "bytes": 1, "sha256": hashlib.sha256(b"x").hexdigest()}).encode() + b"\n"
    head = json.loads(fake.objects[f"{root}/snapshot.json"])
    head["parts"]["manifest.jsonl"] = {"bytes": len(evil), "sha256": hashlib.sha256(evil).hexdigest()}
    fake.objects[f"{root}/artifacts/../../x"] = b"x"
    fake.objects |= {f"{root}/manifest.jsonl": evil, f"{root}/snapshot.json": json.dumps(head).encode()}
    assert refused(exchange.fetch, there, uri) == "backup.broken"
    assert list(there.places.backups.iterdir()) == []

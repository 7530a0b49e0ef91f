"""The trial of a store asks what uploads and verbs ask, with the same arguments, and leaves nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import botocore.exceptions
import pytest

from stackd.artifacts import client, trial
from stackd.artifacts.bucket import Bucket
from stackd.artifacts.client import Made
from stackd.settings import Settings
from support.memory_s3 import SETTINGS, Store, client_error


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    made = Store()
    monkeypatch.setattr(client, "client_of", lambda _: lambda: Made(made, made, "unknown"))
    monkeypatch.setattr(Bucket, "entries", lambda *_: iter(()))
    monkeypatch.setattr(Bucket, "settle", 0.0)
    return made


def ids(config: Settings) -> list[tuple[str, str]]:
    return [(each.id, each.level) for each in trial.trial(config, "ours")]


def test_a_store_that_works_is_said_to_and_left_empty(store: Store) -> None:
    assert ids(SETTINGS) == [("s3.roundtrip", "ok"), ("owner.unclaimed", "info")]
    assert store.objects == {}
    puts = [asked for call, asked in zip(store.calls, store.asked, strict=True) if call == "put_object"]
    assert len(puts) == 3
    assert all("ChecksumCRC32" in asked for asked in puts)
    assert [len(asked["Delete"]["Objects"]) for asked in store.asked if "Delete" in asked] == [2]


@pytest.mark.parametrize("code", ["NotImplemented", "501"])
def test_a_store_without_conditions_is_one_that_ignores_them(store: Store, code: str) -> None:
    store.conditions = code
    assert ids(SETTINGS) == [("s3.roundtrip", "ok"), ("owner.unlocked", "warning"), ("owner.unclaimed", "info")]


@pytest.mark.parametrize(("operation", "action"), [("put_object", "s3:PutObject"), ("get_object", "s3:GetObject")])
def test_what_is_denied_is_named_and_what_was_written_goes(store: Store, operation: str, action: str) -> None:
    denied = botocore.exceptions.ClientError({"Error": {"Code": "AccessDenied"}}, action.removeprefix("s3:"))
    store.failing = {operation: [denied]}
    found = trial.trial(SETTINGS, "ours")
    assert [(each.id, each.level) for each in found] == [("s3.denied", "error"), ("owner.unclaimed", "unknown")]
    assert found[0].text == f"{action} is denied to profile p"
    assert store.objects == {}


def test_a_delete_of_many_that_is_denied_is_an_error(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(_: Bucket, paths: Iterable[str]) -> dict[str, str]:
        return dict.fromkeys(paths, "AccessDenied")

    monkeypatch.setattr(Bucket, "delete", denied)
    found = trial.trial(SETTINGS, "ours")
    assert (found[0].id, found[0].text) == ("s3.denied", "s3:DeleteObject is denied to profile p")


def test_other_bytes_are_an_error(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_content", lambda body: bytes(body) + b"chunk-signature")
    assert ids(SETTINGS)[0] == ("s3.roundtrip", "error")


def test_a_folder_is_tried_as_a_bucket_is(local: Settings, tmp_path: Path) -> None:
    assert ids(local) == [("artifacts.roundtrip", "ok"), ("owner.unclaimed", "info")]
    assert list(Path(local.destination).iterdir()) == []
    (tmp_path / "data" / "store_id").touch()
    gone = trial.trial(replace(local, destination=str(tmp_path / "data" / "store_id")), "ours")
    assert (gone[0].id, gone[0].level) == ("artifacts.roundtrip", "error")


def test_an_unknown_error_is_named(store: Store) -> None:
    store.failing = {"put_object": [client_error("Whatever")]}
    assert ids(SETTINGS)[0] == ("s3.error", "error")

"""An upgrade swaps last: what is red or in use before that leaves the database's bytes alone."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from stackd import database, mlflow_internals, settings
from stackd.database import Database, InUse
from stackd.failures import Refused
from stackd.settings import Settings
from stackd.snapshots import smoke, snapshot, swap, upgrade

HEAD = mlflow_internals.SCHEMA_HEAD


@pytest.fixture
def older(local: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A database of an older revision with a run; the migration only writes the newer one."""
    _write(local, "UPDATE alembic_version SET version_num = 'older'")
    for number in (7, 8):
        _write(
            local,
            f"INSERT INTO experiments (experiment_id, name, lifecycle_stage) VALUES ({number}, 'e{number}', 'active')",
        )
    _write(
        local,
        "INSERT INTO runs (run_uuid, lifecycle_stage, experiment_id, artifact_uri)"
        " VALUES ('a1', 'active', 7, 'mlflow-artifacts:/7/a1/artifacts')",
    )
    _write(local, "INSERT INTO params (run_uuid, key, value) VALUES ('a1', 'lr', '1')")
    monkeypatch.setattr(mlflow_internals, "known_revisions", lambda _: {"older", HEAD})
    monkeypatch.setattr(smoke, "smoke", lambda config: None)

    def bring_up(config: Settings) -> dict[str, list[int]]:
        _write(config, f"UPDATE alembic_version SET version_num = '{HEAD}'", config.places.scratch)
        return {"runs": [1, 1]}

    monkeypatch.setattr(swap, "bring_up", bring_up)
    return local


def _write(config: Settings, statement: str, path: Path | None = None) -> None:
    with closing(sqlite3.connect(path or config.places.database)) as connection, connection:
        connection.execute(statement)


def red(*_: Any) -> None:
    raise Refused("upgrade.smoke", "on purpose")


def test_it_swaps_what_was_tried_and_keeps_a_snapshot_of_before(older: Settings, monkeypatch) -> None:
    tried: list[str | None] = []
    monkeypatch.setattr(smoke, "smoke", lambda config: tried.append(database.at(config.places.scratch).revision()))
    done = upgrade.execute(older, upgrade.plan(older))
    assert (tried, database.at(older.places.database).revision()) == ([HEAD], HEAD)
    head = snapshot.verify(Path(done["kept"]))
    assert (head.reason, head.revision, head.tables["runs"]) == ("before-upgrade", "older", 1)
    assert not older.places.scratch.exists()


def test_a_database_of_2_22_has_no_logged_models(older: Settings) -> None:
    """A snapshot of it has to be made before its schema is brought up."""
    _write(older, "DROP TABLE logged_models")
    assert snapshot.verify(Path(upgrade.execute(older, upgrade.plan(older))["kept"])).tables["runs"] == 1


def test_a_red_smoke_test_leaves_every_byte(older: Settings, monkeypatch) -> None:
    before = older.places.database.read_bytes()
    monkeypatch.setattr(smoke, "smoke", red)
    with pytest.raises(Refused):
        upgrade.execute(older, upgrade.plan(older))
    assert older.places.database.read_bytes() == before
    assert not older.places.scratch.exists()


def test_with_a_current_schema_the_server_is_tried_too_and_nothing_is_swapped(older: Settings, monkeypatch) -> None:
    _write(older, f"UPDATE alembic_version SET version_num = '{HEAD}'")
    before = older.places.database.stat().st_ino
    tried: list[Database] = []
    monkeypatch.setattr(smoke, "smoke", lambda config: tried.append(swap.parts(config)[0].copy))
    upgrade.execute(older, upgrade.plan(older))
    assert tried == [database.at(older.places.scratch)]
    assert older.places.database.stat().st_ino == before


def test_a_server_that_has_the_database_and_a_changed_one_are_refused(older: Settings) -> None:
    planned = upgrade.plan(older)
    with database.of(older).hold(), pytest.raises(Refused, match="A server uses the database"):
        upgrade.execute(older, planned)
    _write(older, "INSERT INTO experiments (experiment_id, name, lifecycle_stage) VALUES (9, 'f', 'active')")
    with pytest.raises(Refused, match="changed since the plan"):
        upgrade.execute(older, {**planned, "state": "another"})
    assert database.at(older.places.database).revision() == "older"


def test_nobody_serves_while_it_works(older: Settings, monkeypatch) -> None:
    """A server that is started meanwhile waits, rather than to write into what is going to be replaced."""

    def in_use(*_: Any) -> None:
        with pytest.raises(InUse):
            database.of(older).hold().__enter__()

    monkeypatch.setattr(smoke, "smoke", in_use)
    upgrade.execute(older, upgrade.plan(older))
    assert not database.of(older).served()


def test_the_plan_reads_beside_a_server_and_takes_longer_for_more(older: Settings) -> None:
    planned = upgrade.plan(older)
    assert (planned["revision"], planned["migrate"], planned["runs"], planned["experiments"]) == ("older", True, 1, 2)
    assert planned["seconds"] == upgrade.SECONDS + planned["bytes"] // upgrade.BYTES_PER_SECOND
    older.places.database.unlink()
    with pytest.raises(Refused) as caught:
        upgrade.plan(older)
    assert caught.value.finding.id == "data.volume-empty"


@contextmanager
def answering(answers: dict[str, tuple[int, Any]], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server that gives these answers by the end of a path."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = self.path.partition("?")[0]
            status, body = next(found for end, found in answers.items() if path.endswith(end))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(settings, "PORT", server.server_port)
        try:
            yield
        finally:
            server.shutdown()


RIGHT: dict[str, tuple[int, Any]] = {
    "experiments/search": (200, {"experiments": [{}, {}]}),
    "runs/get": (200, {"run": {"data": {"params": [{}]}}}),
    "artifacts/list": (200, {"files": []}),
}


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({}, ""),
        ({"experiments/search": (200, {"experiments": [{}]})}, "it serves 1 experiment, and the database holds 2"),
        ({"experiments/search": (500, "oh")}, "answers 500"),
        ({"runs/get": (200, {"run": {"data": {}}})}, "it serves 0 params of run a1"),
        ({"artifacts/list": (500, "no such bucket")}, "no such bucket"),
    ],
)
def test_what_is_served_is_compared_with_the_database(older: Settings, monkeypatch, changed: Any, why: str) -> None:
    with answering(RIGHT | changed, monkeypatch):
        if not why:
            smoke._reads(database.of(older))
            return
        with pytest.raises(Refused, match=why) as caught:
            smoke._reads(database.of(older))
    assert caught.value.finding.id == "upgrade.smoke"


@pytest.mark.parametrize(("status", "is_red"), [(401, False), (200, True)])
def test_with_logins_a_read_without_one_is_turned_away(monkeypatch, status: int, is_red: bool) -> None:
    with answering({"experiments/search": (status, {})}, monkeypatch):
        if not is_red:
            smoke._asks_for_a_login()
            return
        with pytest.raises(Refused, match="logins are on"):
            smoke._asks_for_a_login()

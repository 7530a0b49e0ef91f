"""What MLflow encrypts stays readable, under keys of the volume alone; and what no key reads is in nobody's way."""

from __future__ import annotations

import os
import shutil
import stat
from typing import Any

import pytest

from stackd import check, database, files, keys, mlflow_internals
from stackd.database import Rows
from stackd.failures import Refused
from stackd.settings import Settings
from stackd.snapshots import swap

HOOK, API_KEY = "hook-secret-of-the-test", {"api_key": "sk-of-the-test-0123456789"}


@pytest.fixture(autouse=True)
def mlflows_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """What `use_key` replaces is back after the test."""
    from mlflow.server import handlers
    from mlflow.store.model_registry.dbmodels.models import SqlWebhook
    from mlflow.utils import crypto

    kind = SqlWebhook.__table__.c.secret.type
    monkeypatch.setattr(kind, "cipher", kind.cipher)
    monkeypatch.setattr(crypto.KEKManager.__init__, "__defaults__", (None, None))
    monkeypatch.setattr(handlers, "CRYPTO_KEK_PASSPHRASE_ENV_VAR", handlers.CRYPTO_KEK_PASSPHRASE_ENV_VAR)


class Served:
    """MLflow's stores on the database, as a start makes them."""

    def __init__(self, config: Settings, settled: bool = True) -> None:
        from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore as Registry
        from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore as Tracking

        if settled:
            keys.settle(config)
            mlflow_internals.use_key(keys.held(config.places)[0])
        # As in another process: an engine keeps the types of its columns.
        Registry._engine_map.clear()
        uri = database.of(config).uri
        self.registry, self.tracking = Registry(uri), Tracking(uri, config.destination)

    def hook(self, name: str = "ci", secret: str | None = HOOK) -> str:
        from mlflow.entities.webhook import WebhookEvent

        events = [WebhookEvent.from_str("registered_model.created")]
        return str(self.registry.create_webhook(name, "https://198.51.101.7/told", events, secret=secret).webhook_id)

    def gateway_key(self) -> str:
        return str(self.tracking.create_gateway_secret("openai", API_KEY).secret_id)

    def secret(self, webhook: str) -> Any:
        return self.registry.get_webhook(webhook).secret


@pytest.fixture
def made(local: Settings) -> tuple[str, str]:
    """A webhook and a key of the gateway."""
    served = Served(local)
    return served.hook(), served.gateway_key()


def readers(config: Settings) -> list[tuple[str, int | None]]:
    """Every secret's kind and which key reads it."""
    return [(each.kind, each.key) for each in keys.look(database.of(config), keys.held(config.places))]


NEWEST = [("webhook secret", 0), ("gateway key", 0)]


def test_a_key_is_made_once_for_its_user_alone(local: Settings) -> None:
    keys.settle(local)
    (first,) = keys.held(local.places)
    keys.settle(local)
    assert keys.held(local.places) == [first]
    assert stat.S_IMODE(local.places.keys.stat().st_mode) == 0o600


def test_an_empty_file_is_what_a_kill_left_and_is_replaced(local: Settings) -> None:
    """An older version made its secrets in two steps: a server would otherwise restart for ever."""
    (local.places.data / "flask_secret").touch()
    assert files.write_once(local.places.data / "flask_secret", b"secret")
    assert not files.write_once(local.places.data / "flask_secret", b"another")
    assert (local.places.data / "flask_secret").read_bytes() == b"secret"


def test_secrets_live_through_a_restart(local: Settings, made: tuple[str, str]) -> None:
    again = Served(local)
    assert again.secret(made[0]) == HOOK
    assert again.tracking._get_decrypted_secret(made[1]) == API_KEY


def test_no_child_inherits_a_key_and_mlflow_warns_of_no_public_passphrase(
    local: Settings, made: tuple[str, str]
) -> None:
    from mlflow.server import app, handlers

    (key,) = keys.held(local.places)
    assert [name for name, value in os.environ.items() if key in value] == []
    with pytest.MonkeyPatch.context() as patched, app.test_request_context():
        patched.setenv(mlflow_internals.BACKEND_STORE, "sqlite://")
        patched.setenv("MLFLOW_ENABLE_AI_GATEWAY", "true")
        assert handlers._get_secrets_config().json["using_default_passphrase"] is False


def test_a_rotation_puts_everything_under_a_new_key(local: Settings, made: tuple[str, str]) -> None:
    planned, (before,) = keys.plan(local), keys.held(local.places)
    assert planned == {"secrets": {"webhook secret": 1, "gateway key": 1}, "unreadable": []}
    with database.of(local).read() as rows:
        dek = rows.one("SELECT wrapped_dek, encrypted_value FROM secrets")
    assert swap.alone("serving", "changing")(keys.rotate)(local, planned) == {"secrets": planned["secrets"]}
    new, old = keys.held(local.places)
    assert (old, new != before, readers(local)) == (before, True, NEWEST)
    assert stat.S_IMODE(local.places.keys.stat().st_mode) == 0o600
    with database.of(local).read() as rows:
        assert rows.one("SELECT wrapped_dek, encrypted_value FROM secrets") != dek
    again = Served(local)
    assert (again.secret(made[0]), again.tracking._get_decrypted_secret(made[1])) == (HOOK, API_KEY)


class Killed(BaseException):
    """As good as kill -9 for what is on the disk: nothing catches it."""


@pytest.mark.parametrize("moment", ["before the key", "after the key", "first row", "second row", "before the commit"])
def test_a_rotation_that_is_killed_is_finished_by_the_next_start(
    local: Settings, made: tuple[str, str], moment: str
) -> None:
    changed, written = Rows.change, files.write

    def change(self: Rows, statement: str, **values: Any) -> int:
        done.append(None)
        if moment == ("first row", "second row")[len(done) - 1]:
            raise Killed
        number = changed(self, statement, **values)
        if moment == "before the commit" and len(done) == 2:
            raise Killed
        return number

    def write(*given: Any) -> None:
        if moment != "before the key":
            written(*given)
        if moment.endswith("the key"):
            raise Killed

    done: list[None] = []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Rows, "change", change)
        patched.setattr(files, "write", write)
        with pytest.raises(Killed):
            keys.rotate(local, {})
    again = Served(local)
    assert len(keys.held(local.places)) == (1 if moment == "before the key" else 2)
    assert readers(local) == NEWEST
    assert (again.secret(made[0]), again.tracking._get_decrypted_secret(made[1])) == (HOOK, API_KEY)


def test_a_database_from_before_a_rotation_is_brought_under_the_newest_key(
    local: Settings, made: tuple[str, str]
) -> None:
    database.of(local).copy(local.places.backups / "older.db")
    keys.rotate(local, {})
    shutil.copy(local.places.backups / "older.db", local.places.scratch)
    database.of(local).replace(local.places.scratch)
    assert readers(local) == [("webhook secret", 1), ("gateway key", 1)]
    assert Served(local).secret(made[0]) == HOOK
    assert readers(local) == NEWEST


def test_the_passphrase_of_mlflows_source_protects_nothing(local: Settings) -> None:
    """Whoever has a copy of the database would read the key of a provider. So it was, before there was a key."""
    served = Served(local, settled=False)
    identifier = served.gateway_key()
    assert keys.judge(keys.look(database.of(local), [])) == []
    again = Served(local)
    assert readers(local) == [("gateway key", 0)]
    assert [each.key for each in keys.look(database.of(local), [])] == [None]
    assert again.tracking._get_decrypted_secret(identifier) == API_KEY


def test_what_no_key_reads_is_named_and_in_nobodys_way(local: Settings, made: tuple[str, str]) -> None:
    """One webhook of another volume, and MLflow answers 500 to every list, for ever."""
    from mlflow.entities.webhook import WebhookEvent
    from mlflow.exceptions import MlflowException

    local.places.keys.unlink()
    again = Served(local)
    other = again.hook("other", "another")
    plain = again.hook("plain", None)
    assert {each.name for each in again.registry.list_webhooks()} == {"ci", "other", "plain"}
    told = again.registry.list_webhooks_by_event(WebhookEvent.from_str("registered_model.created"), 10, None)
    assert {each.name for each in told} == {"ci", "other", "plain"}
    assert again.secret(made[0]) not in (None, "", HOOK)
    assert (again.secret(other), again.secret(plain)) == ("another", None)
    with pytest.raises(MlflowException, match="Failed to decrypt secret"):
        again.tracking._get_decrypted_secret(made[1])

    (found,) = keys.judge(keys.look(database.of(local), keys.held(local.places)))
    text = "No key of this volume reads 2 secrets of the database: webhook secret ci, gateway key openai"
    assert (found.id, found.level, found.text) == ("keys.unreadable", "warning", text)
    assert found in check.metadata(database.of(local), local.places)
    assert found.fix == [
        f'MlflowClient().update_webhook("{made[0]}", secret="…")   # or delete_webhook',
        "enter openai again on MLflow's page AI Gateway   # or delete it there",
    ]
    assert keys.plan(local)["unreadable"] == ["ci", "openai"]
    keys.rotate(local, {})
    assert readers(local) == [("webhook secret", None), ("webhook secret", 0), ("gateway key", None)]

    # A change of something else leaves it as it is, for whoever finds the key.
    Served(local).registry.update_webhook(made[0], description="changed")
    assert readers(local)[0] == ("webhook secret", None)
    again = Served(local)
    again.registry.update_webhook(made[0], secret=HOOK)
    again.tracking.update_gateway_secret(made[1], secret_value=API_KEY)
    assert keys.judge(keys.look(database.of(local), keys.held(local.places))) == []
    again.registry.delete_webhook(made[0])
    assert {each.name for each in again.registry.list_webhooks()} == {"other", "plain"}


def test_a_lost_webhook_is_deleted_like_any_other(local: Settings, made: tuple[str, str]) -> None:
    local.places.keys.unlink()
    again = Served(local)
    again.registry.delete_webhook(made[0])
    again.tracking.delete_gateway_secret(made[1])
    assert keys.judge(keys.look(database.of(local), keys.held(local.places))) == []


def test_a_file_that_holds_no_key_is_said_and_left(local: Settings) -> None:
    """Otherwise the start ends in a traceback, again and again."""
    local.places.keys.write_text("not a key\n")
    with pytest.raises(Refused):
        keys.settle(local)
    found = check.metadata(database.of(local), local.places)[-1]
    assert (found.id, found.level) == ("keys.file", "error")
    assert local.places.keys.read_text() == "not a key\n"


def test_a_database_of_another_version_is_not_rotated(local: Settings) -> None:
    with database.of(local).write() as rows:
        rows.change("UPDATE alembic_version SET version_num = 'older'")
    with pytest.raises(Refused, match="another schema revision"):
        keys.plan(local)
    assert not local.places.keys.exists()

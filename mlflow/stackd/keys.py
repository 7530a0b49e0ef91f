"""The keys of this volume. MLflow encrypts two things in its database: secrets of webhooks, and keys of its AI gateway.

Each line of a file is a key, the newest first: that one encrypts, and all of them read. What only an older one reads (a
rotation was killed, an older snapshot was restored), or MLflow's public passphrase, the next start encrypts with the
newest, in one transaction. So a rotation is a new first line, and the same step.
"""

import base64
import os
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from stackd import database, files, mlflow_internals
from stackd.database import Database
from stackd.failures import Refused
from stackd.report import Finding, counted
from stackd.settings import Places, Settings

KEY = re.compile(r"[A-Za-z0-9_-]{43}=").fullmatch


class Kind(NamedTuple):
    """``query``: id, name, what is encrypted. ``public``: keys of MLflow's own. ``again``: how to give a new one."""

    query: str
    change: str
    public: tuple[str, ...]
    again: str


KINDS = {
    "webhook secret": Kind(
        "SELECT webhook_id, name, secret FROM webhooks WHERE secret IS NOT NULL AND deleted_timestamp IS NULL",
        "UPDATE webhooks SET secret = :value WHERE webhook_id = :id",
        (),
        'MlflowClient().update_webhook("{id}", secret="…")   # or delete_webhook',
    ),
    "gateway key": Kind(
        "SELECT secret_id, secret_name, encrypted_value, wrapped_dek FROM secrets",
        "UPDATE secrets SET encrypted_value = :value, wrapped_dek = :dek, kek_version = 1 WHERE secret_id = :id",
        ("",),
        "enter {name} again on MLflow's page AI Gateway   # or delete it there",
    ),
}


class Sealed(NamedTuple):
    """A row. ``key``: which one reads it, 0 for the newest, None where none does; ``plain`` is never shown."""

    kind: str
    id: str
    name: str
    key: int | None
    plain: Any


def held(places: Places) -> list[str]:
    """The keys, the newest first; none before the first start.

    Raises:
        Refused: the file holds something else.
    """
    found = places.keys.read_text().split() if places.keys.exists() else []
    if not all(map(KEY, found)):
        text = "The file `keys`, whose lines encrypt webhook secrets and gateway keys, holds something that is no key"
        raise Refused("keys.file", text, str(places.keys), ["put the file back as it was: docs/data.md"])
    return found


def look(base: Database, keys: list[str]) -> list[Sealed]:
    """Every secret of a database with this version's schema, tried with every key."""
    with base.read() as rows:
        return [_tried(name, [*keys, *kind.public], row) for name, kind in KINDS.items() for row in rows(kind.query)]


def _tried(kind: str, keys: list[str], row: tuple[Any, ...]) -> Sealed:
    tried = ((number, mlflow_internals.opened(key, *row)) for number, key in enumerate(keys))
    number, plain = next((each for each in tried if each[1] is not None), (None, None))
    return Sealed(kind, row[0], row[1], number, plain)


def settle(config: Settings) -> list[Sealed]:
    """Make the first key where there is none, and encrypt with the newest what only another one reads; every secret,
    with the key that read it before. Nobody else may use the database.
    """
    files.write_once(config.places.keys, _new(), 0o600)
    base, keys = database.of(config), held(config.places)
    found = look(base, keys)
    if old := [each for each in found if each.key]:
        with base.write() as rows:
            for kind, identifier, name, _, plain in old:
                value = mlflow_internals.sealed(keys[0], identifier, name, plain, kind == "gateway key")
                rows.change(KINDS[kind].change, id=identifier, **value)
    return found


def judge(found: Iterable[Sealed]) -> list[Finding]:
    """Those that are lost, unless somebody has the key. The server works without them."""
    lost = [each for each in found if each.key is None]
    named = ", ".join(f"{each.kind} {each.name}" for each in lost)
    text = f"No key of this volume reads {counted(len(lost), 'secret')} of the database: {named}"
    fix = [KINDS[each.kind].again.format(id=each.id, name=each.name) for each in lost]
    return [Finding("keys.unreadable", "warning", text, "keys in the volume `data`", fix)] if lost else []


def plan(config: Settings) -> dict[str, Any]:
    """``secrets``: how many can be read, by kind; ``unreadable``: names of the others.

    Raises:
        Refused: the database has another version's schema.
    """
    base = database.of(config)
    if base.revision() != mlflow_internals.SCHEMA_HEAD:
        raise Refused("database.revision", "The database has another schema revision", base.where, ["./stack upgrade"])
    found = look(base, held(config.places))
    return {"secrets": _counts(found), "unreadable": [each.name for each in found if each.key is None]}


def rotate(config: Settings, _: dict[str, Any]) -> dict[str, Any]:
    """A new key, and every secret encrypted with it; older ones stay, to read older snapshots."""
    files.write(config.places.keys, b"\n".join([_new(), *(key.encode() for key in held(config.places))]), 0o600)
    return {"secrets": _counts(settle(config))}


def _counts(found: Iterable[Sealed]) -> dict[str, int]:
    readable = [each.kind for each in found if each.key is not None]
    return {kind: readable.count(kind) for kind in KINDS}


def _new() -> bytes:
    return base64.urlsafe_b64encode(os.urandom(32))

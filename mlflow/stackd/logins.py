"""The first administrator: whether the server may start with logins, and a way back from a forgotten password."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from stackd import database
from stackd.database import Database, Failure
from stackd.failures import Refused
from stackd.report import Finding
from stackd.settings import Settings, start_command

# What MLflow asks of the first administrator's password, and the one that it refuses: older versions shipped it.
PASSWORD_LENGTH, REFUSED_PASSWORD = 12, "password1234"
ADMIN, VARIABLE = "admin", "MLFLOW_ADMIN_PASSWORD_FILE"
# The password of whoever has the name of the administrator, who is one again.
RESET = """INSERT INTO users (username, password_hash, is_admin) VALUES (:admin, :made, 1)
ON CONFLICT (username) DO UPDATE SET password_hash = :made, is_admin = 1"""


def given(file: Path) -> tuple[str, Finding | None]:
    """The password that the file holds; "" without one, and where it cannot be read, which the finding says."""
    try:
        return file.read_text().strip(), None
    except FileNotFoundError:
        return "", None
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        text = f"The file that {VARIABLE} names cannot be read by uid {os.geteuid()}, as whom the server runs: {why}"
        fix = [f"sudo chown {os.geteuid()} FILE   # the file that {VARIABLE} names", "chmod 600 FILE"]
        return "", Finding("settings.value", "error", text, VARIABLE, fix)


def judge(users: Database, file: Path) -> list[Finding]:
    """Whether there is an administrator, or a first password that can be read and that MLflow accepts; and whether what
    the file holds is the administrator's password.
    """
    try:
        stored, _ = _stored(users)
    except Failure as error:
        text = f"Whether there is an administrator is unknown: {error}"
        return [Finding("logins.password", "unknown", text, VARIABLE, ["./stack status"])]
    password, unreadable = given(file)
    if unreadable:
        return [replace(unreadable, level="unknown" if stored else "error")]
    if stored and not password:
        return [Finding("settings.value", "ok", "Logins are on, and there is an administrator", VARIABLE)]
    if stored and not _fits(stored, password):
        text = f"The file that {VARIABLE} names does not hold the password of {ADMIN}: only the first start reads it"
        fix = ["./stack users reset-admin", f"{VARIABLE}=   # in .env, and remove the file"]
        return [Finding("logins.password", "warning", text, VARIABLE, fix)]
    if stored or not (wrong := _wrong(password)):
        text = "Logins are on, and the administrator's password can be read"
        return [Finding("settings.value", "ok", text, VARIABLE)]
    return [wrong]


def plan_reset(config: Settings) -> dict[str, Any]:
    """``exists``: whether there is the administrator; ``same``: whether the file holds the present password.

    Raises:
        Refused: there are no users, or the file cannot be read, or holds what MLflow refuses.
    """
    users = database.users(config)
    if not users.exists():
        text = "There are no users yet: the first start with logins creates the administrator"
        raise Refused("logins.password", text, "MLFLOW_AUTH", [start_command()])
    password, (stored, is_admin) = _accepted(config), _stored(users)
    return {"exists": bool(stored), "same": is_admin and _fits(stored, password)}


def reset(config: Settings) -> dict[str, Any]:
    """Make what the file holds the administrator's password. A server may run: it is done in its writers' turn."""
    from werkzeug.security import generate_password_hash

    made = generate_password_hash(_accepted(config))
    with database.of(config).write(), database.users(config).write() as rows:
        rows.change(RESET, admin=ADMIN, made=made)
    return {}


def _stored(users: Database) -> tuple[str, bool]:
    """The hash of the administrator's password, "" where there is none; whether that user is one."""
    if not users.exists():
        return "", False
    with users.read() as rows:
        row = rows.one("SELECT password_hash, is_admin FROM users WHERE username = :admin", admin=ADMIN)
    return (str(row[0] or ""), bool(row[1])) if row else ("", False)


def _accepted(config: Settings) -> str:
    """What the file holds. Raises Refused."""
    password, unreadable = given(config.places.admin_password)
    if wrong := unreadable or _wrong(password):
        raise Refused(wrong.id, wrong.text, wrong.where, wrong.fix)
    return password


def _fits(stored: str, password: str) -> bool:
    from werkzeug.security import check_password_hash

    return bool(stored) and check_password_hash(stored, password)


def _wrong(password: str) -> Finding | None:
    """What keeps MLflow from taking a first password."""
    if not password:
        text = f"Logins need the first administrator's password: {VARIABLE} names no file, or an empty one"
    elif len(password) < PASSWORD_LENGTH:
        text = f"The password in the file of {VARIABLE} is too short: MLflow asks for {PASSWORD_LENGTH} characters"
    elif password == REFUSED_PASSWORD:
        text = f"The password in the file that {VARIABLE} names is the one of MLflow's examples, which MLflow refuses"
    else:
        return None
    fix = [f"{VARIABLE}=/path/to/a/file", "openssl rand -hex 16 > /path/to/a/file && chmod 600 /path/to/a/file"]
    return Finding("settings.value", "error", text, VARIABLE, fix)

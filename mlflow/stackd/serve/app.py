"""MLflow's application, made into ours before the fork: turns, bridge, guards and fenced repositories inside it.

Nothing falls back to a server without them: whatever is not where it was stops the start (``mlflow_internals``).
"""

import os
import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from stackd import database, files, logins
from stackd import mlflow_internals as internals
from stackd.serve.deferred import release
from stackd.settings import SERVICE, Places, Settings

if TYPE_CHECKING:
    from fastapi import FastAPI

# uvicorn as it was measured; proxies and clients keep connections for longer than its own five seconds.
UVICORN = {"loop": "uvloop", "http": "httptools", "timeout_keep_alive": 75, "access_log": False}


def allowed_hosts(settings: Settings) -> list[str]:
    """Host headers that are answered. MLflow matches exactly, port included, unless a pattern says otherwise."""
    names = ["localhost", "127.0.0.1", "[[]::1]", SERVICE, *settings.extra_hosts]
    # A name with a port is used as it is.
    return [form for name in names for form in ([name] if _has_port(name) else [_literal(name), f"{name}:*"])]


def _has_port(name: str) -> bool:
    return name.rpartition(":")[2].isdigit() and not name.endswith("]")


def _literal(name: str) -> str:
    return name.replace("[[]", "[")


def allowed_origins(settings: Settings) -> list[str]:
    """Origins of pages that may write.

    MLflow refuses a POST whose Origin is not listed even when it equals the Host.
    """
    origins = []
    for name in (SERVICE, *settings.extra_hosts):
        for scheme in ("http", "https"):
            origins.append(f"{scheme}://{name}")
            if not _has_port(name):
                origins.append(f"{scheme}://{name}:{settings.published_port}")
    return origins


def environment(settings: Settings) -> dict[str, str]:
    """Every variable that MLflow reads at import or in a request."""
    return {
        **internals.server_environment(database.of(settings).uri, settings.destination),
        **({internals.PROMETHEUS_FOLDER: str(settings.places.prometheus)} if settings.prometheus else {}),
        "MLFLOW_SERVER_ALLOWED_HOSTS": ",".join(allowed_hosts(settings)),
        "MLFLOW_SERVER_CORS_ALLOWED_ORIGINS": ",".join(allowed_origins(settings)),
        "MLFLOW_DISABLE_TELEMETRY": "true",
        # Nothing here starts the job runner; MLflow's own job routes then say so.
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        # log_batch nests sessions: with MLflow's 5 + 10 connections, 15 batches at once wait for each other and
        # answer 400.
        "MLFLOW_SQLALCHEMYSTORE_POOL_SIZE": "10",
        "MLFLOW_SQLALCHEMYSTORE_MAX_OVERFLOW": "60",
    }


def prepare_logins(places: Places) -> dict[str, str]:
    """Variables of MLflow's basic-auth application; set inside this process only, and taken off again once it is made.

    The database of users and the secret of its forms live on the volume; the first administrator's password comes
    from a file.
    """
    secret, ini = places.data / "flask_secret", places.data / "basic_auth.ini"
    files.write_once(secret, secrets.token_hex(32).encode(), 0o600)
    ini.write_text(
        "[mlflow]\ndefault_permission = READ\n"
        f"database_uri = {database.at(places.auth_database).uri}\nadmin_username = admin\n"
        "authorization_function = mlflow.server.auth:authenticate_request_basic_auth\n"
        # PBKDF2 costs tens of milliseconds; a changed password counts after a minute at most.
        "auth_cache_ttl_seconds = 60\n"
    )
    return {
        "MLFLOW_AUTH_CONFIG_PATH": str(ini),
        "MLFLOW_FLASK_SERVER_SECRET_KEY": secret.read_text(),
        # Once there is an administrator it need not be readable.
        "MLFLOW_AUTH_ADMIN_PASSWORD": logins.given(places.admin_password)[0],
        # A native route that the permission layer does not know is denied, not served.
        "MLFLOW_BASIC_AUTH_FAIL_CLOSED": "true",
    }


def build(settings: Settings) -> tuple["FastAPI", Any]:
    """The application, complete, with its stores initialised; and what closes every database connection before the
    fork.

    Raises:
        mlflow_internals.WrongVersion: MLflow is not the version this was written for.
    """
    os.environ.update(environment(settings))
    internals.verify()
    # Everything of ours that imports MLflow is imported here: after the variables, before the stores.
    from stackd.serve.sessions import Sessions

    base = database.of(settings)
    sessions = Sessions(base)
    internals.replace_session_maker(sessions.factory)
    of_logins = prepare_logins(settings.places) if settings.basic_auth else {}
    os.environ.update(of_logins)
    app, flask_app = internals.application(settings.basic_auth)
    _forget(of_logins, ("MLFLOW_AUTH_ADMIN_PASSWORD",))
    _complete(app, flask_app, settings)
    internals.initialise_stores(base.uri)
    release("pandas")
    from stackd.serve.warm import warm

    warm(app, flask_app, UVICORN)
    sessions.dispose()
    return app, sessions.dispose


def _complete(app: "FastAPI", flask_app: Any, settings: Settings) -> None:
    from starlette.middleware import Middleware

    from stackd.artifacts import repository
    from stackd.serve.bridge import Bridge
    from stackd.serve.guards import Guards
    from stackd.serve.layers import Front, WrongLogins
    from stackd.serve.ready import Ready
    from stackd.serve.transfers import Transfers, hand_over

    repository.register(settings, internals.artifact_repositories())
    Guards(settings).install(flask_app)
    transfers = Transfers(settings) if settings.mode == "s3" else None
    if transfers is not None:
        internals.replace_artifact_routes(app, {"GET": transfers.get, "PUT": transfers.put})
        repository.S3Repository.get_local_path = hand_over
    internals.replace_flask_mount(app, Bridge(flask_app, transfers.stream if transfers else None))
    internals.drop_idle_layers(app)
    internals.refuse_undecodable_paths()
    layers = [Middleware(WrongLogins, internals.is_public)] if settings.basic_auth else []
    app.user_middleware[:] = [Middleware(Front), *layers, *app.user_middleware]
    app.router.routes.insert(0, Ready(settings.mode, database.of(settings)).route)


def _forget(variables: dict[str, str], names: Iterable[str]) -> None:
    for name in names:
        if name in variables:
            del os.environ[name]

"""Every private name of MLflow that this stack uses, for one version. Another version stops the build and the start.

MLflow is imported inside the functions: the variables that it reads at import must be set first (``serve/app.py``).
"""

import importlib.metadata
import os
import sys
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory
    from fastapi import FastAPI
    from flask import Flask

VERSION = "3.17.2"
SCHEMA_HEAD, USERS_HEAD = "dc11669786a5", "f1a2b3c4d5e6"
# What `mlflow server` sets for its workers (server/__init__.py, _run_server) and the application reads.
BACKEND_STORE = "_MLFLOW_SERVER_FILE_STORE"
REGISTRY_STORE = "_MLFLOW_SERVER_REGISTRY_STORE"
ARTIFACT_ROOT = "_MLFLOW_SERVER_ARTIFACT_ROOT"
ARTIFACT_DESTINATION = "_MLFLOW_SERVER_ARTIFACT_DESTINATION"
SERVE_ARTIFACTS = "_MLFLOW_SERVER_SERVE_ARTIFACTS"
SGI_NAME = "_MLFLOW_SGI_NAME"
BOOT_ID = "_MLFLOW_SERVER_BOOT_ID"
IN_JOB_EXECUTOR = "_MLFLOW_IN_JOB_EXECUTOR"
ADMIN_BOOTSTRAPPED = "_MLFLOW_AUTH_ADMIN_BOOTSTRAPPED"
# BaseHTTPMiddleware of features that are off here, by the name of its function: each costs a task group a request.
IDLE_LAYERS = frozenset({"workspace_context_middleware", "gateway_timing_middleware"})
PERMISSION_LAYER = "fastapi_permission_middleware"
# Turns /metrics on (`mlflow server --expose-prometheus`) and names the folder where all workers keep their counters.
PROMETHEUS_FOLDER = "prometheus_multiproc_dir"
# The multipart answer that makes a client fall back to a plain upload (store/artifact/http_artifact_repo.py).
NO_MULTIPART = "Multipart upload is not supported for the current artifact repository"
# Rows that MLflow's migration 75868b020152 turns into columns of their trace or span: by table, their keys.
INTO_COLUMNS = {
    "trace_tags": ("mlflow.traceName",),
    "trace_request_metadata": ("mlflow.trace.session", "mlflow.trace.tokenUsage", "mlflow.trace.cost"),
    "trace_metrics": (
        *("input_tokens", "output_tokens", "total_tokens"),
        *("cache_read_input_tokens", "cache_creation_input_tokens", "cache_creation_input_tokens_above_1hr"),
    ),
    "span_metrics": ("input_cost", "output_cost", "total_cost"),
}


class WrongVersion(Exception):
    """MLflow is not the version whose private names this module holds."""


@dataclass(frozen=True)
class Schema:
    """Of one of MLflow's two databases: its name, the head of its migrations and their folder in MLflow, and the tables
    that may hold its revision, the one in use first.
    """

    name: str
    head: str
    migrations: str
    tables: tuple[str, ...]


METADATA = Schema("metadata", SCHEMA_HEAD, "store/db_migrations", ("alembic_version",))
# MLflow before 3.6 kept the revision of users in the other's table.
USERS = Schema("users", USERS_HEAD, "server/auth/db/migrations", ("alembic_version_auth", "alembic_version"))


def server_environment(database_uri: str, destination: str) -> Mapping[str, str]:
    """The variables that ``mlflow server --artifacts-destination`` would hand to its workers."""
    return {
        BACKEND_STORE: database_uri,
        REGISTRY_STORE: database_uri,
        ARTIFACT_ROOT: "mlflow-artifacts:/",
        ARTIFACT_DESTINATION: destination,
        SERVE_ARTIFACTS: "true",
        SGI_NAME: "uvicorn",
        BOOT_ID: uuid.uuid4().hex,
        IN_JOB_EXECUTOR: "false",
    }


def verify_build() -> None:
    """``verify``, and the head of MLflow's migrations: sixty files that only a build can change.

    Raises:
        WrongVersion: one of them differs, or a private name is gone.
    """
    verify()
    for schema in (METADATA, USERS):
        head = _migrations(schema).get_current_head()
        if head != schema.head:
            raise WrongVersion(f"head {head} of the schema of {schema.name}, not {schema.head}")


def verify() -> None:
    """Compare the installed version with the constants above.

    Raises:
        WrongVersion: one of them differs, or a private name is gone.
    """
    installed = importlib.metadata.version("mlflow")
    if installed != VERSION:
        raise WrongVersion(f"MLflow {installed} is installed; stackd/mlflow_internals.py is written for {VERSION}")
    from mlflow.exceptions import _UnsupportedMultipartUploadException
    from mlflow.store.db import utils

    if _UnsupportedMultipartUploadException.MESSAGE != NO_MULTIPART:
        raise WrongVersion(f"multipart message is {_UnsupportedMultipartUploadException.MESSAGE!r}")
    for name in (
        "_get_latest_schema_revision",
        "_get_managed_session_maker",
        "_all_tables_exist",
        "_initialize_tables",
        "_upgrade_db",
    ):
        if not callable(getattr(utils, name, None)):
            raise WrongVersion(f"mlflow.store.db.utils.{name} is gone")


def replace_session_maker(maker: Callable[[Any, str], Any]) -> None:
    """Put a factory in the place where tracking, registry and auth stores get their sessions.

    Must run before those modules are imported: they bind the name at import.

    Raises:
        WrongVersion: a store was imported already, so that it would keep MLflow's own.
    """
    early = [name for name in ("tracking", "model_registry") if f"mlflow.store.{name}.sqlalchemy_store" in sys.modules]
    if early:
        raise WrongVersion(f"imported before the writers' turn was in place: {', '.join(early)}")
    from mlflow.store.db import utils

    # A module attribute by design: see promise 5 in docs/decisions.
    utils._get_managed_session_maker = maker


def create_schema(database_uri: str) -> None:
    """Make all tables in an empty database, as MLflow's own first start does."""
    import sqlalchemy
    from mlflow.store.db import utils

    engine = sqlalchemy.create_engine(database_uri)
    utils._initialize_tables(engine)
    engine.dispose()


def upgrade_schema(name: str, database_uri: str) -> None:
    """Run MLflow's migrations of ``metadata`` or ``users`` to the head. Only in a process without ``foreign_keys``.

    With it they stop or drop rows. Users: from nothing, too.
    """
    import sqlalchemy

    engine = sqlalchemy.create_engine(database_uri)
    if name == USERS.name:
        from mlflow.server.auth.db import utils as of_users

        of_users.migrate(engine, "head")
    else:
        from mlflow.store.db import utils

        utils._upgrade_db(engine)
    engine.dispose()


def _migrations(schema: Schema) -> "ScriptDirectory":
    """From its folder: the package of logins takes seconds to import."""
    import mlflow
    from alembic.script import ScriptDirectory

    return ScriptDirectory(str(Path(str(mlflow.__file__)).parent / schema.migrations))


def known_revisions(schema: Schema) -> set[str]:
    """Every revision that this version's migrations of a schema know, from the first to the head."""
    return {script.revision for script in _migrations(schema).walk_revisions()}


def missing_tables(database_uri: str) -> list[str]:
    """Tables that this version expects and the database lacks; MLflow would migrate silently if there were any."""
    import sqlalchemy
    from mlflow.store.db import utils
    from mlflow.store.db.base_sql_model import Base

    engine = sqlalchemy.create_engine(database_uri)
    present = set(sqlalchemy.inspect(engine).get_table_names())
    complete = utils._all_tables_exist(engine)
    engine.dispose()
    return [] if complete else sorted(set(Base.metadata.tables) - present)


def initialise_stores(database_uri: str) -> None:
    """Make tracking and registry store, and the default experiment, before any request."""
    from mlflow.server import handlers
    from mlflow.store.db import utils

    # Each store would read every migration again to learn what the build has compared.
    utils._get_latest_schema_revision = lambda: SCHEMA_HEAD
    handlers.initialize_backend_stores(database_uri, database_uri, "mlflow-artifacts:/")


def application(basic_auth: bool) -> tuple["FastAPI", "Flask"]:
    """MLflow's FastAPI application, plain or with logins, and the Flask application inside it."""
    from mlflow.server import app as flask_app

    if basic_auth:
        from mlflow.server import auth

        auth.bootstrap_admin_user()
        os.environ[ADMIN_BOOTSTRAPPED] = "true"
        return auth.create_app(flask_app), flask_app
    from mlflow.server import fastapi_app

    return fastapi_app.app, flask_app


def replace_flask_mount(app: "FastAPI", bridge: Any) -> None:
    """Let ``bridge`` answer what MLflow's own WSGI bridge would.

    Raises:
        WrongVersion: the mount is not where it was.
    """
    from mlflow.server.fastapi_app import _EfficientWSGIMiddleware
    from starlette.routing import Mount

    mounts = [route for route in app.router.routes if isinstance(route, Mount)]
    if len(mounts) != 1 or not isinstance(mounts[0].app, _EfficientWSGIMiddleware):
        raise WrongVersion("the Flask application is not mounted once at the root")
    mounts[0].app = bridge


def replace_artifact_routes(app: "FastAPI", by_method: Mapping[str, Callable[..., Any]]) -> None:
    """Let our ASGI applications answer where MLflow's own up- and downloads would: the same paths and methods, which
    the login layer knows, right before them.

    Raises:
        WrongVersion: MLflow's routes are not what they were.
    """
    from mlflow.server.artifact_router import artifact_router
    from starlette.routing import Route

    theirs = [route for route in artifact_router.routes if isinstance(route, Route)]
    ours = [
        Route(f"/{api}/2.0/mlflow-artifacts/artifacts/{{artifact_path:path}}", _Asgi(answer), methods=[method])
        for method, answer in by_method.items()
        for api in ("api", "ajax-api")
    ]

    def known(routes: list[Route]) -> set[tuple[str, frozenset[str]]]:
        return {(route.path, frozenset(route.methods or ()) - {"HEAD"}) for route in routes}

    if known(ours) != known(theirs):
        raise WrongVersion(f"the native routes of artifacts are {sorted(route.path for route in theirs)}")
    app.router.routes[:0] = ours


class _Asgi:
    """An ASGI application that Starlette takes for one: a bound method it would call with a request."""

    def __init__(self, application: Callable[..., Any]) -> None:
        self.application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.application(scope, receive, send)


def refuse_undecodable_paths() -> None:
    """Answer 400 where a path is encoded more often than MLflow decodes: its own ValueError is a 500."""
    from mlflow.exceptions import MlflowException
    from mlflow.utils import uri

    def decoded(text: str, decode: Callable[[str], str] = uri._decode) -> str:
        try:
            return decode(text)
        except ValueError as error:
            raise MlflowException.invalid_parameter_value("Invalid path") from error

    uri._decode = decoded


def is_public(path: str) -> bool:
    """Whether MLflow answers a path without a login when logins are on."""
    from mlflow.server import auth

    return bool(auth.is_unprotected_route(path))


def safe_path(path: str) -> str:
    """An artifact path as MLflow lets it pass. Raises MlflowException."""
    from mlflow.utils.uri import validate_path_is_safe

    return str(validate_path_is_safe(path))


def mime_type(path: str) -> str:
    """The content type MLflow gives an artifact."""
    from mlflow.utils.mime_type_utils import _guess_mime_type

    return str(_guess_mime_type(path))


def content_disposition(name: str) -> str:
    """The header that makes a browser save a file under its name."""
    from mlflow.server.handlers import _content_disposition_attachment

    return str(_content_disposition_attachment(name))


def drop_idle_layers(app: "FastAPI") -> None:
    """Take off the layers of workspaces and gateway timing, which are off here; keep all others.

    Raises:
        WrongVersion: a layer that this stack does not know.
    """
    from starlette.middleware.base import BaseHTTPMiddleware

    kept = []
    for layer in app.user_middleware:
        name = getattr(layer.kwargs.get("dispatch"), "__name__", "")
        if layer.cls is BaseHTTPMiddleware and name not in IDLE_LAYERS | {PERMISSION_LAYER}:
            raise WrongVersion(f"unknown layer {name!r}")
        if name not in IDLE_LAYERS:
            kept.append(layer)
    app.user_middleware[:] = kept


def artifact_repositories() -> dict[str, Any]:
    """The registry of repositories by scheme, to be written to."""
    from mlflow.store.artifact import artifact_repository_registry

    registry: dict[str, Any] = artifact_repository_registry._artifact_repository_registry._registry
    return registry


if __name__ == "__main__":
    verify_build()

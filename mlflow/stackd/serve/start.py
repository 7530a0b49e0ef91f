"""From the environment to a serving master: check, wait until what is wrong is fixed, create the database, serve."""

import contextlib
import gc
import logging
import shutil
import sys
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from stackd import check, database, failures
from stackd.artifacts import unfinished
from stackd.database import Failure, InUse
from stackd.report import Finding, counted, failed, paragraph
from stackd.serve.deferred import defer
from stackd.settings import Places, Settings, SettingsError, from_environment

if TYPE_CHECKING:
    from stackd.serve.workers import Server

LOOK_AGAIN_SECONDS = 3.0
# What this process has until it ends.
HELD = contextlib.ExitStack()
logger = logging.getLogger("stackd")


def serve() -> int:
    """Serve until told to stop. What keeps it from serving is said once, and checked again every few seconds.

    Docker restarts a container that exits, whatever its code: waiting inside says the paragraph once, and not at each
    restart.
    """
    logging.basicConfig(
        format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.WARNING, stream=sys.stderr
    )
    logger.setLevel(logging.INFO)
    # MLflow's own import of Starlette's bridge, which this server does not use.
    warnings.filterwarnings("ignore", message="starlette.middleware.wsgi is deprecated")
    # Nothing of two thousand imported modules is garbage: collecting during the import takes a tenth of the start.
    # Collection is on again in each worker (workers.py).
    gc.disable()
    # Before the first look at the database, which imports MLflow.
    defer("pandas")
    config = wait_until_fixed()
    try:
        master = server(config)
    except (OSError, Failure) as error:
        sys.stderr.write(f"\nThe server does not start:\n{paragraph([failures.explain(error, config.places)])}\n\n")
        return 1
    master.run()
    return 0


def server(config: Settings) -> "Server":
    """Everything up to the fork: the database (created where there is none), the application, gunicorn's master."""
    empty_spool(config.places.spool)
    base = database.of(config)
    # Migrations from nothing take four seconds; the image was built with their result.
    base.prepare(config.places.empty_database)
    if config.basic_auth:
        # MLflow would make it, or migrate it, by itself; whoever reads it can guess passwords as fast as he likes.
        database.users(config).prepare(config.places.empty_users)
        config.places.auth_database.chmod(0o600)
    if config.mode == "s3":
        base.remember(database.SERVED_S3, config.destination)
        unfinished.abort_left(config.places.data)
    from stackd.serve import app

    application, before_fork = app.build(config)
    from stackd.serve.workers import Server

    return Server(config, application, before_fork)


def wait_until_fixed() -> Settings:
    """The settings, once nothing keeps the server from serving; from then on the database is this server's."""
    said = ""
    while True:
        found, config = look()
        if config is not None and not failed(found) and _taken(config):
            if said:
                logger.info("fixed; starting")
            return config
        text = paragraph(found)
        if text and text != said:
            # For people who read `docker compose logs`: no time stamp, no level.
            sys.stderr.write(f"\nThe server does not start:\n{text}\n")
            if Places.of() != Places():
                sys.exit(1)  # The upgrade that waits for it is to say so at once.
            again = f"It is checked again every {LOOK_AGAIN_SECONDS:.0f} s: once fixed, the server starts by itself."
            sys.stderr.write(f"{again}\n\n")
            said = text
        time.sleep(LOOK_AGAIN_SECONDS if failed(found) else 0.1)


def _taken(config: Settings) -> bool:
    """Take the database for as long as a process of this server lives; False while a verb checks the lock."""
    try:
        HELD.enter_context(database.of(config).hold())
    except InUse:
        return False
    return True


def look() -> tuple[list[Finding], Settings | None]:
    """One look at everything that the server needs."""
    try:
        config = from_environment()
    except SettingsError as error:
        return error.findings, None
    found, base = check.preflight(config), database.of(config)
    if base.served():
        text = "Another server uses this database, and two servers must never write to the same one"
        found.append(
            Finding(
                "database.busy",
                "error",
                text,
                config.places.on_host(base.where),
                ["./stack status", "docker ps --filter label=mlflow-stack.mode"],
            )
        )
    if not failed(found) and base.exists():
        found += schema(config)
    return found, config


def schema(config: Settings) -> list[Finding]:
    """MLflow migrates silently when a table is missing, so a database without all of them is refused here."""
    from stackd import mlflow_internals

    base = database.of(config)
    missing = mlflow_internals.missing_tables(base.uri)
    if not missing:
        return []
    named = ", ".join(missing[:3])
    lacks = f"{counted(len(missing), 'table')} ({named})"
    text = f"The database has the current schema revision, but lacks {lacks}; it is left as it is"
    return [Finding("database.corrupt", "error", text, config.places.on_host(base.where), check.DAMAGED)]


def empty_spool(spool: Path) -> None:
    """Remove what a killed server left of its transfers."""
    for entry in spool.iterdir():
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()

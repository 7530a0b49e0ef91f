"""From the environment to a serving master: look, wait until what is wrong is mended, make the database, serve."""

import gc
import logging
import shutil
import sqlite3
import subprocess
import sys
import time
import warnings
from typing import TYPE_CHECKING

from stackd import check, failures, settings
from stackd.artifacts.journal import Journal
from stackd.database import serving, sqlite
from stackd.report import Finding, failed, paragraph
from stackd.serve.deferred import defer
from stackd.settings import Settings, SettingsError, from_environment

if TYPE_CHECKING:
    from stackd.serve.workers import Server

LOOK_AGAIN_SECONDS = 3.0
logger = logging.getLogger("stackd")


def serve() -> int:
    """Serve until told to stop. What keeps it from serving is said once, and looked at again every few seconds.

    Docker restarts a container that exits, whatever its code: waiting inside says the paragraph once instead of for
    ever.
    """
    logging.basicConfig(
        format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.WARNING, stream=sys.stderr
    )
    logger.setLevel(logging.INFO)
    # MLflow's own import of Starlette's bridge, which this server does not use.
    warnings.filterwarnings("ignore", message="starlette.middleware.wsgi is deprecated")
    # Nothing of two thousand imported modules is garbage: collecting meanwhile takes a tenth of the start. On again in
    # each worker (workers.py).
    gc.disable()
    # Before the first look at the database, which imports MLflow.
    defer("pandas")
    config = wait_until_mended()
    try:
        master = server(config)
    except (OSError, sqlite3.Error) as error:
        sys.stderr.write(f"\nThe server does not start:\n{paragraph([failures.explain(error)])}\n\n")
        return 1
    master.run()
    return 0


def server(config: Settings) -> "Server":
    """Everything up to the fork: the database, made where there is none, the application and gunicorn's master."""
    empty_spool()
    if not settings.DATABASE.exists():
        # Migrations from nothing take four seconds; the image was built with their result.
        sqlite.copy(settings.EMPTY_DATABASE, settings.DATABASE)
    sqlite.set_journal()
    sqlite.store_id()
    if config.mode == "s3":
        settings.SERVED_S3.write_text(config.destination + "\n")
        abort_unfinished()
    from stackd.serve import app

    application, before_fork = app.build(config)
    from stackd.serve.workers import Server

    return Server(config, application, before_fork)


def wait_until_mended() -> Settings:
    """The settings, once nothing keeps the server from serving; from then on the database is this server's."""
    said = ""
    while True:
        found, config = look()
        if config is not None and not failed(found) and _taken():
            if said:
                logger.info("mended; starting")
            return config
        text = paragraph(found)
        if text and text != said:
            # For people who read `docker compose logs`: no time stamp, no level.
            sys.stderr.write(
                f"\nThe server does not start:\n{text}\nIt looks again every {LOOK_AGAIN_SECONDS:.0f} s.\n\n"
            )
            said = text
        time.sleep(LOOK_AGAIN_SECONDS if failed(found) else 0.1)


def _taken() -> bool:
    """Take the database for as long as a process of this server lives; False while a verb just looks at the lock."""
    try:
        serving.hold()
    except serving.InUseError:
        return False
    return True


def look() -> tuple[list[Finding], Settings | None]:
    """One look at everything that the server needs."""
    try:
        config = from_environment()
    except SettingsError as error:
        return error.findings, None
    found = check.preflight(config)
    if serving.in_use():
        text = "another server has this database; two never write one"
        found.append(
            Finding(
                "database.busy", "error", text, str(settings.DATABASE), ["docker ps --filter volume=mlflow-stack_data"]
            )
        )
    if not failed(found) and settings.DATABASE.exists():
        found += schema()
    return found, config


def schema() -> list[Finding]:
    """MLflow migrates silently when a table is missing, so a database without all of them is refused here."""
    from stackd import mlflow_internals

    missing = mlflow_internals.missing_tables(sqlite.uri())
    if not missing:
        return []
    named = ", ".join(missing[:3])
    text = f"the database says it is current but lacks {len(missing)} tables ({named}); it is left as it is"
    return [Finding("database.corrupt", "error", text, str(settings.DATABASE), ["ls -l ./backups   # the newest copy"])]


def abort_unfinished() -> None:
    """Abort the uploads that a killed server left in S3; in a process of its own, for it may have to wait for S3."""
    left = Journal().noted()
    if left:
        subprocess.Popen([sys.executable, "-m", "stackd.artifacts.journal", *map(str, left)])


def empty_spool() -> None:
    """Remove what a killed server left of its transfers."""
    for entry in settings.SPOOL.iterdir():
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()

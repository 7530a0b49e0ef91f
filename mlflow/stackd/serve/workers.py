"""Prefork: the master imports MLflow once and forks; a worker that dies is replaced.

The master leaves a copy of the database when it stops.
"""

import asyncio
import gc
import logging
import sys
import threading
from collections.abc import Callable
from typing import Any, ClassVar

from gunicorn.app.base import BaseApplication
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn_worker import UvicornWorker

from stackd.artifacts import unfinished
from stackd.serve.answers import Joining
from stackd.serve.app import UVICORN
from stackd.settings import PORT, Settings
from stackd.snapshots import copies

logger = logging.getLogger(__name__)
# Seconds a worker may take to finish its requests; what is left of Compose's 30 belongs to the copy.
GRACEFUL_SECONDS = 10
# Objects made between two collections. A batch of metrics makes thousands that all die with it.
COLLECT_AFTER = 10_000


class Protocol(HttpToolsProtocol):  # type: ignore[misc]
    """uvicorn's own, on a transport that keeps an answer together."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Called by the event loop, once for a connection."""
        super().connection_made(Joining(transport, self.loop))


class Worker(UvicornWorker):  # type: ignore[misc]
    """uvicorn inside gunicorn, with the loop and parser that were measured."""

    CONFIG_KWARGS: ClassVar[dict[str, Any]] = {**UVICORN, "http": Protocol}


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn, configured here and not by files or variables. ``before_fork`` closes the database's connections."""

    def __init__(self, settings: Settings, app: Any, before_fork: Callable[[], None]) -> None:
        self.settings, self.app, self.before_fork = settings, app, before_fork
        super().__init__()

    def load_config(self) -> None:
        """Hand our values to gunicorn."""
        values = {
            "bind": f"0.0.0.0:{PORT}",
            "workers": self.settings.workers,
            "worker_class": "stackd.serve.workers.Worker",
            "preload_app": True,
            "graceful_timeout": GRACEFUL_SECONDS,
            # An upload may keep an event loop busy, never this long.
            "timeout": 120,
            # Heartbeats are file times: on a disk they would wait for it.
            "worker_tmp_dir": "/dev/shm",  # noqa: S108
            "proc_name": "mlflow-stack",
            # The root is read-only, and nobody sends commands to a container's gunicorn.
            "control_socket_disable": True,
            "when_ready": self._when_ready,
            "post_fork": self._post_fork,
            "child_exit": self._child_exit,
            "on_exit": self._on_exit,
        }
        for name, value in values.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The application, made before the fork."""
        return self.app

    def _when_ready(self, _: Any) -> None:
        self.before_fork()
        # What the master holds is shared with its workers as long as no collection touches it. Not collected before:
        # of half a million objects seven thousand are garbage, and finding them takes a tenth of the start.
        gc.freeze()
        logger.info("serving %s on port %d with %d workers", self.settings.destination, PORT, self.settings.workers)

    def _post_fork(self, _: Any, __: Any) -> None:
        from stackd.artifacts.repository import FolderRepository

        gc.set_threshold(COLLECT_AFTER)
        gc.enable()
        # In the background: a store that does not answer must not keep the metadata waiting.
        threading.Thread(target=FolderRepository.claim, name="claim", daemon=True).start()

    def _child_exit(self, _: Any, worker: Any) -> None:
        if self.settings.mode == "s3":
            unfinished.abort_left(self.settings.places.data, worker.pid)

    def _on_exit(self, _: Any) -> None:
        # For people, and for whoever stopped the server: no time stamp, no level, no traceback.
        sys.stderr.write(f"{copies.at_the_stop(self.settings)}\n")
        sys.stderr.flush()

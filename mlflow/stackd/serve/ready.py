"""``GET /health/ready``: one read of the database on a connection of its own, never behind the request threads.

Open with logins on as well, as everything below ``/health`` is in MLflow. It names the mode too, which nothing else
tells a client: runs of both modes are in one database, and where their files are depends on it.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from stackd.database import Database, Failure


class Ready:
    """Answers 200 ``{"status": "ready", "mode": "s3"}`` (or ``local``) when the database can be read, else 503 with the
    reason's kind.
    """

    def __init__(self, mode: str, base: Database) -> None:
        self.mode, self.base = mode, base
        self._thread: ThreadPoolExecutor | None = None

    @property
    def route(self) -> Route:
        """To be put before MLflow's own routes."""
        return Route("/health/ready", self.answer, methods=["GET"])

    async def answer(self, _: Request) -> JSONResponse:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="ready")
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self.base.revision)
        except Failure as error:
            return JSONResponse({"status": "unready", "reason": type(error).__name__}, 503, {"retry-after": "1"})
        return JSONResponse({"status": "ready", "mode": self.mode})

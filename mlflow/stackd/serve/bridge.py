"""From ASGI to MLflow's Flask application.

MLflow's own bridge starts a task group and takes one of 40 threads for every request, which was half of its time.
Here a database-only route runs in a small pool and is answered at once, readers never behind writers that wait for
their turn. Everything else may wait for S3: it has a pool of its own and is sent in pieces, so that a store which does
not answer never holds up metadata.
"""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from starlette.middleware.wsgi import build_environ
from starlette.types import Receive, Scope, Send

T = TypeVar("T")
# Threads a worker. SQLite has one writer, so two are enough to keep it busy; S3 waits, so it gets more.
THREADS = {"read": 2, "write": 2, "store": 8}
PIECE = 256 * 1024
# Where a handler leaves, in the request's environ, the place of an artifact that it would have sent.
PLACE = "stackd.place"
Stream = Callable[[Scope, Receive, Send, Any, list[tuple[bytes, bytes]]], Awaitable[None]]
API = ("/api/2.0/mlflow/", "/ajax-api/2.0/mlflow/")
# What follows the prefix; all of it was read in MLflow 3.17.2's handlers, and none touches an artifact store.
READS = {
    "experiments": "get get-by-name search",
    "runs": "get search",
    "metrics": "get-history get-history-bulk get-history-bulk-interval",
    "registered-models": "get search get-latest-versions",
    "model-versions": "get search",
    "logged-models": "search",
}
WRITES = {
    "experiments": "create update delete restore set-experiment-tag delete-experiment-tag",
    "runs": "create update delete restore log-metric log-batch log-parameter set-tag delete-tag outputs",
    "registered-models": "create update rename set-tag delete-tag alias",
    "model-versions": "update set-tag delete-tag transition-stage",
}
POOLS = {
    f"{noun}/{verb}": pool
    for pool, nouns in (("read", READS), ("write", WRITES))
    for noun, verbs in nouns.items()
    for verb in verbs.split()
}


def pool_of(path: str) -> str:
    """``read`` or ``write`` for a route that is answered from the database alone, ``store`` for every other."""
    for prefix in API:
        if path.startswith(prefix):
            return POOLS.get(path[len(prefix) :], "store")
    return "store"


class Bridge:
    """An ASGI application that calls a WSGI application. Its pools are made in the worker, not before the fork.

    ``stream`` sends the artifacts of which a handler only names the place. Exceptions of the WSGI application reach
    Starlette, which answers 500. Bodies of requests are held in memory: large files have a native route and do not
    come here.
    """

    def __init__(self, wsgi: Callable[..., Iterable[bytes]], stream: Stream | None = None) -> None:
        self.wsgi, self.stream = wsgi, stream
        self._pools: dict[str, ThreadPoolExecutor] = {}

    def pool(self, name: str) -> ThreadPoolExecutor:
        """One of ``THREADS``, made on first use."""
        if name not in self._pools:
            self._pools[name] = ThreadPoolExecutor(THREADS[name], thread_name_prefix=name)
        return self._pools[name]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            # Flask has none; closing before accepting is the refusal that ASGI knows.
            await send({"type": "websocket.close", "code": 1000})
            return
        if scope["type"] != "http":
            return
        body = await _body(receive)
        if body is None:
            return
        answer = _Answer(self.wsgi, build_environ(scope, body))
        name = pool_of(scope["path"])
        if name != "store":
            payload = await _in(self.pool(name), answer.whole)
            await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
            await send({"type": "http.response.body", "body": payload})
            return
        place = await self._in_pieces(self.pool(name), answer, send)
        if place is not None and self.stream is not None:
            await self.stream(scope, receive, send, place, answer.headers)

    async def _in_pieces(self, pool: ThreadPoolExecutor, answer: "_Answer", send: Send) -> Any:
        """Send a body as it comes; ``send`` waits while the client is slow, and so does the next piece.

        Nothing is sent where the application only says where an artifact is: that is returned.
        """
        try:
            piece = await _in(pool, answer.begin)
            place = answer.environ.get(PLACE)
            if place is not None:
                return place
            await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
            while piece:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                piece = await _in(pool, answer.next_piece)
            await send({"type": "http.response.body", "body": b""})
            return None
        finally:
            # Whoever went away, the temporary file behind the body is closed. Shielded: a cancelled request closes it
            # too.
            await asyncio.shield(_in(pool, answer.close))


async def _body(receive: Receive) -> bytes | None:
    """The whole request body, or None when the client went away before its end."""
    pieces: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        pieces.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(pieces)


async def _in(pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    """Run in a pool, with the request's context variables."""
    context = contextvars.copy_context()
    return await asyncio.get_running_loop().run_in_executor(pool, lambda: context.run(work))


class _Answer:
    """One call of the WSGI application; each method runs in a thread, one at a time."""

    def __init__(self, wsgi: Callable[..., Iterable[bytes]], environ: dict[str, Any]) -> None:
        self.wsgi, self.environ = wsgi, environ
        self.status = 500
        self.headers: list[tuple[bytes, bytes]] = []
        self._iterable: Iterable[bytes] = ()
        self._iterator: Iterator[bytes] = iter(())

    def _start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
        self.status = int(status.split(" ", 1)[0])
        self.headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        return _no_write

    def whole(self) -> bytes:
        try:
            self._iterable = self.wsgi(self.environ, self._start)
            return b"".join(self._iterable)
        finally:
            self.close()

    def begin(self) -> bytes:
        self._iterable = self.wsgi(self.environ, self._start)
        self._iterator = iter(self._iterable)
        return self.next_piece()

    def next_piece(self) -> bytes:
        """At least ``PIECE`` bytes, or what is left; empty at the end."""
        gathered: list[bytes] = []
        size = 0
        for part in self._iterator:
            gathered.append(part)
            size += len(part)
            if size >= PIECE:
                break
        return b"".join(gathered)

    def close(self) -> None:
        close = getattr(self._iterable, "close", None)
        self._iterable, self._iterator = (), iter(())
        if close is not None:
            close()


def _no_write(_: bytes) -> object:
    raise NotImplementedError("the write callable of WSGI; Flask never calls it")

"""From ASGI to MLflow's Flask application.

MLflow's own bridge starts a task group and takes one of 40 threads for every request, which was half of its time.
Here each request runs in a small pool and most are answered in one go. Readers never wait behind writers that wait for
their turn, and neither behind a store that does not answer: what touches an artifact repository has a pool of its own.
"""

import asyncio
import contextvars
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from starlette.middleware.wsgi import build_environ
from starlette.types import Receive, Scope, Send

T = TypeVar("T")
# Threads a worker. SQLite has one writer, so two are enough to keep it busy; S3 waits, so it gets more. What waits for
# a stranger's server, or works for minutes, has its own two.
THREADS = {"read": 2, "write": 2, "store": 8, "slow": 2}
PIECE = 256 * 1024
# Where a handler leaves, in the request's environ, the place of an artifact that it would have sent.
PLACE = "stackd.place"
Stream = Callable[[Scope, Receive, Send, Any, list[tuple[bytes, bytes]]], Awaitable[None]]
API = r"/(?:ajax-)?api/[23]\.0/"
# Every rule of Flask whose handler touches an artifact repository, and every one that may take minutes. All others are
# answered from the database: by their method, or by the end of a POST that only reads. tests/unit/stackd/rules.txt has
# them all, and a rule that a new MLflow adds turns its test red.
STORE = re.compile(
    rf"/get-artifact|/model-versions/get-artifact|{API}mlflow-artifacts/.*|{API}mlflow/(?:artifacts/.*|upload-artifact"
    r"|get-trace-artifact|logged-models/[^/]+/artifacts/.*|runs/create-promptlab-run"
    r"|traces/(?:get|batchGet|delete-traces))",
    re.DOTALL,
)
SLOW = re.compile(rf"{API}mlflow/(?:webhooks/[^/]+/test|gateway-proxy|demo/.*)")
READS = re.compile(
    rf"/graphql|{API}mlflow/.*(?:/search|/search-datasets|/get-latest-versions|/batchGetInfos|/metrics"
    r"|/calculate-filter-correlation)"
)
# The one field of GraphQL that lists artifacts.
LISTS = b"ListArtifacts"


def pool_of(method: str, path: str, body: bytes = b"") -> str:
    """Which of ``THREADS`` a request of Flask's runs in."""
    if STORE.fullmatch(path) or (path == "/graphql" and LISTS in body):
        return "store"
    if SLOW.fullmatch(path):
        return "slow"
    return "read" if method in ("GET", "OPTIONS") or READS.fullmatch(path) else "write"


class Bridge:
    """An ASGI application that calls a WSGI application. Its pools are made in the worker, not before the fork.

    ``stream`` sends the artifacts of which a handler only names the place. Exceptions of the WSGI application reach
    Starlette, which answers 500. Bodies of requests are held in memory, within the bound of ``layers.Front``.
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
        pool = self.pool(pool_of(scope["method"], scope["path"], body))
        place = await self._in_pieces(pool, answer, send)
        if place is not None and self.stream is not None:
            await self.stream(scope, receive, send, place, answer.headers)

    async def _in_pieces(self, pool: ThreadPoolExecutor, answer: "_Answer", send: Send) -> Any:
        """Send a body as it comes; ``send`` waits while the client is slow, and so does the next piece.

        Nothing is sent where the application only says where an artifact is, and that all went well: that is returned.
        """
        try:
            piece = await _in(pool, answer.begin)
            if answer.status == 200 and PLACE in answer.environ:
                return answer.environ[PLACE]
            await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
            while not answer.ended:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                piece = await _in(pool, answer.next_piece)
            await send({"type": "http.response.body", "body": piece})
            return None
        finally:
            # Whoever went away, the temporary file behind the body is closed. Shielded: a cancelled request closes it
            # too.
            if not answer.ended:
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
        self.ended = False

    def _start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
        self.status = int(status.split(" ", 1)[0])
        self.headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        return _no_write

    def begin(self) -> bytes:
        self._iterable = self.wsgi(self.environ, self._start)
        self._iterator = iter(self._iterable)
        return self.next_piece()

    def next_piece(self) -> bytes:
        """At least ``PIECE`` bytes, or all that is left: then it has ``ended``, and is closed."""
        gathered: list[bytes] = []
        size = 0
        for part in self._iterator:
            gathered.append(part)
            size += len(part)
            if size >= PIECE:
                break
        else:
            self.close()
        return b"".join(gathered)

    def close(self) -> None:
        self.ended = True
        close = getattr(self._iterable, "close", None)
        if close is not None:
            close()


def _no_write(_: bytes) -> object:
    raise NotImplementedError("the write callable of WSGI; Flask never calls it")

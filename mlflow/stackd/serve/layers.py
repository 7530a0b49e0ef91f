"""Our two layers around MLflow's own. What they refuse is refused for every route alike, native or Flask's."""

import asyncio
import base64
import hashlib
import re
import secrets
import time
from collections import Counter
from collections.abc import Callable, Mapping

from mlflow.exceptions import MlflowException
from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stackd.mlflow_internals import is_foreign, safe_path

# In the scope of a GET that was a HEAD: nobody needs to fetch a body for it.
HEAD = "stackd.head"
ARTIFACT = re.compile(r"/(?:ajax-)?api/2\.0/mlflow-artifacts/artifacts/(?P<path>.*)", re.DOTALL)
MIB = 2**20
# MiB of a request's body, by the end of its path. MLflow itself takes 1 MB for a batch, 10 MB from its pages, and says
# so: a little more gets that answer.
LIMITS = {"/mlflow/runs/log-batch": 2, "/mlflow/upload-artifact": 12, "": 64}
# MiB of all bodies that one worker holds at once.
HELD = 256
# The least that comes of a body, in KiB, in so many seconds: whoever trickles holds memory, or the turn of an upload.
PACE, IDLE = 512, 120.0
# Of one user from one address in a worker: wrong logins that are looked at in so many seconds.
GUESSES, SECONDS = 32, 60.0
GONE = {"type": "http.disconnect"}


def refusal(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """An error in MLflow's own form: an ASGI application."""
    return JSONResponse({"error_code": code, "message": message}, status, headers)


def is_plain(path: str) -> bool:
    """Whether an artifact path below the destination means one thing only: no empty, ``.`` or ``..`` segment, nothing
    that MLflow would decode or strip, that XML (in which keys are deleted) cannot hold, or that is too long for S3.
    """
    try:
        same: bool = safe_path(path) == path
    except (MlflowException, ValueError):
        return False
    strange = re.search("[\x00-\x1f\x7f\ufffe\uffff]", path) or {"", ".", ".."} & set(path.split("/"))
    return same and not strange and len(path.encode()) <= 1024


class Front:
    """The outermost layer: 400 for an artifact path that is not plain, by any method, in both modes; a bound for bodies
    in size (413), pace (408) and sum (503), counted while they come; ``Retry-After`` for each 503, which MLflow's
    clients honor; 403 for a page of another site that would change something, on every path: MLflow looks at its
    /api/ and /ajax-api/ alone, and its gateway spends money.

    A HEAD is a GET for all that authorizes and looks up, without ``Range``, which only a GET has (RFC 9110, 14.2):
    MLflow's tables of permissions name GET only. uvicorn, whose own scope stays as it was, sends no body.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app, self.held = app, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif scope["method"] == "HEAD":
            headers = [each for each in scope["headers"] if each[0] != b"range"]
            await self._http({**scope, "method": "GET", "headers": headers, HEAD: True}, receive, send)
        else:
            await self._http(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        artifact, method = ARTIFACT.fullmatch(scope["path"]), scope["method"]
        headers = dict(scope["headers"])
        limit = next(most for end, most in LIMITS.items() if scope["path"].endswith(end))
        # The one body that a native route streams.
        body, started = _Body(self, receive, None if artifact and method == "PUT" else limit), False

        async def answer(message: Message) -> None:
            nonlocal started
            # What is said of a body that seemed to break off is not for the client.
            if started or body.refused is None:
                if not started and message["status"] == 503:
                    MutableHeaders(scope=message).setdefault("retry-after", "1")
                started = True
                await send(message)

        try:
            if is_foreign(headers.get(b"origin", b"").decode("latin-1"), method):
                body.refuse(403, "A page of another site may change nothing here", "PERMISSION_DENIED")
            # A folder ends in a slash where `mlflow gc` deletes it.
            elif artifact and not is_plain(artifact["path"].removesuffix("/" if method == "DELETE" else "")):
                body.refuse(400, f"Invalid path: {artifact['path'][:200]!r} is not the plain path of an artifact")
            elif body.fits(int(headers.get(b"content-length", 0))):
                await self.app(scope, body, answer)
        except Exception:
            if body.refused is None:
                raise
        finally:
            self.held -= body.held
        if body.refused is not None and not started:
            await body.refused(scope, receive, send)


class _Body:
    """A request's body, counted as an application receives it. When refused it seems to break off."""

    def __init__(self, front: Front, receive: Receive, limit: int | None) -> None:
        self._front, self._receive, self._limit = front, receive, limit
        self._more, self._paced, self._left = True, 0, IDLE
        self.held = 0
        self.refused: JSONResponse | None = None

    def refuse(self, status: int, text: str, code: str = "INVALID_PARAMETER_VALUE") -> None:
        self.refused = refusal(status, code, text, {"retry-after": "1"} if status == 503 else None)

    def fits(self, size: int) -> bool:
        if self._limit is not None and size > self._limit * MIB:
            self.refuse(413, f"This request may have {self._limit} MiB and has more: send it in several")
        return self.refused is None

    async def __call__(self) -> Message:
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._left if self._more else None):
                message = await self._receive() if self.refused is None else GONE
        except TimeoutError:
            self.refuse(408, f"Less than {PACE} KiB of the request came in {IDLE:.0f} s, so it was given up")
            return GONE
        self._more, size = bool(message.get("more_body")), len(message.get("body", b""))
        self._paced, self._left = self._paced + size, self._left - (time.monotonic() - began)
        if self._paced >= PACE * 1024:
            self._paced, self._left = 0, IDLE
        if self._limit is not None:
            self.held += size
            self._front.held += size
            if self.fits(self.held) and self._front.held > HELD * MIB:
                text = "This server already holds as many requests as it can at a time; try again"
                self.refuse(503, text, "TEMPORARILY_UNAVAILABLE")
        return message if self.refused is None else GONE


class WrongLogins:
    """429 for who guesses: each try costs a worker tens of milliseconds of PBKDF2, in which it answers nobody.

    A login that was right is known from then on: a guesser behind the same proxy locks nobody out who is at work.
    """

    def __init__(self, app: ASGIApp, is_public: Callable[[str], bool]) -> None:
        self.app, self._is_public, self._secret = app, is_public, secrets.token_bytes(16)
        self._right: set[bytes] = set()
        self._tried: Counter[tuple[str, bytes]] = Counter()
        self._until = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        said = dict(scope.get("headers", ())).get(b"authorization", b"")
        try:
            login = base64.b64decode(said.partition(b" ")[2])
        except ValueError:
            login = b""
        known = hashlib.blake2b(login, key=self._secret).digest()
        who, now = ((scope.get("client") or [""])[0], login.partition(b":")[0]), time.monotonic()
        if now > self._until or len(self._tried) > 10_000:
            self._tried, self._until = Counter(), now + SECONDS
        if login and known not in self._right and self._tried[who] >= GUESSES:
            text = "Too many wrong logins of this user from this address; try again in a minute"
            after = {"retry-after": f"{self._until - now + 1:.0f}"}
            await refusal(429, "REQUEST_LIMIT_EXCEEDED", text, after)(scope, receive, send)
            return
        # Counted before the answer: a thousand tries at once are a thousand.
        self._tried[who] += 1

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                if message["status"] == 401:
                    self._right.discard(known)
                else:
                    self._tried[who] -= 1
                # Whatever is not public is 401 or 403 without a login (tests/integration/test_logins.py).
                if message["status"] in (200, 206) and scope["method"] != "OPTIONS":
                    self._right |= set() if self._is_public(scope["path"]) else {known}
            await send(message)

        await self.app(scope, receive, counted)

"""The routes: one page, and what it asks for. All of them only read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated, Any
from urllib.parse import quote

import httpx
from fastapi import Depends, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, StreamingResponse
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.staticfiles import StaticFiles

from courtside import game
from courtside.failures import NoPolicy, WebappError
from courtside.headers import StrictHeaders
from courtside.settings import Settings
from courtside.tracking import Curve, Experiment, Files, Runs, Tracking
from policy import NotAPolicyError, Policy

PAGE = Path(__file__).parent / "page"
PICTURES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
}
LARGEST_SEED = 2**53 - 1
"""The largest that JavaScript counts to."""


@dataclass(frozen=True)
class ServerState:
    """`says`: why not, if it does not answer or refuses this page."""

    url: str
    answers: bool
    says: str | None


def _tracking(request: Request) -> Tracking:
    found: Tracking = request.app.state.tracking
    return found


Asks = Annotated[Tracking, Depends(_tracking)]


async def _opened(run: str, path: str, tracking: Asks) -> AsyncIterator[httpx.Response]:
    async with tracking.file(run, path) as answer:
        yield answer


async def page() -> FileResponse:
    """The page."""
    return FileResponse(PAGE / "index.html")


async def icon() -> FileResponse:
    """Browsers request it by themselves."""
    return FileResponse(PAGE / "favicon.svg")


async def health() -> dict[str, str]:
    """Whether this process is alive; it says nothing about the tracking server."""
    return {"status": "ok"}


async def server(tracking: Asks) -> ServerState:
    """Whether the tracking server answers from its database. Always 200: "it does not" is an answer as well."""
    try:
        await tracking.experiments(most=1)
    except WebappError as error:
        return ServerState(tracking.url, False, str(error))
    return ServerState(tracking.url, True, None)


async def experiments(tracking: Asks) -> list[Experiment]:
    """Those that are not deleted."""
    return await tracking.experiments()


async def runs(experiment: str, tracking: Asks) -> Runs:
    """Of an experiment."""
    return await tracking.runs(experiment)


async def files(run: str, tracking: Asks) -> Files:
    """Its pictures and policies."""
    return await tracking.files(run)


async def file(run: str, path: str, answer: Annotated[httpx.Response, Depends(_opened)]) -> StreamingResponse:
    """A run's file, byte for byte: a picture is shown; anything else is saved and never opened as a page."""
    kind = PICTURES.get(PurePosixPath(path).suffix.lower())
    # Every policy is called policy.npz: the saved file's name says of which run and update it is.
    name = quote(f"{run[:8]}-{path.replace('/', '-')}")
    headers = {"Content-Disposition": f"{'inline' if kind else 'attachment'}; filename*=UTF-8''{name}"}
    if (length := answer.headers.get("content-length")) and "content-encoding" not in answer.headers:
        headers["Content-Length"] = length
    return StreamingResponse(answer.aiter_raw(), media_type=kind or "application/octet-stream", headers=headers)


async def curves(metric: str, run: Annotated[list[str], Query()], tracking: Asks) -> list[Curve]:
    """A metric of several runs."""
    return await tracking.curves(metric, run)


async def played(
    home_run: str,
    home: str,
    away_run: str,
    away: str,
    tracking: Asks,
    seed: Annotated[int, Query(ge=0, le=LARGEST_SEED)] = 1,
) -> game.Game:
    """A game between two policies; `home` and `away` are their files' paths among the artifacts of their runs."""
    asked = ((home_run, home), (away_run, away))
    contents = await asyncio.gather(*(tracking.policy(run, path) for run, path in asked))

    def play() -> game.Game:
        teams = [_policy(run, path, content) for (run, path), content in zip(asked, contents, strict=True)]
        return game.play((teams[0], teams[1]), seed)

    return await asyncio.to_thread(play)


def _policy(run: str, path: str, content: bytes) -> Policy:
    try:
        return Policy.of_bytes(content, path)
    except NotAPolicyError as error:
        raise NoPolicy(run, str(error)) from error


async def _refused(_: Request, error: Exception) -> JSONResponse:
    """One sentence in JSON, whatever the error was."""
    if isinstance(error, WebappError):
        return JSONResponse({"error": str(error)}, error.status)
    if isinstance(error, RequestValidationError):
        said = "; ".join(f"{each['loc'][-1]}: {each['msg']}" for each in error.errors())
        return JSONResponse({"error": f"The request is not valid: {said}."}, 422)
    if isinstance(error, HTTPException):
        return JSONResponse({"error": f"{error.detail}."}, error.status_code)
    return JSONResponse({"error": "The web app failed; its log says why: docker compose logs webapp"}, 500)


ROUTES = {
    "/": page,
    "/favicon.ico": icon,
    "/health": health,
    "/health/server": server,
    "/api/experiments": experiments,
    "/api/runs": runs,
    "/api/runs/{run}/files": files,
    "/api/runs/{run}/file": file,
    "/api/curves": curves,
    "/api/game": played,
}


def create(settings: Settings, tracking: Tracking) -> FastAPI:
    """The application; it closes `tracking` when it ends."""

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        yield
        await tracking.close()

    app = FastAPI(
        title="Courtside", lifespan=life, openapi_url=None,
        exception_handlers=dict.fromkeys((WebappError, RequestValidationError, HTTPException, Exception), _refused),
    )  # fmt: skip
    app.state.tracking = tracking
    for path, endpoint in ROUTES.items():
        app.add_api_route(path, endpoint)
    app.mount("/page", StaticFiles(directory=PAGE))
    # DNS rebinding: otherwise a page of another site, whose name points here, reads runs through a visitor's browser.
    middleware: Any = TrustedHostMiddleware
    app.add_middleware(middleware, allowed_hosts=list(settings.hosts), www_redirect=False)
    app.add_middleware(StrictHeaders)
    return app

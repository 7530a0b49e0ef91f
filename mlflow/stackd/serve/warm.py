"""Imports, compiles and caches once, in the master, what the first request would need: the workers then share it.

Without this, each worker copies 25 MB of the master's memory while it answers its first requests. Nothing is written:
the writes name a run that does not exist.
"""

import asyncio
from typing import TYPE_CHECKING, Any

import anyio
from uvicorn import Config

if TYPE_CHECKING:
    from fastapi import FastAPI
    from flask import Flask

NO_RUN = "0" * 32
METRIC = {"key": "warm", "value": 0.0, "timestamp": 0, "step": 0}
READS = (
    "/api/2.0/mlflow/experiments/search?max_results=1",
    "/api/2.0/mlflow/experiments/get?experiment_id=0",
    "/api/2.0/mlflow/registered-models/search?max_results=1",
    f"/api/2.0/mlflow/runs/get?run_id={NO_RUN}",
    "/version",
)
WRITES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/api/2.0/mlflow/runs/search", {"experiment_ids": ["0"], "max_results": 1, "filter": "metrics.warm > 0"}),
    ("/api/2.0/mlflow/runs/log-metric", {"run_id": NO_RUN, **METRIC}),
    ("/api/2.0/mlflow/runs/log-batch", {"run_id": NO_RUN, "metrics": [METRIC]}),
)


def warm(app: "FastAPI", flask_app: "Flask", uvicorn_options: dict[str, Any]) -> None:
    """Ask both applications a little. Their answers do not matter: with logins on they are refusals."""
    config = Config(app, **uvicorn_options)
    config.load()
    config.get_loop_factory()
    client = flask_app.test_client()
    for path in READS:
        client.get(path)
    for path, body in WRITES:
        client.post(path, json=body)
    asyncio.run(_ask(app))


async def _ask(app: "FastAPI") -> None:
    """One request through every layer to a native route; thread pools are left to the workers."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "path": "/health",
        "raw_path": b"/health",
        "root_path": "",
        "scheme": "http",
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 5000),
        "state": {},
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_: Any) -> None:
        await anyio.sleep(0)

    await app(scope, receive, send)

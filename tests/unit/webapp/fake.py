"""A tracking server in memory, behind the HTTP that the web app speaks, and the web app before it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx

from courtside.app import create
from courtside.settings import Settings
from courtside.tracking import Tracking

URL = "http://mlflow:5000"
ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts/"


class FakeServer:
    """What it holds: `runs`, and `files` by place below the destination, of which `sent` bytes were handed out.

    `fault` answers instead; `mute` does not.
    """

    def __init__(self) -> None:
        self.runs: dict[str, dict[str, Any]] = {}
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.fault: Callable[[httpx.Request], httpx.Response] | None = None
        self.mute = False
        self.sent = 0

    def add(self, run: str, name: str = "a run", uri: str | None = None, **tags: str) -> None:
        """A run of experiment 1, with a metric."""
        info = {"run_id": run, "run_name": name, "status": "FINISHED", "start_time": 5, "end_time": 9}
        info["artifact_uri"] = uri or f"mlflow-artifacts:/1/{run}/artifacts"
        metrics = [{"key": "win", "value": 0.5, "step": 1}, {"key": "odd", "value": "NaN", "step": 1}]
        data = {"metrics": metrics, "tags": [{"key": key, "value": value} for key, value in tags.items()]}
        self.runs[run] = {"info": info, "data": data}

    def store(self, run: str, path: str, content: bytes) -> None:
        """A file of a run."""
        self.files[f"1/{run}/artifacts/{path}"] = content

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        """What MLflow would answer, as far as it is asked."""
        self.asked.append(request.url.path)
        if self.mute:
            await asyncio.sleep(5)
            raise AssertionError("waited for a server that does not answer")
        if self.fault:
            return self.fault(request)
        path, query = request.url.path, request.url.params
        if path.startswith(ARTIFACTS):
            content = self.files.get(path.removeprefix(ARTIFACTS))
            return httpx.Response(404, json={"message": "not here"}) if content is None else self._streamed(content)
        if path.endswith("/experiments/search"):
            return httpx.Response(200, json={"experiments": [{"experiment_id": "1", "name": "<b>one</b>"}]})
        if path.endswith("/runs/search"):
            assert json.loads(request.content)["experiment_ids"] == ["1"]
            return httpx.Response(200, json={"runs": list(self.runs.values()), "next_page_token": "more"})
        if path.endswith("/get-history-bulk-interval"):
            values = {2: 0.1, 1: 0.1, 3: "NaN"}
            asked = query.get_list("run_ids")
            points = [{"run_id": run, "step": step, "value": values[step]} for run in asked for step in values]
            return httpx.Response(200, json={"metrics": points})
        if query["run_id"] not in self.runs:
            return httpx.Response(404, json={"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "No such run"})
        if path.endswith("/runs/get"):
            return httpx.Response(200, json={"run": self.runs[query["run_id"]]})
        return httpx.Response(200, json={"files": self._listed(query["run_id"], query.get("path", ""))})

    def _streamed(self, content: bytes) -> httpx.Response:
        async def pieces() -> Any:
            for start in range(0, len(content), 1000):
                self.sent += 1000
                yield content[start : start + 1000]

        return httpx.Response(200, headers={"Content-Length": str(len(content))}, content=pieces())

    def _listed(self, run: str, folder: str) -> list[dict[str, Any]]:
        top = f"1/{run}/artifacts/"
        inside = f"{folder}/" if folder else ""
        names = {name.removeprefix(top) for name in self.files if name.startswith(top + inside)}
        firsts = {inside + name.removeprefix(inside).split("/")[0] for name in names}
        return [{"path": path, "is_dir": path not in names} for path in sorted(firsts)]


def get(
    server: FakeServer, path: str, /, host: str = "localhost:8080", seconds: float = 4.0, **query: Any
) -> httpx.Response:
    """Ask the web app, whose tracking server is `server`."""

    async def asked() -> httpx.Response:
        tracking = Tracking(URL, httpx.MockTransport(server), seconds)
        app = create(Settings.of({}), tracking)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
            answer = await client.get(path, params=query or None)
        await tracking.close()
        return answer

    return asyncio.run(asked())

"""What is asked of the tracking server. Every answer, or the error that there is none, comes within a time limit."""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from courtside.failures import (
    BadQuestion,
    LoginsOn,
    NoSuchFile,
    OutsideOfTheServer,
    ServerGone,
    ServerRefused,
    TooLarge,
)

API = "/api/2.0/mlflow"
ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"
HISTORY = "/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval"
"""That of MLflow's own page, which the server thins out: a long run has a million points."""
SECONDS = 4.0
"""From a request to its answer, including a second try."""
FILE_SECONDS = 20.0
"""To the first byte of a file, and between two pieces: S3 is behind it."""
MOST_RUNS, MOST_POINTS, MOST_CURVES = 200, 500, 20
LARGEST_POLICY = 2 * 1024 * 1024
ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
PLOTS = (".png", ".jpg", ".jpeg", ".gif", ".webp")
POLICY_TAG, CHECKPOINTS, POLICY_FILE = "train.policy", "checkpoints", "policy.npz"
"""As train/tracking.py names them."""


@dataclass(frozen=True)
class Experiment:
    """One that is not deleted."""

    id: str
    name: str


@dataclass(frozen=True)
class Run:
    """`metrics`: last values, None if not a number. Times in ms since 1970. `policy`: path of the best one."""

    id: str
    name: str
    status: str
    started: int | None
    ended: int | None
    metrics: dict[str, float | None]
    params: dict[str, str]
    policy: str | None


@dataclass(frozen=True)
class Runs:
    """The newest ones; `more`: there are older ones that are not listed."""

    runs: list[Run]
    more: bool


@dataclass(frozen=True)
class Files:
    """Paths of a run's pictures and policies; `note`: why one that should be there is missing."""

    plots: list[str]
    policies: list[str]
    note: str | None


@dataclass(frozen=True)
class Curve:
    """(step, value) by step; about MOST_POINTS at most, picked evenly by the server."""

    run: str
    points: list[tuple[int, float]]


class Tracking:
    """Asks one server over plain HTTP, without a password and without what the environment says of proxies."""

    def __init__(self, url: str, transport: httpx.AsyncBaseTransport | None = None, seconds: float = SECONDS) -> None:
        self.url, self.seconds = url, seconds
        # One connection for each request: after a switch of its mode the server has another address.
        limits = httpx.Limits(max_connections=32, max_keepalive_connections=0)
        self._client = httpx.AsyncClient(
            base_url=url, transport=transport, limits=limits, trust_env=False, timeout=seconds,
            headers={"Accept-Encoding": "identity"},
        )  # fmt: skip

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def experiments(self, most: int = 1000) -> list[Experiment]:
        """Those that are not deleted, the last changed one first.

        Like everything that asks the server, raises ServerGone, LoginsOn, ServerRefused.
        """
        query = {"max_results": most, "order_by": ["last_update_time DESC"]}
        found = await self._ask("POST", f"{API}/experiments/search", json=query)
        return [Experiment(str(each["experiment_id"]), str(each["name"])) for each in found.get("experiments", [])]

    async def runs(self, experiment: str) -> Runs:
        """The newest MOST_RUNS of an experiment, newest first; raises BadQuestion."""
        query = {
            "experiment_ids": [_id(experiment, "experiment")],
            "max_results": MOST_RUNS,
            "order_by": ["attributes.start_time DESC"],
        }
        found = await self._ask("POST", f"{API}/runs/search", json=query)
        return Runs([_run(each) for each in found.get("runs", [])], bool(found.get("next_page_token")))

    async def files(self, run: str) -> Files:
        """Its pictures in the top folder, and its policies, the best one first; raises BadQuestion."""
        asked = _id(run, "run")
        tags = _pairs((await self._get_run(asked))["data"], "tags")
        best = tags.get(POLICY_TAG)
        paths, checkpoints = await asyncio.gather(self._list(asked, ""), self._list(asked, CHECKPOINTS))
        plots = [path for path in paths if path.lower().endswith(PLOTS)]
        policies = [f"{path}/{POLICY_FILE}" for path in reversed(checkpoints)]
        if best in policies:
            policies.remove(best)
            policies.insert(0, best)
        note = str(NoSuchFile(best)) if best and best not in policies else None
        return Files(plots, policies, note)

    async def curves(self, metric: str, runs: list[str]) -> list[Curve]:
        """A metric of MOST_CURVES runs at most, in their order; one without it has no points; raises BadQuestion."""
        if not 0 < len(runs) <= MOST_CURVES:
            raise BadQuestion(f"number of runs from 1 to {MOST_CURVES}", str(len(runs)))
        asked = [_id(run, "run") for run in runs]
        found = await self._ask(
            "GET", HISTORY, params={"run_ids": asked, "metric_key": metric, "max_results": MOST_POINTS}
        )
        points: dict[str, list[tuple[int, float]]] = {run: [] for run in asked}
        for each in found.get("metrics", []):
            value = _number(each.get("value"))
            if value is not None and each.get("run_id") in points:
                points[each["run_id"]].append((int(each.get("step", 0)), value))
        return [Curve(run, sorted(points[run])) for run in asked]

    @asynccontextmanager
    async def file(self, run: str, path: str) -> AsyncIterator[httpx.Response]:
        """A run's file as a stream of the server's answer; raises BadQuestion, NoSuchFile, OutsideOfTheServer."""
        asked, clean = _id(run, "run"), _path(path)
        uri = str((await self._get_run(asked))["info"].get("artifact_uri", ""))
        if not uri.startswith("mlflow-artifacts:/"):
            raise OutsideOfTheServer(uri)
        place = quote(f"{urlsplit(uri).path.strip('/')}/{clean}")
        request = self._client.build_request("GET", f"{ARTIFACTS}/{place}", timeout=FILE_SECONDS)
        answer = await self._answer(request, FILE_SECONDS, stream=True)
        try:
            if answer.status_code == 404:
                raise NoSuchFile(clean)
            await self._refuse(answer)
            yield answer
        finally:
            await answer.aclose()

    async def policy(self, run: str, path: str) -> bytes:
        """A file that may be a policy, whole; raises TooLarge and what `file` does."""
        content = bytearray()
        async with self.file(run, path) as answer:
            try:
                async with asyncio.timeout(FILE_SECONDS):
                    async for piece in answer.aiter_raw():
                        content += piece
                        if len(content) > LARGEST_POLICY:
                            raise TooLarge(path, LARGEST_POLICY)
            except (httpx.HTTPError, TimeoutError) as error:
                raise ServerGone(self.url, _why(error, FILE_SECONDS)) from error
        return bytes(content)

    async def _get_run(self, run: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self._ask("GET", f"{API}/runs/get", params={"run_id": run}))["run"]
        return found

    async def _list(self, run: str, folder: str) -> list[str]:
        query = {"run_id": run, "path": folder} if folder else {"run_id": run}
        try:
            found = await self._ask("GET", f"{API}/artifacts/list", params=query)
        except ServerRefused as refused:
            if refused.status == 404:
                return []
            raise
        return [str(each["path"]) for each in found.get("files", [])]

    async def _ask(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        answer = await self._answer(self._client.build_request(method, path, **request), self.seconds)
        await self._refuse(answer)
        try:
            found = answer.json()
        except ValueError as error:
            raise ServerRefused(502, f"something that is not JSON, at {path}. Is it an MLflow server?") from error
        return found if isinstance(found, dict) else {}

    async def _answer(self, request: httpx.Request, seconds: float, stream: bool = False) -> httpx.Response:
        """Tries twice where no connection is made: a server that restarts is back within a second or two."""
        try:
            async with asyncio.timeout(seconds):
                try:
                    return await self._client.send(request, stream=stream)
                except (httpx.NetworkError, httpx.RemoteProtocolError):
                    await asyncio.sleep(seconds / 8)
                    return await self._client.send(request, stream=stream)
        except (httpx.HTTPError, TimeoutError) as error:
            raise ServerGone(self.url, _why(error, seconds)) from error

    async def _refuse(self, answer: httpx.Response) -> None:
        if answer.status_code == 200:
            return
        if answer.status_code in (401, 403) and "www-authenticate" in answer.headers:
            raise LoginsOn(self.url)
        if answer.status_code in (429, 502, 503, 504):
            raise ServerGone(self.url, f"it says {answer.status_code}")
        try:
            async with asyncio.timeout(self.seconds):
                await answer.aread()
            said = str(answer.json()["message"])
        except (ValueError, KeyError, TypeError, TimeoutError, httpx.HTTPError):
            said = answer.reason_phrase
        raise ServerRefused(answer.status_code, f"{said[:300]} ({answer.status_code})")


def _id(given: str, what: str) -> str:
    if not ID.fullmatch(given):
        raise BadQuestion(f"ID of a{'n' if what[0] in 'aeiou' else ''} {what}", given)
    return given


def _path(given: str) -> str:
    if not given or given.startswith("/") or "\\" in given or any(part in ("", ".", "..") for part in given.split("/")):
        raise BadQuestion("path of a run's file", given)
    return given


def _why(error: Exception, seconds: float) -> str:
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return f"nothing within {seconds:.0f} s"
    return str(error) or type(error).__name__


def _number(value: Any) -> float | None:
    """None for NaN and the infinities, which JSON does not have."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _pairs(data: dict[str, Any], part: str) -> dict[str, str]:
    return {str(each["key"]): str(each.get("value", "")) for each in data.get(part, [])}


def _run(found: dict[str, Any]) -> Run:
    info, data = found["info"], found.get("data", {})
    return Run(
        id=str(info["run_id"]),
        name=str(info.get("run_name", "")),
        status=str(info.get("status", "")),
        started=info.get("start_time"),
        ended=info.get("end_time"),
        metrics={str(each["key"]): _number(each.get("value")) for each in data.get("metrics", [])},
        params=_pairs(data, "params"),
        policy=_pairs(data, "tags").get(POLICY_TAG),
    )

"""Clients that do nothing but ask: prebuilt requests over keep-alive sockets, in a few processes.

The client shares the cores with the server it measures, so it must cost little: no HTTP library, no JSON in a row.
"""

from __future__ import annotations

import http.client
import json
import multiprocessing
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.pool import AsyncResult
from typing import Any

API = "/api/2.0/mlflow"
WARM_UP_SECONDS = 1.0
REQUEST_TIMEOUT_SECONDS = 60.0
EXPERIMENTS = 5
METRICS_IN_A_BATCH = 100
# Stands for the step in a prebuilt request, as wide as every step: the same metric twice is another path in MLflow.
STEP = b"7777777777"
FIRST_STEP = 1_000_000_000
STEPS_OF_A_CLIENT = 10_000_000


@dataclass
class Answers:
    """What the clients of a row saw: seconds of each good answer, and every other end by its reason.

    `asked` counts all requests, those of the warm-up too, which are in neither.
    """

    seconds: list[float] = field(default_factory=list)
    errors: dict[str, int] = field(default_factory=dict)
    asked: int = 0

    def fail(self, reason: str) -> None:
        """Count one request that was not answered with 200."""
        self.errors[reason] = self.errors.get(reason, 0) + 1

    def add(self, other: Answers) -> None:
        """Take in what another client saw."""
        self.seconds += other.seconds
        self.asked += other.asked
        for reason, times in other.errors.items():
            self.errors[reason] = self.errors.get(reason, 0) + times

    def percentile(self, percent: float) -> float:
        """The nearest-rank percentile of the good answers in seconds; raises ValueError without any."""
        if not self.seconds:
            raise ValueError(f"no good answer, but {self.errors}")
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


class Connection:
    """One keep-alive connection that sends prebuilt bytes and understands just enough of the answer."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=REQUEST_TIMEOUT_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""

    def ask(self, request: bytes) -> int:
        """Send a request, read its whole answer, return its status. Raises OSError when the connection ends early."""
        self._socket.sendall(request)
        head = self._until(b"\r\n\r\n").lower()
        status = int(head[9:12])
        _, found, length = head.partition(b"\r\ncontent-length:")
        if found:
            self._skip(int(length.partition(b"\r\n")[0]))
        elif b"\r\ntransfer-encoding: chunked" in head:
            while size := int(self._until(b"\r\n"), 16):
                self._skip(size + 2)
            self._until(b"\r\n")
        return status

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def _more(self) -> None:
        piece = self._socket.recv(65_536)
        if not piece:
            raise ConnectionResetError("closed by the server")
        self._rest += piece

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._rest:
            self._more()
        found, _, self._rest = self._rest.partition(mark)
        return found

    def _skip(self, size: int) -> None:
        while len(self._rest) < size:
            self._more()
        self._rest = self._rest[size:]


def call(port: int, method: str, path: str, body: dict[str, Any] | None = None, timeout: float = 30) -> Any:
    """One request of the preparation; the JSON of its answer. Raises RuntimeError for any status but 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{method} {path}: {answer.status} {text[:300]!r}")
    return json.loads(text) if text[:1] in b"{[" else text.decode()


def prepare(port: int, runs: int) -> list[str]:
    """Experiments enough for a search, and `runs` new runs; returns their ids."""
    found = call(port, "GET", f"{API}/experiments/search?max_results=100").get("experiments", [])
    for number in range(len(found), EXPERIMENTS):
        call(port, "POST", f"{API}/experiments/create", {"name": f"benchmark-{number}"})
    body = {"experiment_id": "0", "start_time": 0}
    return [call(port, "POST", f"{API}/runs/create", body)["run"]["info"]["run_id"] for _ in range(runs)]


def request_bytes(method: str, path: str, body: dict[str, Any] | None = None) -> bytes:
    """A whole HTTP/1.1 request."""
    payload = json.dumps(body).encode() if body is not None else b""
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(payload)}\r\n\r\n".encode() + payload


def search(run_id: str) -> bytes:
    """A search over the experiments; the run does not matter."""
    return request_bytes("GET", f"{API}/experiments/search?max_results=100")


def log_metric(run_id: str) -> bytes:
    """One metric."""
    metric = {"run_id": run_id, "key": "loss", "value": 0.5, "timestamp": 1, "step": int(STEP)}
    return request_bytes("POST", f"{API}/runs/log-metric", metric)


def log_batch(run_id: str) -> bytes:
    """A batch of 100 metrics."""
    metrics = [{"key": f"m{n}", "value": 0.5, "timestamp": 1, "step": int(STEP)} for n in range(METRICS_IN_A_BATCH)]
    return request_bytes("POST", f"{API}/runs/log-batch", {"run_id": run_id, "metrics": metrics})


REQUESTS: dict[str, Callable[[str], bytes]] = {"search": search, "log_metric": log_metric, "log_batch": log_batch}


def _client(port: int, template: bytes, step: int, begin: float, end: float, pause: float) -> Answers:
    """One client from the warm-up to `end`; only what begins after `begin` counts. Times are of time.monotonic()."""
    answers = Answers()
    connection: Connection | None = None
    while (started := time.monotonic()) < end:
        try:
            connection = connection or Connection(port)
            status = connection.ask(template.replace(STEP, b"%d" % step))
            reason = None if status == 200 else f"HTTP {status}"
        except (OSError, ValueError) as error:
            reason = type(error).__name__
            if connection:
                connection.close()
            connection = None
        step += 1
        answers.asked += 1
        if started >= begin:
            if reason is None:
                answers.seconds.append(time.monotonic() - started)
            else:
                answers.fail(reason)
        if pause:
            time.sleep(pause)
    if connection:
        connection.close()
    return answers


def _process(port: int, clients: list[tuple[bytes, int]], begin: float, end: float, pause: float) -> Answers:
    """The clients of one process, a thread each."""
    seen: list[Answers] = []

    def client(template: bytes, step: int) -> None:
        seen.append(_client(port, template, step, begin, end, pause))

    threads = [threading.Thread(target=client, args=each) for each in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total = Answers()
    for answers in seen:
        total.add(answers)
    return total


def run(port: int, row: str, run_ids: list[str], seconds: float, processes: int = 2, pause: float = 0.0) -> Answers:
    """One row: a client for each run, in a few processes, `seconds` long after a warm-up of one second.

    Each asks again `pause` seconds after an answer: at once it is load, later it shows what others' load does to it.
    Bounded: ends `seconds` + one request's timeout after its start.
    """
    build = REQUESTS[row]
    clients = [(build(run_id), FIRST_STEP + number * STEPS_OF_A_CLIENT) for number, run_id in enumerate(run_ids)]
    # Not fork: threads of the caller. The clock is the machine's own, so all processes have one beginning.
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        pool.map(abs, range(processes))
        begin = time.monotonic() + WARM_UP_SECONDS
        parts: list[AsyncResult[Answers]] = [
            pool.apply_async(_process, (port, clients[number::processes], begin, begin + seconds, pause))
            for number in range(processes)
        ]
        total = Answers()
        for part in parts:
            total.add(part.get(timeout=seconds + WARM_UP_SECONDS + 2 * REQUEST_TIMEOUT_SECONDS))
    return total

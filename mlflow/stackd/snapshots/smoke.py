"""Serves a copy of a database with this image, where nobody else can reach it, and reads from it as a client does.

The server has folders of its own in the spool (STACK_ROOT), so that nothing of the volume or of ./backups is touched by
it. The artifacts are the real ones: they are only listed.
"""

import contextlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stackd import database, settings
from stackd.database import STORE_ID, Database
from stackd.failures import Refused
from stackd.report import counted, say
from stackd.settings import Places, Settings
from stackd.snapshots import swap

# A start takes three seconds; beside ten others that want two cores it took more than sixty.
READY_SECONDS, READ_SECONDS, MOST = 150.0, 60.0, 1000
API = "/api/2.0/mlflow"
SERVED = "mlflow-artifacts:"


def smoke(config: Settings) -> None:
    """Ready, the experiments, a run with what it has logged, its artifacts. With logins: that each read asks for one.

    Raises:
        Refused: the server did not become ready, or an answer is not what the database holds.
    """
    say("progress", done=0, total=None, unit="reads", label="trying the new server on the copy")
    trial = config.places.trial
    shutil.rmtree(trial, ignore_errors=True)
    try:
        _lay_out(config, Places.below(trial))
        with _served(trial) as server:
            _wait_ready(server)
            if config.basic_auth:
                _asks_for_a_login()
            else:
                _reads(swap.parts(config)[0].copy)
    finally:
        shutil.rmtree(trial, ignore_errors=True)


def _lay_out(config: Settings, trial: Places) -> None:
    for folder in (trial.data, trial.spool, trial.backups):
        folder.mkdir(parents=True)
    metadata, users = (part.copy for part in swap.parts(config))
    metadata.copy(trial.database)
    # The same owner of the destination, and the same users.
    database.at(trial.database).remember(STORE_ID, database.of(config).store_id())
    if users.exists():
        users.copy(trial.auth_database)


@contextlib.contextmanager
def _served(trial: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "STACK_ROOT": str(trial), "TMPDIR": str(trial / "spool"), "STACK_WORKERS": "1"}
    command = [sys.executable, "-m", "stackd", "serve"]
    with subprocess.Popen(command, env=environment, stdout=sys.stderr, start_new_session=True) as server:
        try:
            yield server
        finally:
            # Told to stop it would copy its database, which is thrown away.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)


def _wait_ready(server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + READY_SECONDS
    said = "nothing answers on the port"
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            status, _ = _ask("GET", "/health/ready")
            if status == http.HTTPStatus.OK:
                return
            said = f"/health/ready answers {status}"
        time.sleep(0.1)
    if server.poll() is not None:
        raise _red(f"it ended with exit code {server.poll()} (its log is above)")
    raise _red(f"it was not ready after {READY_SECONDS:.0f} s: {said}")


def _asks_for_a_login() -> None:
    status, _ = _ask("POST", f"{API}/experiments/search", {"max_results": 1})
    if status != http.HTTPStatus.UNAUTHORIZED:
        raise _red(f"logins are on, and a search without one answers {status}")


def _reads(copy: Database) -> None:
    with copy.read() as rows:
        count = "SELECT COUNT(*) FROM experiments WHERE lifecycle_stage = 'active'"
        experiments = min(int((rows.one(count) or (0,))[0]), MOST)
        query = "SELECT run_uuid FROM runs WHERE lifecycle_stage = 'active' AND artifact_uri LIKE :served LIMIT 1"
        run = rows.one(query, served=f"{SERVED}%")
        logged = {
            name: int((rows.one(f"SELECT COUNT(*) FROM {table} WHERE run_uuid = :run", run=run[0]) or (0,))[0])
            for name, table in (("params", "params"), ("metrics", "latest_metrics"))
            if run
        }
    found = _read("POST", f"{API}/experiments/search", {"view_type": "ACTIVE_ONLY", "max_results": MOST})
    _compare("experiment", "", len(found.get("experiments", [])), experiments)
    if not run:
        _read("GET", "/api/2.0/mlflow-artifacts/artifacts")
        return
    data = _read("GET", f"{API}/runs/get?run_id={run[0]}")["run"]["data"]
    for name, held in logged.items():
        _compare(name.removesuffix("s"), f" of run {run[0]}", len(data.get(name, [])), held)
    _read("GET", f"{API}/artifacts/list?run_id={run[0]}")


def _compare(what: str, of: str, served: int, held: int) -> None:
    # More is right: into a database without an experiment a server puts the default one.
    if served < held:
        raise _red(f"it serves {counted(served, what)}{of}, and the database holds {held:,}")


def _read(method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    try:
        status, answer = _ask(method, path, body)
    except (OSError, http.client.HTTPException) as error:
        raise _red(f"{method} {path}: {type(error).__name__}") from error
    if status != http.HTTPStatus.OK:
        raise _red(f"{method} {path} answers {status}: {answer[:300].decode(errors='replace')}")
    return json.loads(answer)


def _ask(method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", settings.PORT, timeout=READ_SECONDS)
    try:
        sent = None if body is None else json.dumps(body)
        connection.request(method, path, sent, {"Content-Type": "application/json"} if sent else {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def _red(why: str) -> Refused:
    return Refused("upgrade.smoke", f"The new server was tried on a copy, and {why}", "", ["./stack doctor"])

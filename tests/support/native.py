"""A native `mlflow server`, as its user leaves it: MLflow itself on a SQLite file and a folder of artifacts."""

from __future__ import annotations

import secrets
import shutil
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import requests

from support.databases import PYTHON
from support.docker import docker
from support.stack import free_port
from support.working_copy import USER, own

API = "/api/2.0/mlflow"
ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"
START_SECONDS = 60
SERVER = ("-m", "mlflow", "server", "--host", "0.0.0.0", "--workers", "1")
STORES = ("--backend-store-uri", "sqlite:///mlflow.db", "--artifacts-destination", "./mlartifacts")


@dataclass(frozen=True)
class Native:
    """A folder with mlflow.db and mlartifacts/; one run with two metrics, a registered model's alias and files.

    `files`: path below the artifact folder → SHA-256.
    """

    folder: Path
    run: str
    model: str
    files: dict[str, str]

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.folder / "mlflow.db"

    @property
    def artifacts(self) -> Path:
        """What --artifacts-destination named."""
        return self.folder / "mlartifacts"

    def content(self) -> dict[str, tuple[int, str]]:
        """Time of modification and SHA-256 of every file, to see that nothing was touched."""
        found = sorted(path for path in self.folder.rglob("*") if path.is_file())
        return {
            str(path.relative_to(self.folder)): (path.stat().st_mtime_ns, digest(path.read_bytes())) for path in found
        }


def digest(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return sha256(content).hexdigest()


def native_server(image: str, folder: Path) -> Native:
    """Run MLflow's own server of an image in a folder, log a run to it over HTTP, and stop it."""
    own(folder)
    port, name = free_port(), f"mlflow-native-{secrets.token_hex(4)}"
    place = ("--user", f"{USER}:{USER}", "--env", "HOME=/tmp", "--volume", f"{folder}:/native", "--workdir", "/native")
    publish = ("--publish", f"127.0.0.1:{port}:5000", "--entrypoint", PYTHON)
    docker("run", "--detach", "--init", "--name", name, *place, *publish, image, *SERVER, *STORES)
    try:
        with requests.Session() as session:
            session.trust_env = False
            return _log(session, f"http://127.0.0.1:{port}", folder, name)
    finally:
        docker("stop", name, check=False)
        docker("rm", "--force", name, check=False)


def _log(session: requests.Session, url: str, folder: Path, name: str) -> Native:
    deadline = time.monotonic() + START_SECONDS
    while not _answers(session, url):
        assert time.monotonic() < deadline, docker("logs", name, check=False).stderr
        time.sleep(0.2)

    def post(endpoint: str, **fields: object) -> dict[str, dict[str, dict[str, str]]]:
        answer = session.post(f"{url}{API}/{endpoint}", json=fields, timeout=30)
        assert answer.ok, answer.text
        found: dict[str, dict[str, dict[str, str]]] = answer.json()
        return found

    post("experiments/create", name="native")
    info = post("runs/create", experiment_id="1", run_name="before the stack")["run"]["info"]
    root = info["artifact_uri"].removeprefix("mlflow-artifacts:/")
    post("runs/log-parameter", run_id=info["run_id"], key="depth", value="3")
    for step in (1, 2):
        post("runs/log-metric", run_id=info["run_id"], key="loss", value=1 / step, timestamp=step, step=step)
    bodies = {f"{root}/a.bin": secrets.token_bytes(70_000), f"{root}/model/b/c.bin": secrets.token_bytes(10)}
    for path, body in bodies.items():
        assert session.put(f"{url}{ARTIFACTS}/{path}", data=body, timeout=30).ok
    post("registered-models/create", name="net")
    post("model-versions/create", name="net", source=f"{info['artifact_uri']}/model", run_id=info["run_id"])
    post("registered-models/alias", name="net", alias="best", version="1")
    return Native(folder, info["run_id"], "net", {path: digest(body) for path, body in bodies.items()})


def _answers(session: requests.Session, url: str) -> bool:
    try:
        return session.get(f"{url}/health", timeout=2).ok
    except requests.RequestException:
        return False


def with_open_wal(native: Native, folder: Path) -> Native:
    """A copy whose last metric is in `mlflow.db-wal` alone, as a server that was killed leaves it."""
    shutil.copytree(native.folder, folder, dirs_exist_ok=True)
    with closing(sqlite3.connect(folder / "mlflow.db")) as writer:
        writer.execute("PRAGMA journal_mode = wal")
        writer.execute(
            "INSERT INTO metrics (key, value, timestamp, step, run_uuid, is_nan) VALUES ('loss', 0.125, 3, 3, ?, 0)",
            (native.run,),
        )
        writer.commit()
        # Before the connection ends: its end would bring the WAL into the file.
        for name in ("mlflow.db", "mlflow.db-wal"):
            shutil.copyfile(folder / name, folder / f"killed-{name}")
    for name in ("mlflow.db", "mlflow.db-wal"):
        (folder / f"killed-{name}").replace(folder / name)
    (folder / "mlflow.db-shm").unlink(missing_ok=True)
    assert (folder / "mlflow.db-wal").stat().st_size > 0
    own(folder)
    return Native(folder, native.run, native.model, native.files)

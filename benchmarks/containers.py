"""The two servers as containers: stock by `docker run`, ours by the real compose files. Both publish on 127.0.0.1."""

from __future__ import annotations

import http.client
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STOCK_IMAGE = "mlflow-stack/benchmark-stock"
START_SECONDS = 120
COMMAND_SECONDS = 1800
UNITS = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


def command(*argv: str, cwd: Path = ROOT, environment: Mapping[str, str] | None = None) -> str:
    """Run a command and return its stdout; raises RuntimeError with both streams when it fails."""
    env = {**os.environ, **(environment or {})}
    done = subprocess.run(argv, cwd=cwd, env=env, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(argv)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def free_port() -> int:
    """A port of 127.0.0.1 that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def build_inputs() -> tuple[str, str]:
    """The base image and the CA bundle in force here, as Compose resolves them from .env and environment."""
    config = json.loads(command("docker", "compose", "-f", "docker-compose.local.yml", "config", "--format", "json"))
    build = config["services"]["mlflow"]["build"]
    return build["args"]["PYTHON_IMAGE"], config["secrets"]["ca_bundle"]["file"]


class Server:
    """A container that exists once and is started and stopped for each round; its database is on a named volume."""

    name: str
    image: str
    container: str
    port: int

    def create(self) -> None:
        """Build the image where it is missing and make the container, not started."""
        raise NotImplementedError

    def remove(self) -> None:
        """Remove the container, its volumes and networks, in whatever state they are."""
        raise NotImplementedError

    def start(self) -> float:
        """Start it; seconds until the first answer from the database. Both by `docker start`, without Compose's time.

        Raises RuntimeError with the end of the log after START_SECONDS.
        """
        began = time.monotonic()
        command("docker", "start", self.container)
        while time.monotonic() - began < START_SECONDS:
            if self._answers():
                return time.monotonic() - began
            time.sleep(0.02)
        log = subprocess.run(
            ["docker", "logs", "--tail", "50", self.container], capture_output=True, text=True, check=False
        )
        raise RuntimeError(f"{self.name}: no answer in {START_SECONDS} s\n{log.stdout}{log.stderr}")

    def stop(self) -> None:
        """Stop it, with the time it wants for that."""
        command("docker", "stop", "--time", "30", self.container)

    def memory(self) -> int:
        """Bytes: the cgroup's usage without inactive file cache, as `docker stats` computes it."""
        shown = command("docker", "stats", "--no-stream", "--format", "{{.MemUsage}}", self.container)
        found = re.match(r"([\d.]+)([KMG]?i?B)", shown)
        if not found:
            raise RuntimeError(f"docker stats says {shown!r}")
        return round(float(found[1]) * UNITS[found[2]])

    def cpu_seconds(self) -> float:
        """Processor time that the container has used, as its cgroup counts it, be it v1 or v2."""
        files = "/sys/fs/cgroup/cpuacct/cpuacct.usage /sys/fs/cgroup/cpu.stat"
        shown = command("docker", "exec", self.container, "sh", "-c", f"cat {files} 2>/dev/null || true")
        found = re.match(r"(\d+)\n|usage_usec (\d+)", shown)
        if not found:
            raise RuntimeError(f"{self.name}: no processor time in its cgroup: {shown!r}")
        return int(found[1]) / 1e9 if found[1] else int(found[2]) / 1e6

    def image_bytes(self) -> int:
        """Bytes of the image the container is made of, with its base; its name may by now be another's."""
        image = command("docker", "inspect", "--format", "{{.Image}}", self.container).strip()
        return int(command("docker", "image", "inspect", "--format", "{{.Size}}", image))

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/api/2.0/mlflow/experiments/search?max_results=1")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


class Stock(Server):
    """`mlflow server` of a plain install, with its defaults; `workers` None leaves their number (4) alone too."""

    def __init__(self, version: str, workers: int | None) -> None:
        self.name = "stock"
        self.image = f"{STOCK_IMAGE}:{version}"
        self.port = free_port()
        self.container = self._volume = f"mlflow-benchmark-stock-{secrets.token_hex(4)}"
        self._version, self._workers = version, workers

    def build(self) -> None:
        """Build the image, with the same base and CA bundle as ours."""
        base, bundle = build_inputs()
        inputs = ["--build-arg", f"PYTHON_IMAGE={base}", "--build-arg", f"MLFLOW_VERSION={self._version}"]
        secret = ["--secret", f"id=ca_bundle,src={bundle}"] if Path(bundle).is_file() else []
        command(
            "docker",
            "build",
            *inputs,
            *secret,
            "-t",
            self.image,
            "benchmarks/stock",
            environment={"DOCKER_BUILDKIT": "1"},
        )

    def create(self) -> None:
        """Build, then make the container."""
        self.build()
        workers = ["--workers", str(self._workers)] if self._workers else []
        published = ["--publish", f"127.0.0.1:{self.port}:5000", "--volume", f"{self._volume}:/data"]
        command("docker", "create", "--name", self.container, *published, self.image, *workers)

    def remove(self) -> None:
        """By name."""
        subprocess.run(["docker", "rm", "--force", "--volumes", self.container], capture_output=True, check=False)
        subprocess.run(["docker", "volume", "rm", "--force", self._volume], capture_output=True, check=False)


class Ours(Server):
    """The stack in local mode, from its own compose file, in a project and a folder of its own."""

    def __init__(self, workers: int) -> None:
        self.name = "ours"
        self.port = free_port()
        self._project = f"mlflow-benchmark-{secrets.token_hex(4)}"
        self._folder = Path(tempfile.mkdtemp(prefix="mlflow-benchmark-"))
        self._environment = {"MLFLOW_PORT": str(self.port), "MLFLOW_SERVER_WORKERS": str(workers)}

    def create(self) -> None:
        """Build only where the image is missing; one of another source is for `./stack start` to rebuild."""
        (self.image,) = command("docker", "compose", "-f", "docker-compose.local.yml", "config", "--images").split()
        if not command("docker", "images", "--quiet", self.image).strip():
            command("docker", "compose", "-f", "docker-compose.local.yml", "build", "mlflow")
        for name in ("docker-compose.yml", "docker-compose.local.yml"):
            shutil.copy(ROOT / name, self._folder)
        for name in ("mlartifacts", "backups"):
            (self._folder / name).mkdir()
            if os.getuid() == 0:
                os.chown(self._folder / name, 1000, 1000)
        self._compose("create", "--no-build", "mlflow")
        self.container = self._compose("ps", "--all", "--quiet", "mlflow").strip()

    def remove(self) -> None:
        """Containers, volumes and network of the project, then the folder."""
        if (self._folder / "docker-compose.yml").exists():
            self._compose("down", "--volumes", "--timeout", "1")
        shutil.rmtree(self._folder, ignore_errors=True)

    def execute(self, verb: str, *options: str) -> None:
        """Run `VERB execute` of the image beside the server, and agree to the plan that it says.

        Raises RuntimeError when it fails.
        """
        argv = self._argv("run", "--rm", "--no-deps", "-T", "mlflow", verb, "execute", *options)
        environment = {**os.environ, **self._environment}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        with subprocess.Popen(argv, cwd=self._folder, env=environment, text=True, **pipes) as process:  # type: ignore[call-overload]
            for line in process.stdout:
                event = json.loads(line)
                if event["event"] == "plan":
                    process.stdin.write(json.dumps(event["plan"]) + "\n")
                    process.stdin.close()
        if process.returncode != 0:
            raise RuntimeError(f"{' '.join(argv)}: exit {process.returncode}")

    def _compose(self, *args: str) -> str:
        return command(*self._argv(*args), cwd=self._folder, environment=self._environment)

    def _argv(self, *args: str) -> tuple[str, ...]:
        return ("docker", "compose", "--project-name", self._project, "-f", "docker-compose.local.yml", *args)


def in_turns(
    servers: Sequence[Server], rounds: int, measure: Callable[[Server, bool], dict[str, float]]
) -> dict[str, list[dict[str, float]]]:
    """The rounds' figures by server: A B A B, one running at a time. `measure` starts its server, and is given which
    round is the last.
    """
    found: dict[str, list[dict[str, float]]] = {server.name: [] for server in servers}
    for number in range(rounds):
        for server in servers:
            found[server.name].append(measure(server, number == rounds - 1))
            server.stop()
    return found

"""One MLflow stack of a test: a copy of the tree, its own Compose project, its own port, its own ~/.aws."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import requests

from support import docker
from support.s3server import REGION, WRITER, Keys, S3Server
from support.working_copy import copy_tree, own

FILES = {"s3": "docker-compose.yml", "local": "docker-compose.local.yml"}
# What of the tester's own environment would shape the stack.
FOREIGN = ("AWS_", "MLFLOW_", "COMPOSE_", "STACK_", "PYTHON_IMAGE", "BUILD_CA_BUNDLE", "SOURCE_HASH")
# The client of a test gives up soon where a user's would try for minutes.
IMPATIENT = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2", "MLFLOW_HTTP_REQUEST_TIMEOUT": "60"}


class StackFailedError(AssertionError):
    """A stack did not do what the test began with; the message ends with the containers' logs."""

    def __init__(self, what: str, log: str) -> None:
        super().__init__(f"{what}\n{log}")


class NewStack(Protocol):
    """Makes a stack that is removed when its fixture ends; `settings` are variables of its .env."""

    def __call__(self, *, s3: bool = True, **settings: str | None) -> Stack: ...


def new_project(prefix: str = "mlflow-test") -> str:
    """A Compose project name that nobody else has."""
    return f"{prefix}-{docker.RUN}-{secrets.token_hex(4)}"


def free_port() -> int:
    """A port of 127.0.0.1 that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class Inside:
    """What a verb of the image said: its exit code, its JSON lines in order, its log."""

    returncode: int
    events: list[dict[str, Any]]
    stderr: str

    @property
    def result(self) -> dict[str, Any]:
        """The one line with event "result"."""
        (found,) = [event for event in self.events if event["event"] == "result"]
        return found

    @property
    def plan(self) -> dict[str, Any]:
        """What the one line with event "plan" holds."""
        (found,) = [event["plan"] for event in self.events if event["event"] == "plan"]
        return dict(found)

    @property
    def findings(self) -> list[dict[str, Any]]:
        """The lines with event "finding"."""
        return [event for event in self.events if event["event"] == "finding"]


class Stack:
    """A stack in `folder`; nothing runs before `up`, and `remove` takes away all that ran.

    Promises: nothing of the tester's tree, ~/.aws or environment is read or written; the project `project` holds all
    containers, volumes and networks. Two stacks that were given one S3 server share it; each has its own prefix.
    """

    def __init__(
        self, folder: Path, images: dict[str, str], s3: S3Server | None = None, **settings: str | None
    ) -> None:
        self.folder = copy_tree(folder / "tree")
        self._s3 = s3
        self.project = new_project()
        self.port = free_port()
        self.mode = "s3"
        self.bucket, self.prefix = "basketworld", f"{self.project}/mlflow-artifacts"
        self.aws = folder / "aws"
        self.extra_files: tuple[str, ...] = ()
        self._settings: dict[str, str | None] = {
            "COMPOSE_PROJECT_NAME": self.project,
            "MLFLOW_PORT": str(self.port),
            "MLFLOW_S3_URI": f"s3://{self.bucket}/{self.prefix}",
            "AWS_DIR": str(self.aws),
            **images,
        }
        self.configure(**settings)
        self.write_profile()
        if s3:
            # S3 comes to the stack, not the stack to S3: its compose files are tested with nothing on top.
            s3.connect(docker.project_network(self.project))

    @property
    def s3(self) -> S3Server:
        """The S3 server of the stack; AssertionError where it was made without."""
        assert self._s3, "this stack has no S3 server"
        return self._s3

    def configure(self, **settings: str | None) -> None:
        """Set variables of the copy's .env; None takes one out."""
        self._settings |= settings
        lines = [f"{name}='{value}'\n" for name, value in self._settings.items() if value is not None]
        (self.folder / ".env").write_text("".join(lines), encoding="utf-8")

    def write_profile(
        self, keys: Keys = WRITER, endpoint: str | None = None, profile: str = "basketworld", uid: int | None = None
    ) -> None:
        """Write `config` and `credentials` (0600) of the stack's ~/.aws; `uid` owns them (only root can choose).

        `endpoint` is an address inside the S3 network: `s3.inside`, the default, or `s3.inside_faulty`.
        """
        address = endpoint or (self._s3.inside if self._s3 else "http://127.0.0.1:9")
        self.aws.mkdir(mode=0o700, exist_ok=True)
        section = f"profile {profile}" if profile != "default" else profile
        config = f"[{section}]\nregion = {REGION}\nendpoint_url = {address}\ns3 =\n    addressing_style = path\n"
        pair = f"aws_access_key_id = {keys.access_key}\naws_secret_access_key = {keys.secret_key}\n"
        for name, text in (("config", config), ("credentials", f"[{profile}]\n{pair}")):
            (self.aws / name).write_text(text, encoding="utf-8")
            (self.aws / name).chmod(0o600)
        own(self.aws) if uid is None else own(self.aws, uid)

    @property
    def environment(self) -> dict[str, str]:
        """The tester's environment without what would shape the stack: that comes from the copy's .env alone."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        return {**kept, "PYTHONPATH": str(self.folder / "src")}

    def run(
        self, *argv: str, check: bool = False, timeout: float = 600, stdin: str = "", **environment: str
    ) -> docker.Completed:
        """Run a command in the copy, which reads `stdin` and then its end; with `check` another exit code than 0 raises
        StackFailedError.
        """
        done = subprocess.run(
            argv,
            cwd=self.folder,
            env={**self.environment, **environment},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        if check and done.returncode != 0:
            raise StackFailedError(f"{' '.join(argv)}: exit {done.returncode}\n{done.stdout}{done.stderr}", self.logs())
        return done

    def compose(
        self, *args: str, mode: str | None = None, check: bool = True, timeout: float = 600, stdin: str = ""
    ) -> docker.Completed:
        """Bare `docker compose` with the files of a mode (the one in force by default) and `extra_files`."""
        files = [part for name in (FILES[mode or self.mode], *self.extra_files) for part in ("-f", name)]
        return self.run("docker", "compose", *files, *args, check=check, timeout=timeout, stdin=stdin)

    def wrapper(self, *args: str, check: bool = False, timeout: float = 600, **environment: str) -> docker.Completed:
        """The wrapper of the copy, `./stack` without its virtual environment."""
        extra = {"MLFLOW_STACK_FILES": os.pathsep.join(self.extra_files)} if self.extra_files else {}
        argv = (sys.executable, "-m", "mlflow_stack", *args)
        return self.run(*argv, check=check, timeout=timeout, **{**extra, **environment})

    def inside(
        self, *args: str, mode: str | None = None, timeout: float = 600, binds: tuple[str, ...] = (), stdin: str = ""
    ) -> Inside:
        """A verb of the image in a container of its own; `binds` are docker's `SOURCE:TARGET[:ro]`; `stdin` is the plan
        that an execution is agreed to with.
        """
        options = [part for bind in binds for part in ("--volume", bind)]
        run = ("run", "--rm", "--no-deps", "--no-TTY", *options, "mlflow", *args)
        done = self.compose(*run, mode=mode, check=False, timeout=timeout, stdin=stdin)
        return Inside(done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr)

    def up(self, mode: str = "s3", ready: bool = True) -> None:
        """Start the server with bare Compose, or switch its mode; with `ready` wait until the database answers."""
        self.mode = mode
        self.compose("up", "--detach", "--no-build", "mlflow")
        if ready:
            self.wait_ready()

    def stop(self) -> None:
        """Stop the server; container and volumes stay."""
        self.compose("stop")

    def down(self) -> None:
        """Remove the server's container; volumes stay, and the network as long as an S3 server is on it."""
        self.compose("down")

    def remove(self) -> None:
        """Remove containers, volumes and networks, whatever state they are in; the folder is pytest's."""
        docker.remove_project(self.project)

    def wait_ready(self, timeout: float = 90) -> None:
        """Wait until /health/ready answers 200, at most `timeout` seconds; raises StackFailedError with the log."""
        deadline = time.monotonic() + timeout
        while (seen := self.ready()) != 200:
            if time.monotonic() > deadline:
                raise StackFailedError(
                    f"{self.url}/health/ready: {seen or 'no answer'} after {timeout:.0f} s", self.logs()
                )
            time.sleep(0.1)

    def ready(self) -> int | None:
        """The status of /health/ready; None where nothing answers."""
        try:
            return self.call("GET", "/health/ready", timeout=5).status_code
        except requests.RequestException:
            return None

    @property
    def url(self) -> str:
        """Where the stack is published."""
        return f"http://127.0.0.1:{self.port}"

    def call(self, method: str, path: str, timeout: float = 60, **request: Any) -> requests.Response:
        """One HTTP request to the published port; the answer as it came, whatever its status."""
        with requests.Session() as session:
            session.trust_env = False  # neither a proxy nor a ~/.netrc of the tester
            return session.request(method, self.url + path, timeout=timeout, **request)

    def container(self) -> str:
        """The id of the server's one container; raises ValueError when there is none, or more."""
        (found,) = docker.containers(self.project, "mlflow", one_off=False)
        return found

    def one_offs(self) -> list[str]:
        """The ids of the containers in which verbs of the image run now."""
        return docker.containers(self.project, "mlflow", one_off=True)

    def logs(self, tail: int | str = "all") -> str:
        """What the stack's containers wrote, running or not."""
        return docker.logs(self.project, tail=tail)

    def objects(self) -> dict[str, int]:
        """Key, relative to the destination → size of what lies below the stack's destination in S3."""
        found = self.s3.objects(self.bucket, f"{self.prefix}/")
        return {key.removeprefix(f"{self.prefix}/"): size for key, size in found.items()}

    def files(self, folder: str = "mlartifacts") -> dict[str, int]:
        """Path, relative to a folder of the copy → size of its files."""
        top = self.folder / folder
        return {str(path.relative_to(top)): path.stat().st_size for path in sorted(top.rglob("*")) if path.is_file()}

    @property
    def client_env(self) -> dict[str, str]:
        """The environment of a plain MLflow client: no variable and no HOME with anything of AWS."""
        home = self.folder.parent / "client-home"
        home.mkdir(exist_ok=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith((*FOREIGN, "PYTHONPATH"))}
        return {**kept, **IMPATIENT, "HOME": str(home), "MLFLOW_TRACKING_URI": self.url, "DO_NOT_TRACK": "true"}

    def client(self, script: str, *args: str, timeout: float = 300, check: bool = True) -> docker.Completed:
        """Run Python with MLflow's plain client in a process and a folder of its own; `script` is source text."""
        folder = self.folder.parent / "client"
        folder.mkdir(exist_ok=True)
        done = subprocess.run(
            [sys.executable, "-c", script, *args],
            cwd=folder,
            env=self.client_env,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        if check and done.returncode != 0:
            raise StackFailedError(f"client: exit {done.returncode}\n{done.stdout}{done.stderr}", self.logs(tail=100))
        return done

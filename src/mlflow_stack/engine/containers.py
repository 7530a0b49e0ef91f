"""What Docker's engine knows, by its SDK. Reads only; containers are found by Compose's labels."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import docker
import docker.errors
import requests

from mlflow_stack.errors import DOCKER, StackError, error
from mlflow_stack.settings import SERVICE, Mode

MODE_LABEL = "mlflow-stack.mode"
SOURCE_LABEL = "mlflow-stack.source"
VERSION_LABEL = "org.opencontainers.image.version"
CONFIG_HASH_LABEL = "com.docker.compose.config-hash"
TIMEOUT_S = 30
FAILURES = (docker.errors.DockerException, requests.RequestException, OSError)


@dataclass(frozen=True)
class Container:
    """The server's container, running or not. `published` is (address, port) of this host; times are in UTC."""

    id: str
    name: str
    state: str
    mode: Mode
    image_id: str
    image_name: str
    config_hash: str
    started_at: datetime | None
    exit_code: int
    published: tuple[str, str] | None

    @property
    def running(self) -> bool:
        """Docker keeps it up, which says nothing about the server in it."""
        return self.state in ("running", "restarting", "paused")


@dataclass(frozen=True)
class Image:
    """`size` in bytes; `version` is MLflow's, "" where the image does not say; `source` the hash of its files."""

    id: str
    source: str
    size: int
    version: str = ""


def engine_state() -> tuple[Literal["ready", "off", "denied"], str]:
    """Whether the engine answers us, and its version or its words."""
    try:
        return "ready", str(docker.from_env(timeout=TIMEOUT_S).version()["Version"])
    except FAILURES as problem:
        said = _words(problem)
        return ("denied" if "ermission denied" in said else "off"), said


def _words(problem: BaseException) -> str:
    """The system's own words out of the SDK's nest of exceptions, where there are any."""
    inner = re.findall(r"Error\(\d+, ['\"]([^'\"]+)['\"]\)", str(problem))
    return str(inner[-1]) if inner else str(problem)


class Engine:
    """One connection. Every method raises StackError (exit 3) when the engine stops answering."""

    def __init__(self) -> None:
        self._client: Any = None

    def _ask(self, question: str, *args: Any, **options: Any) -> Any:
        """A method of the SDK's low-level client; None for what the engine does not have."""
        try:
            self._client = self._client or docker.from_env(timeout=TIMEOUT_S)
            return getattr(self._client.api, question)(*args, **options)
        except docker.errors.NotFound:
            return None
        except FAILURES as problem:
            found = error("docker.off", f"Docker does not answer: {_words(problem)}", "", "./stack doctor")
            raise StackError(found, exit_code=DOCKER) from problem

    def _listed(self, project: str, one_off: bool) -> list[Mapping[str, Any]]:
        names = {"project": project, "service": SERVICE, "oneoff": str(one_off)}
        labels = [f"com.docker.compose.{name}={value}" for name, value in names.items()]
        return list(self._ask("containers", all=True, filters={"label": labels}))

    def container(self, project: str) -> Container | None:
        """The server of a project; the newest, for while Compose recreates there are two for a moment."""
        for listed in sorted(self._listed(project, one_off=False), key=lambda each: -int(each["Created"])):
            if found := self._ask("inspect_container", listed["Id"]):
                return _container(found)
        return None

    def one_offs(self, project: str, verb: str) -> list[str]:
        """Ids of the containers of a verb of the image, whether or not they run and a wrapper waits for them."""
        listed = self._listed(project, one_off=True)
        return [str(each["Id"]) for each in listed if f" {verb} " in f" {each.get('Command', '')} "]

    def image(self, reference: str) -> Image | None:
        """None where this engine does not have it."""
        found = self._ask("inspect_image", reference)
        if not found:
            return None
        labels = (found.get("Config") or {}).get("Labels") or {}
        source, version = (str(labels.get(name, "")) for name in (SOURCE_LABEL, VERSION_LABEL))
        return Image(str(found["Id"]), source, int(found["Size"]), version)

    def tags(self, repository: str) -> list[str]:
        """References of a repository's images, `repository:tag`; those of the newest images first."""
        listed = sorted(self._ask("images", repository), key=lambda each: -int(each["Created"]))
        return [str(tag) for each in listed for tag in each.get("RepoTags") or ()]

    def memory(self, container: Container) -> tuple[int, int] | None:
        """Bytes used, without the page cache that the kernel gives back on demand, and their limit."""
        stats = (self._ask("stats", container.id, stream=False, one_shot=True) or {}).get("memory_stats") or {}
        if "usage" not in stats:
            return None
        inner = stats.get("stats") or {}
        cache = int(inner.get("inactive_file", inner.get("total_inactive_file", 0)))
        return int(stats["usage"]) - cache, int(stats.get("limit", 0))

    def has_volume(self, name: str) -> bool:
        """Whether a named volume exists."""
        return self._ask("inspect_volume", name) is not None

    def publisher_of(self, port: str) -> str | None:
        """Name of the running container that publishes a port of this host."""
        for listed in self._ask("containers", filters={"publish": port}):
            if any(str(each.get("PublicPort")) == port for each in listed.get("Ports") or ()):
                return str(listed["Names"][0]).removeprefix("/")
        return None

    def log(self, container: Container, tail: int | Literal["all"] = "all") -> str:
        """A container's log with times, or its last lines."""
        raw = self._ask("logs", container.id, stdout=True, stderr=True, timestamps=True, tail=tail)
        return bytes(raw or b"").decode("utf-8", "replace")


def _container(found: Mapping[str, Any]) -> Container:
    """Docker's inspection → ours. Year 1 means never."""
    state, labels = found["State"], found["Config"]["Labels"] or {}
    bindings = (found["HostConfig"].get("PortBindings") or {}).get("5000/tcp") or []
    started = str(state.get("StartedAt") or "0001")
    return Container(
        id=str(found["Id"]),
        name=str(found["Name"]).removeprefix("/"),
        state=str(state["Status"]),
        mode="local" if labels.get(MODE_LABEL) == "local" else "s3",
        image_id=str(found["Image"]),
        image_name=str(found["Config"].get("Image", "")),
        config_hash=str(labels.get(CONFIG_HASH_LABEL, "")),
        started_at=None if started.startswith("0001") else datetime.fromisoformat(started),
        exit_code=int(state.get("ExitCode", 0)),
        published=(str(bindings[0]["HostIp"]), str(bindings[0]["HostPort"])) if bindings else None,
    )

"""What Docker's engine knows, by its SDK. Reads only; containers are found by Compose's labels."""

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, ParamSpec, TypeVar, cast

import docker
import docker.errors
import requests

from mlflow_stack.compose import SERVICE, Mode
from mlflow_stack.errors import DockerUnusable
from mlflow_stack.findings import Finding

MODE_LABEL = "mlflow-stack.mode"
SOURCE_LABEL = "mlflow-stack.source"
VERSION_LABEL = "org.opencontainers.image.version"
CONFIG_HASH_LABEL = "com.docker.compose.config-hash"
TIMEOUT_S = 30

EngineState = Literal["ready", "off", "denied"]


def words(text: str) -> str:
    """The system's own words out of the SDK's nest of exceptions, where there are any."""
    inner = re.findall(r"Error\(\d+, ['\"]([^'\"]+)['\"]\)", text)
    return str(inner[-1]) if inner else text


@dataclass(frozen=True)
class Container:
    """The server's container, running or not. `published` is (address, port) of this host; times are Docker's,
    in UTC.
    """

    id: str
    name: str
    state: str
    health: str
    mode: Mode
    image_id: str
    image_name: str
    image_source: str
    config_hash: str
    started_at: datetime | None
    restarts: int
    exit_code: int
    published: tuple[str, str] | None

    @property
    def running(self) -> bool:
        """Docker keeps it up, which says nothing about the server in it."""
        return self.state in ("running", "restarting", "paused")


@dataclass(frozen=True)
class Image:
    """`size` in bytes; `version` is MLflow's, "" where the image does not say."""

    id: str
    source: str
    size: int
    version: str = ""


@dataclass(frozen=True)
class Memory:
    """Bytes, without the page cache that the kernel gives back on demand."""

    used: int
    limit: int


def engine_state() -> tuple[EngineState, str]:
    """Whether the engine answers us, and its version or its words."""
    try:
        client = docker.from_env(timeout=TIMEOUT_S)
        return "ready", str(client.version()["Version"])
    except (docker.errors.DockerException, requests.RequestException, OSError) as error:
        said = words(str(error))
        return ("denied" if "ermission denied" in said else "off"), said


P = ParamSpec("P")
T = TypeVar("T")


def _answering(method: Callable[P, T]) -> Callable[P, T]:
    """An engine that goes away in the middle is DockerUnusable, as one that was never there."""

    @functools.wraps(method)
    def ask(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(*args, **kwargs)
        except (docker.errors.DockerException, requests.RequestException) as error:
            raise DockerUnusable(
                [Finding("docker.off", "error", f"Docker does not answer: {words(str(error))}")]
            ) from error

    return ask


class Engine:
    """One connection. Raises DockerUnusable when the engine stops answering."""

    @_answering
    def __init__(self) -> None:
        self._client = docker.from_env(timeout=TIMEOUT_S)

    @_answering
    def container(self, project: str) -> Container | None:
        """The one server of a project; one-off containers of `compose run` are not it."""
        labels = [
            f"com.docker.compose.project={project}",
            f"com.docker.compose.service={SERVICE}",
            "com.docker.compose.oneoff=False",
        ]
        found = self._client.api.containers(all=True, filters={"label": labels})
        # While Compose recreates, the old one is there for a moment beside the new one: the newest counts.
        for listed in sorted(found, key=lambda each: -int(each["Created"])):
            try:
                return _container(self._client.api.inspect_container(listed["Id"]))
            except docker.errors.NotFound:
                continue
        return None

    @_answering
    def image(self, reference: str) -> Image | None:
        """None where this engine does not have it."""
        try:
            found = self._client.api.inspect_image(reference)
        except docker.errors.ImageNotFound:
            return None
        labels = (found.get("Config") or {}).get("Labels") or {}
        source, version = (str(labels.get(name, "")) for name in (SOURCE_LABEL, VERSION_LABEL))
        return Image(str(found["Id"]), source, int(found["Size"]), version)

    @_answering
    def tags(self, repository: str) -> list[str]:
        """References of a repository's images, `repository:tag`; those of the newest images first."""
        listed = sorted(self._client.api.images(repository), key=lambda each: -int(each["Created"]))
        return [str(tag) for each in listed for tag in each.get("RepoTags") or ()]

    @_answering
    def one_offs(self, project: str, verb: str) -> list[str]:
        """Ids of the containers in which a verb of the image still runs, whether or not a wrapper waits for it."""
        labels = [
            f"com.docker.compose.project={project}",
            f"com.docker.compose.service={SERVICE}",
            "com.docker.compose.oneoff=True",
        ]
        found = self._client.api.containers(filters={"label": labels})
        return [str(each["Id"]) for each in found if f" {verb} " in f" {each.get('Command', '')} "]

    @_answering
    def memory(self, container: Container) -> Memory | None:
        """None where the container does not run."""
        try:
            stats = self._client.api.stats(container.id, stream=False, one_shot=True).get("memory_stats") or {}
        except docker.errors.APIError:
            return None
        if "usage" not in stats:
            return None
        inner = stats.get("stats") or {}
        cache = int(inner.get("inactive_file", inner.get("total_inactive_file", 0)))
        return Memory(int(stats["usage"]) - cache, int(stats.get("limit", 0)))

    @_answering
    def has_volume(self, name: str) -> bool:
        """Whether a named volume exists."""
        try:
            self._client.api.inspect_volume(name)
        except docker.errors.NotFound:
            return False
        return True

    @_answering
    def publisher_of(self, port: str) -> str | None:
        """Name of the running container that publishes a port of this host."""
        for listed in self._client.api.containers(filters={"publish": port}):
            if any(str(each.get("PublicPort")) == port for each in listed.get("Ports") or ()):
                return str(listed["Names"][0]).removeprefix("/")
        return None

    @_answering
    def logs(self, container: Container) -> str:
        """The whole log of a container, with times."""
        raw = self._client.api.logs(container.id, stdout=True, stderr=True, timestamps=True)
        return cast(bytes, raw).decode("utf-8", "replace")


def _container(found: Mapping[str, Any]) -> Container:
    """Docker's inspection → ours."""
    state, labels = found["State"], found["Config"]["Labels"] or {}
    bindings = (found["HostConfig"].get("PortBindings") or {}).get("5000/tcp") or []
    return Container(
        id=str(found["Id"]),
        name=str(found["Name"]).removeprefix("/"),
        state=str(state["Status"]),
        health=str((state.get("Health") or {}).get("Status", "")),
        mode="local" if labels.get(MODE_LABEL) == "local" else "s3",
        image_id=str(found["Image"]),
        image_name=str(found["Config"].get("Image", "")),
        image_source=str(labels.get(SOURCE_LABEL, "")),
        config_hash=str(labels.get(CONFIG_HASH_LABEL, "")),
        started_at=_time(str(state.get("StartedAt", ""))),
        restarts=int(found.get("RestartCount", 0)),
        exit_code=int(state.get("ExitCode", 0)),
        published=(str(bindings[0]["HostIp"]), str(bindings[0]["HostPort"])) if bindings else None,
    )


def _time(text: str) -> datetime | None:
    """Docker's nanoseconds are more than Python reads; year 1 means never."""
    if not text or text.startswith("0001"):
        return None
    head, _, fraction = text.rstrip("Z").partition(".")
    return datetime.fromisoformat(f"{head}.{(fraction or '0')[:6].ljust(6, '0')}+00:00")

"""What a project's one-off containers cost, from outside: seconds by the engine's events, memory by their cgroups."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from support import docker

CGROUPS = Path("/sys/fs/cgroup")
LOOK_SECONDS = 0.02
LAST_EVENTS_SECONDS = 2.0
# By version of cgroups: the file of the usage; in memory.stat the cache given back on demand, and what is no cache.
FIELDS = {
    1: ("memory.usage_in_bytes", "total_inactive_file", "total_rss"),
    2: ("memory.current", "inactive_file", "anon"),
}


@dataclass
class Seen:
    """One container: its verb's words, seconds from its start to its end, and the greatest memory seen, in bytes.

    `memory` is usage without inactive file cache, as `docker stats` shows it; `anonymous` is without any cache.
    Both are None where its cgroup could not be read (an engine in a virtual machine).
    """

    verb: str
    seconds: float | None = None
    memory: int | None = None
    anonymous: int | None = None


@dataclass
class Watch:
    """The containers, in the order of their starts."""

    project: str
    seen: dict[str, Seen] = field(default_factory=dict)
    _began: dict[str, int] = field(default_factory=dict)
    _looks: list[threading.Thread] = field(default_factory=list)

    def follow(self, stream: Iterator[str]) -> None:
        """Take the engine's events, one JSON object a line, until they end."""
        for line in stream:
            event = json.loads(line)
            container, when = str(event["id"]), int(event["timeNano"])
            if event["Action"] == "start":
                facts = docker.inspect(container)
                self._began[container] = when
                seen = self.seen[container] = Seen(" ".join(facts["Args"][2:5]))
                look = threading.Thread(target=_look, args=(int(facts["State"]["Pid"]), seen), daemon=True)
                look.start()
                self._looks.append(look)
            elif container in self.seen:
                self.seen[container].seconds = (when - self._began[container]) / 1e9

    @property
    def over(self) -> bool:
        """Whether every container that was seen has ended."""
        return all(each.seconds is not None for each in self.seen.values())

    @property
    def memory(self) -> int | None:
        """Of the greatest."""
        return max((each.memory for each in self.seen.values() if each.memory is not None), default=None)

    @property
    def inside_seconds(self) -> float:
        """Of all of them together."""
        return sum(each.seconds or 0 for each in self.seen.values())


@contextmanager
def watching(project: str) -> Iterator[Watch]:
    """Watch the one-off containers that start inside the block."""
    watch = Watch(project)
    with following(project, watch.follow):
        yield watch
        until = time.monotonic() + LAST_EVENTS_SECONDS
        while not watch.over and time.monotonic() < until:
            time.sleep(LOOK_SECONDS)


@contextmanager
def following(project: str, follow: Callable[[Iterator[str]], None]) -> Iterator[None]:
    """Hand the starts and ends of a project's one-off containers on, as the engine tells of them, in a thread."""
    labels = (f"label=com.docker.compose.project={project}", "label=com.docker.compose.oneoff=True")
    filters = [part for each in (*labels, "event=start", "event=die") for part in ("--filter", each)]
    argv = ["docker", "events", "--format", "{{json .}}", *filters]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as events:
        follower = threading.Thread(target=follow, args=(iter(events.stdout or ()),), daemon=True)
        follower.start()
        try:
            # Until the engine listens; it tells nothing when it does.
            time.sleep(1)
            yield
        finally:
            events.terminate()
            follower.join(LAST_EVENTS_SECONDS)


def _look(pid: int, seen: Seen) -> None:
    """Read the usage again and again until the container is gone."""
    found = _cgroup(pid)
    if found is None:
        return
    version, folder = found
    usage, cache, anonymous = FIELDS[version]
    while True:
        try:
            used = int((folder / usage).read_text(encoding="ascii"))
            lines = (folder / "memory.stat").read_text(encoding="ascii").splitlines()
        except OSError:
            return
        stat = {name: int(value) for name, value in (line.split() for line in lines)}
        seen.memory = max(seen.memory or 0, used - stat[cache])
        seen.anonymous = max(seen.anonymous or 0, stat[anonymous])
        time.sleep(LOOK_SECONDS)


def usage(pid: int) -> int:
    """Bytes that the container of a process uses now, without inactive file cache. Raises RuntimeError."""
    found = _cgroup(pid)
    if found is None:
        raise RuntimeError(f"the memory of process {pid} cannot be read from here")
    version, folder = found
    used, cache, _ = FIELDS[version]
    lines = (folder / "memory.stat").read_text(encoding="ascii").splitlines()
    stat = {name: int(value) for name, value in (line.split() for line in lines)}
    return int((folder / used).read_text(encoding="ascii")) - stat[cache]


def _cgroup(pid: int) -> tuple[int, Path] | None:
    """Version and folder of a process's memory cgroup, by /proc/<pid>/cgroup; None where it is not this machine's."""
    try:
        lines = Path(f"/proc/{pid}/cgroup").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    for line in lines:
        number, controllers, path = line.split(":", 2)
        if "memory" in controllers.split(","):
            return 1, CGROUPS / "memory" / path.lstrip("/")
        if number == "0" and (CGROUPS / "cgroup.controllers").exists():
            return 2, CGROUPS / path.lstrip("/")
    return None

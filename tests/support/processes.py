"""What runs inside a container, as the kernel tells it."""

from __future__ import annotations

from dataclasses import dataclass

from support.docker import docker
from support.stack import Stack

SEPARATOR = "=== next ==="
# The processes of this look itself are left out: those whose parent is outside of the container, and their children.
LOOK = f'for each in /proc/[0-9]*; do cat "$each/status" 2>/dev/null; echo "{SEPARATOR}"; done'


@dataclass(frozen=True)
class Process:
    """The fields of one /proc/<pid>/status, by name."""

    fields: dict[str, str]

    @property
    def pid(self) -> int:
        """Its number inside the container."""
        return int(self.fields["Pid"])

    @property
    def parent(self) -> int:
        """Its parent's number, 0 for one outside of the container."""
        return int(self.fields["PPid"])

    @property
    def uids(self) -> set[int]:
        """Real, effective, saved and file system uid."""
        return {int(uid) for uid in self.fields["Uid"].split()}

    @property
    def user(self) -> str:
        """uid:gid, as docker takes it."""
        return ":".join(self.fields[name].split()[0] for name in ("Uid", "Gid"))

    @property
    def capabilities(self) -> int:
        """Everything it holds, may take, may pass on or may gain by a program, in one mask."""
        mask = 0
        for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            mask |= int(self.fields[name], 16)
        return mask


def processes(container: str) -> list[Process]:
    """Every process that the container itself started, its first one first."""
    text = docker("exec", container, "sh", "-c", LOOK).stdout
    found = [_parsed(part) for part in text.split(SEPARATOR) if part.strip()]
    ours = {1}
    for process in sorted(found, key=lambda each: each.pid):
        if process.parent in ours:
            ours.add(process.pid)
    return sorted((process for process in found if process.pid in ours), key=lambda each: each.pid)


def _parsed(status: str) -> Process:
    pairs = (line.split(":", 1) for line in status.strip().splitlines())
    return Process({name: value.strip() for name, value in pairs})


def master_and_workers(stack: Stack) -> tuple[int, list[int]]:
    """Process numbers on this host: gunicorn's master and its workers."""
    rows = docker("top", stack.container(), "-eo", "pid,ppid,args").stdout.splitlines()[1:]
    serving = {int(pid): int(parent) for pid, parent, args in (row.split(None, 2) for row in rows) if "stackd" in args}
    workers = [pid for pid, parent in serving.items() if parent in serving]
    (master,) = set(serving) - set(workers)
    return master, workers

"""What this host is like: frozen facts, no judgement. The readers are at the bottom; they change nothing."""

import errno
import os
import platform
import shutil
import socket
import stat
from dataclasses import dataclass
from pathlib import Path

from mlflow_stack.profile import AwsFile, AwsFolder, parse

LISTENING = "0A"
PACKAGE_MANAGERS = ("apt-get", "dnf", "zypper", "pacman", "apk")


@dataclass(frozen=True)
class Docker:
    """`engine`: ready, off or denied, with its version or words. Versions are "" where the plugin is missing."""

    cli: Path | None
    engine: str
    said: str
    compose: str
    system: str = "Linux"
    package_manager: str = "apt-get"
    systemd: bool = True

    @property
    def snap(self) -> bool:
        """Confined by snapd: it sees no dot-folder of a home."""
        return self.cli is not None and "/snap/" in f"{self.cli}/"


@dataclass(frozen=True)
class Port:
    """`taken` is None where this user may not try. `holder`: a program or container, "" if it could not be found
    out.
    """

    taken: bool | None
    holder: str = ""
    ours: bool = False
    bindable: bool = True


@dataclass(frozen=True)
class Folder:
    """A folder or file that Compose binds. `exists` also says that it is of the right kind."""

    path: Path
    exists: bool


@dataclass(frozen=True)
class Host:
    """Everything `preflight` judges besides Docker and the settings. `volume`: whether the database's volume
    exists, None if
    unknown.
    """

    port: Port | None
    aws: AwsFolder | None
    folders: tuple[Folder, ...]
    files: tuple[tuple[str, Folder], ...]
    native_database: bool
    volume: bool | None
    system: str = "Linux"


def docker_cli() -> Path | None:
    """The command on PATH, links followed; /snap/bin/docker links to snapd itself, so that the link's own folder is
    kept.
    """
    found = shutil.which("docker")
    if found is None:
        return None
    return Path(found) if found.startswith("/snap/") else Path(found).resolve()


def package_manager() -> str:
    """`apt-get`, `dnf`, …; "" where none is known."""
    return next((name for name in PACKAGE_MANAGERS if shutil.which(name)), "")


def has_systemd() -> bool:
    """Whether systemd runs this host (sd_booted(3)), so that `systemctl` starts services."""
    return Path("/run/systemd/system").is_dir()


def system() -> str:
    """`Linux`, `Darwin`."""
    return platform.system()


def read_port(bind: str, port: int) -> Port:
    """Tries to take it for a moment, as Docker will."""
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    with socket.socket(family) as attempt:
        # Without it a port whose last connections have just closed looks taken; a listener still forbids the bind.
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((bind, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return Port(True, _holder(port))
            return Port(None, bindable=error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT))
    return Port(False)


def _holder(port: int, proc: Path = Path("/proc")) -> str:
    """The program that listens, from /proc; other users' programs are visible to root only."""
    inodes = set()
    for table in ("net/tcp", "net/tcp6"):
        path = proc / table
        for line in path.read_text().splitlines()[1:] if path.exists() else ():
            fields = line.split()
            if fields[3] == LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                inodes.add(f"socket:[{fields[9]}]")
    for process in proc.glob("[0-9]*") if inodes else ():
        try:
            if any(str(fd.readlink()) in inodes for fd in (process / "fd").iterdir()):
                return f"{(process / 'comm').read_text().strip()} (process {process.name})"
        except OSError:
            continue  # Ended meanwhile, or not ours to look into.
    return ""


def read_aws(folder: Path, os_name: str) -> AwsFolder:
    """Both files of an ~/.aws folder."""
    config, credentials = folder / "config", folder / "credentials"
    try:
        owner = folder.stat() if folder.is_dir() else None
        if owner is not None:
            next(folder.iterdir(), None)
    except PermissionError:
        return AwsFolder(folder, "unreadable", AwsFile(config, "unreadable"), AwsFile(credentials, "unreadable"))
    if owner is None:
        return AwsFolder(folder, "missing", AwsFile(config, "missing"), AwsFile(credentials, "missing"))
    # Docker Desktop shows every file as the container's own user.
    judged = owner if os_name == "Linux" else None
    return AwsFolder(folder, "present", _read_aws_file(config, judged), _read_aws_file(credentials, judged))


def _read_aws_file(path: Path, owner: os.stat_result | None) -> AwsFile:
    try:
        found = path.stat()
    except FileNotFoundError:
        return AwsFile(path, "missing")
    except PermissionError:
        return AwsFile(path, "unreadable")
    readable = owner is None or _may_read(found, owner)
    try:
        return parse(path, path.read_text("utf-8", "replace"), readable)
    except (PermissionError, IsADirectoryError):
        return AwsFile(path, "unreadable", container_can_read=readable)


def _may_read(file: os.stat_result, owner: os.stat_result) -> bool:
    """Whether uid:gid of the folder may read the file; root in the container has no DAC_OVERRIDE."""
    if file.st_uid == owner.st_uid:
        return bool(file.st_mode & stat.S_IRUSR)
    if file.st_gid == owner.st_gid:
        return bool(file.st_mode & stat.S_IRGRP)
    return bool(file.st_mode & stat.S_IROTH)


def folder_bytes(folder: Path) -> int | None:
    """Sum of the files below; None where something may not be read."""
    total = 0
    try:
        for found in os.walk(folder, onerror=_raise):
            total += sum(os.lstat(os.path.join(found[0], name)).st_size for name in found[2])  # noqa: PTH118 - 5 × faster than Path in a big tree.
    except OSError:
        return None
    return total


def _raise(error: OSError) -> None:
    raise error

"""Reads this host: Docker's command, the port, ~/.aws, folders. Changes nothing, judges nothing."""

import configparser
import contextlib
import errno
import os
import platform
import shutil
import socket
from pathlib import Path

from mlflow_stack.checks.aws_profile import AwsFolder
from mlflow_stack.checks.docker import DockerFacts
from mlflow_stack.checks.host import Port
from mlflow_stack.engine.containers import engine_state

LISTENING = "0A"
PACKAGE_MANAGERS = ("apt-get", "dnf", "zypper", "pacman", "apk")


def docker_facts(compose_version: str) -> DockerFacts:
    """`compose_version` is "" where the plugin is missing."""
    found = shutil.which("docker")
    # /snap/bin/docker links to snapd itself: the link's own folder says more.
    cli = None if found is None else Path(found) if found.startswith("/snap/") else Path(found).resolve()
    state, said = engine_state()
    return DockerFacts(
        cli=cli,
        engine=state,
        said=said,
        compose=compose_version,
        system=platform.system(),
        package_manager=next((name for name in PACKAGE_MANAGERS if shutil.which(name)), ""),
        systemd=Path("/run/systemd/system").is_dir(),
    )


def read_port(bind: str, port: int) -> Port:
    """Tries to take it for a moment, as Docker will."""
    try:
        with socket.socket(socket.AF_INET6 if ":" in bind else socket.AF_INET) as attempt:
            if platform.system() == "Linux":
                # Else a port whose last connections have just closed looks taken. On a Mac it would let two share one.
                attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            attempt.bind((bind, port))
    except OSError as problem:
        if problem.errno == errno.EADDRINUSE:
            return Port(True, _holder(port))
        return Port(None, bindable=problem.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT))
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
        with contextlib.suppress(OSError):  # Ended meanwhile, or not ours to look into.
            if any(str(fd.readlink()) in inodes for fd in (process / "fd").iterdir()):
                return f"{(process / 'comm').read_text().strip()} (process {process.name})"
    return ""


def read_aws(folder: Path) -> AwsFolder:
    """Names of the profiles in both files of an ~/.aws folder, as far as this user may read them; no value is kept."""
    names: set[str] = set()
    try:
        if not folder.is_dir():
            return AwsFolder(folder, exists=False)
        for file in (folder / "config", folder / "credentials"):
            with contextlib.suppress(FileNotFoundError):
                parser = configparser.RawConfigParser(default_section="\0none", strict=False)
                parser.read_string(file.read_text("utf-8", "replace"))
                names |= {name.removeprefix("profile ").strip() for name in parser.sections()}
    except (OSError, configparser.Error):
        # The owner of the folder may read more, and the image says which line does not parse.
        return AwsFolder(folder, exists=True, profiles=None)
    return AwsFolder(folder, exists=True, profiles=frozenset(names))


def folder_bytes(folder: Path) -> int | None:
    """Sum of the files below; None where something may not be read."""
    total = 0
    try:
        for parent, _, names in os.walk(folder, onerror=_raise):
            for name in names:
                with contextlib.suppress(FileNotFoundError):  # Removed meanwhile.
                    total += os.lstat(os.path.join(parent, name)).st_size  # noqa: PTH118 - 5 × faster than Path.
    except OSError:
        return None
    return total


def _raise(problem: OSError) -> None:
    raise problem

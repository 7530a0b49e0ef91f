"""Host facts and settings → findings. Pure: nothing is read, started or made here."""

import re

from mlflow_stack.findings import Finding
from mlflow_stack.host import Docker, Host, Port
from mlflow_stack.profile import judge_profile
from mlflow_stack.settings import Settings

COMPOSE_NEEDED = (2, 24, 4)
"""The first with `!override` in the form that the local file uses."""
BY_HAND = ("https://docs.docker.com/compose/install/linux/",)
INSTALL = {
    "apt-get": ("./stack bootstrap", "sudo apt-get install docker-compose-plugin docker-buildx-plugin"),
    "dnf": ("sudo dnf install docker-compose-plugin docker-buildx-plugin",),
    "zypper": ("sudo zypper install docker-compose docker-buildx",),
    "pacman": ("sudo pacman -S docker-compose docker-buildx",),
    "apk": ("sudo apk add docker-cli-compose docker-cli-buildx",),
}
"""Package manager → how Compose comes to this host."""
AIRPLAY_PORTS = ("5000", "7000")


def judge_docker(docker: Docker, mode_needs_home: bool) -> list[Finding]:
    """Whether Docker and Compose can be used; the first thing that is wrong. `mode_needs_home`: a dot-folder of a home
    will be bound.
    """
    darwin = docker.system == "Darwin"
    if docker.cli is None:
        fix = "brew install --cask docker" if darwin else "https://docs.docker.com/engine/install/"
        return [Finding("docker.missing", "error", "There is no `docker` command on PATH", "PATH", (fix,))]
    if docker.engine == "denied":
        fixes = ('sudo usermod -aG docker "$USER"', "newgrp docker")
        return [
            Finding(
                "docker.denied", "error", f"This user may not talk to Docker: {docker.said}", str(docker.cli), fixes
            )
        ]
    if docker.engine != "ready":
        linux = "sudo systemctl start docker" if docker.systemd else "sudo service docker start"
        fix = "open -a Docker" if darwin else linux
        return [Finding("docker.off", "error", f"Docker does not answer: {docker.said}", str(docker.cli), (fix,))]
    if docker.snap and mode_needs_home:
        text = "This Docker comes from snap, which cannot bind a folder whose name begins with a dot, such as ~/.aws"
        return [
            Finding(
                "docker.snap",
                "error",
                text,
                str(docker.cli),
                ("sudo snap remove docker", "https://docs.docker.com/engine/install/ubuntu/"),
            )
        ]
    return _judge_compose(docker)


def _judge_compose(docker: Docker) -> list[Finding]:
    needed = ".".join(map(str, COMPOSE_NEEDED))
    fixes = (
        ("brew upgrade --cask docker",) if docker.system == "Darwin" else INSTALL.get(docker.package_manager, BY_HAND)
    )
    if not docker.compose:
        return [
            Finding(
                "docker.compose-missing",
                "error",
                f"`docker compose` is missing; {needed} or newer is needed",
                str(docker.cli),
                fixes,
            )
        ]
    if version_of(docker.compose) < COMPOSE_NEEDED:
        return [
            Finding(
                "docker.compose-old",
                "error",
                f"`docker compose` is {docker.compose}; {needed} or newer is needed",
                str(docker.cli),
                fixes,
            )
        ]
    return [Finding("docker.ready", "ok", f"Docker Engine {docker.said}, Compose {docker.compose}", str(docker.cli))]


def version_of(text: str) -> tuple[int, ...]:
    """`v2.24.4-desktop.1` → (2, 24, 4); () where there is none, which is older than everything."""
    match = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    return tuple(int(part or 0) for part in match.groups()) if match else ()


def judge_host(host: Host, settings: Settings) -> list[Finding]:
    """Everything but Docker and the settings' form: folders, port, profile, a database waiting to be adopted."""
    found = [each for folder in host.folders for each in _judge_folder(folder.path.name, folder.exists)]
    for variable, file in host.files:
        if not file.exists:
            text = f"{variable} names a file that does not exist: {file.path}"
            found.append(Finding("settings.value", "error", text, variable, (f"{variable}=",)))
    if host.port is not None:
        found.append(judge_port(host.port, settings, host.system))
    if host.aws is not None:
        found += judge_profile(host.aws, settings.profile, settings.region)
    if host.native_database and host.volume is False:
        found.append(waiting_database())
    return found


def waiting_database() -> Finding:
    """For the user of a native `mlflow server`."""
    text = "There is an mlflow.db in this folder, and the stack's own database is empty: its runs can be taken over"
    return Finding("adopt.waiting", "info", text, "mlflow.db", ("./stack adopt --db mlflow.db",))


def _judge_folder(name: str, exists: bool) -> list[Finding]:
    if exists:
        return []
    text = f"The folder {name} is missing; it belongs to the repository, and Docker would make it owned by root"
    return [Finding("host.folder-missing", "error", text, name, (f"mkdir {name}",))]


def judge_port(port: Port, settings: Settings, system: str) -> Finding:
    """Free, ours, taken, or not to be found out."""
    number, bind = settings.port, settings.bind
    if port.ours:
        return Finding("port.taken", "ok", f"Port {number} is held by this stack's own container", number)
    if not port.bindable:
        return Finding(
            "settings.value",
            "error",
            f"MLFLOW_BIND={bind} is no address of this host",
            "MLFLOW_BIND",
            ("MLFLOW_BIND=127.0.0.1",),
        )
    if port.taken is None:
        return Finding(
            "port.taken",
            "unknown",
            f"Whether port {number} is free could not be found out: this user may not try",
            number,
        )
    if not port.taken:
        return Finding("port.taken", "ok", f"Port {number} of {bind} is free", number)
    by = f" by {port.holder}" if port.holder else ""
    if system == "Darwin" and number in AIRPLAY_PORTS and not by:
        by = ", probably by AirPlay (System Settings → General → AirDrop & Handoff → AirPlay Receiver)"
    return Finding(
        "port.taken", "error", f"Port {number} of {bind} is taken{by}", number, (f"MLFLOW_PORT={int(number) + 1}",)
    )

"""Whether Docker and Compose can be used."""

import re
from dataclasses import dataclass
from pathlib import Path

from mlflow_stack.errors import Finding, error, ok

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


@dataclass(frozen=True)
class DockerFacts:
    """`engine`: ready, off or denied; `said`: its version or its words. `compose` is "" where the plugin is missing."""

    cli: Path | None
    engine: str
    said: str
    compose: str
    system: str = "Linux"
    package_manager: str = "apt-get"
    systemd: bool = True


def judge_docker(docker: DockerFacts, aws_dir: Path | None = None) -> list[Finding]:
    """The first thing that is wrong, or one ok. `aws_dir`: the folder that will be mounted, in S3 mode."""
    darwin, where = docker.system == "Darwin", str(docker.cli or "PATH")
    if docker.cli is None:
        fix = "brew install --cask docker" if darwin else "https://docs.docker.com/engine/install/"
        return [error("docker.missing", "There is no `docker` command on PATH", where, fix)]
    if docker.engine == "denied":
        text = f"This user may not talk to Docker: {docker.said}"
        return [error("docker.denied", text, where, 'sudo usermod -aG docker "$USER"', "newgrp docker")]
    if docker.engine != "ready":
        linux = "sudo systemctl start docker" if docker.systemd else "sudo service docker start"
        text = f"Docker does not answer: {docker.said}"
        return [error("docker.off", text, where, "open -a Docker" if darwin else linux)]
    hidden = aws_dir is not None and any(part.startswith(".") for part in aws_dir.parts)
    if "/snap/" in f"{docker.cli}/" and hidden:
        text = "This Docker comes from snap, which cannot mount a folder whose name begins with a dot, such as ~/.aws"
        fixes = ("sudo snap remove docker", "https://docs.docker.com/engine/install/ubuntu/")
        return [error("docker.snap", text, where, *fixes)]
    return [_judge_compose(docker, where)]


def _judge_compose(docker: DockerFacts, where: str) -> Finding:
    needed = ".".join(map(str, COMPOSE_NEEDED))
    linux = INSTALL.get(docker.package_manager, BY_HAND)
    fixes = ("brew upgrade --cask docker",) if docker.system == "Darwin" else linux
    if not docker.compose:
        text = f"`docker compose` is missing; {needed} or newer is needed"
        return error("docker.compose-missing", text, where, *fixes)
    if version_of(docker.compose) < COMPOSE_NEEDED:
        text = f"`docker compose` is {docker.compose}; {needed} or newer is needed"
        return error("docker.compose-old", text, where, *fixes)
    return ok("docker.ready", f"Docker Engine {docker.said}, Compose {docker.compose}", where)


def version_of(text: str) -> tuple[int, ...]:
    """`v2.24.4-desktop.1` → (2, 24, 4); () where there is none, which is older than everything."""
    match = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    return tuple(int(part or 0) for part in match.groups()) if match else ()

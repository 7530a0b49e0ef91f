"""A typed view of `docker compose config --format json`: the wrapper's only source of settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

Mode = Literal["s3", "local"]
SERVICE = "mlflow"
MODE_FILES: dict[Mode, str] = {"s3": "docker-compose.yml", "local": "docker-compose.local.yml"}
"""One file a mode: the local one extends the first."""
MODE_NAMES: dict[Mode, str] = {"s3": "S3", "local": "local"}
STARTS: dict[Mode, str] = {"s3": "./stack start", "local": "./stack start --disable-s3"}
LOOPBACK = ("127.0.0.1", "::1", "localhost")
EVERYWHERE = ("0.0.0.0", "::")
AWS_TARGET = "/home/mlflow/.aws"
NO_FILE = "/dev/null"
BOUND_FOLDERS = ("mlartifacts", "backups")
MAY_CHANGE = ("image", "build", "mem_limit", "logging", "labels", "extra_hosts", "dns", "networks", "environment")
"""Keys of the stack's service that an extra Compose file may set: none decides where data lies, or who reaches it."""


@dataclass(frozen=True)
class Settings:
    """What Compose resolved, unjudged: a port may still be `abc` here, and the checks say so.
    `own_image`: the stack's own; an extra file may put another in its place, and `builds` says whether it tells how.
    `bind` and `port`: where it is published, for a running server as it is. `destination`: as the container sees it.
    `profile` and `aws_dir`: "" and None in local mode. `files`: those that settings name, by variable.
    """

    mode: Mode
    project: str
    image: str
    own_image: str
    bind: str
    port: str
    destination: str
    profile: str
    extra_hosts: tuple[str, ...]
    python_image: str
    data_volume: str
    volumes: tuple[str, ...]
    aws_dir: Path | None
    builds: bool = True
    files: Mapping[str, Path | None] = field(default_factory=dict)

    @classmethod
    def read(cls, mode: Mode, config: Mapping[str, Any], own: Mapping[str, Any] | None = None) -> "Settings":
        """From what Compose resolved with all files, and (`own`) with the stack's file alone."""
        service = config["services"][SERVICE]
        environment, port = service.get("environment") or {}, (service.get("ports") or [{}])[0]
        mounts = {
            each["target"]: Path(each["source"]) for each in service.get("volumes") or [] if each["type"] == "bind"
        }
        volumes = {key: str(each["name"]) for key, each in (config.get("volumes") or {}).items()}
        hosts = str(environment.get("STACK_EXTRA_HOSTS") or "")
        named = {"BUILD_CA_BUNDLE": "ca_bundle", "MLFLOW_ADMIN_PASSWORD_FILE": "admin_password"}
        paths = {name: str((config.get("secrets") or {}).get(key, {}).get("file") or "") for name, key in named.items()}
        return cls(
            mode=mode,
            project=str(config.get("name") or ""),
            image=str(service.get("image") or ""),
            own_image=str((own or config)["services"][SERVICE].get("image") or ""),
            bind=str(port.get("host_ip") or ""),
            port=str(port.get("published") or ""),
            destination=str(environment.get("STACK_ARTIFACTS_DESTINATION") or ""),
            profile=str(environment.get("AWS_PROFILE") or ""),
            extra_hosts=tuple(name.strip() for name in hosts.split(",") if name.strip()),
            python_image=str(((service.get("build") or {}).get("args") or {}).get("PYTHON_IMAGE") or ""),
            data_volume=volumes.get("data", ""),
            volumes=tuple(volumes.values()),
            aws_dir=mounts.get(AWS_TARGET),
            builds=own is None or service.get("build") != own["services"][SERVICE].get("build"),
            files={name: None if path in ("", NO_FILE) else Path(path) for name, path in paths.items()},
        )

    def running_at(self, published: tuple[str, str] | None) -> "Settings":
        """The same, where a running container is published: files and `.env` may have changed since it started."""
        return self if published is None else replace(self, bind=published[0], port=published[1])

    @property
    def start_command(self) -> str:
        """What one types to start in this mode."""
        return STARTS[self.mode]

    @property
    def url(self) -> str:
        """For people and clients: `localhost` for loopback and every address, a name that the server always knows."""
        host = "localhost" if self.bind in ("", *LOOPBACK, *EVERYWHERE) else self.bind
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def probe_url(self) -> str:
        """For the wrapper's own requests: an address, so that a name service cannot be in the way."""
        host = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "localhost": "127.0.0.1", "::": "::1"}.get(
            self.bind, self.bind
        )
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"


def changed_by(own: Mapping[str, Any], resolved: Mapping[str, Any]) -> list[str]:
    """What an extra Compose file changes of the stack itself and may not, such as `services.mlflow.ports`.
    It may add services, volumes, networks and secrets, set `MAY_CHANGE` of the stack's service, and add labels, and
    environment variables that neither the stack nor AWS reads.
    """
    changed = ["name"] if own.get("name") != resolved.get("name") else []
    for section in ("services", "volumes", "networks", "secrets"):
        mine, theirs = own.get(section) or {}, resolved.get(section) or {}
        service = f"{section}.{SERVICE}"
        changed += [
            f"{section}.{name}" for name in mine if mine[name] != theirs.get(name) and f"{section}.{name}" != service
        ]
        if section == "services":
            changed += [f"{service}.{key}" for key in _changed_keys(mine[SERVICE], theirs.get(SERVICE) or {})]
    return changed


def _changed_keys(mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[str]:
    changed = [key for key in sorted({*mine, *theirs} - {*MAY_CHANGE}) if mine.get(key) != theirs.get(key)]
    for key in ("environment", "labels"):
        before, after = mine.get(key) or {}, theirs.get(key) or {}
        ours = (*before, *(name for name in after if name.startswith(("AWS_", "STACK_"))))
        changed += [f"{key}.{name}" for name in dict.fromkeys(ours) if before.get(name) != after.get(name)]
    return changed

"""A typed view of `docker compose config --format json`: the wrapper's only source of settings."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mlflow_stack.compose import SERVICE, Mode

LOOPBACK = ("127.0.0.1", "::1", "localhost")
EVERYWHERE = ("0.0.0.0", "::")
AWS_TARGET = "/home/mlflow/.aws"


def value_at(config: Mapping[str, Any], path: str) -> str:
    """The scalar at a dotted path such as `services.mlflow.ports.0.published`, or "" where there is none."""
    found: Any = config
    for key in path.split("."):
        if isinstance(found, Mapping):
            found = found.get(key)
        elif isinstance(found, list) and key.isdecimal() and int(key) < len(found):
            found = found[int(key)]
        else:
            return ""
    return "" if found is None else str(found)


@dataclass(frozen=True)
class Settings:
    """`config` is what Compose resolved, unjudged: a port may still be `abc` here (preflight says so)."""

    mode: Mode
    config: Mapping[str, Any]
    published: tuple[str, str] | None = None

    @property
    def start_command(self) -> str:
        """What one types to start in this mode."""
        return "./stack start --disable-s3" if self.mode == "local" else "./stack start"

    def running_at(self, published: tuple[str, str] | None) -> "Settings":
        """The same, with the (address, port) that a running container has: files and `.env` may have changed since."""
        return replace(self, published=published)

    def at(self, path: str) -> str:
        """The scalar at a path below the service."""
        return value_at(self.config, f"services.{SERVICE}.{path}")

    def top(self, path: str) -> str:
        """The scalar at a path from the top."""
        return value_at(self.config, path)

    @property
    def project(self) -> str:
        """Compose's project name: from --project-name, COMPOSE_PROJECT_NAME or the file."""
        return value_at(self.config, "name")

    @property
    def image(self) -> str:
        """The server's image."""
        return self.at("image")

    @property
    def python_image(self) -> str:
        """What the server's image is built on."""
        return self.at("build.args.PYTHON_IMAGE")

    @property
    def ca_bundle(self) -> str:
        """File with the certificates that pip trusts in a build; /dev/null: its own."""
        return value_at(self.config, "secrets.ca_bundle.file")

    @property
    def bind(self) -> str:
        """Address of this host on which the port is published."""
        return self.at("ports.0.host_ip")

    @property
    def port(self) -> str:
        """As written: preflight says whether it is a port."""
        return self.at("ports.0.published")

    @property
    def _served(self) -> tuple[str, str]:
        return self.published or (self.bind, self.port)

    @property
    def url(self) -> str:
        """For people and clients.

        Loopback and every address are `localhost`, the name MLflow's Host check knows in any case.
        """
        address, port = self._served
        host = "localhost" if address in ("", *LOOPBACK, *EVERYWHERE) else address
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    @property
    def probe_url(self) -> str:
        """For the wrapper's own requests: an address, so that a name service cannot be in the way."""
        address, port = self._served
        host = "127.0.0.1" if address in ("", "0.0.0.0", "localhost") else "::1" if address == "::" else address
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    @property
    def destination(self) -> str:
        """Where artifacts go, as the container sees it."""
        return self.at("environment.STACK_ARTIFACTS_DESTINATION")

    @property
    def profile(self) -> str:
        """Name of the AWS profile; "" in local mode."""
        return self.at("environment.AWS_PROFILE")

    @property
    def region(self) -> str:
        """Used where the profile names none."""
        return self.at("environment.STACK_AWS_REGION")

    @property
    def extra_hosts(self) -> tuple[str, ...]:
        """Names under which clients reach the server, besides the built-in ones."""
        return tuple(name.strip() for name in self.at("environment.STACK_EXTRA_HOSTS").split(",") if name.strip())

    @property
    def auth(self) -> bool:
        """Whether clients have to log in."""
        return self.at("environment.STACK_AUTH") == "basic-auth"

    @property
    def data_volume(self) -> str:
        """Docker's name of the database's volume."""
        return value_at(self.config, "volumes.data.name")

    def source_of(self, target: str) -> Path | None:
        """The host's side of the bind at `target`."""
        mounts = self.config["services"][SERVICE].get("volumes") or []
        return next(
            (Path(mount["source"]) for mount in mounts if mount["target"] == target and mount["type"] == "bind"), None
        )

    @property
    def aws_dir(self) -> Path | None:
        """The mounted ~/.aws; None in local mode."""
        return self.source_of(AWS_TARGET)

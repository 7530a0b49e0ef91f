"""The settings of this process, from its environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from courtside.failures import SettingsError

HOSTS = ("localhost", "127.0.0.1", "[::1]", "webapp")
"""Names under which a browser of this host, and a container of the project, reach it."""


@dataclass(frozen=True)
class Settings:
    """`tracking_uri` without a slash at its end; `hosts` are the Host headers that are answered, without port."""

    tracking_uri: str
    hosts: tuple[str, ...]

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Settings:
        """Read MLFLOW_TRACKING_URI and WEBAPP_HOSTS (more names, separated by commas).

        Raises:
            SettingsError: the URI is not an http address, or holds a password; or a name is a wildcard.
        """
        uri = environment.get("MLFLOW_TRACKING_URI", "http://mlflow:5000").rstrip("/")
        parts = urlsplit(uri)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SettingsError(f"MLFLOW_TRACKING_URI is {uri!r}: it must begin with http:// or https://")
        if parts.username or parts.password:
            raise SettingsError("MLFLOW_TRACKING_URI holds a name or a password: remove it, for this page uses none.")
        more = tuple(name.strip() for name in environment.get("WEBAPP_HOSTS", "").split(",") if name.strip())
        if wild := [name for name in more if "*" in name]:
            raise SettingsError(
                f"WEBAPP_EXTRA_HOSTS has {wild[0]!r}: only full names, for with * any page could read runs."
            )
        return cls(uri, HOSTS + more)

"""The web app of a stack, asked from inside its container: where it reaches the server only, nobody reaches it."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from support import docker
from support.stack import Stack

# The server has one foot in it; its bridge has no address of the host, so that there is no gateway either.
ALONE = """
services:
  mlflow:
    networks: [default, alone]
  webapp:
    networks: !override [alone]
    ports: !override []
networks:
  alone:
    internal: true
    driver_opts:
      com.docker.network.bridge.inhibit_ipv4: "true"
"""
# A question to the web app, asked by itself: nobody else can reach it.
FETCH = """
import base64, http.client, json, sys
connection = http.client.HTTPConnection("127.0.0.1", 8080, timeout=30)
connection.request("GET", sys.argv[1], headers={"Host": sys.argv[2]})
answer = connection.getresponse()
body = base64.b64encode(answer.read()).decode()
print(json.dumps([answer.status, {name.lower(): value for name, value in answer.getheaders()}, body]))
"""


@dataclass(frozen=True)
class Answer:
    """Of the web app."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Courtside:
    """The web app beside a stack's server."""

    stack: Stack

    @property
    def container(self) -> str:
        """Its id."""
        (found,) = docker.containers(self.stack.project, "webapp")
        return found

    def python(self, script: str, *args: str) -> Any:
        """What a script inside the container prints as JSON."""
        return json.loads(docker.docker("exec", self.container, "/opt/webapp/bin/python", "-c", script, *args).stdout)

    def get(self, path: str, /, host: str = "localhost:8080", **query: Any) -> Answer:
        """One question to it."""
        asked = f"{path}?{urlencode(query, doseq=True)}" if query else path
        status, headers, body = self.python(FETCH, asked, host)
        return Answer(status, headers, base64.b64decode(body))

    def asked(self, path: str, /, **query: Any) -> Any:
        """One that must be answered."""
        answer = self.get(path, **query)
        assert answer.status == 200, f"{path}: {answer.status} {answer.body!r}"
        return answer.json

    def sees_the_server(self) -> bool:
        """Whether it listens, and the server answers it."""
        try:
            return bool(self.get("/health/server").json["answers"])
        except AssertionError:
            return False

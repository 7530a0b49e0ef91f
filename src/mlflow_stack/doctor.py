"""Everything that is known about what may be wrong, as findings."""

from dataclasses import dataclass

import requests

from mlflow_stack import snapshots
from mlflow_stack.engine import Container
from mlflow_stack.findings import Finding, errors_of, exit_code
from mlflow_stack.image import judge_image
from mlflow_stack.readiness import get, probe
from mlflow_stack.settings import Settings
from mlflow_stack.stack import Stack

SEARCH = "/api/2.0/mlflow/experiments/search?max_results=1"
TIMEOUT_S = 10.0
ALWAYS_ALLOWED = ("localhost", "127.0.0.1")


@dataclass(frozen=True)
class Diagnosis:
    """All findings, healthy ones too."""

    findings: list[Finding]
    command: str = "doctor"

    @property
    def exit_code(self) -> int:
        """3 when Docker is unusable, 1 for an error or an unknown, else 0."""
        return exit_code(self.findings)


def doctor(stack: Stack, disable_s3: bool) -> Diagnosis:
    """Host, settings, image, the image's own `check`, the server by each of its names. Starts no server."""
    found = stack.docker_findings("local")
    if errors_of(found):
        return Diagnosis(found)
    mode = stack.mode(disable_s3)
    found = stack.docker_findings(mode)
    settings = stack.settings(mode)
    container = stack.container(settings)
    found += stack.preflight(settings, container)
    image = judge_image(stack, settings)
    found.append(image)
    if image.id != "image.missing":
        found += stack.inside_or_why(mode, "check").findings
    kept = snapshots.judge(snapshots.look(stack.root / "backups"))
    return Diagnosis([*found, *_server(stack, settings, container), *kept])


def _server(stack: Stack, settings: Settings, container: Container | None) -> list[Finding]:
    """Whether it runs, as configured, and answers to its names."""
    if container is None or not container.running:
        state = "There is no server yet" if container is None else f"The server is stopped ({container.state})"
        return [
            Finding(
                "server.ready",
                "unknown",
                f"{state}: its names could not be tried",
                settings.url,
                (settings.start_command,),
            )
        ]
    settings = settings.running_at(container.published)
    reason = probe(settings)
    if reason:
        return [Finding("server.ready", "error", f"The server is not ready: {reason}", settings.url, ("./stack logs",))]
    ready = Finding("server.ready", "ok", f"The server is ready, in {container.mode} mode", settings.url)
    configured = stack.runner.query(stack.files.config_hash(settings.mode)).out.split()
    return [
        ready,
        judge_config(container, configured),
        *(judge_name(name, _ask(settings, name)) for name in (*ALWAYS_ALLOWED, *settings.extra_hosts)),
    ]


def judge_config(container: Container, configured: list[str]) -> Finding:
    """Whether the running container is what the files and `.env` say now; `configured` is `mlflow HASH`."""
    if len(configured) != 2 or not container.config_hash:
        return Finding(
            "config.current",
            "unknown",
            "Whether the server runs with the settings of now could not be found out",
            container.name,
        )
    if configured[1] != container.config_hash:
        text = "Compose files or .env changed since the server was started"
        return Finding("config.current", "warning", text, container.name, ("./stack restart",))
    return Finding("config.current", "ok", "The server runs with the settings of now", container.name)


def _ask(settings: Settings, name: str) -> int | None:
    """Status of one small question under a Host header; None without an answer."""
    header = name.replace(":*", f":{settings.port}").replace("*.", "any.")
    header = header if ":" in header.rpartition("]")[2] else f"{header}:{settings.port}"
    try:
        return get(f"{settings.probe_url}{SEARCH}", TIMEOUT_S, {"Host": header}).status_code
    except requests.RequestException:
        return None


def judge_name(name: str, status: int | None) -> Finding:
    """401 comes from the login, which is behind the Host check: the name is allowed."""
    if status in (200, 401):
        return Finding("host.allowed", "ok", f"The server answers to the name {name}", name)
    if status == 403:
        fixes = (f"MLFLOW_EXTRA_HOSTS={name}", "./stack restart")
        return Finding("host.allowed", "error", f"The server refuses the name {name} in the Host header", name, fixes)
    text = f"Whether the server answers to the name {name} could not be found out ({status or 'no answer'})"
    return Finding("host.allowed", "unknown", text, name, ("./stack logs",))

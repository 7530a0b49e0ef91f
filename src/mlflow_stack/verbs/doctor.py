"""doctor: everything that is known about what may be wrong, as findings."""

from mlflow_stack.engine.containers import Container
from mlflow_stack.engine.server import get, probe
from mlflow_stack.engine.stack import Stack
from mlflow_stack.errors import DOCKER, FOUND, Finding, error, errors_of, ok, unknown, warning
from mlflow_stack.settings import MODE_NAMES, Settings
from mlflow_stack.verbs.plan import Session
from mlflow_stack.verbs.result import Result

SEARCH = "/api/2.0/mlflow/experiments/search?max_results=1"
TIMEOUT_S = 10.0
ALWAYS_ALLOWED = ("localhost", "127.0.0.1")


def doctor(session: Session) -> Result:
    """Host, image, the image's own `check`, the server by each of its names. Starts and builds nothing."""
    stack = session.stack
    found = stack.docker_findings()
    if errors_of(found):
        return Result((), found, code=DOCKER)
    settings = session.settings()
    container = stack.container(settings)
    found = [*stack.docker_findings(settings.mode), *stack.preflight(settings, container)]
    image = stack.image_finding(settings)
    found.append(image)
    if image.id != "image.missing":
        found += stack.check(settings).findings
    found += _server(stack, settings, container)
    return Result((), found, code=FOUND if any(each.level in ("error", "unknown") for each in found) else 0)


def _server(stack: Stack, settings: Settings, container: Container | None) -> list[Finding]:
    """Whether it runs, as configured, and answers to its names."""
    if container is None or not container.running:
        state = "There is no server yet" if container is None else f"The server is stopped ({container.state})"
        return [unknown("server.ready", f"{state}: its names were not tried", settings.url, settings.start_command)]
    reason = probe(settings)
    if reason:
        return [error("server.ready", f"The server is not ready: {reason}", settings.url, "./stack logs --tail 50")]
    ready = ok("server.ready", f"The server is ready, in {MODE_NAMES[container.mode]} mode", settings.url)
    configured = stack.runner.query(stack.compose.config_hash(settings.mode)).out.split()
    names = (*ALWAYS_ALLOWED, *settings.extra_hosts)
    return [
        ready,
        judge_config(container, configured),
        *(judge_name(name, _ask(settings, name)) for name in dict.fromkeys(names)),
    ]


def judge_config(container: Container, configured: list[str]) -> Finding:
    """Whether the running container is what the files and `.env` say; `configured` is `mlflow HASH`."""
    if len(configured) != 2 or not container.config_hash:
        return unknown("config.current", "Whether the server runs with the current settings is unknown", container.name)
    if configured[1] != container.config_hash:
        text = "Compose files or .env changed since the server was started"
        return warning("config.current", text, container.name, "./stack restart")
    return ok("config.current", "The server runs with the current settings", container.name)


def _ask(settings: Settings, name: str) -> int | None:
    """Status of one small question under a Host header, as clients write it: lower case, with the published port."""
    port = settings.port
    header = name.lower().replace(":*", f":{port}").replace("*.", "any.")
    header = header if ":" in header.rpartition("]")[2] else f"{header}:{port}"
    answer = get(f"{settings.probe_url}{SEARCH}", TIMEOUT_S, {"Host": header})
    return None if answer is None else answer.status_code


def judge_name(name: str, status: int | None) -> Finding:
    """401 comes from the login, which is behind the Host check: the name is allowed."""
    if status in (200, 401):
        return ok("host.allowed", f"The server answers to the name {name}", name)
    if status == 403:
        text = f"The server refuses the name {name} in the Host header"
        return error("host.allowed", text, name, f"MLFLOW_EXTRA_HOSTS={name.lower()}", "./stack restart")
    text = f"Whether the server answers to the name {name} is unknown ({status or 'no answer'})"
    return unknown("host.allowed", text, name, "./stack logs --tail 50")

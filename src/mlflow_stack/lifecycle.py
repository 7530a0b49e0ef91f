"""Starting and stopping the one server."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from mlflow_stack.bootstrap import ensure_plugins, on_debian
from mlflow_stack.compose import Mode
from mlflow_stack.engine import Container
from mlflow_stack.errors import BadArguments, DockerUnusable, Interrupted, NoContainer, PreflightFailed
from mlflow_stack.findings import Finding, errors_of
from mlflow_stack.image import ensure_image
from mlflow_stack.inside import Verdict
from mlflow_stack.preflight import waiting_database
from mlflow_stack.progress import Silent
from mlflow_stack.readiness import Waited, probe, wait_ready
from mlflow_stack.settings import Settings
from mlflow_stack.stack import Stack

CHECK_TIMEOUT_S = 60.0
"""How long `start` waits for the check of S3 once the server is ready; the image's own time limits are shorter."""

Was = Literal["stopped", "running", "remade", "other-mode"]


@dataclass(frozen=True)
class Started:
    """`was`: before; `remade` where a running container was replaced, for files, settings or the image had changed.

    `log`: the saved log of a server that did not become ready. A failing S3 leaves exit 0: metadata works.
    """

    command: str
    mode: Mode
    url: str
    was: Was
    ready: bool
    seconds: float
    reason: str = ""
    log: Path | None = None
    findings: list[Finding] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """1 where the server is not ready."""
        return 0 if self.ready else 1


@dataclass(frozen=True)
class Stopped:
    """`was_running` False: there was nothing to stop."""

    mode: Mode | None
    was_running: bool
    command: str = "stop"
    exit_code: int = 0
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True)
class Logged:
    """`lines` only where they were not printed as they came."""

    lines: list[str]
    command: str = "logs"
    exit_code: int = 0
    findings: list[Finding] = field(default_factory=list)


def start(stack: Stack, mode: Mode, bound_s: float) -> Started:
    """Preflight without impact, build if needed, up, wait for `/health/ready` for at most `bound_s` seconds.

    Raises DockerUnusable or PreflightFailed before anything is changed, CommandFailed, Interrupted.
    """
    lacking = any(finding.id.startswith("docker.compose-") for finding in stack.docker_findings("local"))
    if lacking and on_debian(stack):
        ensure_plugins(stack)
    unusable = errors_of(stack.docker_findings(mode))
    if unusable:
        raise DockerUnusable(unusable)
    settings = stack.settings(mode)
    before = stack.container(settings)
    notable = [finding for finding in stack.preflight(settings, before) if finding.level != "ok"]
    if errors_of(notable):
        raise PreflightFailed(notable)
    if before is not None and before.running and before.mode != mode:
        stack.progress.step(f"The server runs in {before.mode} mode: switching to {mode} mode")
    return _interruptible(
        "start", stack, settings, lambda: _up(stack, ensure_image(stack, settings), "start", before, bound_s, notable)
    )


def restart(stack: Stack, bound_s: float) -> Started:
    """Makes the container anew in the mode it has, with the settings of now. Raises NoContainer."""
    stack.need_docker()
    settings = stack.settings("local")
    container = stack.container(settings)
    if container is None:
        raise NoContainer("restart", settings.project)
    settings = stack.settings(container.mode)
    notable = [finding for finding in stack.preflight(settings, container) if finding.level != "ok"]
    if errors_of(notable):
        raise PreflightFailed(notable)
    return _interruptible(
        "restart",
        stack,
        settings,
        lambda: _up(stack, ensure_image(stack, settings), "restart", container, bound_s, notable),
    )


def _up(
    stack: Stack, settings: Settings, command: str, before: Container | None, bound_s: float, notable: list[Finding]
) -> Started:
    stack.progress.step(f"Starting in {settings.mode} mode")
    files = stack.files
    stack.runner.act(files.recreate(settings.mode) if command == "restart" else files.up(settings.mode))
    was = _was(before, stack.container(settings))
    with ThreadPoolExecutor(1) as beside:
        # Local mode has nothing to ask that the server does not look at, unless a database waits to be adopted.
        asks = settings.mode == "s3" or (stack.root / "mlflow.db").is_file()
        check = beside.submit(_check, stack, settings.mode) if asks else None
        try:
            waited = _wait(stack, settings, bound_s)
            found = [*notable, *waited.findings, *(_checked(check, stack.root) if check and waited.ready else [])]
        finally:
            # A check that nobody waits for any more must not hold the end up.
            stack.runner.interrupt()
    log = None if waited.ready else _save_log(stack, settings)
    found = list(dict.fromkeys(found))
    return Started(command, settings.mode, settings.url, was, waited.ready, waited.seconds, waited.reason, log, found)


def _was(before: Container | None, after: Container | None) -> Was:
    if before is None or not before.running:
        return "stopped"
    if after is None or before.id == after.id:
        return "running"
    return "remade" if before.mode == after.mode else "other-mode"


def _check(stack: Stack, mode: Mode) -> Verdict:
    return stack.inside_or_why(mode, "check", progress=Silent())


def _checked(check: "Future[Verdict]", root: Path) -> list[Finding]:
    """What is worth showing after a start: what S3 said, and whatever is not as it should be."""
    try:
        verdict = check.result(CHECK_TIMEOUT_S)
    except TimeoutError:
        return [
            Finding(
                "s3.roundtrip", "unknown", f"S3 was not checked within {CHECK_TIMEOUT_S:.0f} s", "", ("./stack doctor",)
            )
        ]
    empty = verdict.database.get("runs") == 0
    adopt = [waiting_database()] if empty and (root / "mlflow.db").is_file() else []
    # Not `info`: it says what was so while the server was still starting, such as that there is no database yet.
    return [each for each in verdict.findings if each.level not in ("ok", "info") or each.id == "s3.roundtrip"] + adopt


def _wait(stack: Stack, settings: Settings, bound_s: float) -> Waited:
    return wait_ready(
        probe=lambda: probe(settings),
        watch=lambda: stack.container(settings),
        ask_why=lambda: list(stack.inside_or_why(settings.mode, "check", "--preflight", progress=Silent()).findings),
        bound_s=bound_s,
    )


def _save_log(stack: Stack, settings: Settings) -> Path | None:
    container = stack.container(settings)
    if container is None:
        return None
    folder = stack.root / ".stack"
    folder.mkdir(exist_ok=True)
    path = folder / f"{container.name}-{datetime.now():%Y%m%d-%H%M%S}.log"  # noqa: DTZ005 - the clock on the user's wall.
    path.write_text(stack.engine.logs(container))
    return path


def _interruptible(verb: str, stack: Stack, settings: Settings, work: Callable[[], Started]) -> Started:
    """Ctrl-C ends the children and says what is there now. Raises Interrupted."""
    try:
        return work()
    except KeyboardInterrupt:
        stack.runner.interrupt()
        container = stack.container(settings)
        if container is None:
            left = "no container was made"
        elif container.running:
            left = f"the server runs, in {container.mode} mode, and nobody waited for it to be ready"
        else:
            left = f"a container is there, stopped ({container.state})"
        again = settings.start_command if verb == "start" else f"./stack {verb}"
        raise Interrupted(verb, left, again) from None


def stop(stack: Stack) -> Stopped:
    """Stops and removes nothing. Stopped already: says so."""
    stack.need_docker()
    container = stack.container(stack.settings("local"))
    if container is None or not container.running:
        return Stopped(container.mode if container else None, False)
    stack.progress.step("Stopping; the server copies its database to backups/ before it ends")
    stack.runner.act(stack.files.stop(container.mode))
    return Stopped(container.mode, True)


def logs(stack: Stack, follow: bool, tail: str, as_json: bool, print_line: Callable[[str], None]) -> Logged:
    """The server's log, line by line as it comes, or as a list for JSON. Raises NoContainer."""
    if follow and as_json:
        raise BadArguments("--follow has no end and --json prints at the end: give one of them", "logs")
    stack.need_docker()
    settings = stack.settings("local")
    container = stack.container(settings)
    if container is None:
        raise NoContainer("logs", settings.project)
    lines: list[str] = []
    keep = lines.append if as_json else print_line

    def take(line: str) -> None:
        # Compose 2.26 begins each line with "erase this line", terminal or not.
        keep(line.removeprefix("\x1b[2K"))

    try:
        stack.runner.stream(stack.files.logs(container.mode, follow, tail), take, take)
    except KeyboardInterrupt:
        if not follow:
            raise
    return Logged(lines)

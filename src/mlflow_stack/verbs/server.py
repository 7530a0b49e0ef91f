"""start, stop, restart, logs: the one server."""

import os
import re
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from getpass import getuser
from pathlib import Path
from socket import gethostname
from typing import Literal

from pydantic import BaseModel

from mlflow_stack.checks.host import waiting_database
from mlflow_stack.engine import argv
from mlflow_stack.engine.containers import Container
from mlflow_stack.engine.contract import Checked, Plan
from mlflow_stack.engine.image_verb import Said
from mlflow_stack.engine.server import Waited, probe, wait_ready
from mlflow_stack.engine.stack import Stack
from mlflow_stack.errors import FOUND, Finding, StackError, as_error, error, errors_of, save, unknown, warning
from mlflow_stack.settings import EVERYWHERE, LOOPBACK, MODE_NAMES, STARTS, Mode, Settings
from mlflow_stack.verbs.result import Line, Result, row

READY_WITHIN_S = 90.0
"""How long a start waits for the server, unless --timeout says otherwise."""
CHECK_TIMEOUT_S = 60.0
"""How long `start` waits for the check of S3 once the server is ready; the image's own time limits are shorter."""
S3_TRIES, S3_PAUSE_S = 3, 3.0
"""An S3 service of the same project may still be starting."""
KILLED, LAST_LOG_LINES = 137, 50
COPY_LINE = re.compile(r"The database .*\./backups")
"""What the server says last, of the copy that it leaves."""
Was = Literal["stopped", "running", "recreated", "other-mode"]
SAID: dict[Was, str] = {
    "running": "MLflow was already running in {} mode",
    "other-mode": "MLflow was switched to {} mode ({:.1f} s)",
    "recreated": "MLflow was recreated in {} mode ({:.1f} s)",
    "stopped": "MLflow is ready in {} mode ({:.1f} s)",
}


class Started(BaseModel):
    """`was`: what was there; `recreated` where a running container was replaced, for something had changed.
    `log`: the saved log of a server that did not become ready. A failing S3 leaves exit 0: metadata works.
    """

    mode: Mode
    url: str
    was: Was
    ready: bool
    seconds: float
    reason: str = ""
    log: Path | None = None


class Stopped(BaseModel):
    """`was_running` False: there was nothing to stop. `copied`: what the server said of the copy of its database."""

    mode: Mode | None
    was_running: bool
    copied: str = ""


def start(stack: Stack, mode: Mode, timeout_s: float = READY_WITHIN_S) -> Result:
    """Look at the host, build if needed, `up`, wait for `/health/ready` for at most `timeout_s` seconds.

    Raises StackError: before anything is changed (exit 2, 3), or where a command fails (4).
    """
    stack.need_docker(mode)
    settings = stack.settings(mode)
    before = stack.container(settings)
    if before is not None and before.running and before.mode != mode:
        stack.progress.step(f"The server runs in {MODE_NAMES[before.mode]} mode: switching to {MODE_NAMES[mode]} mode")
    return _start(stack, settings, before, timeout_s, stack.compose.up(mode))


def restart(stack: Stack, timeout_s: float = READY_WITHIN_S) -> Result:
    """Recreate the container in its mode, with the current settings. Raises StackError, also where there is none."""
    running, container = existing(stack, "restart")
    settings = stack.settings(running.mode)
    return _start(stack, settings, container, timeout_s, stack.compose.recreate(settings.mode))


def existing(stack: Stack, verb: str) -> tuple[Settings, Container]:
    """Settings in the mode of the container, and the container, running or stopped. Raises StackError."""
    settings = stack.settings_in_force(disable_s3=True)
    container = stack.container(settings)
    if container is None:
        text = f"`{verb}` needs a container, and project {settings.project} has none"
        raise StackError(error("usage.no-container", text, "", *STARTS.values()))
    return settings, container


def _start(stack: Stack, settings: Settings, before: Container | None, timeout_s: float, up: argv.Argv) -> Result:
    notable = [finding for finding in stack.preflight(settings, before) if finding.level != "ok"]
    if not errors_of(notable):
        stack.build(settings)
    changes = before is None or stack.changes(settings, before)
    if stack.engine.image(settings.image) and (changes or errors_of(notable)):
        # A server that works is not taken down for settings with which the next one cannot start.
        known = [(each.id, each.where) for each in notable]
        inside = errors_of(stack.check(settings, "--preflight").findings)
        notable += [each for each in inside if (each.id, each.where) not in known]
    if errors_of(notable):
        runs = before is not None and before.running
        left = [warning("server.ready", "The running server was left as it is", settings.url)] if runs else []
        raise StackError(*notable, *left)
    return bring_up(stack, settings, before, timeout_s, up, notable)


def bring_up(
    stack: Stack,
    settings: Settings,
    before: Container | None,
    timeout_s: float,
    up: argv.Argv,
    notable: Sequence[Finding] = (),
) -> Result:
    """`up` with an image that is there, and wait. Raises StackError (exit 4)."""
    stack.progress.step(f"Starting MLflow in {MODE_NAMES[settings.mode]} mode")
    stack.runner.act(up)
    after = stack.container(settings)
    with ThreadPoolExecutor(1) as beside:
        # Local mode has nothing to ask that the server does not look at, unless a database waits to be adopted.
        asks = settings.mode == "s3" or (stack.root / "mlflow.db").is_file()
        check = beside.submit(_check_s3, stack, settings) if asks else None
        try:
            waited = wait(stack, settings, timeout_s)
            found = [*notable, *waited.findings, *(_checked(check, stack.root) if check and waited.ready else [])]
        finally:
            # A check that nobody waits for any more must not delay the end.
            stack.runner.interrupt()
    was: Was = "other-mode"
    if before is None or not before.running:
        was = "stopped"
    elif before.mode == settings.mode:
        was = "running" if after and before.id == after.id else "recreated"
    started = Started(mode=settings.mode, url=settings.url, was=was, ready=waited.ready, seconds=waited.seconds)
    if waited.ready:
        said = SAID[was].format(MODE_NAMES[settings.mode], waited.seconds)
        lines = [Line(f"{said}: {settings.url}", "good"), row(f"  export MLFLOW_TRACKING_URI={settings.url}")]
        return Result(lines, list(dict.fromkeys(found)), started, 0, ssh_lines(settings))
    log = save(stack.own_folder, after.name, stack.engine.log(after), found) if after else None
    lines = [Line(waited.reason, "bad"), *([row(f"The server's log: {log}")] if log else [])]
    started = started.model_copy(update={"reason": waited.reason, "log": log})
    return Result(lines, list(dict.fromkeys(found)), started, FOUND)


def _check_s3(stack: Stack, settings: Settings) -> Said[Plan, Checked]:
    """The image's whole check; again after a pause where S3 does not answer yet."""
    for tries in range(S3_TRIES, 0, -1):
        said = stack.check(settings)
        if tries == 1 or not any(each.id == "s3.unreachable" and each.level == "error" for each in said.findings):
            break
        time.sleep(S3_PAUSE_S)
    return said


def _checked(check: Future[Said[Plan, Checked]], root: Path) -> list[Finding]:
    """What is worth showing after a start: what S3 said, and whatever is not as it should be."""
    try:
        said = check.result(CHECK_TIMEOUT_S)
    except TimeoutError:
        return [unknown("s3.roundtrip", f"S3 was not checked within {CHECK_TIMEOUT_S:.0f} s", "", "./stack doctor")]
    facts = said.result.facts if said.result else None
    adopt = [waiting_database()] if facts and facts.database.runs == 0 and (root / "mlflow.db").is_file() else []
    # Not `info`: it says what was so while the server was starting, such as that there is no database yet.
    return [each for each in said.findings if each.level not in ("ok", "info") or each.id == "s3.roundtrip"] + adopt


def wait(stack: Stack, settings: Settings, timeout_s: float) -> Waited:
    """Until the server is ready, or it is known why it is not."""
    return wait_ready(
        probe=lambda: probe(settings),
        watch=lambda: stack.container(settings),
        ask_why=lambda: list(stack.check(settings, "--preflight").findings),
        timeout_s=timeout_s,
    )


def ssh_lines(settings: Settings, environment: Mapping[str, str] = os.environ) -> list[Line]:
    """The tunnel, for who is logged in from elsewhere, to a server that only this host reaches."""
    if "SSH_CONNECTION" not in environment or settings.bind not in ("", *LOOPBACK, *EVERYWHERE):
        return []
    try:
        user = f"{getuser()}@"
    except (KeyError, OSError):  # A uid without a name.
        user = ""
    return [row(f"  From your own machine: ssh -N -L {settings.port}:localhost:{settings.port} {user}{gethostname()}")]


def start_again(stack: Stack, mode: Mode, interrupted: bool = False) -> tuple[bool, list[Finding]]:
    """Starts the container that was stopped, as it is: whether it is ready, and what was found. Raises nothing: that
    the server does not run is the last finding, with the command that starts it.
    """
    try:
        settings = stack.settings(mode)
        stack.progress.step("Starting the server again")
        if interrupted:  # A stop may be under way in Docker; beside it a start does nothing.
            stack.runner.query(stack.compose.stop(mode))
        stack.runner.act(stack.compose.start(mode))
        container = stack.container(settings)
        waited = wait(stack, settings.running_at(container.published if container else None), READY_WITHIN_S)
        if waited.ready:
            return True, []
        found = [*waited.findings, error("server.ready", waited.reason, "", "./stack logs --tail 50", "./stack doctor")]
    except BaseException as raised:
        stack.runner.interrupt()
        found = as_error(raised, "start", changed=True, crashes=stack.own_folder).findings
        if isinstance(raised, KeyboardInterrupt):  # What it was stopped for is not to be repeated.
            found = [error("stack.interrupted", f"The wait for the server ended by {raised}", "", "./stack status")]
    return False, [*found, state_finding(stack, mode)]


def state_finding(stack: Stack, mode: Mode) -> Finding:
    """Whether the server's container runs now, and what starts it where it does not. Raises nothing."""
    try:
        container = stack.container(stack.settings(mode))
    except (StackError, OSError) as problem:
        return unknown("server.ready", f"Whether the server runs is unknown: {problem}", "", STARTS[mode])
    if container is None or not container.running:
        why, start = (container.state, STARTS[container.mode]) if container else ("no container", STARTS[mode])
        return error("server.ready", f"The server does not run ({why})", container.name if container else "", start)
    text = f"The server's container runs in {MODE_NAMES[container.mode]} mode; nobody waited for it to be ready"
    return warning("server.ready", text, container.name, "./stack status")


def stop(stack: Stack) -> Result:
    """Stop, and remove nothing; say whether the server left a copy of its database. Raises StackError."""
    settings = stack.settings_in_force(disable_s3=True)
    container = stack.container(settings)
    if container is None or not container.running:
        text = "MLflow was already stopped" if container else "MLflow is not running: there is no container"
        return Result([Line(text)], data=Stopped(mode=container.mode if container else None, was_running=False))
    stack.progress.step("Stopping MLflow: requests that are under way get up to 10 s, then the database is copied")
    stack.runner.act(stack.compose.stop(container.mode))
    after = stack.container(settings)
    killed = after is not None and after.exit_code == KILLED
    log = stack.engine.log(after, LAST_LOG_LINES).splitlines() if after and not killed else []
    copied = next((line[line.index("The database ") :] for line in reversed(log) if COPY_LINE.search(line)), "")
    lines, found = [Line("MLflow is stopped; container, database and artifacts stay")], []
    if copied and "could not" not in copied:
        lines.append(Line(f"  {copied}"))
    else:
        why = "The server was killed, for it did not end in time: its database was not copied to ./backups"
        why = why if killed else copied or "The server ended without a word about the copy of its database"
        found.append(warning("backups.copy", why, "", "ls -l ./backups", "./stack start", "./stack backup"))
    lines.append(row(f"  To start it: {STARTS[container.mode]}"))
    return Result(lines, found, Stopped(mode=container.mode, was_running=True, copied=copied))


def logs(stack: Stack, follow: bool, tail: str) -> Result:
    """The server's log: hands over to `docker logs` in this process's place. Raises StackError."""
    _, container = existing(stack, "logs")
    follows = ("--follow",) if follow else ()
    stack.runner.become(("docker", "logs", "--tail", tail, *follows, container.name))
    return Result()

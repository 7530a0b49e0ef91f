"""Whether the server answers, and waiting for it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import requests

from mlflow_stack.engine.containers import Container
from mlflow_stack.errors import Finding, errors_of
from mlflow_stack.settings import Settings

POLL_S = 0.1
PROBE_TIMEOUT_S = 2.0
WATCH_EVERY_S = 1.0
ASK_WHY_AFTER_S = 3.0


@dataclass(frozen=True)
class Waited:
    """Whether the server became ready; else why not, in a sentence, and the errors that the image's check found."""

    ready: bool
    seconds: float
    reason: str = ""
    findings: tuple[Finding, ...] = ()


def get(url: str, timeout: float, headers: Mapping[str, str] | None = None) -> requests.Response | None:
    """One GET without this user's proxy and ~/.netrc; None where no whole answer came."""
    with requests.Session() as session:
        session.trust_env = False
        try:
            return session.get(url, timeout=timeout, headers=headers)
        except requests.RequestException:
            return None


def probe(settings: Settings) -> str:
    """Asks `/health/ready` once: "" when ready, else what came instead."""
    began = time.monotonic()
    answer = get(f"{settings.probe_url}/health/ready", PROBE_TIMEOUT_S)
    if answer is None:
        slow = time.monotonic() - began >= PROBE_TIMEOUT_S
        return f"no answer within {PROBE_TIMEOUT_S:.0f} s" if slow else "nothing answers on the port"
    return "" if answer.status_code == requests.codes.ok else f"/health/ready answers {answer.status_code}"


def wait_ready(
    probe: Callable[[], str],
    watch: Callable[[], Container | None],
    ask_why: Callable[[], list[Finding]],
    timeout_s: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Waited:
    """Probes every 100 ms, looks at the container every second, and asks the image once why it takes long.
    Ends early where the container has ended, or the image names an error: the server then starts by itself once that
    is fixed.
    """
    began = looked = clock()
    asked = False
    while True:
        reason = probe()
        now = clock()
        if not reason:
            return Waited(True, now - began)
        if now - began >= timeout_s:
            return Waited(False, now - began, f"The server was not ready after {timeout_s:.0f} s: {reason}")
        if now - looked >= WATCH_EVERY_S:
            looked = now
            container = watch()
            if container is None or not container.running:
                code = "" if container is None else f" ended with exit code {container.exit_code}"
                return Waited(False, now - began, f"The server did not start: its container{code or ' is gone'}")
        if not asked and now - began >= ASK_WHY_AFTER_S:
            asked = True
            found = errors_of(ask_why())
            if found:
                text = "The server cannot start until this is fixed; then it starts by itself:"
                return Waited(False, clock() - began, text, tuple(found))
        sleep(POLL_S)

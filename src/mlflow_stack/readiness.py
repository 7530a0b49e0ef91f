"""Whether the server answers, and waiting for it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import requests

from mlflow_stack.engine import Container
from mlflow_stack.findings import Finding, errors_of
from mlflow_stack.settings import Settings

POLL_S = 0.1
PROBE_TIMEOUT_S = 2.0
WATCH_EVERY_S = 1.0
ASK_WHY_AFTER_S = 6.0


@dataclass(frozen=True)
class Waited:
    """Whether the server became ready; else why not, in a sentence, and the errors that the image's own preflight
    found.
    """

    ready: bool
    seconds: float
    reason: str = ""
    findings: tuple[Finding, ...] = ()


def get(url: str, timeout: float, headers: Mapping[str, str] | None = None) -> requests.Response:
    """One question to the server; no proxy and no ~/.netrc of this user comes in between."""
    with requests.Session() as session:
        session.trust_env = False
        return session.get(url, timeout=timeout, headers=headers)


def probe(settings: Settings) -> str:
    """Asks `/health/ready` once: "" when ready, else what came instead."""
    try:
        answer = get(f"{settings.probe_url}/health/ready", PROBE_TIMEOUT_S)
    except requests.Timeout:
        return f"no answer within {PROBE_TIMEOUT_S:.0f} s"
    except requests.ConnectionError:
        return "nothing answers on the port"
    return "" if answer.status_code == requests.codes.ok else f"/health/ready answers {answer.status_code}"


def wait_ready(
    probe: Callable[[], str],
    watch: Callable[[], Container | None],
    ask_why: Callable[[], list[Finding]],
    bound_s: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Waited:
    """Probes every 100 ms, looks at the container every second, and asks the image once why it takes long.

    Ends early where the container has ended, or the image names an error: the server then waits for a mend and goes on
    by itself.
    """
    began = looked = clock()
    asked = False
    while True:
        reason = probe()
        now = clock()
        if not reason:
            return Waited(True, now - began)
        if now - began >= bound_s:
            return Waited(False, now - began, f"The server was not ready after {bound_s:.0f} s: {reason}")
        if now - looked >= WATCH_EVERY_S:
            looked = now
            container = watch()
            if container is None or not container.running:
                ended = (
                    "its container is gone"
                    if container is None
                    else f"its container ended with exit code {container.exit_code}"
                )
                return Waited(False, now - began, f"The server did not start: {ended}")
        if not asked and now - began >= ASK_WHY_AFTER_S:
            asked = True
            found = errors_of(ask_why())
            if found:
                return Waited(
                    False, clock() - began, "The server waits for a mend, and goes on by itself after it", tuple(found)
                )
        sleep(POLL_S)

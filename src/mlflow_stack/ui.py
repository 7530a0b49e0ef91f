"""MLflow's pages in the user's browser."""

import os
import sys
import webbrowser
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from mlflow_stack.compose import Mode
from mlflow_stack.findings import Finding, errors_of
from mlflow_stack.readiness import probe
from mlflow_stack.stack import Stack

# X and Wayland say where to draw; BROWSER is the user's own word.
DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")


@dataclass(frozen=True)
class Opened:
    """`opened`: a browser was asked to show `url`; False where there is no display, or the server does not answer."""

    mode: Mode
    url: str
    opened: bool
    command: str = "ui"
    findings: list[Finding] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """1 for a server that is not ready: its pages would be blank."""
        return 1 if errors_of(self.findings) else 0


def ui(stack: Stack, browse: Callable[[str], bool] | None) -> Opened:
    """Hand the URL to `browse` once the server answers; `browse` None only says it. Raises DockerUnusable,
    NoContainer.
    """
    settings = stack.running_settings("ui")
    reason = probe(settings)
    if reason:
        fix = settings.start_command
        found = [Finding("server.ready", "error", f"The server is not ready: {reason}", settings.url, (fix,))]
        return Opened(settings.mode, settings.url, False, findings=found)
    return Opened(settings.mode, settings.url, browse is not None and browse(settings.url))


def browser(environment: Mapping[str, str] = os.environ, system: str = sys.platform) -> Callable[[str], bool] | None:
    """What shows a page on this machine; None where nobody would see it.

    Without a display `webbrowser` takes a text browser, which cannot show MLflow, or waits for one that cannot start.
    """
    remote = "SSH_CONNECTION" in environment
    seen = system == "win32" or (system == "darwin" and not remote) or any(map(environment.get, DISPLAYS))
    return webbrowser.open if seen else None

"""ui: MLflow's pages in the user's browser."""

import os
import sys
import webbrowser
from collections.abc import Callable, Mapping

from mlflow_stack.engine.contract import Model
from mlflow_stack.engine.server import probe
from mlflow_stack.engine.stack import Stack
from mlflow_stack.errors import error
from mlflow_stack.verbs.result import Result, row
from mlflow_stack.verbs.server import existing

DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
"""X and Wayland say where to draw; BROWSER is the user's own word."""


def ui(stack: Stack, browse: Callable[[str], bool] | None) -> Result:
    """Hands the URL to `browse` once the server answers; None (no display) only says it. Raises StackError."""
    settings, _ = existing(stack, "ui")
    reason = probe(settings)
    opened = not reason and browse is not None and browse(settings.url)
    text = f"The server is not ready: {reason}"
    found = [error("server.ready", text, settings.url, settings.start_command)] if reason else []
    lines = [row(f"Opened {settings.url}" if opened else settings.url)]
    return Result(lines, found, Model.model_validate({"mode": settings.mode, "url": settings.url, "opened": opened}))


def browser(environment: Mapping[str, str] = os.environ, system: str = sys.platform) -> Callable[[str], bool] | None:
    """What shows a page on this machine; None where nobody would see it.
    Without a display `webbrowser` takes a text browser, which cannot show MLflow, or waits for one that cannot start.
    """
    remote = "SSH_CONNECTION" in environment
    seen = system == "win32" or (system == "darwin" and not remote) or any(map(environment.get, DISPLAYS))
    return webbrowser.open if seen else None

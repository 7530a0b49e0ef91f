"""Waiting for what a container does by itself, with a bound."""

from __future__ import annotations

import time
from collections.abc import Callable

from support.stack import Stack, StackFailedError

SECONDS = 60.0
PAUSE = 0.15


def wait_until(happened: Callable[[], bool], stack: Stack, what: str, seconds: float = SECONDS) -> None:
    """Ask again and again; raises StackFailedError with the log when it has not happened after `seconds`."""
    until = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > until:
            raise StackFailedError(f"{what}: not within {seconds:.0f} s", stack.logs())
        time.sleep(PAUSE)


def wait_said(stack: Stack, text: str) -> str:
    """Wait until the server's log holds a text; the log."""
    wait_until(lambda: text in stack.logs(), stack, f"{text!r} in the log")
    return stack.logs()

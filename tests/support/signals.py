"""Signals as a terminal gives them to a command, however these tests were started."""

from __future__ import annotations

import signal

TYPED = (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM)


def as_typed() -> None:
    """For `preexec_fn` of a child that a test sends a signal to: nothing is ignored.

    What is started in the background, or by nohup, inherits that SIGINT or SIGHUP is ignored.
    """
    for number in TYPED:
        signal.signal(number, signal.SIG_DFL)


def interrupt_on_ctrl_c() -> None:
    """Ctrl-C and `kill` raise KeyboardInterrupt here, so that fixtures take away what they made."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)

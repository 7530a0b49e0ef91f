"""Calls of MLflow's client: a message while the server is away, and the client's errors as this trainer's.

The client itself tries again, silently and for about four minutes, when a connection fails or the server answers 429
or 5xx. That carries a training over a restart of the server; nothing here shortens it.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import requests
from mlflow.exceptions import MlflowException, RestException

from failures import ServerGone, ServerRefused

T = TypeVar("T")

# What the client says when it has given up: https://github.com/mlflow/mlflow/blob/v3.17.2/mlflow/utils/rest_utils.py
GAVE_UP = ("failed with exception", "failed with timeout exception")
ONLY_ERRORS = re.compile(r"too many (\d{3}) error responses")
WAIT_SECONDS = 10.0


class Patience:
    """Makes calls for one training; `run_id` and `step` (of its last checkpoint) go into the sentence that ends it."""

    def __init__(self, uri: str, say: Callable[[str], None], wait_seconds: float = WAIT_SECONDS) -> None:
        self.uri, self.say, self.wait_seconds = uri, say, wait_seconds
        self.run_id = ""
        self.step: int | None = None
        self.away = False
        """Whether the last call had to wait and has had no answer yet."""

    def call(self, what: str, function: Callable[..., T], *args: Any, **named: Any) -> T:
        """Call a function of the client; `what` ends the sentence "The server refused to …".

        Raises:
            ServerGone: no answer for as long as the client tried.
            ServerRefused: the server answered, and refused.
        """
        begun = time.monotonic()
        try:
            with self._watched(begun):
                return function(*args, **named)
        except RestException as error:
            raise ServerRefused(what, str(error.error_code), str(error.message)) from error
        except MlflowException as error:
            said = str(error.message)
            if any(words in said for words in GAVE_UP):
                raise self._gone(begun, said) from error
            raise ServerRefused(what, str(error.error_code), said) from error
        except requests.HTTPError as error:
            raise ServerRefused(what, "", str(error)) from error
        except requests.RequestException as error:
            raise self._gone(begun, str(error)) from error

    def _gone(self, begun: float, said: str) -> ServerGone:
        status = ONLY_ERRORS.search(said)
        seconds = time.monotonic() - begun
        return ServerGone(self.uri, seconds, status.group(1) if status else "", self.run_id, self.step)

    @contextmanager
    def _watched(self, begun: float) -> Iterator[None]:
        """After `wait_seconds` without an answer say so, and say when it comes."""
        waiting = threading.Event()

        def tell() -> None:
            waiting.set()
            self.away = True
            self.say(f"{self.uri} has not answered for {self.wait_seconds:.0f} s. Trying again, for about 4 minutes; "
                     "the training waits.")  # fmt: skip

        timer = threading.Timer(self.wait_seconds, tell)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
        self.away = False
        if waiting.is_set():
            self.say(f"{self.uri} answers again, after {time.monotonic() - begun:.0f} s.")

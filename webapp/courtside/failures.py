"""What a request ends with instead of an answer. Each class owns its HTTP status and writes its sentence."""

from __future__ import annotations


class WebappError(Exception):
    """Shown on the page as one sentence, never as a traceback."""

    status = 500


class SettingsError(WebappError):
    """An environment variable has a value that is not allowed: the web app does not start."""


class BadQuestion(WebappError):
    """A path or an ID that no tracking server would have given out."""

    status = 400

    def __init__(self, what: str, given: str) -> None:
        super().__init__(f"{given[:80]!r} is no {what}.")


class ServerGone(WebappError):
    """No answer in time, or one that says to try again later."""

    status = 503

    def __init__(self, url: str, why: str) -> None:
        fix = "Start it: ./stack start, or ./stack start --disable-s3"
        super().__init__(f"The tracking server does not answer at {url} ({why}). {fix}")


class LoginsOn(WebappError):
    """The server wants a name and a password, and this process has neither, on purpose."""

    status = 502

    def __init__(self, url: str) -> None:
        super().__init__(
            f"The tracking server at {url} has logins turned on (MLFLOW_AUTH), and this page holds no password: "
            "it works only with a server without logins."
        )


class ServerRefused(WebappError):
    """The server answers and refuses; `said` is its own message."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(f"The tracking server says: {said}")
        self.status = status if 400 <= status < 500 else 502


class NoSuchFile(WebappError):
    """A run's file that the server cannot reach in its current mode."""

    status = 404

    def __init__(self, path: str) -> None:
        super().__init__(
            f"{path} is not in this server's store: it is in the other mode's store, or deleted. "
            "S3 mode (./stack start) shows the files of both modes."
        )


class OutsideOfTheServer(WebappError):
    """A run whose files do not go through the server."""

    status = 404

    def __init__(self, uri: str) -> None:
        super().__init__(f"This run's files are at {uri}, and the server does not serve files from there.")


class TooLarge(WebappError):
    """A policy file that is larger than any policy of the game."""

    status = 422

    def __init__(self, path: str, most: int) -> None:
        super().__init__(f"{path} is not a policy of this game: it is larger than {most // 1024} KiB.")


class NoPolicy(WebappError):
    """A file that is not a policy of this game; `why` is the game's own sentence."""

    status = 422

    def __init__(self, run_id: str, why: str) -> None:
        super().__init__(f"Run {run_id}: {why}")

"""What ends a training early. Each class owns its exit code and writes its sentence from its fields."""

from __future__ import annotations


class TrainError(Exception):
    """Shown as one paragraph, never as a traceback."""

    exit_code = 1


class UsageError(TrainError):
    """The command line or a setting is wrong: nothing was logged."""

    exit_code = 2


class BadTrackingUri(UsageError):
    """The tracking URI is not the address of a server; the policies of earlier runs come through one."""

    def __init__(self, uri: str) -> None:
        super().__init__(f"The tracking URI {uri!r} is not a server's: it must begin with http:// or https://")


class UnknownRun(UsageError):
    """The server has no such run."""

    def __init__(self, run_id: str, uri: str) -> None:
        super().__init__(
            f"{uri} has no run {run_id!r}: a run's ID is on its page, and in the first line that its training prints"
        )


class NothingToResume(UsageError):
    """A run without a checkpoint, or one whose files are not available; `why` says which."""

    def __init__(self, run_id: str, why: str) -> None:
        super().__init__(f"Run {run_id} cannot be resumed: {why}")


class AlreadyThere(UsageError):
    """A run that has already reached its last update."""

    def __init__(self, run_id: str, step: int) -> None:
        super().__init__(
            f"Run {run_id} has reached its last update, {step}. For more: --resume {run_id} --updates {2 * step}"
        )


class ExperimentDeleted(UsageError):
    """The experiment is deleted, but not yet removed, so its name is still taken."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The experiment {name!r} is deleted: restore it, or name another one with --experiment")


class ServerNotReachable(TrainError):
    """Nothing answers at the tracking URI when the training starts."""

    exit_code = 3

    def __init__(self, uri: str, why: str) -> None:
        fix = "Start it (./stack start, or ./stack start --disable-s3), or name another one (--tracking-uri)."
        super().__init__(f"No server answers at {uri} ({why}).\n{fix}")


class ServerGone(TrainError):
    """The server was of no use for as long as the client tried: no answer, or `status` each time.

    `step`: the update of the run's last checkpoint, if there is one.
    """

    exit_code = 3

    def __init__(self, uri: str, seconds: float, status: str, run_id: str, step: int | None) -> None:
        happened = f"answered {status} every time" if status else "did not answer"
        paragraph = f"The server at {uri} {happened} for as long as the client tried ({seconds:.0f} s)."
        if step is not None:
            paragraph += f"\nWhen it is back, resume from the checkpoint of update {step}: train.py --resume {run_id}"
        super().__init__(paragraph)


class ServerRefused(TrainError):
    """The server answers and refuses; `code` is MLflow's, such as PERMISSION_DENIED."""

    exit_code = 4

    def __init__(self, what: str, code: str, said: str) -> None:
        super().__init__(f"The server refused to {what}: {said}")
        self.code, self.said = code, said

    @property
    def missing(self) -> bool:
        """Whether a file or a row is not there."""
        return self.code in ("RESOURCE_DOES_NOT_EXIST", "NOT_FOUND") or "404 Client Error" in self.said

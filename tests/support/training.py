"""train/train.py in a process of its own, as a user runs it."""

from __future__ import annotations

import subprocess
import sys
import threading

from support.signals import as_typed
from support.stack import Stack, StackFailedError
from support.waiting import wait_until

SECONDS = 150


class Training:
    """The trainer in a process of its own, with the patience of MLflow's client as it is; `said` grows line by line."""

    def __init__(self, stack: Stack, *args: str, experiment: str = "training") -> None:
        self.stack = stack
        patient = {
            name: value for name, value in stack.client_env.items() if not name.startswith("MLFLOW_HTTP_REQUEST")
        }
        self.process = subprocess.Popen(
            [sys.executable, "-u", str(stack.folder / "train" / "train.py"), *args],
            cwd=stack.folder.parent,
            env={**patient, "MLFLOW_EXPERIMENT_NAME": experiment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=as_typed,
        )
        self.said: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        self.said.extend(self.process.stdout)

    @property
    def text(self) -> str:
        """All that it has said."""
        return "".join(self.said)

    def wait_said(self, text: str) -> None:
        """Wait until it has said something; AssertionError when it ended without."""
        wait_until(lambda: text in self.text or self.process.poll() is not None, self.stack, text, SECONDS)
        assert text in self.text, self.text

    @property
    def run(self) -> str:
        """The ID of its run, once it has said it."""
        self.wait_said("/runs/")
        return self.text.split("/runs/", 1)[1].split()[0]

    def end(self, expected: int = 0) -> str:
        """Wait until it has ended, with that exit code; all that it has said."""
        try:
            self.process.wait(SECONDS)
        except subprocess.TimeoutExpired as error:
            raise StackFailedError(f"the training went on and on\n{self.text}", self.stack.logs(100)) from error
        finally:
            self.kill()
        assert self.process.returncode == expected, self.text
        return self.text

    def kill(self) -> None:
        """Leave nothing behind, whatever happened."""
        self.process.kill()
        self.process.wait(60)
        self._reader.join(60)
        if self.process.stdout:
            self.process.stdout.close()

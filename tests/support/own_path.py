"""A PATH of a test's own: the host's tools by name, and small shell scripts in the place of the rest."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

TOOLS = (
    *("awk", "cat", "chmod", "cmp", "cp", "cut", "dirname", "env", "grep", "head", "id", "ln", "mkdir", "mktemp", "mv"),
    *("readlink", "rm", "sed", "sh", "sleep", "tail", "tee", "touch", "tr", "uname"),
)


class OwnPath:
    """The folder that PATH names. What a fake was given is a line of `log`."""

    def __init__(self, folder: Path) -> None:
        """Links the tools into a new folder."""
        self.folder = folder
        self.log = folder.with_name(f"{folder.name}.log")
        folder.mkdir()
        self.log.touch()
        for name in TOOLS:
            found = shutil.which(name)
            assert found, name
            (folder / name).symlink_to(found)

    def fake(self, name: str, script: str = "") -> Path:
        """A command that writes its name and arguments into the log, then runs `script`."""
        path = self.folder / name
        path.unlink(missing_ok=True)
        line = f"printf '%s\\n' {shlex.quote(name)}\" $*\" >>{shlex.quote(str(self.log))}"
        path.write_text(f"#!/bin/sh\n{line}\n{script}\n")
        path.chmod(0o755)
        return path

    def called(self, start: str = "") -> list[str]:
        """Lines of the log that begin so."""
        return [line for line in self.log.read_text().splitlines() if line.startswith(start)]

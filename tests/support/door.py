"""`./stack` of a copy with the interpreter of the tests: nothing is made and nothing downloaded."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path


def open_door(checkout: Path) -> Path:
    """Writes the environment that `stack` would make; returns the path of `stack`."""
    stack, venv = checkout / "stack", checkout / ".stack/venv"
    (venv / "bin").mkdir(parents=True)
    python = venv / "bin/python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    found = re.search(r"^identity='(.*?)'$", stack.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert found, "stack says no more what an interpreter is known by"
    identity = subprocess.run([python, "-I", "-S", "-c", found[1]], capture_output=True, check=True).stdout
    (venv / "stamp").write_bytes(identity + (checkout / "requirements.lock").read_bytes())
    return stack

"""A copy of the working tree for tests: the files that git has or would take, uncommitted ones included."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Whose files the server writes: the tester's, and never root's, so that a test run as root sees what a user would.
USER = os.getuid() or 1000


def copy_tree(target: Path) -> Path:
    """Copy the working tree into `target`, with empty ./mlartifacts and ./backups that belong to USER.

    Ignored files stay behind: the user's .env, artifacts, backups and virtual environments.
    """
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in sorted({name for name in listed.split("\0") if name}):
        source = ROOT / name
        if not source.is_symlink() and not source.is_file():
            continue  # deleted, and not yet so in the index
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target / name, follow_symlinks=False)
    for name in ("mlartifacts", "backups"):
        (target / name).mkdir(parents=True, exist_ok=True)
        own(target / name)
    return target


def own(path: Path, uid: int = USER) -> None:
    """Give a folder and what is in it to a user; only root can and need do it."""
    if os.getuid() == 0:
        for each in (path, *path.rglob("*")):
            os.chown(each, uid, uid, follow_symlinks=False)

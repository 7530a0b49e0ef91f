"""Becomes the owner of the mounts: the container starts as root with four capabilities and keeps none.

Why not a fixed user: a 0600 ``~/.aws/credentials`` can only be read by its owner, whoever that is on this host, and
files in ``./mlartifacts`` must belong to the user who cleans them up. Root without ``DAC_OVERRIDE`` cannot read them
either.
"""

import contextlib
import os
from pathlib import Path

from stackd.database import lock
from stackd.settings import Places


def owner(mode: str, places: Places) -> tuple[int, int]:
    """uid and gid of the mount that decides: ``~/.aws`` in S3 mode, ``./mlartifacts`` in local mode."""
    found = (places.aws if mode == "s3" else places.mlartifacts).stat()
    return found.st_uid, found.st_gid


def holds_capability(status: str | None = None) -> bool:
    """Whether this process could still gain one: its bounding set, from the text of /proc/self/status, is not empty."""
    text = Path("/proc/self/status").read_text() if status is None else status
    bounding = next(line.split()[1] for line in text.splitlines() if line.startswith("CapBnd:"))
    return int(bounding, 16) != 0


def give(folder: Path, uid: int, gid: int) -> None:
    """Make a flat folder and its files belong to a user. Needs only CHOWN.

    Two containers do this at the same time when `check` runs beside a first start: neither may take away what the
    other has just given to the user, not even for a moment, and a file that the other removes is skipped.
    """
    try:
        entries = sorted(folder.iterdir())
    except PermissionError:
        # Root without DAC_OVERRIDE cannot look into a 0700 folder of somebody else, so it takes the folder first.
        os.chown(folder, 0, 0)
        entries = sorted(folder.iterdir())
    for entry in entries:
        with contextlib.suppress(FileNotFoundError):
            os.chown(entry, uid, gid, follow_symlinks=False)
    os.chown(folder, uid, gid)


def become_owner(arguments: list[str]) -> None:
    """Run this verb again as the owner of the mounts, without any capability; return only when that has happened.

    ``setpriv`` (util-linux) does the dropping: bounding set first, then the user, so that even uid 0 holds nothing
    after it.
    """
    if os.geteuid() != 0 or not holds_capability():
        return
    places = Places.of()
    uid, gid = owner(os.environ.get("STACK_MODE", ""), places)
    # A server that uses the volume keeps it: a verb of another user (after AWS_DIR was edited) would take it away.
    if not lock.in_use(places.database):
        for folder in (places.data, places.spool):
            give(folder, uid, gid)
    drop = ["--reuid", str(uid), "--regid", str(gid), "--clear-groups", "--bounding-set=-all", "--inh-caps=-all"]
    command = ["setpriv", *drop, "--no-new-privs", "/opt/mlflow/bin/python", "-m", "stackd", *arguments]
    os.execvp("setpriv", command)

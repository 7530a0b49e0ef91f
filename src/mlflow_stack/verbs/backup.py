"""backup, backups, backup verify, backup drill, restore: snapshots, made beside a running server and put back."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from mlflow_stack.engine.argv import Bind
from mlflow_stack.engine.contract import Model, Place, Plan, Snapshot
from mlflow_stack.engine.image_verb import Said
from mlflow_stack.errors import StackError, error
from mlflow_stack.settings import Settings
from mlflow_stack.verbs.plan import Done, Session, carry_out_alone, change, look
from mlflow_stack.verbs.result import Line, Result, counted, held, row, size

BACKUPS, INSIDE, ELSEWHERE = "backups", "/backups", "/snapshots"
S3 = "s3://"


def backup(session: Session, to: Path | None = None, whole: bool = False, keep: int = 7, to_s3: bool = False) -> Result:
    """A snapshot in `backups/`, or in the folder `to`; with `to_s3` in S3 as well. Raises StackError.

    In the envelope: the snapshot's own fields, its folder on this host, and what `restore` finds it by.
    """
    stack = session.stack
    settings = _settings(session, "backup --to-s3" if to_s3 else "")
    found = stack.need_image(settings, looks=False)
    binds = [Bind(bindable(to, "--to"), ELSEWHERE, writable=True)] if to else []
    options = [*(("--into", ELSEWHERE) if to else ()), "--keep", str(keep), *(("--whole",) if whole else ())]
    said: Said[Plan, Snapshot] = stack.ask(settings, (None, Snapshot), ("backup", "create", *options), binds=binds)
    found, made = [*found, *said.findings], said.result
    if made is None or not said.ok:
        return Result([Line("No snapshot was made")], found, Model.model_validate({"snapshot": None}), 1)
    folder = (to.resolve() if to else stack.root / BACKUPS) / Path(made.snapshot).name
    name, in_s3 = str(folder) if to else folder.name, ""
    if to_s3:
        push = ("backup", "push", "--snapshot", made.snapshot, "--keep", str(keep))
        sent: Said[Plan, Place] = stack.ask(settings, (None, Place), push, binds=binds)
        found, in_s3 = [*found, *sent.findings], sent.result.uri if sent.result else ""
    files = f"{counted(made.objects, 'artifact')} ({size(made.object_bytes)})"
    lines = [
        Line(f"Snapshot {folder}", "good", wrap=False),
        Line(f"  {held(made.runs, made.experiments)}; {files} {'copied' if made.whole else 'listed, not copied'}"),
        *([row(f"  In S3: {in_s3}")] if in_s3 else []),
        row(f"  To restore: ./stack restore {shlex.quote(name)}"),
    ]
    data = Model.model_validate(made.model_dump() | {"snapshot": str(folder), "restore_as": name, "in_s3": in_s3})
    return Result(lines, found, data)


def backups(session: Session, in_s3: bool = False) -> Result:
    """Those of `backups/`, or those in S3 by their addresses. Raises StackError."""
    settings = _settings(session, "backups --in-s3" if in_s3 else "")
    return look(session, settings, "backup", "in-s3" if in_s3 else "list")


def verify(session: Session, snapshot: str) -> Result:
    """Reads every byte of a snapshot. Raises StackError."""
    if snapshot.startswith(S3):
        return look(session, _settings(session, snapshot), "backup", "verify-in-s3", "--uri", snapshot)
    place, binds = _place(session, snapshot)
    return look(session, session.settings(), "backup", "verify", "--snapshot", place, binds=binds)


def drill(session: Session) -> Result:
    """The newest snapshot of `backups/`, restored as a test, beside the server. Raises StackError."""
    return look(session, session.settings(), "backup", "drill")


def restore(session: Session, snapshot: str, take_over: bool = False) -> Result:
    """Stops the server, keeps the current database as a snapshot, swaps, compares, starts. One in S3 comes to
    `backups/` first, for a dry run too. Raises StackError.
    """
    settings, nothing = _settings(session, snapshot if snapshot.startswith(S3) else ""), "Nothing was restored"
    if snapshot.startswith(S3):
        session.stack.need_image(settings, looks=session.dry_run)
        fetch = ("backup", "fetch", "--uri", snapshot)
        fetched: Said[Plan, Place] = session.stack.ask(settings, (None, Place), fetch)
        if fetched.result is None or not fetched.ok:
            return Done[Plan, Model]([Line(nothing)], list(fetched.findings))
        snapshot = Path(fetched.result.snapshot).name
    place, binds = _place(session, snapshot)
    options = ("--snapshot", place, *(("--take-over",) if take_over else ()))
    return carry_out_alone(session, settings, change("restore", nothing, options, binds))


def bindable(path: Path, option: str) -> Path:
    """The whole path of a folder or file. Raises StackError: a mount has no way to write a colon."""
    real = path.resolve()
    if ":" in str(real):
        raise StackError(
            error("usage.source", f"The path of {option} holds a colon, which a mount cannot name", str(path))
        )
    return real


def _settings(session: Session, about_s3: str) -> Settings:
    """`about_s3` is what of the command line needs S3, if anything. Raises StackError in local mode."""
    settings = session.settings()
    if about_s3 and settings.mode != "s3":
        raise StackError(
            error("s3.mode", f"{about_s3} needs S3 mode, and this stack is in local mode", "", "./stack start")
        )
    return settings


def _place(session: Session, snapshot: str) -> tuple[str, Sequence[Bind]]:
    """Where the image sees a snapshot, or a copy of the database (`*.db`): one of `backups/` by its name, any other by
    its path. Raises StackError.
    """
    if "/" not in snapshot and (session.stack.root / BACKUPS / snapshot).exists():
        return f"{INSIDE}/{snapshot}", ()
    path = bindable(Path(snapshot), "SNAPSHOT")
    if not path.exists():
        raise StackError(error("usage.source", "The path of SNAPSHOT does not exist", snapshot, "./stack backups"))
    return f"{ELSEWHERE}/{path.name}", [Bind(path.parent, ELSEWHERE)]

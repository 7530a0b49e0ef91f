"""Options, and the types that are parsed at the door."""

from pathlib import Path
from typing import Annotated

import typer
from typer import Option

EXTRA_FILES = "MLFLOW_STACK_FILES"
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
DAY = UNITS["d"]
MOST_DIGITS = 9  # Of an age: SQLite holds no larger times.


def age(value: str | int) -> int:
    """`30d`, `12h`, `90m`, `45s`, `2w` in seconds; a default is a number already."""
    if isinstance(value, int):
        return value
    number, unit = value[:-1], value[-1:]
    if not number.isascii() or not number.isdigit() or len(number) > MOST_DIGITS or unit not in UNITS:
        raise typer.BadParameter(f"{value!r} is no age: a whole number and one of {', '.join(UNITS)}, such as 30d")
    return int(number) * UNITS[unit]


def path(kind: str, text: str, option: str, file: bool = False, resolve: bool = False) -> typer.models.OptionInfo:
    """An option that takes a file or a folder that is there."""
    info: typer.models.OptionInfo = Option(
        option, help=text, metavar=kind, exists=True, file_okay=file, dir_okay=not file, resolve_path=resolve
    )
    return info


def aged(text: str, default: str) -> typer.models.OptionInfo:
    """An option that takes an age."""
    said = f"{text} (default: {default})"
    return Option("--older-than", help=said, metavar="AGE", parser=age, show_default=False)  # type: ignore[no-any-return]


def flag(option: str, text: str) -> typer.models.OptionInfo:
    """An option without a value."""
    info: typer.models.OptionInfo = Option(option, help=text)
    return info


MORE_FILES = f"Compose file that adds services; repeatable; also {EXTRA_FILES}, separated by colons."
Json = Annotated[bool, flag("--json", "Print one JSON object on stdout, also for errors; progress stays on stderr.")]
ProjectName = Annotated[
    str | None, Option("--project-name", help="Compose project, to run beside another one.", metavar="NAME")
]
ExtraFiles = Annotated[list[Path] | None, path("EXTRA.yml", MORE_FILES, "--file", file=True, resolve=True)]
IfNoContainer = Annotated[bool, flag("--disable-s3", "Use local mode if no container exists yet (default: S3).")]
Yes = Annotated[bool, flag("--yes", "Do not ask.")]
DryRun = Annotated[bool, flag("--dry-run", "Change nothing, just print what would be done.")]
Version = Annotated[bool, flag("--version", "Show the version of this program, of MLflow and of the image.")]

DisableS3 = Annotated[bool, flag("--disable-s3", "Store artifacts in ./mlartifacts, without AWS.")]
Timeout = Annotated[float, Option("--timeout", help="How long to wait for the server.", min=1, metavar="SECONDS")]
Follow = Annotated[bool, Option("--follow", "-f", help="Print new lines as they come.")]
Tail = Annotated[str, Option("--tail", help="Only the last N lines.", metavar="N")]

SNAPSHOT = "Name of a snapshot in backups/, its path, or its s3:// address."
Snapshot = Annotated[str, typer.Argument(help=SNAPSHOT, metavar="SNAPSHOT")]
To = Annotated[Path | None, path("DIR", "Folder for the snapshot (default: backups/).", "--to")]
WithArtifacts = Annotated[bool, flag("--with-artifacts", "Copy the artifacts too, not only the list of them.")]
ToS3 = Annotated[bool, flag("--to-s3", "Upload the snapshot too, beside the artifacts in S3.")]
Keep = Annotated[int, Option("--keep", help="Snapshots to keep, the newest; in S3 too.", min=1, metavar="N")]
InS3 = Annotated[bool, flag("--in-s3", "Those that `backup --to-s3` has uploaded.")]
TakeOver = Annotated[bool, flag("--take-over", "The artifacts belong to this database from now on.")]
Deleted = Annotated[int, aged("Only what was deleted at least AGE ago", "30d")]
Experiment = Annotated[str, Option("--experiment", help="Only of this experiment.", metavar="NAME")]
Registered = Annotated[bool, flag("--registered", "Also what a registered model version uses.")]
DeleteOrphans = Annotated[bool, flag("--delete-orphans", "Remove what no run owns; a list of it stays in backups/.")]
Orphaned = Annotated[int | None, aged("With --delete-orphans: only what is at least AGE old", "7d")]
Silent = Annotated[int, aged("Only what logged nothing for AGE", "1d")]
MOVED = "A root whose files lie below the destination now, under the same paths; repeatable."
Moved = Annotated[list[str] | None, Option("--moved", help=MOVED, metavar="URI")]
Db = Annotated[Path | None, path("FILE", "A native server's database; it is only read.", "--db", file=True)]
Mlruns = Annotated[Path | None, path("DIR", "A file store of native runs; it is only read.", "--mlruns")]
Artifacts = Annotated[list[Path] | None, path("DIR", "Artifacts to copy to mlartifacts/; repeatable.", "--artifacts")]
Claim = Annotated[bool, flag("--claim", "Write this database's marker on a prefix that is in use.")]

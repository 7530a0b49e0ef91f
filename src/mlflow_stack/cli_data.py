"""The verbs about data: parse, one call, one show."""

from pathlib import Path
from typing import Annotated

import typer

from mlflow_stack import backup as backing_up
from mlflow_stack import cleaning, data, migration, upgrading
from mlflow_stack import transfer as transferring
from mlflow_stack.command import READY_WITHIN_S, DryRun, ModeWithout, Session, Yes, asking, command
from mlflow_stack.text import Result

app = typer.Typer(rich_markup_mode=None)
backups_of = typer.Typer(invoke_without_command=True, rich_markup_mode=None)
app.add_typer(backups_of, name="backup")
artifacts = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Artifacts of runs made offline: to S3, and back."
)
app.add_typer(artifacts, name="artifacts")
SnapshotName = Annotated[
    str,
    typer.Argument(help="Name of a snapshot in backups/, the path of one, or its s3:// address.", metavar="SNAPSHOT"),
]


@app.command()
@command
def destroy(session: Session, disable_s3: ModeWithout = False, yes: Yes = False, dry_run: DryRun = False) -> Result:
    """Remove container and volumes, the database with them; mlartifacts/, backups/ and S3 stay."""
    return data.destroy(session.stack, disable_s3, asking(session.show, dry_run, yes))


@app.command()
@command
def adopt(
    session: Session,
    db: Annotated[
        Path | None, typer.Option("--db", help="Database of a native server; it is only read.", metavar="mlflow.db")
    ] = None,
    mlruns: Annotated[
        Path | None,
        typer.Option("--mlruns", help="File store of native runs, artifacts too; only read.", metavar="DIR"),
    ] = None,
    artifacts: Annotated[
        list[Path] | None,
        typer.Option("--artifacts", help="An artifact folder, copied to mlartifacts/; repeatable.", metavar="DIR"),
    ] = None,
    claim: Annotated[
        bool, typer.Option("--claim", help="Write the owner marker on a prefix that is already in use.")
    ] = False,
    disable_s3: ModeWithout = False,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> Result:
    """Take over the runs of a native `mlflow server`, or a prefix in S3."""
    ask = asking(session.show, dry_run, yes)
    source = data.Source(db, mlruns, tuple(artifacts or ()))
    return data.adopt(session.stack, source, claim, disable_s3, ask, READY_WITHIN_S)


@backups_of.callback(invoke_without_command=True)
@command
def backup(
    session: Session,
    to: Annotated[
        Path | None, typer.Option("--to", help="Folder for the snapshot; backups/ otherwise.", metavar="DIR")
    ] = None,
    with_artifacts: Annotated[
        bool, typer.Option("--with-artifacts", help="The artifacts too, not only the list of them.")
    ] = False,
    to_s3: Annotated[
        bool, typer.Option("--to-s3", help="In S3 too, beside the artifacts: for a second machine, or for others.")
    ] = False,
    keep: Annotated[int, typer.Option("--keep", help="Snapshots to keep, the newest; in S3 too.", min=1)] = 7,
    disable_s3: ModeWithout = False,
) -> Result:
    """Copy the database while the server goes on, with a list of all artifacts; `backup verify`, `backup drill`."""
    return backing_up.backup(session.stack, disable_s3, to, with_artifacts, keep, to_s3)


@backups_of.command()
@command
def verify(session: Session, snapshot: SnapshotName, disable_s3: ModeWithout = False) -> Result:
    """Compare every part of a snapshot with what was written; needs no server."""
    return backing_up.verify(session.stack, disable_s3, snapshot)


@backups_of.command()
@command
def drill(session: Session, disable_s3: ModeWithout = False) -> Result:
    """Restore the newest snapshot into nothing, compare, and remove it again."""
    return backing_up.drill(session.stack, disable_s3)


@app.command()
@command
def backups(
    session: Session,
    in_s3: Annotated[bool, typer.Option("--in-s3", help="Those that `backup --to-s3` has put there.")] = False,
    disable_s3: ModeWithout = False,
) -> Result:
    """Snapshots of backups/, the newest first."""
    return backing_up.backups(session.stack, disable_s3, in_s3)


@app.command()
@command
def restore(
    session: Session,
    snapshot: SnapshotName,
    take_over: Annotated[
        bool, typer.Option("--take-over", help="The artifacts belong to this database from now on.")
    ] = False,
    disable_s3: ModeWithout = False,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> Result:
    """Put a snapshot in the database's place; the present one is kept as a snapshot."""
    ask = asking(session.show, dry_run, yes)
    return backing_up.restore(session.stack, disable_s3, snapshot, take_over, ask, READY_WITHIN_S)


@app.command()
@command
def cleanup(
    session: Session,
    older_than: Annotated[
        str, typer.Option("--older-than", help="How long ago it was deleted at least.", metavar="AGE")
    ] = "30d",
    experiment: Annotated[str, typer.Option("--experiment", help="Of this experiment only.", metavar="NAME")] = "",
    registered: Annotated[
        bool, typer.Option("--registered", help="Also what registered model versions point into.")
    ] = False,
    disable_s3: ModeWithout = False,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> Result:
    """Remove what MLflow marks deleted, with its artifacts: runs, models, experiments."""
    ask = asking(session.show, dry_run, yes)
    return cleaning.cleanup(session.stack, disable_s3, older_than, experiment, registered, ask, yes and not dry_run)


@app.command()
@command
def usage(session: Session, disable_s3: ModeWithout = False) -> Result:
    """Artifacts and bytes by experiment, deleted ones apart."""
    return cleaning.usage(session.stack, disable_s3)


@app.command()
@command
def audit(
    session: Session,
    delete_orphans: Annotated[
        bool, typer.Option("--delete-orphans", help="Remove what no run owns; a list stays in backups/.")
    ] = False,
    older_than: Annotated[
        str, typer.Option("--older-than", help="Of --delete-orphans: how old at least.", metavar="AGE")
    ] = "7d",
    disable_s3: ModeWithout = False,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> Result:
    """Artifacts that no run owns, and what the newest snapshot knows and the store lacks."""
    if delete_orphans:
        return cleaning.delete_orphans(session.stack, disable_s3, older_than, asking(session.show, dry_run, yes))
    return cleaning.audit(session.stack, disable_s3)


@app.command()
@command
def compact(session: Session, disable_s3: ModeWithout = False, yes: Yes = False, dry_run: DryRun = False) -> Result:
    """Give back the space that deleted runs have left in the database."""
    return cleaning.compact(session.stack, disable_s3, asking(session.show, dry_run, yes), READY_WITHIN_S)


@artifacts.command()
@command
def diff(session: Session) -> Result:
    """What ./mlartifacts and the bucket have that the other lacks, or has otherwise."""
    return transferring.diff(session.stack)


@artifacts.command()
@command
def push(session: Session, yes: Yes = False, dry_run: DryRun = False) -> Result:
    """Copy to S3 what differs; nothing over something newer."""
    return transferring.copy(session.stack, "push", asking(session.show, dry_run, yes))


@artifacts.command()
@command
def pull(session: Session, yes: Yes = False, dry_run: DryRun = False) -> Result:
    """Copy to ./mlartifacts what differs; nothing over something newer."""
    return transferring.copy(session.stack, "pull", asking(session.show, dry_run, yes))


@app.command()
@command
def migrate(
    session: Session,
    moved: Annotated[
        list[str] | None,
        typer.Option(
            "--moved",
            help="A root whose files lie below the destination by now, under the same paths; repeatable.",
            metavar="URI",
        ),
    ] = None,
    disable_s3: ModeWithout = False,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> Result:
    """Bring experiments behind the server that send their clients to S3 or to a disk."""
    return migration.migrate(session.stack, disable_s3, moved or [], asking(session.show, dry_run, yes))


@app.command()
@command
def close_stale(
    session: Session,
    older_than: Annotated[
        str, typer.Option("--older-than", help="How long it has logged nothing at least.", metavar="AGE")
    ] = "24h",
    disable_s3: ModeWithout = False,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> Result:
    """End runs as KILLED that a crash left RUNNING."""
    return migration.close_stale(session.stack, disable_s3, older_than, asking(session.show, dry_run, yes))


@app.command()
@command
def upgrade(session: Session, disable_s3: ModeWithout = False, yes: Yes = False, dry_run: DryRun = False) -> Result:
    """Bring server and database to what this checkout pins; anything wrong before that, and all is as it was."""
    return upgrading.upgrade(session.stack, disable_s3, asking(session.show, dry_run, yes), READY_WITHIN_S)

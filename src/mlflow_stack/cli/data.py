"""The verbs about data: options, one call."""

import typer

from mlflow_stack.cli import options as given
from mlflow_stack.cli.options import DAY
from mlflow_stack.cli.verb import verb
from mlflow_stack.verbs import adopt, artifacts, audit, backup, cleanup, close_stale, compact, destroy, migrate
from mlflow_stack.verbs.plan import Session
from mlflow_stack.verbs.result import Result


def make_backup(
    session: Session,
    to: given.To = None,
    with_artifacts: given.WithArtifacts = False,
    to_s3: given.ToS3 = False,
    keep: given.Keep = 7,
) -> Result:
    return backup.backup(session, to, with_artifacts, keep, to_s3)


def verify(session: Session, snapshot: given.Snapshot) -> Result:
    return backup.verify(session, snapshot)


def backups(session: Session, in_s3: given.InS3 = False) -> Result:
    return backup.backups(session, in_s3)


def restore(session: Session, snapshot: given.Snapshot, take_over: given.TakeOver = False) -> Result:
    return backup.restore(session, snapshot, take_over)


def clean_up(
    session: Session,
    older_than: given.Deleted = 30 * DAY,
    experiment: given.Experiment = "",
    registered: given.Registered = False,
) -> Result:
    return cleanup.cleanup(session, older_than, experiment, registered)


def audits(session: Session, delete: given.DeleteOrphans = False, older_than: given.Orphaned = None) -> Result:
    if delete:
        return audit.delete_orphans(session, 7 * DAY if older_than is None else older_than)
    if older_than is not None or session.dry_run:
        raise typer.BadParameter("--older-than and --dry-run go with --delete-orphans")
    return audit.audit(session)


def migrates(session: Session, moved: given.Moved = None) -> Result:
    return migrate.migrate(session, moved or ())


def close(session: Session, older_than: given.Silent = DAY) -> Result:
    return close_stale.close_stale(session, older_than)


def adopts(
    session: Session,
    db: given.Db = None,
    mlruns: given.Mlruns = None,
    artifacts: given.Artifacts = None,
    claim: given.Claim = False,
) -> Result:
    return adopt.adopt(session, db, mlruns, artifacts or (), claim)


def push(session: Session) -> Result:
    return artifacts.copy(session, "push")


def pull(session: Session) -> Result:
    return artifacts.copy(session, "pull")


def show_help(context: typer.Context) -> None:
    """A group that is called without one of its verbs."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def add_to(app: typer.Typer) -> None:
    """In the order of the help page."""
    of_backup, of_artifacts = typer.Typer(rich_markup_mode=None), typer.Typer(rich_markup_mode=None)
    verb(of_backup, "", make_backup, "Make a snapshot while the server keeps running.")
    verb(of_backup, "verify", verify, "Compare every file of a snapshot with its checksum.")
    verb(of_backup, "drill", backup.drill, "Restore the newest snapshot into nothing, as a test.")
    app.add_typer(of_backup, name="backup")
    verb(app, "backups", backups, "List the snapshots, the newest first.")
    verb(app, "restore", restore, "Put a snapshot in place of the current database.", asks=True)
    verb(app, "cleanup", clean_up, "Remove what MLflow marks as deleted, with its artifacts.", asks=True)
    verb(app, "usage", audit.usage, "Show artifacts and bytes by experiment.")
    verb(app, "audit", audits, "Find artifacts that no run owns, and missing ones.", asks=True)
    verb(app, "compact", compact.compact, "Give back unused space of the database.", asks=True)
    verb(app, "migrate", migrates, "Make clients of old experiments use the server.", asks=True)
    verb(app, "close-stale", close, "End runs as KILLED that a crash left RUNNING.", asks=True)
    verb(app, "adopt", adopts, "Take over runs of a native server, or a prefix in S3.", asks=True)
    verb(app, "destroy", destroy.destroy, "Remove container, volumes and database.", asks=True)
    of_artifacts.callback(invoke_without_command=True, help="Compare and copy files of runs made offline.")(show_help)
    verb(of_artifacts, "diff", artifacts.diff, "Compare ./mlartifacts with the bucket.", in_mode=False)
    verb(of_artifacts, "push", push, "Copy to S3 what differs.", asks=True, in_mode=False)
    verb(of_artifacts, "pull", pull, "Copy to ./mlartifacts what differs.", asks=True, in_mode=False)
    app.add_typer(of_artifacts, name="artifacts")

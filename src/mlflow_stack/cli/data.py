"""The verbs about data: each with its options, by the names of the function's parameters."""

from functools import partial
from typing import get_args

import typer

from mlflow_stack.cli import options as given
from mlflow_stack.cli.options import DAY
from mlflow_stack.cli.verb import verb
from mlflow_stack.verbs import adopt, artifacts, audit, backup, cleanup, close_stale, compact, destroy, migrate, users
from mlflow_stack.verbs.plan import Session
from mlflow_stack.verbs.result import Result


def audits(session: Session, delete: bool = False, older_than: int | None = None) -> Result:
    """`audit`, or with --delete-orphans what it finds."""
    if delete:
        return audit.delete_orphans(session, 7 * DAY if older_than is None else older_than)
    if older_than is not None or session.dry_run:
        raise typer.BadParameter("--older-than and --dry-run go with --delete-orphans")
    return audit.audit(session)


def show_help(context: typer.Context) -> None:
    """A group that is called without one of its verbs."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def add_to(app: typer.Typer) -> None:
    """In the order of the help page."""
    of_backup, of_artifacts, of_users = (typer.Typer(rich_markup_mode=None) for _ in range(3))
    options = {"to": given.To, "whole": given.WithArtifacts, "keep": given.Keep, "to_s3": given.ToS3}
    verb(of_backup, "", backup.backup, "Make a snapshot while the server keeps running.", options)
    one = {"snapshot": given.Snapshot, "take_over": given.TakeOver}
    verb(of_backup, "verify", backup.verify, "Compare every file of a snapshot with its checksum.", one)
    verb(of_backup, "drill", backup.drill, "Test the newest snapshot by restoring it, and remove it again.")
    app.add_typer(of_backup, name="backup")
    verb(app, "backups", backup.backups, "List the snapshots, the newest first.", {"in_s3": given.InS3})
    verb(app, "restore", backup.restore, "Put a snapshot in place of the current database.", one, asks=True)
    options = {"older_than": given.Deleted, "experiment": given.Experiment, "registered": given.Registered}
    verb(
        app, "cleanup", cleanup.cleanup, "Remove what MLflow marks as deleted, with its artifacts.", options, asks=True
    )
    verb(app, "usage", audit.usage, "Show artifacts and bytes by experiment.")
    options = {"delete": given.DeleteOrphans, "older_than": given.Orphaned}
    verb(app, "audit", audits, "Find artifacts that no run owns, and missing ones.", options, asks=True)
    verb(app, "compact", compact.compact, "Give back unused space of the database.", asks=True)
    moved = {"moved": given.Moved}
    verb(app, "migrate", migrate.migrate, "Make clients of old experiments use the server.", moved, asks=True)
    options = {"older_than": given.Silent}
    verb(
        app, "close-stale", close_stale.close_stale, "End runs as KILLED that a crash left RUNNING.", options, asks=True
    )
    options = {"db": given.Db, "mlruns": given.Mlruns, "artifacts": given.Artifacts, "claim": given.Claim}
    verb(app, "adopt", adopt.adopt, "Take over runs of a native server, or a prefix in S3.", options, asks=True)
    verb(app, "destroy", destroy.destroy, "Remove container, volumes and database.", asks=True)
    of_users.callback(invoke_without_command=True, help="Help with logins.")(show_help)
    text = "Set the administrator's password from its file."
    verb(of_users, "reset-admin", users.reset_admin, text, asks=True)
    app.add_typer(of_users, name="users")
    of_artifacts.callback(invoke_without_command=True, help="Compare and copy files of runs made offline.")(show_help)
    verb(of_artifacts, "diff", artifacts.diff, "Compare ./mlartifacts with the bucket.", in_mode=False)
    push, pull = (partial(artifacts.copy, direction=way) for way in get_args(artifacts.Direction))
    verb(of_artifacts, "push", push, "Copy to S3 what differs.", asks=True, in_mode=False)
    verb(of_artifacts, "pull", pull, "Copy to ./mlartifacts what differs.", asks=True, in_mode=False)
    app.add_typer(of_artifacts, name="artifacts")

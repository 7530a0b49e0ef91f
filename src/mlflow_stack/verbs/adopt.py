"""adopt: the runs of a native `mlflow server` are taken over, or a prefix in S3 that is already in use."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mlflow_stack.engine.argv import Bind
from mlflow_stack.engine.contract import Model, Plan
from mlflow_stack.errors import StackError, error, errors_of
from mlflow_stack.verbs.backup import bindable
from mlflow_stack.verbs.plan import Change, Done, Session, carry_out, carry_out_alone, change
from mlflow_stack.verbs.result import Result

SOURCE, ARTIFACTS = "/adopt", "/adopt-artifacts"
SIDECARS = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database belongs to it."""
USERS = "basic_auth.db"
"""MLflow's users, in the same folder: they come along."""


def adopt(
    session: Session,
    db: Path | None = None,
    mlruns: Path | None = None,
    artifacts: Sequence[Path] | None = None,
    claim: bool = False,
) -> Result:
    """Copies a database or a file store, with its artifacts; then, with `claim`, takes a prefix that is in use. The
    sources are mounted read-only. Raises StackError.
    """
    if (db and mlruns) or (not (db or mlruns) and (artifacts or not claim)):
        text = "Say what to adopt: one of --db FILE and --mlruns DIR, or --claim"
        uses = ("--db mlflow.db --artifacts mlartifacts", "--mlruns mlruns", "--claim")
        raise StackError(error("usage.arguments", text, "", *(f"./stack adopt {use}" for use in uses)))
    adopted = _adopt(session, db, mlruns, artifacts or ()) if db or mlruns else None
    if adopted and (not claim or errors_of(adopted.findings) or not adopted.result):
        return adopted
    claimed = carry_out(session, session.settings(), change("adopt claim", "Nothing was claimed"))
    if adopted is None:
        return claimed
    lines, found = [*adopted.lines, *claimed.lines], [*adopted.findings, *claimed.findings]
    return replace(claimed if claimed.result else adopted, lines=lines, findings=found, restarted=adopted.restarted)


def _adopt(session: Session, db: Path | None, mlruns: Path | None, artifacts: Sequence[Path]) -> Done[Plan, Model]:
    """Always with the local file: mlartifacts/ is writable only there."""
    settings, (binds, options) = session.stack.settings_of("local"), sources(db, mlruns, artifacts)
    stays = [f"{path}, which is only read" for path in (db, mlruns, *artifacts) if path]
    work = Change(("adopt",), "Nothing was taken over", (Plan, Model), options, binds=binds, stays=stays)
    return carry_out_alone(session, settings, work)


def sources(db: Path | None, mlruns: Path | None, artifacts: Sequence[Path]) -> tuple[list[Bind], list[str]]:
    """Mounts and options: of a database its own files, those of its users and nothing else of its folder; a file store
    under its own name, for addresses hold it. Raises StackError.
    """
    binds: list[Bind] = []
    options: list[str] = []
    if db:
        real = bindable(db, "--db")
        own = (real.with_name(name + each) for name in (real.name, USERS) for each in ("", *SIDECARS))
        binds += [Bind(each, f"{SOURCE}/{each.name}") for each in own if each == real or each.exists()]
        options += ["--source", f"{SOURCE}/{real.name}"]
    if mlruns:
        real = bindable(mlruns, "--mlruns")
        inner = real / "mlruns" if (real / "mlruns").is_dir() else real
        binds.append(Bind(inner, f"{SOURCE}/{inner.name}"))
        options += ["--source", f"{SOURCE}/{inner.name}"]
    for number, path in enumerate(artifacts):
        real, target = bindable(path, "--artifacts"), f"{ARTIFACTS}-{number}"
        binds.append(Bind(real, target))
        options += ["--artifacts", f"{target}:{real}"]
    return binds, options

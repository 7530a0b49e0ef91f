"""migrate: s3:// and file:// artifact addresses are rewritten so that clients go through the server."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import quote

from mlflow_stack.engine.contract import Plan, Sample, Samples
from mlflow_stack.engine.server import get
from mlflow_stack.engine.stack import Stack
from mlflow_stack.errors import Finding, error, info, ok, unknown
from mlflow_stack.settings import Settings
from mlflow_stack.verbs.plan import Change, Session, carry_out
from mlflow_stack.verbs.result import Result, counted

ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"
DOWNLOAD_TIMEOUT_S = 60.0


def migrate(session: Session, moved: Sequence[str] | None = None) -> Result:
    """Beside the running server, in one transaction; then a few files of each experiment are fetched through it.

    Raises StackError.
    """
    settings, options = session.settings(), [part for root in moved or () for part in ("--moved", root)]
    done = carry_out(session, settings, Change(("migrate",), "Nothing was rewritten", (Plan, Samples), options))
    proof = _proof(session.stack, settings, done.result.samples) if done.result else []
    return replace(done, findings=[*done.findings, *proof])


def _proof(stack: Stack, settings: Settings, samples: Sequence[Sample]) -> list[Finding]:
    """Each sample through the server, without a credential, byte by byte."""
    if not samples:
        return [info("migrate.proof", "There was no file to fetch through the server", settings.destination)]
    container, count = stack.container(settings), counted(len(samples), "sample")
    if container is None or not container.running:
        text = f"The server does not run, so {count} could not be fetched through it"
        return [unknown("migrate.proof", text, settings.url, settings.start_command)]
    base = settings.running_at(container.published).probe_url
    wrong = [each.path for each in samples if not _comes_down(base, each)]
    if wrong:
        text = f"{len(wrong)} of {count} did not come down as they lie in the store: {', '.join(wrong)}"
        return [error("migrate.proof", text, base, "./stack logs --tail 50")]
    return [ok("migrate.proof", f"{count} came down through the server, byte by byte", base)]


def _comes_down(base: str, sample: Sample) -> bool:
    answer = get(f"{base}{ARTIFACTS}/{quote(sample.path)}", DOWNLOAD_TIMEOUT_S)
    return answer is not None and answer.ok and hashlib.sha256(answer.content).hexdigest() == sample.sha256

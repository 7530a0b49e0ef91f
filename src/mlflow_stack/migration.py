"""Experiments that send their clients to S3 or to a disk, brought behind the server; runs that a crash left RUNNING."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import requests

from mlflow_stack.cleaning import age
from mlflow_stack.findings import Finding, errors_of
from mlflow_stack.image import ensure_image
from mlflow_stack.maintenance import Ask, Question, execute
from mlflow_stack.readiness import get
from mlflow_stack.settings import Settings
from mlflow_stack.stack import Stack

ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"
DOWNLOAD_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Migrated:
    """`experiments`: name, how (here, rewrite, copy, cannot), why, uris. `done` False: nothing to do, a dry run, a no,
    or refused.
    """

    done: bool
    plan: Mapping[str, Any]
    experiments: Sequence[Mapping[str, Any]]
    result: Mapping[str, Any]
    findings: list[Finding]
    command: str = "migrate"

    @property
    def exit_code(self) -> int:
        """1 where the image refused, an experiment cannot be moved, or a sample did not come down."""
        stuck = any(each.get("how") == "cannot" for each in self.experiments)
        return 1 if stuck or errors_of(self.findings) else 0


@dataclass(frozen=True)
class Closed:
    """`runs`: how many were ended as KILLED, or would be; `done` False: none, a dry run, a no, or refused."""

    done: bool
    runs: int
    run_ids: Sequence[str]
    findings: list[Finding] = field(default_factory=list)
    command: str = "close-stale"

    @property
    def exit_code(self) -> int:
        """1 where the image refused."""
        return 1 if errors_of(self.findings) else 0


def migrate(stack: Stack, disable_s3: bool, moved: Sequence[str], ask: Ask) -> Migrated:
    """Beside the running server, in one transaction; then a few files of each experiment are fetched through it."""
    stack.need_docker()
    settings = ensure_image(stack, stack.settings_in_force(disable_s3))
    options = tuple(part for root in moved for part in ("--moved", root))
    planned = stack.inside(settings.mode, "migrate", "plan", *options)
    plan, experiments = planned.result.get("plan") or {}, planned.result.get("experiments") or []
    if not planned.ok or not plan.get("uris"):
        return Migrated(False, plan, experiments, {}, list(planned.findings))
    stays = ("every file where it is", "the database of now: as a snapshot, in backups/")
    if not ask(Question("migrate", "This rewrites artifact addresses:", migrate_lines(plan, experiments), stays)):
        return Migrated(False, plan, experiments, {}, list(planned.findings))
    done = execute(stack, settings.mode, ("migrate", "execute"), planned, (), ())
    proof = _proof(stack, settings, done.result.get("samples") or []) if done.ok else []
    return Migrated(done.ok, plan, experiments, done.result, [*done.findings, *proof])


def close_stale(stack: Stack, disable_s3: bool, older_than: str, ask: Ask) -> Closed:
    """Runs that are RUNNING and silent for that long are ended; beside the running server."""
    seconds = age(older_than)
    stack.need_docker()
    settings = ensure_image(stack, stack.settings_in_force(disable_s3))
    planned = stack.inside(settings.mode, "stale", "plan", "--older-than", str(seconds))
    plan = planned.result.get("plan") or {}
    runs, named = int(plan.get("runs") or 0), list(plan.get("run_ids") or [])
    if not planned.ok or not runs:
        return Closed(False, runs, named, list(planned.findings))
    facts = (f"{runs} runs that are RUNNING and have logged nothing for {older_than}: {', '.join(named)}",)
    if not ask(Question("close-stale", "This ends as KILLED:", facts, ("everything they have logged",))):
        return Closed(False, runs, named, list(planned.findings))
    done = execute(stack, settings.mode, ("stale", "execute"), planned, (), ())
    return Closed(done.ok, runs, named, list(done.findings))


def migrate_lines(plan: Mapping[str, Any], experiments: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """What `migrate plan` found, for people."""
    lines = [
        f"{each['experiment']}: {each['uris']} addresses" + (", files copied first" if each["how"] == "copy" else "")
        for each in experiments
        if each["how"] in ("rewrite", "copy")
    ]
    if plan.get("objects"):
        lines.append(f"{plan['objects']} artifacts, {int(plan.get('bytes') or 0):,} bytes, are copied within S3")
    lines += [f"{each['experiment']} stays: {each['why']}" for each in experiments if each["how"] == "cannot"]
    return tuple(lines)


def _proof(stack: Stack, settings: Settings, samples: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """Each sample through the server, without a credential, byte by byte."""
    if not samples:
        return [Finding("migrate.proof", "info", "There was no file to fetch through the server", settings.destination)]
    container = stack.container(settings)
    if container is None or not container.running:
        text = f"The server is not running, so {len(samples)} samples were not fetched through it"
        return [Finding("migrate.proof", "unknown", text, settings.url, (settings.start_command,))]
    base = settings.running_at(container.published).probe_url
    wrong = [str(each["path"]) for each in samples if not _comes_down(base, each)]
    if wrong:
        text = f"{len(wrong)} of {len(samples)} samples did not come down as they lie in the store: {', '.join(wrong)}"
        return [Finding("migrate.proof", "error", text, base, ("./stack logs",))]
    return [Finding("migrate.proof", "ok", f"{len(samples)} samples came down through the server, byte by byte", base)]


def _comes_down(base: str, sample: Mapping[str, Any]) -> bool:
    try:
        answer = get(f"{base}{ARTIFACTS}/{quote(str(sample['path']))}", DOWNLOAD_TIMEOUT_S)
    except requests.RequestException:
        return False
    return answer.ok and hashlib.sha256(answer.content).hexdigest() == sample["sha256"]

"""While a cleanup works, others restore, register and train, at moments drawn at random: nothing active is lost."""

from __future__ import annotations

import contextlib
import random
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stackd import database, mlflow_internals
from stackd.artifacts.store import Folder
from stackd.cleaning import cleanup, removal
from stackd.database import claims, grants, roots
from stackd.database.deletion import Deletion
from stackd.failures import Refused
from stackd.settings import Settings
from unit.stackd.filled import LONG_AGO, add_run
from unit.stackd.test_cleanup import write

ROUNDS = 20
# About as many as a cleanup passes.
MOMENTS = 40
# Where something may happen: before and after each of these. (While a turn is held, others wait for it.)
WINDOWS: tuple[tuple[Any, str], ...] = (
    (cleanup, "_places"), (cleanup, "_say_stayed"), (cleanup, "_reaches"), (removal.Reach, "entries"), (roots, "above"),
    (Folder, "delete"), (Deletion, "delete"), (cleanup, "_empty"), (grants, "remove_stale"),
    (claims, "release"),
)  # fmt: skip


class Stores:
    """MLflow's own, on the database of the test, and files in its folder."""

    def __init__(self, config: Settings) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from mlflow.store.db import utils
            from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore as Registry
            from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore as Tracking

            # Each store would read every migration again.
            utils._get_latest_schema_revision = lambda: mlflow_internals.SCHEMA_HEAD
            uri = database.of(config).uri
            self.tracking, self.registry = Tracking(uri, "mlflow-artifacts:/"), Registry(uri)
        self.top = Path(config.destination)
        # What MLflow has said yes to.
        self.active = {"live", "child"}

    def restore_run(self, draw: random.Random) -> None:
        run = draw.choice(["old", "fresh", "registered", "parent"])
        self.tracking.restore_run(run)
        self.active.add(run)

    def restore_experiment_and_train(self, _: random.Random) -> None:
        self.tracking.restore_experiment("2")
        self.active.add("inside")
        self.train("2")

    def train(self, experiment: str) -> None:
        run = self.tracking.create_run(experiment, "me", 1, [], "new")
        place = self.top / run.info.artifact_uri.removeprefix("mlflow-artifacts:/")
        place.mkdir(parents=True)
        (place / "file.bin").write_bytes(b"12345")
        self.active.add(run.info.run_id)

    def train_inside_of_another_run(self, _: random.Random) -> None:
        self.train("3")

    def register(self, draw: random.Random) -> None:
        run = draw.choice(["old", "inside", "live", "parent"])
        # As the client does: MLflow itself registers what does not exist.
        self.tracking.get_run(run)
        source = draw.choice([f"mlflow-artifacts:/1/{run}/artifacts", f"runs:/{run}/model"])
        self.registry.create_model_version("model", source, run)
        self.active.add(run)

    def delete_once_more(self, _: random.Random) -> None:
        self.tracking.delete_run("fresh")

    def act(self, draw: random.Random) -> str:
        """One of these; what it was, if it was allowed."""
        from mlflow.exceptions import MlflowException

        action: Callable[[random.Random], None] = draw.choice(
            [
                self.restore_run, self.restore_experiment_and_train, self.train_inside_of_another_run, self.register,
                self.delete_once_more,
            ]
        )  # fmt: skip
        try:
            action(draw)
        except MlflowException as error:
            return f"{action.__name__}: {error.message.splitlines()[0][:150]}"
        return action.__name__

    def close(self) -> None:
        for store in (self.tracking, self.registry):
            store.engine.dispose()


def watch(monkeypatch: pytest.MonkeyPatch, happen: Callable[[str], None]) -> None:
    """Let something happen before and after each of ``WINDOWS``."""

    def watched(real: Callable[..., Any], name: str) -> Callable[..., Any]:
        def called(*given: Any, **named: Any) -> Any:
            happen(name)
            try:
                return real(*given, **named)
            finally:
                happen(name)

        return called

    for owner, name in WINDOWS:
        monkeypatch.setattr(owner, name, watched(getattr(owner, name), name))


@pytest.fixture
def nested(filled: Settings) -> Settings:
    """And a run that was deleted long ago, inside of whose folder an experiment keeps its runs."""
    write(filled, lambda connection: add_run(connection, "parent", 1, "deleted", LONG_AGO))
    write(
        filled,
        "INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage, last_update_time, workspace)"
        " VALUES (3, 'sweep', 'mlflow-artifacts:/1/parent/artifacts/sweep', 'active', 1, 'default')",
        lambda connection: add_run(connection, "child", 3, "active", None),
        "UPDATE runs SET artifact_uri = 'mlflow-artifacts:/1/parent/artifacts/sweep/child/artifacts'"
        " WHERE run_uuid = 'child'",
    )
    for folder in ("1/parent/artifacts", "1/parent/artifacts/sweep/child/artifacts"):
        place = Path(filled.destination) / folder
        place.mkdir(parents=True, exist_ok=True)
        (place / "file.bin").write_bytes(b"12345")
    return filled


def lost(config: Settings, runs: set[str]) -> list[str]:
    """Those of some runs that have lost their row, a row of theirs, or their file."""
    with database.of(config).read() as rows:
        uris = dict(rows("SELECT run_uuid, artifact_uri FROM runs"))
        logged = {run for (run,) in rows("SELECT run_uuid FROM params")}
    found = [f"rows of {run}" for run in runs if run not in uris or (run in NAMED and run not in logged)]
    files = {run: Path(config.destination) / uris[run].removeprefix("mlflow-artifacts:/") for run in runs & set(uris)}
    return found + [f"file of {run}" for run, folder in files.items() if not (folder / "file.bin").exists()]


NAMED = frozenset({"live", "old", "fresh", "registered", "inside", "parent", "child"})


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_nothing_active_is_lost(nested: Settings, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311
    stores = Stores(nested)
    said: list[str] = []
    moments = iter(sorted(draw.sample(range(MOMENTS), 3)))
    passed, wanted = 0, next(moments)

    def happen(_: str) -> None:
        nonlocal passed, wanted
        passed += 1
        if passed > wanted:
            wanted = next(moments, 10**9)
            said.append(stores.act(draw))

    planned = cleanup.plan(nested, 3600, "", registered=False)
    if draw.random() < 0.3:
        said.append(stores.act(draw))
    with monkeypatch.context() as patched, contextlib.suppress(Refused):
        watch(patched, happen)
        cleanup.execute(nested, planned)
    assert lost(nested, stores.active) == [], said
    with database.of(nested).read() as rows:
        assert rows.one("SELECT 1 FROM sqlite_master WHERE name LIKE 'stackd%'") is None, "a claim is left"
    said.append(stores.act(draw))
    cleanup.execute(nested, cleanup.plan(nested, 3600, "", registered=False))
    assert lost(nested, stores.active) == [], said
    stores.close()


def test_the_moments_are_of_every_kind(nested: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the test above would draw from fewer windows than there are."""
    passed: list[str] = []
    planned = cleanup.plan(nested, 3600, "", registered=False)
    watch(monkeypatch, passed.append)
    cleanup.execute(nested, planned)
    assert set(passed) == {name for _, name in WINDOWS}
    assert MOMENTS * 0.7 < len(passed) < MOMENTS * 1.5

"""plan → ask → execute: what is run at a yes, a no, a refusal; what is asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mlflow_stack import data, lifecycle
from mlflow_stack.errors import NothingNamed, SourceUnusable
from mlflow_stack.maintenance import Question
from mlflow_stack.outcome import Outcome
from unit.mlflow_stack.asking import Asker

PLAN = {
    "state": "s1",
    "revision": "old",
    "expected_revision": "new",
    "migrate": True,
    "experiments": 2,
    "runs": 10,
    "bytes": 4096,
    "artifact_files": 3,
    "artifact_bytes": 30,
    "uris": {"mlflow-artifacts": 9, "s3": 1, "file": 0},
}
CLAIM = {"owner": None, "ours": "u1", "objects": 1000, "more": True, "sample": ["a", "b"]}
REFUSED = {"event": "finding", "id": "data.volume-empty", "level": "error", "text": "not empty", "where": "", "fix": []}
LOCAL = "docker compose -f docker-compose.local.yml run --rm --no-deps -T"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "native"
    (folder / "art").mkdir(parents=True)
    (folder / "mlflow.db").touch()
    return folder


@pytest.fixture
def planned(bench, image_says, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lifecycle, "probe", lambda settings: "")
    bench.runner.answers["adopt plan"] = image_says({"event": "result", "ok": True, "plan": PLAN})
    bench.runner.answers["adopt execute"] = image_says({"event": "result", "ok": True, "runs": 10})
    bench.runner.answers["adopt claim plan"] = image_says({"event": "result", "ok": True, "plan": CLAIM})
    bench.runner.answers["adopt claim execute"] = image_says({"event": "result", "ok": True})
    return bench


def adopt(bench, ask: Asker, db: Path | None, artifacts: Path | None = None, claim: bool = False) -> data.Adopted:
    source = data.Source(db, artifacts=(artifacts,) if artifacts else ())
    return data.adopt(bench.stack, source, claim, True, ask, 1)


def verbs(bench) -> list[str]:
    return [line.partition(" mlflow ")[2].partition(" --plan")[0] or line for line in bench.runner.ran]


def test_adopt_shows_asks_and_hands_the_whole_plan_back(planned, source: Path) -> None:
    ask = Asker(True)
    adopted = adopt(planned, ask, source / "mlflow.db", source / "art")
    options = f"--source /adopt/mlflow.db --artifacts /adopt-artifacts-1:{source}/art"
    binds = f"-v {source}:/adopt:ro -v {source}/art:/adopt-artifacts-1:ro"
    assert planned.runner.ran == [
        f"{LOCAL} {binds} mlflow adopt plan {options}",
        f"{LOCAL} {binds} mlflow adopt execute --plan {json.dumps(PLAN)}",
    ]
    assert (adopted.done, adopted.exit_code, adopted.result["runs"]) == (True, 0, 10)
    assert ask.asked == [
        Question(
            f"adopt --db {source}/mlflow.db --artifacts {source}/art",
            "This copies:",
            (
                "10 runs in 2 experiments (4,096 bytes)",
                "3 artifact files (30 bytes), into mlartifacts/",
                "the copy's schema is brought from old to new",
                "9 artifact addresses that begin with mlflow-artifacts:",
                "1 artifact addresses that begin with s3:",
            ),
            (f"{source}/mlflow.db, which is only read", f"{source}/art, likewise"),
        )
    ]


def test_a_no_executes_nothing(planned, source: Path) -> None:
    adopted = adopt(planned, Asker(False), source / "mlflow.db")
    assert (adopted.done, adopted.exit_code, verbs(planned)) == (False, 0, ["adopt plan --source /adopt/mlflow.db"])


def test_a_refusal_is_not_asked_about(planned, image_says, source: Path) -> None:
    out = image_says(REFUSED, {"event": "result", "ok": False})
    planned.runner.answers["adopt plan"] = Outcome((), 1, out, "", 0.1)
    ask = Asker(True)
    adopted = adopt(planned, ask, source / "mlflow.db", claim=True)
    assert (adopted.done, adopted.exit_code, ask.asked) == (False, 1, [])
    assert [each.id for each in adopted.findings] == ["data.volume-empty"]
    assert verbs(planned) == ["adopt plan --source /adopt/mlflow.db"]


def test_a_running_server_is_stopped_planned_anew_and_started_again(planned, container, source: Path) -> None:
    planned.engine.containers = [container()]
    adopted = adopt(planned, Asker(True), source / "mlflow.db")
    assert adopted.restarted
    assert verbs(planned) == [
        "adopt plan --source /adopt/mlflow.db",
        "docker compose -f docker-compose.local.yml --progress plain stop",
        "adopt plan --source /adopt/mlflow.db",
        "adopt execute",
        "docker compose -f docker-compose.local.yml --progress plain up --detach",
    ]


def test_claim_alone(planned) -> None:
    ask = Asker(True)
    assert adopt(planned, ask, None, claim=True).done
    assert verbs(planned) == ["adopt claim plan", "adopt claim execute"]
    assert ask.asked[0].facts == ("owner now: nobody; ours: u1", "1000 or more objects are there", "  a", "  b")


def test_nothing_named(planned) -> None:
    one, other = Path("mlflow.db"), Path("mlruns")
    for source in (data.Source(), data.Source(one, other), data.Source(artifacts=(other,))):
        with pytest.raises(NothingNamed):
            data.adopt(planned.stack, source, bool(source.artifacts), True, Asker(True), 1)


@pytest.mark.parametrize(
    ("db", "artifacts", "option"), [("gone.db", None, "--db"), ("mlflow.db", "gone", "--artifacts")]
)
def test_a_source_that_is_not_there(source: Path, db: str, artifacts: str | None, option: str) -> None:
    with pytest.raises(SourceUnusable, match=f"The path of {option} does not exist"):
        data.sources(data.Source(source / db, artifacts=(source / artifacts,) if artifacts else ()))


def test_a_source_that_cannot_be_bound(tmp_path: Path) -> None:
    folder = tmp_path / "a:b"
    folder.mkdir()
    (folder / "mlflow.db").touch()
    with pytest.raises(SourceUnusable, match="colon"):
        data.sources(data.Source(folder / "mlflow.db"))


def test_a_file_store_is_bound_by_its_name_and_artifacts_each_by_its_own(tmp_path: Path) -> None:
    for name in ("project/mlruns", "one", "two"):
        (tmp_path / name).mkdir(parents=True)
    for given in ("project/mlruns", "project"):
        binds, options = data.sources(data.Source(None, tmp_path / given, (tmp_path / "one", tmp_path / "two")))
        assert [str(bind) for bind in binds] == [
            f"{tmp_path}/project:/adopt:ro",
            f"{tmp_path}/one:/adopt-artifacts-1:ro",
            f"{tmp_path}/two:/adopt-artifacts-2:ro",
        ]
        assert " ".join(options) == (
            f"--source /adopt/mlruns --artifacts /adopt-artifacts-1:{tmp_path}/one"
            f" --artifacts /adopt-artifacts-2:{tmp_path}/two"
        )


@pytest.fixture
def there(bench, container, image_says):
    facts: dict[str, Any] = {"database": {"runs": 10, "experiments": 2}}
    bench.engine.containers = [container(mode="s3")]
    bench.engine.volumes = {"mlflow-stack_data", "mlflow-stack_spool"}
    bench.runner.answers["check --preflight"] = image_says({"event": "result", "ok": True, "facts": facts})
    return bench


def test_destroy_says_what_dies_and_what_stays(there) -> None:
    ask = Asker(True)
    destroyed = data.destroy(there.stack, False, ask)
    assert ask.asked == [
        Question(
            "destroy",
            "This removes for good:",
            (
                "volume mlflow-stack_data, the database: 10 runs in 2 experiments",
                "volume mlflow-stack_spool",
                "container mlflow-stack-mlflow-1 (running)",
            ),
            ("mlartifacts/ and backups/ in this folder", "everything in S3"),
        )
    ]
    assert there.runner.ran[-1] == "docker compose -f docker-compose.yml --progress plain down --volumes"
    assert (destroyed.done, destroyed.runs) == (True, 10)
    assert [(each.id, each.level) for each in destroyed.findings] == [("owner.kept", "info")]


def test_destroy_without_a_yes(there) -> None:
    assert not data.destroy(there.stack, False, Asker(False)).done
    assert not any("down" in line for line in there.runner.ran)


def test_destroy_when_the_count_cannot_be_found_out(there) -> None:
    there.runner.answers["check --preflight"] = Outcome((), 125, "", "no", 0.1)
    ask = Asker(True)
    assert data.destroy(there.stack, False, ask).done
    assert (
        ask.asked[0].facts[0] == "volume mlflow-stack_data, the database: how many runs it holds could not be found out"
    )


def test_nothing_to_destroy(bench) -> None:
    ask = Asker(True)
    assert (data.destroy(bench.stack, True, ask).done, ask.asked, bench.runner.ran) == (False, [], [])

"""`upgrade`: what is run, in which order and mode; what is asked; what is put back where something is red."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mlflow_stack import lifecycle, upgrading
from mlflow_stack.engine import Image
from mlflow_stack.errors import Interrupted, PreflightFailed
from mlflow_stack.image import kept_name, outdated, source_hash
from mlflow_stack.outcome import Outcome
from unit.mlflow_stack.asking import Asker

NAME = "mlflow-stack/server:3.17.2"
PLAN = {
    "state": [4096, 1],
    "revision": "old",
    "expected_revision": "new",
    "migrate": True,
    "experiments": 2,
    "runs": 10,
    "bytes": 4096,
    "seconds": 30,
}
SMOKE = {"event": "finding", "id": "upgrade.smoke", "level": "error", "text": "red", "where": "", "fix": []}
NO = {"event": "result", "ok": False}


@pytest.fixture
def planned(bench, image_says, monkeypatch: pytest.MonkeyPatch):
    """A database that waits for it; the image is current."""
    for module in (lifecycle, upgrading):
        monkeypatch.setattr(module, "probe", lambda settings: "")
    bench.runner.answers["upgrade plan"] = image_says({"event": "result", "ok": True, "plan": PLAN})
    done = {"event": "result", "ok": True, "kept": "/backups/2026Z", "tables": {"runs": [10, 10]}}
    bench.runner.answers["upgrade execute"] = image_says(done)
    bench.runner.answers["mlflow check"] = image_says({"event": "result", "ok": True})
    return bench


@pytest.fixture
def newer(planned, image_says, container):
    """The schema is current; the checkout has another source than the image of the server that runs."""
    images = planned.engine.images
    old = Image("sha256:old", "a" * 64, 1, "3.16.0")
    images[NAME] = images["sha256:old"] = old
    images["python:3.13.9-slim-trixie"] = Image("sha256:base", "", 1)
    planned.engine.containers = [container(image_id="sha256:old")]
    current = {"event": "result", "ok": True, "plan": PLAN | {"migrate": False}}
    planned.runner.answers["upgrade plan"] = image_says(current)

    def build() -> str:
        images[NAME] = Image("sha256:new", source_hash(planned.stack.root / "mlflow"), 1, "3.17.2")
        return ""

    planned.runner.answers["build --build-arg"] = build
    return planned


def upgrade(bench, ask: Asker | None = None, disable_s3: bool = True, bound_s: float = 1) -> upgrading.Upgraded:
    return upgrading.upgrade(bench.stack, disable_s3, ask or Asker(True), bound_s)


def ran(bench) -> list[str]:
    """The words behind file and service, without their hashes, plans and checks."""
    lines = [line.rpartition(".yml ")[2].removeprefix("--progress plain ") for line in bench.runner.ran]
    short = [line.replace("run --rm --no-deps -T mlflow ", "").partition(" --plan")[0] for line in lines]
    return [line.partition(" --build-arg")[0] for line in short if line != "check"]


def test_it_says_what_will_happen(planned) -> None:
    ask = Asker(False)
    assert upgrade(planned, ask).done is False
    (asked,) = ask.asked
    assert asked.title == "The server runs in the end as this checkout has it; this upgrades:"
    assert asked.facts[1:4] == (
        "schema revision old becomes new, on a copy that is compared",
        "10 runs in 2 experiments (4,096 bytes)",
        "about 30 s without a server; a training that logs meanwhile tries again for 4 minutes",
    )
    assert asked.facts[-1].startswith("once it is published nothing goes back by itself")
    assert asked.stays == ("every artifact", "the database of now: as a snapshot, in backups/")


def test_an_outage_that_is_longer_than_clients_wait_is_said(planned, image_says) -> None:
    long = {"event": "result", "ok": True, "plan": PLAN | {"seconds": 660}}
    planned.runner.answers["upgrade plan"] = image_says(long)
    ask = Asker(False)
    upgrade(planned, ask)
    assert ask.asked[0].facts[3].startswith("about 11 minutes without a server; a training")
    assert "FAILS" in ask.asked[0].facts[3]


@pytest.mark.parametrize(("mode", "disable_s3"), [("s3", True), ("local", False)])
def test_a_schema_is_brought_up_while_the_server_is_stopped(planned, container, mode, disable_s3) -> None:
    planned.engine.containers = [container(mode=mode)]
    upgraded = upgrade(planned, disable_s3=disable_s3)
    assert ran(planned) == ["upgrade plan", "stop mlflow", "upgrade plan", "upgrade execute", "up --detach"]
    assert (upgraded.done, upgraded.restarted, upgraded.exit_code) == (True, True, 0)
    assert upgraded.snapshot == planned.stack.root / "backups/2026Z"
    file = {"s3": "docker-compose.yml", "local": "docker-compose.local.yml"}[mode]
    assert all(f"-f {file} " in line for line in planned.runner.ran)


def test_a_stopped_server_runs_in_the_end_and_its_mode_counts(planned, container) -> None:
    """Whoever stopped it: a user, or an upgrade that was killed."""
    planned.engine.containers = [container(mode="s3", state="exited")]
    assert upgrade(planned).restarted
    assert ran(planned) == ["upgrade plan", "upgrade plan", "upgrade execute", "up --detach"]
    assert all("-f docker-compose.yml " in line for line in planned.runner.ran)


def test_where_all_is_current_nothing_is_asked_or_stopped(planned, image_says, container) -> None:
    current = {"event": "result", "ok": True, "plan": PLAN | {"migrate": False}}
    planned.runner.answers["upgrade plan"] = image_says(current)
    planned.engine.images["sha256:1"] = planned.engine.images[NAME]
    planned.engine.containers = [container()]
    ask = Asker(True)
    upgraded = upgrade(planned, ask)
    assert (upgraded.done, upgraded.exit_code, ask.asked, ran(planned)) == (False, 0, [], ["upgrade plan"])


def test_a_newer_image_is_built_before_anything_stops_and_the_old_one_is_kept(newer) -> None:
    ask = Asker(True)
    upgraded = upgrade(newer, ask)
    assert ran(newer) == [
        *("build", "upgrade plan"),
        "docker tag sha256:old mlflow-stack/server:3.16.0-aaaaaaaaaaaa",
        *("stop mlflow", "upgrade plan", "upgrade execute", "up --detach"),
    ]
    assert ask.asked[0].facts[0].startswith("MLflow 3.16.0 (aaaaaaaaaaaa) becomes MLflow 3.17.2 (")
    assert (upgraded.done, upgraded.image["now"]["version"], upgraded.exit_code) == (True, "3.16.0", 0)


def test_a_no_stops_nothing_and_gives_the_name_back(newer) -> None:
    assert upgrade(newer, Asker(False)).exit_code == 0
    assert ran(newer) == ["build", "upgrade plan", f"docker tag sha256:old {NAME}"]


def test_a_build_that_fails_stops_nothing_and_leaves_its_log(newer) -> None:
    newer.runner.answers["build --build-arg"] = Outcome((), 1, "", "no such base\n", 0.1)
    upgraded = upgrade(newer)
    assert (upgraded.done, upgraded.exit_code, ran(newer)) == (False, 1, ["build"])
    assert [each.id for each in upgraded.findings] == ["command.failed", "upgrade.build"]
    assert "no such base" in upgraded.log.read_text()


@pytest.mark.parametrize("how", ["refused", "killed"])
def test_whatever_is_red_the_container_of_before_is_started_as_it_is(newer, image_says, how) -> None:
    said = image_says(SMOKE, NO) if how == "refused" else "half a li"
    newer.runner.answers["upgrade execute"] = Outcome((), 1 if how == "refused" else 137, said, "", 0.1)
    upgraded = upgrade(newer)
    assert ran(newer)[-2:] == [f"docker tag sha256:old {NAME}", "start mlflow"]
    assert (upgraded.done, upgraded.exit_code) == (False, 1)
    back = upgraded.findings[-1]
    assert (back.id, back.level, back.where) == ("upgrade.back", "warning", str(upgraded.log))
    assert "runs again" in back.text


def test_a_verb_that_was_killed_after_it_had_swapped_is_done(planned, image_says, container) -> None:
    """The volume says so: the server of before could not read it any more."""
    planned.engine.containers = [container()]
    plans = iter([PLAN, PLAN, PLAN | {"migrate": False}])
    planned.runner.answers["upgrade plan"] = lambda: image_says({"event": "result", "ok": True, "plan": next(plans)})
    planned.runner.answers["upgrade execute"] = Outcome((), 137, "", "Killed", 0.1)
    upgraded = upgrade(planned)
    assert ran(planned)[-2:] == ["upgrade plan", "up --detach"]
    assert (upgraded.done, upgraded.restarted, upgraded.exit_code) == (True, True, 0)


def test_what_an_interrupted_one_has_left_at_work_is_ended_first(planned, container) -> None:
    planned.engine.containers = [container(state="exited")]
    planned.engine.left = [["c7"]]
    assert upgrade(planned).done
    leftover = "docker rm --force c7"
    assert ran(planned) == ["upgrade plan", leftover, "upgrade plan", "upgrade execute", "up --detach"]


def test_ctrl_c_goes_back_and_says_so(newer) -> None:
    newer.runner.answers["upgrade execute"] = KeyboardInterrupt()
    with pytest.raises(Interrupted) as caught:
        upgrade(newer)
    assert ran(newer)[-2:] == [f"docker tag sha256:old {NAME}", "start mlflow"]
    assert "runs again" in str(caught.value)


def test_ctrl_c_after_the_swap_starts_nothing_that_could_not_read_it(planned, image_says, container) -> None:
    planned.engine.containers = [container()]
    plans = iter([PLAN, PLAN, PLAN | {"migrate": False}])
    planned.runner.answers["upgrade plan"] = lambda: image_says({"event": "result", "ok": True, "plan": next(plans)})
    planned.runner.answers["upgrade execute"] = KeyboardInterrupt()
    with pytest.raises(Interrupted) as caught:
        upgrade(planned)
    assert ran(planned)[-1] == "upgrade plan"
    assert upgrading.SWAPPED in str(caught.value)


def test_settings_that_would_not_start_are_refused_before_anything_is_changed(planned, container) -> None:
    planned.engine.containers = [container(mode="s3")]
    (planned.stack.root / "aws" / "credentials").unlink()
    with pytest.raises(PreflightFailed):
        upgrade(planned, disable_s3=False)
    assert planned.runner.ran == []


def test_a_refused_plan_is_not_asked_about(planned, image_says) -> None:
    planned.runner.answers["upgrade plan"] = Outcome((), 1, image_says(SMOKE, NO), "", 0.1)
    ask = Asker(True)
    upgraded = upgrade(planned, ask)
    assert (upgraded.done, upgraded.exit_code, ask.asked) == (False, 1, [])


def test_a_server_that_does_not_come_back_is_said(planned, container, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifecycle, "probe", lambda settings: "nothing answers on the port")
    planned.engine.containers = [container()]
    upgraded = upgrade(planned, bound_s=0)
    assert (upgraded.done, upgraded.restarted, upgraded.exit_code) == (True, False, 1)
    (found,) = upgraded.findings
    assert (found.id, found.fix) == ("server.ready", ("./stack logs",))
    assert found.where.endswith(".log")


def test_of_the_images_that_were_kept_the_last_two_stay() -> None:
    repository = NAME.rpartition(":")[0]
    image = Image("i", "b" * 64, 1, "3.17.2")
    mine = kept_name(NAME, image)
    assert mine == f"{repository}:3.17.2-bbbbbbbbbbbb"
    assert kept_name(NAME, replace(image, source="", version="")) == f"{repository}:unknown-unknown"
    older = [f"{repository}:3.1{number}.0-{'c' * 12}" for number in (6, 5, 4)]
    tags = [NAME, *older, mine, f"{repository}:of-a-user"]
    assert outdated(NAME, tags, [mine], 2) == older[1:]
    assert outdated(NAME, [NAME, mine], [mine], 2) == []

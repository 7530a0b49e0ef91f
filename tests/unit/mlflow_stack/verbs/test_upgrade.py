"""What is already so is left, a failure leads back, and bare Compose starts what was proved last."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from mlflow_stack.checks.host import Port
from mlflow_stack.engine.containers import Image
from mlflow_stack.engine.image import source_hash
from mlflow_stack.engine.process import Outcome
from mlflow_stack.engine.server import Waited
from mlflow_stack.errors import COMMAND, FOUND, Interrupted, StackError, error
from mlflow_stack.verbs import server
from mlflow_stack.verbs import upgrade as module
from mlflow_stack.verbs.upgrade import upgrade
from unit.mlflow_stack.conftest import IMAGE, Bench, finding, planned, result

OLD = Image("sha256:old", "0123456789abcdef", 1, "3.16.0")
PLAN = {"revision": "a", "migrate": True}
NAME_BACK = f"docker tag sha256:old {IMAGE}"
DONE = result(done=True, kept="/backups/20260102T000000Z", lines=[])


@pytest.fixture(autouse=True)
def ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "wait", lambda *_: Waited(True, 1.0))
    monkeypatch.setattr(module, "probe", lambda _: "")


@pytest.fixture
def older(bench: Bench, container: Any, tmp_path: Path) -> Bench:
    """A server of the previous image runs; a build gives its name to a new one."""
    new = Image("sha256:new", source_hash(tmp_path / "mlflow"), 1, "3.17.2")
    bench.engine.images = {IMAGE: OLD, "sha256:old": OLD}

    def build() -> str:
        bench.engine.images[IMAGE] = new
        return ""

    def name_back() -> str:
        bench.engine.images[IMAGE] = OLD
        return ""

    bench.runner.answers["plain build"] = build
    bench.runner.answers[NAME_BACK] = name_back
    bench.engine.containers = [container(image_id="sha256:old")]
    bench.says("upgrade plan", planned(**PLAN), result())
    bench.says("upgrade execute", planned(**PLAN), DONE)
    return bench


def acts(bench: Bench) -> list[str]:
    """What was run, shortened."""
    return [
        line.removeprefix("docker compose -f docker-compose.local.yml ").removeprefix("--progress plain ")
        for line in bench.runner.ran
        if "build" not in line
    ]


def swaps(bench: Bench) -> None:
    """The verb is killed after it has swapped: the volume's revision is the new one by then."""
    plans = [planned(**PLAN), planned(revision="b", migrate=False)]
    bench.runner.answers["upgrade plan"] = lambda: json.dumps(plans.pop(0)) + "\n" + json.dumps(result())
    bench.runner.answers["upgrade execute"] = Outcome((), 137, json.dumps(planned(**PLAN)), "killed")


def test_all_of_it(older: Bench, tmp_path: Path) -> None:
    # The newest first, as Docker lists them; the previous one stays wherever it stands.
    kept = (*(f"3.{minor}-00000000000{minor}" for minor in (3, 2, 1)), "3.16.0-0123456789ab")
    older.engine.images |= {f"mlflow-stack/server:{name}": OLD for name in kept}
    done = upgrade(older.session())
    assert acts(older) == [
        "run --rm --no-deps -T mlflow upgrade plan",
        "docker tag sha256:old mlflow-stack/server:3.16.0-0123456789ab",
        "stop mlflow",
        "run --rm --no-deps -T mlflow upgrade execute",
        "up --detach",
    ]
    assert "plain build" in older.runner.ran[0], "it builds beside the server"
    removed = [line for line in older.runner.asked if "image rm" in line]
    assert removed == [f"docker image rm mlflow-stack/server:{name}" for name in kept[1:3]], (
        "one more than the previous"
    )
    assert older.runner.replies == ["", json.dumps(PLAN)]
    assert older.asked[0].facts[0].startswith("MLflow 3.16.0 (0123456789ab) becomes MLflow 3.17.2 (")
    assert older.asked[0].facts[1:] == ("it",)
    fields = done.fields()
    assert (fields["done"], fields["restarted"], fields["snapshot"]) == (
        True,
        True,
        tmp_path / "backups/20260102T000000Z",
    )
    assert done.lines[0].text.endswith("; the previous database is snapshot 20260102T000000Z")
    assert done.exit_code == 0


def test_where_it_is_so_already_nobody_is_asked(bench: Bench, container: Any) -> None:
    bench.engine.containers = [container()]
    bench.engine.images["sha256:1"] = bench.engine.images[IMAGE]
    bench.says("upgrade plan", planned(revision="a", migrate=False), result())
    done = upgrade(bench.session())
    assert bench.asked == []
    assert done.lines[0].text.startswith("Nothing to do: MLflow 3.17.2 (")
    assert done.lines[0].text.endswith(" serves a database at schema revision a")


@pytest.mark.parametrize(
    ("state", "migrate", "nothing", "asked", "said"),
    [
        ("running", True, "", True, "Nothing was upgraded"),
        ("exited", False, "", True, "Nothing was upgraded"),
        ("running", False, "The database is newer", False, "Nothing was upgraded"),
    ],
)
def test_the_same_image_and_something_to_do(
    bench: Bench, container: Any, state: str, migrate: bool, nothing: str, asked: bool, said: str
) -> None:
    bench.engine.containers = [container(state=state)]
    bench.engine.images["sha256:1"] = bench.engine.images[IMAGE]
    bench.says("upgrade plan", planned(nothing, revision="a", migrate=migrate), result())
    assert upgrade(bench.session(answer=False)).lines[0].text == said
    assert [each.facts[0].split(" (")[0] for each in bench.asked] == ["the image stays MLflow 3.17.2"] * asked


def test_a_server_that_was_stopped_runs_in_the_end_in_its_mode(older: Bench, container: Any) -> None:
    """Whoever stopped it: a user, or an upgrade that was killed."""
    older.engine.containers = [container(image_id="sha256:old", mode="s3", state="exited")]
    done = upgrade(older.session())
    words = [line.partition("docker-compose.yml ")[2].split(" --build-arg")[0] for line in older.runner.ran]
    assert [line for line in words if line and not line.endswith("mlflow check")] == [
        "--progress plain build",
        "run --rm --no-deps -T mlflow upgrade plan",
        "run --rm --no-deps -T mlflow upgrade execute",
        "--progress plain up --detach",
    ]
    assert (done.fields()["restarted"], done.exit_code) == (True, 0)


def test_a_server_is_stopped_in_its_mode_and_comes_back_in_it(older: Bench, container: Any) -> None:
    older.engine.containers = [container(image_id="sha256:old", mode="s3")]
    older.runner.answers["upgrade execute"] = Outcome((), 137, "", "killed")
    with pytest.raises(StackError):
        upgrade(older.session())
    words = [line.partition("docker-compose.yml ")[2] for line in older.runner.ran]
    assert "--progress plain stop mlflow" in words
    assert words[-1] == "--progress plain start mlflow"


def test_without_a_container_the_first_upgrade_makes_one(older: Bench) -> None:
    older.engine.containers = [None]
    assert upgrade(older.session()).fields()["restarted"] is True
    assert [line for line in acts(older) if "mlflow" not in line] == ["up --detach"]


@pytest.mark.parametrize(
    ("there", "back"),
    [({"image_name": IMAGE}, True), ({"image_name": "of-a-user:1"}, False), (None, True)],
)
def test_only_an_image_that_had_the_name_gets_it_back(
    older: Bench, container: Any, there: dict[str, str] | None, back: bool
) -> None:
    older.engine.containers = [None if there is None else container(image_id="sha256:old", **there)]
    upgrade(older.session(answer=False))
    assert (NAME_BACK in acts(older)) is back


@pytest.mark.parametrize(
    "answer", [False, StackError(error("usage.not-answered", "no terminal")), Interrupted(), ValueError("a bug")]
)
def test_without_a_yes_the_name_is_the_previous_images_again(older: Bench, answer: Any) -> None:
    """ "Nothing was done", and the next `docker compose up -d` started the new image."""
    if answer is False:
        assert upgrade(older.session(answer)).lines[0].text == "Nothing was upgraded"
    else:
        with pytest.raises(type(answer)):
            upgrade(older.session(answer))
    assert acts(older)[-1] == NAME_BACK
    assert "stop mlflow" not in acts(older)


def test_a_plan_that_is_refused_or_fails(older: Bench) -> None:
    older.runner.answers["upgrade plan"] = Outcome(
        (), 1, json.dumps(finding("database.corrupt")) + "\n" + json.dumps(result(False)), ""
    )
    assert upgrade(older.session()).exit_code == 1
    assert acts(older)[-1] == NAME_BACK
    older.runner.answers["upgrade plan"] = Outcome((), 125, "", "it broke")
    with pytest.raises(StackError):
        upgrade(older.session())
    assert acts(older)[-1] == NAME_BACK


def test_a_build_that_fails_changes_nothing(older: Bench) -> None:
    older.runner.answers["plain build"] = Outcome((), 17, "", "no")
    with pytest.raises(StackError) as failed:
        upgrade(older.session())
    assert (failed.value.exit_code, acts(older)) == (COMMAND, [])


RED = {
    "refused": json.dumps(finding("upgrade.smoke")) + "\n" + json.dumps(result(False)),
    "command": Outcome((), 137, json.dumps(planned(**PLAN)), "killed"),
}


@pytest.mark.parametrize("kind", RED)
@pytest.mark.parametrize("ran", [True, False])
def test_red_leads_back_to_what_was(older: Bench, container: Any, kind: str, ran: bool) -> None:
    """A server that was stopped stays stopped."""
    before = container(image_id="sha256:old", state="running" if ran else "exited")
    older.engine.containers = [before]
    answer = RED[kind]
    older.runner.answers["upgrade execute"] = (
        Outcome((), 1, json.dumps(planned(**PLAN)) + "\n" + answer, "the image's log\n")
        if isinstance(answer, str)
        else answer
    )
    if kind == "refused":
        done = upgrade(older.session())
        findings, code = done.findings, done.exit_code
        assert Path(done.fields()["log"]).read_text() == "the image's log\n"
    else:
        with pytest.raises(StackError) as failed:
            upgrade(older.session())
        findings, code = failed.value.findings, failed.value.exit_code
    assert code == (FOUND if kind == "refused" else COMMAND)
    assert NAME_BACK in acts(older)
    assert ("start mlflow" in acts(older)) is ran
    back = next(each for each in findings if each.id == "upgrade.back")
    now = "the previous server runs again" if ran else "no server ran before, and none runs now"
    assert now in back.text
    assert "up --detach" not in acts(older)


def test_another_image_for_the_same_schema_is_asked_about_and_red_leads_back_as_well(older: Bench) -> None:
    """The volume's revision says nothing then: it was the new one before."""
    same = planned(revision="a", migrate=False)
    older.says("upgrade plan", same, result())
    older.runner.answers["upgrade execute"] = Outcome((), 137, json.dumps(same), "killed")
    with pytest.raises(StackError):
        upgrade(older.session())
    assert len(older.asked) == 1
    assert acts(older)[-2:] == [NAME_BACK, "start mlflow"]


def test_interrupted_before_the_swap_all_is_as_it_was(older: Bench) -> None:
    ends: list[Any] = [Interrupted()]
    older.runner.answers["stop mlflow"] = lambda: ends.pop() if ends else ""
    with pytest.raises(StackError) as failed:
        upgrade(older.session())
    assert failed.value.exit_code == 130
    assert acts(older)[-2:] == [NAME_BACK, "start mlflow"]
    assert any(line.endswith("stop mlflow") for line in older.runner.asked)
    assert failed.value.findings[-1].text.endswith("the previous server runs again")


@pytest.mark.parametrize("swapped", [True, False])
def test_interrupted_at_work_the_volume_says_how_far_it_came(older: Bench, swapped: bool) -> None:
    converse, plans = older.runner.converse, [planned(**PLAN), planned(revision="b", migrate=not swapped)]
    older.runner.answers["upgrade plan"] = lambda: json.dumps(plans.pop(0)) + "\n" + json.dumps(result())

    def interrupted(argv: Any, answer: Any, progress: Any) -> Outcome:
        if "execute" in argv:
            answer(json.dumps(planned(**PLAN)))
            raise Interrupted(signal.SIGTERM)
        return converse(argv, answer, progress)

    older.runner.converse = interrupted  # type: ignore[method-assign]
    with pytest.raises(StackError) as failed:
        upgrade(older.session())
    assert failed.value.exit_code == 143
    assert older.runner.interrupts >= 1, "its container ends before the volume is looked at"
    assert (NAME_BACK in acts(older), "start mlflow" in acts(older)) == (not swapped, not swapped)
    said = "The database has the new schema, and no server runs" if swapped else "the previous server runs again"
    assert failed.value.findings[-1].text.endswith(said)


@pytest.mark.parametrize("served", [True, False])
@pytest.mark.parametrize("starts", [True, False])
def test_what_a_way_back_says_is_true(
    older: Bench, container: Any, monkeypatch: pytest.MonkeyPatch, served: bool, starts: bool
) -> None:
    older.runner.answers["upgrade execute"] = Outcome((), 137, "", "killed")
    monkeypatch.setattr(module, "probe", lambda _: "" if served else "nothing answers on the port")
    if not starts:
        older.runner.answers["start mlflow"] = Outcome((), 1, "", "no")
        older.engine.containers += [container(image_id="sha256:old")] * 1 + [container(state="exited")]
    with pytest.raises(StackError) as failed:
        upgrade(older.session())
    back = next(each for each in failed.value.findings if each.id == "upgrade.back")
    assert ("runs again" in back.text) is starts
    assert ("it did not serve before either" in back.text) is not served
    last = failed.value.findings[-1]
    assert starts or (last.text, last.fix) == ("The server does not run (exited)", ("./stack start --disable-s3",))


def test_a_name_that_cannot_be_given_back_keeps_no_server_stopped_and_hides_nothing(older: Bench) -> None:
    older.runner.answers["upgrade execute"] = Outcome((), 137, "", "killed")
    older.runner.answers[NAME_BACK] = Outcome((), 1, "", "no such image")
    with pytest.raises(StackError) as failed:
        upgrade(older.session())
    texts = [each.text.splitlines()[-1] for each in failed.value.findings]
    assert texts[:3] == ["killed", "no such image", "The previous image did not get its name back"]
    assert texts[3].endswith("the previous server runs again")
    assert acts(older)[-2:] == [NAME_BACK, "start mlflow"]


@pytest.mark.parametrize(("end", "code"), [(Interrupted(), 130), (Outcome((), 137, "", "killed"), 0)])
def test_ended_after_the_swap_it_is_published_or_said(older: Bench, end: Any, code: int) -> None:
    """What a verb that was killed did, the volume says."""
    swaps(older)
    if code == 0:
        done = upgrade(older.session())
        assert (done.fields()["done"], acts(older)[-1]) == (True, "up --detach")
    else:
        # The interruption comes after the plan was agreed to: it is raised where the container is waited for.
        converse = older.runner.converse

        def interrupted(argv: Any, answer: Any, progress: Any) -> Outcome:
            if "execute" in argv:
                answer(json.dumps(planned(**PLAN)))
                raise Interrupted
            return converse(argv, answer, progress)

        older.runner.converse = interrupted  # type: ignore[method-assign]
        with pytest.raises(StackError) as failed:
            upgrade(older.session())
        assert failed.value.exit_code == 130
        assert failed.value.findings[-1].text == "The database has the new schema, and no server runs"
    assert NAME_BACK not in acts(older)


def test_what_an_interrupted_upgrade_left_at_work_is_ended(older: Bench) -> None:
    older.engine.left = [["leftover"]]
    upgrade(older.session())
    assert "Ending what an interrupted upgrade has left running" in older.heard.steps
    assert "docker rm --force leftover" in older.runner.asked


def test_what_this_one_left_at_work_is_ended_before_the_way_back(older: Bench) -> None:
    older.runner.answers["upgrade execute"] = Outcome((), 137, "", "killed")
    older.engine.left = [[], ["c1"], ["c2"]]
    with pytest.raises(StackError):
        upgrade(older.session())
    assert [line for line in older.runner.asked if "docker rm" in line] == [
        "docker rm --force c1",
        "docker rm --force c2",
    ]


def test_a_new_server_that_is_not_ready_is_an_error_and_stays_published(
    older: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "wait", lambda *_: Waited(False, 90.0, "It was not ready"))
    done = upgrade(older.session())
    assert (done.fields()["done"], done.fields()["restarted"], done.exit_code) == (True, False, 1)
    assert done.findings[-1].text == "It was not ready"
    assert NAME_BACK not in acts(older)


@pytest.mark.parametrize("there", [True, False])
def test_a_dry_run_builds_nothing(older: Bench, there: bool) -> None:
    if not there:
        del older.engine.images[IMAGE]
        with pytest.raises(StackError) as failed:
            upgrade(older.session(dry_run=True))
        assert failed.value.findings[0].id == "image.missing"
    else:
        done = upgrade(older.session(dry_run=True))
        assert [each.id for each in done.findings] == ["image.stale"]
    assert older.runner.ran == []


def test_what_this_host_lacks_is_said_first(older: Bench, monkeypatch: pytest.MonkeyPatch, container: Any) -> None:
    older.engine.containers = [container(state="exited")]
    monkeypatch.setattr("mlflow_stack.engine.host.read_port", lambda bind, port: Port(True, "nginx"))
    with pytest.raises(StackError):
        upgrade(older.session())
    assert older.runner.ran == []


def test_where_the_volume_cannot_be_asked_how_far_it_came_the_server_is_not_forgotten(
    older: Bench, container: Any
) -> None:
    """As on a full disk: nothing is started that may not be able to read the database."""
    plans = [json.dumps(planned(**PLAN)) + "\n" + json.dumps(result()), Outcome((), 125, "", "no space left")]
    older.runner.answers["upgrade plan"] = lambda: plans.pop(0)
    older.runner.answers["upgrade execute"] = Outcome((), 137, json.dumps(planned(**PLAN)), "killed")
    older.engine.containers += [container(state="exited")]
    with pytest.raises(StackError) as failed:
        upgrade(older.session())
    texts = [each.text for each in failed.value.findings]
    assert failed.value.exit_code == COMMAND
    assert [text.splitlines()[-1] for text in texts] == ["killed", "no space left", "The server does not run (exited)"]
    assert failed.value.findings[-1].fix == ("./stack start --disable-s3",)
    assert "start mlflow" not in acts(older)

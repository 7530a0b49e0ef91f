"""Plan → ask → execute; and a server that is stopped meanwhile and runs again, whatever happens."""

from __future__ import annotations

import json
import signal
from typing import Any

import pytest

from mlflow_stack.engine.containers import Image
from mlflow_stack.engine.process import Outcome
from mlflow_stack.engine.server import Waited
from mlflow_stack.errors import BUG, COMMAND, Interrupted, StackError, error
from mlflow_stack.verbs import server
from mlflow_stack.verbs.cleanup import cleanup
from mlflow_stack.verbs.compact import compact
from mlflow_stack.verbs.plan import Question, carry_out_alone, change, look, while_stopped
from unit.mlflow_stack.conftest import IMAGE, Bench, finding, planned, result

DONE = result(done=True, lines=["Removed: 1 run", "  more"], items=1)
ASKED = Question("This does:", ("it",), ("the rest",))


@pytest.fixture(autouse=True)
def ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "wait", lambda *_: Waited(True, 1.0))


def test_yes_sends_the_plan_back_and_one_container_does_all(bench: Bench) -> None:
    bench.says("cleanup execute", planned(runs=1), DONE)
    done = cleanup(bench.session())
    assert bench.run("mlflow cleanup") == ["mlflow cleanup execute --older-than 2592000"]
    assert bench.runner.replies == [json.dumps({"runs": 1})]
    assert bench.asked == [ASKED]
    assert [line.text for line in done.lines] == ["Removed: 1 run", "  more"]
    assert done.exit_code == 0
    assert done.fields()["done"] is True
    assert done.fields()["plan"] == {"runs": 1}
    assert done.fields()["result"] == {"items": 1}


def test_no_changes_nothing(bench: Bench) -> None:
    bench.says("cleanup execute", planned(runs=1), DONE)
    done = cleanup(bench.session(answer=False))
    assert bench.runner.replies == [""]
    assert ([line.text for line in done.lines], done.exit_code) == (["Nothing was removed"], 0)
    assert (done.fields()["done"], bench.runner.changed) == (False, False)


def test_a_dry_run_only_plans(bench: Bench) -> None:
    bench.says("cleanup plan", planned(runs=1), result())
    done = cleanup(bench.session(dry_run=True))
    assert bench.run("mlflow cleanup") == ["mlflow cleanup plan --older-than 2592000"]
    assert bench.asked == [ASKED]
    assert [line.text for line in done.lines] == ["Nothing was removed"]


def test_where_there_is_nothing_to_do_nobody_is_asked(bench: Bench) -> None:
    bench.says("cleanup execute", planned("Nothing is marked deleted"), DONE)
    done = cleanup(bench.session())
    assert (bench.asked, [line.text for line in done.lines]) == ([], ["Nothing is marked deleted"])


def test_a_refusal(bench: Bench) -> None:
    refused = Outcome((), 1, "\n".join(json.dumps(each) for each in (finding("owner.refused"), result(False))), "")
    bench.runner.answers["mlflow cleanup"] = refused
    bench.engine.images[IMAGE] = Image("sha256:1", "other", 1)
    done = cleanup(bench.session())
    assert ([each.id for each in done.findings], done.exit_code) == (["image.stale", "owner.refused"], 1)
    assert [line.text for line in done.lines] == ["Nothing was removed"]


@pytest.mark.parametrize(
    "verb",
    [
        lambda session: cleanup(session),
        lambda session: compact(session),
        lambda session: look(session, session.settings(), "usage"),
    ],
)
@pytest.mark.parametrize("runs", [True, False])
def test_a_look_builds_nothing(bench: Bench, container: Any, verb: Any, runs: bool) -> None:
    bench.engine.containers = [container() if runs else None]
    del bench.engine.images[IMAGE]
    with pytest.raises(StackError) as failed:
        verb(bench.session(dry_run=True))
    assert (failed.value.findings[0].id, failed.value.exit_code, bench.runner.ran) == ("image.missing", 1, [])


@pytest.mark.parametrize("runs", [True, False])
def test_what_acts_builds_an_image_that_is_missing_and_not_one_that_is_stale(
    bench: Bench, container: Any, runs: bool
) -> None:
    bench.engine.containers = [container() if runs else None]
    del bench.engine.images[IMAGE]
    bench.says("compact", planned("There is no space to give back"), DONE)
    compact(bench.session())
    assert len(bench.run("plain build")) == 1
    bench.engine.images[IMAGE] = Image("sha256:1", "other", 1)
    assert [each.id for each in compact(bench.session()).findings] == ["image.stale"]
    assert len(bench.run("plain build")) == 1


def test_what_only_looks_says_it_in_the_images_words(bench: Bench) -> None:
    bench.says("usage", finding("x", "warning"), result(lines=["a  b", "c  d"], usage=[]))
    found = look(bench.session(), bench.stack.settings("local"), "usage")
    assert ([line.text for line in found.lines], found.exit_code) == (["a  b", "c  d"], 0)
    assert ([each.id for each in found.findings], found.fields()) == (["x"], {"usage": []})
    bench.runner.answers["mlflow usage"] = Outcome((), 1, json.dumps(result(False)), "")
    assert look(bench.session(), bench.stack.settings("local"), "usage").exit_code == 1


@pytest.fixture
def running(bench: Bench, container: Any) -> Bench:
    bench.engine.containers = [container()]
    bench.says("compact plan", planned(bytes=2), result())
    bench.says("compact execute", planned(bytes=3), result(done=True, lines=["The database had 2 B"]))
    return bench


def test_the_server_is_stopped_between_plan_and_execution_and_started_again(running: Bench) -> None:
    done = compact(running.session())
    assert [line.split("docker-compose.local.yml ")[1] for line in running.runner.ran] == [
        "run --rm --no-deps -T mlflow compact plan",
        "--progress plain stop mlflow",
        "run --rm --no-deps -T mlflow compact execute",
        "--progress plain start mlflow",
    ]
    assert running.asked == [
        Question("The server is stopped for this and started again. This does:", ("it",), ("the rest",))
    ]
    assert running.runner.replies == ["", json.dumps({"bytes": 3})]
    assert (done.fields()["restarted"], done.exit_code, done.lines[0].text) == (True, 0, "The database had 2 B")


def test_a_server_is_stopped_and_started_in_its_own_mode(running: Bench, container: Any) -> None:
    """`adopt` works in local mode, whatever the server's is."""
    running.engine.containers = [container(mode="s3")]
    settings, work = running.stack.settings("local"), change("compact", "Nothing was compacted")
    assert carry_out_alone(running.session(), settings, work).restarted
    assert [line.partition(" -f ")[2] for line in running.runner.ran] == [
        "docker-compose.local.yml run --rm --no-deps -T mlflow compact plan",
        "docker-compose.yml --progress plain stop mlflow",
        "docker-compose.local.yml run --rm --no-deps -T mlflow compact execute",
        "docker-compose.yml --progress plain start mlflow",
    ]


def test_nothing_to_do_stops_nothing(running: Bench) -> None:
    running.says("compact plan", planned("There is no space to give back"), result())
    done = compact(running.session())
    assert (running.asked, running.run("stop"), done.lines[0].text) == ([], [], "There is no space to give back")


def test_a_plan_that_is_refused_stops_nothing(running: Bench) -> None:
    said = "\n".join(map(json.dumps, (finding("database.corrupt"), result(False))))
    running.runner.answers["compact plan"] = Outcome((), 1, said, "")
    done = compact(running.session())
    assert (running.asked, running.run("stop"), done.exit_code) == ([], [], 1)
    assert ([each.id for each in done.findings], done.lines[0].text) == (["database.corrupt"], "Nothing was compacted")


def test_an_execution_that_is_refused_starts_the_server_again(running: Bench) -> None:
    """As where something else has changed since the plan."""
    said = "\n".join(map(json.dumps, (finding("plan.changed"), result(False))))
    running.runner.answers["compact execute"] = Outcome((), 1, said, "")
    done = compact(running.session())
    assert ([each.id for each in done.findings], done.lines[0].text) == (["plan.changed"], "Nothing was compacted")
    assert (done.exit_code, done.fields()["done"], done.fields()["restarted"]) == (1, False, True)
    assert running.run("start mlflow") == ["start mlflow"]


@pytest.mark.parametrize(("answer", "dry_run"), [(False, False), (True, True)])
def test_without_a_yes_it_is_not_stopped(running: Bench, answer: bool, dry_run: bool) -> None:
    done = compact(running.session(answer, dry_run))
    assert running.run("stop") == []
    assert [line.text for line in done.lines] == ["Nothing was compacted"]


def test_a_server_that_was_stopped_stays_so(running: Bench, container: Any) -> None:
    running.engine.containers = [container(state="exited")]
    assert compact(running.session()).fields()["restarted"] is False
    assert running.run("stop") + running.run("start mlflow") == []


def once(raised: BaseException | Outcome) -> Any:
    """What ends the first of two calls."""
    left = [raised]
    return lambda: left.pop() if left else ""


ENDS = {
    "an error": (StackError(error("x", "y"), exit_code=COMMAND), COMMAND),
    "SIGINT": (Interrupted(signal.SIGINT), 130),
    "SIGTERM": (Interrupted(signal.SIGTERM), 143),
    "SIGHUP": (Interrupted(signal.SIGHUP), 129),
    "Ctrl-C": (KeyboardInterrupt(), 130),
    "a failed command": (Outcome((), 137, "", "Killed"), COMMAND),
    "a bug": (ValueError("a bug"), BUG),
    "no memory": (OSError(12, "Cannot allocate memory"), BUG),
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("where", ["stop mlflow", "mlflow compact execute"])
@pytest.mark.parametrize("starts", [True, False])
def test_whatever_ends_it_the_server_runs_again_or_the_last_line_says_that_it_does_not(
    running: Bench, container: Any, end: str, where: str, starts: bool
) -> None:
    raised, code = ENDS[end]
    running.runner.answers[where] = once(raised)
    if not starts:
        running.runner.answers["start mlflow"] = Outcome((), 1, "", "no")
        running.engine.containers = [container(), container(), container(state="exited")]
    with pytest.raises(StackError) as failed:
        compact(running.session())
    last = failed.value.findings[-1]
    assert failed.value.exit_code == code
    # A stop that was interrupted may be under way: it is waited for first.
    assert any(line.endswith("stop mlflow") for line in running.runner.asked)
    assert running.run("start mlflow") == ["start mlflow"]
    if starts:
        assert (last.level, last.text) == ("warning", "The server runs again")
    else:
        assert (last.level, last.text) == ("error", "The server does not run (exited)")
        assert last.fix == ("./stack start --disable-s3",)


def test_a_container_that_was_created_and_never_started_is_removed(running: Bench) -> None:
    """Compose leaves it when it is interrupted in between."""
    running.runner.answers["mlflow compact execute"] = Interrupted(signal.SIGTERM)
    running.engine.left = [["c9"]]
    with pytest.raises(StackError):
        compact(running.session())
    assert "docker rm c9" in running.runner.asked


def test_a_failing_stop_is_followed_by_a_start(running: Bench) -> None:
    running.runner.answers["stop mlflow"] = Outcome((), 1, "", "no")
    with pytest.raises(StackError) as failed:
        compact(running.session())
    assert failed.value.exit_code == COMMAND
    assert running.run("mlflow compact execute") == []
    assert running.run("start mlflow") == ["start mlflow"]


@pytest.mark.parametrize(("mode", "fix"), [("local", "./stack start --disable-s3"), ("s3", "./stack start")])
@pytest.mark.parametrize("first", [Interrupted(signal.SIGTERM), ValueError("a bug")])
@pytest.mark.parametrize("during", ["stop mlflow", "start mlflow", "the wait"])
def test_a_second_signal_while_it_is_started_again(
    running: Bench, container: Any, monkeypatch: pytest.MonkeyPatch, mode: Any, fix: str, first: Any, during: str
) -> None:
    def ended(*_: Any) -> Waited:
        raise Interrupted(signal.SIGINT)

    running.runner.answers["mlflow compact execute"] = first
    if during == "the wait":
        monkeypatch.setattr(server, "wait", ended)
    else:
        second = [Interrupted(signal.SIGINT)] if during == "start mlflow" else [Interrupted(signal.SIGINT), ""]
        running.runner.answers[during] = second.pop
    running.engine.containers = [container(mode=mode)] * (3 if during == "the wait" else 2)
    running.engine.containers.append(container(mode=mode, state="exited"))
    with pytest.raises(StackError) as failed:
        compact(running.session())
    *_, wait, last = failed.value.findings
    assert failed.value.exit_code == (143 if isinstance(first, Interrupted) else BUG)
    assert failed.value.findings[0].id == ("stack.interrupted" if isinstance(first, Interrupted) else "stack.bug")
    assert (wait.text, wait.fix) == ("The wait for the server ended by SIGINT", ("./stack status",))
    assert (last.level, last.text, last.fix) == ("error", "The server does not run (exited)", (fix,))
    assert running.runner.interrupts == 2


def test_a_server_that_does_not_come_back_after_the_work_is_an_error_of_a_verb_that_is_done(
    running: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "wait", lambda *_: Waited(False, 1.0, "It was not ready"))
    done = compact(running.session())
    assert (done.fields()["done"], done.fields()["restarted"], done.exit_code) == (True, False, 1)
    assert done.findings[0].text == "It was not ready"
    assert done.findings[-1].text == "The server's container runs in local mode; nobody waited for it to be ready"


def test_children_are_interrupted_before_the_server_starts(running: Bench) -> None:
    running.runner.answers["mlflow compact execute"] = Interrupted()
    with pytest.raises(StackError):
        while_stopped(
            running.stack, "local", "compact", lambda: running.runner.converse(("mlflow compact execute",), str, None)
        )
    assert running.runner.interrupts == 1

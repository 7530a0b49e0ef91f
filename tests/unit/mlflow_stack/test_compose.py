"""argv lists compared whole; the runner on real small processes."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import pytest

from mlflow_stack.compose import Bind, Files, Runner
from mlflow_stack.errors import CommandFailed

BARE = Files()
NAMED = Files((Path("/x/tools.yml"),), "side")


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (BARE.up("s3"), "docker compose -f docker-compose.yml --progress plain up --detach"),
        (
            BARE.recreate("local"),
            "docker compose -f docker-compose.local.yml --progress plain up --detach --force-recreate --no-deps mlflow",
        ),
        (
            NAMED.stop("s3"),
            "docker compose --project-name side -f docker-compose.yml -f /x/tools.yml --progress plain stop",
        ),
        (
            NAMED.without_extra().config("s3"),
            "docker compose --project-name side -f docker-compose.yml config --format json",
        ),
        (BARE.config_hash("s3"), "docker compose -f docker-compose.yml config --hash mlflow"),
        (
            BARE.build("s3", "ab"),
            "docker compose -f docker-compose.yml --progress plain build --build-arg SOURCE_HASH=ab mlflow",
        ),
        (BARE.down_volumes("local"), "docker compose -f docker-compose.local.yml --progress plain down --volumes"),
        (
            BARE.logs("s3", True, "5"),
            "docker compose -f docker-compose.yml logs --no-log-prefix --tail 5 --follow mlflow",
        ),
        (BARE.inside("s3", ["check"]), "docker compose -f docker-compose.yml run --rm --no-deps -T mlflow check"),
        (
            BARE.inside("local", ["adopt", "plan"], [Bind(Path("/old"), "/adopt")]),
            "docker compose -f docker-compose.local.yml run --rm --no-deps -T -v /old:/adopt:ro mlflow adopt plan",
        ),
    ],
)
def test_argv(argv: tuple[str, ...], expected: str) -> None:
    assert list(argv) == expected.split(" ")


def test_stop_never_removes() -> None:
    assert not {"down", "rm", "--volumes"} & {*BARE.stop("s3"), *BARE.stop("local")}


@pytest.fixture
def runner(tmp_path: Path, heard) -> Runner:
    return Runner(tmp_path, heard)


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def test_both_outputs_and_the_folder(runner: Runner, tmp_path: Path) -> None:
    outcome = runner.query(python("import os,sys; print(os.getcwd()); print('no', file=sys.stderr); sys.exit(7)"))
    assert (outcome.exit, outcome.out, outcome.err) == (7, f"{tmp_path.resolve()}\n", "no\n")


def test_an_act_is_echoed_shown_and_fails_with_its_words(runner: Runner, heard) -> None:
    argv = python("import sys; print('one'); print('two', file=sys.stderr); sys.exit(3)")
    with pytest.raises(CommandFailed) as failed:
        runner.act(argv)
    assert heard.commands == [argv]
    assert sorted(heard.lines) == ["one", "two"]
    [finding] = failed.value.findings
    assert (failed.value.exit_code, finding.id, finding.text.splitlines()[1:]) == (4, "command.failed", ["two"])
    assert finding.fix == (failed.value.outcome.by_hand,)


def test_a_query_is_not_echoed(runner: Runner, heard) -> None:
    runner.query(python("print(1)"))
    assert heard.commands == []


def test_a_command_that_is_not_there_is_an_outcome(runner: Runner) -> None:
    outcome = runner.query(("no-such-command-here", "x"))
    assert (outcome.exit, outcome.err) == (127, "no-such-command-here: command not found")


def test_a_time_limit_ends_it(runner: Runner) -> None:
    outcome = runner.query(python("import time; time.sleep(60)"), timeout=0.2)
    assert (outcome.exit, outcome.err) == (124, "no end after 0.2 s\n")


def test_full_pipes_do_not_hold_it_up(runner: Runner) -> None:
    outcome = runner.query(python("import sys; sys.stderr.write('e'*300000); sys.stdout.write('o'*300000)"), timeout=30)
    assert (outcome.exit, len(outcome.out), len(outcome.err)) == (0, 300000, 300000)


def test_interrupt_ends_children_of_other_threads(runner: Runner) -> None:
    code = "import time\nprint('up', flush=True)\ntry:\n time.sleep(60)\nexcept KeyboardInterrupt:\n print('tidied')"
    up, outcomes = threading.Event(), []
    lines: list[str] = []

    def take(line: str) -> None:
        lines.append(line)
        up.set()

    thread = threading.Thread(target=lambda: outcomes.append(runner.stream(python(code), take, take)))
    thread.start()
    assert up.wait(30)
    time.sleep(0.1)
    runner.interrupt()
    thread.join(30)
    assert (outcomes[0].exit, lines) == (0, ["up", "tidied"])

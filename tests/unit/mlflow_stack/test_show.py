"""What people read, word by word, and the envelope that programs read."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from mlflow_stack import text as showing
from mlflow_stack.bootstrap import Bootstrapped
from mlflow_stack.data import Adopted, Destroyed
from mlflow_stack.doctor import Diagnosis
from mlflow_stack.errors import NotAnswered, PreflightFailed
from mlflow_stack.findings import Finding
from mlflow_stack.lifecycle import Logged, Started, Stopped
from mlflow_stack.maintenance import Question
from mlflow_stack.show import ProgressLines, Show
from mlflow_stack.smoke import Smoked
from mlflow_stack.status import Status
from mlflow_stack.text import duration, size
from mlflow_stack.ui import Opened
from mlflow_stack.upgrading import Upgraded
from support.results import DENIED, MIB, OF_DATA

URL = "http://localhost:5000"


@pytest.fixture(autouse=True)
def ada(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(showing.getpass, "getuser", lambda: "ada")
    monkeypatch.setattr(showing.socket, "gethostname", lambda: "tower")


def render(result: Any, *, as_json: bool = False) -> tuple[str, str, int]:
    out, err = io.StringIO(), io.StringIO()
    code = Show(as_json, out, err, width=80).result(result)
    return out.getvalue(), err.getvalue(), code


STATUS = Status(
    mode="s3", url=URL, health="ready", reason="", uptime=93784.0, memory_used=211 * MIB, memory_limit=4096 * MIB,
    versions={"mlflow": "3.17.2", "python": "3.13.5", "sqlite": None, "revision": "dc11"},
    sizes={"database": 954368, "image": 427879538, "mlartifacts": None}, runs=10, experiments=2,
)  # fmt: skip

GOLDEN = [
    (
        Started("start", "local", URL, "stopped", True, 3.04),
        f"""MLflow is ready in local mode (3.0 s): {URL}
  export MLFLOW_TRACKING_URI={URL}
  from another machine: ssh -N -L 5000:localhost:5000 ada@tower
""",
    ),
    (
        Started("start", "s3", URL, "other-mode", True, 3.0, findings=[DENIED]),
        f"""MLflow was switched to s3 mode (3.0 s): {URL}
  export MLFLOW_TRACKING_URI={URL}
✗ Profile basketworld may not put
    aws s3 ls
    [x]
    y = z
  from another machine: ssh -N -L 5000:localhost:5000 ada@tower
""",
    ),
    (
        Started("start", "s3", URL, "running", True, 0.1),
        f"""MLflow was already running in s3 mode: {URL}
  export MLFLOW_TRACKING_URI={URL}
  from another machine: ssh -N -L 5000:localhost:5000 ada@tower
""",
    ),
    (
        Started(
            "start", "s3", URL, "stopped", False, 6.0, "The server waits for a mend", Path("/r/.stack/a.log"), [DENIED]
        ),
        """The server waits for a mend
The server's log: /r/.stack/a.log
✗ Profile basketworld may not put
    aws s3 ls
    [x]
    y = z
""",
    ),
    (
        Stopped("local", True),
        "MLflow is stopped; container, database and artifacts stay. On again: ./stack start --disable-s3\n",
    ),
    (Stopped("s3", False), "MLflow was already stopped\n"),
    (Stopped(None, False), "MLflow was not running: there is no container\n"),
    (
        STATUS,
        f"""mode      s3
url       {URL}
health    ready
uptime    1 d 2 h
memory    211.0 MiB of 4.0 GiB
versions  mlflow 3.17.2, python 3.13.5, revision dc11
sizes     database 932.0 KiB, image 408.1 MiB, mlartifacts unknown
content   10 runs in 2 experiments
backup    none yet
""",
    ),
    (
        Diagnosis(
            [
                Finding("a", "ok", "fine"),
                Finding("b", "info", "by the way"),
                Finding("c", "warning", "hm", "there"),
                DENIED,
                Finding("d", "unknown", "no idea"),
            ]
        ),
        """✓ fine
i by the way
! hm  [there]
✗ Profile basketworld may not put
    aws s3 ls
    [x]
    y = z
? no idea
""",
    ),
    (
        Smoked(
            URL, [Finding("smoke.run", "ok", "A run"), Finding("smoke.upload", "error", "3 files up: no", "", ("f",))]
        ),
        f"Smoke test of {URL}\n✓ A run\n✗ 3 files up: no\n    f\n",
    ),
    (Destroyed(True, ("v1", "v2"), 1, 1), "Removed: v1, v2\n"),
    (Destroyed(False, (), None, None), "Nothing was removed\n"),
    (Adopted(True, {}, {}, []), "Taken over\n"),
    (
        Upgraded(True, {"migrate": True}, {}, {}, [], True, Path("/repo/backups/2026")),
        "Upgraded; the database of before is snapshot 2026\n",
    ),
    (Upgraded(True, {"migrate": True}, {}, {}, []), "Upgraded\n"),
    (
        Upgraded(False, {"migrate": False, "revision": "r2"}, {"now": {"v": "1"}, "new": {"v": "1"}}, {}, []),
        "The database is at schema revision r2: nothing to do\n",
    ),
    (Upgraded(False, {"migrate": True}, {}, {}, []), "Nothing was upgraded\n"),
    (
        Bootstrapped([Finding("bootstrap.base", "ok", "The base image is there", "x:1")]),
        "✓ The base image is there  [x:1]\n",
    ),
    (Logged([]), ""),
    (Opened("s3", URL, False), f"{URL}\n"),
]
GOLDEN += OF_DATA


@pytest.mark.parametrize(("result", "text"), GOLDEN, ids=lambda each: type(each).__name__)
def test_golden(result: Any, text: str) -> None:
    assert render(result) == (text, "", result.exit_code)


@pytest.mark.parametrize("result", [each for each, _ in GOLDEN], ids=lambda each: type(each).__name__)
def test_one_envelope(result: Any) -> None:
    out, err, code = render(result, as_json=True)
    envelope = json.loads(out)
    assert (err, code, out.count("\n")) == ("", result.exit_code, 1)
    assert list(envelope)[:4] == ["command", "ok", "exit_code", "findings"]
    assert envelope["command"] == result.command
    assert envelope["ok"] is (code == 0)
    assert envelope["findings"] == [each.as_json() for each in result.findings]


FIELDS = {
    "start": ["mode", "url", "was", "ready", "seconds", "reason", "log"],
    "stop": ["mode", "was_running"],
    "status": [
        *("mode", "url", "health", "reason", "uptime", "memory_used", "memory_limit"),
        *("versions", "sizes", "runs", "experiments", "snapshot", "drilled"),
    ],
    "doctor": [],
    "smoke": ["url"],
    "destroy": ["done", "volumes", "runs", "experiments"],
    "adopt": ["done", "plan", "result", "restarted"],
    "upgrade": ["done", "plan", "image", "result", "restarted", "snapshot", "log"],
    "bootstrap": ["written"],
    "logs": ["lines"],
    "backup": ["snapshot", "runs", "experiments", "objects", "object_bytes", "whole", "restore_as", "in_s3"],
    "backups": ["snapshots"],
    "backup verify": ["what"],
    "backup drill": ["what"],
    "restore": ["done", "plan", "result", "restarted"],
    "cleanup": ["done", "plan", "result"],
    "usage": ["destination", "usage", "database_bytes"],
    "audit": ["found"],
    "audit --delete-orphans": ["done", "plan", "result"],
    "compact": ["done", "plan", "result", "restarted"],
    "artifacts push": ["direction", "done", "plan", "result"],
    "artifacts pull": ["direction", "done", "plan", "result"],
    "artifacts diff": ["found"],
    "migrate": ["done", "plan", "experiments", "result"],
    "close-stale": ["done", "runs", "run_ids"],
    "ui": ["mode", "url", "opened"],
}


def test_no_result_is_without_its_words_here() -> None:
    """Each type that `head` has words for is in GOLDEN."""
    assert set(showing.head.registry) - {object} == {type(result) for result, _ in GOLDEN}


def test_the_keys_of_every_verb_are_pinned() -> None:
    seen = {}
    for result, _ in GOLDEN:
        envelope = json.loads(render(result, as_json=True)[0])
        seen[envelope["command"]] = list(envelope)[4:]
    assert seen == FIELDS


def test_an_error_is_its_findings() -> None:
    out, err = io.StringIO(), io.StringIO()
    assert Show(False, out, err, width=80).error(PreflightFailed([DENIED]), "start") == 2
    assert (out.getvalue(), err.getvalue().splitlines()[0]) == ("", "✗ Profile basketworld may not put")
    assert Show(True, out, err).error(NotAnswered("destroy"), "destroy") == 2
    envelope = json.loads(out.getvalue())
    assert (envelope["ok"], envelope["exit_code"], envelope["findings"][0]["id"]) == (False, 2, "usage.not-answered")


def test_a_question() -> None:
    out, err = io.StringIO(), io.StringIO()
    Show(False, out, err).question(Question("destroy", "This removes:", ("a",), ("b",)))
    assert (out.getvalue(), err.getvalue()) == ("", "This removes:\n  a\n  (stays: b)\n")


def progress(*, as_json: bool) -> tuple[ProgressLines, io.StringIO]:
    err = io.StringIO()
    return Show(as_json, io.StringIO(), err).progress, err


@pytest.mark.parametrize(("as_json", "echo"), [(False, "$ docker x 'a b'\n"), (True, "")])
def test_commands_are_echoed_but_for_json(as_json: bool, echo: str) -> None:
    lines, err = progress(as_json=as_json)
    lines.command(["docker", "x", "a b"])
    lines.line("out")
    assert err.getvalue() == echo + "  out\n"


def test_a_line_for_each_twentieth() -> None:
    lines, err = progress(as_json=False)
    for done in range(1001):
        lines.amount(done, 1000, "rows", "copying")
    said = err.getvalue().splitlines()
    assert (len(said), said[0], said[-1]) == (21, "  copying 0 of 1,000 rows", "  copying 1,000 of 1,000 rows")


def test_a_log_line_is_printed_as_it_is() -> None:
    out = io.StringIO()
    Show(False, out, io.StringIO(), width=20).print_line("[bold]x[/bold] :smile: " + "y" * 60)
    assert out.getvalue() == "[bold]x[/bold] :smile: " + "y" * 60 + "\n"


@pytest.mark.parametrize(
    ("count", "text"), [(None, "unknown"), (0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (5 * 1024**4, "5.0 TiB")]
)
def test_sizes(count: int | None, text: str) -> None:
    assert size(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (59.9, "59 s"), (60, "1 min"), (7500, "2 h 5 min"), (356400, "4 d 3 h")]
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text

"""What people see of `start`, `status`, `doctor` and `smoke`: in a pipe, in a terminal of 80 columns, as JSON.

`./test.sh --unit --write-golden` writes the files anew; then read the difference.
"""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from mlflow_stack import show as showing
from mlflow_stack.doctor import Diagnosis
from mlflow_stack.findings import Finding
from mlflow_stack.lifecycle import Started
from mlflow_stack.show import Show
from mlflow_stack.smoke import Smoked
from mlflow_stack.status import Status

GOLDEN = Path(__file__).with_name("golden")
COLUMNS = 80
URL = "http://localhost:5000"
MIB = 1024**2
DENIED = Finding(
    "s3.denied",
    "error",
    "Profile basketworld may not put s3://basketworld/mlflow-artifacts/.mlflow-stack-check: S3 denies s3:PutObject",
    "basketworld",
    ("aws s3 cp README.md s3://basketworld/mlflow-artifacts/probe --profile basketworld --region us-west-1",),
)
FOUND = [
    Finding("docker.engine", "ok", "Docker Engine 28.2.2 answers"),
    Finding("database.sqlite", "info", "SQLite 3.46.1 lacks the mend of the WAL-reset bug: the journal is `delete`"),
    Finding(
        "aws.credentials-kind", "warning", "Profile basketworld logs in through a browser (SSO)", "~/.aws/config",
        ("aws sso login --profile basketworld",),
    ),
    DENIED,
    Finding("port.free", "unknown", "Port 80: this user may not try it"),
]  # fmt: skip
RESULTS: dict[str, Any] = {
    "start": Started("start", "s3", URL, "stopped", True, 3.04, findings=[DENIED]),
    "start-not-ready": Started(
        "start", "s3", URL, "stopped", False, 6.0, "The server waits for a mend", Path("/r/.stack/a.log"), FOUND[2:3]
    ),
    "status": Status(
        mode="s3", url=URL, health="ready", reason="", uptime=93784.0, memory_used=211 * MIB, memory_limit=4096 * MIB,
        versions={"mlflow": "3.17.2", "python": "3.13.5", "sqlite": "3.53.4", "revision": "dc11669786a5"},
        sizes={"database": 954368, "image": 427879538, "mlartifacts": None}, runs=10, experiments=2,
    ),
    "doctor": Diagnosis(FOUND),
    "smoke": Smoked(
        URL,
        [Finding("smoke.run", "ok", "A run"), Finding("smoke.upload", "error", "up: 503", "", ("./stack doctor",))],
    ),
}  # fmt: skip


class Terminal(io.StringIO):
    """Says that it is one."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def ada(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user, a host and a terminal with eight colours."""
    monkeypatch.setattr(showing.getpass, "getuser", lambda: "ada")
    monkeypatch.setattr(showing.socket, "gethostname", lambda: "tower")
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


def rendered(result: Any, form: str) -> str:
    out = Terminal() if form == "terminal.txt" else io.StringIO()
    Show(form == "json", out, io.StringIO(), width=COLUMNS).result(result)
    shown = out.getvalue()
    # One line on stdout; here a line for each key, so that a difference can be read.
    return json.dumps(json.loads(shown), indent=1, ensure_ascii=False) + "\n" if form == "json" else shown


@pytest.mark.parametrize("form", ["txt", "terminal.txt", "json"])
@pytest.mark.parametrize("name", RESULTS)
def test_golden_files(name: str, form: str, request: pytest.FixtureRequest) -> None:
    path = GOLDEN / f"{name}.{form}"
    shown = rendered(RESULTS[name], form)
    if request.config.getoption("--write-golden"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")


def test_no_file_is_left_of_a_case_that_is_gone() -> None:
    forms = ("txt", "terminal.txt", "json")
    assert {path.name for path in GOLDEN.iterdir()} == {f"{name}.{form}" for name in RESULTS for form in forms}


ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("name", RESULTS)
def test_in_a_terminal_sentences_fit_and_commands_are_whole(name: str) -> None:
    lines = ESCAPES.sub("", rendered(RESULTS[name], "terminal.txt")).splitlines()
    commands = [f"    {fix}" for finding in RESULTS[name].findings for fix in finding.fix]
    assert [line for line in lines if line in commands] == commands
    assert [line for line in lines if len(line) > COLUMNS and line not in commands] == []

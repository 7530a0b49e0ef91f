"""`.env.example` lists what the Compose files read, with their defaults: no more, no less."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOR_THE_WRAPPER = {"MLFLOW_STACK_FILES"}
SHOWN_EMPTY = {"BUILD_CA_BUNDLE", "MLFLOW_ADMIN_PASSWORD_FILE"}
"""/dev/null in the files: nothing, said in the one way that a secret's file allows."""


def defaults() -> dict[str, str]:
    found: dict[str, str] = {}
    for name in ("docker-compose.yml", "docker-compose.local.yml"):
        for variable, default in re.findall(r"\$\{(\w+):-([^}]*)\}", (ROOT / name).read_text()):
            assert found.setdefault(variable, default) == default, f"{variable} has two defaults"
    return found


def test_every_variable_with_its_default() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    listed = dict(
        re.fullmatch(r"# ([A-Z0-9_]+)=(.*)", line).groups() for line in lines if re.match(r"# [A-Z0-9_]+=", line)
    )
    expected = {name: "" if name in SHOWN_EMPTY else default for name, default in defaults().items()}
    assert listed == expected | dict.fromkeys(FOR_THE_WRAPPER, "")


def test_the_files_have_no_variable_without_a_default() -> None:
    for name in ("docker-compose.yml", "docker-compose.local.yml"):
        text = (ROOT / name).read_text()
        assert set(re.findall(r"\$\{(\w+)", text)) == set(re.findall(r"\$\{(\w+):-", text))

"""The shell scripts: from any folder, through links, with a Python that will not do. Nothing is installed here."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SCRIPTS = ("stack", "start_mlflow.sh", "start_mlflow_with_profile.sh", "stop_mlflow.sh")
# Stands in for the wrapper: says where it was found and what it was given.
ECHO = "import sys; from pathlib import Path; print(Path(__file__).parents[2], *sys.argv[1:])\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    root = tmp_path / "a checkout"
    (root / "src/mlflow_stack").mkdir(parents=True)
    for name in SCRIPTS:
        shutil.copy2(ROOT / name, root / name)
    (root / "src/mlflow_stack/__main__.py").write_text(ECHO)
    (root / "src/mlflow_stack/__init__.py").touch()
    (root / "requirements.lock").write_text("# v1\n")
    (root / ".venv/bin").mkdir(parents=True)
    (root / ".venv/bin/python").symlink_to(sys.executable)
    (root / ".venv/requirements.lock").write_text("# v1\n")
    return root


def run(script: Path, *args: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [script, *args], cwd=cwd, env=os.environ | environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("script", "verb"),
    [
        ("stack", ""),
        ("start_mlflow.sh", "start"),
        ("start_mlflow_with_profile.sh", "start"),
        ("stop_mlflow.sh", "stop"),
    ],
)
def test_from_another_folder(checkout: Path, tmp_path: Path, script: str, verb: str) -> None:
    done = run(checkout / script, "--x", "a b", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, f"{checkout} {verb} --x a b\n".replace("  ", " "))


def test_through_links(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/direct").symlink_to(checkout / "stack")
    (tmp_path / "bin/relative").symlink_to("direct")
    assert run(tmp_path / "bin/relative", "status", cwd=tmp_path / "bin").stdout == f"{checkout} status\n"


def test_the_profile_script_is_for_s3(checkout: Path, tmp_path: Path) -> None:
    done = run(checkout / "start_mlflow_with_profile.sh", "--disable-s3", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "./start_mlflow.sh --disable-s3" in done.stderr


def fake_python(folder: Path, script: str) -> str:
    path = folder / "fake-python"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize("script", ["exit 1", "case $2 in *ensurepip*) exit 1;; esac"])
def test_a_python_that_will_not_do_is_one_sentence_with_the_mend(checkout: Path, tmp_path: Path, script: str) -> None:
    (checkout / "requirements.lock").write_text("# v2\n")
    python = fake_python(tmp_path, script)
    done = run(checkout / "stack", "status", cwd=tmp_path, PYTHON=python)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (3, "", 1)
    envelope = json.loads(run(checkout / "stack", "status", "--json", cwd=tmp_path, PYTHON=python).stdout)
    assert (envelope["ok"], envelope["exit_code"], envelope["findings"][0]["id"]) == (False, 3, "host.python")


def test_a_changed_lock_makes_the_venv_anew_and_stamps_it_last(checkout: Path, tmp_path: Path) -> None:
    (checkout / "requirements.lock").write_text("# v2\n")
    python = fake_python(tmp_path, 'if [ "$2" = venv ]; then rm -f "$4/requirements.lock"; exit 9; fi')
    assert run(checkout / "stack", "status", cwd=tmp_path, PYTHON=python).returncode == 9
    assert not (checkout / ".venv/requirements.lock").exists(), "a half-made one is made again"

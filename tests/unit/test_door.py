"""`stack` and the scripts over it: from any folder, through links, with any Python. One test makes a real environment;
in the others Python is a small script that makes a small one. Nothing is downloaded.
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from support.door import open_door
from support.own_path import OwnPath

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ("stack", "start_mlflow.sh", "start_mlflow_with_profile.sh", "stop_mlflow.sh")
CLEANUPS = ("cleanup_mlflow_deleted_runs.py", "cleanup_mlflow_deleted_runs_s3.py")
# Stands in for the wrapper.
ECHO = """import json, os, sys
names = ("HOME", "MLFLOW_STACK_INVOKED_AS", "PYTHONHOME", "PYTHONPATH", "PYTHONSAFEPATH", "PYTHONSTARTUP")
try:
    os.fstat(9)
    lock_is_open = True
except OSError:
    lock_is_open = False
print(json.dumps({"file": __file__, "argv": sys.argv[1:], "path0": sys.path[0], "prefix": sys.prefix,
    "lock_is_open": lock_is_open} | {name: os.environ.get(name) for name in names}))
"""
# Python of another version, by what it says about itself.
SAYS = 'case "$*" in *sys.implementation.name*) echo "{said}"; exit ;; *ensurepip*) exit {no_venv} ;; esac\n'
# Makes an environment whose Python runs pip by name only.
MAKES = """
case "$*" in
    *'-m venv'*)
        for made; do :; done
        mkdir -p "$made/bin"
        touch "$made/old-or-new"
        cp "$STATE/venv-python" "$made/bin/python"
        exit ;;
esac
exec "$REAL" "$@"
"""
VENV_PYTHON = """#!/bin/sh
case "$*" in
    *'-m pip'*)
        printf 'pip %s\\n' "$*" >>"$STATE/pip"
        if [ -e "$STATE/slow" ]; then while [ -e "$STATE/slow" ]; do sleep 0.05; done; fi
        if [ -e "$STATE/pip-fails" ]; then echo 'ERROR: No matching distribution found' >&2; exit 1; fi
        exit ;;
    *cache_tag*) if [ -e "$STATE/identity" ]; then cat "$STATE/identity"; exit; fi ;;
esac
exec "$REAL" "$@"
"""
FOREIGN_PYTHON = {"PYTHONHOME": "/nowhere", "PYTHONPATH": "/tmp", "PYTHONSTARTUP": "/nowhere.py"}


@dataclass
class Checkout:
    """A checkout that has only the scripts, with a wrapper that says how it was called."""

    root: Path
    state: Path
    path: OwnPath
    cwd: Path
    environment: dict[str, str] = field(default_factory=dict)

    def start(self, script: Path | str, *args: str, **environment: str) -> subprocess.Popen[str]:
        own = {"PATH": str(self.path.folder), "STATE": str(self.state), "REAL": sys.executable, "HOME": "/home/ada"}
        return subprocess.Popen(
            [script, *args],
            cwd=self.cwd,
            env=own | self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, script: Path | str, *args: str, **environment: str) -> subprocess.CompletedProcess[str]:
        process = self.start(script, *args, **environment)
        out, err = process.communicate(timeout=60)
        return subprocess.CompletedProcess((script, *args), process.returncode, out, err)

    def told(self, script: Path | str, *args: str, **environment: str) -> dict[str, Any]:
        """What the wrapper was given."""
        done = self.run(script, *args, **environment)
        assert done.returncode == 0, done.stderr
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    def refusal(self, *args: str, **environment: str) -> tuple[int, dict[str, Any]]:
        """Exit code and the one finding of `stack … --json`, which is one envelope on one line."""
        done = self.run(self.stack, *args, "--json", "--json", **environment)
        (line,) = done.stdout.splitlines()
        envelope = json.loads(line)
        (finding,) = envelope.pop("findings")
        assert envelope == {"version": 1, "command": "stack", "ok": False, "exit_code": done.returncode}
        plain = self.run(self.stack, *args, **environment)
        assert (plain.returncode, plain.stdout) == (done.returncode, "")
        assert finding["text"] in plain.stderr
        assert finding["fix"][0] in plain.stderr
        return done.returncode, finding

    @property
    def stack(self) -> Path:
        return self.root / "stack"

    @property
    def venv(self) -> Path:
        return self.root / ".stack/venv"

    def made(self) -> int:
        """How often packages were installed."""
        pip = self.state / "pip"
        return len(pip.read_text().splitlines()) if pip.exists() else 0


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    root, state, cwd = tmp_path / "a 'great\" \\checkout", tmp_path / "state", tmp_path / "elsewhere"
    for folder in (root / "src/mlflow_stack", root / "scripts", state, cwd):
        folder.mkdir(parents=True)
    for name in (*SCRIPTS, *(f"scripts/{each}" for each in CLEANUPS)):
        shutil.copy2(ROOT / name, root / name)
    (root / "src/mlflow_stack/__main__.py").write_text(ECHO)
    (root / "src/mlflow_stack/__init__.py").touch()
    (root / "requirements.lock").write_text("# v1\n")
    (state / "venv-python").write_text(VENV_PYTHON)
    (state / "venv-python").chmod(0o755)
    path = OwnPath(tmp_path / "bin")
    path.fake("python3", MAKES)
    return Checkout(root, state, path, cwd)


def other_python(checkout: Checkout, name: str, said: str, no_venv: int = 0) -> str:
    return str(checkout.path.fake(name, SAYS.format(said=said, no_venv=no_venv) + MAKES))


@pytest.mark.parametrize(
    ("script", "verb"),
    [
        ("stack", []),
        ("start_mlflow.sh", ["start"]),
        ("start_mlflow_with_profile.sh", ["start"]),
        ("stop_mlflow.sh", ["stop"]),
    ],
)
def test_from_another_folder_and_through_links(checkout: Checkout, script: str, verb: list[str]) -> None:
    (checkout.cwd / "direct").symlink_to(checkout.root / script)
    (checkout.cwd / "a folder").mkdir()
    (checkout.cwd / "a folder/relative").symlink_to("../direct")
    for typed in (checkout.root / script, "./direct", "./a folder/relative"):
        told = checkout.told(typed, "--x", "a b", "", 'c"d')
        assert told["argv"] == [*verb, "--x", "a b", "", 'c"d']
        assert told["file"] == str(checkout.root / "src/mlflow_stack/__main__.py")


def test_commands_can_be_shown_as_they_are_typed(checkout: Checkout) -> None:
    (checkout.cwd / "linked").symlink_to(checkout.stack)
    assert checkout.told("./linked")["MLFLOW_STACK_INVOKED_AS"] == "./linked"
    assert checkout.told(checkout.stack)["MLFLOW_STACK_INVOKED_AS"] == str(checkout.stack)
    checkout.cwd = checkout.root
    assert checkout.told("./stack")["MLFLOW_STACK_INVOKED_AS"] == "./stack"
    assert checkout.told("sh", "stack")["MLFLOW_STACK_INVOKED_AS"] == "./stack"
    assert checkout.told("./start_mlflow.sh")["MLFLOW_STACK_INVOKED_AS"] == "./stack"


def test_the_profile_script_is_for_s3(checkout: Checkout) -> None:
    done = checkout.run(checkout.root / "start_mlflow_with_profile.sh", "--disable-s3")
    assert (done.returncode, done.stdout) == (2, "")
    assert "./start_mlflow.sh --disable-s3" in done.stderr


@pytest.mark.parametrize(("script", "mode"), [(CLEANUPS[0], ["--disable-s3"]), (CLEANUPS[1], [])])
def test_the_old_names_of_cleanup(checkout: Checkout, script: str, mode: list[str]) -> None:
    (checkout.cwd / script).symlink_to(checkout.root / "scripts" / script)
    told = checkout.told(sys.executable, f"./{script}", "--yes")
    assert told["argv"] == ["cleanup", *mode, "--yes"]


def test_it_is_made_once_and_nothing_else_is_touched(checkout: Checkout) -> None:
    theirs = checkout.root / ".venv/lib/theirs.py"
    theirs.parent.mkdir(parents=True)
    theirs.touch()
    first, second = checkout.run(checkout.stack), checkout.run(checkout.stack)
    assert first.stderr == "Preparing the wrapper's Python environment in .stack/venv (once)\n"
    assert (second.stderr, checkout.made()) == ("", 1)
    assert [path for path in (checkout.root / ".venv").rglob("*") if path.is_file()] == [theirs]
    assert sorted(path.name for path in (checkout.root / ".stack").iterdir()) == ["venv", "venv-1", "venv.lock"]
    assert json.loads(second.stdout)["lock_is_open"] is False


def test_packages_are_installed_by_hash_and_into_the_environment(checkout: Checkout) -> None:
    checkout.told(checkout.stack)
    (line,) = (checkout.state / "pip").read_text().splitlines()
    assert line == (
        f"pip -I -m pip install --quiet --disable-pip-version-check --no-user --require-hashes -r {checkout.root}/"
        "requirements.lock"
    )


def test_a_changed_lock_makes_another_and_keeps_the_one_in_use(checkout: Checkout) -> None:
    checkout.told(checkout.stack)
    for number in (2, 3, 4):
        (checkout.root / "requirements.lock").write_text(f"# v{number}\n")
        before = checkout.venv.resolve()
        checkout.told(checkout.stack)
        assert checkout.made() == number
        made = sorted((checkout.root / ".stack").glob("venv-*"))
        assert made == sorted([before, checkout.venv.resolve()]), "a verb may still run from the previous one"
        assert len(made) == 2


def test_a_changed_interpreter_makes_another(checkout: Checkout) -> None:
    checkout.told(checkout.stack)
    (checkout.state / "identity").write_text("cpython-399 x\n")
    checkout.told(checkout.stack)
    assert checkout.made() == 2
    checkout.told(checkout.stack)
    assert checkout.made() == 2


def test_an_interpreter_that_is_gone_makes_another(checkout: Checkout) -> None:
    checkout.told(checkout.stack)
    python = checkout.venv / "bin/python"
    python.unlink()
    python.symlink_to("/nowhere/python3.9")
    checkout.told(checkout.stack)
    assert checkout.made() == 2


def test_a_half_made_one_is_not_used(checkout: Checkout) -> None:
    (checkout.state / "slow").touch()
    process = checkout.start(checkout.stack)
    wait_for(lambda: checkout.made() == 1)
    process.send_signal(signal.SIGTERM)
    (checkout.state / "slow").unlink()
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGTERM
    assert not checkout.venv.exists()
    checkout.told(checkout.stack)
    assert (checkout.made(), checkout.venv.is_symlink()) == (2, True)
    assert len(list((checkout.root / ".stack").glob("venv-*"))) == 1, "the half-made one is removed"


def wait_for(condition: Any) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_two_first_runs_at_once(checkout: Checkout) -> None:
    (checkout.state / "slow").touch()
    first = checkout.start(checkout.stack)
    wait_for(lambda: checkout.made() == 1)
    second = checkout.start(checkout.stack)
    assert second.stderr is not None
    assert second.stderr.readline() == "Another ./stack is preparing the Python environment: waiting for it\n"
    (checkout.state / "slow").unlink()
    told = [json.loads(each.communicate(timeout=60)[0]) for each in (first, second)]
    assert (first.returncode, second.returncode, checkout.made()) == (0, 0, 1)
    assert [each["lock_is_open"] for each in told] == [False, False]


def test_a_lock_outlives_no_process(checkout: Checkout) -> None:
    (checkout.state / "slow").touch()
    process = checkout.start(checkout.stack)
    wait_for(lambda: checkout.made() == 1)
    process.kill()
    (checkout.state / "slow").unlink()
    process.communicate(timeout=60)
    checkout.told(checkout.stack)
    assert checkout.made() == 2


@pytest.mark.parametrize(
    "name", ["json.py", "requests/__init__.py", "docker/__init__.py", "typing.py", "pwd.py", "venv.py"]
)
def test_nothing_of_the_current_folder_is_run(checkout: Checkout, name: str) -> None:
    path = checkout.cwd / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("raise SystemExit('the current folder was run')\n")
    (checkout.root / "src/mlflow_stack/__init__.py").write_text(
        "import importlib.util\n"
        f"found = importlib.util.find_spec({name.removesuffix('.py').partition('/')[0]!r})\n"
        f"assert found is None or not str(found.origin).startswith({str(checkout.cwd)!r})\n"
    )
    told = checkout.told(checkout.stack, HOME="")
    assert told["path0"] == str(checkout.root / "src")


def test_the_users_python_settings_are_ignored(checkout: Checkout) -> None:
    told = checkout.told(checkout.stack, **FOREIGN_PYTHON)
    assert {name: told[name] for name in (*FOREIGN_PYTHON, "PYTHONSAFEPATH")} == {
        "PYTHONHOME": None,
        "PYTHONPATH": str(checkout.root / "src"),
        "PYTHONSTARTUP": None,
        "PYTHONSAFEPATH": "1",
    }


def test_without_home_it_is_that_of_the_passwd_entry(checkout: Checkout) -> None:
    assert checkout.told(checkout.stack)["HOME"] == "/home/ada"
    assert checkout.told(checkout.stack, HOME="")["HOME"] == pwd.getpwuid(os.getuid()).pw_dir


@pytest.mark.parametrize(
    ("said", "no_venv", "text", "fix"),
    [
        (
            "cpython 3.10",
            0,
            "The wrapper needs CPython 3.11 or newer, and {python} is 3.10",
            "python3.11 python3.11-venv",
        ),
        (
            "cpython 3.9",
            0,
            "The wrapper needs CPython 3.11 or newer, and {python} is 3.9",
            "python3.11 python3.11-venv",
        ),
        ("pypy 3.11", 0, "The wrapper needs CPython 3.11 or newer, and {python} is pypy 3.11", "python3 python3-venv"),
        (
            "",
            0,
            "The wrapper needs CPython 3.11 or newer, and {python} is older or does not run",
            "python3.11 python3.11-venv",
        ),
        (
            "cpython 3.13",
            1,
            "The wrapper needs the Python modules venv and ensurepip, and {python} lacks them",
            "python3.13-venv",
        ),
    ],
)
def test_a_python_that_will_not_do(checkout: Checkout, said: str, no_venv: int, text: str, fix: str) -> None:
    checkout.path.fake("apt-get")
    python = other_python(checkout, 'my "python\\3', said, no_venv)
    code, finding = checkout.refusal("status", PYTHON=python)
    assert code == 2
    assert finding == {
        "id": "host.python",
        "level": "error",
        "text": text.format(python=python),
        "where": "PYTHON",
        "fix": [f"sudo apt-get install {fix}"],
    }
    assert not (checkout.root / ".stack").exists()


@pytest.mark.parametrize(
    ("manager", "fix"),
    [
        ("apt-get", "sudo apt-get install python3 python3-venv"),
        ("dnf", "sudo dnf install python3.12"),
        ("zypper", "sudo zypper install python311"),
        ("pacman", "sudo pacman -S python"),
        ("apk", "sudo apk add python3"),
        ("brew", "brew install python@3.13"),
        ("none", "PYTHON=/path/to/python3.13 ./stack"),
    ],
)
def test_no_python_is_told_with_the_command_of_this_system(checkout: Checkout, manager: str, fix: str) -> None:
    (checkout.path.folder / "python3").unlink()
    checkout.path.fake(manager)
    if manager == "brew":
        checkout.path.fake("uname", "echo Darwin")
    code, finding = checkout.refusal("start")
    assert (code, finding["fix"], finding["where"]) == (2, [fix], "")
    assert finding["text"] == "The wrapper needs CPython 3.11 or newer, and there is no python3"


def test_a_newer_python_beside_an_old_one_is_found(checkout: Checkout) -> None:
    old = other_python(checkout, "python3", "cpython 3.9")
    other_python(checkout, "python3.14", "pypy 3.14")
    other_python(checkout, "python3.12", "cpython 3.12")
    other_python(checkout, "python3.11", "cpython 3.11")
    checkout.told(checkout.stack)
    assert [line.split()[0] for line in checkout.path.called() if "-m venv" in line] == ["python3.12"]
    (checkout.root / "requirements.lock").write_text("# v2\n")
    assert checkout.refusal(PYTHON=old)[0] == 2, "what was named is not passed over"


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14"])
def test_supported_versions(checkout: Checkout, version: str) -> None:
    checkout.told(checkout.stack, PYTHON=other_python(checkout, "mine", f"cpython {version}"))


def test_packages_that_cannot_be_installed(checkout: Checkout) -> None:
    (checkout.state / "pip-fails").touch()
    code, finding = checkout.refusal()
    venv = finding["where"]
    assert (code, finding["id"]) == (4, "host.environment")
    assert finding["text"] == "The wrapper's Python environment could not be filled with its packages"
    typed = subprocess.run(
        ["sh", "-c", f"printf '%s\\n' {finding['fix'][0]}"], capture_output=True, text=True, check=True
    )
    assert typed.stdout.splitlines() == [
        f"{venv}/bin/python",
        *("-I", "-m", "pip", "install", "--disable-pip-version-check", "--no-user", "--require-hashes", "-r"),
        f"{checkout.root}/requirements.lock",
    ]
    assert "ERROR: No matching distribution found\n" in checkout.run(checkout.stack).stderr
    (checkout.state / "pip-fails").unlink()
    checkout.told(checkout.stack)


def test_a_folder_that_cannot_be_written(checkout: Checkout) -> None:
    (checkout.root / ".stack").touch()
    code, finding = checkout.refusal()
    assert (code, finding["id"], finding["where"]) == (4, "host.environment", str(checkout.root / ".stack"))
    assert finding["fix"][0].startswith(f"sudo chown -R {os.getuid()} ")


def test_the_door_that_other_tests_open(checkout: Checkout) -> None:
    done = checkout.run(open_door(checkout.root), PYTHON="/nowhere")
    assert (done.returncode, done.stderr, checkout.made()) == (0, "", 0)


def test_the_folder_that_cron_writes_into_is_in_git() -> None:
    assert (ROOT / ".stack/.gitkeep").is_file()
    lines = (ROOT / ".gitignore").read_text().splitlines()
    assert lines.index("/.stack/*") < lines.index("!/.stack/.gitkeep")
    assert ".stack/" not in lines, "nothing below an ignored folder can be kept"


def test_a_real_one(checkout: Checkout) -> None:
    # `python -m venv` starts ensurepip in another process: that one runs nothing of the current folder either.
    for name in ("json.py", "ensurepip.py", "pip.py", "tempfile.py"):
        (checkout.cwd / name).write_text("raise SystemExit('the current folder was run')\n")
    told = checkout.told(checkout.stack, "status", PYTHON=sys.executable, **FOREIGN_PYTHON, PIP_USER="1")
    assert (told["prefix"], told["argv"]) == (str(checkout.venv.resolve()), ["status"])
    assert checkout.run(checkout.stack).stderr == ""
    # As after an upgrade of the system's Python: its name leads to another version.
    python = checkout.venv / "bin/python"
    python.unlink()
    python.symlink_to(checkout.state / "venv-python")
    (checkout.state / "identity").write_text("cpython-399 x\n")
    assert "Preparing" in checkout.run(checkout.stack, PYTHON=sys.executable).stderr

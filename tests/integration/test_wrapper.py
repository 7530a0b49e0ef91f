"""The wrapper on real containers: start, switch, stop, look, destroy. The tests of the one stack run in their order."""

from __future__ import annotations

import os
import random
import secrets
import signal
import subprocess
import sys
import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest

from support import docker
from support.databases import older_database
from support.door import open_door
from support.rest import API, Rest
from support.s3server import READER, Faults, Keys
from support.signals import as_typed
from support.stack import FILES, NewStack, Stack
from support.waiting import wait_until
from support.wrapped import envelope, told, type_fix
from support.writers import history

CONFIG_HASH = "com.docker.compose.config-hash"
UNKNOWN = Keys("TESTUNKNOWNKEY000001", "unknown-secret-00000000000000000000000001")
SMOKE = ["experiment", "run", "param", "metric", "upload", "list", "download", "delete-files", "delete-run"]


def as_bare_compose(stack: Stack, mode: str) -> None:
    """What the wrapper started is what Compose would start: the same configuration, and nothing to do for `up`."""
    container = stack.container()
    files = ["-f", FILES[mode]] if mode == "local" else []
    bare = stack.run("docker", "compose", *files, "config", "--hash", "mlflow", check=True).stdout.split()
    assert docker.inspect(container)["Config"]["Labels"][CONFIG_HASH] == bare[1]
    stack.run("docker", "compose", *files, "up", "--detach", check=True)
    assert stack.container() == container


def checkout(stack: Stack, folder: Path) -> Path:
    """A link to the copy's ./stack elsewhere, as on a user's PATH."""
    (folder / "stack").symlink_to(open_door(stack.folder))
    return folder / "stack"


def test_start_by_the_script_from_another_folder(stack: Stack, tmp_path: Path) -> None:
    """The first of the two commands, as it stands in the README, from wherever one is."""
    link = checkout(stack, tmp_path)
    script = stack.folder / "start_mlflow.sh"
    done = subprocess.run(
        [script, "--disable-s3"], cwd=tmp_path, env=stack.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    url = f"http://localhost:{stack.port}"
    assert f"export MLFLOW_TRACKING_URI={url}\n" in done.stdout
    assert "ssh -N" not in done.stdout
    assert stack.ready() == 200
    as_bare_compose(stack, "local")
    status = subprocess.run(
        [link, "status", "--json"], cwd=tmp_path, env=stack.environment, capture_output=True, text=True, check=False
    )
    found = envelope(status.stdout, status.stderr)
    assert (found["health"], found["mode"], found["url"]) == ("ready", "local", url)


def test_started_twice_says_so(stack: Stack) -> None:
    before = stack.container()
    said = told(stack, "start", "--disable-s3")
    assert (said.envelope["was"], said.envelope["mode"]) == ("running", "local")
    assert stack.container() == before
    assert "MLflow was already running in local mode" in stack.wrapper("start", "--disable-s3").stdout


def test_the_other_mode_is_switched_to(stack: Stack) -> None:
    before = stack.container()
    done = stack.wrapper("start")
    assert done.returncode == 0, done.stderr
    assert "The server runs in local mode: switching to S3 mode" in done.stderr
    assert "MLflow was switched to S3 mode" in done.stdout
    assert f"Put, get, list and delete below s3://{stack.bucket}/{stack.prefix} work" in done.stdout
    assert stack.container() != before
    as_bare_compose(stack, "s3")


def test_smoke_leaves_nothing_in_the_bucket(stack: Stack) -> None:
    before = stack.objects()
    said = told(stack, "smoke")
    assert said.ids("ok") == [f"smoke.{step}" for step in SMOKE]
    assert stack.objects() == before


def test_doctor_finds_nothing_on_a_healthy_stack(stack: Stack) -> None:
    said = told(stack, "doctor")
    assert {"docker.ready", "image.current", "s3.roundtrip", "owner.ours", "server.ready", "config.current"} <= set(
        said.ids("ok")
    )
    assert said.ids("error", "unknown", "warning") == []


def test_doctor_says_that_settings_changed_and_its_fix_takes_them(stack: Stack) -> None:
    before = stack.container()
    stack.configure(MLFLOW_EXTRA_HOSTS="mlflow.example.com")
    said = told(stack, "doctor", code=1)
    assert said.finding("config.current")["fix"] == ["./stack restart"]
    refused = said.finding("host.allowed")
    assert refused["where"] == "mlflow.example.com"
    restarted = type_fix(stack, refused["fix"][-1])
    assert (restarted.envelope["was"], restarted.envelope["mode"]) == ("recreated", "s3")
    assert stack.container() != before
    fixed = told(stack, "doctor")
    assert fixed.ids("error", "unknown", "warning") == []
    assert [each["where"] for each in fixed.findings if each["id"] == "host.allowed"][-1] == "mlflow.example.com"


def test_status_counts_what_is_there(stack: Stack) -> None:
    api = Rest(stack)
    experiment = api.experiment("counted")
    before = told(stack, "status").envelope
    api.run(experiment)
    status = told(stack, "status").envelope
    assert (status["health"], status["mode"], status["runs"]) == ("ready", "s3", before["runs"] + 1)
    assert status["versions"]["mlflow"] == "3.17.2"
    assert all(status["versions"].values())
    assert all(status["sizes"].values())
    assert 0 < status["memory_used"] < status["memory_limit"]
    assert status["uptime"] > 0


def test_logs(stack: Stack) -> None:
    """As Docker has them; a reader that goes away is no error."""
    whole = stack.wrapper("logs").stdout.splitlines()
    assert stack.wrapper("logs", "--tail", "2").stdout.splitlines() == whole[-2:]
    piped = stack.run("sh", "-c", f"{sys.executable} -m mlflow_stack logs | head -1", timeout=60)
    assert piped.stdout.splitlines() == whole[:1]


def test_stopped_twice_says_so_and_nothing_is_gone(stack: Stack) -> None:
    container = stack.container()
    stopped = told(stack, "stop").envelope
    assert stopped["was_running"] is True
    assert stack.container() == container
    assert stack.ready() is None
    copy = max(name for name in stack.files("backups") if name.startswith("mlflow-"))
    assert stopped["copied"] == f"The database was copied to ./backups/{copy}"
    again = told(stack, "stop")
    assert (again.envelope["was_running"], again.envelope["mode"]) == (False, "s3")
    status = told(stack, "status", code=1).envelope
    assert (status["health"], status["mode"]) == ("stopped", "s3")
    assert status["runs"] is not None


def test_destroy_removes_the_volumes_and_nothing_else(stack: Stack) -> None:
    """The one verb that cannot be taken back."""
    (stack.folder / "mlartifacts" / "mine.bin").write_bytes(secrets.token_bytes(100))
    key = f"{stack.prefix}/mine.bin"
    stack.s3.client().put_object(Bucket=stack.bucket, Key=key, Body=b"mine")
    objects = stack.objects()
    kept = {path: path.read_bytes() for name in ("mlartifacts", "backups") for path in (stack.folder / name).iterdir()}
    there = docker.left_of(stack.project)

    dry = told(stack, "destroy", "--dry-run")
    assert (dry.envelope["done"], len(dry.envelope["volumes"])) == (False, 2)
    assert f"the database: {dry.envelope['runs']} runs in {dry.envelope['experiments']} experiments" in dry.stderr
    assert "This removes for good:" in stack.wrapper("destroy", "--dry-run").stdout
    refused = told(stack, "destroy", code=2)
    assert refused.finding("usage.not-answered")["fix"] == ["./stack destroy --dry-run", "./stack destroy --yes"]
    assert docker.left_of(stack.project) == there

    done = type_fix(stack, "./stack destroy --yes")
    assert done.envelope["done"] is True
    assert docker.containers(stack.project) == []
    assert not [name for name in docker.left_of(stack.project) if name in dry.envelope["volumes"]]
    assert {path: path.read_bytes() for path in kept} == kept
    assert stack.objects() == objects
    # Those objects are another database's now, and the fix that `destroy` names is true.
    stack.mode = "s3"
    assert told(stack, "start").finding("owner.foreign")
    assert type_fix(stack, done.finding("owner.kept")["fix"][-1]).envelope["done"] is True
    assert told(stack, "start").ids("warning", "error") == []


def unkind(stack: Stack, faults: Faults, kind: str) -> AbstractContextManager[None]:
    """Make S3 refuse: keys that it does not know, keys that may only read, a bucket that is not there."""
    if kind != "s3.no-bucket":
        stack.write_profile(UNKNOWN if kind == "s3.credentials" else READER)
        return nullcontext()
    # A fault, for the tests' store makes a bucket on the first upload by an administrator.
    stack.write_profile(endpoint=stack.s3.inside_faulty)
    return faults.injected("error", status=404, code="NoSuchBucket")


@pytest.mark.parametrize("kind", ["s3.credentials", "s3.denied", "s3.no-bucket"])
def test_an_s3_that_refuses_is_shown_and_metadata_is_served(stack: Stack, faults: Faults, kind: str) -> None:
    """Otherwise an expired key, at night, keeps every training from writing a number."""
    with unkind(stack, faults, kind):
        said = told(stack, "start")
        assert said.ids("error") == [kind]
        finding = said.finding(kind)
        assert finding["fix"]
        assert said.envelope["ready"] is True
        in_text = stack.wrapper("start")
        assert in_text.returncode == 0
        assert finding["text"] in in_text.stdout
        assert told(stack, "doctor", code=1).finding(kind)["text"] == finding["text"]
        assert told(stack, "smoke", code=1).ids("error")[0] == "smoke.upload"
        assert Rest(stack).experiment(f"while {kind}")
    stack.write_profile()
    assert told(stack, "start").ids("error", "unknown") == []


def begun(stack: Stack, *argv: str) -> subprocess.Popen[str]:
    """A verb that is at work, in a session of its own, as a terminal starts it."""
    return subprocess.Popen(
        [sys.executable, "-m", "mlflow_stack", *argv, "--json"],
        cwd=stack.folder,
        env=stack.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=as_typed,
    )


MOMENTS = ("Starting MLflow in S3 mode", "Started")


@pytest.mark.parametrize("moment", MOMENTS)
def test_ctrl_c_in_start_leaves_no_half_state(new_stack: NewStack, moment: str) -> None:
    """And says what state the server is in; Ctrl-C is pressed once its progress is on the terminal."""
    stack = new_stack()
    starting = begun(stack, "start")
    assert starting.stderr
    seen = ""
    for line in starting.stderr:
        seen += line
        if moment in line:
            break
    # As a terminal does it: the wrapper and Compose get it at once.
    os.killpg(starting.pid, signal.SIGINT)
    stdout, stderr = starting.communicate(timeout=60)
    assert starting.returncode == 130, seen + stderr
    finding, *now = envelope(stdout, seen + stderr)["findings"]
    assert (finding["id"], finding["fix"]) == ("stack.interrupted", ["./stack start"])
    left = docker.containers(stack.project, "mlflow")
    runs = bool(left) and docker.inspect(left[0])["State"]["Running"]
    if now:
        assert ("container runs in S3 mode" if runs else "The server does not run") in now[0]["text"]
    else:
        assert ("Nothing was changed" in finding["text"], left) == (True, [])
    one_off = [
        each
        for each in docker.containers(stack.project)
        if docker.inspect(each)["Config"]["Labels"]["com.docker.compose.oneoff"] == "True"
    ]
    assert one_off == []
    assert type_fix(stack, finding["fix"][0]).envelope["ready"] is True
    assert len(docker.containers(stack.project)) == 1


@pytest.mark.parametrize("verb", ["restore", "compact"])
def test_a_verb_that_is_ended_by_a_signal_leaves_a_server_that_runs(new_stack: NewStack, verb: str) -> None:
    """At a random moment for each signal: before, in and after the time without a server. No run is lost."""
    stack = new_stack(s3=False)
    stack.up("local")
    run = Rest(stack).run(Rest(stack).experiment(f"ended in {verb}"))
    snapshot = Path(told(stack, "backup").envelope["snapshot"]).name
    argv = ("restore", snapshot, "--yes") if verb == "restore" else ("compact", "--yes")
    began = time.monotonic()
    told(stack, *argv)
    undisturbed = time.monotonic() - began
    for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        after = random.uniform(0.3, undisturbed)  # noqa: S311 - a moment, no secret
        working = begun(stack, *argv)
        time.sleep(after)  # The moment itself, not a wait for something.
        working.send_signal(number)
        stdout, stderr = working.communicate(timeout=120)
        seen = f"{signal.Signals(number).name} after {after:.2f} s: exit {working.returncode}\n{stdout}{stderr}"
        if working.returncode == -number:
            assert (stdout, stderr) == ("", ""), seen  # Python was still being loaded: nothing had begun.
        else:
            said = envelope(stdout, stderr)
            # 1: it was done, and only the wait for the server was cut short.
            assert working.returncode in (0, 128 + number) or (working.returncode, said["done"]) == (1, True), seen
        stack.wait_ready()
        assert stack.ready() == 200, seen
        answer = Rest(stack).call("GET", f"{API}/runs/get", params={"run_id": run})
        assert answer.status_code == 200, seen
        # One that Compose was still making when it was told to end reads, says its plan to nobody, and goes.
        wait_until(lambda: docker.containers(stack.project, "mlflow", one_off=True) == [], stack, f"ended: {seen}", 60)


def test_an_older_database_is_named_and_upgraded_by_the_fix(new_stack: NewStack) -> None:
    """`git pull` brings a newer MLflow: what the user meets, and what he types, until his runs are there again."""
    stack = new_stack(s3=False)
    older = older_database(stack)
    finding = told(stack, "start", "--disable-s3", code=2).finding("database.revision")
    assert older in finding["text"]
    assert told(stack, "status", code=1).envelope["health"] == "absent"
    # Bare Compose starts it, and it waits.
    stack.up("local", ready=False)
    started = told(stack, "start", "--disable-s3", code=1)
    assert started.envelope["reason"] == "The server cannot start until this is fixed; then it starts by itself:"
    assert older in Path(started.envelope["log"]).read_text(encoding="utf-8")
    assert told(stack, "status", code=1).envelope["health"] == "not-ready"

    (fix, *_) = finding["fix"]
    before = docker.inspect(stack.container())["State"]["StartedAt"]
    dry = told(stack, "upgrade", "--dry-run")
    assert (dry.envelope["done"], dry.envelope["plan"]["revision"], dry.envelope["plan"]["runs"]) == (False, older, 1)
    assert docker.inspect(stack.container())["State"]["StartedAt"] == before
    upgraded = type_fix(stack, fix)
    assert (upgraded.envelope["done"], upgraded.envelope["restarted"]) == (True, True)
    assert upgraded.envelope["result"]["tables"]["runs"] == [1, 1]
    answer = Rest(stack).call("GET", "/api/2.0/mlflow/registered-models/alias", params={"name": "m", "alias": "best"})
    assert answer.json()["model_version"]["version"] == "1"
    assert history(stack, "a1") == []
    assert older.encode() in (Path(upgraded.envelope["snapshot"]) / "mlflow.db").read_bytes()

    container = stack.container()
    again = stack.wrapper("upgrade", "--yes")
    assert (again.returncode, again.stdout[:14]) == (0, "Nothing to do:"), again.stderr
    assert stack.container() == container
    assert told(stack, "start", "--disable-s3").envelope["was"] == "running"

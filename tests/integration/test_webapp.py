"""The web app where nothing but the server can be reached: it has no key, needs none, and plays in both modes."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from support import docker
from support.courtside import ALONE, Courtside
from support.images import compose_build
from support.processes import processes
from support.rest import Rest
from support.s3server import WRITER
from support.stack import NewStack, Stack, StackFailedError, free_port
from support.waiting import wait_until

IMAGE = "mlflow-stack/webapp:1"
REACH = """
import concurrent.futures, json, socket, sys
def reach(place):
    try:
        socket.create_connection(place, 8).close()
        return "reached"
    except OSError as error:
        return f"{type(error).__name__}: {error}"
places = json.loads(sys.argv[1])
with concurrent.futures.ThreadPoolExecutor(len(places)) as pool:
    print(json.dumps(dict(zip([host for host, _ in places], pool.map(reach, map(tuple, places))))))
"""
INSIDE = """
import importlib.util, json, os, pathlib
keys = [name for name in os.environ if name.startswith(("AWS", "S3"))]
libraries = [name for name in ("boto3", "botocore", "mlflow", "pip") if importlib.util.find_spec(name)]
folders = [str(path) for home in ("/root", "/home", "/nonexistent") for path in pathlib.Path(home).glob("**/.aws")]
print(json.dumps([keys, libraries, folders]))
"""
TRAINING = ("--updates", "40", "--checkpoint-every", "20", "--possessions", "128", "--hidden", "8", "--matches", "20",
            "--learning-rate", "0.01")  # fmt: skip
METRIC, PLOT = "eval/win_rate_first", "learning_curve.png"


@pytest.fixture(scope="module")
def webapp_image(tree: Path, images: dict[str, str]) -> None:
    """Its image, of the tree."""
    compose_build(tree, "docker-compose.local.yml", images, "webapp")


@pytest.fixture(scope="module")
def courtside(new_module_stack: NewStack, webapp_image: None) -> Courtside:
    """The web app beside a server in local mode, on a network of its own with it."""
    stack = new_module_stack(COMPOSE_PROFILES="webapp")
    alone = stack.folder.parent / "alone.yml"
    alone.write_text(ALONE, encoding="utf-8")
    stack.extra_files = (str(alone),)
    stack.mode = "local"
    stack.compose("up", "--detach", "--no-build")
    stack.wait_ready()
    made = Courtside(stack)
    wait_until(made.sees_the_server, stack, "the web app sees the server")
    return made


def trained(stack: Stack, seed: int) -> str:
    """The run of a training that takes seconds, with three checkpoints."""
    done = subprocess.run(
        [sys.executable, str(stack.folder / "train" / "train.py"), *TRAINING, "--seed", str(seed)],
        cwd=stack.folder.parent,
        env={**stack.client_env, "MLFLOW_EXPERIMENT_NAME": "webapp"},
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    if done.returncode:
        raise StackFailedError(f"a training: exit {done.returncode}\n{done.stdout}{done.stderr}", stack.logs(50))
    return done.stdout.split("/runs/", 1)[1].split()[0]


def stored(stack: Stack, run: str, path: str) -> bytes:
    """A file of a run as it lies in the store of the mode in force."""
    info = Rest(stack).call("GET", "/api/2.0/mlflow/runs/get", params={"run_id": run}).json()["run"]["info"]
    key = f"{info['artifact_uri'].removeprefix('mlflow-artifacts:/').lstrip('/')}/{path}"
    if stack.mode == "local":
        return (stack.folder / "mlartifacts" / key).read_bytes()
    content: bytes = stack.s3.client().get_object(Bucket=stack.bucket, Key=f"{stack.prefix}/{key}")["Body"].read()
    return content


def values(stack: Stack, run: str) -> list[list[float]]:
    """Step and value of the metric, as MLflow's public API has them."""
    query = {"run_id": run, "metric_key": METRIC}
    found = Rest(stack).call("GET", "/api/2.0/mlflow/metrics/get-history", params=query).json()["metrics"]
    return sorted([int(each.get("step", 0)), each["value"]] for each in found)


def played(courtside: Courtside, home: str, away: str, seed: int = 1) -> dict[str, Any]:
    """A game between the best policies of two runs."""
    best = {run: courtside.asked(f"/api/runs/{run}/files")["policies"][0] for run in (home, away)}
    query = {"home_run": home, "home": best[home], "away_run": away, "away": best[away], "seed": seed}
    game: dict[str, Any] = courtside.asked("/api/game", **query)
    assert len(game["possessions"]) == 20
    assert all(len(each["frames"]) >= 2 for each in game["possessions"])
    return game


def sees_a_run(courtside: Courtside, run: str) -> None:
    """Plot and policies, byte for byte."""
    files = courtside.asked(f"/api/runs/{run}/files")
    assert files["plots"] == [PLOT]
    assert sorted(files["policies"]) == [f"checkpoints/{step:06d}/policy.npz" for step in (0, 20, 40)]
    plot = courtside.get(f"/api/runs/{run}/file", path=PLOT)
    assert plot.headers["content-type"] == "image/png"
    assert plot.body == stored(courtside.stack, run, PLOT)
    for path in files["policies"]:
        assert courtside.get(f"/api/runs/{run}/file", path=path).body == stored(courtside.stack, run, path)


def test_runs_curves_plots_policies_and_games_in_both_modes(courtside: Courtside) -> None:
    """The day of a colleague who only looks."""
    stack = courtside.stack
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda seed: trained(stack, seed), (1, 2))
    (experiment,) = [each["id"] for each in courtside.asked("/api/experiments") if each["name"] == "webapp"]
    runs = courtside.asked("/api/runs", experiment=experiment)["runs"]
    seen = {(run["id"], run["status"], run["params"]["seed"]) for run in runs}
    assert seen == {(first, "FINISHED", "1"), (second, "FINISHED", "2")}
    curves = courtside.asked("/api/curves", metric=METRIC, run=[first, second])
    assert curves == [{"run": run, "points": values(stack, run)} for run in (first, second)]
    assert [step for step, _ in curves[0]["points"]] == [0, 20, 40]
    sees_a_run(courtside, first)
    assert played(courtside, first, second) == played(courtside, first, second)

    stack.up("s3")
    third = trained(stack, 3)
    sees_a_run(courtside, third)
    played(courtside, first, third)

    stack.up("local")
    assert "in the other mode's store" in courtside.asked(f"/api/runs/{third}/files")["note"]
    lost = courtside.get(f"/api/runs/{third}/file", path="checkpoints/000040/policy.npz")
    assert lost.status == 404
    assert "in the other mode's store" in lost.json["error"]


def test_it_reaches_the_server_and_nothing_else(courtside: Courtside) -> None:
    """Otherwise a hole in it is a hole in the bucket, or in the laboratory's network."""
    stack = courtside.stack
    shared = f"{stack.project}_default"
    stores = []
    for service, port in (("s3", 8333), ("faults", 8333)):
        (container,) = docker.containers(stack.s3.project, service)
        stores.append((docker.inspect(container)["NetworkSettings"]["Networks"][shared]["IPAddress"], port))
    # What the server reaches is there to be reached: the addresses are right.
    near = ("exec", stack.container(), "/opt/mlflow/bin/python", "-c", REACH, json.dumps(stores))
    assert set(json.loads(docker.docker(*near).stdout).values()) == {"reached"}

    own = docker.inspect(courtside.container)["NetworkSettings"]["Networks"]
    assert list(own) == [f"{stack.project}_alone"]
    # 192.0.2.1 stands for all of the internet (RFC 5737).
    gateways = [(gateway_of(network), stack.port) for network in (shared, f"{stack.project}_alone")]
    elsewhere = [*stores, *gateways, ("192.0.2.1", 443)]
    seen = courtside.python(REACH, json.dumps([("mlflow", 5000), *elsewhere]))
    assert seen["mlflow"] == "reached"
    # Neither refused nor a time-out: there is no way to anybody.
    for host, _ in elsewhere:
        assert seen[host].endswith(("Network is unreachable", "No route to host")), seen


def gateway_of(network: str) -> str:
    """The address of the host on a network."""
    facts = json.loads(docker.docker("network", "inspect", network).stdout)
    return str(facts[0]["IPAM"]["Config"][0]["Gateway"])


def test_it_holds_nothing_of_aws_and_no_right(courtside: Courtside) -> None:
    container = docker.inspect(courtside.container)
    image = json.loads(docker.docker("image", "inspect", IMAGE).stdout)[0]
    assert courtside.python(INSIDE) == [[], [], []]
    for facts in (container, image):
        text = json.dumps(facts)
        assert "AWS" not in text
        assert WRITER.secret_key not in text
        assert WRITER.access_key not in text
    assert container["Mounts"] == []
    host = container["HostConfig"]
    assert host["ReadonlyRootfs"] is True
    assert (host["Memory"], host["PidsLimit"]) == (256 * 1024 * 1024, 64)
    assert host["RestartPolicy"]["Name"] == "unless-stopped"
    (process,) = processes(courtside.container)
    assert process.uids == {10001}
    assert process.capabilities == 0
    assert process.fields["NoNewPrivs"] == "1"


def test_a_server_that_is_away_is_a_sentence_and_comes_back_by_itself(courtside: Courtside) -> None:
    """Otherwise a colleague looks at an empty page and asks whether the runs are lost."""
    stack = courtside.stack
    stack.compose("stop", "mlflow")
    with ThreadPoolExecutor(3) as pool:
        gone, state, own = pool.map(courtside.get, ("/api/experiments", "/health/server", "/health"))
    assert gone.status == 503
    assert "http://mlflow:5000" in gone.json["error"]
    assert "./stack start" in gone.json["error"]
    assert (state.status, state.json["answers"]) == (200, False)
    assert "./stack start" in state.json["says"]
    assert own.json == {"status": "ok"}
    stack.compose("start", "mlflow")
    wait_until(courtside.sees_the_server, stack, "it sees the server again")

    docker.docker("pause", stack.container())
    try:
        mute = courtside.get("/api/experiments")
    finally:
        docker.docker("unpause", stack.container())
    assert mute.status == 503
    assert "nothing within 4 s" in mute.json["error"]
    wait_until(courtside.sees_the_server, stack, "it sees the server again")
    wait_until(lambda: docker.inspect(courtside.container)["State"]["Health"]["Status"] == "healthy", stack, "healthy")


def test_bare_compose_publishes_it_on_loopback_for_this_host_s_names(new_stack: NewStack, webapp_image: None) -> None:
    """Otherwise a page elsewhere, or a neighbour in the network, reads all runs."""
    port = free_port()
    stack = new_stack(s3=False, WEBAPP_PORT=str(port))
    local = ("-f", "docker-compose.local.yml")
    stack.mode = "local"
    stack.run("docker", "compose", *local, "--profile", "webapp", "up", "-d", "--no-build", check=True)
    made = Courtside(stack)
    wait_until(made.sees_the_server, stack, "the web app sees the server")
    bound = docker.inspect(made.container)["NetworkSettings"]["Ports"]
    assert bound == {"8080/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(port)}]}
    assert made.get("/api/experiments", host="localhost:1").status == 200
    assert made.get("/api/experiments", host="evil.example").status == 400
    assert b"Courtside" in made.get("/", host="127.0.0.1").body


def test_both_forms_of_the_local_file_are_one_configuration_with_the_web_app(new_stack: NewStack) -> None:
    stack = new_stack(s3=False, COMPOSE_PROFILES="webapp")
    alone = stack.run("docker", "compose", "-f", "docker-compose.local.yml", "config", check=True).stdout
    both = ("-f", "docker-compose.yml", "-f", "docker-compose.local.yml")
    assert stack.run("docker", "compose", *both, "config", check=True).stdout == alone
    s3 = json.loads(stack.run("docker", "compose", "config", "--format", "json", check=True).stdout)
    local = stack.run("docker", "compose", "-f", "docker-compose.local.yml", "config", "--format", "json", check=True)
    assert s3["services"]["webapp"] == json.loads(local.stdout)["services"]["webapp"]
    assert "aws" not in json.dumps(s3["services"]["webapp"]).lower()

"""The two modes: where files lie, who reads them, what switches, and as whom the server runs."""

from __future__ import annotations

import hashlib
import json
import secrets

import pytest
import requests

from support import docker
from support.processes import processes
from support.rest import Rest
from support.stack import NewStack, Stack
from support.waiting import wait_until
from support.working_copy import USER

FOREIGN_UID = 4321

# The snippet of the README, an artifact, and a try at every address that the client is not to reach.
SNIPPET = """
import json, os, pathlib, socket, sys
import mlflow

assert not [name for name in os.environ if name.startswith("AWS_")], "a variable of AWS"
assert not (pathlib.Path.home() / ".aws").exists(), "a folder of AWS"
for address in json.loads(sys.argv[1]):
    try:
        socket.create_connection((address, 8333), 3)
    except OSError:
        continue
    sys.exit(f"{address} can be reached")

mlflow.set_experiment("test")
with mlflow.start_run() as run:
    mlflow.log_param("test", "value")
    assert run.info.artifact_uri.startswith("mlflow-artifacts:/")
    pathlib.Path("model.bin").write_bytes(bytes.fromhex(sys.argv[2]) * 1000)
    mlflow.log_artifact("model.bin", "files")
path = mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="files/model.bin", dst_path="down")
assert pathlib.Path(path).read_bytes() == bytes.fromhex(sys.argv[2]) * 1000
print(json.dumps([run.info.experiment_id, run.info.run_id]))
"""

DOWNLOAD = """
import hashlib, json, pathlib, sys
import mlflow

top = pathlib.Path(mlflow.artifacts.download_artifacts(run_id=sys.argv[1], dst_path=sys.argv[1]))
files = [path for path in top.rglob("*") if path.is_file()]
print(json.dumps({str(path.relative_to(top)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}))
"""


def isolated_client(stack: Stack, script: str, *args: str) -> str:
    """Run a client in a container on a network that leads to the server and nowhere else; its last line of output."""
    network = f"{stack.project}_client"
    docker.docker("network", "create", "--internal", f"--label=com.docker.compose.project={stack.project}", network)
    docker.docker("network", "connect", "--alias", "mlflow", network, stack.container())
    image = docker.inspect(stack.container())["Config"]["Image"]
    place = ["--network", network, "--user", "23456:23456", "--workdir", "/tmp"]
    variables = (
        "MLFLOW_TRACKING_URI=http://mlflow:5000",
        "MLFLOW_DISABLE_TELEMETRY=true",
        "HOME=/tmp",
        "TMPDIR=/tmp",
        "PYTHONPATH=",
    )
    server = [part for variable in variables for part in ("--env", variable)]
    python = ["--entrypoint", "/opt/mlflow/bin/python", image, "-c", script]
    return docker.docker("run", "--rm", *place, *server, *python, *args).stdout.splitlines()[-1]


def test_a_client_without_credentials_and_without_a_way_to_s3_has_its_file_in_s3(s3_stack: Stack) -> None:
    """Otherwise every trainer would need a key of the bucket."""
    addresses = []
    for service in ("s3", "faults"):
        (container,) = docker.containers(s3_stack.s3.project, service)
        networks = docker.inspect(container)["NetworkSettings"]["Networks"]
        addresses += [network["IPAddress"] for network in networks.values()]
    body = secrets.token_bytes(16)
    experiment, run = json.loads(isolated_client(s3_stack, SNIPPET, json.dumps(addresses), body.hex()))
    key = f"{s3_stack.prefix}/{experiment}/{run}/artifacts/files/model.bin"
    assert s3_stack.s3.client().get_object(Bucket=s3_stack.bucket, Key=key)["Body"].read() == body * 1000
    assert not [name for name in s3_stack.files() if name.endswith("model.bin")]


def test_runs_of_both_modes_are_one_view_in_s3_mode_and_the_folder_alone_in_local_mode(s3_stack: Stack) -> None:
    """Otherwise whoever works offline for a day loses sight of that day's files, or of what was before it."""
    rest = Rest(s3_stack)
    bodies = {name: secrets.token_bytes(70_000) for name in ("s3", "old", "new", "newest", "offline", "deep")}
    root = rest.new_root("both modes")
    rest.stored(f"{root}/only-s3.bin", bodies["s3"])
    rest.stored(f"{root}/both/same.bin", bodies["old"])

    s3_stack.up("local")
    assert rest.listed(root) == {}
    answer = rest.get(f"{root}/only-s3.bin")
    assert answer.status_code == 404
    assert "A file logged in S3 mode is only in S3: switch with ./stack start" in answer.json()["message"]
    rest.stored(f"{root}/both/same.bin", bodies["new"])
    rest.stored(f"{root}/both/offline.bin", bodies["offline"])
    offline_root = rest.new_root("offline")
    rest.stored(f"{offline_root}/a/b/deep.bin", bodies["deep"])
    assert rest.listed(root) == {"both": None}
    folder = s3_stack.folder / "mlartifacts"
    assert (folder / offline_root / "a/b/deep.bin").read_bytes() == bodies["deep"]
    assert {path.lstat().st_uid for path in folder.rglob("*")} == {USER}

    s3_stack.up("s3")
    assert rest.listed(root) == {"both": None, "only-s3.bin": 70_000}
    assert rest.listed(f"{root}/both") == {"offline.bin": 70_000, "same.bin": 70_000}
    assert rest.get(f"{root}/only-s3.bin").content == bodies["s3"]
    assert rest.get(f"{root}/both/offline.bin").content == bodies["offline"]
    assert rest.get(f"{root}/both/same.bin").content == bodies["new"], "the older file was served"
    assert rest.get(f"{offline_root}/a/b/deep.bin").content == bodies["deep"]
    got = json.loads(s3_stack.client(DOWNLOAD, root.split("/")[1]).stdout.splitlines()[-1])
    expected = {"only-s3.bin": "s3", "both/offline.bin": "offline", "both/same.bin": "new"}
    assert got == {name: hashlib.sha256(bodies[body]).hexdigest() for name, body in expected.items()}

    rest.stored(f"{root}/both/same.bin", bodies["newest"])
    assert rest.get(f"{root}/both/same.bin").content == bodies["newest"], "the older file was served"
    assert (folder / root / "both/same.bin").read_bytes() == bodies["new"], "S3 mode wrote into ./mlartifacts"


@pytest.mark.parametrize("mode", ["s3", "local"])
def test_the_server_is_the_owner_of_the_mounts_and_holds_no_capability(stack: Stack, mode: str) -> None:
    """Otherwise a 0600 credentials file needs a setting, and a hole in MLflow is root."""
    uid = FOREIGN_UID if mode == "s3" else USER
    stack.write_profile(uid=FOREIGN_UID)
    stack.down()
    stack.up(mode)
    rest, body = Rest(stack), secrets.token_bytes(1000)
    root = rest.new_root(f"as the owner, {mode}")
    rest.stored(f"{root}/a.bin", body)
    assert rest.get(f"{root}/a.bin").content == body

    # A container beside the server, on the same volumes: it takes nothing from the server.
    stack.inside("check")
    rest.stored(f"{root}/b.bin", body)
    assert rest.get(f"{root}/b.bin").content == body

    found = processes(stack.container())
    assert len(found) >= 3, "a master and two workers"
    for process in found:
        assert process.uids == {uid}, process.fields
        assert process.capabilities == 0, process.fields
        assert process.fields["NoNewPrivs"] == "1", process.fields
        assert process.fields["Groups"] == "", process.fields


def healthy(stack: Stack) -> bool:
    """Whether Docker's own health check says so."""
    return bool(docker.inspect(stack.container())["State"]["Health"]["Status"] == "healthy")


def test_bare_compose_serves_in_both_modes_with_one_server_that_is_replaced(stack: Stack) -> None:
    """Otherwise Compose users have another stack than the wrapper's, or two servers on one database."""
    stack.down()
    seen: list[tuple[str, str]] = []
    for mode, files in (("local", ["-f", "docker-compose.local.yml"]), ("s3", [])):
        stack.run("docker", "compose", *files, "up", "-d", check=True)
        container = docker.inspect(stack.container())
        assert container["Config"]["Labels"]["mlflow-stack.mode"] == mode
        assert len(docker.containers(stack.project)) == 1
        stack.wait_ready()
        probe = container["Config"]["Healthcheck"]["Test"][1:]
        assert docker.docker("exec", container["Id"], *probe, check=False).returncode == 0
        seen.append((container["Name"], container["Id"]))
    # Docker itself asks after ten seconds for the first time: once is enough.
    wait_until(lambda: healthy(stack), stack, "healthy")
    assert seen[0][0] == seen[1][0]
    assert docker.docker("inspect", seen[0][1], check=False).returncode != 0, (
        "the other mode's container is still there"
    )


def resolved(stack: Stack, *files: str, aws_profile: str = "") -> str:
    """What Compose makes of compose files, with or without an AWS_PROFILE in the shell."""
    command = ("docker", "compose", *files, "config")
    if aws_profile:
        return stack.run(*command, check=True, AWS_PROFILE=aws_profile, AWS_REGION="somewhere").stdout
    return stack.run(*command, check=True).stdout


def test_both_forms_of_the_local_file_are_one_configuration_without_aws(new_stack: NewStack) -> None:
    """Otherwise `-f` twice, as Compose users write it, mounts ~/.aws where nothing of AWS is wanted."""
    stack = new_stack(s3=False)
    alone = resolved(stack, "-f", "docker-compose.local.yml")
    assert resolved(stack, "-f", "docker-compose.yml", "-f", "docker-compose.local.yml") == alone
    assert "aws" not in alone.lower()


def test_the_shell_does_not_choose_what_the_server_uses(new_stack: NewStack) -> None:
    """Otherwise the AWS_PROFILE of whoever types `up` decides whose keys a server works with."""
    stack = new_stack(s3=False)
    assert resolved(stack, aws_profile="somebody") == resolved(stack)


def test_a_missing_aws_folder_is_an_error_and_is_not_made(new_stack: NewStack) -> None:
    """Otherwise Docker makes an empty ~/.aws that belongs to root, and `aws configure` fails for ever after."""
    stack = new_stack(s3=False)
    missing = stack.folder.parent / "no-such-folder"
    stack.configure(AWS_DIR=str(missing))
    done = stack.run("docker", "compose", "up", "-d")
    assert done.returncode != 0
    assert str(missing) in done.stderr
    assert not missing.exists()
    with pytest.raises(requests.ConnectionError):
        stack.call("GET", "/health")

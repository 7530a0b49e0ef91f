"""What MLflow encrypts lives as long as the volume, under keys that are nowhere else."""

from __future__ import annotations

import json
import random
import re

import pytest

from support import docker
from support.killed import killed
from support.processes import processes
from support.rest import Rest
from support.stack import NewStack, Stack

HOOK, API_KEY = "hook-secret-of-the-test-0001", "sk-of-the-test-0123456789abcdef"
PUBLIC = "mlflow-default-kek-passphrase-for-development-only"
GATEWAY = "/api/3.0/mlflow/gateway/secrets"
WEBHOOK = f"""
from mlflow import MlflowClient
from mlflow.entities.webhook import WebhookStatus
events, status = ["registered_model.created"], WebhookStatus.DISABLED
for name, secret in (("told", {HOOK!r}), ("plain", None)):
    MlflowClient().create_webhook(
        name=name, url="https://198.51.101.7/told", events=events, status=status, secret=secret)
"""
KEPT = {"secrets": {"webhook secret": 1, "gateway key": 1}, "unreadable": []}


def create(rest: Rest) -> int:
    """Give the gateway a key; the status of the answer."""
    fields = {"secret_name": "openai", "secret_value": {"api_key": API_KEY}, "provider": "openai"}
    return rest.call("POST", f"{GATEWAY}/create", json=fields).status_code


def lives(rest: Rest) -> None:
    """Both can be read, and MLflow answers what asks for them."""
    answer = rest.call("GET", "/api/2.0/mlflow/webhooks")
    assert {each["name"] for each in answer.json()["webhooks"]} == {"told", "plain"}, answer.text
    assert [each["secret_name"] for each in rest.call("GET", f"{GATEWAY}/list").json()["secrets"]] == ["openai"]
    assert rest.stack.inside("keys", "rotate", "plan").plan == KEPT
    assert [each["id"] for each in rest.stack.inside("check").findings if each["id"].startswith("keys.")] == []


def keys(stack: Stack) -> list[str]:
    """The keys of its volume, the newest first."""
    container = stack.container()
    user = processes(container)[0].user
    assert docker.docker("exec", "--user", user, container, "stat", "-c", "%a", "/data/keys").stdout == "600\n"
    return docker.docker("exec", "--user", user, container, "cat", "/data/keys").stdout.split()


@pytest.fixture(scope="module")
def rest(new_module_stack: NewStack) -> Rest:
    """A server with a webhook that has a secret, one that has none, and a key of the gateway, which was off first."""
    rest = Rest(new_module_stack())
    rest.stack.wrapper("start", check=True)
    assert create(rest) == 501
    rest.stack.configure(MLFLOW_AI_GATEWAY="yes")
    rest.stack.wrapper("restart", check=True)
    assert create(rest) == 200
    rest.stack.client(WEBHOOK)
    lives(rest)
    return rest


@pytest.fixture(scope="module")
def snapshot(rest: Rest) -> str:
    """The name of one from before every rotation."""
    said = rest.stack.wrapper("backup", "--json", check=True).stdout
    return str(json.loads(said)["snapshot"]).rpartition("/")[2]


def test_mlflow_takes_no_passphrase_for_the_public_one(rest: Rest) -> None:
    """Otherwise its page warns of what is not so."""
    answer = rest.call("GET", "/ajax-api/3.0/mlflow/gateway/secrets/config").json()
    assert answer["using_default_passphrase"] is False


def test_a_page_of_another_site_calls_no_gateway(rest: Rest) -> None:
    """Otherwise any page that a user has open spends his money."""
    for path in ("/gateway/openai/mlflow/invocations", "/graphql", "/v1/traces"):
        assert rest.call("POST", path, json={}, headers={"Origin": "http://evil.example"}).status_code == 403, path
        assert rest.call("POST", path, json={}, headers={"Origin": rest.stack.url}).status_code != 403, path


def test_a_restart_and_both_modes(rest: Rest, snapshot: str) -> None:
    rest.stack.wrapper("restart", check=True)
    lives(rest)
    rest.stack.wrapper("start", "--disable-s3", check=True)
    rest.stack.mode = "local"
    lives(rest)
    rest.stack.wrapper("start", check=True)
    rest.stack.mode = "s3"
    lives(rest)


def test_a_restore_beside_the_key_and_from_before_a_rotation(rest: Rest, snapshot: str) -> None:
    rest.stack.wrapper("restore", snapshot, "--yes", check=True)
    lives(rest)
    before = keys(rest.stack)
    done = rest.stack.wrapper("keys", "rotate", "--yes", check=True)
    assert "Encrypted with a new key: 1 webhook secret, 1 gateway key" in done.stdout
    lives(rest)
    assert keys(rest.stack)[1:] == before
    rest.stack.wrapper("restore", snapshot, "--yes", check=True)
    lives(rest)
    assert keys(rest.stack)[1:] == before


def test_a_rotation_that_is_killed(rest: Rest) -> None:
    """The server runs again, whatever was done."""
    drawn = random.Random(19)  # noqa: S311
    for _ in range(3):
        before = keys(rest.stack)
        killed(rest.stack, drawn.uniform(1, 4), "keys", "rotate", "--yes", call="keys rotate execute")
        rest.stack.wait_ready()
        lives(rest)
        assert keys(rest.stack)[-len(before) :] == before


def test_no_key_is_anywhere_else(rest: Rest, snapshot: str) -> None:
    """A copy of the database is of no use without the volume."""
    stack, container = rest.stack, rest.stack.container()
    stack.wrapper("backup", "--with-artifacts", check=True)
    inspected, held = docker.inspect(container), keys(stack)
    image = inspected["Image"]
    texts = {
        "container": json.dumps(inspected),
        "image": docker.docker("image", "inspect", image).stdout,
        "history": docker.docker("history", "--no-trunc", image).stdout,
        "logs": stack.logs(),
        "configuration": stack.compose("config").stdout,
        "doctor": stack.wrapper("doctor", "--json").stdout,
    }
    for process in processes(container):
        path = f"/proc/{process.pid}/environ"
        texts[path] = docker.docker("exec", "--user", process.user, container, "cat", path).stdout
    found = {name: text.encode() for name, text in texts.items()}
    found |= {str(path): path.read_bytes() for path in (stack.folder / "backups").rglob("*") if path.is_file()}
    assert any(re.search(rf"{snapshot}/.*\.db", name) for name in found)
    needles = [*held, HOOK, API_KEY, PUBLIC]
    assert held
    for name, text in found.items():
        assert [needle for needle in needles if needle.encode() in text] == [], name
    bare = docker.docker("run", "--rm", "--entrypoint", "ls", image, "/data/keys", check=False)
    assert (bare.returncode != 0, "No such file" in bare.stderr) == (True, True)


def test_a_volume_without_the_key_serves_the_rest_and_says_what_is_lost(rest: Rest, snapshot: str) -> None:
    """As after a restore on another machine. Its fixes are typed, and it is gone."""
    stack = rest.stack
    stack.wrapper("stop", check=True)
    user = f"{stack.aws.stat().st_uid}"
    run = ("run", "--rm", "--no-deps", "--no-TTY", "--entrypoint", "rm", "--user", user, "mlflow", "/data/keys")
    stack.compose(*run)
    stack.wrapper("start", check=True)
    answer = rest.call("GET", "/api/2.0/mlflow/webhooks")
    assert {each["name"] for each in answer.json()["webhooks"]} == {"told", "plain"}, answer.text
    (lost,) = [each for each in stack.inside("check").findings if each["id"] == "keys.unreadable"]
    assert "2 secrets of the database: webhook secret told, gateway key openai" in lost["text"]
    assert lost["text"] in stack.logs()
    assert "keys.unreadable" in stack.wrapper("doctor", "--json").stdout
    fix = lost["fix"][0].partition("#")[0].replace("…", HOOK)
    stack.client(f"from mlflow import MlflowClient\n{fix}")
    (key,) = rest.call("GET", f"{GATEWAY}/list").json()["secrets"]
    fields = {"secret_id": key["secret_id"], "secret_value": {"api_key": API_KEY}}
    assert rest.call("POST", f"{GATEWAY}/update", json=fields).status_code == 200
    lives(rest)

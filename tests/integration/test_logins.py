"""Logins on: whoever has no password gets nothing by any route and method; the password itself is nowhere to read."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from support import docker
from support.processes import processes
from support.rest import API, ARTIFACTS, Rest
from support.stack import NewStack, Stack
from support.waiting import wait_said, wait_until
from support.working_copy import own
from support.wrapped import told

PASSWORD = f"pass-{secrets.token_hex(12)}"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# What MLflow leaves open on purpose: no page of it shows anything of a user.
PUBLIC = re.compile(r"^/(health(/.*)?|static-files/.*|favicon\.ico|(ajax-)?api/3\.0/mlflow/server-info)$")
REFUSED = (401, 403)

# Every route of the application as the server builds it, on a database of its own.
ROUTES = """
import dataclasses, json, os, pathlib, sys
from stackd.database import patched
patched.use_patched_sqlite()
from stackd import settings
from stackd.serve import app

password = pathlib.Path("/tmp/password")
password.write_text("only for this list")
prepare = app.prepare_logins
app.prepare_logins = lambda places: prepare(dataclasses.replace(places, admin_password=password))
application, _ = app.build(settings.from_environment())
from mlflow.server import app as flask_application

native = [route.path for route in application.router.routes if getattr(route, "methods", None)]
native += application.openapi()["paths"]
flask = [rule.rule for rule in flask_application.url_map.iter_rules()]
print(json.dumps(sorted({*native, *flask})))
"""

SNIPPET = """
import os, pathlib, sys
os.environ |= {"MLFLOW_TRACKING_USERNAME": "admin", "MLFLOW_TRACKING_PASSWORD": sys.argv[1]}
import mlflow

mlflow.set_experiment("test")
with mlflow.start_run() as run:
    mlflow.log_param("test", "value")
    assert run.info.artifact_uri.startswith("mlflow-artifacts:/")
    pathlib.Path("model.bin").write_bytes(b"model" * 1000)
    mlflow.log_artifact("model.bin")
path = mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="model.bin", dst_path="down")
assert pathlib.Path(path).read_bytes() == b"model" * 1000
"""


@dataclass(frozen=True)
class Logged:
    """A file that an administrator logged: its path below the destination, its run and experiment."""

    path: str
    body: bytes

    @property
    def run(self) -> str:
        """The run's id."""
        return self.path.split("/")[1]


@pytest.fixture(scope="module")
def stack(new_module_stack: NewStack, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """A stack with logins; the file with the password is only its user's."""
    file = password_file(tmp_path_factory.mktemp("secret"), PASSWORD)
    return new_module_stack(MLFLOW_AUTH="basic-auth", MLFLOW_ADMIN_PASSWORD_FILE=str(file))


def password_file(folder: Path, password: str) -> Path:
    """A file that only its user may read, who is the server's."""
    file = folder / "password"
    file.write_text(f"{password}\n", encoding="utf-8")
    file.chmod(0o600)
    own(file)
    return file


@pytest.fixture(scope="module")
def admin(s3_stack: Stack) -> Rest:
    """The API as the administrator."""
    return Rest(s3_stack, ("admin", PASSWORD))


@pytest.fixture(scope="module")
def logged(admin: Rest) -> Logged:
    """A run with a file."""
    found = Logged(f"{admin.new_root('of the administrator')}/a.bin", b"only with a password")
    admin.stored(found.path, found.body)
    return found


@pytest.fixture(scope="module")
def routes(s3_stack: Stack) -> list[str]:
    """Every route, as its framework writes it: <kind:name> or {name:kind} where a value belongs."""
    server = docker.inspect(s3_stack.container())["Config"]
    variables = [part for pair in server["Env"] if pair.startswith(("STACK_", "AWS_")) for part in ("--env", pair)]
    place = ["--network", "none", "--tmpfs", "/data", "--tmpfs", "/spool"]
    python = ["--entrypoint", "/opt/mlflow/bin/python", server["Image"], "-c", ROUTES]
    found: list[str] = json.loads(docker.docker("run", "--rm", *place, *variables, *python).stdout.splitlines()[-1])
    return found


def target(route: str, logged: Logged) -> str:
    """A route with something that is there in the place of its variables."""
    value = logged.path if "artifact_path" in route else logged.run
    return re.sub(r"<[^>]+>|\{[^}]+\}", value, route)


def test_every_route_and_method_wants_a_password(routes: list[str], s3_stack: Stack, logged: Logged) -> None:
    """Otherwise one forgotten route, or one of ours, is the way around the login."""
    assert len(routes) > 300
    open_to_all: dict[str, int] = {}
    with requests.Session() as session:
        session.trust_env = False
        for route in routes:
            path = target(route, logged)
            for method in METHODS:
                answer = session.request(method, f"{s3_stack.url}{path}", timeout=30, allow_redirects=False)
                if answer.status_code not in REFUSED and not PUBLIC.match(path):
                    open_to_all[f"{method} {route}"] = answer.status_code
    assert open_to_all == {}


@pytest.mark.parametrize("auth", [None, ("admin", "wrong"), ("nobody", PASSWORD), ("admin", "")])
def test_without_the_password_no_file_is_read_listed_or_deleted(
    s3_stack: Stack, logged: Logged, auth: tuple[str, str] | None
) -> None:
    """Otherwise logins protect the numbers and not the models."""
    rest, run = Rest(s3_stack, auth), {"run_uuid": logged.run, "run_id": logged.run, "path": "a.bin"}
    before = s3_stack.objects()
    answers = [
        rest.call(method, f"{prefix}/mlflow-artifacts/artifacts/{logged.path}", data=b"overwritten")
        for prefix in ("/api/2.0", "/ajax-api/2.0")
        for method in ("GET", "HEAD", "PUT", "DELETE")
    ]
    answers += [rest.call(method, "/get-artifact", params=run) for method in ("GET", "HEAD")]
    answers += [rest.list(logged.path), rest.call("GET", "/api/2.0/mlflow/artifacts/list", params=run)]
    assert [answer.status_code for answer in answers if answer.status_code not in REFUSED] == []
    assert not [answer for answer in answers if logged.body in answer.content]
    assert s3_stack.objects() == before


def test_a_second_slash_or_a_head_is_no_way_around(s3_stack: Stack, logged: Logged) -> None:
    """Otherwise the login layer and the application read a path differently, and the gap between them is open."""
    rest = Rest(s3_stack)
    for path in (f"/{ARTIFACTS}/{logged.path}", f"{ARTIFACTS}//{logged.path}", f"{ARTIFACTS}/x/../{logged.path}"):
        for method in ("GET", "HEAD"):
            answer = rest.call(method, path)
            assert logged.body not in answer.content
            assert answer.status_code >= 400, f"{method} {path}: {answer.status_code}"


def test_a_head_is_authorised_as_a_get(s3_stack: Stack, admin: Rest, logged: Logged) -> None:
    """Otherwise whoever has an account learns which files others have, how long they are and when they changed."""
    admin.post("users/create", username="outsider", password=PASSWORD)
    denied = {"resource_type": "experiment", "resource_id": logged.path.split("/")[0], "permission": "DENY"}
    granted = admin.call("POST", "/api/3.0/mlflow/users/permissions/grant", json={"username": "outsider", **denied})
    assert granted.status_code == 200, granted.text
    outsider = Rest(s3_stack, ("outsider", PASSWORD))
    for path in (f"{ARTIFACTS}/{logged.path}", f"/get-artifact?run_id={logged.run}&path=a.bin"):
        for method in ("GET", "HEAD"):
            assert admin.call(method, path).status_code == 200, (method, path)
            assert outsider.call(method, path).status_code == 403, (method, path)


def test_health_is_open_and_says_the_mode_and_nothing_else(s3_stack: Stack) -> None:
    """Otherwise the container is unhealthy as soon as logins are on."""
    answer = Rest(s3_stack).call("GET", "/health/ready")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "mode": "s3"})


def test_with_the_password_a_run_is_logged(s3_stack: Stack, admin: Rest, logged: Logged) -> None:
    """Otherwise logins lock out those who have one."""
    s3_stack.client(SNIPPET, PASSWORD)
    assert admin.get(logged.path).content == logged.body
    assert admin.delete(logged.path).status_code == 200
    admin.stored(logged.path, logged.body)


def environments(stack: Stack) -> list[str]:
    """The environment of every process of the server, read as its own user."""
    container, found = stack.container(), []
    for process in processes(container):
        read = docker.docker("exec", "--user", process.user, container, "cat", f"/proc/{process.pid}/environ")
        found.append(read.stdout)
    return found


def test_the_password_is_in_no_log_environment_or_configuration(s3_stack: Stack) -> None:
    """Otherwise whoever may see the container's settings may be the administrator."""
    seen = environments(s3_stack)
    assert len(seen) >= 3
    assert all("STACK_AUTH=basic-auth" in text for text in seen), "these are not the environments"
    container = s3_stack.container()
    seen += [json.dumps(docker.inspect(container)), s3_stack.logs(), s3_stack.compose("config").stdout]
    seen += [docker.docker("history", "--no-trunc", docker.inspect(container)["Image"]).stdout]
    seen += [json.dumps(s3_stack.inside("check").events)]
    assert not [text for text in seen if PASSWORD in text]


def test_whoever_guesses_is_slowed_down_and_nobody_else(s3_stack: Stack, admin: Rest) -> None:
    """Otherwise a few dozen guesses a second keep a worker busy with hashes and its users waiting."""
    admin.post("users/create", username="guessed", password=PASSWORD)
    right = Rest(s3_stack, ("guessed", PASSWORD))
    # By both workers, each of which learns for itself.
    for _ in range(40):
        right.post("experiments/search", max_results=1)
    path = f"{API}/experiments/search?max_results=1"
    answers = [Rest(s3_stack, ("guessed", f"guess {number}")).call("GET", path) for number in range(100)]
    assert {answer.status_code for answer in answers} == {401, 429}
    assert all(int(answer.headers["Retry-After"]) <= 61 for answer in answers if answer.status_code == 429)
    assert right.call("GET", path).status_code == 200


def test_a_restart_needs_the_password_file_no_more(s3_stack: Stack, admin: Rest, logged: Logged) -> None:
    """Otherwise the password would stay on the disk. Starts the server again: runs after those that read the file."""
    s3_stack.configure(MLFLOW_ADMIN_PASSWORD_FILE=None)
    s3_stack.up("s3")
    assert admin.get(logged.path).content == logged.body
    assert Rest(s3_stack).get(logged.path).status_code == 401


def test_users_come_back_after_the_volume_is_gone_and_a_forgotten_password_is_set_again(
    s3_stack: Stack, admin: Rest, tmp_path: Path
) -> None:
    """Otherwise a restore brings the runs back and locks everybody out. A new volume: runs last on this stack."""
    ada, permission = Rest(s3_stack, ("ada", PASSWORD)), {"resource_type": "experiment", "permission": "DENY"}
    admin.post("users/create", username="ada", password=PASSWORD)
    secret = admin.experiment("not for ada")
    granted = {"username": "ada", "resource_id": secret, **permission}
    assert admin.call("POST", "/api/3.0/mlflow/users/permissions/grant", json=granted).status_code == 200
    users = len(admin.call("GET", f"{API}/users/list").json()["users"])
    snapshot = Path(told(s3_stack, "backup").envelope["snapshot"]).name
    assert told(s3_stack, "backup", "verify", snapshot).code == told(s3_stack, "backup", "drill").code == 0

    told(s3_stack, "destroy", "--yes")
    new = f"new-{secrets.token_hex(12)}"
    s3_stack.configure(MLFLOW_ADMIN_PASSWORD_FILE=str(password_file(tmp_path, new)))
    told(s3_stack, "start")
    assert seen(s3_stack, "ada", PASSWORD, secret) == 401
    restored = told(s3_stack, "restore", snapshot, "--yes").envelope
    assert (restored["plan"]["users"], restored["plan"]["present_users"]) == (users, 1)
    found = [seen(s3_stack, *login, secret) for login in (("ada", PASSWORD), ("admin", PASSWORD), ("admin", new))]
    assert found == [403, 200, 401]
    assert ada.call("GET", f"{API}/experiments/get?experiment_id=0").status_code == 200
    copies = sorted(path.name for path in (s3_stack.folder / "backups").glob("basic_auth-*.db"))
    assert copies, "the stop left no copy of the users"

    assert told(s3_stack, "doctor", code=None).finding("logins.password")["level"] == "warning"
    assert told(s3_stack, "users", "reset-admin", "--yes").envelope["done"]
    assert told(s3_stack, "users", "reset-admin", "--yes").envelope["done"] is False
    wait_until(lambda: seen(s3_stack, "admin", PASSWORD, secret) == 401, s3_stack, "the old password is refused", 90)
    assert [seen(s3_stack, *login, secret) for login in (("ada", PASSWORD), ("admin", new))] == [403, 200]
    assert "logins.password" not in told(s3_stack, "doctor", code=None).ids("warning", "error", "unknown")
    mode = s3_stack.compose("exec", "-T", "mlflow", "stat", "-c", "%a", "/data/basic_auth.db").stdout.strip()
    assert mode == "600"


def seen(stack: Stack, name: str, password: str, experiment: str) -> int:
    """The status of a look at an experiment."""
    return Rest(stack, (name, password)).call("GET", f"{API}/experiments/get?experiment_id={experiment}").status_code


def test_logins_without_a_password_file_are_not_served(new_stack: NewStack, tmp_path: Path) -> None:
    """Otherwise the first start makes an administrator whom everybody, or nobody, knows."""
    stack = new_stack(s3=False, MLFLOW_AUTH="basic-auth")
    stack.up("local", ready=False)
    wait_said(stack, "MLFLOW_ADMIN_PASSWORD_FILE=/path/to/a/file")
    assert stack.ready() is None

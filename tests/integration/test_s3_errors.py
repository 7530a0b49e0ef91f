"""What S3 answers when it does not do what was asked, as a user of the server reads it; what works meanwhile."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from support import docker
from support.rest import API, Rest
from support.s3server import READER, WRITER, Faults, Keys
from support.stack import Stack
from support.waiting import wait_said, wait_until

WRONG_SECRET = Keys(WRITER.access_key, "wrong-secret-0000000000000000000000000001")
UNKNOWN = Keys("TESTUNKNOWNKEY000001", "unknown-secret-00000000000000000000000001")
# The container starts with keys that S3 does not know; every test after the first sets its own.
AT_START = UNKNOWN
KEY_MATERIAL = sorted({part for keys in (WRITER, READER, WRONG_SECRET, UNKNOWN) for part in vars(keys).values()})
# More than two: the database's threads of a worker; as many as the store's threads of one worker.
LISTINGS = 8
SEARCHES = 20

# Every text that a user may have read in this module: answers and outputs of `check`.
texts: list[str] = []


class Told(Rest):
    """A Rest that keeps every answer, for the search for key material."""

    def call(self, method: str, path: str, **request: object) -> requests.Response:
        """One request, the answer as it came, and kept."""
        answer = super().call(method, path, **request)
        texts.append(f"{answer.headers}{answer.text}")
        return answer


@pytest.fixture(scope="module")
def rest(stack: Stack) -> Told:
    """The API of a server that was started with keys which S3 refuses."""
    stack.write_profile(AT_START)
    stack.up("s3")
    return Told(stack)


@pytest.fixture
def usual(rest: Told, faults: Faults) -> Iterator[Stack]:
    """The stack by way of the faults, with good keys; put back afterwards."""
    rest.stack.write_profile(endpoint=rest.stack.s3.inside_faulty)
    yield rest.stack
    faults.clear()
    rest.stack.write_profile()


@pytest.fixture(scope="module")
def root(rest: Told) -> str:
    """A run's root that holds `there.bin`; made when the keys are good."""
    rest.stack.write_profile()
    made = rest.new_root("errors")
    rest.stored(f"{made}/there.bin", b"there")
    return made


def three_ways(rest: Rest, root: str) -> dict[str, requests.Response]:
    """An upload, a download and a listing at once."""
    asked = {
        "s3:PutObject": lambda: rest.put(f"{root}/new.bin", b"new"),
        "s3:GetObject": lambda: rest.get(f"{root}/there.bin"),
        "s3:ListBucket": lambda: rest.list(root),
    }
    with ThreadPoolExecutor(len(asked)) as pool:
        waiting = {action: pool.submit(ask) for action, ask in asked.items()}
        return {action: future.result() for action, future in waiting.items()}


def read(answer: requests.Response) -> tuple[int, str, str]:
    """Status, error code and sentence of an answer."""
    told = answer.json()
    return answer.status_code, told["error_code"], told["message"]


def error_of_check(stack: Stack) -> dict[str, object]:
    """The one error that `check` finds."""
    inside = stack.inside("check")
    texts.append(json.dumps(inside.events) + inside.stderr)
    assert inside.returncode == 1
    (error,) = [finding for finding in inside.findings if finding["level"] == "error"]
    return error


def test_a_server_with_rejected_keys_serves_metadata_and_files_once_the_keys_are_fixed(rest: Told) -> None:
    """Otherwise an expired key stops every training; or its fix needs a restart, or leaves files without an owner."""
    stack = rest.stack
    before = docker.inspect(stack.container())
    root = rest.new_root("rejected keys")
    status, code, text = read(rest.put(f"{root}/a.bin", b"a"))
    assert (status, code) == (401, "UNAUTHENTICATED")
    assert "S3 does not accept the keys of profile basketworld (InvalidAccessKeyId)" in text

    stack.write_profile()
    body = secrets.token_bytes(1000)
    rest.stored(f"{root}/a.bin", body)
    assert rest.get(f"{root}/a.bin").content == body
    assert ".mlflow-stack-owner" in stack.objects(), "the first file that got through left no owner"
    assert rest.delete(f"{root}/a.bin").status_code == 200
    after = docker.inspect(stack.container())
    assert (after["Id"], after["State"]["StartedAt"]) == (before["Id"], before["State"]["StartedAt"])


@pytest.mark.parametrize(
    ("keys", "code"), [(WRONG_SECRET, "SignatureDoesNotMatch"), (UNKNOWN, "InvalidAccessKeyId")], ids=["secret", "key"]
)
def test_rejected_keys(rest: Told, root: str, keys: Keys, code: str) -> None:
    """Otherwise the trainer sees "Internal Server Error", and nobody knows which profile it is."""
    rest.stack.write_profile(keys)
    for action, answer in three_ways(rest, root).items():
        status, error_code, text = read(answer)
        assert (status, error_code) == (401, "UNAUTHENTICATED"), action
        assert f"S3 does not accept the keys of profile basketworld ({code})" in text, action
        assert f"s3://basketworld/{rest.stack.prefix}/" in text, action
        assert "Fix: aws configure --profile basketworld" in text, action
    error = error_of_check(rest.stack)
    assert error["id"] == "s3.credentials"
    assert error["fix"] == ["aws configure --profile basketworld"]
    rest.stack.write_profile()
    assert rest.get(f"{root}/there.bin").content == b"there"


def test_expired_credentials(rest: Told, root: str, usual: Stack, faults: Faults) -> None:
    """Otherwise every morning begins with a search for what is wrong, where one login would do."""
    with faults.injected("error", status=400, code="ExpiredToken"):
        for action, answer in three_ways(rest, root).items():
            status, error_code, text = read(answer)
            assert (status, error_code) == (401, "UNAUTHENTICATED"), action
            assert "The credentials of profile basketworld have expired" in text, action
            assert "Fix: aws sso login --profile basketworld" in text, action


def test_a_denied_action_is_named(rest: Told, root: str) -> None:
    """Otherwise whoever writes the policy has to guess which line of it is missing."""
    rest.stack.write_profile(READER)
    assert rest.get(f"{root}/there.bin").content == b"there"
    assert "there.bin" in rest.listed(root)
    for action, answer in (
        ("s3:PutObject", rest.put(f"{root}/new.bin", b"new")),
        ("s3:DeleteObject", rest.delete(f"{root}/there.bin")),
    ):
        status, code, text = read(answer)
        assert (status, code) == (403, "PERMISSION_DENIED"), action
        assert f"{action} is denied to profile basketworld" in text
        assert f"allow {action} on arn:aws:s3:::basketworld/{rest.stack.prefix}/*" in text
    error = error_of_check(rest.stack)
    assert (error["id"], error["text"]) == ("s3.denied", "s3:PutObject is denied to profile basketworld")
    rest.stack.write_profile()
    assert rest.listed(root) == {"there.bin": 5}


def test_an_endpoint_that_nobody_listens_at(rest: Told, root: str) -> None:
    """Otherwise a wrong endpoint, or a store that restarts, ends a training instead of making it wait."""
    rest.stack.write_profile(endpoint="http://s3:1")
    for action, answer in three_ways(rest, root).items():
        status, code, text = read(answer)
        assert (status, code) == (503, "TEMPORARILY_UNAVAILABLE"), action
        assert "S3 cannot be reached (EndpointConnectionError)" in text, action
        assert answer.headers["Retry-After"], action
    error = error_of_check(rest.stack)
    assert error["id"] == "s3.unreachable"
    rest.stack.write_profile()


def test_a_store_that_asks_to_slow_down(rest: Told, root: str, usual: Stack, faults: Faults) -> None:
    """Otherwise clients give up where they should come again."""
    with faults.injected("error", status=503, code="SlowDown"):
        for action, answer in three_ways(rest, root).items():
            status, code, text = read(answer)
            assert (status, code) == (503, "TEMPORARILY_UNAVAILABLE"), action
            assert "S3 asks to slow down; try again" in text, action
            assert answer.headers["Retry-After"], action
    assert {call["status"] for call in faults.calls() if call["fault"]} == {503}


def test_one_refusal_to_hurry_is_not_seen_by_the_client(rest: Told, root: str, usual: Stack, faults: Faults) -> None:
    """Otherwise each hiccup of S3 is a line in somebody's training log."""
    body = secrets.token_bytes(1000)
    with faults.injected("error", "^PUT ", times=1):
        rest.stored(f"{root}/hiccup.bin", body)
    assert [call["fault"] for call in faults.calls() if call["request"].startswith("PUT ")] == ["error", ""]
    assert rest.get(f"{root}/hiccup.bin").content == body


def test_a_missing_object_is_404_and_asked_for_once(rest: Told, root: str, usual: Stack, faults: Faults) -> None:
    """Otherwise the client tries for minutes to get what is not there."""
    faults.forget()
    status, code, text = read(rest.get(f"{root}/missing.bin"))
    assert len(faults.calls()) == 1
    assert (status, code) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert "There is no such object" in text
    assert f"{root}/missing.bin" in text
    assert rest.listed(f"{root}/no-such-folder") == {}


def test_a_download_that_breaks_off_never_looks_whole(rest: Told, root: str, usual: Stack, faults: Faults) -> None:
    """Otherwise half of a model is a model."""
    body = secrets.token_bytes(300_000)
    rest.stored(f"{root}/cut.bin", body)
    with faults.injected("cut", "^GET .*/cut.bin"):
        try:
            answer = rest.get(f"{root}/cut.bin")
        except requests.RequestException:
            return
    assert answer.status_code >= 500, f"{answer.status_code} with {len(answer.content)} of {len(body)} bytes"


def test_a_mute_store_never_holds_up_metadata_and_is_given_up(
    rest: Told, root: str, usual: Stack, faults: Faults
) -> None:
    """Otherwise one dead store stops every training that only wants to write a number. Proved by order, not by time."""
    faults.set("mute")
    faults.forget()
    with ThreadPoolExecutor(LISTINGS + 4) as pool:
        hanging = {
            **{pool.submit(rest.list, root): "s3:ListBucket" for _ in range(LISTINGS)},
            pool.submit(rest.get, f"{root}/there.bin"): "s3:GetObject",
            pool.submit(rest.put, f"{root}/mute.bin", b"mute"): "s3:PutObject",
        }
        wait_until(lambda: len(faults.calls()) >= len(hanging), rest.stack, "every request is at the store")
        for _ in range(SEARCHES):
            answer = rest.call("POST", f"{API}/experiments/search", json={"max_results": 10})
            assert answer.status_code == 200
            assert rest.stack.ready() == 200
        # The pages, and what they ask about experiments, traces, models and prompts, wait for no store either.
        for path in ("/", "/version", "/ajax-api/3.0/mlflow/server-info", "/ajax-api/3.0/mlflow/datasets/search"):
            assert rest.call("GET", path).status_code == 200, path
        for path in ("/ajax-api/3.0/mlflow/traces/search", "/ajax-api/2.0/mlflow/logged-models/search"):
            assert rest.call("POST", path, json={}).status_code in (200, 400), path
        run = root.split("/")[1]
        rest.post("runs/log-metric", run_id=run, key="loss", value=0.5, timestamp=1, step=0)
        assert not [future for future in hanging if future.done()], "the store was not mute"
        answers = [(action, future.result()) for future, action in hanging.items()]
    for action, answer in answers:
        status, code, text = read(answer)
        assert (status, code) == (503, "TEMPORARILY_UNAVAILABLE"), action
        assert "S3 cannot be reached (ReadTimeoutError)" in text, action
    faults.clear()
    assert rest.get(f"{root}/there.bin").content == b"there"


def test_a_bucket_that_does_not_exist(rest: Told, root: str, usual: Stack, faults: Faults) -> None:
    """Otherwise a typo in the bucket looks like a file that is missing."""
    # A fault, for the tests' store makes a bucket on the first upload by an administrator.
    with faults.injected("error", status=404, code="NoSuchBucket"):
        for action, answer in three_ways(rest, root).items():
            status, code, text = read(answer)
            assert (status, code) == (404, "RESOURCE_DOES_NOT_EXIST"), action
            assert "There is no bucket basketworld" in text, action
            assert "Fix: aws s3 mb s3://basketworld --profile basketworld; MLFLOW_S3_URI=s3://BUCKET/PREFIX" in text
        error = error_of_check(rest.stack)
    assert (error["id"], error["text"]) == ("s3.no-bucket", "There is no bucket basketworld")


def test_a_missing_profile_is_said_once_and_the_server_starts_when_it_is_there(rest: Told) -> None:
    """Otherwise the container restarts for ever, or has to be started again by hand. Runs behind the others."""
    stack = rest.stack
    stack.down()
    stack.write_profile(profile="another")
    stack.up("s3", ready=False)
    started = docker.inspect(stack.container())
    log = wait_said(stack, "aws.profile-missing")
    for line in ("There is no AWS profile basketworld", "[basketworld]", "./stack start --disable-s3"):
        assert line in log
    assert stack.ready() is None
    probe = started["Config"]["Healthcheck"]["Test"][1:]
    assert docker.docker("exec", stack.container(), *probe, check=False).returncode == 1
    assert error_of_check(stack)["id"] == "aws.profile-missing"
    # Two looks more.
    time.sleep(7)
    assert stack.logs().count("The server does not start") == 1

    stack.write_profile()
    stack.wait_ready()
    assert docker.docker("exec", stack.container(), *probe, check=False).returncode == 0
    now = docker.inspect(stack.container())
    assert (now["Id"], now["State"]["StartedAt"]) == (started["Id"], started["State"]["StartedAt"])
    assert now["RestartCount"] == 0


def test_no_answer_no_log_and_no_container_holds_a_key(rest: Told) -> None:
    """Otherwise a key is in every bug report. Looks at what the tests before it have gathered: runs last."""
    texts.extend([rest.stack.logs(), json.dumps(docker.inspect(rest.stack.container()))])
    assert len(texts) > 20
    assert [part for part in KEY_MATERIAL if any(part in text for text in texts)] == []

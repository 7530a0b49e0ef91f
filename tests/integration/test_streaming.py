"""Artifacts of S3 mode go through the server and not onto its disk: whole, in order, in few calls, or not at all."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
import requests

from support import docker
from support.processes import master_and_workers
from support.rest import ARTIFACTS, Rest
from support.s3server import Faults
from support.stack import Stack
from support.waiting import wait_until

MIB = 2**20
PART = 8 * MIB
KILLS = 10


@pytest.fixture(scope="module")
def rest(s3_stack: Stack) -> Rest:
    """The API of the module's stack."""
    return Rest(s3_stack)


@pytest.fixture(scope="module")
def root(rest: Rest) -> str:
    """A run's root."""
    return rest.new_root("streams")


@pytest.fixture
def counted(rest: Rest, faults: Faults) -> Iterator[Faults]:
    """The stack by way of the store that counts calls and misbehaves; put back afterwards."""
    rest.stack.write_profile(endpoint=rest.stack.s3.inside_faulty)
    rest.get("0/warm")  # the client of the new profile
    faults.forget()
    yield faults
    faults.clear()
    rest.stack.write_profile()


def on_disk(stack: Stack) -> list[str]:
    """Files in the places of the container where a transfer could leave something: everywhere else it is read-only."""
    look = "ls -A /spool /tmp /data | grep -Ei '^(tmp|upload-|\\.)' || true"
    return docker.docker("exec", stack.container(), "sh", "-c", look).stdout.split()


def changed(stack: Stack) -> list[str]:
    """What changed in the container's root, but for where Compose puts its secrets; it takes the engine seconds."""
    paths = [line.split()[1] for line in docker.docker("diff", stack.container()).stdout.splitlines()]
    return [path for path in paths if not path.startswith("/run")]


def unfinished(stack: Stack) -> list[str]:
    """Uploads of this stack that were begun and not ended; other tests have theirs in the same bucket."""
    return [key for key in stack.s3.uploads(stack.bucket) if key.startswith(f"{stack.prefix}/")]


def calls(faults: Faults) -> list[str]:
    """The methods of the calls since the last `forget`; not each worker's one look at the owner marker."""
    seen = [call["request"] for call in faults.calls()]
    return [request.split(" ")[0] for request in seen if ".mlflow-stack-owner" not in request]


@pytest.mark.parametrize("size", [0, 1, 300_000, MIB, MIB + 1, PART, PART + 1, 5 * PART + 3])
def test_bytes_up_equal_bytes_down(rest: Rest, root: str, size: int) -> None:
    """Otherwise a model is not the model that was logged."""
    body, path = os.urandom(size), f"{root}/{size}.bin"
    rest.stored(path, body)
    answer = rest.get(path)
    assert answer.content == body
    assert answer.headers["Content-Length"] == str(size)
    assert answer.headers["Content-Disposition"] == f"attachment; filename={size}.bin"
    assert rest.stack.objects()[path] == size
    assert on_disk(rest.stack) == []


def test_a_body_without_a_length_is_taken_too(rest: Rest, root: str) -> None:
    """Otherwise `curl -T -` fails."""
    body = os.urandom(PART + 99)
    pieces = (body[at : at + 70_000] for at in range(0, len(body), 70_000))
    assert rest.call("PUT", f"{ARTIFACTS}/{root}/chunked.bin", data=pieces).status_code == 200
    assert rest.get(f"{root}/chunked.bin").content == body


def test_head_range_and_etag(rest: Rest, root: str) -> None:
    """Otherwise a broken download starts from the beginning, and a browser shows no progress."""
    body, path = os.urandom(3 * MIB), f"{root}/ranged.txt"
    rest.stored(path, body)
    head = rest.call("HEAD", f"{ARTIFACTS}/{path}")
    whole = rest.get(path)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("Content-Length", "Content-Type", "ETag", "Last-Modified", "Accept-Ranges"):
        assert head.headers[name] == whole.headers[name], name
    assert whole.headers["Content-Type"] == "text/plain"

    def asked(**headers: str) -> requests.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return rest.call("GET", f"{ARTIFACTS}/{path}", headers=named)

    for given, first, last in (("0-0", 0, 0), ("5-1500000", 5, 1_500_000), ("-7", 3 * MIB - 7, 3 * MIB - 1)):
        part = asked(Range=f"bytes={given}")
        assert (part.status_code, part.content) == (206, body[first : last + 1])
        assert part.headers["Content-Range"] == f"bytes {first}-{last}/{len(body)}"
    assert asked(Range=f"bytes={2 * MIB}-").content == body[2 * MIB :]
    beyond = asked(Range=f"bytes={len(body)}-")
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{len(body)}")
    etag = whole.headers["ETag"]
    assert asked(If_None_Match=etag).status_code == 304
    assert asked(Range="bytes=0-1", If_Range=etag).status_code == 206
    assert asked(Range="bytes=0-1", If_Range='"another"').content == body


def test_calls_of_s3_a_transfer(rest: Rest, root: str, counted: Faults) -> None:
    """Otherwise each small file costs round trips, and S3 counts them."""
    for size, up, down in (
        (10_000, ["PUT"], ["GET"]),
        (MIB, ["PUT"], ["GET"]),
        (2 * PART + 1, ["POST", "PUT", "PUT", "PUT", "POST"], ["GET"] * 4),
    ):
        counted.forget()
        rest.stored(f"{root}/counted.bin", bytes(size))
        assert sorted(calls(counted)) == sorted(up), size
        counted.forget()
        assert len(rest.get(f"{root}/counted.bin").content) == size
        assert calls(counted) == down, size


def test_every_route_of_the_ui_streams(rest: Rest, counted: Faults) -> None:
    """Otherwise a look at a model in the browser fills the server's disk."""
    body = os.urandom(PART - 5)
    experiment = rest.experiment("of the ui")
    run = rest.run(experiment)
    rest.stored(f"{experiment}/{run}/artifacts/m/model.bin", body)
    model = rest.post("logged-models", experiment_id=experiment, name="m", source_run_id=run)["model"]["info"]
    rest.stored(f"{experiment}/models/{model['model_id']}/artifacts/model.bin", body)
    rest.post("registered-models/create", name="streamed")
    source = f"mlflow-artifacts:/{experiment}/{run}/artifacts/m"
    rest.post("model-versions/create", name="streamed", source=source, run_id=run)
    ui = "/ajax-api/2.0/mlflow"
    for path in (
        f"/get-artifact?run_id={run}&path=m/model.bin",
        "/model-versions/get-artifact?name=streamed&version=1&path=model.bin",
        f"{ui}/logged-models/{model['model_id']}/artifacts/files?artifact_file_path=model.bin",
        f"/ajax-api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/m/model.bin",
    ):
        counted.forget()
        answer = rest.call("GET", path)
        assert answer.content == body, path
        # Two ranges as they are sent; whoever fetches a file first asks for its head.
        assert calls(counted) == ["GET", "GET"], path
        assert answer.headers["Content-Disposition"] == "attachment; filename=model.bin", path
        part = rest.call("GET", path, headers={"Range": "bytes=10-19"})
        assert (part.status_code, part.content) == (206, body[10:20]), path
        head = rest.call("HEAD", path)
        assert (head.status_code, head.headers["Content-Length"]) == (200, str(len(body))), path
        assert rest.call("GET", path.replace("model.bin", "missing.bin")).status_code == 404, path
    assert on_disk(rest.stack) == []


def test_a_trace_streams_too(rest: Rest, counted: Faults) -> None:
    """Otherwise a long trace passes the server's memory as a file."""
    experiment = rest.experiment("of traces")
    trace = rest.post("traces", experiment_id=experiment, timestamp_ms=1, request_metadata=[], tags=[])["trace_info"]
    (where,) = [tag["value"] for tag in trace["tags"] if tag["key"] == "mlflow.artifactLocation"]
    body = b'{"spans": [], "padding": "' + b"x" * (PART - 100) + b'"}'
    rest.stored(f"{where.removeprefix('mlflow-artifacts:/')}/traces.json", body)
    path = f"/ajax-api/2.0/mlflow/get-trace-artifact?request_id={trace['request_id']}"
    counted.forget()
    assert rest.call("GET", path).content == body
    assert calls(counted) == ["GET", "GET"]
    assert on_disk(rest.stack) + changed(rest.stack) == []


def test_a_file_that_s3_lacks_comes_from_the_folder(rest: Rest, root: str) -> None:
    """Otherwise runs made offline show no files."""
    place = rest.stack.folder / "mlartifacts" / root
    place.mkdir(parents=True)
    (place / "offline.txt").write_bytes(b"made offline")
    answer = rest.get(f"{root}/offline.txt")
    assert (answer.content, answer.headers["Content-Type"]) == (b"made offline", "text/plain")
    assert rest.call("HEAD", f"{ARTIFACTS}/{root}/offline.txt").headers["Content-Length"] == "12"
    run = root.split("/")[1]
    assert rest.call("GET", f"/get-artifact?run_id={run}&path=offline.txt").content == b"made offline"


def half_an_upload(stack: Stack, path: str, size: int) -> socket.socket:
    """A connection that has sent half of a body and waits."""
    connection = socket.create_connection(("127.0.0.1", stack.port), timeout=60)
    head = f"PUT {ARTIFACTS}/{path} HTTP/1.1\r\nHost: localhost:{stack.port}\r\nContent-Length: {size}\r\n\r\n"
    connection.sendall(head.encode() + bytes(size // 2))
    return connection


def test_a_client_killed_in_the_middle_leaves_nothing(rest: Rest, root: str) -> None:
    """Otherwise S3 charges for parts that nobody sees, and a file looks whole that is not."""
    stack, path = rest.stack, f"{root}/half.bin"
    for _ in range(KILLS):
        connection = half_an_upload(stack, path, 6 * PART)
        wait_until(lambda: unfinished(stack) != [], stack, "the upload is at S3")
        connection.close()
        wait_until(lambda: unfinished(stack) == [], stack, "the upload was aborted")
    assert path not in stack.objects()
    rest.stored(path, b"whole")
    for _ in range(KILLS):
        connection = socket.create_connection(("127.0.0.1", stack.port), timeout=60)
        asked = f"GET {ARTIFACTS}/{root}/{5 * PART + 3}.bin HTTP/1.1\r\nHost: localhost:{stack.port}\r\n\r\n"
        connection.sendall(asked.encode())
        connection.recv(100_000)
        connection.close()
    assert rest.get(path).content == b"whole"
    assert on_disk(stack) == []


def test_a_worker_killed_in_the_middle_leaves_nothing_behind(rest: Rest, root: str) -> None:
    """Otherwise parts of a worker that ran out of memory are charged for until the server restarts, months later."""
    stack = rest.stack
    connection = half_an_upload(stack, f"{root}/worker.bin", 6 * PART)
    wait_until(lambda: unfinished(stack) != [], stack, "the upload is at S3")
    for worker in master_and_workers(stack)[1]:
        os.kill(worker, signal.SIGKILL)
    connection.close()
    wait_until(lambda: unfinished(stack) == [], stack, "what the worker left was aborted")
    rest.stored(f"{root}/worker.bin", b"whole")
    assert on_disk(stack) == []


def test_a_server_killed_in_the_middle_leaves_nothing_behind_its_next_start(rest: Rest, root: str) -> None:
    """Otherwise the parts of every crash stay in S3 for ever."""
    stack, path = rest.stack, f"{root}/killed.bin"
    whole = os.urandom(3 * PART)
    rest.stored(f"{root}/whole.bin", whole)
    for number in range(KILLS):
        connection = half_an_upload(stack, f"{path}{number}", 6 * PART)
        reader = requests.get(f"{stack.url}{ARTIFACTS}/{root}/whole.bin", stream=True, timeout=60)
        next(reader.iter_content(1000))
        wait_until(lambda: unfinished(stack) != [], stack, "the upload is at S3")
        docker.docker("kill", "--signal", "KILL", stack.container())
        with suppress(requests.RequestException):
            # An end without an error is the end of the object.
            assert sum(map(len, reader.iter_content(MIB))) == len(whole) - 1000
        connection.close()
        stack.up("s3")
        wait_until(lambda: unfinished(stack) == [], stack, "what was left was aborted")
    assert [name for name in stack.objects() if "killed" in name] == []
    assert rest.get(f"{root}/whole.bin").content == whole
    assert on_disk(stack) == []


def test_a_store_that_breaks_off_in_the_middle_never_looks_whole(rest: Rest, root: str, counted: Faults) -> None:
    """Otherwise half of a model is a model."""
    body = os.urandom(3 * PART)
    rest.stored(f"{root}/broken.bin", body)
    # The first range comes, and of the others only half, again and again.
    with counted.injected("cut", "^GET .*broken", skip=1), pytest.raises(requests.RequestException):
        rest.get(f"{root}/broken.bin")
    # Once is not noticed.
    with counted.injected("cut", "^GET .*broken", skip=1, times=1):
        assert rest.get(f"{root}/broken.bin").content == body


def test_an_upload_that_s3_refuses_in_the_middle_says_why(rest: Rest, root: str, counted: Faults) -> None:
    """Otherwise the client sees a broken connection, and tries for minutes."""
    with counted.injected("error", "^PUT .*partNumber=2", status=403, code="AccessDenied"):
        answer = rest.put(f"{root}/refused.bin", bytes(3 * PART))
    assert answer.status_code == 403
    assert "s3:PutObject is denied to profile basketworld" in answer.json()["message"]
    assert f"{root}/refused.bin" not in rest.stack.objects()
    assert unfinished(rest.stack) == []


def test_a_slow_store_slows_only_its_own_transfers(rest: Rest, root: str, counted: Faults) -> None:
    """Otherwise one large model on a slow line stops every training. By order, not by time."""
    body = os.urandom(PART + 1)
    rest.stored(f"{root}/slow.bin", body)
    found: list[bytes] = []
    with counted.injected("thin", rate=1_000_000):
        moving = [
            threading.Thread(target=lambda: found.append(rest.get(f"{root}/slow.bin").content)),
            threading.Thread(target=lambda: rest.stored(f"{root}/slower.bin", body)),
        ]
        for each in moving:
            each.start()
        wait_until(lambda: len(counted.calls()) >= 2, rest.stack, "both are at the store")
        for _ in range(20):
            rest.post("experiments/search", max_results=10)
        assert all(each.is_alive() for each in moving), "the line was not thin"
        for each in moving:
            each.join()
    assert found == [body]
    assert rest.get(f"{root}/slower.bin").content == body


def test_a_store_without_checksums_gets_files_all_the_same(rest: Rest, root: str, counted: Faults) -> None:
    """Otherwise an S3-compatible store that refuses the header cannot be used."""
    body = secrets.token_bytes(1000)
    rest.stack.write_profile(endpoint=rest.stack.s3.inside_faulty)
    with counted.injected("error", "^PUT ", status=501, code="NotImplemented", times=1):
        rest.stored(f"{root}/plain.bin", body)
    assert rest.get(f"{root}/plain.bin").content == body

"""Nobody who reaches the port reads another bucket, gets a signed URL, or calls from a page of somebody else."""

from __future__ import annotations

import pytest
import requests

from support.rest import API, ARTIFACTS, Rest, raw
from support.roots import Roots, everything
from support.stack import NewStack, Stack
from support.waiting import wait_said

SECRET = b"of another project"
ATTACHMENT = "00000000-0000-4000-8000-000000000001"

FORCED = """
import os, pathlib, sys
os.environ |= {
    "MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD": "true",
    "MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD": "true",
    "MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE": "1000",
    "MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE": "5242880",
}
import mlflow

mlflow.set_experiment("forced")
body = os.urandom(1_000_000) * 6
pathlib.Path("large.bin").write_bytes(body)
with mlflow.start_run() as run:
    mlflow.log_artifact("large.bin")
path = mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="large.bin", dst_path="forced")
assert pathlib.Path(path).read_bytes() == body
"""


@pytest.fixture(scope="module")
def stack(new_module_stack: NewStack) -> Stack:
    """A stack with two more host names."""
    return new_module_stack(MLFLOW_EXTRA_HOSTS="ml.example.org, with-port.example.org:8443")


@pytest.fixture(scope="module")
def rest(s3_stack: Stack) -> Rest:
    """The API of the stack in S3 mode."""
    return Rest(s3_stack)


@pytest.fixture(scope="module")
def roots(rest: Rest) -> Roots:
    """Roots with files in S3."""
    return everything(rest.stack)


@pytest.mark.parametrize("prefix", ["/api/2.0", "/ajax-api/2.0"])
def test_no_request_gets_a_signed_url_or_begins_a_multipart_upload(rest: Rest, roots: Roots, prefix: str) -> None:
    """Otherwise the server hands out addresses that work without it, for minutes, to whoever asks."""
    artifacts, path = f"{prefix}/mlflow-artifacts", f"{roots.run}/keep.bin"
    run = roots.run.split("/")[1]
    answers = [
        rest.call("GET", f"{artifacts}/presigned/{path}"),
        *(rest.call("POST", f"{artifacts}/mpu/{step}/{roots.run}", json={"path": path, "num_parts": 1})
          for step in ("create", "complete", "abort")),
        *(rest.call("POST", f"{prefix}/mlflow/artifacts/presigned-{way}-url", json={"run_id": run, "path": "keep.bin"})
          for way in ("upload", "download")),
    ]  # fmt: skip
    assert [answer.status_code for answer in answers] == [501] * 6
    assert not [answer.text for answer in answers if "X-Amz" in answer.text or "http" in answer.text]


def test_a_client_that_insists_on_multipart_and_signed_urls_falls_back(rest: Rest) -> None:
    """Otherwise a setting in a trainer's environment, meant for another server, makes this one unusable."""
    info = rest.call("GET", "/api/3.0/mlflow/server-info").json()
    assert (info["multipart_uploads_enabled"], info["multipart_downloads_enabled"]) == (False, False)
    rest.stack.client(FORCED)


@pytest.fixture(scope="module")
def elsewhere(rest: Rest) -> list[str]:
    """Locations that the server's keys can read and nobody may read by way of it; each holds `secret.txt`."""
    client, stack = rest.stack.s3.client(), rest.stack
    for bucket, key in (
        ("otherbucket", "project"),
        (stack.bucket, f"{stack.prefix}-other"),
        (stack.bucket, stack.project),
    ):
        for name in ("secret.txt", f"attachments/{ATTACHMENT}"):
            client.put_object(Bucket=bucket, Key=f"{key}/{name}", Body=SECRET)
    inside = f"s3://{stack.bucket}/{stack.prefix}"
    return [
        "s3://otherbucket/project",
        f"{inside}-other",
        f"{inside}/..",
        f"{inside}/../../{stack.project}",
        "file:///data",
    ]


def refused(answer: requests.Response) -> None:
    """403, and nothing of what lies there."""
    assert SECRET.decode() not in answer.text
    assert b"SQLite format" not in answer.content
    assert answer.status_code == 403, f"{answer.status_code} {answer.text}"


@pytest.mark.parametrize("index", range(5))
def test_nothing_outside_of_the_destination_is_read_or_written(rest: Rest, elsewhere: list[str], index: int) -> None:
    """Otherwise anybody who reaches the port reads every bucket of the profile, and the server's own disk."""
    location = elsewhere[index]
    name = "mlflow.db" if location.startswith("file:") else "secret.txt"
    before = rest.stack.s3.objects("otherbucket") | rest.stack.s3.objects(rest.stack.bucket)
    made = rest.call("POST", f"{API}/experiments/create", json={"name": location, "artifact_location": location})
    if made.status_code == 200:
        experiment = made.json()["experiment_id"]
        run = rest.run(experiment)
        # The run's own root is below the experiment's: up again.
        for path in (name, f"../../{name}"):
            answer = rest.call("GET", "/get-artifact", params={"run_uuid": run, "path": path})
            assert SECRET.decode() not in answer.text
            assert answer.status_code in (400, 403), answer.text
        refused(rest.call("GET", "/get-artifact", params={"run_uuid": run, "path": name}))
        refused(rest.call("GET", f"{API}/artifacts/list", params={"run_id": run}))
        upload = f"/ajax-{API[1:]}/upload-artifact"
        refused(rest.call("POST", upload, params={"run_uuid": run, "path": "written.txt"}, data=b"x"))
        model = rest.post("logged-models", experiment_id=experiment, name="model")["model"]["info"]["model_id"]
        files = f"/ajax-{API[1:]}/logged-models/{model}/artifacts/files"
        refused(rest.call("GET", files, params={"artifact_file_path": name}))
    else:
        assert made.status_code in (400, 403), made.text
    rest.post("registered-models/create", name=f"model {index}")
    made = rest.call("POST", f"{API}/model-versions/create", json={"name": f"model {index}", "source": location})
    if made.status_code == 200:
        query = {"name": f"model {index}", "version": "1", "path": name}
        refused(rest.call("GET", "/model-versions/get-artifact", params=query))
    else:
        assert made.status_code in (400, 403), made.text
    assert rest.stack.s3.objects("otherbucket") | rest.stack.s3.objects(rest.stack.bucket) == before


def test_a_trace_that_says_it_lies_elsewhere_is_not_followed(rest: Rest, elsewhere: list[str], roots: Roots) -> None:
    """Otherwise a tag, which every client may write, opens every bucket; or deletes somebody else's run."""
    trace = roots.trace.split("/")[-2]
    tag = "mlflow.artifactLocation"
    original = f"mlflow-artifacts:/{roots.trace}"

    def point(where: str) -> int:
        answer = rest.call("PATCH", f"{API}/traces/{trace}/tags", json={"key": tag, "value": where})
        return answer.status_code

    try:
        if point(elsewhere[0]) == 200:
            # A trace's spans are in the database; what it has in the store is an attachment, whose name is a UUID.
            params = {"request_id": trace, "path": ATTACHMENT}
            refused(rest.call("GET", f"/ajax-{API[1:]}/get-trace-artifact", params=params))
        if point(f"mlflow-artifacts:/{roots.experiment}") == 200:
            assert rest.delete(roots.experiment).status_code == 403
        if point(f"mlflow-artifacts:/{roots.run}") == 200:
            stranger = rest.new_root("of a stranger")
            rest.stored(f"{stranger}/a.bin", b"a")
            assert point(f"mlflow-artifacts:/{stranger.rsplit('/', 2)[0]}") == 200
            assert rest.delete(stranger.rsplit("/", 2)[0]).status_code == 403
            assert f"{stranger}/a.bin" in rest.stack.objects()
    finally:
        assert point(original) == 200


SEARCH = f"{API}/experiments/search?max_results=1"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("localhost:1234", 200),
        ("127.0.0.1", 200),
        ("127.0.0.1:5000", 200),
        ("[::1]", 200),
        ("[::1]:5000", 200),
        ("mlflow", 200),
        ("mlflow:5000", 200),
        ("ml.example.org", 200),
        ("ml.example.org:80", 200),
        ("with-port.example.org:8443", 200),
        ("with-port.example.org", 403),
        ("with-port.example.org:80", 403),
        ("evil.example.org", 403),
        ("localhost.evil.example.org", 403),
        ("127.0.0.1.evil.example.org", 403),
        ("mlflow.evil.example.org", 403),
        ("ml.example.org.evil.example.org", 403),
        ("10.0.0.1", 403),
        ("::1", 403),
        (":", 403),
    ],
)
def test_only_known_host_names_are_answered(rest: Rest, roots: Roots, host: str, status: int) -> None:
    """Otherwise a page that points its own name at 127.0.0.1 reads everything; or the name that users type fails."""
    assert raw(rest.stack, "GET", SEARCH, Host=host)[0] == status
    assert raw(rest.stack, "GET", f"{ARTIFACTS}/{roots.run}/keep.bin", Host=host)[0] == status


def test_a_foreign_page_changes_nothing(rest: Rest, roots: Roots) -> None:
    """Otherwise any page that a user has open may write to, or delete from, his server."""
    origins = {
        "http://evil.example.org": 403,
        "http://ml.example.org.evil.example.org": 403,
        "http://ml.example.org:1": 403,
        "null": 403,
        "http://localhost:3000": 200,
        f"http://127.0.0.1:{rest.stack.port}": 200,
        "https://ml.example.org": 200,
        f"http://ml.example.org:{rest.stack.port}": 200,
        "https://with-port.example.org:8443": 200,
    }
    for origin, status in origins.items():
        body = origin.encode()
        requests_of_the_page = [
            rest.call("POST", f"{API}/experiments/search", json={"max_results": 1}, headers={"Origin": origin}),
            rest.call("PUT", f"{ARTIFACTS}/{roots.run}/page.bin", data=body, headers={"Origin": origin}),
        ]
        assert [answer.status_code for answer in requests_of_the_page] == [status] * 2, origin
        assert (rest.get(f"{roots.run}/page.bin").content == body) == (status == 200)
        deleted = rest.call("DELETE", f"{ARTIFACTS}/{roots.run}/page.bin", headers={"Origin": origin})
        assert deleted.status_code == status, origin


def test_a_server_that_others_can_reach_needs_logins_or_a_word(new_stack: NewStack) -> None:
    """Otherwise one variable opens everybody's runs to the whole network, with deleting."""
    stack = new_stack(s3=False, MLFLOW_BIND="0.0.0.0")
    stack.up("local", ready=False)
    assert "MLFLOW_AUTH=basic-auth" in wait_said(stack, "publish.open")
    assert stack.ready() is None
    stack.configure(MLFLOW_OPEN_TO_NETWORK="yes")
    stack.up("local")
    stack.down()

"""What nobody may do who reaches the port: wipe artifacts, read another bucket, get a signed URL, call from a page."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import requests

from support.rest import API, ARTIFACTS, Rest, raw
from support.stack import NewStack, Stack
from support.waiting import wait_said
from support.working_copy import own

AJAX_ARTIFACTS = "/ajax-api/2.0/mlflow-artifacts/artifacts"
MARKER = ".mlflow-stack-owner"
SECRET = b"of another project"
ATTACHMENT = "00000000-0000-4000-8000-000000000001"

# One of everything that has an artifact root, and an experiment whose runs lie where their owner wanted them.
EVERYTHING = """
import json
import mlflow

experiment = mlflow.set_experiment("roots").experiment_id
with mlflow.start_run() as run:
    pass
model = mlflow.initialize_logged_model(name="a-model")
with mlflow.start_span("a-span") as span:
    pass
mlflow.flush_trace_async_logging()
trace = mlflow.get_trace(span.trace_id)
found = mlflow.get_experiment_by_name("custom")
location = "mlflow-artifacts:/custom/place"
custom = found.experiment_id if found else mlflow.create_experiment("custom", artifact_location=location)
with mlflow.start_run(experiment_id=custom) as elsewhere:
    pass
uris = {
    "run": run.info.artifact_uri,
    "model": model.artifact_location,
    "trace": trace.info.tags["mlflow.artifactLocation"],
    "custom": elsewhere.info.artifact_uri,
}
print(json.dumps({name: uri.removeprefix("mlflow-artifacts:/") for name, uri in uris.items()}))
"""

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


@dataclass(frozen=True)
class Roots:
    """Artifact roots relative to the destination, each with files `keep.bin`, `gone.bin` and `gone.bin.not`."""

    run: str
    model: str
    trace: str
    custom: str

    @property
    def experiment(self) -> str:
        """The experiment of run, model and trace."""
        return self.run.split("/")[0]

    def __iter__(self) -> Iterator[str]:
        yield from (self.run, self.model, self.trace, self.custom)


@pytest.fixture(scope="module")
def stack(new_module_stack: NewStack) -> Stack:
    """A stack with two more host names."""
    return new_module_stack(MLFLOW_EXTRA_HOSTS="ml.example.org, with-port.example.org:8443")


@pytest.fixture(scope="module")
def rest(s3_stack: Stack) -> Rest:
    """The API of the stack in S3 mode."""
    return Rest(s3_stack)


def everything(stack: Stack) -> Roots:
    """One of every root, with files, logged in the mode in force."""
    roots = Roots(**json.loads(stack.client(EVERYTHING).stdout.splitlines()[-1]))
    for root in roots:
        for name in ("keep.bin", "gone.bin", "gone.bin.not"):
            Rest(stack).stored(f"{root}/{name}", secrets.token_bytes(100))
    return roots


@pytest.fixture(scope="module")
def roots(rest: Rest) -> Roots:
    """Roots with files in S3."""
    return everything(rest.stack)


def too_much(roots: Roots) -> list[str]:
    """Targets below …/artifacts that would take away more than one recorded root holds, or what no root holds."""
    experiment, run, _ = roots.run.split("/")
    model, trace = roots.model.rsplit("/", 1)[0], roots.trace.rsplit("/", 1)[0]
    top = ["", "/", "//", "/.", "/./", "/%2e", "/..", "/%2e%2e", "/%252e%252e", "/*", "/%00", "/%2F", f"/{MARKER}"]
    above = [experiment, f"{experiment}/{run}", model, trace, model.rsplit("/", 1)[0], trace.rsplit("/", 1)[0]]
    custom = ["custom", "custom/place", roots.custom.rsplit("/", 1)[0]]
    upwards = [f"{roots.run}/{step}" for step in ("..", "../..", "%2e%2e", "%2e%2e/%2e%2e", "%252e%252e/..", "..%2f..")]
    beside = [
        f"{roots.run}X",
        f"{experiment}/{run}/other",
        f"{experiment}/{run[:-1]}",
        f"{experiment}/{'0' * 32}/artifacts",
        f"99/{run}/artifacts",
        f"{experiment}/{experiment}/artifacts",
    ]
    named = [f"/{path}{end}" for path in (*above, *custom, *upwards, *beside) for end in ("", "/", "/.")]
    return [*top, *named]


def assert_nothing_is_taken_away(stack: Stack, roots: Roots) -> None:
    """Ask for each of `too_much` by both addresses; compare what lies there before and after."""
    before = stack.objects() if stack.mode == "s3" else stack.files()
    assert {f"{root}/keep.bin" for root in roots} <= set(before)
    for target in too_much(roots):
        for address in (ARTIFACTS, AJAX_ARTIFACTS):
            status, text = raw(stack, "DELETE", f"{address}{target}")
            assert 400 <= status < 500, f"DELETE {target!r}: {status} {text}"
    assert (stack.objects() if stack.mode == "s3" else stack.files()) == before


def test_no_request_deletes_above_a_root_in_s3(rest: Rest, roots: Roots) -> None:
    """Otherwise one request without a password takes an experiment's files, or everybody's."""
    assert_nothing_is_taken_away(rest.stack, roots)


def test_a_file_and_a_whole_root_can_be_deleted_and_nothing_else_goes_with_them(rest: Rest) -> None:
    """Otherwise `mlflow gc` frees nothing, or takes what only begins with the same letters."""
    roots = everything(rest.stack)
    left = rest.stack.objects()
    for root in roots:
        assert rest.delete(f"{root}/gone.bin").status_code == 200
        del left[f"{root}/gone.bin"]
        assert rest.stack.objects() == left
    for root in roots:
        # As `mlflow gc` sends it.
        assert rest.delete(f"{root}/").status_code == 200
        left = {key: size for key, size in left.items() if not key.startswith(f"{root}/")}
        assert rest.stack.objects() == left


def test_the_files_of_a_custom_location_are_there(rest: Rest, roots: Roots) -> None:
    """Otherwise an experiment of somebody who chose a location in the store is lost."""
    assert roots.custom.startswith("custom/place/")
    assert f"{roots.custom}/keep.bin" in rest.stack.objects()
    run = roots.custom.split("/")[-2]
    listed = rest.call("GET", f"{API}/artifacts/list", params={"run_id": run}).json()
    assert [entry["path"] for entry in listed["files"]] == ["gone.bin", "gone.bin.not", "keep.bin"]


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


@pytest.mark.parametrize("foreign", ["00000000-0000-4000-8000-000000000000", None])
def test_nothing_is_deleted_where_another_database_may_own_it(rest: Rest, roots: Roots, foreign: str | None) -> None:
    """Otherwise two databases on one prefix, with the same small experiment ids, delete each other's runs."""
    stack, client = rest.stack, rest.stack.s3.client()
    marker = {"Bucket": stack.bucket, "Key": f"{stack.prefix}/{MARKER}"}
    ours = client.get_object(**marker)["Body"].read()
    rest.stored(f"{roots.run}/owned.bin", b"before")
    client.put_object(**marker, Body=foreign.encode()) if foreign else client.delete_object(**marker)
    try:
        answer = rest.delete(f"{roots.run}/owned.bin")
        assert answer.status_code == 403
        assert "./stack adopt --claim" in answer.json()["message"]
        assert rest.get(f"{roots.run}/owned.bin").content == b"before"
        rest.stored(f"{roots.run}/owned.bin", b"uploads go on")
        assert rest.get(f"{roots.run}/owned.bin").content == b"uploads go on"
        if foreign:
            assert client.get_object(**marker)["Body"].read().decode() == foreign, "the owner was overwritten"
        else:
            assert MARKER not in stack.objects(), "a prefix in use was claimed without asking"
    finally:
        client.put_object(**marker, Body=ours)
    assert rest.delete(f"{roots.run}/owned.bin").status_code == 200


def test_no_client_writes_the_owner_marker(rest: Rest) -> None:
    """Otherwise one upload takes the prefix away from its database, or hands it to another one."""
    marker = {"Bucket": rest.stack.bucket, "Key": f"{rest.stack.prefix}/{MARKER}"}
    before = rest.stack.s3.client().get_object(**marker)["Body"].read()
    for target in (f"/{MARKER}", f"/./{MARKER}", f"//{MARKER}"):
        status, text = raw(rest.stack, "PUT", f"{ARTIFACTS}{target}", Content_Length="0")
        assert 400 <= status < 500, f"PUT {target}: {status} {text}"
    assert rest.stack.s3.client().get_object(**marker)["Body"].read() == before


def test_hidden_files_of_a_run_are_artifacts_like_others(rest: Rest, roots: Roots) -> None:
    """Otherwise a logged source folder comes back without its `.gitignore`."""
    for name in (".gitignore", ".gitkeep", MARKER):
        rest.stored(f"{roots.model}/code/{name}", name.encode())
        assert rest.get(f"{roots.model}/code/{name}").content == name.encode()
    assert list(rest.listed(f"{roots.model}/code")) == [".gitignore", ".gitkeep", MARKER]
    assert MARKER not in rest.listed("")


def test_a_file_that_is_in_the_folder_too_is_not_deleted_in_s3_mode(rest: Rest, roots: Roots) -> None:
    """Otherwise a deleted file comes back: what S3 lacks is read from the folder."""
    path = f"{roots.run}/twice.bin"
    rest.stored(path, b"twice")
    place = rest.stack.folder / "mlartifacts" / path
    place.parent.mkdir(parents=True)
    place.write_bytes(b"twice")
    own(rest.stack.folder / "mlartifacts")
    for target in (path, f"{path}/", f"{roots.run}/"):
        answer = rest.delete(target)
        assert answer.status_code == 409, target
        assert "--disable-s3" in answer.json()["message"]
    assert rest.stack.objects()[path] == 5
    shutil.rmtree(rest.stack.folder / "mlartifacts" / roots.experiment)
    assert rest.delete(path).status_code == 200
    assert rest.get(path).status_code == 404


def test_no_request_deletes_above_a_root_in_the_folder(rest: Rest) -> None:
    """Otherwise one request wipes ./mlartifacts, as with a bare `mlflow server`. Switches the mode: runs last."""
    stack = rest.stack
    stack.up("local")
    roots = everything(stack)
    assert_nothing_is_taken_away(stack, roots)
    left = stack.files()
    for root in roots:
        assert rest.delete(f"{root}/gone.bin").status_code == 200
        del left[f"{root}/gone.bin"]
        assert stack.files() == left
    assert rest.delete(f"{roots.run}/").status_code == 200
    assert stack.files() == {path: size for path, size in left.items() if not path.startswith(f"{roots.run}/")}
    assert rest.get(MARKER).status_code in (200, 404)
    for target in (f"/{MARKER}", f"/./{MARKER}"):
        assert raw(stack, "PUT", f"{ARTIFACTS}{target}", Content_Length="0")[0] >= 400
    assert stack.files()[MARKER] == left[MARKER]


def test_a_server_that_others_can_reach_needs_logins_or_a_word(new_stack: NewStack) -> None:
    """Otherwise one variable opens everybody's runs to the whole network, with deleting."""
    stack = new_stack(s3=False, MLFLOW_BIND="0.0.0.0")
    stack.up("local", ready=False)
    assert "MLFLOW_AUTH=basic-auth" in wait_said(stack, "publish.open")
    assert stack.ready() is None
    stack.configure(MLFLOW_OPEN_TO_NETWORK="yes")
    stack.up("local")
    stack.down()

"""Nobody who reaches the port deletes more than a root that this database records, or what another one may own."""

from __future__ import annotations

import shutil

import pytest

from support.rest import API, ARTIFACTS, Rest, raw
from support.roots import Roots, everything
from support.stack import Stack
from support.working_copy import own

AJAX_ARTIFACTS = "/ajax-api/2.0/mlflow-artifacts/artifacts"
MARKER = ".mlflow-stack-owner"


@pytest.fixture(scope="module")
def rest(s3_stack: Stack) -> Rest:
    """The API of the stack in S3 mode."""
    return Rest(s3_stack)


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


def test_no_client_stores_what_no_folder_or_key_can_be_called(rest: Rest) -> None:
    """Otherwise an object lies outside of the prefix, or stops every backup and every cleanup there is."""
    before = rest.stack.s3.objects(rest.stack.bucket, rest.stack.prefix)
    odd = ("", "/", "/%2e", "/./x", "//x", "/a//b", "/a/", "/a/..", "/x%EF%BF%BE", "/a%01b", f"/{'x' * 256}")
    for target in odd:
        status, text = raw(rest.stack, "PUT", f"{ARTIFACTS}{target}", Content_Length="0")
        assert 400 <= status < 500, f"PUT {target!r}: {status} {text}"
    assert rest.stack.s3.objects(rest.stack.bucket, rest.stack.prefix) == before


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

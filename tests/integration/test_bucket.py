"""What the verbs about data say of a real bucket: its versions, unfinished uploads, and what is not in it at all."""

from __future__ import annotations

from pathlib import Path

from support.rest import Rest
from support.stack import NewStack, Stack
from support.waiting import wait_until
from support.wrapped import told

OBJECTS = 4


def run_with_files(api: Rest, experiment: str) -> str:
    """A run with some files; its id."""
    run = api.run(experiment)
    for number in range(OBJECTS):
        api.stored(f"{experiment}/{run}/artifacts/d/{number}.bin", f"{run}{number}".encode())
    return run


def claimed(stack: Stack) -> None:
    """The server has put its owner marker on the empty prefix: a test that puts objects itself may not be quicker."""
    wait_until(lambda: ".mlflow-stack-owner" in stack.objects(), stack, "the owner marker", 30)


def test_a_bucket_with_versions_keeps_the_bytes_and_cleanup_says_so(new_stack: NewStack) -> None:
    stack = new_stack()
    client, bucket = stack.s3.client(), f"{stack.project}-versions"
    client.create_bucket(Bucket=bucket)
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    stack.configure(MLFLOW_S3_URI=f"s3://{bucket}/p")
    stack.up("s3")
    api = Rest(stack)
    experiment = api.experiment("one")
    live, gone = run_with_files(api, experiment), run_with_files(api, experiment)
    api.stored(f"{experiment}/{gone}/artifacts/d/0.bin", b"written once more")
    api.post("runs/delete", run_id=gone)
    done = told(stack, "cleanup", "--older-than", "0s", "--yes")
    assert (done.envelope["result"]["objects"], done.envelope["plan"]["versions"]) == (OBJECTS, "yes")
    assert done.ids("warning") == ["cleanup.versions"]
    assert not [key for key in stack.s3.objects(bucket) if gone in key]
    assert len([key for key in stack.s3.objects(bucket) if live in key]) == OBJECTS
    kept = client.list_object_versions(Bucket=bucket, Prefix=f"p/{experiment}/{gone}/")["Versions"]
    assert len(kept) == OBJECTS + 1


def test_uploads_that_never_ended_are_found_and_ended_below_our_prefix_alone(s3_stack: Stack) -> None:
    stack = s3_stack
    claimed(stack)
    client = stack.s3.client()
    ours, other = f"{stack.prefix}/1/x/artifacts/big.bin", f"{stack.prefix}-other/big.bin"
    for key in (ours, other):
        upload = client.create_multipart_upload(Bucket=stack.bucket, Key=key)["UploadId"]
        client.upload_part(Bucket=stack.bucket, Key=key, UploadId=upload, PartNumber=1, Body=b"1234567")
    found = told(stack, "audit").envelope
    assert (found["uploads"], found["upload_bytes"], found["oldest_upload"] > 1_700_000_000) == (1, 7, True)
    assert told(stack, "audit", "--delete-orphans", "--yes").envelope["plan"]["uploads"] == 0
    done = told(stack, "audit", "--delete-orphans", "--older-than", "0s", "--yes").envelope["result"]
    assert (done["uploads"], done["objects"], done["failed"]) == (1, 0, 0)
    listed = (stack.folder / "backups" / Path(done["listed"]).name).read_text(encoding="utf-8")
    assert "1/x/artifacts/big.bin" in listed
    assert [key for key in stack.s3.uploads(stack.bucket) if key in (ours, other)] == [other]
    assert told(stack, "audit").envelope["uploads"] == 0


def test_a_backup_in_s3_mode_knows_the_files_of_runs_made_offline(new_stack: NewStack) -> None:
    """They are in ./mlartifacts alone until somebody pushes them."""
    stack = new_stack()
    stack.up("local")
    api = Rest(stack)
    experiment = api.experiment("both")
    offline = run_with_files(api, experiment)
    stack.up("s3")
    run_with_files(api, experiment)
    whole = told(stack, "backup", "--with-artifacts").envelope
    assert whole["objects"] == 2 * OBJECTS
    told(stack, "backup", "verify", Path(whole["snapshot"]).name)
    assert told(stack, "audit").envelope["missing"] == 0

    path = f"{experiment}/{offline}/artifacts/d/1.bin"
    (stack.folder / "mlartifacts" / path).unlink()
    assert told(stack, "audit", code=1).envelope["missing_paths"] == [path]
    done = told(stack, "restore", Path(whole["snapshot"]).name, "--yes").envelope
    assert (done["result"]["put_back"], done["result"]["missing"]) == (1, 0)
    assert api.get(path).content == f"{offline}1".encode()
    assert told(stack, "audit").envelope["missing"] == 0


def test_a_registered_version_outside_of_every_experiment_is_named_by_migrate(s3_stack: Stack) -> None:
    stack = s3_stack
    api = Rest(stack)
    for name, source in (("far", "s3://no-such-bucket/model"), ("here", f"s3://{stack.bucket}/{stack.prefix}/m")):
        api.post("registered-models/create", name=name)
        api.post("model-versions/create", name=name, source=source)
    done = told(stack, "migrate", "--yes", code=1).envelope
    ways = {each["experiment"]: each["how"] for each in done["plan"]["experiments"]}
    assert ways == {"Default": "here", "registered model far": "cannot", "registered model here": "rewrite"}
    version = api.call("GET", "/api/2.0/mlflow/model-versions/get", params={"name": "here", "version": "1"}).json()
    assert version["model_version"]["source"] == "mlflow-artifacts:/m"

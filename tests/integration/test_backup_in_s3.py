"""A snapshot beside the artifacts: a second stack restores it; a half or a damaged one is none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support import docker
from support.rest import API, Rest
from support.rows import content, copy_of_now
from support.s3server import READER, Faults
from support.stack import NewStack, Stack
from support.waiting import wait_until
from support.wrapped import told

FILES = {"small.txt": b"a", "model.bin": bytes(range(256)) * 40_000, "deep/er/é.txt": b"accents"}
OLD = "20200101T000000.000Z"


def place(stack: Stack) -> str:
    """Where the snapshots of a stack go: beside its artifacts."""
    return stack.prefix.rpartition("/")[0] + "/mlflow-backups"


def there(stack: Stack) -> list[str]:
    """Keys below it."""
    return sorted(stack.s3.objects(stack.bucket, f"{place(stack)}/"))


def listed(stack: Stack) -> list[str]:
    """Addresses as people see them."""
    return [each["snapshot"] for each in told(stack, "backups", "--in-s3").envelope["snapshots"]]


@pytest.fixture(scope="module")
def served(stack: Stack) -> Stack:
    """The module's stack with a run that has files."""
    stack.up("s3")
    rest = Rest(stack)
    root = rest.new_root("files")
    for name, body in FILES.items():
        rest.stored(f"{root}/{name}", body)
    return stack


def rows_of(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Of a snapshot's database."""
    return content(folder / "mlflow.db")


def test_a_second_stack_gets_the_database_and_the_server_hands_none_of_it_out(
    served: Stack, new_stack: NewStack
) -> None:
    """Another volume, the same prefix and profile: what one has on a second machine."""
    made = told(served, "backup", "--with-artifacts", "--to-s3").envelope
    name = Path(made["snapshot"]).name
    assert made["in_s3"] == f"s3://{served.bucket}/{place(served)}/{name}"
    assert listed(served) == [made["in_s3"]]
    assert f"{place(served)}/{name}/snapshot.json" in there(served)
    assert told(served, "backup", "verify", made["in_s3"]).envelope["objects"] == len(FILES)

    rest = Rest(served)
    rest.post("registered-models/create", name="thief")
    fields = {"name": "thief", "source": made["in_s3"]}
    stolen = rest.call("POST", f"{API}/model-versions/create", json=fields)
    if stolen.status_code == 200:
        query = {"name": "thief", "version": "1", "path": "mlflow.db"}
        stolen = served.call("GET", "/model-versions/get-artifact", params=query)
    assert stolen.status_code in (400, 403), stolen.text

    second = new_stack(MLFLOW_S3_URI=f"s3://{served.bucket}/{served.prefix}")
    second.up("s3")
    assert not list((second.folder / "backups").glob("2*"))
    done = told(second, "restore", made["in_s3"], "--yes").envelope
    assert (done["done"], done["restarted"], done["result"]["missing"]) == (True, True, 0)
    fetched = second.folder / "backups" / name
    assert sorted(path.read_bytes() for path in (fetched / "artifacts").rglob("*") if path.is_file()) == sorted(
        FILES.values()
    )
    rows = rows_of(Path(made["snapshot"]))
    assert rows["runs"]
    assert content(copy_of_now(second)) == rows
    # Again: what is there already is not fetched a second time.
    assert told(second, "restore", made["in_s3"], "--yes", "--dry-run").envelope["plan"]["runs"] == 1


def test_a_flipped_byte_and_another_address_are_refused(served: Stack, new_stack: NewStack) -> None:
    """A wrong restore would be worse than none, and the verb reads nothing outside of its prefix."""
    made = told(served, "backup", "--to-s3").envelope
    name = Path(made["snapshot"]).name
    client, key = served.s3.client(), f"{place(served)}/{name}/mlflow.db"
    whole = client.get_object(Bucket=served.bucket, Key=key)["Body"].read()
    damaged = bytearray(whole)
    damaged[len(damaged) // 2] ^= 1
    client.put_object(Bucket=served.bucket, Key=key, Body=bytes(damaged))
    second = new_stack(MLFLOW_S3_URI=f"s3://{served.bucket}/{served.prefix}")
    for verb in (("backup", "verify", made["in_s3"]), ("restore", made["in_s3"], "--yes")):
        said = told(second, *verb, code=1)
        assert "mlflow.db does not match its SHA-256 checksum" in said.finding("backup.broken")["text"]
    client.delete_object(Bucket=served.bucket, Key=key)
    assert (
        "mlflow.db is missing"
        in told(second, "backup", "verify", made["in_s3"], code=1).finding("backup.broken")["text"]
    )
    outside = f"s3://{served.bucket}/{served.prefix}/{name}"
    assert told(second, "restore", outside, "--yes", code=1).ids("error") == ["backup.outside"]
    assert list((second.folder / "backups").glob("*Z*")) == []


def test_a_killed_upload_is_no_snapshot_and_keep_takes_only_what_is_ours(served: Stack, faults: Faults) -> None:
    """Killed when the database is there and the last file is not."""
    before, folders = listed(served), {key.split("/")[-2] for key in there(served)}
    served.write_profile(endpoint=served.s3.inside_faulty)
    try:
        with faults.injected("mute", "PUT .*/snapshot.json"):
            argv = [sys.executable, "-m", "mlflow_stack", "backup", "--to-s3"]
            with subprocess.Popen(
                argv, cwd=served.folder, env=served.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
            ) as process:
                wait_until(lambda: any(call["fault"] == "mute" for call in faults.calls()), served, "the last file", 90)
                for container in served.one_offs():
                    docker.docker("kill", container, check=False)
                process.wait(timeout=60)
    finally:
        served.write_profile()
    assert process.returncode != 0
    half = {key.split("/")[-2] for key in there(served)} - folders
    assert half, there(served)
    assert listed(served) == before

    # Ours and old: it goes. Somebody else's, and what is no snapshot: it stays, as the half one of just now.
    client, (ours,) = served.s3.client(), half
    started = client.get_object(Bucket=served.bucket, Key=f"{place(served)}/{ours}/started-by.json")["Body"].read()
    for name, by in ((OLD, started), (OLD.replace("2020", "2021"), b'{"store_id": "somebody"}')):
        client.put_object(Bucket=served.bucket, Key=f"{place(served)}/{name}/started-by.json", Body=by)
        client.put_object(Bucket=served.bucket, Key=f"{place(served)}/{name}/mlflow.db", Body=b"half")
    client.put_object(Bucket=served.bucket, Key=f"{place(served)}/notes/readme.txt", Body=b"mine")
    last = told(served, "backup", "--to-s3", "--keep", "1").envelope["in_s3"]
    assert listed(served) == [last]
    left = {key.split("/")[-2] for key in there(served)}
    assert left == {last.rpartition("/")[2], ours, OLD.replace("2020", "2021"), "notes"}


def test_who_may_not_write_there_and_local_mode_are_told_so(new_stack: NewStack) -> None:
    """Nothing half-listed; what was made in backups/ stays."""
    stack = new_stack()
    stack.up("s3")
    Rest(stack).new_root("kept")
    stack.write_profile(keys=READER)
    denied = told(stack, "backup", "--to-s3", code=1)
    assert denied.ids("error") == ["s3.denied"]
    assert f"{place(stack)}/*" in denied.finding("s3.denied")["fix"][0]
    assert (Path(denied.envelope["snapshot"]).is_dir(), denied.envelope["in_s3"], there(stack)) == (True, "", [])
    stack.write_profile(endpoint="http://127.0.0.1:9")
    assert told(stack, "backup", "--to-s3", code=1).ids("error") == ["s3.unreachable"]
    assert told(stack, "backups", "--in-s3", code=1).ids("error") == ["s3.unreachable"]
    stack.write_profile()
    assert listed(stack) == []
    told(stack, "start", "--disable-s3")
    for verb in (
        ("backup", "--to-s3"),
        ("backups", "--in-s3"),
        ("restore", f"s3://{stack.bucket}/{place(stack)}/{OLD}"),
    ):
        refused = told(stack, *verb, code=2)
        assert (refused.ids("error"), refused.finding("s3.mode")["fix"]) == (["s3.mode"], ["./stack start"])

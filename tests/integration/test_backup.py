"""What was acknowledged before a backup comes back after the volume is gone; killed in the middle, nothing is lost."""

from __future__ import annotations

import random
from pathlib import Path

from support.killed import killed
from support.rest import Rest
from support.rows import content, copy_of_now
from support.stack import NewStack
from support.wrapped import told
from support.writers import Swarm, history

WRITERS = 16
FILES = {"small.txt": b"a", "model.bin": bytes(range(256)) * 4000, "deep/er/é.txt": b"accents"}
KILLS = 4


def test_a_backup_under_writers_comes_back_after_the_volume_is_gone(new_stack: NewStack) -> None:
    """Row by row, byte by byte; and a new volume owns nothing of the bucket until its user says so."""
    stack = new_stack()
    stack.up("s3")
    api = Rest(stack)
    root = api.new_root("files")
    for name, body in FILES.items():
        api.stored(f"{root}/{name}", body)
    swarm = Swarm(stack, WRITERS)
    try:
        swarm.wait_for_more(200)
        acknowledged = {run: list(steps) for run, steps in swarm.answered.items()}
        made = told(stack, "backup", "--with-artifacts").envelope
        swarm.wait_for_more(50)
    finally:
        swarm.end()
    assert (made["objects"], made["whole"], swarm.wrong) == (len(FILES), True, [])
    name = Path(made["snapshot"]).name

    told(stack, "destroy", "--yes")
    for key in list(stack.objects()):
        if key.startswith(root):
            stack.s3.client().delete_object(Bucket=stack.bucket, Key=f"{stack.prefix}/{key}")
    told(stack, "start")
    refused = told(stack, "restore", name, "--yes")
    assert (refused.envelope["result"]["missing"], refused.envelope["result"]["put_back"]) == (len(FILES), 0)
    assert refused.finding("backup.objects")["level"] == "warning"
    lost = {run: sorted(set(steps) - set(history(stack, run))) for run, steps in acknowledged.items()}
    assert {run: steps for run, steps in lost.items() if steps} == {}
    assert api.delete(f"{root}/small.txt").status_code == 403

    taken = told(stack, "restore", name, "--take-over", "--yes").envelope
    assert (taken["result"]["put_back"], taken["restarted"]) == (len(FILES), True)
    assert {file: api.get(f"{root}/{file}").content for file in FILES} == FILES
    assert api.delete(f"{root}/small.txt").status_code == 200

    rows = content(stack.folder / "backups" / name / "mlflow.db")
    assert rows["metrics"]
    assert content(copy_of_now(stack)) == rows


def test_a_killed_backup_or_restore_loses_nothing_and_the_second_try_ends_well(new_stack: NewStack) -> None:
    """At once, and at moments that are drawn: a failing assertion names them."""
    stack = new_stack(s3=False)
    stack.up("local")
    api = Rest(stack)
    root = api.new_root("files")
    for number in range(200):
        api.stored(f"{root}/{number}.bin", bytes([number]) * 1000)
    wanted = told(stack, "backup", "--with-artifacts").envelope["snapshot"]
    api.new_root("later")
    moments = [0.0, *(random.uniform(0, 1.5) for _ in range(2 * KILLS - 1))]  # noqa: S311 - no secret
    met = 0
    for moment in moments[:KILLS]:
        met += killed(stack, moment, "backup", "--with-artifacts", call="backup create")
        assert all(each["understood"] for each in told(stack, "backups").envelope["snapshots"]), moment
    assert told(stack, "backup", "verify", Path(told(stack, "backup").envelope["snapshot"]).name).code == 0

    now = content(copy_of_now(stack))
    before = content(Path(wanted) / "mlflow.db")
    for moment in moments[KILLS:]:
        met += killed(stack, moment, "restore", Path(wanted).name, "--yes")
        stack.up("local")
        found = content(copy_of_now(stack))
        assert found in (now, before), moment
    # Otherwise nothing was tested: the verbs were done before they were killed.
    assert met, moments
    told(stack, "restore", Path(wanted).name, "--yes")
    # It was stopped, and a restore leaves it so: the copy that shows the database is made when a server ends.
    stack.up("local")
    assert content(copy_of_now(stack)) == before
    assert len(stack.files()) >= 200


def test_a_snapshot_that_is_not_as_it_was_written_is_refused_and_the_server_goes_on(new_stack: NewStack) -> None:
    """A wrong restore would be worse than none."""
    stack = new_stack(s3=False)
    stack.up("local")
    Rest(stack).new_root("kept")
    container = stack.container()
    folder = Path(told(stack, "backup").envelope["snapshot"])
    assert told(stack, "backup", "drill").envelope["problem"] == ""
    damaged = bytearray((folder / "mlflow.db").read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (folder / "mlflow.db").write_bytes(damaged)
    for verb in (("backup", "verify", folder.name), ("restore", folder.name, "--yes"), ("backup", "drill")):
        said = told(stack, *verb, code=1)
        assert "mlflow.db does not match its SHA-256 checksum" in said.finding("backup.broken")["text"]
    assert told(stack, "restore", "no-such-snapshot", "--yes", code=2).ids("error") == ["usage.source"]
    assert (stack.container(), stack.ready()) == (container, 200)

"""The verbs about data: what the image is asked, with which mounts, and what is made of its answers."""

from __future__ import annotations

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from mlflow_stack.engine.containers import Image
from mlflow_stack.engine.process import Outcome, Runner
from mlflow_stack.engine.server import Waited
from mlflow_stack.errors import COMMAND, DOCKER, StackError, error
from mlflow_stack.settings import Settings
from mlflow_stack.verbs import server
from mlflow_stack.verbs.adopt import adopt, sources
from mlflow_stack.verbs.artifacts import copy, diff
from mlflow_stack.verbs.audit import audit, delete_orphans, usage
from mlflow_stack.verbs.backup import backup, backups, drill, restore, verify
from mlflow_stack.verbs.bootstrap import bootstrap
from mlflow_stack.verbs.cleanup import cleanup
from mlflow_stack.verbs.close_stale import close_stale
from mlflow_stack.verbs.destroy import destroy
from mlflow_stack.verbs.migrate import migrate
from unit.mlflow_stack.conftest import IMAGE, Bench, checked, finding, planned, result

MADE = {"runs": 3, "experiments": 1, "objects": 1, "object_bytes": 2048, "whole": False, "format": 1}
NAME = "20260102T000000.000Z"
BOTH = "-v {root}/mlartifacts:/mlartifacts-writable mlflow "


@pytest.fixture(autouse=True)
def ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "wait", lambda *_: Waited(True, 1.0))


@pytest.mark.parametrize(
    ("verb", "s3", "argv"),
    [
        (
            lambda session: cleanup(session, 60, "a b", registered=True),
            True,
            BOTH + "cleanup execute --older-than 60 --experiment a b --registered --also /mlartifacts-writable",
        ),
        (lambda session: close_stale(session, 60), False, "mlflow stale execute --older-than 60"),
        (lambda session: delete_orphans(session, 60), False, "mlflow orphans execute --older-than 60"),
        (lambda session: copy(session, "push"), True, "mlflow artifacts execute --direction push"),
        (
            lambda session: copy(session, "pull"),
            True,
            BOTH + "artifacts execute --direction pull --folder /mlartifacts-writable",
        ),
        (lambda session: migrate(session, ["a", "b"]), False, "mlflow migrate execute --moved a --moved b"),
        (diff, True, "mlflow artifacts diff"),
        (usage, False, "mlflow usage"),
        (audit, False, "mlflow audit"),
        (backups, False, "mlflow backup list"),
        (drill, False, "mlflow backup drill"),
    ],
)
def test_what_the_image_is_asked(bench: Bench, verb: Any, s3: bool, argv: str) -> None:
    bench.runner.answers["-T"] = json.dumps(planned("nothing")) + "\n" + json.dumps(result())
    verb(bench.session(local=not s3))
    file = "docker-compose.yml" if s3 else "docker-compose.local.yml"
    said = f"docker compose -f {file} run --rm --no-deps -T {argv.format(root=bench.stack.root)}"
    assert bench.runner.ran == [said]


@pytest.mark.parametrize("verb", [diff, lambda session: copy(session, "push")])
def test_both_stores_are_known_in_s3_mode_alone(bench: Bench, container: Any, verb: Any) -> None:
    bench.engine.containers = [container()]
    bench.runner.answers["-T"] = json.dumps(planned("nothing")) + "\n" + json.dumps(result())
    verb(bench.session())
    assert "-f docker-compose.yml run" in bench.runner.ran[0]


def test_whoever_only_looks_makes_no_volume(bench: Bench) -> None:
    bench.engine.volumes = set()
    bench.runner.answers["-T"] = json.dumps(planned("nothing")) + "\n" + json.dumps(result())
    for verb in (audit, lambda session: close_stale(session, 60)):
        verb(bench.session(dry_run=True))
        assert "-f docker-compose.look.yml run" in bench.runner.ran[-1]
    # Not where something is changed: it needs the database.
    close_stale(bench.session(), 60)
    assert "docker-compose.look.yml" not in bench.runner.ran[-1]


def test_a_snapshot(bench: Bench, tmp_path: Path) -> None:
    bench.says("backup create", result(snapshot=f"/backups/{NAME}", **MADE))
    made = backup(bench.session(), keep=14, whole=True)
    assert bench.run("mlflow backup") == ["mlflow backup create --keep 14 --whole"]
    assert [line.text for line in made.lines] == [
        f"Snapshot {tmp_path}/backups/{NAME}",
        "  3 runs in 1 experiment; 1 artifact (2.0 KiB) listed, not copied",
        f"  To restore: ./stack restore {NAME}",
    ]
    fields = made.fields()
    assert (fields["snapshot"], fields["restore_as"], fields["in_s3"]) == (f"{tmp_path}/backups/{NAME}", NAME, "")
    assert (fields["runs"], fields["format"]) == (3, 1)


def test_a_snapshot_in_another_folder_is_restored_by_its_quoted_path(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "my disk").mkdir()
    bench.says("backup create", result(snapshot=f"/snapshots/{NAME}", **MADE))
    made = backup(bench.session(), to=tmp_path / "my disk")
    assert f"-v {tmp_path}/my disk:/snapshots mlflow backup create --into /snapshots --keep 7" in bench.runner.ran[0]
    assert made.fields()["snapshot"] == f"{tmp_path}/my disk/{NAME}"
    assert made.lines[-1].text == f"  To restore: ./stack restore '{tmp_path}/my disk/{NAME}'"


def test_a_folder_that_cannot_be_mounted(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "a:b").mkdir()
    with pytest.raises(StackError, match="The path of --to holds a colon") as failed:
        backup(bench.session(), to=tmp_path / "a:b")
    assert (failed.value.exit_code, bench.runner.ran) == (2, [])


def test_a_snapshot_builds_a_missing_image_and_says_that_one_is_stale(bench: Bench) -> None:
    bench.says("backup create", finding("backup.pruned", "info"), result(snapshot=f"/backups/{NAME}", **MADE))
    bench.engine.images[IMAGE] = Image("sha256:1", "other", 1)
    assert [each.id for each in backup(bench.session()).findings] == ["image.stale", "backup.pruned"]
    bench.engine.images.clear()
    backup(bench.session())
    assert [line.split(".yml ")[1].split()[2] for line in bench.runner.ran if "run" not in line] == ["build"]


def test_a_snapshot_of_another_folder_goes_to_s3_from_there(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    bench.says("backup create", result(snapshot=f"/snapshots/{NAME}", **MADE))
    bench.says("backup push", result(uri=f"s3://b/{NAME}"))
    made = backup(bench.session(local=False), to=tmp_path / "disk", keep=3, to_s3=True)
    bind = f"-v {tmp_path}/disk:/snapshots mlflow"
    assert bench.run("-v") == [
        f"{bind} backup create --into /snapshots --keep 3",
        f"{bind} backup push --snapshot /snapshots/{NAME} --keep 3",
    ]
    assert made.lines[2].text == f"  In S3: s3://b/{NAME}"


@pytest.mark.parametrize("arrives", [True, False])
def test_a_snapshot_in_s3_too(bench: Bench, arrives: bool) -> None:
    bench.says("backup create", result(snapshot=f"/backups/{NAME}", **MADE))
    pushed = [result(uri=f"s3://b/{NAME}")] if arrives else [finding("s3.denied"), result(False)]
    bench.runner.answers["backup push"] = Outcome((), 0 if arrives else 1, "\n".join(map(json.dumps, pushed)), "")
    made = backup(bench.session(local=False), to_s3=True)
    assert (made.fields()["in_s3"], made.exit_code) == ((f"s3://b/{NAME}", 0) if arrives else ("", 1))
    assert [each.id for each in made.findings] == ([] if arrives else ["s3.denied"])
    # One that S3 does not take is here all the same.
    assert made.lines[-1].text == f"  To restore: ./stack restore {NAME}"


@pytest.mark.parametrize("fields", [{}, {"snapshot": f"/backups/{NAME}", **MADE}])
def test_no_snapshot(bench: Bench, fields: Any) -> None:
    said = json.dumps(finding("data.no-room")) + "\n" + json.dumps(result(False, **fields))
    bench.runner.answers["backup create"] = Outcome((), 1, said, "")
    made = backup(bench.session())
    assert ([line.text for line in made.lines], made.exit_code) == (["No snapshot was made"], 1)
    assert made.fields() == {"snapshot": None}


@pytest.mark.parametrize(
    "verb",
    [
        lambda session: backup(session, to_s3=True),
        lambda session: backups(session, in_s3=True),
        lambda session: verify(session, "s3://b/x"),
        lambda session: restore(session, "s3://b/x"),
    ],
)
def test_what_is_about_s3_is_refused_in_local_mode(bench: Bench, verb: Any) -> None:
    with pytest.raises(StackError) as failed:
        verb(bench.session())
    assert (failed.value.exit_code, failed.value.findings[0].id, bench.runner.ran) == (2, "s3.mode", [])


def test_where_a_snapshot_is(bench: Bench, tmp_path: Path) -> None:
    bench.says("backup verify", result(lines=["Snapshot is intact"]))
    (tmp_path / "backups" / NAME).mkdir()
    verify(bench.session(), NAME)
    (tmp_path / "else" / NAME).mkdir(parents=True)
    verify(bench.session(), str(tmp_path / "else" / NAME))
    verify(bench.session(), f"{tmp_path}/backups/{NAME}")
    bench.says("backup verify-in-s3", result(lines=[]))
    verify(bench.session(local=False), "s3://b/x")
    assert [line.split("-T ")[1] for line in bench.runner.ran] == [
        f"mlflow backup verify --snapshot /backups/{NAME}",
        f"-v {tmp_path}/else:/snapshots:ro mlflow backup verify --snapshot /snapshots/{NAME}",
        f"-v {tmp_path}/backups:/snapshots:ro mlflow backup verify --snapshot /snapshots/{NAME}",
        "mlflow backup verify-in-s3 --uri s3://b/x",
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("gone", "The path of SNAPSHOT does not exist"),
        ("a:b", "The path of SNAPSHOT holds a colon, which a mount cannot name"),
    ],
)
def test_a_path_that_is_no_snapshot(bench: Bench, tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(StackError) as failed:
        restore(bench.session(), str(tmp_path / name))
    assert (failed.value.findings[0].text, bench.runner.ran) == (text, [])


def test_a_copy_of_the_database_is_a_place_too(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "backups" / "mlflow-20261127T120000Z.db").write_text("")
    bench.says("backup verify", result(snapshot="x"))
    verify(bench.session(), "mlflow-20261127T120000Z.db")
    assert bench.runner.ran[-1].endswith("backup verify --snapshot /backups/mlflow-20261127T120000Z.db")


def test_a_restore_from_s3_comes_to_backups_first(bench: Bench, container: Any, tmp_path: Path) -> None:
    (tmp_path / "backups" / NAME).mkdir()
    bench.engine.containers = [container(mode="s3")]
    bench.says("backup fetch", result(snapshot=f"/backups/{NAME}"))
    bench.says("restore plan", planned(runs=1), result())
    bench.says(
        "restore execute", planned(runs=1), result(done=True, lines=["Restored: 1 run", "  To restore the previous …"])
    )
    done = restore(bench.session(local=False), "s3://b/x", take_over=True)
    assert bench.run("mlflow restore") == [
        f"mlflow restore plan --snapshot /backups/{NAME} --take-over",
        f"mlflow restore execute --snapshot /backups/{NAME} --take-over",
    ]
    assert (done.lines[0].text, done.fields()["restarted"]) == ("Restored: 1 run", True)


def test_one_in_s3_that_does_not_arrive_restores_nothing(bench: Bench, container: Any) -> None:
    bench.engine.containers = [container(mode="s3")]
    said = (finding("backup.broken"), result(False, snapshot=f"/backups/{NAME}"))
    bench.runner.answers["backup fetch"] = Outcome((), 1, "\n".join(map(json.dumps, said)), "")
    done = restore(bench.session(local=False), "s3://b/x")
    assert ([line.text for line in done.lines], done.exit_code) == (["Nothing was restored"], 1)
    assert (done.fields()["done"], bench.asked, bench.run("mlflow restore")) == (False, [], [])


@pytest.mark.parametrize("dry_run", [True, False])
def test_an_image_is_built_for_a_fetch_but_not_for_a_dry_run(bench: Bench, tmp_path: Path, dry_run: bool) -> None:
    bench.engine.images.clear()
    (tmp_path / "backups" / NAME).mkdir()
    bench.says("backup fetch", result(snapshot=f"/backups/{NAME}"))
    bench.says("restore", planned(runs=1), result())
    if dry_run:
        with pytest.raises(StackError) as failed:
            restore(bench.session(dry_run=True, local=False), "s3://b/x")
        assert (failed.value.findings[0].id, bench.runner.ran) == ("image.missing", [])
    else:
        restore(bench.session(local=False), "s3://b/x")
        assert "plain build" in bench.runner.ran[0]
        assert bench.runner.ran[1].endswith("mlflow backup fetch --uri s3://b/x")


@pytest.mark.parametrize("answer", [True, False])
def test_a_restore_beside_no_server(bench: Bench, tmp_path: Path, answer: bool) -> None:
    (tmp_path / "disk" / NAME).mkdir(parents=True)
    bench.says("restore execute", planned(runs=1), result(done=True, lines=["Restored: 1 run"]))
    done = restore(bench.session(answer), f"{tmp_path}/disk/{NAME}")
    bind = f"-v {tmp_path}/disk:/snapshots:ro"
    assert bench.run("-v") == [f"{bind} mlflow restore execute --snapshot /snapshots/{NAME}"]
    assert bench.runner.replies == [json.dumps({"runs": 1}) if answer else ""]
    assert done.lines[0].text == ("Restored: 1 run" if answer else "Nothing was restored")
    assert done.fields()["restarted"] is False


def test_of_a_database_only_its_own_files_are_mounted(tmp_path: Path) -> None:
    """The whole HOME was, with ~/.ssh and ~/.aws in it."""
    for name in (
        "mlflow.db",
        "mlflow.db-wal",
        "mlflow.db-shm",
        "mlflow.db-journal",
        "mlflow.db-more",
        "other",
        "basic_auth.db",
        "basic_auth.db-wal",
    ):
        (tmp_path / name).write_text("")
    (tmp_path / "mlartifacts").mkdir()
    binds, options = sources(tmp_path / "mlflow.db", None, [tmp_path / "mlartifacts", tmp_path])
    assert [str(bind) for bind in binds] == [
        f"{tmp_path}/mlflow.db:/adopt/mlflow.db:ro",
        f"{tmp_path}/mlflow.db-wal:/adopt/mlflow.db-wal:ro",
        f"{tmp_path}/mlflow.db-shm:/adopt/mlflow.db-shm:ro",
        f"{tmp_path}/mlflow.db-journal:/adopt/mlflow.db-journal:ro",
        f"{tmp_path}/basic_auth.db:/adopt/basic_auth.db:ro",
        f"{tmp_path}/basic_auth.db-wal:/adopt/basic_auth.db-wal:ro",
        f"{tmp_path}/mlartifacts:/adopt-artifacts-0:ro",
        f"{tmp_path}:/adopt-artifacts-1:ro",
    ]
    artifacts = [f"/adopt-artifacts-0:{tmp_path}/mlartifacts", f"/adopt-artifacts-1:{tmp_path}"]
    assert options == ["--source", "/adopt/mlflow.db", "--artifacts", artifacts[0], "--artifacts", artifacts[1]]


@pytest.mark.parametrize(
    ("given", "option"),
    [
        (lambda path: (path / "mlflow.db", None, ()), "--db"),
        (lambda path: (None, path / "mlruns", ()), "--mlruns"),
        (lambda path: (Path("mlflow.db"), None, (path,)), "--artifacts"),
    ],
)
def test_a_source_that_cannot_be_mounted(tmp_path: Path, given: Any, option: str) -> None:
    with pytest.raises(StackError, match=f"The path of {option} holds a colon"):
        sources(*given(tmp_path / "a:b"))


def test_a_file_store_keeps_its_name(tmp_path: Path) -> None:
    (tmp_path / "mlruns").mkdir()
    for given in (tmp_path, tmp_path / "mlruns"):
        binds, options = sources(None, given, [])
        assert ([str(bind) for bind in binds], options) == (
            [f"{tmp_path}/mlruns:/adopt/mlruns:ro"],
            ["--source", "/adopt/mlruns"],
        )


def test_adopting_a_database_and_then_the_prefix(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "old.db").write_text("")
    bench.says("adopt execute", planned(runs=1), result(done=True, lines=["Taken over: 1 run"]))
    bench.says("adopt claim execute", planned(objects=1), result(done=True, lines=["They belong to this database now"]))
    done = adopt(bench.session(), db=tmp_path / "old.db", claim=True)
    assert [line.text for line in done.lines] == ["Taken over: 1 run", "They belong to this database now"]
    assert bench.asked[0].stays == ("the rest", f"{tmp_path}/old.db, which is only read")
    assert bench.run("mlflow adopt") == [
        "mlflow adopt execute --source /adopt/old.db",
        "mlflow adopt claim execute",
    ]


def test_a_server_in_s3_mode_is_stopped_for_it_and_the_local_file_does_the_work(
    bench: Bench, container: Any, tmp_path: Path
) -> None:
    """Only there is mlartifacts/ writable."""
    (tmp_path / "old.db").write_text("")
    (tmp_path / "art").mkdir()
    bench.engine.containers = [container(mode="s3")]
    bench.says("adopt plan", planned(runs=1), result())
    bench.says("adopt execute", planned(runs=1), finding("adopt.kept", "warning"), result(done=True, lines=["-"]))
    bench.says("adopt claim execute", planned(objects=1), finding("owner.ours", "ok"), result(done=True, lines=["+"]))
    done = adopt(bench.session(), db=tmp_path / "old.db", artifacts=[tmp_path / "art"], claim=True)
    files = [line.split(" -f ")[1].split()[0] for line in bench.runner.ran]
    s3, local = "docker-compose.yml", "docker-compose.local.yml"
    assert files == [local, s3, local, s3, s3]
    assert (done.fields()["restarted"], [each.id for each in done.findings]) == (True, ["adopt.kept", "owner.ours"])
    assert bench.asked[0].stays[1:] == tuple(f"{tmp_path}/{name}, which is only read" for name in ("old.db", "art"))


def test_what_was_adopted_is_done_although_nothing_was_claimed(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "old.db").write_text("")
    bench.says("adopt execute", planned(runs=1), result(done=True, lines=["Taken over: 1 run"], runs=1))
    said = "\n".join(map(json.dumps, (finding("owner.refused"), result(False))))
    bench.runner.answers["adopt claim"] = Outcome((), 1, said, "")
    done = adopt(bench.session(), db=tmp_path / "old.db", claim=True)
    assert [line.text for line in done.lines] == ["Taken over: 1 run", "Nothing was claimed"]
    assert (done.fields()["done"], done.fields()["result"], done.exit_code) == (True, {"runs": 1}, 1)


def test_a_claim_alone(bench: Bench) -> None:
    bench.says("adopt claim execute", planned(objects=1), result(done=True, lines=["They belong to this database now"]))
    done = adopt(bench.session(), claim=True)
    assert ([line.text for line in done.lines], done.fields()["done"]) == (["They belong to this database now"], True)
    assert bench.run("mlflow adopt") == ["mlflow adopt claim execute"]


def test_nothing_is_claimed_where_the_adoption_has_errors(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "old.db").write_text("")
    bench.says("adopt execute", planned(runs=1), finding("adopt.missing"), result(False, done=True, lines=["-"]))
    done = adopt(bench.session(), db=tmp_path / "old.db", claim=True)
    assert (done.exit_code, bench.run("adopt claim")) == (1, [])


def test_nothing_is_claimed_where_nothing_was_adopted(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "old.db").write_text("")
    bench.says("adopt execute", planned(runs=1), result(done=True, lines=["-"]))
    done = adopt(bench.session(answer=False), db=tmp_path / "old.db", claim=True)
    assert ([line.text for line in done.lines], bench.run("adopt claim")) == (["Nothing was taken over"], [])


@pytest.mark.parametrize(
    "given",
    [{}, {"db": Path("a"), "mlruns": Path("b")}, {"artifacts": [Path("a")]}, {"artifacts": [Path("a")], "claim": True}],
)
def test_say_what_to_adopt(bench: Bench, given: Any) -> None:
    with pytest.raises(StackError) as failed:
        adopt(bench.session(), **given)
    assert (failed.value.findings[0].id, len(failed.value.findings[0].fix)) == ("usage.arguments", 3)


@pytest.fixture
def there(bench: Bench, container: Any) -> Bench:
    bench.engine.containers = [container()]
    bench.engine.volumes = {"mlflow-stack_data", "mlflow-stack_spool"}
    bench.says("check", *checked())
    return bench


def test_destroy_names_what_is_gone(there: Bench) -> None:
    def down() -> str:
        there.engine.volumes.discard("mlflow-stack_data")
        return ""

    there.runner.answers["down --volumes"] = down
    done = destroy(there.session())
    assert there.asked[0].facts == [
        "volume mlflow-stack_data, the database: 2 runs in 1 experiment",
        "volume mlflow-stack_spool",
        "container mlflow-stack-mlflow-1 (running)",
    ]
    assert there.run("--profile") == ["--profile * --progress plain down --volumes"]
    assert [line.text for line in done.lines] == ["Removed: mlflow-stack_data"]
    fields = {"done": True, "volumes": ["mlflow-stack_data"], "runs": 2, "experiments": 1}
    assert done.fields() == fields
    assert done.findings[0].fix[0].startswith("./stack backups")
    assert (done.findings[0].id, done.findings[0].text.split(" belongs")[0]) == (
        "owner.kept",
        "What stays in mlartifacts/",
    )


def test_destroy_in_s3_mode(there: Bench, container: Any) -> None:
    there.engine.containers = [container(mode="s3")]
    done = destroy(there.session())
    assert there.runner.ran[-1] == "docker compose -f docker-compose.yml --profile * --progress plain down --volumes"
    assert done.findings[0].text.startswith("What stays in s3://basketworld/mlflow-artifacts belongs to the removed")


@pytest.mark.parametrize(
    ("runs", "volumes", "facts"),
    [
        (False, {"mlflow-stack_data"}, ["volume mlflow-stack_data, the database: 2 runs in 1 experiment"]),
        (True, {"mlflow-stack_spool"}, ["volume mlflow-stack_spool", "container mlflow-stack-mlflow-1 (running)"]),
        (True, set(), ["container mlflow-stack-mlflow-1 (running)"]),
    ],
)
def test_destroy_of_what_is_left(there: Bench, runs: bool, volumes: set[str], facts: list[str]) -> None:
    there.engine.volumes = volumes
    there.engine.containers = there.engine.containers if runs else [None]
    destroy(there.session(answer=False))
    assert there.asked[0].facts == facts
    assert (there.run("mlflow check") == []) is ("mlflow-stack_data" not in volumes), "it would make the volume"


def test_destroy_with_a_no_or_with_nothing_there(there: Bench) -> None:
    assert destroy(there.session(answer=False)).lines[0].text == "Nothing was removed"
    there.runner.answers["mlflow check"] = Outcome((), 125, "", "no")
    destroy(there.session(answer=False))
    assert "how many runs it holds is unknown" in there.asked[-1].facts[0]
    there.engine.containers, there.engine.volumes = [None], set()
    assert destroy(there.session()).lines[0].text == "There is nothing to remove"
    assert there.run("down") == []


class Store(BaseHTTPRequestHandler):
    """Has `good` under its path; another one is changed on the way."""

    def do_GET(self) -> None:
        content = b"good" if self.path.endswith("/1/good%20one%3F%231") else b"changed"
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: Any) -> None:
        """Silent."""


@pytest.mark.parametrize(
    ("paths", "level", "text"),
    [
        (["1/good one?#1"], "ok", "1 sample came down through the server, byte by byte"),
        (["1/good one?#1", "1/b"], "error", "1 of 2 samples did not come down as they lie in the store: 1/b"),
        ([], "info", "There was no file to fetch through the server"),
    ],
)
def test_a_migration_is_proved_through_the_server(
    bench: Bench, container: Any, paths: list[str], level: str, text: str
) -> None:
    digest = hashlib.sha256(b"good").hexdigest()
    samples = [{"path": path, "bytes": 4, "sha256": digest} for path in paths]
    bench.says("migrate execute", planned(uris=1), result(done=True, lines=["Rewritten"], samples=samples))
    with HTTPServer(("127.0.0.1", 0), Store) as running:
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        bench.engine.containers = [container(published=("127.0.0.1", str(running.server_port)))]
        done = migrate(bench.session())
        running.shutdown()
    assert [(each.level, each.text) for each in done.findings] == [(level, text)]


@pytest.mark.parametrize("state", [None, "exited"])
def test_a_migration_without_a_server_is_not_proved(bench: Bench, container: Any, state: str | None) -> None:
    bench.engine.containers = [container(state=state) if state else None]
    samples = [{"path": "a", "sha256": "b"}]
    done = result(done=True, lines=["Rewritten"], samples=samples)
    bench.says("migrate execute", planned(uris=1), finding("migrate.note", "info"), done)
    note, found = migrate(bench.session()).findings
    assert note.id == "migrate.note"
    assert (found.level, found.fix) == ("unknown", ("./stack start --disable-s3",))


def test_bootstrap_hands_over_to_its_script(bench: Bench) -> None:
    written = ["PYTHON_IMAGE=x"]
    bench.runner.answers["bootstrap.sh"] = (
        json.dumps(finding("bootstrap.base", "ok")) + "\n" + json.dumps(result(written=written))
    )
    done = bootstrap(bench.session())
    assert bench.runner.ran == ["sh scripts/bootstrap.sh python:3.13.9-slim-trixie "]
    assert ([each.id for each in done.findings], done.fields()) == (["bootstrap.base"], {"written": written})


def test_the_events_of_the_script_itself(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.configs["local"]["secrets"]["ca_bundle"]["file"] = f"{tmp_path}/ca.pem"
    settings = Settings.read("local", bench.configs["local"])
    events = (
        {"event": "progress", "done": 1, "total": 2, "unit": "files", "label": "Downloading"},
        finding("bootstrap.base", "ok", "Made"),
        result(written=["PYTHON_IMAGE=x"]),
    )
    (tmp_path / "scripts").mkdir()
    lines = "".join(f"echo '{json.dumps(each)}'\n" for each in events)
    (tmp_path / "scripts" / "bootstrap.sh").write_text(f'echo "[$1] [$2]" >&2\n{lines}')
    monkeypatch.setattr(bench.stack, "settings", lambda mode: settings)
    monkeypatch.setattr(bench.stack, "runner", Runner(tmp_path, bench.heard))
    done = bootstrap(bench.session())
    assert bench.heard.lines == [f"[python:3.13.9-slim-trixie] [{tmp_path}/ca.pem]"]
    assert bench.heard.amounts == [(1, 2, "files", "Downloading")]
    assert ([each.text for each in done.findings], done.fields()) == (["Made"], {"written": ["PYTHON_IMAGE=x"]})


@pytest.mark.parametrize(("identifier", "code"), [("docker.bootstrap", DOCKER), ("host.other", COMMAND)])
def test_bootstrap_that_cannot(bench: Bench, identifier: str, code: int) -> None:
    said = json.dumps(finding(identifier)) + "\n" + json.dumps(result(False))
    bench.runner.answers["bootstrap.sh"] = Outcome((), 1, said, "")
    with pytest.raises(StackError) as failed:
        bootstrap(bench.session())
    assert failed.value.exit_code == code


def test_bootstrap_without_compose_lets_the_script_find_out(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench.stack, "docker_findings", lambda mode="local": [error("docker.compose-missing", "no")])
    bench.runner.answers["bootstrap.sh"] = json.dumps(result(written=[]))
    bootstrap(bench.session())
    assert bench.runner.ran == ["sh scripts/bootstrap.sh  "]
    monkeypatch.setattr(bench.stack, "docker_findings", lambda mode="local": [error("docker.off", "no")])
    with pytest.raises(StackError):
        bootstrap(bench.session())

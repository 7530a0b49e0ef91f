"""What people read, whole: each verb's question, what it says when it is done, and what the looks show."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

import pytest

from stackd import words
from stackd.steps import Change, Look
from stackd.verbs import VERBS
from stackd.words import CURRENT, DONE, LOOKED, QUESTIONS, Question

S3 = "s3://bucket/prefix"
KIB, MIB, GIB = 1024, 1024**2, 1024**3
HOUR, DAY = 3600, 86400
MONTH = Namespace(older_than=30 * DAY)
NONE = Namespace()
Fields = dict[str, Any]


def test_every_verb_has_words_except_those_that_the_wrapper_speaks_for() -> None:
    changes = {name for name, verb in VERBS.items() if isinstance(verb, Change)}
    looks = {name for name, verb in VERBS.items() if isinstance(verb, Look)}
    assert (set(QUESTIONS), set(DONE)) == (changes, changes)
    assert looks - set(LOOKED) == {"backup create", "backup fetch", "backup push"}
    assert set(LOOKED) <= looks


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (None, "size unknown"),
        (0, "0 B"),
        (1023, "1023 B"),
        (KIB, "1.0 KiB"),
        (3 * KIB // 2, "1.5 KiB"),
        (1048535, "1.0 MiB"),
        (MIB - 1, "1.0 MiB"),
        (MIB, "1.0 MiB"),
        (GIB, "1.0 GiB"),
        (5 * 1024 * GIB, "5.0 TiB"),
        (2048 * 1024 * GIB, "2048.0 TiB"),
    ],
)
def test_sizes(count: int | None, text: str) -> None:
    assert words.size(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (1, "1 s"),
        (90, "90 s"),
        (60, "1 min"),
        (5400, "90 min"),
        (12 * HOUR, "12 h"),
        (36 * HOUR, "36 h"),
        (DAY, "1 d"),
        (30 * DAY, "30 d"),
        (DAY + 1, "86401 s"),
    ],
)
def test_ages(seconds: int, text: str) -> None:
    assert words.age(seconds) == text


def test_tables_are_as_wide_as_their_widest_entries_and_end_without_blanks() -> None:
    assert words.table([("a", "bb", ""), ("long", "b", "c"), ("", "", "")]) == ["a     bb", "long  b   c", ""]
    assert words.table([("alone",)]) == ["alone"]
    assert words.table([]) == []


ADOPT: Fields = {
    "source": "/source/mlflow.db",
    "artifacts": [["/from/0", "/home/me/mlruns"]],
    "state": {},
    "revision": "old",
    "expected_revision": "new",
    "migrate": True,
    "experiments": 3,
    "runs": 1200,
    "users": 0,
    "own_users": 0,
    "users_left": False,
    "bytes": 3 * MIB,
    "artifact_files": 2500,
    "artifact_bytes": 5 * GIB,
    "uris": {"file": 1200, "s3": 1},
    "prefixes": ["/home/me/mlruns"],
    "rewritten": 1200,
}
ADOPT_BARE = {
    "migrate": False,
    "experiments": 1,
    "runs": 1,
    "artifact_files": 0,
    "artifact_bytes": 0,
    "uris": {"mlflow-artifacts": 1},
    "rewritten": 0,
}


@pytest.mark.parametrize(
    ("changed", "facts"),
    [
        (
            {},
            [
                "1,200 runs in 3 experiments (3.0 MiB)",
                "2,500 artifacts (5.0 GiB), to mlartifacts/",
                "the copy's schema is upgraded from revision old to new",
                "1,200 experiments at addresses that begin with file:",
                "1 experiment at addresses that begin with s3:",
                "below these folders, to be used through the server: 1,200 of them",
            ],
        ),
        (
            ADOPT_BARE,
            ["1 run in 1 experiment (3.0 MiB)", "1 experiment at addresses that begin with mlflow-artifacts:"],
        ),
        (
            ADOPT_BARE | {"experiments": 0, "runs": 0, "uris": {}, "artifact_files": 1, "artifact_bytes": 512},
            ["0 runs in 0 experiments (3.0 MiB)", "1 artifact (512 B), to mlartifacts/"],
        ),
    ],
)
def test_adopt_asks(changed: Fields, facts: list[str]) -> None:
    assert QUESTIONS["adopt"](ADOPT | changed, NONE) == Question("This copies:", facts)


CLAIM: Fields = {
    "destination": S3,
    "owner": "theirs",
    "ours": "mine",
    "objects": 2,
    "more": False,
    "sample": ["1/a/artifacts/x", "1/b/artifacts/y"],
}


@pytest.mark.parametrize(
    ("changed", "facts", "nothing"),
    [
        (
            {},
            [
                "owner now: theirs; this database: mine",
                "objects there: 2",
                "  1/a/artifacts/x",
                "  1/b/artifacts/y",
            ],
            "",
        ),
        (
            {"owner": None, "objects": 1000, "more": True, "sample": ["a"]},
            ["owner now: nobody; this database: mine", "objects there: 1,000 or more", "  a"],
            "",
        ),
        (
            {"owner": "mine", "objects": 0, "sample": []},
            ["owner now: mine; this database: mine", "objects there: 0"],
            "It is this database's already",
        ),
    ],
)
def test_a_claim_asks(changed: Fields, facts: list[str], nothing: str) -> None:
    title = f"This writes the owner marker of this database at {S3}:"
    asked = QUESTIONS["adopt claim"](CLAIM | changed, NONE)
    assert asked == Question(title, facts, ["every object there"], nothing)


UPGRADE: Fields = {
    "state": [1, 2],
    "revision": "old",
    "expected_revision": "new",
    "migrate": True,
    "experiments": 2,
    "runs": 1,
    "bytes": MIB,
    "seconds": 30,
}
PATIENCE = "a training that logs meanwhile repeats its requests for 4 minutes"
COMPARED = "schema revision old becomes new, on a copy that is compared"


@pytest.mark.parametrize(
    ("changed", "revision", "away"),
    [
        ({}, COMPARED, f"about 30 s without a server; {PATIENCE}"),
        ({"migrate": False}, "schema revision old stays", f"about 30 s without a server; {PATIENCE}"),
        ({"seconds": 240}, COMPARED, f"about 240 s without a server; {PATIENCE}"),
        (
            {"seconds": 241},
            COMPARED,
            f"about 5 minutes without a server; {PATIENCE} and then FAILS: end trainings first",
        ),
        (
            {"seconds": 3599},
            COMPARED,
            f"about 60 minutes without a server; {PATIENCE} and then FAILS: end trainings first",
        ),
    ],
)
def test_upgrade_asks(changed: Fields, revision: str, away: str) -> None:
    assert QUESTIONS["upgrade"](UPGRADE | changed, NONE) == Question(
        "This stops the server, upgrades it to the version of this checkout and starts it again:",
        [
            revision,
            "1 run in 2 experiments (1.0 MiB)",
            away,
            "the new server is tried on a copy first; if anything is wrong until then, the previous server runs again",
            "once it is published nothing goes back by itself, for clients have written",
        ],
        ["every artifact", CURRENT],
    )


RESTORE: Fields = {
    "snapshot": "/backups/20250102T030405Z",
    "created": "2025-01-02T03:04:05Z",
    "state": [1, 2],
    "revision": "old",
    "migrate": False,
    "runs": 2,
    "experiments": 1,
    "users": None,
    "present_users": 0,
    "objects": 1500,
    "whole": False,
    "destination": "s3://other/prefix",
    "elsewhere": False,
    "foreign": False,
    "present_runs": 1,
    "present_experiments": 2,
}
OURS_NOW = "the owner marker: the artifacts belong to this database from then on"
MIGRATED = "its schema is upgraded from revision old"
ELSEWHERE = "its artifacts were in s3://other/prefix, which is not this server's destination"
FOREIGN = "its artifacts belong to another volume: none is put back or can be deleted without --take-over"
PUT_BACK = "those of its artifacts that are missing (1,500 are in the snapshot)"


@pytest.mark.parametrize(
    ("changed", "take_over", "more"),
    [
        ({}, False, []),
        ({}, True, [OURS_NOW]),
        (
            {"foreign": True},
            False,
            [FOREIGN],
        ),
        ({"foreign": True}, True, [OURS_NOW]),
        # Nothing is put back where the artifacts are another volume's.
        ({"foreign": True, "whole": True}, False, [FOREIGN]),
        ({"migrate": True}, False, [MIGRATED]),
        ({"elsewhere": True}, False, [ELSEWHERE]),
        ({"whole": True}, False, [PUT_BACK]),
        (
            {"migrate": True, "elsewhere": True, "whole": True, "foreign": True},
            True,
            [MIGRATED, ELSEWHERE, PUT_BACK, OURS_NOW],
        ),
    ],
)
def test_restore_asks(changed: Fields, take_over: bool, more: list[str]) -> None:
    assert QUESTIONS["restore"](RESTORE | changed, Namespace(take_over=take_over)) == Question(
        "This restores:",
        ["2 runs in 1 experiment, as of 2025-01-02T03:04:05Z", "in place of 1 run in 2 experiments", *more],
        [CURRENT, "every artifact that is there"],
    )


def test_a_restore_replaces_nothing_where_no_database_can_be_read() -> None:
    plan = RESTORE | {"present_runs": 0, "present_experiments": 0}
    asked = QUESTIONS["restore"](plan, Namespace(take_over=False))
    assert asked.facts == ["2 runs in 1 experiment, as of 2025-01-02T03:04:05Z"]
    assert asked.stays == ["every artifact that is there"]


@pytest.mark.parametrize(
    ("users", "present", "said", "stays"),
    [
        (3, 0, ["3 users, with passwords and permissions"], []),
        (3, 2, ["3 users, with passwords and permissions, in place of 2"], []),
        (None, 2, [], ["the 2 users of this volume: the snapshot holds none"]),
    ],
)
def test_a_restore_says_what_becomes_of_the_users(
    users: int | None, present: int, said: list[str], stays: list[str]
) -> None:
    asked = QUESTIONS["restore"](RESTORE | {"users": users, "present_users": present}, Namespace(take_over=False))
    assert (asked.facts[2:], asked.stays) == (said, [CURRENT, *stays, "every artifact that is there"])


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"users": 3}, "3 users, with what each may do"),
        ({"users": 3, "own_users": 1}, "3 users, with what each may do, in place of the administrator of this volume"),
        ({"own_users": 2, "users_left": True}, "no user: this volume has its own (2)"),
    ],
)
def test_adopt_says_whether_users_come_along(changed: Fields, said: str) -> None:
    assert QUESTIONS["adopt"](ADOPT | changed, NONE).facts[1] == said


@pytest.mark.parametrize("exists", [True, False])
def test_an_administrator_gets_a_password(exists: bool) -> None:
    asked = QUESTIONS["users reset-admin"]({"exists": exists, "same": False}, NONE)
    assert (len(asked.facts), asked.stays, asked.nothing) == (1 if exists else 2, ["every other user"], "")
    assert QUESTIONS["users reset-admin"]({"exists": True, "same": True}, NONE).nothing


CLEANUP: Fields = {
    "before": 0,
    "experiment": "",
    "registered": False,
    "state": "",
    "runs": 1200,
    "models": 1,
    "traces": 2,
    "experiments": 2,
    "names": ["first", "second"],
    "kept": [],
    "objects": 3,
    "bytes": 3 * KIB // 2,
    "versions": "no",
    "destination": S3,
}
ONE_RUN: Fields = {"runs": 1, "models": 0, "traces": 0, "experiments": 0, "names": [], "objects": 1, "bytes": None}
NO_RUN: Fields = ONE_RUN | {"runs": 0, "objects": 0, "bytes": 0}
UNMARKED = "everything that is not marked deleted"
FOR_A_MONTH = "marked deleted for 30 d or longer"
NO_MARKED = "Nothing marked deleted for 30 d or longer can be removed"
NEVER_FREED = "the bucket keeps versions, so nothing is freed"


@pytest.mark.parametrize(
    ("changed", "facts", "stays", "nothing"),
    [
        (
            {},
            [
                f"2 experiments, 1,200 runs, 1 model, 2 traces, {FOR_A_MONTH}",
                "  experiment first",
                "  experiment second",
                f"3 artifacts (1.5 KiB), in {S3}",
            ],
            [UNMARKED],
            "",
        ),
        (
            ONE_RUN | {"experiment": "first", "kept": ["r1", "m1"]},
            [f"1 run of experiment first, {FOR_A_MONTH}", f"1 artifact (size unknown), in {S3}"],
            [UNMARKED, "what registered model versions use: r1, m1"],
            "",
        ),
        (
            ONE_RUN | {"versions": "unknown"},
            [f"1 run, {FOR_A_MONTH}", f"1 artifact (size unknown), in {S3}"],
            [UNMARKED, "versions that the bucket may keep: whether it does is unknown"],
            "",
        ),
        (
            ONE_RUN | {"versions": "yes", "kept": ["r1"]},
            [f"1 run, {FOR_A_MONTH}", f"1 artifact (size unknown), in {S3}"],
            [
                UNMARKED,
                "what registered model versions use: r1",
                f"what is removed, as previous versions: {NEVER_FREED}",
            ],
            "",
        ),
        (NO_RUN, [f", {FOR_A_MONTH}", f"0 artifacts (0 B), in {S3}"], [UNMARKED], NO_MARKED),
        (
            NO_RUN | {"kept": ["r1", "m1"]},
            [f", {FOR_A_MONTH}", f"0 artifacts (0 B), in {S3}"],
            [UNMARKED, "what registered model versions use: r1, m1"],
            f"{NO_MARKED}; registered model versions use r1, m1, which --registered removes too",
        ),
    ],
)
def test_cleanup_asks(changed: Fields, facts: list[str], stays: list[str], nothing: str) -> None:
    asked = QUESTIONS["cleanup"](CLEANUP | changed, MONTH)
    assert asked == Question("This removes for good:", facts, stays, nothing)


ORPHANS: Fields = {
    "before": 0.0,
    "objects": 2,
    "bytes": KIB,
    "uploads": 0,
    "upload_bytes": 0,
    "state": "",
    "paths": ["1/x/a", "1/x/b"],
    "upload_paths": [],
    "destination": S3,
}
OLD = f"30 d old or older, in {S3}"


@pytest.mark.parametrize(
    ("changed", "facts", "nothing"),
    [
        ({}, [f"2 artifacts (1.0 KiB) that no run owns, {OLD}", "  1/x/a", "  1/x/b"], ""),
        (
            {"objects": 1, "paths": ["1/x/a"], "uploads": 1, "upload_bytes": None, "upload_paths": ["1/u"]},
            [
                f"1 artifact (1.0 KiB) that no run owns, {OLD}",
                "  1/x/a",
                f"1 upload that never ended (size unknown), {OLD}",
                "  1/u",
            ],
            "",
        ),
        (
            {"objects": 0, "bytes": 0, "paths": [], "uploads": 2, "upload_bytes": 10, "upload_paths": ["u", "v"]},
            [
                f"0 artifacts (0 B) that no run owns, {OLD}",
                f"2 uploads that never ended (10 B), {OLD}",
                "  u",
                "  v",
            ],
            "",
        ),
        (
            {"objects": 0, "bytes": 0, "paths": []},
            [f"0 artifacts (0 B) that no run owns, {OLD}"],
            "Every artifact that is 30 d old or older belongs to a run, model or trace",
        ),
    ],
)
def test_orphans_ask(changed: Fields, facts: list[str], nothing: str) -> None:
    stays = ["every artifact of a run, model or trace", "a list of what is removed, in backups/"]
    asked = QUESTIONS["orphans"](ORPHANS | changed, MONTH)
    assert asked == Question("This removes for good:", facts, stays, nothing)


def test_compact_asks() -> None:
    plan = {"state": [1, 2], "bytes": 3 * MIB, "free": MIB, "tables": {"metrics": 12000, "runs": 3}}
    assert QUESTIONS["compact"](plan, NONE) == Question(
        "This rewrites the database:",
        ["3.0 MiB, of which 1.0 MiB are free", "rows of the largest tables: metrics 12,000, runs 3"],
        ["every row", "the current database: whole, in backups/"],
    )


ARTIFACTS: Fields = {"destination": S3, "objects": 2, "bytes": KIB, "state": "", "newer": 0, "newer_paths": []}
NO_COPY = "Nothing to copy: what differs is newer on the other side, or nothing differs"


@pytest.mark.parametrize(
    ("direction", "changed", "fact", "stays", "nothing"),
    [
        ("push", {}, f"2 artifacts (1.0 KiB), from ./mlartifacts to {S3}", ["everything in ./mlartifacts"], ""),
        ("pull", {}, f"2 artifacts (1.0 KiB), from {S3} to ./mlartifacts", [f"everything in {S3}"], ""),
        (
            "push",
            {"objects": 1, "newer": 1},
            f"1 artifact (1.0 KiB), from ./mlartifacts to {S3}",
            ["everything in ./mlartifacts", f"1 artifact newer in {S3}"],
            "",
        ),
        (
            "pull",
            {"objects": 0, "bytes": 0, "newer": 2},
            f"0 artifacts (0 B), from {S3} to ./mlartifacts",
            [f"everything in {S3}", "2 artifacts newer in ./mlartifacts"],
            NO_COPY,
        ),
        (
            "push",
            {"objects": 0, "bytes": 0},
            f"0 artifacts (0 B), from ./mlartifacts to {S3}",
            ["everything in ./mlartifacts"],
            NO_COPY,
        ),
    ],
)
def test_artifacts_ask(direction: str, changed: Fields, fact: str, stays: list[str], nothing: str) -> None:
    plan = ARTIFACTS | {"direction": direction} | changed
    asked = QUESTIONS["artifacts"](plan, Namespace(direction=direction))
    assert asked == Question("This copies:", [fact], stays, nothing)


def moving(experiment: str, how: str, uris: int) -> Fields:
    return {"experiment": experiment, "how": how, "uris": uris, "why": "no way" if how == "cannot" else ""}


@pytest.mark.parametrize(
    ("experiments", "uris", "objects", "facts", "nothing"),
    [
        (
            [
                moving("here", "here", 0),
                moving("addresses", "rewrite", 1200),
                moving("registered model m", "copy", 1),
                moving("stuck", "cannot", 7),
            ],
            1201,
            1,
            [
                "addresses: 1,200 addresses",
                "registered model m: 1 address, files copied first",
                "1 artifact (1.0 KiB) copied within S3",
            ],
            "",
        ),
        ([moving("addresses", "rewrite", 2)], 2, 0, ["addresses: 2 addresses"], ""),
        ([moving("here", "here", 0)], 0, 0, [], "Every client goes through the server already"),
        ([moving("here", "here", 0), moving("stuck", "cannot", 7)], 0, 0, [], "Nothing can be rewritten"),
        ([], 0, 0, [], "Every client goes through the server already"),
    ],
)
def test_migrate_asks(experiments: list[Fields], uris: int, objects: int, facts: list[str], nothing: str) -> None:
    plan = {
        "destination": S3,
        "moved": [],
        "prefixes": [S3],
        "copied": [],
        "objects": objects,
        "bytes": objects * KIB,
        "uris": uris,
        "experiments": experiments,
    }
    asked = QUESTIONS["migrate"](plan, NONE)
    assert asked == Question("This rewrites artifact addresses:", facts, ["every file where it is", CURRENT], nothing)


@pytest.mark.parametrize(
    ("runs", "fact", "nothing"),
    [
        (["a"], "1 RUNNING run that logged nothing for 12 h: a", ""),
        (["a", "b"], "2 RUNNING runs that logged nothing for 12 h: a, b", ""),
        ([], "0 RUNNING runs that logged nothing for 12 h: ", "No RUNNING run has been silent for 12 h"),
    ],
)
def test_stale_asks(runs: list[str], fact: str, nothing: str) -> None:
    plan = {"before": 0, "runs": len(runs), "run_ids": runs, "state": ""}
    asked = QUESTIONS["stale"](plan, Namespace(older_than=12 * HOUR))
    assert asked == Question("This ends as KILLED:", [fact], ["everything they have logged"], nothing)


GONE: Fields = {
    "items": 3,
    "runs": 2,
    "models": 0,
    "traces": 1,
    "experiments": 1,
    "objects": 3,
    "bytes": KIB,
    "failed": 0,
}
LISTED = "/backups/orphans-20250102T030405Z.jsonl"
KEPT = "/backups/20250102T030405Z"
RESTORED: Fields = {"kept": KEPT, "tables": {}, "objects": 1500, "missing": 0, "put_back": 0, "taken_over": False}
PREVIOUS = "  To restore the previous database: ./stack restore 20250102T030405Z"


@pytest.mark.parametrize(
    ("verb", "plan", "done", "lines"),
    [
        (
            "adopt",
            ADOPT,
            {"experiments": 3, "runs": 1200, "artifact_files": 2500, "tables": {}, "columns": {}},
            ["Taken over: 1,200 runs in 3 experiments and 2,500 artifacts"],
        ),
        (
            "adopt",
            ADOPT | ADOPT_BARE,
            {"experiments": 1, "runs": 1, "artifact_files": 0, "tables": {}, "columns": {}},
            ["Taken over: 1 run in 1 experiment"],
        ),
        ("adopt claim", CLAIM, {"owner": "mine"}, [f"The artifacts in {S3} belong to this database now"]),
        ("artifacts", ARTIFACTS, {"objects": 2, "bytes": KIB, "unverified": 0}, ["Copied 2 artifacts (1.0 KiB)"]),
        (
            "artifacts",
            ARTIFACTS,
            {"objects": 1, "bytes": 1, "unverified": 1},
            ["Copied 1 artifact (1 B)", "S3 keeps no checksum to compare 1 of them by"],
        ),
        ("cleanup", CLEANUP, GONE, ["Removed: 1 experiment, 2 runs, 1 trace, 3 artifacts (1.0 KiB)"]),
        (
            "cleanup",
            CLEANUP,
            GONE | {"runs": 1, "models": 2, "traces": 0, "experiments": 0, "objects": 1},
            ["Removed: 1 run, 2 models, 1 artifact (1.0 KiB)"],
        ),
        (
            "cleanup",
            CLEANUP,
            GONE | {"items": 0, "runs": 0, "traces": 0, "experiments": 0, "objects": 0, "bytes": 0, "failed": 3},
            ["Removed: 0 artifacts (0 B)"],
        ),
        (
            "compact",
            {"bytes": 3 * MIB},
            {"before": 3 * MIB, "after": 2 * MIB},
            ["The database had 3.0 MiB and has 2.0 MiB; the previous one is the newest copy in backups/"],
        ),
        ("migrate", {"uris": 1200}, {"kept": KEPT, "copied": 0}, ["Rewritten: 1,200 addresses; 0 artifacts copied"]),
        ("migrate", {"uris": 1}, {"kept": KEPT, "copied": 1}, ["Rewritten: 1 address; 1 artifact copied"]),
        (
            "orphans",
            ORPHANS,
            {"objects": 2, "bytes": KIB, "uploads": 0, "failed": 0, "listed": LISTED},
            ["Removed: 2 artifacts (1.0 KiB); the list is in backups/orphans-20250102T030405Z.jsonl"],
        ),
        (
            "orphans",
            ORPHANS,
            {"objects": 1, "bytes": KIB, "uploads": 1, "failed": 0, "listed": LISTED},
            [
                f"Removed: 1 artifact (1.0 KiB) and 1 upload that never ended; the list is in {LISTED[1:]}",
            ],
        ),
        ("restore", RESTORE, RESTORED, ["Restored: 2 runs in 1 experiment", PREVIOUS]),
        ("restore", RESTORE, RESTORED | {"kept": None}, ["Restored: 2 runs in 1 experiment"]),
        (
            "restore",
            RESTORE,
            RESTORED | {"kept": "/backups/damaged-1.db"},
            ["Restored: 2 runs in 1 experiment", "  The previous database, which was damaged, is backups/damaged-1.db"],
        ),
        (
            "restore",
            RESTORE | {"whole": True},
            RESTORED | {"put_back": 1},
            ["Restored: 2 runs in 1 experiment; 1 artifact put back", PREVIOUS],
        ),
        (
            "restore",
            RESTORE | {"whole": True},
            RESTORED | {"kept": None},
            ["Restored: 2 runs in 1 experiment; 0 artifacts put back"],
        ),
        ("stale", {}, {"runs": 1}, ["Ended as KILLED: 1 run"]),
        ("stale", {}, {"runs": 2}, ["Ended as KILLED: 2 runs"]),
        ("upgrade", UPGRADE, {"kept": KEPT, "tables": {}}, []),
    ],
)
def test_what_was_done_is_said(verb: str, plan: Fields, done: Fields, lines: list[str]) -> None:
    assert DONE[verb](plan, done) == lines


USED: Fields = {
    "destination": S3,
    "database_bytes": MIB,
    "usage": [
        {"experiment": "first", "state": "active", "objects": 1200, "bytes": 4 * KIB},
        {"experiment": "first", "state": "deleted", "objects": 1, "bytes": KIB},
        {"experiment": "", "state": "nobody's", "objects": 2, "bytes": 0},
    ],
}
AUDIT: Fields = {
    "uploads": 0,
    "upload_bytes": 0,
    "oldest_upload": None,
    "destination": S3,
    "objects": 12000,
    "orphans": 0,
    "orphan_bytes": 0,
    "orphan_paths": [],
    "missing": 0,
    "missing_paths": [],
    "other_size": 0,
    "other_size_paths": [],
}
DIFFERENCE: Fields = {
    "same": 12000,
    "unverified": 4,
    "unowned": 3,
    "only_folder": 2,
    "only_s3": 1,
    "newer_folder": 1,
    "newer_s3": 1,
    "only_folder_paths": ["a", "b"],
    "only_s3_paths": ["c"],
    "newer_folder_paths": ["d"],
    "newer_s3_paths": ["e"],
}
SNAPSHOT: Fields = {
    "snapshot": KEPT,
    "understood": True,
    "runs": 1200,
    "experiments": 2,
    "database_bytes": MIB,
    "objects": 3,
    "object_bytes": KIB,
    "mlflow": "3.4.0",
    "reason": "backup",
    "whole": True,
}
UNREAD: Fields = {
    "snapshot": "/backups/x",
    "understood": False,
    "runs": None,
    "experiments": None,
    "database_bytes": None,
}
NO_SNAPSHOT = ["There is no snapshot yet. To make one: ./stack backup"]
INTACT = ["Snapshot is intact: every file matches its checksum."]
DRILLED: Fields = {"at": "2025-01-02T03:04:05Z", "snapshot": "20250102T030405Z", "runs": 1, "problem": ""}


@pytest.mark.parametrize(
    ("verb", "found", "lines"),
    [
        (
            "usage",
            USED,
            [
                f"{S3}; database 1.0 MiB",
                "experiment        state     artifacts  size",
                f"first             active    1,200      4.0 KiB  {'█' * 24}",
                f"first             deleted   1          1.0 KiB  {'█' * 6}",
                "(no run owns it)  nobody's  2          0 B",
            ],
        ),
        (
            "usage",
            USED | {"usage": [{"experiment": "empty", "state": "active", "objects": 1, "bytes": 0}]},
            [
                f"{S3}; database 1.0 MiB",
                "experiment  state   artifacts  size",
                "empty       active  1          0 B",
            ],
        ),
        ("usage", USED | {"usage": []}, [f"{S3}; database 1.0 MiB", "There are no artifacts yet"]),
        (
            "audit",
            AUDIT,
            [
                S3,
                "artifacts     12,000",
                "no run owns   0       0 B",
                "missing       0       that the newest snapshot lists",
                "another size  0       than in the newest snapshot",
            ],
        ),
        (
            "audit",
            AUDIT | {"uploads": None, "upload_bytes": None},
            [
                S3,
                "artifacts                 12,000",
                "no run owns               0        0 B",
                "missing                   0        that the newest snapshot lists",
                "another size              0        than in the newest snapshot",
                "uploads that never ended  unknown",
            ],
        ),
        (
            "audit",
            AUDIT
            | {
                "uploads": 2000,
                "upload_bytes": None,
                "oldest_upload": 1735786800.5,
                "orphans": 1200,
                "orphan_bytes": KIB,
                "orphan_paths": [f"o{each}" for each in range(12)],
                "missing": 1001,
                "missing_paths": ["m"],
                "other_size": 1002,
                "other_size_paths": ["s"],
            },
            [
                S3,
                "artifacts                 12,000",
                "no run owns               1,200   1.0 KiB",
                "missing                   1,001   that the newest snapshot lists",
                "another size              1,002   than in the newest snapshot",
                "uploads that never ended  2,000   size unknown, the oldest of 2025-01-02",
                *(f"  no run owns: o{each}" for each in range(10)),
                "  missing: m",
                "  another size: s",
            ],
        ),
        (
            "artifacts diff",
            DIFFERENCE,
            [
                "the same in both        12,000",
                "unknown if the same     4",
                "only in ./mlartifacts   2",
                "only in S3              1",
                "newer in ./mlartifacts  1",
                "newer in S3             1",
                "no run owns             3",
                "  only in ./mlartifacts: a",
                "  only in ./mlartifacts: b",
                "  only in S3: c",
                "  newer in ./mlartifacts: d",
                "  newer in S3: e",
            ],
        ),
        (
            "backup list",
            {"snapshots": [SNAPSHOT, UNREAD, SNAPSHOT | {"whole": False, "runs": 1, "reason": "before-restore"}]},
            [
                "snapshot          runs     artifacts    database  mlflow   made by         artifacts are",
                "20250102T030405Z  1,200    3 (1.0 KiB)  1.0 MiB   3.4.0    backup          copied",
                "x                 unknown  unknown      unknown   unknown  unknown         unknown",
                "20250102T030405Z  1        3 (1.0 KiB)  1.0 MiB   3.4.0    before-restore  listed only",
            ],
        ),
        ("backup list", {"snapshots": []}, NO_SNAPSHOT),
        (
            "backup in-s3",
            {"snapshots": [SNAPSHOT | {"snapshot": f"{S3}-backups/x", "objects": 3000}]},
            [
                "snapshot                      runs   artifacts        database  mlflow  made by  artifacts are",
                "s3://bucket/prefix-backups/x  1,200  3,000 (1.0 KiB)  1.0 MiB   3.4.0   backup   copied",
            ],
        ),
        ("backup in-s3", {"snapshots": []}, ["There is no snapshot in S3 yet. To make one: ./stack backup --to-s3"]),
        ("backup verify", {}, INTACT),
        ("backup verify-in-s3", {}, INTACT),
        ("backup drill", DRILLED, ["Snapshot 20250102T030405Z was restored as a test: 1 run"]),
        ("backup drill", DRILLED | {"runs": 1200}, ["Snapshot 20250102T030405Z was restored as a test: 1,200 runs"]),
    ],
)
def test_what_was_looked_at_is_shown(verb: str, found: Fields, lines: list[str]) -> None:
    assert LOOKED[verb](found) == lines


def test_a_comparison_names_ten_of_many_paths() -> None:
    counts = dict.fromkeys(words.DIFFERENCES, 0)
    many = LOOKED["artifacts diff"](counts | {"only_s3": 20, "only_s3_paths": [f"p{each}" for each in range(20)]})
    assert many == [
        "the same in both        0",
        "unknown if the same     0",
        "only in ./mlartifacts   0",
        "only in S3              20",
        "newer in ./mlartifacts  0",
        "newer in S3             0",
        "no run owns             0",
        *(f"  only in S3: p{each}" for each in range(10)),
    ]

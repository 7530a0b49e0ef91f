"""Results of the verbs about data, and what people read of each."""

from __future__ import annotations

from pathlib import Path

from mlflow_stack.backup import BackedUp, Kept, Restored, Verified
from mlflow_stack.cleaning import Audited, Cleaned, Compacted, Orphaned, Used
from mlflow_stack.findings import Finding
from mlflow_stack.migration import Closed, Migrated
from mlflow_stack.text import Result
from mlflow_stack.transfer import Compared, Copied

DENIED = Finding("s3.denied", "error", "Profile basketworld may not put", "basketworld", ("aws s3 ls", "[x]\ny = z"))
MIB = 1024**2

SNAPSHOT = {
    "snapshot": "20261125T0114Z", "runs": 1, "objects": 11, "object_bytes": 2048, "database_bytes": MIB,
    "mlflow": "3.17.2", "reason": "backup", "whole": True, "understood": True,
}  # fmt: skip
AUDIT = {
    "destination": "/mlartifacts", "objects": 3, "orphans": 1, "orphan_bytes": 5, "missing": 1, "other_size": 0,
    "orphan_paths": ["9/x.txt"], "missing_paths": ["1/y.txt"], "other_size_paths": [],
}  # fmt: skip
NO_PATHS = dict.fromkeys(("orphan_paths", "missing_paths", "other_size_paths"), ())
DIFF = {
    "same": 1, "only_folder": 2, "only_s3": 0, "newer_folder": 0, "newer_s3": 10, "unowned": 1,
    "only_folder_paths": ["1/a", "1/b"],
}  # fmt: skip
STUCK = {"experiment": "far", "how": "cannot", "why": "its bucket may not be read", "uris": 2}

OF_DATA: list[tuple[Result, str]] = [
    (
        BackedUp(Path("/r/backups/S"), 1, 2, 11, 2048, False, [], "S"),
        """Snapshot /r/backups/S
  1 runs in 2 experiments; 11 artifacts (2.0 KiB) listed, not copied
  back: ./stack restore S
""",
    ),
    (
        BackedUp(Path("/n a/S"), None, None, 11, 2048, True, [], "'/n a/S'", "s3://b/mlflow-backups/S"),
        """Snapshot /n a/S
  unknown runs in unknown experiments; 11 artifacts (2.0 KiB) copied
  back: ./stack restore '/n a/S'
  in S3: s3://b/mlflow-backups/S
""",
    ),
    (
        BackedUp(None, None, None, None, None, False, [DENIED]),
        "No snapshot was made\n✗ Profile basketworld may not put\n    aws s3 ls\n    [x]\n    y = z\n",
    ),
    (Kept([]), "There is no snapshot yet: ./stack backup\n"),
    (
        Kept([SNAPSHOT, {"snapshot": "S", "understood": False}]),
        """snapshot        runs     artifacts          database  mlflow   of
20261125T0114Z  1        11 (2.0 KiB)       1.0 MiB   3.17.2   backup   whole
S               unknown  unknown (unknown)  unknown   unknown  unknown  not understood
""",
    ),
    (Verified(True, {}, []), "As it was written\n"),
    (Verified(True, {"snapshot": "S", "runs": 3}, [], "backup drill"), "Snapshot S came back: 3 runs\n"),
    (
        Verified(False, {}, [Finding("backup.broken", "error", "mlflow.db is not as it was written")]),
        "✗ mlflow.db is not as it was written\n",
    ),
    (
        Restored(True, {"runs": 3, "experiments": 2}, {"put_back": 4}, []),
        "Restored: 3 runs in 2 experiments; 4 artifacts put back\n  the server is stopped: ./stack start\n",
    ),
    (Restored(False, {"runs": 3}, {}, []), "Nothing was restored\n"),
    (
        Cleaned(True, {"runs": 2}, {"items": 2, "objects": 12, "bytes": 1536}, []),
        "Removed: 2 runs, models and traces with 12 artifacts (1.5 KiB)\n",
    ),
    (Cleaned(False, {"runs": 0}, {}, []), "Nothing is marked deleted for that long\n"),
    (Cleaned(False, {"runs": 1}, {}, []), "Nothing was removed\n"),
    (
        Compacted(True, {"bytes": 2048}, {"before": 2048, "after": 1024}, [], True),
        "The database had 2.0 KiB and has 1.0 KiB; the one of before is the newest in backups/\n",
    ),
    (Compacted(False, {"bytes": 2048}, {}, []), "Nothing was compacted\n"),
    (
        Orphaned(True, {"objects": 1}, {"objects": 1, "bytes": 512, "listed": "/backups/orphans-1.jsonl"}, []),
        "Removed: 1 artifacts (512 B); they are listed in backups/orphans-1.jsonl\n",
    ),
    (
        Orphaned(
            True,
            {"objects": 0, "uploads": 2},
            {"objects": 0, "bytes": 0, "uploads": 2, "listed": "/backups/orphans-1.jsonl"},
            [],
        ),
        "Removed: 0 artifacts (0 B) and 2 uploads that never ended; they are listed in backups/orphans-1.jsonl\n",
    ),
    (Orphaned(False, {"objects": 0, "uploads": 1}, {}, []), "Nothing was removed\n"),
    (Orphaned(False, {"objects": 0}, {}, []), "Every artifact of that age belongs to a run, model or trace\n"),
    (Orphaned(False, {"objects": 1}, {}, []), "Nothing was removed\n"),
    (
        Used(
            "/mlartifacts",
            [
                {"experiment": "one", "state": "active", "objects": 2, "bytes": 2048},
                {"experiment": "", "state": "nobody's", "objects": 1, "bytes": 512},
            ],
            MIB,
        ),
        f"""/mlartifacts; database 1.0 MiB
one               active    2  2.0 KiB  {"█" * 24}
(no run owns it)  nobody's  1  512 B    {"█" * 6}
""",
    ),
    (
        Audited(AUDIT, []),
        """/mlartifacts
artifacts        3
no run owns      1  5 B
missing          1  of the newest snapshot's
of another size  0  than in the newest snapshot
  orphan: 9/x.txt
  missing: 1/y.txt
""",
    ),
    (
        Audited(
            AUDIT | {"orphan_paths": [], "missing_paths": [], "uploads": 2, "upload_bytes": 9, "oldest_upload": 0.5}, []
        ),
        """/mlartifacts
artifacts                 3
no run owns               1  5 B
missing                   1  of the newest snapshot's
of another size           0  than in the newest snapshot
uploads that never ended  2  9 B, the oldest of 1970-01-01
""",
    ),
    (
        Audited(AUDIT | NO_PATHS | {"uploads": None, "upload_bytes": None}, []),
        """/mlartifacts
artifacts                 3
no run owns               1        5 B
missing                   1        of the newest snapshot's
of another size           0        than in the newest snapshot
uploads that never ended  unknown
""",
    ),
    (Audited({}, [Finding("x", "error", "It could not be listed")]), "✗ It could not be listed\n"),
    (Copied("push", True, {"objects": 2}, {"objects": 2, "bytes": 10}, []), "Copied 2 artifacts (10 B)\n"),
    (
        Copied("pull", False, {"objects": 0}, {}, []),
        "Nothing to copy: what differs is newer there, or nothing does\n",
    ),
    (Copied("pull", False, {"objects": 2}, {}, []), "Nothing was copied\n"),
    (
        Compared(DIFF),
        """the same in both        1
only in ./mlartifacts   2
only in S3              0
newer in ./mlartifacts  0
newer in S3             10
no run owns             1
  only in ./mlartifacts: 1/a
  only in ./mlartifacts: 1/b
""",
    ),
    (
        Migrated(True, {"uris": 4}, [STUCK], {"copied": 1}, []),
        "Rewritten: 4 addresses, 1 artifacts copied\nfar cannot be moved: its bucket may not be read\n",
    ),
    (
        Migrated(False, {"uris": 0}, [], {}, []),
        "Nothing to move: no experiment sends its clients past the server\n",
    ),
    (Migrated(False, {"uris": 4}, [], {}, []), "Nothing was rewritten\n"),
    (Closed(True, 2, ["a", "b"]), "Ended as KILLED: 2 runs\n"),
    (Closed(False, 0, []), "No run is RUNNING and silent for that long\n"),
    (Closed(False, 1, ["a"]), "No run was ended\n"),
]

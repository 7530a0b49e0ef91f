"""Which artifact roots this database owns: only at or below them may anything be deleted.

An experiment's id is a small integer that every database uses, and SQLite uses again; ids of runs, logged models and
traces are unique, and each is a segment of every path below its root, whatever location its experiment has.
"""

import posixpath
from pathlib import Path

from stackd import settings
from stackd.database import sqlite

SCHEME = "mlflow-artifacts:/"
# The columns that record a root, by the id that is a segment of it. C reads and rewrites the same list.
LOOKUPS = (
    "SELECT run_uuid, artifact_uri FROM runs WHERE run_uuid IN ({ids})",
    "SELECT model_id, artifact_location FROM logged_models WHERE model_id IN ({ids})",
    "SELECT request_id, value FROM trace_tags WHERE key = 'mlflow.artifactLocation' AND request_id IN ({ids})",
)


def relative(uri: str, destination: str) -> str | None:
    """The path below the destination that a recorded root stands for, or None for a root elsewhere.

    ``mlflow-artifacts:/1/abc/artifacts`` and, with a destination ``s3://b/p``, ``s3://b/p/1/abc/artifacts`` are the
    same place.
    """
    if uri.startswith(SCHEME) and not uri.startswith(SCHEME + "/"):
        path = uri.removeprefix(SCHEME)
    elif uri.startswith(destination + "/"):
        path = uri.removeprefix(destination + "/")
    else:
        return None
    clean = posixpath.normpath(path).strip("/")
    return None if clean in ("", ".") or clean.startswith("..") else clean


def owned(path: str, destination: str, database: Path = settings.DATABASE) -> bool:
    """Whether a path below the destination lies at or below a root that this database records.

    ``path`` may end in a slash, as ``mlflow gc`` sends it; it is normalised first, and a path that leaves the
    destination is not owned.

    Raises:
        sqlite3.Error: the database cannot be read.
    """
    clean = posixpath.normpath(path).strip("/")
    segments = clean.split("/")
    if clean in ("", ".") or ".." in segments:
        return False
    marks = ", ".join("?" * len(segments))
    with sqlite.reading(database) as connection:
        rows = [row for lookup in LOOKUPS for row in connection.execute(lookup.format(ids=marks), segments)]
    for identity, recorded in rows:
        root = relative(str(recorded), destination)
        # A client may write the tag that records a trace's root: one that does not hold the trace's own id counts for
        # nothing.
        if root is not None and identity in root.split("/") and (clean == root or clean.startswith(root + "/")):
            return True
    return False

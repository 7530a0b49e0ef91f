"""Which artifact roots this database owns: only at or below them may anything be deleted.

An experiment's id is a small integer that every database uses, and SQLite uses again; ids of runs, logged models and
traces are unique, and each is a segment of every path below its root, whatever location its experiment has.
"""

import posixpath
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from stackd.database import Database

SCHEME = "mlflow-artifacts:/"
# Folders of an experiment, beside those of its runs.
FOLDERS = {"model": "models", "trace": "traces"}
# Where a trace's files are, and where an archived one's spans are: then nowhere else.
TRACE = "key IN ('mlflow.artifactLocation', 'mlflow.trace.archiveLocation')"
# The columns that record a root, by the id that is a segment of it. C reads and rewrites the same list.
LOOKUPS = (
    "SELECT run_uuid, artifact_uri FROM runs WHERE run_uuid IN :ids",
    "SELECT model_id, artifact_location FROM logged_models WHERE model_id IN :ids",
    f"SELECT request_id, value FROM trace_tags WHERE {TRACE} AND request_id IN :ids",
)


# The same columns whole: kind, id, experiment, recorded root, whether MLflow marks it deleted.
ROOTS = (
    "SELECT 'run', run_uuid, experiment_id, artifact_uri, lifecycle_stage = 'deleted' FROM runs",
    "SELECT 'model', model_id, experiment_id, artifact_location, lifecycle_stage = 'deleted' FROM logged_models",
    f"""SELECT 'trace', i.request_id, experiment_id, value, 0 FROM trace_info i JOIN trace_tags t
        ON t.request_id = i.request_id AND {TRACE}""",
)


LATER = "logged_models"
# Of one lookup.
SEGMENTS = 5_000


@dataclass(frozen=True, slots=True)
class Root:
    """Where the files of a run, logged model or trace are: ``path`` below the destination; ``deleted`` as MLflow
    marks it. An archived trace has two.
    """

    kind: Literal["run", "model", "trace"]
    identity: str
    experiment: int
    path: str
    deleted: bool

    @property
    def home(self) -> str:
        """The folder below the destination that it shares with the runs, models and traces of its experiment."""
        segments = self.path.split("/")
        above = segments[: segments.index(self.identity)]
        return "/".join(above[:-1] if above[-1:] == [FOLDERS.get(self.kind)] else above)


def recorded(destination: str, base: Database) -> Iterator[Root]:
    """Every root of this database below the destination, by kind. One that does not hold its own id counts for
    nothing, as in ``owned``. The database may be older than this MLflow: one of 2.22 has no logged models.
    """
    known = base.tables()
    with base.read() as rows:
        for query in (each for each in ROOTS if LATER not in each or LATER in known):
            for kind, identity, experiment, uri, deleted in rows(query):
                path = relative(str(uri), destination)
                if path is not None and identity in path.split("/"):
                    yield Root(kind, str(identity), int(experiment), path, bool(deleted))


class Roots:
    """Roots by their path: which of them an object belongs to. Memory grows with their number, some 500 bytes each."""

    def __init__(self, roots: Iterable[Root]) -> None:
        self._by_path = {root.path: root for root in roots}

    def of(self, path: str) -> Root | None:
        """The root at or above a path, the nearest one; None where nobody owns it."""
        return self._by_path.get(nearest(path, self._by_path))


def nearest(path: str, roots: Container[str]) -> str:
    """The nearest of some roots that a path is at or below; "" for none."""
    end = len(path)
    while end > 0 and path[:end] not in roots:
        end = path.rfind("/", 0, end)
    return path[: max(end, 0)]


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


def owned(path: str, destination: str, base: Database) -> bool:
    """Whether a path below the destination is at or below a root that this database records.

    ``path`` may end in a slash, as ``mlflow gc`` sends it; it is normalised first, and a path that leaves the
    destination is not owned. Nor is one with an experiment below it: its runs are not those of the root above.
    """
    clean = posixpath.normpath(path).strip("/")
    segments = clean.split("/")
    if clean in ("", ".") or ".." in segments:
        return False
    if not nearest(clean, above([clean], destination, base)):
        return False
    with base.read(wait=2) as rows:
        homes = (relative(str(home), destination) for (home,) in rows("SELECT artifact_location FROM experiments"))
        return not any(f"{home}/".startswith(f"{clean}/") for home in homes if home)


def above(paths: Iterable[str], destination: str, base: Database) -> set[str]:
    """The recorded roots that some paths may be at or below, as they are at this moment."""
    segments = sorted({segment for path in paths for segment in path.split("/")})
    found = set()
    with base.read() as rows:
        for first in range(0, len(segments), SEGMENTS):
            for lookup in LOOKUPS:
                for identity, recorded in rows(lookup, ids=segments[first : first + SEGMENTS]):
                    root = relative(str(recorded), destination)
                    # A client may write the tag that records a trace's root: one that does not hold the trace's own
                    # id counts for nothing.
                    if root is not None and identity in root.split("/"):
                        found.add(root)
    return found

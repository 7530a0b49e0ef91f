"""Where artifacts are, and what each is called there: the one place that makes an S3 key, or a file's path, of a path.

What no folder, or no answer of S3, can hold is refused here by its name, whoever asks.
"""

import re
from dataclasses import dataclass

MARKER = ".mlflow-stack-owner"
# Files that are in git beside the artifacts, and the marker itself: an otherwise empty destination counts as empty.
NOT_ARTIFACTS = frozenset({MARKER, ".gitkeep", ".gitignore"})
# The end of a file's name while it is written; whatever is called so is no artifact.
UNFINISHED = ".stackd-part"
# Of one part of a path, on every file system that people use.
PART_BYTES = 255
# XML, which S3 speaks, has no such character; half a surrogate pair is in no encoding.
_NOT_IN_XML = re.compile(r"[\x00-\x1f\ud800-\udfff\ufffe\uffff]")


class Unusable(Exception):
    """An artifact cannot be called ``path``, or not in that folder; ``why`` in words."""

    def __init__(self, path: str, why: str) -> None:
        self.path, self.why = path, why
        super().__init__(f"{path!r} cannot be the path of an artifact: {why}")


def unusable(path: str) -> str:
    """Why no artifact can have a path, in words; empty where one can."""
    parts = path.split("/")
    if "" in parts:
        return "a part of it is empty"
    if not {".", ".."}.isdisjoint(parts):
        return "a part of it is . or .."
    if _NOT_IN_XML.search(path):
        return "it holds a character that S3 cannot name"
    if parts[-1].endswith(UNFINISHED):
        return f"its name ends in {UNFINISHED}, which files have while they are written"
    if max(len(part.encode()) for part in parts) > PART_BYTES:
        return f"a part of it is longer than {PART_BYTES} bytes"
    return ""


def order(path: str) -> bytes:
    """What paths are sorted by: S3 by their bytes, and a folder may hold a name that is no text."""
    return path.encode(errors="surrogateescape")


@dataclass(frozen=True)
class Destination:
    """``uri``: ``s3://bucket/prefix``, the prefix may be missing, or an absolute folder; no slash at its end."""

    uri: str

    @property
    def bucket(self) -> str:
        """Its name; empty for a folder."""
        return self.uri.removeprefix("s3://").partition("/")[0] if self.uri.startswith("s3://") else ""

    @property
    def root(self) -> str:
        """What every key, or file, below it begins with: ``prefix/``, nothing for a whole bucket, ``/folder/``."""
        place = self.uri.removeprefix("s3://").partition("/")[2] if self.bucket else self.uri
        return f"{place}/" if place else ""

    def key(self, path: str, listed: bool = False) -> str:
        """The key or file of an artifact. One that is ``listed`` exists, and may be deleted whatever its name.

        Raises:
            Unusable: nothing can have that name.
        """
        why = "" if listed and path else unusable(path)
        if why:
            raise Unusable(path, why)
        return self.root + path

    def path(self, key: str) -> str:
        """The path of a key that is below it."""
        return key.removeprefix(self.root)

    def below(self, uri: str) -> str | None:
        """The path of a URI or folder at or below it, empty for itself; None for any other, and for a detour."""
        path = uri.rstrip("/").removeprefix(self.uri).removeprefix("/")
        inside = f"{uri.rstrip('/')}/".startswith(f"{self.uri}/")
        return path if inside and not (path and unusable(path)) else None

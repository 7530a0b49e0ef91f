"""Whose the destination is: ``.mlflow-stack-owner`` holds the store id of the one database that may delete below it.

Experiment ids are small integers that every database uses: two databases on one prefix would delete each other's runs.
"""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from stackd import database, files
from stackd.artifacts import s3
from stackd.failures import Refused
from stackd.settings import Settings

# Answers to a write that was not to replace anything.
CONDITION_FAILED = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})
MARKER = ".mlflow-stack-owner"
SAMPLE = 1000
# Files that are in git beside the artifacts, and the marker itself: an otherwise empty destination counts as empty.
# What to type where the marker is another database's, or missing: the database that owned it may only be lost.
CLAIM = [
    "./stack backups   # if the database was lost: a snapshot may bring it back",
    "./stack adopt --claim   # if it is yours",
]
NOT_ARTIFACTS = frozenset({MARKER, ".gitkeep", ".gitignore"})


class Place(Protocol):
    """A destination, as far as ownership goes.

    ``settle``: seconds to wait between writing the marker and reading it back.
    """

    settle: float

    def read(self) -> str | None:
        """The marker's content, or None without one."""

    def empty(self) -> bool:
        """Whether there is nothing but what git keeps."""

    def write_if_absent(self, text: str) -> bool:
        """Write the marker unless there is one; False when there was."""

    def write(self, text: str) -> None:
        """Write the marker over whatever is there."""

    def sample(self, most: int) -> list[str]:
        """At most that many keys, relative, markers left out."""


class Folder:
    """A local destination. The file system's exclusive creation is a lock: nothing to wait for."""

    settle = 0.0

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self) -> str | None:
        path = self.folder / MARKER
        return path.read_text().strip() if path.exists() else None

    def empty(self) -> bool:
        return all(entry.name in NOT_ARTIFACTS for entry in self.folder.iterdir())

    def write_if_absent(self, text: str) -> bool:
        return files.write_once(self.folder / MARKER, f"{text}\n".encode())

    def write(self, text: str) -> None:
        (self.folder / MARKER).write_text(text + "\n")

    def sample(self, most: int) -> list[str]:
        found: list[str] = []
        for folder, _, names in os.walk(self.folder):
            for name in names:
                if name not in NOT_ARTIFACTS:
                    found.append(str(Path(folder, name).relative_to(self.folder)))
                    if len(found) == most:
                        return found
        return found


class Prefix:
    """A destination in S3. Every method may raise what boto3 raises.

    Some S3-compatible stores ignore the condition of the write: of two writers, both see the later one after a moment.
    """

    settle = 1.0

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.client = s3.client_of(settings)
        self.root = settings.prefix + "/" if settings.prefix else ""

    def read(self) -> str | None:
        try:
            answer = self.client().get_object(Bucket=self.settings.bucket, Key=self.root + MARKER)
        except Exception as error:
            if s3.absent(error):
                return None
            raise
        return str(answer["Body"].read(1024).decode(errors="replace")).strip()

    def empty(self) -> bool:
        return not self.sample(1)

    def write_if_absent(self, text: str) -> bool:
        try:
            self._put(text, IfNoneMatch="*")
        except Exception as error:
            if s3.code_of(error) in CONDITION_FAILED:
                return False
            raise
        return True

    def write(self, text: str) -> None:
        self._put(text)

    def _put(self, text: str, **condition: Any) -> None:
        body = (text + "\n").encode()
        self.client().put_object(Bucket=self.settings.bucket, Key=self.root + MARKER, Body=body, **condition)

    def sample(self, most: int) -> list[str]:
        answer = self.client().list_objects_v2(
            Bucket=self.settings.bucket, Prefix=self.root, MaxKeys=most + len(NOT_ARTIFACTS)
        )
        keys = [str(entry["Key"]).removeprefix(self.root) for entry in answer.get("Contents", [])]
        return [key for key in keys if key not in NOT_ARTIFACTS][:most]


def place(settings: Settings) -> Place:
    """The destination of these settings."""
    return Prefix(settings) if settings.mode == "s3" else Folder(Path(settings.destination))


@dataclass(frozen=True)
class Owner:
    """Who owns a destination.

    ``state``: ``ours``, ``foreign``, ``missing`` (there are objects and no marker) or ``unclaimed`` (empty).
    """

    state: str
    marker: str | None
    ours: str


def look(target: Place, ours: str) -> Owner:
    """Read the marker; writes nothing. May raise what the destination raises."""
    marker = target.read()
    if marker is not None:
        return Owner("ours" if marker == ours else "foreign", marker, ours)
    return Owner("unclaimed" if target.empty() else "missing", None, ours)


def claim_if_empty(target: Place, ours: str) -> Owner:
    """Write the marker on an empty destination, and read it back after a moment; anything else is left as it is."""
    found = look(target, ours)
    if found.state != "unclaimed":
        return found
    target.write_if_absent(ours)
    time.sleep(target.settle)
    return look(target, ours)


def required(config: Settings) -> None:
    """Before a verb deletes or overwrites: claim an empty destination; return where it is ours.

    Raises:
        Refused: it is another database's, or has objects and no marker.
    """
    state = claim_if_empty(place(config), database.of(config).store_id()).state
    if state != "ours":
        text = f"The owner marker of {config.destination} is {state}: only its owner may delete or overwrite there"
        raise Refused("owner.refused", text, config.destination, ["./stack doctor", *CLAIM])


def plan_claim(config: Settings) -> dict[str, Any]:
    """Who owns the destination now, and what is there: for people who write this database's marker on it on purpose.

    ``owner``, ``ours``, ``objects`` (at most 1000), ``more``, ``sample``.
    """
    target = place(config)
    found = look(target, database.of(config).store_id())
    keys = target.sample(SAMPLE)
    return {
        "destination": config.destination,
        "owner": found.marker,
        "ours": found.ours,
        "objects": len(keys),
        "more": len(keys) == SAMPLE,
        "sample": keys[:5],
    }


def claim(config: Settings, planned: dict[str, Any]) -> dict[str, Any]:
    """Write the marker, if nobody else has done so since the plan.

    Raises:
        Refused: the owner or the destination has changed.
    """
    target = place(config)
    if config.destination != planned["destination"] or target.read() != planned["owner"]:
        text = "The owner of the destination has changed since the plan"
        raise Refused("owner.refused", text, config.destination, list(CLAIM))
    target.write(database.of(config).store_id())
    return {"owner": target.read()}

"""What a verb is killed at: each round's set-up, what must hold after the kill, and in the end.

Each round is beside a serving stack whose state is read before it; nothing but what the verb was asked for may differ.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import content
import seen
from older import Upgrade
from seen import Seen

from support.old.brought import Rows, rows
from support.rest import Rest
from support.stack import Stack
from support.wrapped import told

OTHER = "otherbucket"
SERVED = "mlflow-artifacts:"
SNAPSHOTS = "*/snapshot.json"


class Scenario(Protocol):
    """Lines of what is wrong; none when all is well."""

    def begin(self) -> tuple[str, ...]:
        """Make a round's state; the verb, as one types it."""

    def between(self) -> list[str]:
        """Nothing is lost after the kill."""

    def end(self) -> list[str]:
        """All is as it should be after the second try."""


class Backup:
    """A whole snapshot, of a database that has one more run each time; two older ones are kept."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.experiment = Rest(stack).experiment("backed up")

    def begin(self) -> tuple[str, ...]:
        content.runs(self.stack, self.experiment, 1)
        self.before = seen.look(self.stack)
        self.held = self._kept()
        return ("backup", "--with-artifacts", "--keep", "2")

    def between(self) -> list[str]:
        return [*_unchanged(self.stack, self.before), *self._snapshots()]

    def end(self) -> list[str]:
        wrong = self.between()
        newest = max(self.held, default="")
        if not newest or self.held[newest] != (self.before.rows, self.before.objects):
            wrong.append("the newest snapshot does not hold what is there")
        left = {path.name for path in (self.stack.folder / "backups").iterdir() if path.is_dir()} - set(self.held)
        return [*wrong, *(f"{name} in backups/ is no snapshot" for name in left)]

    def _snapshots(self) -> list[str]:
        """What calls itself a snapshot is one: it holds the present state, or what it held before the round."""
        now, present = self._kept(), (self.before.rows, self.before.objects)
        wrong = [f"snapshot {name} differs" for name, holds in now.items() if holds != self.held.get(name, present)]
        self.held = now
        return wrong

    def _kept(self) -> dict[str, tuple[Rows, dict[str, str]]]:
        folders = [path.parent for path in (self.stack.folder / "backups").glob(SNAPSHOTS)]
        return {
            folder.name: (rows(folder / "mlflow.db"), seen.files(folder / "artifacts"))
            for folder in folders
            if not folder.name.startswith(".")
        }


class Restore:
    """Two whole snapshots in turns, over a database with a run that neither has, and some objects gone."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.targets = [self._snapshot() for _ in range(2)]

    def _snapshot(self) -> tuple[str, Rows, dict[str, str]]:
        api = Rest(self.stack)
        experiment = api.experiment(f"restored {os.urandom(3).hex()}")
        content.upload(
            self.stack, self.stack.bucket, content.files(experiment, content.runs(self.stack, experiment, 5), 5)
        )
        folder = Path(told(self.stack, "backup", "--with-artifacts").envelope["snapshot"])
        return folder.name, rows(folder / "mlflow.db"), seen.files(folder / "artifacts")

    def begin(self) -> tuple[str, ...]:
        if self.stack.ready() is None:
            self.stack.up("s3")
        self.targets.reverse()
        name, _, objects = self.targets[0]
        Rest(self.stack).run("0")
        content.remove(self.stack, self.stack.bucket, sorted(objects)[::10])
        self.before = seen.look(self.stack)
        return ("restore", name, "--yes")

    def between(self) -> list[str]:
        _, target, objects = self.targets[0]
        now = seen.look(self.stack)
        wrong = seen.missing(self.before.objects, now.objects, "S3")
        wrong += seen.missing(now.objects, self.before.objects | objects, "previous objects or the snapshot's")
        if now.rows not in (self.before.rows, target):
            wrong += ["neither the previous database nor the snapshot's", *seen.changed(target, now.rows)]
        return wrong

    def end(self) -> list[str]:
        _, target, objects = self.targets[0]
        now = seen.look(self.stack)
        kept = (self.stack.folder / "backups").glob("*/mlflow.db")
        wrong = [] if any(rows(path) == self.before.rows for path in kept) else ["the previous database is nowhere"]
        return [
            *wrong,
            *seen.changed(target, now.rows),
            *seen.missing(self.before.objects | objects, now.objects, "S3"),
        ]


class Migrate:
    """Two experiments with `s3://` addresses: one in place, one whose files are copied out of another bucket."""

    def __init__(self, stack: Stack) -> None:
        self.stack, self.number = stack, 0

    def begin(self) -> tuple[str, ...]:
        self.number += 1
        self.files = {}
        for bucket in (self.stack.bucket, OTHER):
            home = f"{bucket}-{self.number}"
            location = f"s3://{bucket}/{self.stack.prefix}/{home}"
            experiment = Rest(self.stack).experiment(home, artifact_location=location)
            made = content.files(home, content.runs(self.stack, experiment, 10), 3)
            content.upload(self.stack, bucket, made)
            self.files[bucket] = made
        self.before = seen.look(self.stack)
        return ("migrate", "--yes")

    def between(self) -> list[str]:
        now = seen.look(self.stack)
        other = seen.of(self.files[OTHER])
        wrong = seen.missing(self.before.objects, now.objects, "S3")
        wrong += seen.missing(now.objects, self.before.objects | other, "previous objects or copied ones")
        wrong += seen.missing(other, seen.objects(self.stack, OTHER), OTHER)
        if now.rows not in (self.before.rows, self._moved()):
            wrong.append("some addresses were rewritten, and not all")
        return wrong

    def end(self) -> list[str]:
        now = seen.look(self.stack)
        wrong = [*seen.changed(self._moved(), now.rows), *seen.missing(self.before.objects, now.objects, "S3")]
        for bucket, made in self.files.items():
            wrong += seen.missing(seen.of(made), now.objects, "files behind the server")
            content.remove(self.stack, bucket, list(made))
            content.remove(self.stack, self.stack.bucket, list(made))
        return wrong

    def _moved(self) -> Rows:
        roots = [f"s3://{bucket}/{self.stack.prefix}" for bucket in self.files]

        def behind(value: object) -> object:
            for root in roots:
                if isinstance(value, str) and value.startswith(root + "/"):
                    return SERVED + value.removeprefix(root)
            return value

        return seen.mapped(self.before.rows, behind)


class Push:
    """Files of runs made offline, one in several parts; one that is newer in S3 stays as it is there."""

    def __init__(self, stack: Stack) -> None:
        self.stack, self.folder = stack, stack.folder / "mlartifacts"

    def begin(self) -> tuple[str, ...]:
        experiment = Rest(self.stack).experiment(f"offline {os.urandom(4).hex()}")
        made = content.runs(self.stack, experiment, 10)
        self.files = content.files(experiment, made, 10)
        self.files[f"{experiment}/{made[0]}/artifacts/big.bin"] = os.urandom(20 * 2**20)
        self.newer = f"{experiment}/{made[0]}/artifacts/newer.bin"
        content.write(self.folder, {**self.files, self.newer: b"older"})
        os.utime(self.folder / self.newer, (1, 1))
        content.upload(self.stack, self.stack.bucket, {self.newer: b"newer"})
        self.before = seen.look(self.stack)
        return ("artifacts", "push", "--yes")

    def between(self) -> list[str]:
        return self._wrong(seen.look(self.stack))

    def _wrong(self, now: Seen) -> list[str]:
        wrong = [*seen.changed(self.before.rows, now.rows), *seen.missing(self.before.files, now.files, "mlartifacts")]
        wrong += seen.missing(self.before.objects, now.objects, "S3")
        return wrong + seen.missing(now.objects, self.before.objects | seen.of(self.files), "whole objects")

    def end(self) -> list[str]:
        now = seen.look(self.stack)
        wrong = [*self._wrong(now), *seen.missing(seen.of(self.files), now.objects, "pushed")]
        content.remove(self.stack, self.stack.bucket, [*self.files, self.newer])
        for path in (*self.files, self.newer):
            (self.folder / path).unlink()
        return wrong


class Cleanup:
    """Deleted runs with rows and files, beside one that is not."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack

    def begin(self) -> tuple[str, ...]:
        api = Rest(self.stack)
        experiment = api.experiment(f"cleaned {os.urandom(4).hex()}")
        made = content.runs(self.stack, experiment, 41)
        content.upload(self.stack, self.stack.bucket, content.files(experiment, made, 8))
        for run in made[1:]:
            api.post("runs/delete", run_id=run)
        self.before = seen.look(self.stack)
        self.gone = set(made[1:])
        return ("cleanup", "--older-than", "0s", "--yes")

    def between(self) -> list[str]:
        return self._wrong(seen.look(self.stack))

    def _wrong(self, now: Seen) -> list[str]:
        kept, going = self._apart(now)
        kept_before, going_before = self._apart(self.before)
        wrong = seen.changed(kept_before.rows, kept.rows)
        if kept.objects != kept_before.objects:
            wrong += [*seen.missing(kept_before.objects, kept.objects, "S3"), "objects of other runs differ"]
        wrong += [
            f"{table}: rows that were not there" for table in going.rows if going.rows[table] - going_before.rows[table]
        ]
        with_rows = {dict(row)["run_uuid"] for row in going.rows["runs"]}
        orphans = [path for path in going.objects if path.split("/")[1] not in with_rows]
        return wrong + ([f"{len(orphans)} objects of runs without rows"] if orphans else [])

    def end(self) -> list[str]:
        now = seen.look(self.stack)
        _, left = self._apart(now)
        wrong = [f"table {table}: {held.total()} rows of deleted runs" for table, held in left.rows.items() if held]
        return [*self._wrong(now), *wrong, *([f"{len(left.objects)} objects of them"] if left.objects else [])]

    def _apart(self, state: Seen) -> tuple[Seen, Seen]:
        """What is not of the deleted runs, and what is."""
        kept, going = seen.apart(state.rows, self.gone)
        objects = {path: digest for path, digest in state.objects.items() if self.gone.isdisjoint(path.split("/"))}
        theirs = {path: digest for path, digest in state.objects.items() if path not in objects}
        return Seen(kept, objects, state.files), Seen(going, theirs, {})


def _unchanged(stack: Stack, before: Seen) -> list[str]:
    now = seen.look(stack)
    return [*seen.changed(before.rows, now.rows), *seen.missing(before.objects, now.objects, "S3")]


# The last two put another database into the volume. A further verb is one more line here.
SCENARIOS: dict[str, Callable[[Stack], Scenario]] = {
    "backup": Backup,
    "push": Push,
    "migrate": Migrate,
    "cleanup": Cleanup,
    "restore": Restore,
    "upgrade": Upgrade,
}

"""What is there: every row of a stack's volume and every object of its stores, to be compared before and after."""

from __future__ import annotations

import hashlib
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from support import docker
from support.old.brought import Rows, rows
from support.stack import Stack

THREADS = 8
MARKER = ".mlflow-stack-owner"


@dataclass(frozen=True)
class Seen:
    """`rows` of every table; SHA-256 by path below the destination in S3, and below ./mlartifacts."""

    rows: Rows
    objects: dict[str, str]
    files: dict[str, str]


def look(stack: Stack) -> Seen:
    """All of it now. Raises RuntimeError where SQLite finds something wrong with the database."""
    with database(stack) as found:
        return Seen(rows(found), objects(stack), files(stack.folder / "mlartifacts"))


@contextmanager
def database(stack: Stack) -> Iterator[Path]:
    """A copy of the volume's database, whether the server runs or not; nobody may write meanwhile."""
    with tempfile.TemporaryDirectory() as folder:
        docker.docker("cp", f"{stack.container()}:/data/.", folder)
        found = Path(folder) / "mlflow.db"
        # A killed process leaves rows in the WAL; its index (-shm) belongs to another machine's memory.
        found.with_name("mlflow.db-shm").unlink(missing_ok=True)
        with closing(sqlite3.connect(found)) as connection:
            connection.execute("PRAGMA journal_mode = delete")
            wrong = connection.execute("PRAGMA integrity_check").fetchall()
        if wrong != [("ok",)]:
            raise RuntimeError(f"integrity_check says {wrong[:5]}")
        yield found


def objects(stack: Stack, bucket: str = "") -> dict[str, str]:
    """What lies below the stack's prefix, in its own bucket or another one, but for the owner marker; each is
    downloaded.
    """
    client, place, root = stack.s3.client(), bucket or stack.bucket, f"{stack.prefix}/"

    def digest(key: str) -> str:
        return hashlib.sha256(client.get_object(Bucket=place, Key=root + key)["Body"].read()).hexdigest()

    keys = [key.removeprefix(root) for key in stack.s3.objects(place, root) if key != root + MARKER]
    with ThreadPoolExecutor(THREADS) as pool:
        return dict(zip(keys, pool.map(digest, keys), strict=True))


def files(folder: Path) -> dict[str, str]:
    """What lies below a folder, the marker and what git keeps there left out."""
    found = (path for path in folder.rglob("*") if path.is_file() and path.name not in (MARKER, ".gitkeep"))
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def of(content: dict[str, bytes]) -> dict[str, str]:
    """The same for content that is in memory."""
    return {path: hashlib.sha256(body).hexdigest() for path, body in content.items()}


def missing(wanted: dict[str, str], found: dict[str, str], where: str) -> list[str]:
    """A line where not all of `wanted` is found with equal bytes; more may be there."""
    lost = sorted(path for path, digest in wanted.items() if found.get(path) != digest)
    return [f"{where}: {len(lost)} of {len(wanted)} are gone or differ, such as {lost[:3]}"] if lost else []


def changed(wanted: Rows, found: Rows) -> list[str]:
    """A line for each table that does not hold exactly these rows."""
    return [
        f"table {table}: {(held - found.get(table, held)).total()} rows are gone,"
        f" {(found.get(table, held) - held).total()} are new"
        for table, held in wanted.items()
        if found.get(table) != held
    ]


def mapped(held: Rows, value_of: Callable[[object], object]) -> Rows:
    """The same rows with each value replaced."""
    return {
        table: Counter({tuple((name, value_of(value)) for name, value in row): count for row, count in counted.items()})
        for table, counted in held.items()
    }


def apart(held: Rows, ids: set[str]) -> tuple[Rows, Rows]:
    """The rows without any of these ids as a value, and those with one."""
    without: Rows = {table: Counter() for table in held}
    having: Rows = {table: Counter() for table in held}
    for table, counted in held.items():
        for row, count in counted.items():
            side = having if any(value in ids for _, value in row) else without
            side[table][row] = count
    return without, having

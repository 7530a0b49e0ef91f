"""MLflow's metadata, its users, and copies of both. One protocol; SQLite is its one implementation.

Nothing above this package imports a driver, opens a database's file or writes a placeholder of a driver.
"""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import Any, Literal, Protocol

from stackd.report import Finding
from stackd.settings import Settings

Use = Literal["serving", "changing"]


class Failure(Exception):
    """A database could not be used, and why in a sentence; ``where`` is the path of its file."""

    def __init__(self, text: str, where: str = "") -> None:
        super().__init__(text)
        self.where = where


class Busy(Failure):
    """Others held it for longer than this one may wait."""


class InUse(Failure):
    """A server has it, or a verb that replaces it or deletes from it."""


class Missing(Failure):
    """There is none."""


class Denied(Failure):
    """This user may not read or write it."""


class Full(Failure):
    """Nothing more fits on its disk."""


class Damaged(Failure):
    """It is not a database, or its pages are not what they should be."""


class Rows:
    """Statements on one connection, with named parameters. A list stands for a parenthesis of parameters:
    ``rows("… WHERE id IN :ids", ids=["a", "b"])``.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __call__(self, statement: str, **values: Any) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, read as they are asked for."""
        return iter(self._cursor(statement, values))

    def one(self, statement: str, **values: Any) -> tuple[Any, ...] | None:
        """The first row."""
        return next(self(statement, **values), None)

    def change(self, statement: str, **values: Any) -> int:
        """How many rows a statement has changed."""
        return int(self._cursor(statement, values).rowcount)

    def _cursor(self, statement: str, values: dict[str, Any]) -> Any:
        for name, value in [each for each in values.items() if isinstance(each[1], list)]:
            apart = {f"{name}_{number}": item for number, item in enumerate(value)}
            statement = re.sub(rf":{name}\b", f"({', '.join(f':{each}' for each in apart)})", statement)
            values = {**values, **apart}
        return self._connection.execute(statement, values)


class Database(Protocol):
    """A database. Reading and writing it may raise ``Failure``, most of all ``Busy`` and ``Damaged``; writing a file
    may raise OSError. ``wait`` is in seconds.
    """

    uri: str  # for MLflow
    where: str  # for people

    def exists(self) -> bool: ...
    def prepare(self, empty: Path) -> None: ...  # of an empty one where there is none, with journal and store id
    def serve(self, engine: Any) -> None: ...  # an engine of SQLAlchemy's: writes in turns, to the disk
    def session(self) -> AbstractContextManager[None]: ...  # a turn that its statements take is kept to the end
    def hold(self, use: Use = "serving") -> AbstractContextManager[None]: ...  # alone, with processes forked in it
    def served(self) -> bool: ...  # whether a server has it now; those who look do not see each other
    def judge(self) -> Finding: ...  # whether its engine can be trusted with an answered write
    def facts(self) -> dict[str, str]: ...  # version and journal of its engine
    def state(self) -> str: ...  # what a plan names: changes when it is written; "" where there is none
    def space(self) -> tuple[int, int]: ...  # bytes, and those of them that nothing uses
    def revision(self, tables: tuple[str, ...] = ...) -> str | None: ...  # of its schema; None without MLflow's tables
    def tables(self) -> list[str]: ...
    def counts(self) -> dict[str, int]: ...  # rows by table
    def content(self) -> str: ...  # SHA-256 of every row, in the order that a copy keeps
    def verdict(self) -> str: ...  # "ok", or what is wrong with its pages and indexes
    def read(self, wait: float = 10.0) -> AbstractContextManager[Rows]: ...
    def write(self, wait: float = 10.0) -> AbstractContextManager[Rows]: ...  # a turn and a transaction
    def copy(self, target: Path) -> None: ...  # whole, into one file as private as this, beside its writers
    def compact(self, target: Path) -> None: ...  # into one file, without the space that nothing uses
    def replace(self, source: Path) -> None: ...  # by a copy, in one rename; Busy where something reads it
    def salvage(self, target: Path) -> None: ...  # the bytes of one that cannot be read
    def settle(self) -> bool: ...  # everything into the file itself; False where a reader is in the way
    def remove(self) -> None: ...
    def store_id(self) -> str: ...  # what the owner marker of a destination holds, made on first use
    def known(self, name: str) -> str: ...  # a word that is kept beside it; "" for none
    def remember(self, name: str, value: str) -> None: ...


STORE_ID = "store_id"
# From which destination this database was served in S3 mode.
SERVED_S3 = "served_s3"


@cache
def at(path: Path) -> Database:
    """The database in a file; one object a process, for its turns are taken again by whoever holds them."""
    # Which SQLite it is has to be chosen before anything imports one (patched.py).
    from stackd.database.sqlite import Sqlite

    return Sqlite(path)


def of(config: Settings) -> Database:
    """MLflow's metadata."""
    return at(config.places.database)


def users(config: Settings) -> Database:
    """Users, and what they may do. A server writes to it in the turns of ``of(config)``."""
    return at(config.places.auth_database)

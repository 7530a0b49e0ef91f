"""The sessions of MLflow's stores: pragmas once per connection, and a turn around every session that writes."""

import contextlib
import logging
import threading
import weakref
from collections.abc import Iterator
from typing import Any

import sqlalchemy
import sqlalchemy.exc
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import BAD_REQUEST, INTERNAL_ERROR, TEMPORARILY_UNAVAILABLE

from stackd.database import sqlite
from stackd.database.turns import TurnNotFree, Turns

logger = logging.getLogger(__name__)


# The first word of a statement that is no ORM construct and changes rows.
WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")


class Sessions:
    """Makes session factories with the contract of MLflow's own: commit, or roll back and raise an ``MlflowException``.

    A session takes its turn with its first statement that writes and keeps it until it has ended. What it reads before
    that needs none: the driver begins a transaction with the first write, so no snapshot grows old before it.
    """

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self._engines: weakref.WeakSet[sqlalchemy.Engine] = weakref.WeakSet()
        self._thread = threading.local()

    def factory(self, session_maker: Any, db_type: str) -> Any:
        """Replaces ``_get_managed_session_maker``: same arguments, same result."""
        self._serve_with(session_maker.kw["bind"])

        @contextlib.contextmanager
        def managed_session(read_only: bool = True) -> Iterator[Any]:
            try:
                with self._until_the_end():
                    yield from _session(session_maker)
            except TurnNotFree as error:
                raise MlflowException(f"{error}; try again", error_code=TEMPORARILY_UNAVAILABLE) from error

        return managed_session

    def dispose(self) -> None:
        """Close every connection: before the fork, for SQLite's locks and handles do not survive one."""
        for engine in self._engines:
            engine.dispose()

    def _serve_with(self, engine: sqlalchemy.Engine) -> None:
        if engine in self._engines:
            return
        self._engines.add(engine)
        sqlalchemy.event.listen(engine, "connect", lambda connection, _: sqlite.serving_pragmas(connection))
        sqlalchemy.event.listen(engine, "before_cursor_execute", self._before_statement)
        # Connections from the store's own look at its tables were made without the pragmas.
        engine.dispose()

    @contextlib.contextmanager
    def _until_the_end(self) -> Iterator[None]:
        """Release what the session inside takes, once it has committed. Sessions nest: ``log_batch`` does it."""
        outer = getattr(self._thread, "held", None)
        with contextlib.ExitStack() as held:
            self._thread.held = held
            try:
                yield
            finally:
                self._thread.held = outer

    def _before_statement(self, _: Any, __: Any, statement: str, ___: Any, context: Any, ____: Any) -> None:
        """Take the turn before a statement that writes; a thread that holds it takes it again."""
        held = getattr(self._thread, "held", None)
        if held is not None and writes(statement, context):
            held.enter_context(self.turns.turn())


def writes(statement: str, context: Any) -> bool:
    """Whether a statement changes rows."""
    if context is not None and (context.isinsert or context.isupdate or context.isdelete):
        return True
    return statement.lstrip()[:7].upper().startswith(WRITES)


def _session(session_maker: Any) -> Iterator[Any]:
    with session_maker() as session:
        try:
            yield session
            session.commit()
        except (MlflowException, TurnNotFree):
            session.rollback()
            raise
        except sqlalchemy.exc.OperationalError as error:
            session.rollback()
            logger.exception("The database did not answer")
            raise MlflowException(message=error, error_code=TEMPORARILY_UNAVAILABLE) from error
        except sqlalchemy.exc.SQLAlchemyError as error:
            session.rollback()
            raise MlflowException(message=error, error_code=BAD_REQUEST) from error
        except Exception as error:
            session.rollback()
            raise MlflowException(message=error, error_code=INTERNAL_ERROR) from error

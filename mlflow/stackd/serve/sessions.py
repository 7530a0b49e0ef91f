"""The sessions of MLflow's stores: pragmas once per connection, and a turn around every session that writes."""

import contextlib
import logging
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


class Sessions:
    """Makes session factories with the contract of MLflow's own.

    Commit, or roll back and raise an ``MlflowException``.
    """

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self._engines: weakref.WeakSet[sqlalchemy.Engine] = weakref.WeakSet()

    def factory(self, session_maker: Any, db_type: str) -> Any:
        """What takes the place of ``_get_managed_session_maker``: same arguments, same result."""
        self._serve_with(session_maker.kw["bind"])

        @contextlib.contextmanager
        def managed_session(read_only: bool = True) -> Iterator[Any]:
            try:
                with contextlib.nullcontext() if read_only else self.turns.turn():
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
        # Connections from the store's own look at its tables were made without the pragmas.
        engine.dispose()


def _session(session_maker: Any) -> Iterator[Any]:
    with session_maker() as session:
        try:
            yield session
            session.commit()
        except MlflowException:
            session.rollback()
            raise
        except sqlalchemy.exc.OperationalError as error:
            session.rollback()
            logger.exception("the database did not answer")
            raise MlflowException(message=error, error_code=TEMPORARILY_UNAVAILABLE) from error
        except sqlalchemy.exc.SQLAlchemyError as error:
            session.rollback()
            raise MlflowException(message=error, error_code=BAD_REQUEST) from error
        except Exception as error:
            session.rollback()
            raise MlflowException(message=error, error_code=INTERNAL_ERROR) from error

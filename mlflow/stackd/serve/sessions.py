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

from stackd.database import Busy, Database

logger = logging.getLogger(__name__)


class Sessions:
    """Makes session factories with the contract of MLflow's own: commit, or roll back and raise an ``MlflowException``.

    A session takes its turn with its first statement that writes and keeps it until it has ended. What it reads before
    that needs none: the driver begins a transaction with the first write, so no snapshot grows old before it.
    """

    def __init__(self, base: Database) -> None:
        self.base = base
        self._engines: weakref.WeakSet[sqlalchemy.Engine] = weakref.WeakSet()

    def factory(self, session_maker: Any, db_type: str) -> Any:
        """Replaces ``_get_managed_session_maker``: same arguments, same result."""
        engine = session_maker.kw["bind"]
        if engine not in self._engines:
            self._engines.add(engine)
            self.base.serve(engine)

        @contextlib.contextmanager
        def managed_session(read_only: bool = True) -> Iterator[Any]:
            try:
                with self.base.session():
                    yield from _session(session_maker)
            except Busy as error:
                raise MlflowException(f"{error}; try again", error_code=TEMPORARILY_UNAVAILABLE) from error

        return managed_session

    def dispose(self) -> None:
        """Close every connection: before the fork, for SQLite's locks and handles do not survive one."""
        for engine in self._engines:
            engine.dispose()


def _session(session_maker: Any) -> Iterator[Any]:
    with session_maker() as session:
        try:
            yield session
            session.commit()
        except (MlflowException, Busy):
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

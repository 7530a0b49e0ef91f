"""Which SQLite: must be chosen before anything imports ``sqlite3``, so nothing here does."""

import sys


def use_patched_sqlite() -> None:
    """Replace ``sqlite3`` by pysqlite3 (SQLite with the fix for the WAL-reset bug), before anything imports it.

    Where no wheel fits the machine, the distribution's SQLite stays, and ``journal_mode`` says what that means.
    """
    try:
        import pysqlite3
    except ModuleNotFoundError:
        return
    sys.modules["sqlite3"] = pysqlite3
    sys.modules["sqlite3.dbapi2"] = pysqlite3.dbapi2

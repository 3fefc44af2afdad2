"""Put a SQLite without the WAL-reset bug in place of the one Python was built with.

SQLite 3.7.0 to 3.51.2 can corrupt a WAL database when two connections write and checkpoint at the same
moment. Kindling writes from web and worker at once, so it brings its own SQLite (the `pysqlite3` wheel)
where there is one, before Django or SQLAlchemy import `sqlite3`. `kindling doctor` reports the version.
"""

import importlib
import sqlite3
import sys

SAFE_VERSION = (3, 51, 3)


def use_safe_sqlite() -> None:
    """Swap in `pysqlite3` when the standard library's SQLite is too old and the wheel is installed."""
    if sqlite3.sqlite_version_info >= SAFE_VERSION:
        return
    try:
        replacement = importlib.import_module("pysqlite3")
        dbapi2 = importlib.import_module("pysqlite3.dbapi2")
    except ImportError:
        return  # no wheel for this platform; `kindling doctor` and the start-up check say so
    sys.modules["sqlite3"] = replacement
    sys.modules["sqlite3.dbapi2"] = dbapi2


def sqlite_version() -> tuple[int, ...]:
    """The version in use now, after any swap."""
    module = sys.modules.get("sqlite3", sqlite3)
    version: tuple[int, ...] = module.sqlite_version_info
    return version

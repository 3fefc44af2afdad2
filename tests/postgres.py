"""Databases for the tests on a PostgreSQL server (`make test DB=postgres`), where an environment names one.

Each test process has two of its own, of the platform and of its jobs. They are copied from templates, which are
migrated once for each state of the code.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

SERVER = os.environ.get("KINDLING_TEST_DATABASE_URL", "")
ABOUT_SQLITE = pytest.mark.skipif(bool(SERVER), reason="what SQLite does, or its files")
ABOUT_POSTGRES = pytest.mark.skipif(
    not SERVER, reason="what PostgreSQL does: make test DB=postgres"
)


def address(name: str) -> str:
    """The address of a database of this server."""
    return urlunsplit(urlsplit(SERVER)._replace(path=f"/{name}"))


def addresses(name: str) -> dict[str, str]:
    """The settings that name the two databases of one installation; nothing without a server."""
    if not SERVER:
        return {}
    return {
        "KINDLING_DATABASE_URL": address(f"{name}_app"),
        "KINDLING_JOBS_URL": address(f"{name}_jobs"),
    }


def empty(name: str) -> dict[str, str]:
    """Settings of two new databases without tables, dropped when this process ends."""
    for kind in ("app", "jobs") if SERVER else ():
        _create(f"{name}_{kind}")
    return addresses(name)


def provide(name: str, *, template: str, migrate: Callable[[], object]) -> None:
    """Make the database `name` with its tables, dropped when this process ends.

    template : where they are kept; made when there is none. migrate : fills the new database and closes it
    """
    if template in _names():
        _create(name, of=template)
        return
    _create(name)
    migrate()
    kind = template.rpartition("_")[0]
    for older in _names():
        if older.startswith(f"{kind}_"):
            _run("DROP DATABASE IF EXISTS {} WITH (FORCE)", older)
    _run("CREATE DATABASE {} TEMPLATE {}", template, name)


def _create(name: str, *, of: str = "template1") -> None:
    atexit.register(_run, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
    _run("CREATE DATABASE {} TEMPLATE {}", name, of)


def _names() -> list[str]:
    with psycopg.connect(SERVER, autocommit=True) as server:
        return [name for (name,) in server.execute("SELECT datname FROM pg_database")]


def _run(command: str, *names: str) -> None:
    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(SQL(command).format(*map(Identifier, names)))

"""Every test process works in a data folder of its own, chosen before Django reads its settings.

The migrated database is made once for all processes and copied into each folder. With KINDLING_TEST_DATABASE_URL
(`make test DB=postgres`) each process has databases of its own on that server instead (`postgres.py`).

The settings module is named only while Django loads: processes that pytest-xdist starts inherit the
environment, and each of them has to choose its own folder first.
"""

from __future__ import annotations

import atexit
import fcntl
import gc
import hashlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from pytest_django.plugin import DjangoDbBlocker

import postgres

CACHE = Path(__file__).parents[1] / ".pytest_cache"
if sys.dont_write_bytecode:
    # The environment asks for no bytecode beside the sources. Without any, every worker and every child process
    # of a test compiles a thousand modules again, so it is kept apart from them.
    sys.dont_write_bytecode, sys.pycache_prefix = False, str(CACHE / "bytecode")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix

# A page makes thousands of objects: they need no look at every 700 of them.
gc.set_threshold(50_000, 20, 50)

DATA_DIR = Path(tempfile.mkdtemp(prefix="kindling-tests-"))
atexit.register(shutil.rmtree, DATA_DIR, ignore_errors=True)
for _name in ("KINDLING_DATABASE_URL", "KINDLING_JOBS_URL", "KINDLING_LAKE_URL", "KINDLING_CLOCK"):
    os.environ.pop(_name, None)
os.environ |= {
    "KINDLING_DATA_DIR": str(DATA_DIR),
    "KINDLING_TIKTOK_TIER": "off",
    "KINDLING_TIKTOK_HOSTS": "business-api.tiktok.com,127.0.0.1",
    "KINDLING_SETTLE_SECONDS": "0.05",
    "KINDLING_TIKTOK_TIMEOUT_SECONDS": "3",
    "DJANGO_SETTINGS_MODULE": "kindling.settings",
    **postgres.addresses(DATA_DIR.name),
}

import django  # noqa: E402 (settings are read at this import's setup, so the folder comes first)

import kindling  # noqa: E402 (likewise)

django.setup()

from django.conf import settings  # noqa: E402 (usable from here on)
from django.core.management import call_command  # noqa: E402 (likewise)
from django.db import connection, connections  # noqa: E402 (likewise)
from hypothesis import HealthCheck  # noqa: E402 (likewise)
from hypothesis import settings as hypothesis_settings  # noqa: E402 (likewise)

# How long an example takes says how busy the machine is, not whether the code is right.
hypothesis_settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("house")

# Argon2 is slow on purpose; hundreds of sample people need no such care.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Static files are looked up when asked for: else each of a thousand test browsers would list them first.
settings.WHITENOISE_AUTOREFRESH = True
del os.environ["DJANGO_SETTINGS_MODULE"]


def pytest_collection_finish(session: pytest.Session) -> None:
    """Modules and tests stay until the end: the garbage collector need not walk through them again and again."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow tests come first, so that no worker is left alone with one."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Tests that share what they start from stay in one worker (with `-n`)."""
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return together(nodeid)

    if config.getvalue("dist") != "load":
        return None
    config.option.loadscopereorder = False  # in the order of pytest_collection_modifyitems
    return Together(config, log)


# Of these files, by what stays together: a demonstration's world, a connector, nothing.
APART = {
    "tests/demo/test_truth.py": re.compile(r"seed \d+|::TestTheCommand"),
    "tests/wire/test_wire_connector.py": re.compile(r"::Test\w+"),
    "tests/kindling/launches/test_apply_exactly_once.py": re.compile(r"::.*"),
    "tests/kindling/delivery/test_guard_in_any_order.py": re.compile(r"::.*"),
    "tests/kindling/joins/test_joins.py": re.compile(r"::.*"),
}


def together(nodeid: str) -> str:
    """A name for the tests that stay in one worker with this one: its file, or the part that APART says."""
    file = nodeid.partition("::")[0]
    if file not in APART:
        return file
    part = APART[file].search(nodeid)
    assert part is not None, f"{nodeid}: APART does not know what it shares"
    return file + part[0]


MIGRATED_BY = ("**/migrations/*.py", "**/models.py", "**/apps.py", "settings.py")


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """The process's own database is the test database, so that child processes see the same rows."""
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "migrated.lock").open("w") as lock, django_db_blocker.unblock():
        fcntl.flock(lock, fcntl.LOCK_EX)
        if postgres.SERVER:
            _provide_postgres()
        else:
            _provide_sqlite()
    yield
    if postgres.SERVER:
        connections.close_all()


def _provide_sqlite() -> None:
    kept = CACHE / f"migrated-{_cause_of_tables()}.db"
    if kept.exists():
        shutil.copyfile(kept, settings.DATABASES["default"]["NAME"])
        return
    call_command("migrate", verbosity=0, interactive=False)
    for older in CACHE.glob("migrated-*.db"):
        older.unlink()
    half = kept.with_suffix(".half")
    half.unlink(missing_ok=True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(half)])
    half.replace(kept)


def _provide_postgres() -> None:
    from kindling.jobs import (
        engine,
    )  # half a second to load, which the controlling process need not spend

    def migrate() -> None:
        call_command("migrate", verbosity=0, interactive=False)
        connection.close()

    cause, name = _cause_of_tables(), DATA_DIR.name
    postgres.provide(f"{name}_app", template=f"kindling-app_{cause}", migrate=migrate)
    postgres.provide(f"{name}_jobs", template=f"kindling-jobs_{cause}", migrate=engine.migrate)


def _cause_of_tables() -> str:
    """A fingerprint of everything that decides what `migrate` makes: our files, and the packages with tables."""
    found = hashlib.sha256()
    for name in ("django", "django-allauth", "dbos"):
        found.update(version(name).encode())
    source = Path(kindling.__file__).parent
    for path in sorted(path for pattern in MIGRATED_BY for path in source.glob(pattern)):
        found.update(str(path.relative_to(source)).encode() + path.read_bytes())
    return found.hexdigest()[:16]

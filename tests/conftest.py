"""Every test process works in a data folder of its own, chosen before Django reads its settings.

The settings module is named only while Django loads: processes that pytest-xdist starts inherit the
environment, and each of them has to choose its own folder first.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from pytest_django.plugin import DjangoDbBlocker

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
}

import django  # noqa: E402 (settings are read at this import's setup, so the folder comes first)

django.setup()

from django.conf import settings  # noqa: E402 (usable from here on)
from django.core.management import call_command  # noqa: E402 (likewise)
from hypothesis import HealthCheck  # noqa: E402 (likewise)
from hypothesis import settings as hypothesis_settings  # noqa: E402 (likewise)

# How long an example takes says how busy the machine is, not whether the code is right.
hypothesis_settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("house")

# Argon2 is slow on purpose; hundreds of sample people need no such care.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
del os.environ["DJANGO_SETTINGS_MODULE"]


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> None:
    """The data folder's own file is the test database, so that child processes see the same rows."""
    with django_db_blocker.unblock():
        call_command("migrate", verbosity=0, interactive=False)

"""What a command imports: whoever asks a question does not wait for what answers another."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

LISTED = "import sys, json; json.dump(sorted(sys.modules), sys.__stdout__)"
# Each takes 0.1 to 0.5 s of CPU.
NEVER = {"pandas", "scipy", "altair", "vl_convert", "aiohttp", "httpx", "openpyxl", "ninja"}


def imported(code: str, folder: Path) -> set[str]:
    """The modules that a new process has imported once it ran the code."""
    env = {key: text for key, text in os.environ.items() if not key.startswith("KINDLING_")}
    env |= {"KINDLING_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "kindling.settings"}
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{LISTED}"],
        env=env, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def run(*arguments: str) -> str:
    """A command of ours in words of Python; what it prints goes nowhere."""
    return (
        "import contextlib, io\n"
        "from kindling.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        f"    main({list(arguments)!r})"
    )


FILLED = """
from datetime import UTC, datetime, timedelta
from kindling.facts import booking
from kindling.facts.schema import AD_DAYS
from kindling.workspaces import service
from kindling.workspaces.models import AdAccount, Connection, User
now = datetime.now(UTC)
owner = User.objects.create_user("owner@shop.example")
place = service.create_workspace(
    slug="sample", name="Sample", owner=owner, currency="USD", timezone="UTC", at=now
)
link = Connection.objects.create(workspace=place, name="Sample", app_id="1", app_secret="x", access_token="x")
account = AdAccount.objects.create(
    workspace=place, connection=link, advertiser_id="1", name="Sample", currency="USD", timezone="UTC"
)
day = now.date() - timedelta(days=1)
row = dict.fromkeys(AD_DAYS.names) | {
    "account": account.lake_key, "day": day, "ad_id": "9", "item_id": "7", "spend_minor": 1_000, "currency": "USD",
}
booking.book_ad_days(account.lake_key, day, day, [row], at=now)
"""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a day of one ad."""
    folder = tmp_path_factory.mktemp("filled")
    imported(f"{run('migrate')}\n{FILLED}", folder)
    return folder


class TestStarting:
    def test_imports_no_engine_of_the_lake_and_no_client(self, tmp_path: Path) -> None:
        found = imported("import kindling.cli", tmp_path)
        assert not found & {*NEVER, "django.db.models", "ibis", "duckdb", "pyarrow", "dbos"}

    @pytest.mark.slow
    @pytest.mark.parametrize("command", ["five", "doctor"])
    def test_a_command_imports_nothing_that_it_does_not_use(
        self, tmp_path: Path, filled: Path, command: str
    ) -> None:
        folder = shutil.copytree(filled, tmp_path / "data")
        found = imported(run(command), folder)
        # The doctor reads every file of the lake, with a part of pyarrow that imports pandas.
        assert found & NEVER <= ({"pandas"} if command == "doctor" else set())
        assert "ibis.backends.duckdb" in found  # the lake was read
        assert command == "doctor" or "dbos" not in found

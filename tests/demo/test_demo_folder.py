"""The demo empties only what is its own and not in use, and goes on truthfully after its last day."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from django import db

from kindling import clock
from kindling.cli import main
from kindling.commands import demo, operations
from kindling.errors import ConflictError
from kindling.jobs import worker
from kindling.kit.folder_lock import FolderLock
from walked_demo import free_port, start_demo, stop_demo, walked_demo

REFUSED, MISUSED = 1, 2


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KINDLING_DATA_DIR", str(tmp_path / "demo"))
    return tmp_path / "demo"


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


class TestTheFolder:
    def test_is_the_one_that_settings_name(self, folder: Path) -> None:
        with demo._data_folder(headless=False) as found:
            assert found == folder
            assert (folder / demo.MARK).exists()

    def test_is_var_demo_when_they_name_none(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("KINDLING_DATA_DIR")
        monkeypatch.chdir(tmp_path)
        with demo._data_folder(headless=False) as found:
            assert found == tmp_path / "var" / "demo"

    def test_of_an_earlier_demo_is_emptied(self, folder: Path) -> None:
        with demo._data_folder(headless=False):
            (folder / "app.db").write_text("old")
            (folder / "lake").mkdir()
            (folder / "lake" / "one.parquet").write_text("old")
        with demo._data_folder(headless=False):
            assert {path.name for path in folder.iterdir()} == {demo.MARK, ".in-use"}

    def test_that_a_demo_did_not_make_is_left_alone(self, folder: Path) -> None:
        folder.mkdir()
        (folder / "app.db").write_text("real")
        with pytest.raises(ConflictError, match="no demo wrote"), demo._data_folder(headless=False):
            pytest.fail("it was taken")
        assert [path.name for path in folder.iterdir()] == ["app.db"]

    def test_of_a_running_demo_is_left_alone(self, folder: Path) -> None:
        with demo._data_folder(headless=False):
            (folder / "app.db").write_text("running")
            with (
                pytest.raises(ConflictError, match="is running in"),
                demo._data_folder(headless=False),
            ):
                pytest.fail("it was taken")
            assert (folder / "app.db").read_text() == "running"

    def test_that_a_server_of_another_process_uses_is_left_alone(self, folder: Path) -> None:
        with demo._data_folder(headless=False):
            (folder / "app.db").write_text("kept")
        program = (
            "import sys; from pathlib import Path; from kindling.kit.folder_lock import FolderLock\n"
            "print(FolderLock(Path(sys.argv[1])).share(), flush=True); sys.stdin.read()"
        )
        with subprocess.Popen(
            [sys.executable, "-c", program, str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        ) as server:  # fmt: skip
            assert server.stdout is not None
            assert server.stdout.readline() == "True\n"
            with (
                pytest.raises(ConflictError, match="is running in"),
                demo._data_folder(headless=False),
            ):
                pytest.fail("it was taken")
            server.communicate("")
        assert (folder / "app.db").exists()
        with demo._data_folder(headless=False):
            assert not (folder / "app.db").exists()

    def test_is_shared_with_the_demos_own_server(self, folder: Path) -> None:
        with demo._data_folder(headless=False):
            lock = FolderLock(folder)
            assert lock.share()
            lock.release()

    def test_is_a_thrown_away_one_without_the_web_app(self, folder: Path) -> None:
        with demo._data_folder(headless=True) as found:
            assert found != folder
        assert not found.exists()
        assert not folder.exists()

    def test_says_so_on_the_command_line(self, folder: Path) -> None:
        folder.mkdir()
        (folder / "app.db").write_text("real")
        done = CliRunner().invoke(main, ["demo", "--port", str(free_port())])
        assert done.exit_code == REFUSED
        assert "no demo wrote" in done.stderr
        assert "KINDLING_DATA_DIR" in done.stderr


@pytest.mark.django_db
class TestDatabases:
    def test_that_settings_name_must_be_empty(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in demo.STORES:
            monkeypatch.delenv(name, raising=False)
        demo._refuse_stores_in_use()
        monkeypatch.setenv("KINDLING_DATABASE_URL", "the one in use")
        with pytest.raises(ConflictError, match="KINDLING_DATABASE_URL"):
            demo._refuse_stores_in_use()


class TestAPortInUse:
    @pytest.mark.slow
    @pytest.mark.parametrize("command", ["serve", "demo"])
    def test_is_said_without_a_trace(self, folder: Path, taken_port: int, command: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "kindling.cli", command, "--port", str(taken_port)],
            capture_output=True, text=True, check=False, timeout=60, env=dict(os.environ),
        )  # fmt: skip
        assert done.returncode == REFUSED
        assert f"Port {taken_port} is already in use" in done.stderr
        assert "--port" in done.stderr
        assert "Traceback" not in done.stderr

    def test_or_a_host_that_is_not_ours_is_said_too(self) -> None:
        with pytest.raises(ConflictError, match=r"203\.0\.113\.1"):
            operations.check_port("203.0.113.1", 8000)


class TestThePortalCommand:
    def test_works_whatever_the_folder_and_the_port(self) -> None:
        words = demo.portal_command(Path("/tmp/my demo"), clock="http://127.0.0.1:5", port=8123)  # noqa: S108
        assert "KINDLING_DATA_DIR='/tmp/my demo'" in words
        assert "KINDLING_BASE_URL=http://127.0.0.1:8123" in words
        done = subprocess.run(
            ["sh", "-c", words.replace("kindling portal-link", "env; :")],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert "KINDLING_DATA_DIR=/tmp/my demo\n" in done.stdout


class TestAfterTheLastDay:
    def test_orders_keep_coming_as_simulated_time_goes_on(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        moments = [datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=50 * n) for n in range(9)]
        left, taken, stop = iter(moments), [], threading.Event()

        def now() -> datetime:
            moment = next(left, moments[-1])
            if moment == moments[-1]:
                stop.set()
            return moment

        class Shop:
            def take_orders(self) -> None:
                taken.append(1)
                if len(taken) == 1:
                    raise RuntimeError("the shop did not answer")  # is asked again at the next beat

        monkeypatch.setattr(db, "close_old_connections", lambda: None)
        monkeypatch.setattr(clock, "now", now)
        monkeypatch.setattr(worker, "pulse", lambda moment: 0)
        demo._beat(Shop(), stop, seconds=0)
        assert len(taken) == 3  # after 150 min in vain, then 200, then 350


class TestADemoThatWasStopped:
    def test_is_needed_to_open_one_again(self, folder: Path) -> None:
        with demo._data_folder(headless=False):
            (folder / "app.db").write_text("of a demo that was killed")
        with (
            pytest.raises(ConflictError, match="no demo that was stopped"),
            demo._data_folder(headless=False, reopen=True),
        ):
            pytest.fail("it was opened")
        assert (folder / "app.db").exists()

    def test_is_not_opened_on_other_stores(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in demo.STORES:
            monkeypatch.delenv(name, raising=False)
        with demo._data_folder(headless=False):
            (folder / demo.WORLD).write_bytes(b"a world")
            (folder / demo.STORES_FILE).write_text(demo._stores_digest())
        with demo._data_folder(headless=False, reopen=True):
            assert (folder / demo.WORLD).exists()
        monkeypatch.setenv("KINDLING_DATABASE_URL", "postgresql://shop@db.example/real")
        with (
            pytest.raises(ConflictError, match="other stores than the settings name now"),
            demo._data_folder(headless=False, reopen=True),
        ):
            pytest.fail("it was opened")
        assert (folder / demo.WORLD).exists()

    def test_keeps_nothing_when_headless(self) -> None:
        done = CliRunner().invoke(main, ["demo", "--headless", "--reopen"])
        assert done.exit_code == MISUSED
        assert "--headless keeps nothing" in done.stderr

    @pytest.mark.slow
    def test_goes_on_where_it_was_and_can_be_stopped_again(self, tmp_path: Path) -> None:
        kept = walked_demo()
        data = tmp_path / "demo"
        shutil.copytree(kept.data, data)
        answers = []
        for _ in range(2):
            process, said = start_demo(
                "--reopen", "--json", "--port", str(free_port()),
                cwd=tmp_path, KINDLING_DATA_DIR=str(data),
            )  # fmt: skip
            assert not (
                data / demo.WORLD
            ).exists()  # a killed demo must not be opened with an old world
            answers.append(json.JSONDecoder().raw_decode(said)[0])
            assert "To go on from here: kindling demo --reopen" in stop_demo(process)
            assert (data / demo.WORLD).exists()
        first, second = answers
        before, after = (
            {row["item_id"] for row in answer["five"]["posted"]} for answer in (kept.body, first)
        )
        assert before
        assert before <= after  # creators go on posting while it is open
        assert kept.body["now"] <= first["now"] <= second["now"]

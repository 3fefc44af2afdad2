"""Saves: a byte that changed is refused, and a world kept in a file survives kill -9."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sandbox_small_world import small_world

from tiktok_sandbox.cli import main
from tiktok_sandbox.control.truth_document import truth
from tiktok_sandbox.runtime.state_file import StateFile, StateFileError
from tiktok_sandbox.server import SandboxServer, free_port
from tiktok_sandbox.world.drawing.build import FamilyFileError, build_world, sent_family
from tiktok_sandbox.world.passing.hours import advance_to
from tiktok_sandbox.world.state.clock import ClockModeError
from tiktok_sandbox.world.storage import VERSION_LINE, WorldFileError, load, save

OLD = b"\x87\xa6schema\xb6tiktok-sandbox.world/2\xa8now_real\xcb"


@pytest.fixture(scope="module")
def whole() -> bytes:
    return save(small_world())


class TestFile:
    def test_reads_back_as_the_same_world(self, whole: bytes) -> None:
        assert truth(load(whole)) == truth(small_world())

    @pytest.mark.slow
    def test_is_refused_with_any_one_byte_changed(self, whole: bytes) -> None:
        changed = bytearray(whole)
        for place in range(len(whole)):
            changed[place] ^= 1 << place % 8
            with pytest.raises(WorldFileError):
                load(bytes(changed))
            changed[place] = whole[place]
        assert load(bytes(changed)).seed == 5

    def test_is_refused_with_any_bit_of_its_first_line_and_checksum_changed(
        self, whole: bytes
    ) -> None:
        for place in range(len(VERSION_LINE) + 40):
            for bit in range(8):
                changed = bytearray(whole)
                changed[place] ^= 1 << bit
                with pytest.raises(WorldFileError):
                    load(bytes(changed))

    def test_is_refused_when_it_ends_early_or_late(self, whole: bytes) -> None:
        for data in (b"", whole[:10], whole[: len(VERSION_LINE) + 31], whole[:-1], whole + b"\0"):
            with pytest.raises(WorldFileError, match="world file"):
                load(data)

    def test_of_an_older_version_is_refused_by_its_name(self, whole: bytes) -> None:
        with pytest.raises(WorldFileError, match="world/2, of a time when saves had no checksum"):
            load(OLD + bytes(100))
        newer = whole.replace(b"world/5", b"world/6", 1)
        with pytest.raises(WorldFileError, match=r"world/6, this version reads .*world/5"):
            load(newer)


class TestWriting:
    def test_leaves_the_last_file_when_it_fails(self, tmp_path: Path) -> None:
        file = StateFile(tmp_path / "state")
        file.write(b"first")
        (tmp_path / "state.saving").mkdir()
        with pytest.raises(StateFileError, match="cannot be written"):
            file.write(b"second")
        file.close()
        assert (tmp_path / "state").read_bytes() == b"first"

    def test_is_for_one_server_at_a_time(self, tmp_path: Path) -> None:
        file = StateFile(tmp_path / "state")
        with pytest.raises(StateFileError, match="in use by another sandbox"):
            StateFile(tmp_path / "state")
        file.close()
        StateFile(tmp_path / "state").close()

    @pytest.mark.slow
    @pytest.mark.parametrize("moment", ["write", "fsync", "replace"])
    def test_survives_kill_9_at_every_point_of_a_save(self, tmp_path: Path, moment: str) -> None:
        """A process of its own saves step after step and is killed inside the fourth save."""
        path = tmp_path / "state"
        script = textwrap.dedent(
            """
            import io, os, pathlib, signal, sys
            from datetime import timedelta
            from tiktok_sandbox.runtime.hub import Hub
            from tiktok_sandbox.runtime.state_file import Keeper, StateFile
            from tiktok_sandbox.world.drawing.build import build_world
            from tiktok_sandbox.world.passing.hours import advance_to

            moment, path, left = sys.argv[1], pathlib.Path(sys.argv[2]), [4]

            def die_at_the_fourth(function):
                def step(*arguments):
                    left[0] -= 1
                    if left[0] == 0:
                        os.kill(os.getpid(), signal.SIGKILL)
                    return function(*arguments)
                return step

            if moment == "fsync":
                real = os.fsync
                # Two a save: the file's and the folder's.
                left[0] = 7
                os.fsync = die_at_the_fourth(real)
            elif moment == "replace":
                pathlib.Path.replace = die_at_the_fourth(pathlib.Path.replace)
            else:
                class Half(io.FileIO):
                    def write(self, data):
                        left[0] -= 1
                        if left[0] == 0:
                            super().write(data[: len(data) // 2])
                            os.kill(os.getpid(), signal.SIGKILL)
                        return super().write(data)
                before = pathlib.Path.open
                pathlib.Path.open = lambda self, mode="r", *rest, **named: (
                    Half(self, "w") if mode == "wb" else before(self, mode, *rest, **named)
                )
            world = build_world(seed=3)
            keeper = Keeper(Hub(world), StateFile(path))
            for step in range(9):
                keeper.keep()
                print(step, flush=True)
                advance_to(world, world.now + timedelta(hours=1))
            """
        )
        done = subprocess.run(
            [sys.executable, "-c", script, moment, str(path)],
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == -signal.SIGKILL, done.stderr
        completed = int(done.stdout.split()[-1])
        assert completed == 2
        found = load(path.read_bytes())
        assert found.state.ticks_done == completed
        expected = build_world(seed=3)
        advance_to(expected, expected.now + timedelta(hours=completed))
        assert truth(found) == truth(expected)


class TestServeWithAStateFile:
    @pytest.mark.slow
    def test_has_every_answered_step_after_kill_9(self, tmp_path: Path) -> None:
        """Killed at random instants while steps are answered as fast as they can be."""
        path, chance, done = tmp_path / "state", random.Random(11), 0
        for _ in range(4):
            with serving(path, "--seed", "5") as server:
                assert ticks(server.url) >= done
                answered = [ticks(server.url)]
                asking = threading.Thread(target=_ask_for_hours, args=(server.url, answered))
                asking.start()
                time.sleep(chance.uniform(0.1, 0.5))
                server.process.kill()
                asking.join()
            done = answered[-1]
            # The step under way may have been saved without its answer having got out.
            assert load(path.read_bytes()).state.ticks_done in (done, done + 1)
        assert done > 10
        found = load(path.read_bytes())
        expected = build_world(seed=5)
        advance_to(expected, expected.now + timedelta(hours=found.state.ticks_done))
        assert truth(found) == truth(expected)

    @pytest.mark.slow
    def test_keeps_what_was_written_and_hours_of_a_running_clock(self, tmp_path: Path) -> None:
        path = tmp_path / "state"
        with serving(path, "--clock", "x3600", "--behaviour", "rebind=ok") as server:
            token = send(server.url, "grants/ads/", {})["access_token"]
            seen = ticks(server.url)
            server.process.kill()
            server.process.wait()
        kept = load(path.read_bytes())
        assert [grant.token for grant in kept.state.ads_grants] == [token]
        assert kept.state.ticks_done >= seen
        with serving(path) as server:
            assert ask(server.url, "behaviour/")["rebind"] == "ok"
            assert ask(server.url, "clock/")["mode"] == "x3600"
            at_start = ticks(server.url)
            time.sleep(1.6)
            server.process.kill()
            server.process.wait()
        # Nobody asked for anything meanwhile.
        assert load(path.read_bytes()).state.ticks_done > at_start

    def test_answers_an_error_when_it_cannot_be_saved(self, tmp_path: Path) -> None:
        folder = tmp_path / "kept"
        folder.mkdir()
        state = StateFile(folder / "state")
        with SandboxServer(seed=7, state=state) as sandbox:
            (folder / "state.saving").mkdir()
            with pytest.raises(Exception, match="cannot be written"):
                sandbox.advance(hours=1)
            (folder / "state.saving").rmdir()
            sandbox.advance(hours=1)
        assert load((folder / "state").read_bytes()).state.ticks_done == 2
        state.close()

    @pytest.mark.parametrize(
        ("options", "reason"),
        [
            (["--seed", "8"], "holds seed 5, not 8"),
            (["--world", "null"], "holds the world small, not null"),
            (["--epoch", "2026-01-01"], "began at 2026-03-02"),
        ],
    )
    def test_refuses_to_be_another_world(
        self, tmp_path: Path, options: list[str], reason: str
    ) -> None:
        path = tmp_path / "state"
        path.write_bytes(save(small_world()))
        answer = CliRunner().invoke(main, ["serve", "--state", str(path), *options])
        assert (answer.exit_code, reason in answer.output) == (1, True), answer.output

    def test_refuses_a_damaged_file_and_leaves_it(self, tmp_path: Path) -> None:
        path, damaged = tmp_path / "state", save(small_world())[:-1] + b"\0\0"
        path.write_bytes(damaged)
        answer = CliRunner().invoke(main, ["serve", "--state", str(path)])
        assert (answer.exit_code, "damaged" in answer.output) == (1, True)
        assert path.read_bytes() == damaged

    def test_refuses_a_folder_that_is_not_there(self, tmp_path: Path) -> None:
        answer = CliRunner().invoke(main, ["serve", "--state", str(tmp_path / "no" / "state")])
        assert (answer.exit_code, "cannot be used" in answer.output) == (1, True)


class TestEpoch:
    def test_moves_the_whole_world(self) -> None:
        usual, moved = build_world(seed=5), build_world(seed=5, epoch="2026-07-06")
        shift = timedelta(days=126)
        assert moved.now == usual.now + shift
        posts = [post.posted_at for post in usual.state.posts.values()]
        assert [post.posted_at for post in moved.state.posts.values()] == [
            at + shift for at in posts
        ]

    def test_today_is_the_midnight_of_the_real_day(self) -> None:
        world = build_world(epoch="today", real=lambda: 1_785_000_000.0)
        assert world.state.epoch.isoformat() == "2026-07-25T00:00:00+00:00"

    def test_stays_at_a_reset_and_can_be_set_there(self) -> None:
        with SandboxServer(seed=7, epoch="2026-05-01") as sandbox:
            assert sandbox.post("reset/")["now"] == "2026-05-01T00:00:00Z"
            assert sandbox.post("reset/", {"epoch": "2026-06-01"})["now"] == "2026-06-01T00:00:00Z"
            for epoch in (7, "soon", "1970-01-01"):
                with pytest.raises(Exception, match="epoch must"):
                    sandbox.post("reset/", {"epoch": epoch})

    @pytest.mark.parametrize(
        "epoch", ["1969-12-31", "0001-01-01", "2016-12-31", "9999-01-01", "2036-01-01"]
    )
    def test_of_another_age_is_refused(self, epoch: str) -> None:
        with pytest.raises(FamilyFileError, match="epoch must lie between"):
            build_world(epoch=epoch)

    @pytest.mark.parametrize("epoch", ["", "soon", "2026-13-01", "2026-03-02T00:30:00Z"])
    def test_that_is_no_full_hour_is_refused(self, epoch: str) -> None:
        with pytest.raises(FamilyFileError, match="epoch must be"):
            build_world(epoch=epoch)

    def test_is_an_option_of_serve_that_says_what_is_wrong(self) -> None:
        answer = CliRunner().invoke(main, ["serve", "--epoch", "9999-01-01"])
        assert (answer.exit_code, "epoch must lie between" in answer.output) == (1, True)

    def test_leaves_room_before_the_calendar_ends(self) -> None:
        world = build_world(epoch="2035-01-01")
        advance_to(world, world.now + timedelta(hours=1))
        with pytest.raises(ClockModeError, match="calendar ends at 2037-10-01"):
            advance_to(world, world.now + timedelta(days=1500))
        clock = world.state.clock
        clock.set_mode("x1000000", real=0.0)
        assert clock.now(real=1e12).isoformat() == "2037-10-01T00:00:00+00:00"


class TestBehaviourOption:
    @pytest.mark.parametrize("setting", ["rebind", "rebind=maybe", "colour=red", "code_days=0,x"])
    def test_says_what_it_would_accept(self, setting: str) -> None:
        answer = CliRunner().invoke(main, ["serve", "--behaviour", setting])
        assert answer.exit_code == 1
        assert "rebind: error | ok" in answer.output or "whole numbers of days" in answer.output


class TestFamily:
    @pytest.mark.parametrize(
        ("correlations", "is_possible"),
        [
            ({"hook_hold": 0.9, "hook_engage": 0.9, "hold_engage": -0.9}, False),
            ({"persuade_others": 0.95}, False),
            ({"hook_hold": 1.0, "hook_engage": 0.5, "hold_engage": 0.5}, True),
            ({"hook_hold": 0.9, "hook_engage": 0.9, "hold_engage": 0.9}, True),
        ],
    )
    def test_is_refused_when_its_correlations_contradict_each_other(
        self, correlations: dict[str, float], is_possible: bool
    ) -> None:
        document = {"extends": "demo", "posts": {"correlations": correlations}}
        if is_possible:
            assert build_world(family=sent_family(document)).now
        else:
            with pytest.raises(FamilyFileError, match="contradict each other"):
                sent_family(document)

    def test_is_refused_with_an_infinite_number(self) -> None:
        document = {"extends": "demo", "posts": {"spread": {"hook": float("inf")}}}
        with pytest.raises(FamilyFileError, match=r"posts\.spread\.hook must be a finite number"):
            sent_family(document)


class Serving:
    """A `tiktok-sandbox serve` in a process of its own."""

    def __init__(self, process: subprocess.Popen[bytes], url: str) -> None:
        self.process = process
        self.url = url


@contextmanager
def serving(path: Path, *options: str) -> Iterator[Serving]:
    port = free_port()
    command = [sys.executable, "-m", "tiktok_sandbox.cli", "serve", "--port", str(port)]
    command += ["--state", str(path), "--tier", "off", *options]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=os.environ
    ) as process:
        server = Serving(process, f"http://127.0.0.1:{port}")
        try:
            deadline = time.monotonic() + 20
            while True:
                try:
                    ask(server.url, "health/")
                    break
                except OSError:
                    assert process.poll() is None, process.stderr and process.stderr.read()
                    assert time.monotonic() < deadline
                    time.sleep(0.05)
            yield server
        finally:
            process.kill()
            process.wait()


def ask(url: str, path: str) -> Any:
    with urllib.request.urlopen(f"{url}/sandbox/v1/{path}", timeout=20) as reply:  # noqa: S310 - our own http server
        return json.loads(reply.read())


def send(url: str, path: str, body: dict[str, object]) -> Any:
    data = json.dumps(body).encode()
    with urllib.request.urlopen(f"{url}/sandbox/v1/{path}", data=data, timeout=20) as reply:  # noqa: S310 - our own http server
        return json.loads(reply.read())


def ticks(url: str) -> int:
    """Whole simulated hours since the epoch."""
    now = ask(url, "clock/")["now"]
    epoch = ask(url, "world/")["epoch"]
    return int((_instant(now) - _instant(epoch)) / 3600)


def _instant(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _ask_for_hours(url: str, answered: list[int]) -> None:
    """Hour after hour until the server is gone; `answered` gets what was answered."""
    try:
        while True:
            send(url, "clock/advance/", {"hours": 1})
            answered.append(answered[-1] + 1)
    except (urllib.error.URLError, OSError, ValueError):
        return

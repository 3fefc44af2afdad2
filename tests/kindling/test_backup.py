"""A backup holds everything, and a bad one changes nothing; full and read-only disks are said, not traced."""

from __future__ import annotations

import errno
import io
import json
import os
import sqlite3
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.db.utils import OperationalError, ProgrammingError

import postgres
from kindling.cli import main
from kindling.commands import archive, doctor
from kindling.errors import ConflictError, FileProblemError
from kindling.facts import copies

REFUSED = 1


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A small data folder with something of every part."""
    folder = tmp_path / "data"
    for name in ("lake/ad_days/_delta_log", "orders/1", "media/drafts", "static"):
        (folder / name).mkdir(parents=True)
    for name in archive.DATABASES:
        with sqlite3.connect(folder / name) as database:
            database.execute("CREATE TABLE t (words TEXT)")
            database.executemany("INSERT INTO t VALUES (?)", [(f"row {n}",) for n in range(400)])
        database.close()
    for name in (
        "secret.key", "field.key", "lake/ad_days/one.parquet", "lake/ad_days/_delta_log/0.json",
        "orders/1/2026-03.parquet", "media/drafts/a.mp4", "static/not-kept.css",
    ):  # fmt: skip
        (folder / name).write_bytes(os.urandom(3000))
        (folder / name).chmod(0o600)
    return folder


@pytest.fixture
def backup(data: Path, tmp_path: Path) -> Path:
    file = tmp_path / "backup.tar.gz"
    archive.write(data, file)
    return file


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


class TestABackup:
    def test_brings_everything_back(self, data: Path, backup: Path, tmp_path: Path) -> None:
        archive.restore(backup, tmp_path / "new")
        found, had = contents(tmp_path / "new"), contents(data)
        files = {
            name for name in had if not name.startswith("static/") and name not in archive.DATABASES
        }
        assert {name: found[name] for name in files} == {name: had[name] for name in files}
        assert set(found) == files | set(archive.DATABASES)
        with sqlite3.connect(tmp_path / "new" / "app.db") as database:
            assert database.execute("SELECT count(*) FROM t").fetchone() == (400,)
        database.close()
        assert backup.stat().st_mode & 0o777 == 0o600

    def test_that_fails_leaves_the_one_before(
        self, data: Path, backup: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = backup.read_bytes()

        def full(*_: Any) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(archive, "_write_members", full)
        with pytest.raises(OSError, match="No space"):
            archive.write(data, backup)
        assert backup.read_bytes() == before
        assert [path.name for path in backup.parent.glob(".backup*")] == []


def rewritten(backup: Path, change: Callable[[dict[str, bytes]], object]) -> None:
    """The backup with other members, as somebody would who knows the format."""
    with tarfile.open(backup) as read:
        members = {
            each.name: file.read()
            for each in read.getmembers()
            if (file := read.extractfile(each)) is not None
        }
    change(members)
    with tarfile.open(backup, "w:gz") as write:
        for name, body in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(body)
            write.addfile(info, io.BytesIO(body))


class TestABadBackup:
    @pytest.mark.parametrize("part", [0.0, 0.3, 0.6, 0.9, 0.99, 0.9999])
    @pytest.mark.parametrize("is_there", [True, False])
    def test_that_was_cut_off_changes_nothing(
        self, backup: Path, tmp_path: Path, part: float, is_there: bool
    ) -> None:
        whole = backup.read_bytes()
        backup.write_bytes(whole[: int(len(whole) * part)])
        folder = tmp_path / "new"
        if is_there:
            folder.mkdir()
        with pytest.raises(FileProblemError, match="not a whole backup"):
            archive.restore(backup, folder)
        assert folder.exists() == is_there
        assert not is_there or list(folder.iterdir()) == []

    def test_that_was_garbled_anywhere_changes_nothing(self, backup: Path, tmp_path: Path) -> None:
        whole = backup.read_bytes()
        for place in range(12, len(whole) - 8, len(whole) // 25):
            backup.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
            with pytest.raises(FileProblemError):
                archive.restore(backup, tmp_path / "new")
            assert not (tmp_path / "new").exists()

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            (lambda files: files.pop(archive.LIST), "no list of its files"),
            (lambda files: files.update({archive.LIST: b"[]"}), "no list of its files"),
            (lambda files: files.pop("field.key"), "field.key is missing"),
            (lambda files: files.update({"more": b"x"}), "more is not in its list"),
            (lambda files: files.update({"field.key": b"other"}), "field.key is garbled"),
            (
                lambda files: files.update(
                    {
                        archive.LIST: json.dumps(
                            {"schema": "kindling.backup/9", "files": {}}
                        ).encode()
                    }
                ),
                "newer Kindling",
            ),
            (lambda files: files.update({"../outside": b"x"}), "cut off or garbled"),
        ],
    )
    def test_is_refused_with_the_reason(
        self, backup: Path, tmp_path: Path, change: Callable[[dict[str, bytes]], object], why: str
    ) -> None:
        rewritten(backup, change)
        with pytest.raises(FileProblemError, match=why):
            archive.restore(backup, tmp_path / "new")
        assert not (tmp_path / "new").exists()
        assert not (tmp_path / "outside").exists()

    def test_with_a_garbled_database_is_refused(self, data: Path, tmp_path: Path) -> None:
        path = data / "orders" / "app.db"
        path.write_bytes((data / "app.db").read_bytes()[:4096] + os.urandom(9000))
        with sqlite3.connect(path) as database, pytest.raises(FileProblemError, match="garbled"):
            archive._check_database(tmp_path, "app.db", database)
        database.close()


class TestARestore:
    def test_never_touches_a_folder_in_use(self, backup: Path, data: Path) -> None:
        before = contents(data)
        with pytest.raises(ConflictError, match="not empty"):
            archive.restore(backup, data)
        assert contents(data) == before

    def test_goes_on_where_a_killed_one_left_its_draft(self, backup: Path, tmp_path: Path) -> None:
        (tmp_path / "new" / f"{archive.DRAFT}x" / "data").mkdir(parents=True)
        archive.restore(backup, tmp_path / "new")
        assert (tmp_path / "new" / "app.db").exists()
        assert list((tmp_path / "new").glob(".*")) == []

    def test_says_it_on_the_command_line(self, backup: Path, tmp_path: Path) -> None:
        backup.write_bytes(backup.read_bytes()[:-40])
        folder = tmp_path / "new"
        done = CliRunner(env={"KINDLING_DATA_DIR": str(folder)}).invoke(
            main, ["restore", str(backup)]
        )
        assert done.exit_code == REFUSED
        assert "Nothing was changed" in done.stderr
        assert not folder.exists()

    @postgres.ABOUT_SQLITE
    def test_has_the_copies_of_orders(self, database: None, tmp_path: Path) -> None:
        line = {"order_id": "A-1", "sku": "S", "net_minor": 5}
        copies.save(1, "2026-03", [line])
        file = tmp_path / "b.tar.gz"
        assert CliRunner().invoke(main, ["backup", str(file)]).exit_code == 0
        archive.restore(file, tmp_path / "new")
        kept = tmp_path / "new" / "orders" / "1" / "2026-03.parquet"
        assert kept.read_bytes() == copies.path_of(1, "2026-03").read_bytes()


class TestADisk:
    """That is full, read-only, or somebody else's."""

    def told(self, error: Exception, monkeypatch: pytest.MonkeyPatch) -> Result:
        def fail() -> list[doctor.CheckResult]:
            raise error

        monkeypatch.setattr(doctor, "run", fail)
        return CliRunner().invoke(main, ["doctor"])

    @pytest.mark.parametrize(
        ("error", "words"),
        [
            (
                OSError(errno.ENOSPC, "No space left on device", "/data/app.db"),
                "The disk is full: /data/app.db.",
            ),
            (OSError(errno.EROFS, "Read-only file system"), "The disk is read-only."),
            (
                PermissionError(errno.EACCES, "Permission denied", "/data"),
                "Access is denied: /data.",
            ),
            (OperationalError("database or disk is full"), "The disk is full"),
            (OperationalError("attempt to write a readonly database"), "The disk is read-only"),
            (OperationalError("unable to open database file"), "Access is denied"),
            (OperationalError("disk I/O error"), "The disk failed"),
            (
                OperationalError("no such table: workspaces_workspace"),
                "a table or column is missing",
            ),
            (
                ProgrammingError('relation "posts_post" does not exist'),
                "a table or column is missing",
            ),
        ],
    )
    def test_is_said_with_what_to_do(
        self, database: None, error: Exception, words: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        done = self.told(error, monkeypatch)
        assert done.exit_code == REFUSED
        assert words in done.stderr
        assert len(done.stderr.strip().splitlines()) == 2
        assert "Traceback" not in done.output

    def test_behind_another_error_is_said_too(
        self, database: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        error = RuntimeError("the job store")
        error.__cause__ = OSError(errno.ENOSPC, "No space left on device")
        assert "The disk is full" in self.told(error, monkeypatch).stderr

    def test_is_not_blamed_for_a_bug(self, database: None, monkeypatch: pytest.MonkeyPatch) -> None:
        assert isinstance(self.told(ValueError("a bug"), monkeypatch).exception, ValueError)

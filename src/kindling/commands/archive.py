"""The file that `kindling backup` writes and `kindling restore` reads: everything of the data folder, with checksums.

Its last member lists every other one with its SHA-256. A file that broke off lacks the list, a garbled one
differs from it; both are refused before anything of the data folder is touched.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO

from kindling.errors import ConflictError, FileProblemError

LIST, SCHEMA = "kindling-backup.json", "kindling.backup/1"
DATABASES = ("app.db", "jobs.db")
PARTS = ("secret.key", "field.key", "lake", "orders", "media")
DRAFT = ".restoring-"


class _Hashed:
    """A file that remembers the checksum of what was read of it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.sum = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.sum.update(data)
        return data


def write(data_dir: Path, file: Path) -> None:
    """Write the backup, mode 0600. The file that was there is replaced when all is written, not before."""
    with tempfile.TemporaryDirectory() as copies:
        for name in DATABASES:
            if (data_dir / name).exists():
                with (
                    closing(sqlite3.connect(data_dir / name)) as live,
                    closing(sqlite3.connect(Path(copies, name))) as copy,
                ):
                    live.backup(copy)
        handle, draft = tempfile.mkstemp(dir=file.absolute().parent, prefix=f".{file.name}-")
        try:
            with os.fdopen(handle, "wb") as raw:  # mode 0600 from the start
                _write_members(raw, data_dir, Path(copies))
                raw.flush()
                os.fsync(raw.fileno())
            Path(draft).replace(file)
        finally:
            Path(draft).unlink(missing_ok=True)


def _write_members(raw: IO[bytes], data_dir: Path, copies: Path) -> None:
    sums: dict[str, str] = {}
    with tarfile.open(fileobj=raw, mode="w:gz") as archive:
        for path, name in _members(data_dir, copies):
            info = archive.gettarinfo(path, arcname=name)
            if info.isdir():
                archive.addfile(info)
                continue
            with path.open("rb") as file:
                hashed = _Hashed(file)
                archive.addfile(info, hashed)
            sums[name] = hashed.sum.hexdigest()
        body = json.dumps({"schema": SCHEMA, "files": sums}).encode()
        info = tarfile.TarInfo(LIST)
        info.size, info.mode = len(body), 0o600
        archive.addfile(info, io.BytesIO(body))


def _members(data_dir: Path, copies: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(copies.iterdir()):
        yield path, path.name
    for name in PARTS:
        top = data_dir / name
        if top.exists():
            yield top, name
        for path in sorted(top.rglob("*")) if top.is_dir() else ():
            if path.is_dir() or path.is_file():
                yield path, path.relative_to(data_dir).as_posix()


def restore(file: Path, folder: Path) -> None:
    """Unpack a backup into an empty folder, or one that is not there; of a bad one nothing is kept.

    raises : ConflictError when the folder is not empty, FileProblemError for a file that is no whole backup
    """
    if folder.exists() and not folder.is_dir():
        raise ConflictError(f"{folder} is not a folder; nothing was changed.", next_step=_ELSEWHERE)
    if folder.exists():
        for left in folder.glob(f"{DRAFT}*"):  # of a restore that was killed
            shutil.rmtree(left)
        if any(folder.iterdir()):
            raise ConflictError(
                "The data folder is not empty; nothing was changed.", next_step=_ELSEWHERE
            )
    with _made(folder), tempfile.TemporaryDirectory(dir=folder, prefix=DRAFT) as name:
        draft = Path(name, "data")
        draft.mkdir(mode=0o700)
        try:
            with gzip.open(file) as whole:  # to its end: its own checksum stands there
                while whole.read(1 << 20):
                    pass
            with tarfile.open(file, "r:gz") as archive:
                archive.extractall(draft, filter="data")
        except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise  # the disk's trouble, not the file's
            raise _no_backup(file, "it is cut off or garbled") from error
        _check(file, draft)
        for path in sorted(draft.iterdir()):
            path.rename(folder / path.name)


_ELSEWHERE = "Point KINDLING_DATA_DIR at a new folder, restore there, then start Kindling with it."


@contextmanager
def _made(folder: Path) -> Iterator[None]:
    """The folder, made when it is not there, and gone again when the block fails."""
    is_new = not folder.exists()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        if is_new:
            with suppress(OSError):
                folder.rmdir()
        raise


def _check(file: Path, draft: Path) -> None:
    """Compare what was unpacked with the backup's own list, and open its databases."""
    try:
        listed = json.loads((draft / LIST).read_text())
        sums: dict[str, str] = dict(listed["files"])
        is_known = listed["schema"] == SCHEMA
    except (OSError, ValueError, KeyError, TypeError):
        raise _no_backup(file, "it has no list of its files") from None
    if not is_known:
        raise _no_backup(file, "it was written by a newer Kindling")
    (draft / LIST).unlink()
    found = {
        path.relative_to(draft).as_posix(): path for path in draft.rglob("*") if path.is_file()
    }
    for name in sorted(sums.keys() | found.keys()):
        if name not in found or name not in sums:
            raise _no_backup(file, f"{name} is {'missing' if name in sums else 'not in its list'}")
        with found[name].open("rb") as opened:
            if hashlib.file_digest(opened, "sha256").hexdigest() != sums[name]:
                raise _no_backup(file, f"{name} is garbled")
    for name in DATABASES:
        if name in found:
            with closing(sqlite3.connect(found[name])) as database:
                _check_database(file, name, database)


def _check_database(file: Path, name: str, database: sqlite3.Connection) -> None:
    try:
        is_sound = database.execute("PRAGMA quick_check").fetchone() == ("ok",)
    except sqlite3.DatabaseError:
        is_sound = False
    if not is_sound:
        raise _no_backup(file, f"{name} is garbled")


def _no_backup(file: Path, why: str) -> FileProblemError:
    return FileProblemError(
        f"{file} is not a whole backup of Kindling: {why}. Nothing was changed.",
        next_step="Use another backup, or copy the file again from where it was stored.",
    )

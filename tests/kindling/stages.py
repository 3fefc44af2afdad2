"""What a test starts from, made once in a process and put back for every further test that asks.

A stage is everything that a step left behind: the rows, the jobs, the lake, the simulated TikTok, and the
step's answer. It is put back only where the same step starts from the same state, so a test that did
something else before gets the step itself.
"""

from __future__ import annotations

import hashlib
import io
import pickle
import shutil
import sqlite3
from collections.abc import Callable, Hashable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from tiktok_sandbox.server import SandboxServer

T = TypeVar("T")


class Rows:
    """The rows of SQLite files, kept in memory. Other connections go on with what was put back."""

    def __init__(self, files: list[Path]) -> None:
        self._kept = []
        for file in files:
            copy = sqlite3.connect(":memory:", check_same_thread=False)
            with closing(sqlite3.connect(file)) as live:
                live.backup(copy)
            self._kept.append((file, copy))

    def put_back(self) -> None:
        for file, copy in self._kept:
            with closing(sqlite3.connect(file, timeout=20)) as live:
                live.execute("PRAGMA synchronous=OFF")
                copy.backup(live)

    def close(self) -> None:
        for _, copy in self._kept:
            copy.close()


@dataclass(frozen=True, slots=True)
class Stage:
    rows: Rows
    lake: dict[Path, bytes]
    world: bytes
    answer: bytes


class Stages:
    """The stages that this process has reached.

    databases : the SQLite files that make up a state
    lake : the folder of fact tables
    """

    def __init__(self, sandbox: SandboxServer, *, databases: list[Path], lake: Path) -> None:
        self._sandbox, self._databases, self._lake = sandbox, databases, lake
        self._reached: dict[Hashable, Stage] = {}

    def after(self, *step: Hashable, do: Callable[[], T]) -> T:
        """What `do` answers; it runs where this step was not yet taken from the present state."""
        if self._sandbox.get("faults/")["faults"]:
            return do()  # a saved world holds no faults
        key = (step, self._here())
        if key not in self._reached:
            answer = self._pickled(do())
            self._reached[key] = Stage(
                Rows(self._databases), self._lake_files(), self._world(), answer
            )
            return self._unpickled(answer)
        stage = self._reached[key]
        stage.rows.put_back()
        self._sandbox._send("POST", "/sandbox/v1/load/", stage.world)
        shutil.rmtree(self._lake, ignore_errors=True)
        for file, content in stage.lake.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        return self._unpickled(stage.answer)

    def close(self) -> None:
        for stage in self._reached.values():
            stage.rows.close()

    def _world(self) -> bytes:
        return self._sandbox._send("GET", "/sandbox/v1/save/", None)

    def _lake_files(self) -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in self._lake.rglob("*") if path.is_file()}

    def _here(self) -> bytes:
        """A fingerprint of the present state, without the moments at which it was saved and loaded."""
        world = msgspec.msgpack.decode(self._world())
        world["now_real"] = world["state"]["clock"]["real_anchor"] = None
        found = hashlib.sha256(msgspec.msgpack.encode(world))
        for file in self._databases:
            with closing(sqlite3.connect(file)) as rows:
                tables = rows.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
                for (name,) in sorted(tables.fetchall()):
                    found.update(repr(rows.execute(f'SELECT * FROM "{name}"').fetchall()).encode())  # noqa: S608 - a name of our own schema
        for path, content in sorted(self._lake_files().items()):
            found.update(str(path).encode() + content)
        return found.digest()

    def _pickled(self, answer: object) -> bytes:
        """The answer without the parts that live as long as the process."""
        shared = {id(self._sandbox): "sandbox", id(self): "stages"}

        class Pickler(pickle.Pickler):
            def persistent_id(self, part: object) -> str | None:
                return shared.get(id(part))

        written = io.BytesIO()
        Pickler(written).dump(answer)
        return written.getvalue()

    def _unpickled(self, answer: bytes) -> Any:
        shared = {"sandbox": self._sandbox, "stages": self}

        class Unpickler(pickle.Unpickler):
            def persistent_load(self, name: str) -> object:
                return shared[name]

        return Unpickler(io.BytesIO(answer)).load()

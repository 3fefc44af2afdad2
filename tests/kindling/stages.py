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
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

import msgspec
import psycopg
from psycopg.sql import SQL, Composed, Identifier

from tiktok_sandbox.server import SandboxServer
from tiktok_sandbox.world.storage import content_of

T = TypeVar("T")


class Rows(Protocol):
    """The rows of one database at a moment."""

    @property
    def fingerprint(self) -> bytes:
        """The same for the same rows in all tables."""


class Database(Protocol):
    """A database that other connections write to; they go on with what was put back."""

    def rows(self) -> Any:
        """What it holds now."""

    def put_back(self, rows: Any) -> None: ...

    def close(self) -> None: ...


# --- SQLite -------------------------------------------------------------------------------------------------------

STANDING = {"django_migrations", "django_content_type", "auth_permission", "dbos_migrations"}
SEQUENCES = "sqlite_sequence"


@dataclass(frozen=True)
class FileRows:
    """The rows of each table of a SQLite file that holds any."""

    tables: dict[str, list[tuple[Any, ...]]]

    @cached_property
    def fingerprint(self) -> bytes:
        return hashlib.sha256(repr(sorted(self.tables.items())).encode()).digest()


class File:
    """A SQLite file.

    Rows are taken out and put in table by table. A copy of the whole file would make every connection read the
    schema again, which takes ten times as long; it is made where a test changed the schema. SQLite's data version
    tells whether any connection wrote since the last look: if none did, the rows are known.
    """

    def __init__(self, file: Path) -> None:
        self._live = sqlite3.connect(
            file, timeout=20, isolation_level=None, check_same_thread=False
        )
        self._live.execute("PRAGMA synchronous=OFF")
        self._first = sqlite3.connect(":memory:", check_same_thread=False)
        self._live.backup(self._first)
        self._schema_version = self._ask("PRAGMA schema_version")
        found = self._live.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        self._tables = sorted({name for (name,) in found} - STANDING)
        self._filled = " UNION ALL ".join(
            f'SELECT {number} WHERE EXISTS (SELECT 1 FROM "{name}")'  # noqa: S608 - a name of our own schema
            for number, name in enumerate(self._tables)
        )
        self._known: tuple[FileRows, int] | None = None

    def rows(self) -> FileRows:
        version = self._ask("PRAGMA data_version")
        if self._known is None or self._known[1] != version:
            with self._at_once("BEGIN"):
                tables = {name: self._rows_of(name) for name in self._find_filled()}
            self._known = FileRows(tables), version
        return self._known[0]

    def put_back(self, rows: FileRows) -> None:
        if self._known is not None and self._known[0] is rows and self._is_as_known():
            return
        if self._ask("PRAGMA schema_version") != self._schema_version:
            self._first.backup(self._live)
            self._schema_version = self._ask("PRAGMA schema_version")
        with self._at_once("BEGIN IMMEDIATE"):
            for name in self._find_filled():
                self._live.execute(f'DELETE FROM "{name}"')  # noqa: S608 - likewise
            for name, held in rows.tables.items():
                if name == SEQUENCES:  # what was put in before it has counted on
                    self._live.execute(f"DELETE FROM {SEQUENCES}")  # noqa: S608 - likewise
                places = ",".join("?" * len(held[0]))
                self._live.executemany(f'INSERT INTO "{name}" VALUES ({places})', held)  # noqa: S608 - likewise
        self._known = rows, self._ask("PRAGMA data_version")

    def close(self) -> None:
        self._live.close()
        self._first.close()

    def _is_as_known(self) -> bool:
        return self._known is not None and self._known[1] == self._ask("PRAGMA data_version")

    def _find_filled(self) -> list[str]:
        """Tables with rows; the numbers they go on from come last."""
        found = [self._tables[number] for (number,) in self._live.execute(self._filled)]
        return sorted(found, key=lambda name: name == SEQUENCES)

    def _rows_of(self, name: str) -> list[tuple[Any, ...]]:
        return self._live.execute(f'SELECT * FROM "{name}"').fetchall()  # noqa: S608 - likewise

    def _ask(self, pragma: str) -> int:
        return int(self._live.execute(pragma).fetchone()[0])

    @contextmanager
    def _at_once(self, begin: str) -> Iterator[None]:
        self._live.execute(begin)
        try:
            yield
        except BaseException:
            self._live.execute("ROLLBACK")
            raise
        self._live.execute("COMMIT")


# --- PostgreSQL ---------------------------------------------------------------------------------------------------

Table = tuple[str, str]  # schema and name


@dataclass(frozen=True)
class TableRows:
    """What COPY says of each table that holds rows, and where the sequences are."""

    tables: dict[Table, bytes]
    sequences: dict[str, int | None]

    @cached_property
    def fingerprint(self) -> bytes:
        found = hashlib.sha256(repr(sorted(self.sequences.items())).encode())
        for table, lines in sorted(self.tables.items()):
            found.update(repr(table).encode())
            found.update(b"".join(sorted(lines.splitlines(keepends=True))))
        return found.digest()


class Schema:
    """The tables of a PostgreSQL database. Needs a superuser: rows are put back without asking constraints."""

    def __init__(self, address: str) -> None:
        self._live = psycopg.connect(address, autocommit=True)
        self._live.execute("SET lock_timeout = '20s'")
        found = self._live.execute(
            "SELECT schemaname, tablename FROM pg_tables "
            "WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        tables = [table for table in found if table[1] not in STANDING]
        each = SQL("SELECT {}::int WHERE EXISTS (SELECT 1 FROM {})")
        self._tables: list[Table] = sorted(tables)
        self._filled = SQL(" UNION ALL ").join(
            each.format(number, Identifier(*table)) for number, table in enumerate(self._tables)
        )

    def rows(self) -> TableRows:
        with self._live.transaction():
            self._live.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            tables = {table: self._lines(table) for table in self._find_filled()}
            return TableRows(tables, self._sequences())

    def put_back(self, rows: TableRows) -> None:
        with self._live.transaction():
            self._live.execute("SET LOCAL session_replication_role = replica")
            self._run(
                SQL("DELETE FROM {}").format(Identifier(*each)) for each in self._find_filled()
            )
            for table, lines in rows.tables.items():
                into = SQL("COPY {} FROM STDIN").format(Identifier(*table))
                with self._live.cursor().copy(into) as copy:
                    copy.write(lines)
            now = self._sequences()
            self._run(
                SQL("SELECT setval({}::regclass, {}, {})").format(name, at or 1, at is not None)
                for name, at in rows.sequences.items()
                if now[name] != at
            )

    def close(self) -> None:
        self._live.close()

    def _find_filled(self) -> list[Table]:
        return [self._tables[number] for (number,) in self._live.execute(self._filled)]

    def _lines(self, table: Table) -> bytes:
        out = SQL("COPY {} TO STDOUT").format(Identifier(*table))
        with self._live.cursor().copy(out) as copy:
            return b"".join(copy)

    def _sequences(self) -> dict[str, int | None]:
        asked = "SELECT format('%I.%I', schemaname, sequencename), last_value FROM pg_sequences"
        return dict(self._live.execute(asked))

    def _run(self, commands: Iterable[Composed]) -> None:
        if together := SQL("; ").join(commands).as_string(self._live):
            self._live.execute(together)


# --- Stages -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class State:
    """The rows, the lake's files and the simulated TikTok at a moment."""

    rows: list[Rows]
    lake: dict[Path, bytes]
    world: bytes


class Stages:
    """The stages that this process has reached.

    databases : of the platform and of its jobs; together with the lake they make up a state
    lake : the folder of fact tables
    """

    def __init__(self, sandbox: SandboxServer, *, databases: list[Database], lake: Path) -> None:
        self._sandbox, self.databases, self._lake = sandbox, databases, lake
        self._reached: dict[Hashable, tuple[State, bytes]] = {}

    def after(self, *step: Hashable, do: Callable[[], T]) -> T:
        """What `do` answers; it runs where this step was not yet taken from the present state."""
        if self._sandbox.get("faults/")["faults"]:
            return do()  # a saved world holds no faults
        key = (step, self._here())
        if key not in self._reached:
            answer = _pickled(do(), self._shared)
            self._reached[key] = self.save(), answer
            return cast("T", _unpickled(answer, self._shared))
        state, answer = self._reached[key]
        self.put_back(state)
        return cast("T", _unpickled(answer, self._shared))

    def save(self) -> State:
        """The present state."""
        rows = [each.rows() for each in self.databases]
        return State(rows, self._lake_files(), self._world())

    def put_back(self, state: State) -> None:
        for database, rows in zip(self.databases, state.rows, strict=True):
            database.put_back(rows)
        self._sandbox._send("POST", "/sandbox/v1/load/", state.world)
        shutil.rmtree(self._lake, ignore_errors=True)
        for file, content in state.lake.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)

    def _world(self) -> bytes:
        return self._sandbox._send("GET", "/sandbox/v1/save/", None)

    def _lake_files(self) -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in self._lake.rglob("*") if path.is_file()}

    def _here(self) -> bytes:
        """A fingerprint of the present state, without the moments at which it was saved and loaded."""
        world = msgspec.msgpack.decode(content_of(self._world()))
        world["now_real"] = world["state"]["clock"]["real_anchor"] = None
        found = hashlib.sha256(msgspec.msgpack.encode(world))
        for database in self.databases:
            found.update(database.rows().fingerprint)
        for path, content in sorted(self._lake_files().items()):
            found.update(str(path).encode() + content)
        return found.digest()

    @property
    def _shared(self) -> dict[str, object]:
        return {"sandbox": self._sandbox, "stages": self}


class Beginnings:
    """What fixtures make out of empty tables, each once in this process; TikTok and the lake have no part in it."""

    def __init__(self, databases: list[Database]) -> None:
        self._databases = databases
        self._made: dict[Hashable, tuple[list[Rows], bytes]] = {}

    def of(self, name: Hashable, make: Callable[[], T], **shared: object) -> T:
        """What `make` answers. The tables are empty when it is asked for.

        shared : parts of the answer that belong to the test, such as its clock
        """
        if name not in self._made:
            answer = _pickled(make(), shared)
            self._made[name] = [each.rows() for each in self._databases], answer
            return cast("T", _unpickled(answer, shared))
        rows, answer = self._made[name]
        for database, held in zip(self._databases, rows, strict=True):
            database.put_back(held)
        return cast("T", _unpickled(answer, shared))


def _pickled(answer: object, shared: Mapping[str, object]) -> bytes:
    """The answer without the parts that live on beside it."""
    names = {id(part): name for name, part in shared.items()}

    class Pickler(pickle.Pickler):
        def persistent_id(self, part: object) -> str | None:
            return names.get(id(part))

    written = io.BytesIO()
    Pickler(written).dump(answer)
    return written.getvalue()


def _unpickled(answer: bytes, shared: Mapping[str, object]) -> Any:
    class Unpickler(pickle.Unpickler):
        def persistent_load(self, name: str) -> object:
            return shared[name]

    return Unpickler(io.BytesIO(answer)).load()

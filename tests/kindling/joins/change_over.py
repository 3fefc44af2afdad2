"""Two acts at once: one stands still at a change-over point, the other runs whole, then the first goes on.

A change-over point is right before a call to TikTok and right after its answer, right before each transaction and
right after it: between two of them an act only reads. Each act has a thread and a database connection of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connection, connections
from django.db.transaction import Atomic

from kindling.errors import KindlingError
from kindling.jobs import lease
from kindling.workspaces import tiktok
from tiktok_business import Request, Response, Transport

Act = Callable[[], object]
WRITES = ("INSERT", "UPDATE", "DELETE")


@dataclass(slots=True)
class Points:
    """The change-over points of an act, counted as it reaches them; at number `at`, `meanwhile` runs whole.

    asleep : locks that are held are found so at once, as the act that holds them stands still
    """

    at: int | None = None
    meanwhile: Act = lambda: None
    asleep: bool = False
    reached: list[str] = field(default_factory=list)
    faults: list[BaseException] = field(default_factory=list)

    def reach(self, what: str) -> None:
        self.reached.append(what)
        if len(self.reached) == self.at:
            self._in_a_thread(self.meanwhile)

    def _in_a_thread(self, do: Act) -> None:
        def run() -> None:
            try:
                do()
            except BaseException as fault:
                self.faults.append(fault)
            finally:
                connections.close_all()

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()


class _Here(threading.local):
    points: Points | None = None


_here = _Here()


def _reach(what: str) -> None:
    if _here.points is not None:
        _here.points.reach(what)


def act(do: Act, points: Points) -> KindlingError | None:
    """Run an act in this thread; the error that its caller was told, None when it was done."""
    _here.points = points
    try:
        with connection.execute_wrapper(_around_a_write):
            do()
    except KindlingError as error:
        told: KindlingError | None = error
    else:
        told = None
    finally:
        _here.points = None
    if points.faults:
        raise points.faults[0]
    return told


# --- Where the points are -----------------------------------------------------------------------------------------


@contextmanager
def change_overs() -> Iterator[None]:
    """Count calls and commits inside, of acts; everything else goes on as ever."""
    with pytest.MonkeyPatch.context() as patch:
        transport, held = tiktok._transport, lease.held
        enter, leave = Atomic.__enter__, Atomic.__exit__

        def watched() -> Transport:
            return _Watched(transport())

        def entered(self: Atomic) -> None:
            if not connection.in_atomic_block:
                _reach("before a transaction")
            enter(self)

        def left(self: Atomic, *error: Any) -> None:
            leave(self, *error)
            if error[0] is None and not connection.in_atomic_block:
                _reach("after a transaction")

        def held_now(name: str, *, wait_seconds: float = 60) -> Any:
            is_asleep = _here.points is not None and _here.points.asleep
            return held(name, wait_seconds=0 if is_asleep else wait_seconds)

        patch.setattr(tiktok, "_transport", watched)
        patch.setattr(Atomic, "__enter__", entered)
        patch.setattr(Atomic, "__exit__", left)
        patch.setattr(lease, "held", held_now)
        yield


class _Watched:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def send(self, request: Request) -> Response:
        path = request.url.partition("?")[0].partition("/open_api/")[2]
        _reach(f"before {path}")
        answer = await self._transport.send(request)
        _reach(f"after {path}")
        return answer

    async def close(self) -> None:
        await self._transport.close()


def _around_a_write(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    is_alone = sql.lstrip().upper().startswith(WRITES) and not connection.in_atomic_block
    if not is_alone:
        return execute(sql, params, many, context)
    table = sql.split(maxsplit=3)[1 if sql.upper().startswith("UPDATE") else 2].strip('"')
    _reach(f"before a write of {table}")
    found = execute(sql, params, many, context)
    if "RETURNING" not in sql:  # else it lasts until its rows are read, and locks the others out
        _reach(f"after a write of {table}")
    return found

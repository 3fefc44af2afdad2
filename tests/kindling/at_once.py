"""Acts done at the same moment, each in a thread and with a database connection of its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connections

from kindling.errors import KindlingError


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each act returned, or the error it was told, in the order of the acts."""
    start = Barrier(len(acts))

    def done(act: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return act()
        except KindlingError as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(done, acts))


def kinds(found: list[Any]) -> list[str]:
    return sorted(type(each).__name__ for each in found)

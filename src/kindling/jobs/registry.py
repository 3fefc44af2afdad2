"""Which background tasks exist, and when each is due. Areas register theirs in their `tasks.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

Run = Callable[..., None]
Due = Callable[[datetime], Iterable["JobRequest"]]


@dataclass(frozen=True, slots=True)
class JobRequest:
    """A task to run once for this `key`. `lane`: wishes of one lane run one after another."""

    task: str
    key: str
    arguments: dict[str, Any] = field(default_factory=dict)
    lane: str = ""


class Registry:
    """Tasks by name and the functions that say what is due. Filled at import, read by the worker."""

    def __init__(self) -> None:
        self._tasks: dict[str, Run] = {}
        self._due: list[Due] = []

    def task(self, name: str) -> Callable[[Run], Run]:
        """Register a function of JSON arguments. It must be safe to run again after a crash."""

        def register(run: Run) -> Run:
            if name in self._tasks and self._tasks[name] is not run:
                raise ValueError(f"two tasks are called {name}")
            self._tasks[name] = run
            return run

        return register

    def due(self, find: Due) -> Due:
        """Register a function that, given the present, says what should run. Equal keys run once."""
        self._due.append(find)
        return find

    def run(self, name: str, arguments: dict[str, Any]) -> None:
        self._tasks[name](**arguments)

    def wishes(self, now: datetime) -> list[JobRequest]:
        return [wish for find in self._due for wish in find(now)]

    def names(self) -> list[str]:
        return sorted(self._tasks)


registry = Registry()


RESUME_EVERY_SECONDS = 120


def resume_slot() -> int:
    """The interval for taking up what lies stranded, in real time as leases are, whatever the platform's clock."""
    return slot(timezone.now(), seconds=RESUME_EVERY_SECONDS)


def slot(now: datetime, *, seconds: int) -> int:
    """The number of the interval `now` falls in: the same for every worker that asks in it."""
    return int(now.timestamp() // seconds)

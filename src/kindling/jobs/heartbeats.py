"""Which processes work jobs now. One that stops beating is dead, and any other takes its jobs over.

The database's clock counts: the hosts of several workers need not agree on the time.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import timedelta

from django.db import close_old_connections, connection
from django.db.models.functions import Now

from kindling.jobs.models import Heartbeat

log = logging.getLogger(__name__)
EVERY = timedelta(seconds=5)
DEAD_AFTER = timedelta(seconds=30)
KEPT = timedelta(days=7)


def beat(executor: str) -> None:
    """Say that this process is alive."""
    Heartbeat.objects.update_or_create(executor=executor, defaults={"seen_at": Now()})


def alive() -> set[str]:
    """The executors that were heard of lately."""
    lately = Heartbeat.objects.filter(seen_at__gte=Now() - DEAD_AFTER)
    return set(lately.values_list("executor", flat=True))


def end(executor: str) -> None:
    """This process works no more: what it left behind may be taken over at once."""
    Heartbeat.objects.filter(executor=executor).delete()


def forget_old() -> None:
    """Drop processes that died long ago."""
    Heartbeat.objects.filter(seen_at__lt=Now() - KEPT).delete()


class Heart:
    """Beats in a thread of its own from `start` to `stop`.

    take_over : called after each beat with the executors that are alive, this one included
    """

    def __init__(self, executor: str, take_over: Callable[[set[str]], object]) -> None:
        self._executor, self._take_over = executor, take_over
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="jobs-heart", daemon=True)

    def start(self) -> None:
        """Beat once before anything else: no job may be taken by a process that nobody has heard of."""
        beat(self._executor)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()
        end(self._executor)

    def _run(self) -> None:
        """Beat until told to stop. One fault, a locked database for instance, does not end the heart."""
        try:
            while not self._stop.wait(EVERY.total_seconds()):
                try:
                    close_old_connections()
                    beat(self._executor)
                    self._take_over(alive() | {self._executor})
                except Exception:
                    log.exception("a heartbeat failed; the next one tries again")
        finally:
            connection.close()

"""The worker: works the queues and looks, at every pulse, what is due."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.db import close_old_connections

from kindling.jobs import engine, outbox
from kindling.jobs.registry import registry

log = logging.getLogger(__name__)


def pulse(now: datetime) -> int:
    """Queue everything due at `now` and what a crash left behind; returns how many wishes there were."""
    outbox.sweep()
    wishes = registry.wishes(now)
    for wish in wishes:
        engine.enqueue(wish)
    return len(wishes)


def work(*, clock: Callable[[], datetime], stop: threading.Event) -> None:
    """Run until `stop` is set. One fault of a pulse is logged and the next pulse tries again."""
    engine.launch()
    log.info("worker %s is up", settings.KINDLING_WORKER_ID)
    try:
        while not stop.is_set():
            close_old_connections()
            try:
                pulse(clock())
            except Exception:
                log.exception("a pulse failed; the next one tries again")
            stop.wait(settings.KINDLING_PULSE_SECONDS)
    finally:
        engine.shut_down()
        log.info("worker %s is down", settings.KINDLING_WORKER_ID)

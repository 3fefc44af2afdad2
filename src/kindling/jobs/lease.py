"""One process at a time on one thing: worker, command line and a second worker keep out of each other's way."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import IntegrityError, close_old_connections, connection
from django.utils import timezone

from kindling.errors import ConflictError
from kindling.jobs.models import Lease

log = logging.getLogger(__name__)
LENGTH = timedelta(seconds=6)


@contextmanager
def held(name: str, *, wait_seconds: float = 60) -> Iterator[None]:
    """Hold the lease `name` while inside; wait for another holder to finish or to be found dead.

    It lives in real time, whatever clock the platform follows. raises : ConflictError after `wait_seconds`
    """
    holder = uuid.uuid4().hex
    deadline = time.monotonic() + wait_seconds
    while not _take(name, holder):
        if time.monotonic() > deadline:
            raise ConflictError(
                f"Another process works on {name} now.",
                next_step="Wait until it is done, then try again.",
            )
        time.sleep(0.1)
    stop = threading.Event()
    heart = threading.Thread(
        target=_renew, args=(name, holder, stop), name=f"lease-{name}", daemon=True
    )
    heart.start()
    try:
        yield
    finally:
        stop.set()
        heart.join()
        Lease.objects.filter(name=name, holder=holder).delete()


def _take(name: str, holder: str) -> bool:
    at = timezone.now()
    taken = Lease.objects.filter(name=name, until__lt=at).update(holder=holder, until=at + LENGTH)
    if taken:
        return True
    if Lease.objects.filter(name=name).exists():
        return False
    try:
        Lease.objects.create(name=name, holder=holder, until=at + LENGTH)
    except IntegrityError:
        return False
    return True


def _renew(name: str, holder: str, stop: threading.Event) -> None:
    try:
        while not stop.wait(LENGTH.total_seconds() / 4):
            close_old_connections()
            Lease.objects.filter(name=name, holder=holder).update(until=timezone.now() + LENGTH)
    except Exception:
        log.exception("the lease %s could not be renewed", name)
    finally:
        connection.close()

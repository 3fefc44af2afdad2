"""One process at a time on one thing: worker, command line and a second worker keep out of each other's way."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, close_old_connections, connection
from django.db.models.functions import Now

from kindling.errors import ConflictError
from kindling.jobs.models import Lease

log = logging.getLogger(__name__)
LENGTH = timedelta(seconds=6)


class LostLeaseError(ConflictError):
    """Another process holds the lease: it does the work, or goes on with it."""

    code = "lease_lost"


@dataclass(frozen=True, slots=True)
class Hold:
    """A lease that is held now."""

    name: str
    holder: str

    def check(self) -> None:
        """Make sure that nobody else has it: ask before each thing that must not be done twice.

        raises : LostLeaseError when it ran out (the machine slept, the database was away) and was taken
        """
        if not self.renew():
            raise LostLeaseError(
                f"Another process took over the work on {self.name}.",
                next_step="It continues there; reload to see its state.",
            )

    def renew(self) -> bool:
        mine = Lease.objects.filter(name=self.name, holder=self.holder)
        return bool(mine.update(until=Now() + LENGTH))


def of_account(pk: int | None) -> str:
    """The name of an ad account's lease, and the lane of its jobs. pk : of the account"""
    return f"account-{pk}"


@contextmanager
def held(name: str, *, wait_seconds: float = 60) -> Iterator[Hold]:
    """Hold the lease `name` while inside; wait for another holder to finish or to be found dead.

    It lives in the database's time, whatever clock the platform or a host follows.
    raises : LostLeaseError after `wait_seconds`
    """
    holder = uuid.uuid4().hex
    deadline = time.monotonic() + wait_seconds
    while not _take(name, holder):
        if time.monotonic() > deadline:
            raise LostLeaseError(
                f"Another process is already working on {name}.",
                next_step="Wait until it is done, then try again.",
            )
        time.sleep(0.1)
    stop = threading.Event()
    heart = threading.Thread(
        target=_beat, args=(Hold(name, holder), stop), name=f"lease-{name}", daemon=True
    )
    heart.start()
    try:
        yield Hold(name, holder)
    finally:
        stop.set()
        heart.join()
        Lease.objects.filter(name=name, holder=holder).delete()


def is_held(name: str) -> bool:
    """Whether somebody works on it now."""
    return Lease.objects.filter(name=name, until__gte=Now()).exists()


def _take(name: str, holder: str) -> bool:
    ended = Lease.objects.filter(name=name, until__lt=Now())
    taken = ended.update(holder=holder, until=Now() + LENGTH)
    if taken:
        return True
    if Lease.objects.filter(name=name).exists():
        return False
    try:
        Lease.objects.create(name=name, holder=holder, until=Now() + LENGTH)
    except IntegrityError:
        return False
    return True


def _beat(hold: Hold, stop: threading.Event) -> None:
    """Renew until told to stop. One fault, a locked database for instance, does not end the heart."""
    try:
        while not stop.wait(LENGTH.total_seconds() / 4):
            try:
                close_old_connections()
                hold.renew()
            except Exception:
                log.exception("the lease %s could not be renewed; it is tried again", hold.name)
    finally:
        connection.close()

"""Ask for background work in the same transaction as the decision behind it."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from kindling.jobs.models import Intent
from kindling.jobs.registry import JobRequest

log = logging.getLogger(__name__)
GRACE = timedelta(seconds=5)


def ask(wish: JobRequest) -> None:
    """Write the wish down now and hand it to the engine once the transaction commits.

    A crash between commit and hand-over loses nothing: `sweep` hands over what is left, and the key
    keeps the task from running twice.
    """
    intent, is_new = Intent.objects.get_or_create(
        key=wish.key,
        defaults={"task": wish.task, "arguments": {"lane": wish.lane, "arguments": wish.arguments}},
    )
    if is_new:
        transaction.on_commit(lambda: _hand_over(intent), robust=True)


def sweep() -> int:
    """Hand over what a crash left behind; returns how many."""
    waiting = Intent.objects.filter(
        handed_over_at=None, created_at__lt=timezone.now() - GRACE
    ).order_by("created_at")[:500]
    return sum(_hand_over(intent) for intent in waiting)


def forget_old(*, days: int = 30) -> None:
    """Drop intents handed over long ago. The same key asked for later runs again once its job is forgotten too."""
    Intent.objects.filter(handed_over_at__lt=timezone.now() - timedelta(days=days)).delete()


def _hand_over(intent: Intent) -> bool:
    from kindling.jobs import engine  # half a second to load, which most commands need not spend

    try:
        engine.enqueue(
            JobRequest(
                task=intent.task,
                key=intent.key,
                arguments=intent.arguments["arguments"],
                lane=intent.arguments["lane"],
            )
        )
    except Exception:
        # The job store may be away or not made yet. The intent stays, the sweeper tries again.
        log.warning("could not hand %s over yet; it is kept", intent.key, exc_info=True)
        return False
    Intent.objects.filter(pk=intent.pk).update(handed_over_at=timezone.now())
    return True

"""The one place where real adapters meet what the platform asks for. It knows no area."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from kindling.kit.clock_sources import Clock, clock_for

_CLOCK: Clock = clock_for(settings.KINDLING_CLOCK)


def now() -> datetime:
    """The present instant, UTC. Read once at the edge of a request, command or task, then passed on."""
    return _CLOCK.now()

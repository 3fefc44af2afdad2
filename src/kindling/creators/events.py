"""What happened with a creator, from every area that knows something, newest first. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from heapq import merge


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `url`: the page that tells more, "" for none."""

    at: datetime
    kind: str
    words: str
    who: str = ""
    url: str = ""


def merged(*sources: Iterable[Event]) -> list[Event]:
    """Events of every source, the newest first; those of one instant in the order of the sources."""
    ordered = [sorted(source, key=lambda event: event.at, reverse=True) for source in sources]
    return list(merge(*ordered, key=lambda event: event.at, reverse=True))

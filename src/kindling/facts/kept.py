"""Sums over the lake, kept in this process until the lake's files change: a page asks for the same ones all day."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar, cast

from kindling.facts import lake
from kindling.facts.schema import Table

Answer = TypeVar("Answer")


class Shelf(Generic[Answer]):
    """Answers by question, each with the stamp of what it rests on. Shared by all threads: nobody may change one.

    most : how many are kept; the one that nobody asked for the longest goes first
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._held: OrderedDict[Hashable, tuple[Hashable, Answer]] = OrderedDict()

    def find(self, question: Hashable, stamp: Hashable) -> Answer | None:
        """The answer, if it rests on what is there now."""
        with self._lock:
            held = self._held.get(question)
            if held is None or held[0] != stamp:
                return None
            self._held.move_to_end(question)
            return held[1]

    def keep(self, question: Hashable, stamp: Hashable, answer: Answer) -> None:
        """Keep an answer. stamp : taken before it was computed, so that it never looks newer than it is"""
        with self._lock:
            self._held[question] = (stamp, answer)
            self._held.move_to_end(question)
            while len(self._held) > self._most:
                self._held.popitem(last=False)


_sums: Shelf[object] = Shelf(most=32)


def stamp_of(*tables: Table) -> Hashable:
    """Names what the tables hold now; see `lake.stamp`."""
    return tuple(lake.stamp(table) for table in tables)


def kept(question: Hashable, tables: tuple[Table, ...], compute: Callable[[], Answer]) -> Answer:
    """What `compute` answers, asked anew only when the files of the tables are others than the last time.

    question : names all that the answer depends on beside the tables
    """
    stamp = stamp_of(*tables)
    held = _sums.find(question, stamp)
    if held is not None:
        return cast(Answer, held)
    answer = compute()
    _sums.keep(question, stamp, answer)
    return answer

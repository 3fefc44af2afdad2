"""Sums over the lake, kept in this process until the lake's files change: a page asks for the same ones all day."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import TypeVar, cast

from kindling.facts import lake
from kindling.facts.schema import Table

MOST = 32  # answers; the one that nobody asked for the longest goes first
Answer = TypeVar("Answer")

_lock = Lock()
_answers: OrderedDict[Hashable, tuple[Hashable, object]] = OrderedDict()


def kept(key: Hashable, tables: tuple[Table, ...], compute: Callable[[], Answer]) -> Answer:
    """What `compute` answered for `key` while the files of the tables were as they are now; else it is asked anew.

    key : names the question with all that it depends on beside the tables
    The answer is shared by all who ask: nobody may change it.
    """
    now = tuple(lake.stamp(table) for table in tables)
    with _lock:
        held = _answers.get(key)
        if held is not None and held[0] == now:
            _answers.move_to_end(key)
            return cast(Answer, held[1])
    answer = (
        compute()
    )  # a write in between has another stamp, so what is kept is never older than it says
    with _lock:
        _answers[key] = (now, answer)
        _answers.move_to_end(key)
        while len(_answers) > MOST:
            _answers.popitem(last=False)
    return answer

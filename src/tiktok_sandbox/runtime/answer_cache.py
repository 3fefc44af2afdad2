"""The last few whole answers, so that turning the pages of a report does not sum it up again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")
MOST = 16


class AnswerCache:
    """Remembers answers by question, as long as nothing has changed since.

    stamp : anything that differs once the world may have: its instant, its hour, writes so far
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, tuple[Hashable, Any]] = OrderedDict()

    def cached(self, question: Hashable, *, stamp: Hashable, make: Callable[[], T]) -> T:
        """The answer to the question; made anew when there is none of this stamp."""
        kept = self._kept.get(question)
        if kept is not None and kept[0] == stamp:
            self._kept.move_to_end(question)
            found: T = kept[1]
            return found
        answer = make()
        self._kept[question] = (stamp, answer)
        self._kept.move_to_end(question)
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)
        return answer

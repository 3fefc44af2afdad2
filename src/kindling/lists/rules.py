"""Rules of lists: how large, how many, and how an address says which rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

ALL = "all"  # the choice of a filter that leaves no row out
MOST_VIEWS = 20  # saved views of one member and list
MOST_NAME = 60  # characters of a view's name
MOST_SEARCH = 200  # characters of a search
AT_ONCE = (
    5_000  # rows of an export that a page waits for; longer ones are written in the background
)
KEPT_DAYS = 7  # of the file of an export
MOST_ACTED = 1_000  # rows that one action is done to
UNDO_DAYS = 1  # in which an action can be taken back
XLSX_ROWS = 1_048_575  # of a sheet, below its header; source: Excel's specifications and limits


class FileFormat(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"


class Kind(StrEnum):
    """What a column holds; decides how it is aligned, drawn and written to files."""

    TEXT = "text"
    COUNT = "count"
    MONEY = "money"
    SHARE = "share"
    NUMBER = "number"
    DAY = "day"
    INSTANT = "instant"
    YES = "yes"

    @property
    def is_number(self) -> bool:
        return self in {Kind.COUNT, Kind.MONEY, Kind.SHARE, Kind.NUMBER}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows somebody wants, in which order.

    sort : a column's name, with "-" before it the largest first; "" for the list's own order
    """

    search: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    sort: str = ""

    def query(self, **changes: str) -> dict[str, str]:
        """The parameters of an address that says this, with some changed; "" leaves one out."""
        told = {"q": self.search, **self.filters, "sort": self.sort, **changes}
        return {name: value for name, value in told.items() if value}


def next_sort(present: str, name: str, *, is_number: bool) -> str:
    """What a click on a column's header asks for: numbers start with the largest; the third click is the list's own."""
    first, second = (f"-{name}", name) if is_number else (name, f"-{name}")
    if present == first:
        return second
    return "" if present == second else first

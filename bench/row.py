"""What a row of the benchmark reports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Case:
    """One comparison. `ratio` is ours over theirs, larger is better; None where there is none."""

    label: str
    ours: str
    theirs: str
    ratio: float | None = None
    target: float | None = None

    @property
    def is_met(self) -> bool | None:
        """Whether the target is reached; None without one."""
        if self.ratio is None or self.target is None:
            return None
        return self.ratio >= self.target


@dataclass(frozen=True, slots=True)
class Result:
    """A row's outcome, with what a reader must know to believe it."""

    name: str
    against: str
    cases: list[Case]
    notes: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """The row as plain data."""
        cases = [{**asdict(case), "is_met": case.is_met} for case in self.cases]
        return {"name": self.name, "against": self.against, "cases": cases, "notes": self.notes}


Row = Callable[[int], Result]
"""A row: takes the number of paired runs."""

"""Split tests: two groups of ads compared by what they delivered. Source: tiktok-api.md §8.7."""

from __future__ import annotations

from datetime import datetime

from tiktok_sandbox.world.state.entities import Record


class SplitTest(Record, kw_only=True):
    """cells : two lists of ad group or campaign ids; `ended_at` is set when it was ended early.

    first_share : the part of the people that the first cell has; anything but a half is a fault
    divergence : how much more delivery of the second cell looks for the last kinds of viewers of the
    family, a factor; anything but 1 is a fault
    """

    split_test_group_id: str
    advertiser_id: str
    level: str
    cells: list[list[str]]
    test_variable: str
    key_metric: str
    budget: float | None
    start_at: datetime
    end_at: datetime
    created_at: datetime
    ended_at: datetime | None = None
    promoted_id: str | None = None
    first_share: float = 0.5
    divergence: float = 1.0


class ReportTask(Record, kw_only=True):
    """An asynchronous report. `request` is what was asked.

    It is ready at `ready_at`, or once it has been asked about `checks` times: a client whose
    clock stands still would wait for ever.
    """

    task_id: str
    advertiser_id: str
    request: dict[str, object]
    created_at: datetime
    ready_at: datetime
    checks: int = 0
    is_cancelled: bool = False


class ScheduledBudget(Record, kw_only=True):
    """A budget that an ad group gets at the start of its account's next day."""

    adgroup_id: str
    budget: float
    due_at: datetime

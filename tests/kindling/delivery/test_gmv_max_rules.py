"""States of GMV Max in words, and its commission."""

from __future__ import annotations

import pytest

from kindling.delivery.gmv_max import rules


@pytest.mark.parametrize(
    ("status", "label", "needs_people"),
    [
        ("IN_QUEUE", "In queue", False), ("LEARNING", "Learning", False), ("DELIVERING", "Delivering", False),
        ("NOT_DELIVERYING", "Not delivering", False), ("AUTHORIZATION_NEEDED", "Authorization needed", True),
        ("EXCLUDED", "Excluded", False), ("UNAVAILABLE", "Unavailable", True), ("REJECTED", "Rejected", True),
        ("NOT_ACTIVE", "Not active", False), ("", "Not told by TikTok", False), ("ON_HOLD", "On hold", False),
    ],
)  # fmt: skip
def test_a_state_has_a_label_and_says_whether_it_needs_people(
    status: str, label: str, needs_people: bool
) -> None:
    found = rules.state_of(status)
    assert (found.label, found.needs_people) == (label, needs_people)
    assert rules.is_known(status) is (status not in {"", "ON_HOLD"})
    has_step = needs_people or status in {"NOT_DELIVERYING", "EXCLUDED", "NOT_ACTIVE"}
    assert (bool(found.next_step), found.next_step.endswith(".")) == (has_step, has_step)


@pytest.mark.parametrize(("status", "runs"), [("ENABLE", True), ("DISABLE", False), ("", True)])
def test_a_campaign_runs_unless_tiktok_says_that_it_is_off(status: str, runs: bool) -> None:
    assert rules.is_running(status) is runs


@pytest.mark.parametrize(
    ("price", "rate", "minor"),
    [(2_900, 1_200, 34_800), (2_900, 0, 0), (None, 1_200, None), (2_900, None, None), (1, 1, 0)],
)
def test_the_commission_of_100_orders_is_unknown_where_price_or_rate_is(
    price: int | None, rate: int | None, minor: int | None
) -> None:
    assert rules.per_100_orders(price, rate) == minor

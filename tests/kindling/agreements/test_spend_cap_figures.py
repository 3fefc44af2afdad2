"""What the figures of ad accounts say of a maximum ad spend: what is known, what is unknown and why, how old it is.

Nothing here is stored: the accounts and the days are as the database and the lake would tell them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from kindling.agreements.models import Agreement
from kindling.agreements.rights import caps
from kindling.agreements.rights.rules import AdRun, CandidateRight, Right, SpendCap
from kindling.workspaces.models import AdAccount

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
END = NOON + 7 * DAY
NOW = NOON + 20 * DAY
ITEM, OTHER = "7561217414655688790", "7561217414655688791"
LONG_AGO = date(2026, 1, 1)


def right(agreement: int, start: datetime, end: datetime, **more: Any) -> CandidateRight:
    covering = Right(paid_allowed=True, starts_at=start, ends_at=end, hold_until=end)
    return CandidateRight(agreement, covering, **{"is_own": True, **more})


CAPPED = caps._CappedAgreement(
    agreement=Agreement(pk=6, title="Spring video"),
    cap_minor=10_000,
    currency="USD",
    spans={ITEM: (NOON, END)},
    candidates={ITEM: [right(6, NOON, END)]},
    item_ids=frozenset({ITEM}),
)


def account(name: str = "Main", *ads: AdRun, **more: Any) -> caps._Account:
    """An ad account with whole figures, and these ads of the post."""
    facts: dict[str, Any] = {
        "missing": [],
        "first_day": LONG_AGO,
        "last_sync": (date(2026, 3, 22), NOW),
        "ads": {ITEM: list(ads)} if ads else {},
        **more,
    }
    return caps._Account(AdAccount(name=name, timezone=facts.pop("zone", "UTC")), **facts)


def spent(minor: int | None, day: int = 5, **more: Any) -> dict[str, Any]:
    """Spend on a day of March."""
    facts = {"account": "a", "item_id": ITEM, "currency": "USD"}
    return {**facts, "day": date(2026, 3, day), "spend_minor": minor, **more}


def measured(
    *rows: dict[str, Any],
    capped: caps._CappedAgreement = CAPPED,
    now: datetime = NOW,
    **accounts: caps._Account,
) -> SpendCap:
    return caps._measure(capped, accounts or {"a": account("Main", AdRun())}, rows, now=now)


class TestWhatWasSpent:
    def test_is_the_sum_of_the_days_of_the_term_of_all_accounts(self) -> None:
        second = account("Second", AdRun())
        rows = [spent(100, 2), spent(20, 9), spent(3, 5, account="b"), spent(4_000, 1)]
        found = measured(*rows, spent(4_000, 10), a=account("Main", AdRun()), b=second)
        assert (found.spent_minor, found.known_minor, found.why_unknown) == (123, 123, "")
        assert (found.agreement, found.title, found.cap_minor, found.currency) == (
            6, "Spring video", 10_000, "USD",
        )  # fmt: skip

    def test_is_of_the_days_of_the_account_s_zone(self) -> None:
        new_york = account("Main", AdRun(), zone="America/New_York")
        late = replace(CAPPED, candidates={ITEM: [right(6, NOON + 15 * timedelta(hours=1), END)]})
        assert measured(spent(7, 2), capped=late, a=new_york).spent_minor == 7
        assert measured(spent(7, 2), capped=late).spent_minor == 0

    def test_is_not_what_posts_of_no_right_or_of_another_one_spent(self) -> None:
        rows = [spent(100), spent(900, item_id=OTHER)]
        assert measured(*rows).spent_minor == 100
        theirs = {ITEM: [right(6, NOON, END), right(9, NOON + 2 * DAY, END + DAY)]}
        shared = replace(CAPPED, candidates=theirs)
        assert measured(spent(1, 3), spent(20, 7), capped=shared).spent_minor == 1

    def test_is_unknown_where_a_part_was_not_told(self) -> None:
        found = measured(spent(100), spent(None, 6))
        assert (found.spent_minor, found.known_minor) == (None, 100)
        assert found.why_unknown == "A part of the ad spend of Main is not known."

    def test_is_unknown_where_some_of_it_is_in_another_currency(self) -> None:
        found = measured(spent(100), spent(5, 6, currency="EUR"))
        assert (found.spent_minor, found.known_minor) == (None, 100)
        assert "Ads of Main spent in EUR; the maximum is in USD, and" in found.why_unknown
        assert measured(spent(100), spent(0, 6, currency="EUR")).spent_minor == 100

    def test_is_unknown_where_a_day_with_spend_is_not_whole(self) -> None:
        over = AdRun(ends_at=NOON - DAY)
        broken = account("Main", over, missing=[date(2026, 3, 5)])
        found = measured(spent(100, 4), spent(7, 5), a=broken)
        assert (found.spent_minor, found.known_minor) == (None, 100)
        assert "Ad figures of Main are missing for some days" in found.why_unknown
        assert measured(spent(100, 4), spent(0, 5), a=broken).spent_minor == 100

    def test_is_unknown_for_the_reason_of_its_spend_before_those_of_its_days(self) -> None:
        found = measured(spent(None), a=account("Main", AdRun(), first_day=None))
        assert found.why_unknown == "A part of the ad spend of Main is not known."

    def test_by_ads_that_are_not_on_record_any_more_may_have_gone_on_to_its_end(self) -> None:
        gap = account("Main", missing=[date(2026, 3, 9)])
        assert "missing for some days" in measured(spent(100), a=gap).why_unknown
        gap = account("Main", missing=[date(2026, 3, 10)])
        assert measured(spent(100), a=gap).spent_minor == 100


class TestWhatFiguresLack:
    def why(self, *ads: AdRun, **more: Any) -> str:
        return measured(a=account("Main", *ads, **more)).why_unknown

    def test_hides_nothing_where_no_ad_of_the_posts_ever_was(self) -> None:
        assert self.why(first_day=None, missing=[date(2026, 3, 5)]) == ""

    def test_is_all_of_it_before_the_first_sync(self) -> None:
        assert self.why(AdRun(), first_day=None) == "Ad figures of Main were not synced yet."

    @pytest.mark.parametrize(
        ("day", "hides"), [(1, False), (2, False), (3, True), (5, True), (6, False), (9, False)]
    )
    def test_matters_on_the_days_on_which_an_ad_can_have_spent(self, day: int, hides: bool) -> None:
        ran = AdRun(made_at=NOON + DAY, ends_at=NOON + 3 * DAY)
        assert bool(self.why(ran, missing=[date(2026, 3, day)])) is hides

    def test_matters_for_each_of_the_ads(self) -> None:
        first = AdRun(made_at=NOON, ends_at=NOON + DAY)
        second = AdRun(made_at=NOON + 4 * DAY, ends_at=NOON + 5 * DAY)
        assert self.why(first, second, missing=[date(2026, 3, 4)]) == ""
        assert "missing for some days" in self.why(first, second, missing=[date(2026, 3, 7)])

    def test_is_nothing_where_the_ads_ran_outside_the_term(self) -> None:
        assert self.why(AdRun(ends_at=NOON - DAY), first_day=None) == ""

    @pytest.mark.parametrize(("day", "hides"), [(9, True), (10, False)])
    def test_does_not_matter_on_the_day_that_a_term_ends_before(
        self, day: int, hides: bool
    ) -> None:
        midnight = datetime(2026, 3, 10, tzinfo=UTC)
        until = replace(CAPPED, spans={ITEM: (NOON, midnight)})
        gap = account("Main", AdRun(), missing=[date(2026, 3, day)])
        assert bool(measured(capped=until, a=gap).why_unknown) is hides

    @pytest.mark.parametrize(("first_day", "hides"), [(2, False), (3, True)])
    def test_is_what_ads_spent_before_the_figures_begin(self, first_day: int, hides: bool) -> None:
        late = AdRun(made_at=NOON + 3 * DAY)
        found = self.why(late, AdRun(made_at=NOON), first_day=date(2026, 3, first_day))
        assert found == (
            "Ad figures of Main begin after the ads did. Sync it from an earlier day."
            if hides
            else ""
        )


class TestAPostThatAnotherRightNames:
    OURS_FIRST = [right(6, NOON, NOON + 2 * DAY), right(9, NOON + 2 * DAY, END)]

    @pytest.mark.parametrize(
        ("rights", "is_ours"),
        [
            (OURS_FIRST, True),
            ([right(9, NOON - DAY, END)], False),
            ([right(9, NOON - DAY, END - 2 * DAY), right(6, NOON, END, is_own=False)], True),
            ([right(9, NOON, END - DAY), right(6, NOON, END, is_own=False)], True),
        ],
    )
    def test_is_looked_at_where_a_day_of_it_was_under_the_maximum(
        self, rights: list[CandidateRight], is_ours: bool
    ) -> None:
        named = replace(CAPPED, candidates={ITEM: rights}, item_ids=frozenset())
        gap = account("Main", AdRun(), first_day=None)
        assert bool(measured(capped=named, a=gap).why_unknown) is is_ours

    def test_is_looked_at_in_any_case_while_it_spends_under_it(self) -> None:
        theirs = replace(CAPPED, candidates={ITEM: [right(9, NOON, END)]})
        gap = account("Main", AdRun(), first_day=None)
        assert measured(capped=theirs, a=gap).why_unknown


class TestHowOldFiguresAre:
    def synced(self, ago: timedelta, *ads: AdRun) -> caps._Account:
        return account("Main", *ads, last_sync=(date(2026, 3, 3), NOW - ago))

    def test_is_the_oldest_sync_of_the_accounts_with_its_ads(self) -> None:
        older = self.synced(timedelta(hours=5), AdRun())
        unused = self.synced(timedelta(days=9))
        assert measured(a=account("Main", AdRun()), b=older, c=unused).as_of == NOW - 5 * (
            timedelta(hours=1)
        )
        assert measured(a=account("Main")).as_of is None
        assert measured(a=account("Main", AdRun(), last_sync=None)).as_of is None

    @pytest.mark.parametrize(("ago", "current"), [(DAY, True), (DAY + SECOND, False)])
    def test_may_be_a_day_while_an_ad_runs(self, ago: timedelta, current: bool) -> None:
        now = NOON + 5 * DAY
        running = account("Main", AdRun(), last_sync=(date(2026, 3, 6), now - ago))
        assert measured(now=now, a=running).is_current is current
        fresh = account("Second", AdRun(), last_sync=(date(2026, 3, 7), now))
        assert measured(now=now, a=running, b=fresh).is_current is current
        assert measured(now=now, a=fresh, b=running).is_current is current

    def test_does_not_matter_once_nothing_can_spend_any_more(self) -> None:
        long_ago = (date(2026, 3, 5), NOON + 3 * DAY)
        for still in (AdRun(is_on=False), AdRun(ends_at=NOON + 3 * DAY)):
            assert measured(a=account("Main", still, last_sync=long_ago)).is_current
            assert not measured(a=account("Main", still, AdRun(), last_sync=long_ago)).is_current
        at_its_end = (date(2026, 3, 9), END)
        assert measured(a=account("Main", AdRun(), last_sync=at_its_end)).is_current
        before = (date(2026, 3, 9), END - SECOND)
        assert not measured(a=account("Main", AdRun(), last_sync=before)).is_current

    def test_does_not_matter_for_ads_that_are_not_on_record_any_more(self) -> None:
        long_ago = (date(2026, 3, 5), NOON + 3 * DAY)
        found = measured(spent(100), a=account("Main", last_sync=long_ago))
        assert (found.is_current, found.as_of) == (True, NOON + 3 * DAY)

"""Terms that start with the first ad spend: with which day, from which instant on, and what starts nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from at_once import at_once
from deals import PAID, Deal, in_library
from hypothesis import given
from hypothesis import strategies as st
from sample_team import Team

from kindling.agreements import service
from kindling.agreements.contract.terms import StartTrigger
from kindling.agreements.models import AgreementVersion, UsageRight
from kindling.agreements.rights.rules import first_spend
from kindling.facts import booking
from kindling.facts import queries as facts
from kindling.kit.time import start_of_day
from kindling.posts.evidence import lanes
from kindling.posts.models import Post
from kindling.workspaces.models import AdAccount, Connection

POST, OTHER = "7561217414655688790", "7561217414655688791"
FROM_SPEND = replace(PAID, start_trigger=StartTrigger.FIRST_SPEND, item_ids=(POST,))
FOR_ALL = replace(FROM_SPEND, item_ids=(), deliverables=2)
DAY = timedelta(days=1)
NEW_YORK, TOKYO = "America/New_York", "Asia/Tokyo"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # of the consent; 7 in the morning in New York
CONSENT_DAY = date(2026, 3, 2)


class TestTheRule:
    def start(self, *days: tuple[date, str], latest: datetime = NOON + 90 * DAY) -> datetime | None:
        return first_spend(days, agreed_at=NOON, latest=latest)

    def test_starts_nothing_without_a_day(self) -> None:
        assert self.start() is None

    def test_starts_with_the_first_instant_of_the_day_in_its_zone(self) -> None:
        later = date(2026, 3, 12)  # in summer time
        assert self.start((later, NEW_YORK)) == datetime(2026, 3, 12, 4, tzinfo=UTC)
        assert self.start((later, TOKYO)) == datetime(2026, 3, 11, 15, tzinfo=UTC)

    def test_starts_with_the_consent_on_its_day(self) -> None:
        assert self.start((CONSENT_DAY, NEW_YORK)) == NOON

    def test_counts_no_day_that_was_over_by_the_consent(self) -> None:
        midnight = start_of_day(CONSENT_DAY, TOKYO)
        days = [(CONSENT_DAY - DAY, TOKYO), (CONSENT_DAY, TOKYO)]
        assert first_spend(days[:1], agreed_at=midnight, latest=NOON + DAY) is None
        assert first_spend(days, agreed_at=midnight, latest=NOON + DAY) == midnight

    def test_starts_nothing_once_its_time_has_passed(self) -> None:
        day = date(2026, 3, 12)
        start = start_of_day(day, NEW_YORK)
        assert self.start((day, NEW_YORK), latest=start) is None
        assert self.start((day, NEW_YORK), latest=start + timedelta(seconds=1)) == start

    @given(
        st.lists(
            st.tuples(
                st.dates(date(2026, 2, 1), date(2026, 7, 1)), st.sampled_from([NEW_YORK, TOKYO])
            )
        )
    )
    def test_is_never_before_the_consent_and_never_after_any_day_that_counts(
        self, days: list[tuple[date, str]]
    ) -> None:
        found = self.start(*days)
        assert found == self.start(*reversed(days))
        after = [each for each in days if start_of_day(each[0], each[1]) >= NOON]
        if found is not None:
            assert NOON <= found < NOON + 90 * DAY
            assert all(found <= start_of_day(*each) for each in after)
        else:
            assert all(start_of_day(*each) >= NOON + 90 * DAY for each in after)


def account_of(deal: Deal, number: str = "7012", zone: str = NEW_YORK) -> AdAccount:
    connection, _ = Connection.objects.get_or_create(
        workspace=deal.workspace, name="Sample", defaults={"base_url": "http://127.0.0.1"}
    )
    return AdAccount.objects.create(
        workspace=deal.workspace, connection=connection, advertiser_id=number,
        name=f"Account {number}", currency="USD", timezone=zone,
    )  # fmt: skip


def book(account: AdAccount, spends: dict[date, int | None], item_id: str = POST) -> None:
    rows = [
        {
            "account": account.lake_key, "month": f"{day:%Y-%m}", "day": day, "ad_id": item_id[-4:],
            "item_id": item_id, "currency": "USD", "spend_minor": spent,
        }
        for day, spent in spends.items()
    ]  # fmt: skip
    first, last = min(spends), max(spends)
    booking.book_ad_days(account.lake_key, first, last, rows, at=NOON)


def note(deal: Deal) -> int:
    return service.note_spend(deal.workspace, now=deal.now)


def right_of(version: AgreementVersion, item_id: str = POST) -> UsageRight:
    return UsageRight.objects.get(version=version, item_id=item_id)


class TestATermFromTheFirstSpend:
    def test_starts_with_the_first_day_with_spend(self, deal: Deal) -> None:
        version, account = deal.agreed(FROM_SPEND), account_of(deal)
        deal.clock.pass_by(days=20)
        book(account, {date(2026, 3, 10): 0, date(2026, 3, 11): 1, date(2026, 3, 12): 500})
        assert note(deal) == 1
        right, start = right_of(version), start_of_day(date(2026, 3, 11), NEW_YORK)
        assert (right.starts_at, right.ends_at) == (start, start + 30 * DAY)
        assert (right.hold_until, right.awaits_first_spend) == (start + 30 * DAY, False)

    def test_does_not_start_with_an_ad(self, deal: Deal) -> None:
        """Seen by reading: the first ad's making started it, weeks before the consent to a term of 30 days."""
        in_library(deal, POST)
        version = deal.agreed(FROM_SPEND)
        lanes.note_boosts(deal.workspace, {POST: deal.now - 60 * DAY})
        right = right_of(version)
        assert right.awaits_first_spend
        assert right.starts_at == NOON

    def test_does_not_start_by_an_ad_that_never_spent(self, deal: Deal) -> None:
        version, account = deal.agreed(FROM_SPEND), account_of(deal)
        deal.clock.pass_by(days=5)
        book(account, {date(2026, 3, 4): 0, date(2026, 3, 5): None})
        assert note(deal) == 0
        assert right_of(version).awaits_first_spend

    def test_does_not_start_by_spend_before_the_consent(self, deal: Deal) -> None:
        account = account_of(deal)
        book(account, {date(2026, 2, 1): 500, date(2026, 3, 1): 500})
        version = deal.agreed(FROM_SPEND)
        deal.clock.pass_by(days=5)
        assert note(deal) == 0
        book(account, {date(2026, 3, 5): 500})
        assert note(deal) == 1
        assert right_of(version).starts_at == start_of_day(date(2026, 3, 5), NEW_YORK)

    def test_starts_with_the_consent_where_ads_spent_on_its_day(self, deal: Deal) -> None:
        version, account = deal.agreed(FROM_SPEND), account_of(deal)
        book(account, {CONSENT_DAY: 500})
        note(deal)
        assert (right_of(version).starts_at, right_of(version).ends_at) == (NOON, NOON + 30 * DAY)

    def test_does_not_move_when_it_is_told_again(self, deal: Deal) -> None:
        version, account = deal.agreed(FROM_SPEND), account_of(deal)
        deal.clock.pass_by(days=20)
        book(account, {date(2026, 3, 11): 500})
        note(deal)
        start = right_of(version).starts_at
        book(account, {date(2026, 3, 5): 500, date(2026, 3, 20): 500})
        assert note(deal) == 0
        assert right_of(version).starts_at == start

    def test_goes_by_the_ad_account_whose_day_came_first(self, deal: Deal) -> None:
        version = deal.agreed(FROM_SPEND)
        deal.clock.pass_by(days=20)
        for number, zone in (("7012", NEW_YORK), ("7013", TOKYO)):
            book(account_of(deal, number, zone), {date(2026, 3, 11): 500})
        note(deal)
        assert right_of(version).starts_at == start_of_day(date(2026, 3, 11), TOKYO)

    def test_is_not_that_of_another_workspaces_spend(self, deal: Deal) -> None:
        version = deal.agreed(FROM_SPEND)
        booking.book_ad_days(
            "sample-9", CONSENT_DAY, CONSENT_DAY,
            [
                {
                    "account": "sample-9", "month": "2026-03", "day": CONSENT_DAY, "ad_id": "1",
                    "item_id": POST, "currency": "USD", "spend_minor": 500,
                }
            ],
            at=NOON,
        )  # fmt: skip
        account_of(deal)
        assert note(deal) == 0
        assert right_of(version).awaits_first_spend

    def test_starts_in_each_agreement_that_names_the_post(self, deal: Deal) -> None:
        first, account = deal.agreed(FROM_SPEND), account_of(deal)
        deal.clock.pass_by(days=10)
        second = deal.agreed(FROM_SPEND)
        book(account, {date(2026, 3, 5): 500, date(2026, 3, 12): 500})
        assert note(deal) == 2
        assert right_of(first).starts_at == start_of_day(date(2026, 3, 5), NEW_YORK)
        assert right_of(second).starts_at == NOON + 10 * DAY

    def test_of_a_replaced_version_is_left_alone(self, deal: Deal) -> None:
        first, account = deal.agreed(FROM_SPEND), account_of(deal)
        deal.clock.pass_by(days=5)
        terms = replace(FROM_SPEND, final_approval=True)
        draft = service.revise(deal.manager, first.agreement, terms=terms, at=deal.now)
        second = deal.consent(service.offer(deal.manager, draft, at=deal.now))
        deal.clock.pass_by(days=5)
        book(account, {date(2026, 3, 4): 500, date(2026, 3, 9): 500})
        note(deal)
        assert right_of(first).awaits_first_spend
        assert right_of(second).starts_at == start_of_day(date(2026, 3, 9), NEW_YORK)

    def test_starts_once_where_two_tell_at_the_same_moment(self, deal: Deal) -> None:
        version, account = deal.agreed(FOR_ALL), account_of(deal)
        in_library(deal, POST)
        deal.clock.pass_by(days=20)
        book(account, {date(2026, 3, 11): 500})
        assert sorted(at_once(lambda: note(deal), lambda: note(deal))) == [0, 1]
        assert right_of(version).starts_at == start_of_day(date(2026, 3, 11), NEW_YORK)

    @pytest.mark.parametrize(
        "meanwhile", [{"superseded_at": NOON}, {"awaits_first_spend": False}], ids=str
    )
    def test_is_left_alone_where_it_was_replaced_or_renewed_since_it_was_read(
        self, deal: Deal, monkeypatch: pytest.MonkeyPatch, meanwhile: dict[str, object]
    ) -> None:
        version, account = deal.agreed(FROM_SPEND), account_of(deal)
        deal.clock.pass_by(days=20)
        book(account, {date(2026, 3, 11): 500})
        read = facts.spend_of_posts

        def read_late(*given: Any, **known: Any) -> list[dict[str, Any]]:
            UsageRight.objects.update(**meanwhile)
            return read(*given, **known)

        monkeypatch.setattr(facts, "spend_of_posts", read_late)
        assert note(deal) == 0
        assert right_of(version).starts_at == NOON


class TestAGeneralTermFromTheFirstSpend:
    def test_gives_each_post_with_spend_its_own_and_waits_on(self, deal: Deal) -> None:
        version, account = deal.agreed(FOR_ALL), account_of(deal)
        in_library(deal, POST, OTHER)
        deal.clock.pass_by(days=20)
        book(account, {date(2026, 3, 11): 500})
        assert note(deal) == 1
        assert not right_of(version).awaits_first_spend
        assert right_of(version, "").awaits_first_spend
        assert not UsageRight.objects.filter(item_id=OTHER).exists()
        assert note(deal) == 0

    def test_leaves_a_post_alone_that_a_right_names(self, deal: Deal) -> None:
        """Else a second telling would start a term of one agreement by the spend of another."""
        own, account = deal.agreed(FROM_SPEND), account_of(deal)
        deal.agreed(FOR_ALL)
        in_library(deal, POST)
        deal.clock.pass_by(days=20)
        book(account, {date(2026, 3, 11): 500})
        assert [note(deal), note(deal)] == [1, 0]
        assert UsageRight.objects.get(item_id=POST) == right_of(own)

    def test_is_that_of_the_oldest_of_two_agreements(self, deal: Deal) -> None:
        first, account = deal.agreed(FOR_ALL), account_of(deal)
        deal.agreed(FOR_ALL)
        in_library(deal, POST)
        book(account, {CONSENT_DAY: 500})
        assert [note(deal), note(deal)] == [1, 0]
        assert UsageRight.objects.get(item_id=POST) == right_of(first)

    def test_is_not_of_another_creators_post(self, deal: Deal) -> None:
        deal.agreed(FOR_ALL)
        book(account_of(deal), {CONSENT_DAY: 500})
        assert note(deal) == 0  # in no library, so it is nobody's


class TestTheFirstAdOfAPost:
    def test_is_the_earliest_that_was_told_of(self, deal: Deal) -> None:
        in_library(deal, POST)
        early, late = NOON - 9 * DAY, NOON - 2 * DAY
        for moment in (late, early, late):
            lanes.note_boosts(deal.workspace, {POST: moment})
        assert Post.objects.get().first_boosted_at == early

    def test_stays_where_another_sync_tells_of_an_earlier_one_meanwhile(self, deal: Deal) -> None:
        in_library(deal, POST)
        early, late = NOON - 9 * DAY, NOON - 2 * DAY

        class ToldMeanwhile(dict[str, datetime]):
            def __getitem__(self, item_id: str) -> datetime:
                lanes.note_boosts(deal.workspace, {POST: early})
                return super().__getitem__(item_id)

        lanes.note_boosts(deal.workspace, ToldMeanwhile({POST: late}))
        assert Post.objects.get().first_boosted_at == early


@pytest.mark.slow
def test_a_sync_starts_the_term_with_the_first_day_of_its_report(team: Team) -> None:
    (post,) = team.launchable(1, days=30)
    assert team.apply(team.approved([post])).state == "applied"
    terms = replace(FROM_SPEND, item_ids=(post.item_id,), currency=team.workspace.currency)
    draft = service.create(team.manager, post.creator, title="Ads", terms=terms, at=team.now)
    version = service.offer(team.manager, draft, at=team.now)
    agreed_at = team.now
    service.consent(version, as_name="Ana", ip="192.0.2.7", agent="Sample", at=agreed_at)
    team.read()
    assert right_of(version, post.item_id).awaits_first_spend  # its ad has not spent yet
    team.sandbox.advance(days=3)
    team.read()
    days = facts.spend_by_post(team.account.lake_key, date(2000, 1, 1), date(2999, 1, 1))[
        post.item_id
    ]
    first = min(day for day, spent in days.items() if spent)
    begin = start_of_day(first, team.account.timezone)
    right = right_of(version, post.item_id)
    assert (right.starts_at, right.awaits_first_spend) == (max(begin, agreed_at), False)

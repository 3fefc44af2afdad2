"""The most that ads may spend under an agreement: what counts, what is not known, and who gets to know."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import pytest
from deals import PAID, Deal, in_library
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from kindling.agreements import service
from kindling.agreements.contract.terms import StartTrigger, Terms
from kindling.agreements.models import AgreementVersion, UsageRight
from kindling.agreements.rights import caps
from kindling.agreements.rights.rules import SpendCap
from kindling.creators.models import Creator
from kindling.delivery.models import Ad, AdGroup, Campaign
from kindling.facts import booking
from kindling.facts.models import SyncedDay
from kindling.facts.schema import LakeDamagedError, LakeMismatchError
from kindling.notices.models import Notice
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import AdAccount, Connection

POST, OTHER = "7561217414655688790", "7561217414655688791"
CAPPED = replace(
    PAID, item_ids=(POST, OTHER), spend_cap_minor=10_000,
    start_trigger=StartTrigger.DATE, start_on=date(2026, 3, 2),
)  # fmt: skip
DAY = timedelta(days=1)
FIRST = date(2026, 3, 1)  # the day before the term, in the ad account's zone


def day(number: int) -> date:
    """A day of the ad account, 1 being the first of the term."""
    return FIRST + timedelta(days=number)


@pytest.fixture
def account(deal: Deal) -> AdAccount:
    return account_of(deal)


def account_of(deal: Deal, currency: str = "USD", number: str = "7012") -> AdAccount:
    connection, _ = Connection.objects.get_or_create(
        workspace=deal.workspace, name="Sample", defaults={"base_url": "http://127.0.0.1"}
    )
    return AdAccount.objects.create(
        workspace=deal.workspace, connection=connection, advertiser_id=number,
        name=f"Account {number}", currency=currency, timezone="America/New_York",
    )  # fmt: skip


def ad_of(account: AdAccount, deal: Deal, item_id: str = POST, *, made: datetime) -> Ad:
    common: dict[str, Any] = {"ad_account": account, "operation_status": "ENABLE", "seen_at": made}
    campaign, _ = Campaign.objects.get_or_create(campaign_id="1", defaults={"name": "c", **common})
    group = AdGroup.objects.create(adgroup_id=item_id, campaign=campaign, name="g", **common)
    return Ad.objects.create(
        ad_id=item_id[-4:], adgroup=group, name="a", item_id=item_id, created_at=made, **common
    )


def book(
    account: AdAccount, spends: dict[int, int], *, at: datetime, item_id: str = POST, last: int = 0
) -> None:
    """All days from 0 or the first one with these spends in minor units; days that are not named have none."""
    rows = [
        {
            "account": account.lake_key, "month": f"{day(number):%Y-%m}", "day": day(number),
            "ad_id": item_id[-4:], "item_id": item_id, "currency": account.currency,
            "spend_minor": spent,
        }
        for number, spent in spends.items()
    ]  # fmt: skip
    first, last = min([0, *spends]), max([last, *spends])
    booking.book_ad_days(account.lake_key, day(first), day(last), rows, at=at)


@pytest.fixture
def version(deal: Deal) -> AgreementVersion:
    return deal.agreed(CAPPED)


@pytest.fixture
def running(deal: Deal, account: AdAccount, version: AgreementVersion) -> Ad:
    """An ad made when the agreement was, four days ago."""
    ad = ad_of(account, deal, made=deal.now)
    deal.clock.pass_by(days=4)
    return ad


def cap(version: AgreementVersion, deal: Deal) -> SpendCap:
    found = caps.cap_of(version.agreement, now=deal.now)
    assert found is not None
    return found


def told(deal: Deal) -> int:
    return caps.tell_near(
        deal.workspace, caps.caps_of(deal.workspace, now=deal.now).values(), now=deal.now
    )


class TestACap:
    def test_is_none_where_none_is_agreed(self, deal: Deal) -> None:
        assert (
            caps.cap_of(deal.agreed(replace(CAPPED, spend_cap_minor=None)).agreement, now=deal.now)
            is None
        )
        assert caps.caps_of(deal.workspace, now=deal.now) == {}

    def test_is_whole_before_any_ad(
        self, deal: Deal, account: AdAccount, version: AgreementVersion
    ) -> None:
        found = cap(version, deal)
        assert (found.spent_minor, found.percent, found.doubt, found.as_of) == (0, 0, "", None)
        assert str(found.left) == "$100.00"

    @pytest.mark.slow
    def test_counts_the_days_of_the_term_of_all_its_posts(
        self, deal: Deal, account: AdAccount, running: Ad, version: AgreementVersion
    ) -> None:
        book(account, {-1: 5_000, 0: 500, 1: 1_000, 3: 2_050}, at=deal.now, last=5)
        found = cap(version, deal)  # which begins in the evening of day 0
        assert (found.spent_minor, found.percent, found.is_near) == (3_550, 35, False)
        assert (found.as_of, found.doubt) == (deal.now, "")

    def test_counts_what_was_spent_under_versions_before(
        self, deal: Deal, account: AdAccount, running: Ad, version: AgreementVersion
    ) -> None:
        book(account, {1: 3_000}, at=deal.now, last=5)
        later = replace(CAPPED, spend_cap_minor=4_000, start_on=date(2026, 3, 4))
        revised = service.revise(deal.manager, version.agreement, terms=later, at=deal.now)
        deal.consent(service.offer(deal.manager, revised, at=deal.now))
        found = cap(version, deal)
        assert (found.cap_minor, found.spent_minor, found.percent) == (4_000, 3_000, 75)

    @pytest.mark.slow
    def test_of_all_posts_counts_a_post_until_another_right_names_it(
        self, deal: Deal, account: AdAccount
    ) -> None:
        version = deal.agreed(replace(CAPPED, item_ids=()))
        in_library(deal, POST)
        ad_of(account, deal, made=deal.now)
        deal.agreed(
            Terms(item_ids=(POST,), start_trigger=StartTrigger.DATE, start_on=date(2026, 3, 4))
        )
        deal.clock.pass_by(days=4)
        book(account, {1: 700, 2: 80, 3: 9, 4: 5_000}, at=deal.now, last=5)
        found = cap(version, deal)  # day 2 is the last that begins under it
        assert (found.spent_minor, found.item_ids) == (780, frozenset())

    @pytest.mark.slow
    def test_of_all_posts_leaves_out_those_another_right_names(
        self, deal: Deal, account: AdAccount
    ) -> None:
        general = replace(CAPPED, item_ids=())
        version = deal.agreed(general)
        in_library(deal, POST, OTHER)
        for item_id in (POST, OTHER):
            ad_of(account, deal, item_id, made=deal.now)
        deal.agreed(
            Terms(item_ids=(OTHER,), start_trigger=StartTrigger.DATE, start_on=date(2026, 3, 2))
        )
        deal.clock.pass_by(days=4)
        book(account, {1: 700}, at=deal.now, item_id=POST, last=5)
        assert cap(version, deal).spent_minor == 700
        found = caps.caps_of_posts(
            deal.workspace, [(deal.creator.pk, POST), (deal.creator.pk, OTHER)], now=deal.now
        )
        assert set(found) == {POST}

    def test_of_all_posts_has_a_post_back_that_another_agreement_names_no_longer(
        self, deal: Deal, account: AdAccount
    ) -> None:
        version = deal.agreed(replace(CAPPED, item_ids=()))
        in_library(deal, POST, OTHER)
        ad_of(account, deal, made=deal.now)
        terms = Terms(item_ids=(POST,), start_trigger=StartTrigger.DATE, start_on=date(2026, 3, 2))
        other = deal.agreed(terms)
        deal.clock.pass_by(days=2)
        draft = service.revise(
            deal.manager, other.agreement, terms=replace(terms, item_ids=(OTHER,)), at=deal.now
        )
        deal.consent(service.offer(deal.manager, draft, at=deal.now))
        deal.clock.pass_by(days=2)
        book(account, {1: 700, 4: 80}, at=deal.now, last=5)
        found = cap(version, deal)  # day 4 is the first that begins without the other right
        assert (found.spent_minor, found.item_ids) == (80, frozenset({POST}))

    def test_is_of_one_workspace(self, deal: Deal, version: AgreementVersion) -> None:
        other = Creator.objects.get(pk=deal.creator.pk).workspace
        other.pk = None
        other.slug = "other"
        other.save()
        assert caps.caps_of(other, [version.agreement_id], now=deal.now) == {}


class TestASpendThatIsNotKnown:
    """Unknown never stops and is never 0."""

    def test_because_days_are_missing(
        self, deal: Deal, account: AdAccount, running: Ad, version: AgreementVersion
    ) -> None:
        book(account, {1: 9_999}, at=deal.now, last=5)
        SyncedDay.objects.filter(day=day(2)).update(rows=3)
        found = cap(version, deal)
        assert (found.spent_minor, found.percent, found.left) == (None, None, None)
        assert (found.known_minor, found.is_reached) == (9_999, False)
        assert found.to_json()["known"] == {"amount": "99.99", "currency": "USD"}
        assert "missing" in found.doubt

    def test_because_days_are_missing_on_which_a_post_of_another_right_was_still_under_it(
        self, deal: Deal, account: AdAccount
    ) -> None:
        version = deal.agreed(replace(CAPPED, item_ids=()))
        in_library(deal, POST)
        ad_of(account, deal, made=deal.now)
        deal.agreed(
            Terms(item_ids=(POST,), start_trigger=StartTrigger.DATE, start_on=date(2026, 3, 4))
        )
        deal.clock.pass_by(days=4)
        book(account, {}, at=deal.now, last=5)
        assert cap(version, deal).spent_minor == 0
        SyncedDay.objects.filter(day=day(1)).update(rows=3)
        assert "missing" in cap(version, deal).doubt

    def test_counts_no_day_that_is_missing_towards_what_is_known(
        self, deal: Deal, account: AdAccount, running: Ad, version: AgreementVersion
    ) -> None:
        book(account, {1: 4_000, 2: 20_000}, at=deal.now, last=5)
        SyncedDay.objects.filter(day=day(2)).update(rows=3)
        found = cap(version, deal)
        assert (found.spent_minor, found.known_minor, found.is_reached) == (None, 4_000, False)

    def test_does_not_hide_that_what_is_known_reaches_it(
        self,
        deal: Deal,
        desk: Client,
        account: AdAccount,
        running: Ad,
        version: AgreementVersion,
    ) -> None:
        book(account, {1: 20_000}, at=deal.now, last=5)
        SyncedDay.objects.filter(day=day(2)).update(rows=3)
        euros = account_of(deal, "EUR", "7013")
        book(euros, {1: 1}, at=deal.now, last=5)
        found = cap(version, deal)
        assert (found.spent_minor, found.known_minor, found.is_reached) == (None, 20_000, True)
        assert found.doubt
        page = desk.get(f"/w/sample-shop/agreements/{version.agreement_id}/").content.decode()
        for words in ("at least $200.00", "The maximum is reached."):
            assert words in page

    def test_because_it_is_in_another_currency(
        self, deal: Deal, account: AdAccount, running: Ad, version: AgreementVersion
    ) -> None:
        book(account, {1: 9_999}, at=deal.now, last=5)
        euros = account_of(deal, "EUR", "7013")
        book(euros, {1: 1}, at=deal.now, last=5)
        found = cap(version, deal)
        assert (found.spent_minor, found.known_minor, found.is_reached) == (None, 9_999, False)
        assert "never converted" in found.doubt

    def test_because_its_ad_account_was_never_synced(
        self, deal: Deal, running: Ad, version: AgreementVersion
    ) -> None:
        assert "not synced yet" in cap(version, deal).doubt

    def test_because_the_figures_begin_after_the_ads(
        self, deal: Deal, account: AdAccount, running: Ad, version: AgreementVersion
    ) -> None:
        booking.book_ad_days(account.lake_key, day(4), day(5), [], at=deal.now)
        assert "begin after" in cap(version, deal).doubt
        Ad.objects.update(created_at=deal.now)
        assert cap(version, deal).spent_minor == 0

    @pytest.mark.parametrize("reader", ["facts.spend_of_posts", "gaps.ad_days_missing"])
    @pytest.mark.parametrize(
        "failure",
        [
            LakeDamagedError("ad_days", "gone"),
            LakeMismatchError("The lake is of a newer Kindling."),
            OSError("no route to the store"),
            MemoryError(),
            duckdb.OutOfMemoryException("too many figures"),
        ],
        ids=lambda each: type(each).__name__,
    )
    def test_because_the_lake_cannot_be_read(
        self,
        deal: Deal,
        running: Ad,
        version: AgreementVersion,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
        failure: Exception,
        reader: str,
    ) -> None:
        def broken(*_: object, **__: object) -> None:
            raise failure

        module, name = reader.split(".")
        monkeypatch.setattr(getattr(caps, module), name, broken)
        found = cap(version, deal)
        assert "cannot be read" in found.doubt
        assert (found.spent_minor, found.is_reached) == (None, False)
        assert "cannot be read" in caplog.text

    def test_is_not_what_a_failing_database_means(
        self, deal: Deal, running: Ad, version: AgreementVersion, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: object, **__: object) -> None:
            raise OperationalError

        monkeypatch.setattr(caps.gaps, "last_syncs", broken)
        with pytest.raises(OperationalError):
            cap(version, deal)

    def test_well_enough_because_it_is_old(
        self, deal: Deal, account: AdAccount, running: Ad, version: AgreementVersion
    ) -> None:
        book(account, {1: 500}, at=deal.now - timedelta(hours=24), last=5)
        assert cap(version, deal).is_current
        deal.clock.pass_by(seconds=1)
        found = cap(version, deal)
        assert (found.spent_minor, found.is_current) == (500, False)
        assert "more than a day ago" in found.doubt
        Ad.objects.update(operation_status="DISABLE")
        assert cap(version, deal).is_current

    def test_is_not_unknown_for_gaps_of_an_account_without_its_ads(
        self, deal: Deal, account: AdAccount, running: Ad, version: AgreementVersion
    ) -> None:
        book(account, {1: 500}, at=deal.now, last=5)
        other = account_of(deal, number="7014")
        book(other, {1: 9}, at=deal.now, item_id="1" * 19, last=5)
        SyncedDay.objects.filter(account=other.lake_key, day=day(1)).update(rows=3)
        assert cap(version, deal).spent_minor == 500


class TestAnAdAccountThatNobodyCanSyncAnyMore:
    """What it lacks is unknown only for days on which its ads can have spent."""

    @pytest.mark.parametrize(
        ("end", "is_current"), [(3, True), (5, True), (6, False), (90, False), (None, False)]
    )
    def test_is_current_once_its_ads_had_ended_by_their_schedule(
        self,
        deal: Deal,
        account: AdAccount,
        running: Ad,
        version: AgreementVersion,
        end: int | None,
        is_current: bool,
    ) -> None:
        book(account, {1: 500}, at=deal.now, last=5)  # on day 5
        ends_at = None if end is None else datetime(2026, 3, 1, 12, tzinfo=UTC) + end * DAY
        AdGroup.objects.update(ends_at=ends_at)
        deal.clock.pass_by(days=30)
        found = cap(version, deal)
        assert (found.spent_minor, found.is_current) == (500, is_current)

    @pytest.mark.parametrize("model", [Ad, AdGroup, Campaign])
    @pytest.mark.parametrize("change", [{"operation_status": "DISABLE"}, {"is_gone": True}])
    def test_is_current_once_its_ads_were_off(
        self,
        deal: Deal,
        account: AdAccount,
        running: Ad,
        version: AgreementVersion,
        model: Any,
        change: dict[str, Any],
    ) -> None:
        book(account, {1: 500}, at=deal.now, last=5)
        deal.clock.pass_by(days=2)
        assert not cap(version, deal).is_current
        model.objects.update(**change)
        assert cap(version, deal).is_current

    def test_is_current_where_the_ads_that_spent_are_not_on_record_any_more(
        self, deal: Deal, account: AdAccount, running: Ad, version: AgreementVersion
    ) -> None:
        book(account, {1: 500}, at=deal.now, last=5)
        deal.clock.pass_by(days=2)
        Ad.objects.all().delete()
        found = cap(version, deal)
        assert (found.spent_minor, found.is_current) == (500, True)

    def test_is_current_once_the_term_was_over(
        self, deal: Deal, account: AdAccount, running: Ad, version: AgreementVersion
    ) -> None:
        book(account, {1: 500}, at=deal.now, last=5)
        UsageRight.objects.update(ends_at=deal.now)
        deal.clock.pass_by(days=30)
        assert cap(version, deal).doubt == ""

    @pytest.mark.parametrize(("ends_on", "spent"), [(2, 500), (3, None)])
    def test_lacks_nothing_after_its_ads_had_ended(
        self,
        deal: Deal,
        account: AdAccount,
        running: Ad,
        version: AgreementVersion,
        ends_on: int,
        spent: int | None,
    ) -> None:
        AdGroup.objects.update(ends_at=datetime(2026, 3, 1 + ends_on, 18, tzinfo=UTC))
        book(account, {1: 500}, at=deal.now, last=5)
        SyncedDay.objects.filter(day=day(3)).update(rows=3)
        assert cap(version, deal).spent_minor == spent

    def test_lacks_a_day_that_holds_a_part_of_its_figures_whatever_is_on_record_of_its_ads(
        self, deal: Deal, account: AdAccount, running: Ad, version: AgreementVersion
    ) -> None:
        AdGroup.objects.update(ends_at=datetime(2026, 3, 3, 18, tzinfo=UTC))
        book(account, {1: 500, 3: 20}, at=deal.now, last=5)
        SyncedDay.objects.filter(day=day(3)).update(rows=3)
        assert (cap(version, deal).spent_minor, cap(version, deal).known_minor) == (None, 500)

    @pytest.mark.parametrize(("made_on", "spent"), [(3, None), (4, 0)])
    def test_lacks_nothing_before_its_ads_were_made(
        self,
        deal: Deal,
        account: AdAccount,
        running: Ad,
        version: AgreementVersion,
        made_on: int,
        spent: int | None,
    ) -> None:
        Ad.objects.update(created_at=datetime(2026, 3, 1 + made_on, 18, tzinfo=UTC))
        book(account, {}, at=deal.now, last=5)
        SyncedDay.objects.filter(day=day(3)).update(rows=3)
        assert cap(version, deal).spent_minor == spent

    def test_that_was_never_synced_lacks_nothing_where_its_ads_had_ended_before_the_term(
        self, deal: Deal, running: Ad, version: AgreementVersion
    ) -> None:
        Ad.objects.update(created_at=datetime(2026, 2, 1, tzinfo=UTC))
        AdGroup.objects.update(ends_at=datetime(2026, 3, 1, 6, tzinfo=UTC))
        assert "not synced yet" in cap(version, deal).doubt  # the term begins later that day
        AdGroup.objects.update(ends_at=datetime(2026, 3, 1, 5, tzinfo=UTC))
        assert cap(version, deal).doubt == ""


class TestADayOnWhichOneAgreementFollowsAnother:
    """Of two spans in a row a day counts whole under the earlier one that it touches, where the ad account is."""

    @pytest.mark.parametrize(
        ("hour", "older", "newer"),  # UTC; New York is five hours behind
        [(4, 100, 2_300), (5, 100, 2_300), (6, 300, 2_100), (17, 300, 2_100), (28, 300, 2_100)],
    )
    def test_counts_under_one_of_them(
        self,
        deal: Deal,
        account: AdAccount,
        running: Ad,
        version: AgreementVersion,
        hour: int,
        older: int,
        newer: int,
    ) -> None:
        other = deal.agreed(CAPPED)
        change = datetime(2026, 3, 3, tzinfo=UTC) + timedelta(hours=hour)
        UsageRight.objects.filter(version=version).update(ends_at=change)
        UsageRight.objects.filter(version=other).update(starts_at=change)
        book(account, {1: 100, 2: 200, 3: 2_100}, at=deal.now, last=5)
        found = caps.caps_of(deal.workspace, now=deal.now)
        assert found[version.agreement_id].spent_minor == older
        assert found[other.agreement_id].spent_minor == newer


class TestFourFifths:
    @pytest.mark.slow
    def test_are_said_once(
        self, deal: Deal, account: AdAccount, running: Ad, version: AgreementVersion
    ) -> None:
        book(account, {1: 7_999}, at=deal.now, last=5)
        assert told(deal) == 0
        book(account, {1: 8_000}, at=deal.now, last=5)
        assert told(deal) == 1
        notice = Notice.objects.get(key__startswith="cap-")
        assert "80 %" in notice.title
        assert "$80.00 of $100.00" in notice.title
        Notice.objects.update(done_at=deal.now)
        assert told(deal) == 0

    @pytest.mark.slow
    def test_are_said_of_what_is_known_as_the_least_that_was_spent(
        self, deal: Deal, account: AdAccount, running: Ad, version: AgreementVersion
    ) -> None:
        book(account, {1: 7_999}, at=deal.now, last=5)
        SyncedDay.objects.filter(day=day(2)).update(rows=3)
        assert told(deal) == 0
        book(account, {1: 8_250}, at=deal.now, last=5)
        SyncedDay.objects.filter(day=day(2)).update(rows=3)
        assert told(deal) == 1
        assert Notice.objects.get(key__startswith="cap-").title == (
            "At least 82 % of the maximum ad spend of “Spring video” is spent: at least $82.50 of $100.00."
        )
        SyncedDay.objects.filter(day=day(2)).update(rows=0)
        assert told(deal) == 0  # said once, however much of it was known

    def test_of_what_is_not_known_are_not_said(
        self, deal: Deal, running: Ad, version: AgreementVersion
    ) -> None:
        assert told(deal) == 0


class TestABurnDown:
    @pytest.mark.parametrize(
        ("cap_minor", "spent", "percent", "left", "is_near", "is_reached"),
        [
            (100, 0, 0, 100, False, False),
            (100, 79, 79, 21, False, False),
            (100, 80, 80, 20, True, False),
            (100, 99, 99, 1, True, False),
            (100, 100, 100, 0, True, True),
            (100, 130, 130, 0, True, True),
            (0, 0, 100, 0, True, True),
        ],
    )
    def test_is_of_whole_percent(
        self, cap_minor: int, spent: int, percent: int, left: int, is_near: bool, is_reached: bool
    ) -> None:
        found = SpendCap(1, "Sample", cap_minor, "USD", spent)
        assert (found.percent, found.left.minor if found.left else None) == (percent, left)
        assert (found.is_near, found.is_reached) == (is_near, is_reached)

    @pytest.mark.slow
    def test_is_on_the_page_and_in_the_api(
        self, deal: Deal, desk: Client, account: AdAccount, running: Ad, version: AgreementVersion
    ) -> None:
        book(account, {1: 8_000}, at=deal.now, last=5)
        page = desk.get(f"/w/sample-shop/agreements/{version.agreement_id}/").content.decode()
        for words in ("Maximum ad spend", "$80.00", "$20.00", "80 %"):
            assert words in page
        in_library(deal, POST)
        page = desk.get(reverse("profiles:post", args=["sample-shop", POST])).content.decode()
        for words in ("Maximum ad spend", "$80.00", "Spring video"):
            assert words in page
        token = workspaces.issue_token(deal.manager, name="test", at=deal.now)
        api = Client(headers={"Authorization": f"Bearer {token}"})
        answer = api.get(f"/api/v1/agreements/{version.agreement_id}").json()
        assert (answer["spend_cap"]["percent"], answer["spend_cap"]["why_unknown"]) == (80, None)
        assert cap(version, deal).to_json() == {
            "cap": {"amount": "100.00", "currency": "USD"},
            "spent": {"amount": "80.00", "currency": "USD"},
            "known": {"amount": "80.00", "currency": "USD"},
            "left": {"amount": "20.00", "currency": "USD"},
            "percent": 80,
            "as_of": deal.now.isoformat(),
            "why_unknown": None,
        }

    def test_goes_with_the_right(self, deal: Deal, version: AgreementVersion) -> None:
        assert {each.spend_cap_minor for each in UsageRight.objects.all()} == {10_000}

"""Lists of permissions: what they cost, how they filter, and that the index over the clocks keeps up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kindling import clock
from kindling.agreements.models import UsageRight
from kindling.agreements.rights.rules import ClockName
from kindling.authorizations import feeds, service
from kindling.authorizations.codes import intake as intakes
from kindling.authorizations.lifecycle import daily, transitions
from kindling.authorizations.lifecycle.rules import (
    LOST,
    Gap,
    State,
    gap_between,
    lead_due,
    reminder_due,
)
from kindling.authorizations.models import Authorization, AuthorizationEvent, Intake
from kindling.creators.models import Creator
from kindling.errors import NotFoundError
from kindling.facts import booking
from kindling.facts.models import SyncedDay
from kindling.jobs.models import Intent
from kindling.kit.money import Money
from kindling.notices import service as notices
from kindling.notices.models import Notice
from kindling.posts.models import Post
from kindling.today import five, role_cards
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import AdAccount, Connection, User, Workspace

DAY = timedelta(days=1)
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Still:
    def now(self) -> datetime:
        return NOW


@pytest.fixture
def place(database: None, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setattr(clock, "_CLOCK", Still())
    owner = User.objects.create_user("owner@shop.example")
    return workspaces.create_workspace(
        slug="sample-shop", name="Sample", owner=owner, currency="USD", timezone="UTC", at=NOW
    )


def permission(
    place: Workspace, number: int, *, days: float, right_days: float | None = 90, **more: object
) -> Authorization:
    creator, _ = Creator.objects.get_or_create(
        workspace=place,
        handle=f"sample.{number % 7}",
        defaults={"source": "test", "created_at": NOW},
    )
    post = Post.objects.create(
        workspace=place, creator=creator, item_id=f"7{number:018d}", status="HESITATE_RECOMMEND",
        source="test", first_seen_at=NOW, seen_at=NOW,
    )  # fmt: skip
    row = Authorization.objects.create(
        workspace=place, post=post, kind="code", state_since=NOW, created_at=NOW,
        ends_at=NOW + timedelta(days=days), **{"state": State.BOUND, **more},
    )  # fmt: skip
    if right_days is not None:
        UsageRight.objects.create(
            workspace=place, creator=creator, item_id=post.item_id, paid_allowed=True,
            starts_at=NOW - timedelta(days=1), ends_at=NOW + timedelta(days=right_days),
            hold_until=NOW + timedelta(days=400), currency="USD", source="test", recorded_at=NOW,
        )  # fmt: skip
    row.refresh_from_db()
    return row


def signed_in() -> Client:
    client = Client()
    client.force_login(User.objects.get(email="owner@shop.example"))
    return client


class TestThePages:
    @pytest.mark.slow
    @pytest.mark.parametrize(
        "path", ["", "?state=ending", "?gap=no_right", "?q=sample", "risk/", "waiting/"]
    )
    def test_cost_no_more_queries_with_more_rows(self, place: Workspace, path: str) -> None:
        client, url = signed_in(), f"/w/sample-shop/authorizations/{path}"
        for number in range(3):
            permission(place, number, days=5 + number)
        daily.sweep(place, now=NOW)
        client.get(url)  # what is kept from one request to the next is warm in both
        with CaptureQueriesContext(connection) as few:
            client.get(url)
        for number in range(3, 45):
            permission(place, number, days=5 + number % 9)
        daily.sweep(place, now=NOW)
        client.get(url)
        with CaptureQueriesContext(connection) as many:
            client.get(url)
        assert len(many) <= len(few) + 1
        assert len(few) > 3

    def test_show_the_earliest_last_safe_moment_first(self, place: Workspace) -> None:
        late, soon = permission(place, 1, days=40), permission(place, 2, days=4)
        assert list(service.list_authorizations(place)) == [soon, late]


class TestTheIndex:
    def test_follows_a_licence_that_changes(self, place: Workspace) -> None:
        row = permission(place, 1, days=30)
        assert (row.bound_by, row.gap) == ("authorization", "")
        right = UsageRight.objects.get()
        right.ends_at = NOW + timedelta(days=3)
        right.save()
        row.refresh_from_db()
        assert row.paid_until == NOW + timedelta(days=2)
        assert (row.bound_by, row.gap) == ("usage_right", "right_ends_first")

    @pytest.mark.parametrize("state", sorted(LOST))
    def test_stops_what_was_lost_when_it_was_lost(self, place: Workspace, state: State) -> None:
        row = permission(place, 1, days=30)
        transitions.move(row, state, at=NOW - timedelta(hours=3), source="test")
        row.refresh_from_db()
        assert (row.paid_until, row.bound_by) == (NOW - timedelta(hours=3), "authorization")
        [shown] = service.permissions(place, now=NOW)
        assert shown.stop_by == (row.paid_until, ClockName.AUTHORIZATION)
        assert shown.days_left(NOW) == -1 / 8
        assert shown.window is not None
        assert shown.window.is_open(NOW), "what the clocks alone would allow"

    def test_keeps_when_it_was_lost_first_and_forgets_it_when_it_comes_back(
        self, place: Workspace
    ) -> None:
        row = permission(place, 1, days=30)
        for hours, state in ((96, State.REVOKED), (3, State.POST_UNAVAILABLE)):
            transitions.move(row, state, at=NOW - timedelta(hours=hours), source="test")
            row.refresh_from_db()
            assert row.paid_until == row.lost_at == NOW - timedelta(hours=96)
        transitions.move(row, State.BOUND, at=NOW, source="test")
        row.refresh_from_db()
        assert (row.lost_at, row.paid_until) == (None, NOW + timedelta(days=29))

    def test_stops_what_ended_by_its_date_at_that_date(self, place: Workspace) -> None:
        row = permission(place, 1, days=-2)
        daily.sweep(place, now=NOW)
        row.refresh_from_db()
        assert (row.state, row.paid_until) == ("expired", NOW - timedelta(days=3))

    def test_is_what_the_sweep_reckons(self, place: Workspace) -> None:
        rows = [
            permission(place, n, days=n + 1, right_days=None if n % 3 == 0 else 20)
            for n in range(12)
        ]
        kept = {row.pk: (row.paid_until, row.bound_by) for row in rows}
        Authorization.objects.update(paid_until=None, bound_by="", gap="")
        assert daily.sweep(place, now=NOW).looked_at == 12
        reckoned = Authorization.objects.values_list("pk", "paid_until", "bound_by")
        licensed = {pk: told for pk, told in kept.items() if told[1]}
        assert licensed
        assert {pk: (until, by) for pk, until, by in reckoned if pk in licensed} == licensed


class TestTheSweep:
    def test_moves_what_time_moved_with_an_event_each(self, place: Workspace) -> None:
        near, over, far = (
            permission(place, 1, days=10), permission(place, 2, days=-1), permission(place, 3, days=60)
        )  # fmt: skip
        swept = daily.sweep(place, now=NOW)
        states = dict(Authorization.objects.values_list("pk", "state"))
        assert states == {near.pk: "expiring", over.pk: "expired", far.pk: "bound"}
        assert (swept.began_to_end, swept.ended) == (1, 1)
        events = AuthorizationEvent.objects.filter(source="clock")
        assert set(events.values_list("to_state", flat=True)) == {"expiring", "expired"}

    def test_again_changes_nothing(self, place: Workspace) -> None:
        permission(place, 1, days=10)
        daily.sweep(place, now=NOW)
        before = list(Authorization.objects.values()), AuthorizationEvent.objects.count()
        daily.sweep(place, now=NOW)
        assert (list(Authorization.objects.values()), AuthorizationEvent.objects.count()) == before


class TestSpendAtRisk:
    def test_stands_on_the_day_it_stops_and_adds_up(self, place: Workspace) -> None:
        for number, days in enumerate((3, 3, 8)):
            row = permission(place, number, days=days)
            Authorization.objects.filter(pk=row.pk).update(risk_minor=1_000)
        days_ = service.risk_by_day(place, now=NOW, days=10)
        assert [(day.ends, day.stops_minor) for day in days_ if day.ends] == [
            (2, 2_000),
            (1, 1_000),
        ]
        assert days_[-1].stopped_by_then_minor == 3_000
        assert service.risk_total(place, now=NOW, days=5) == 2_000

    def test_of_what_was_lost_stands_on_today_on_every_page(self, place: Workspace) -> None:
        row = permission(place, 1, days=60)
        Authorization.objects.filter(pk=row.pk).update(risk_minor=700)
        row.refresh_from_db()
        transitions.move(row, State.REVOKED, at=NOW - timedelta(hours=3), source="test")
        [today] = [day for day in service.risk_by_day(place, now=NOW) if day.ends]
        assert (today.day, today.stops_minor) == (NOW.date(), 700)
        [told] = five.to_json(five.five(place, now=NOW))["five"]["expiring"]
        assert told["stop_by"] == (NOW - timedelta(hours=3)).isoformat()

    @pytest.mark.parametrize("paid_until", [None, NOW + timedelta(days=25)])
    def test_of_what_was_lost_stands_on_today_whatever_the_index_says(
        self, place: Workspace, paid_until: datetime | None
    ) -> None:
        row = permission(place, 1, days=60, state=State.REVOKED)
        Authorization.objects.filter(pk=row.pk).update(risk_minor=700, paid_until=paid_until)
        days_ = service.risk_by_day(place, now=NOW)
        assert [(day.day, day.stops_minor) for day in days_ if day.ends] == [(NOW.date(), 700)]

    def test_counts_on_each_day_what_the_list_below_shows(self, place: Workspace) -> None:
        spending, _ = permission(place, 1, days=3), permission(place, 2, days=3)
        Authorization.objects.filter(pk=spending.pk).update(risk_minor=700)
        assert sum(day.ends for day in service.risk_by_day(place, now=NOW)) == 1
        assert list(service.at_risk(place, now=NOW, days=30)) == [spending]

    @pytest.mark.slow
    def test_is_the_same_sum_wherever_it_is_shown(self, place: Workspace) -> None:
        sample = (
            (3, State.BOUND, 1_000), (60, State.REVOKED, 5_000), (13.2, State.EXPIRING, 100),
            (400, State.POST_UNAVAILABLE, 700), (-2, State.EXPIRED, 300), (13.9, State.BOUND, 20),
            (15.5, State.BOUND, 90_000), (40, State.RELEASED, 9), (2, State.REQUESTED, 9),
        )  # fmt: skip
        for number, (days, state, minor) in enumerate(sample):
            row = permission(place, number, days=days, state=state)
            Authorization.objects.filter(pk=row.pk).update(risk_minor=minor)
        total = service.risk_total(place, now=NOW)
        actor = workspaces.actor_for(User.objects.get(), "sample-shop")
        answers = five.five(place, now=NOW)
        summary = five.today_summary(place, now=NOW)
        card = role_cards.ending(actor, NOW)
        assert answers.at_risk_per_day == summary.at_risk_per_day == [Money(total, "USD")]
        assert len(answers.expiring) == summary.expiring_count == int(card.figure)
        assert str(Money(total, "USD")) in card.words
        assert service.risk_by_day(place, now=NOW, days=14)[-1].stopped_by_then_minor == total
        rows = service.at_risk(place, now=NOW, days=14)
        assert sum(rows.values_list("risk_minor", flat=True)) == total == 7_120


class TestWhatEndsFirst:
    def test_is_the_most_money_and_then_the_earliest_whether_money_depends_on_it_or_not(
        self, place: Workspace
    ) -> None:
        sample = (
            (9, 0), (2, 100), (5, 900), (3, 900), (1, 0), (60, 900),
        )  # fmt: skip
        rows = [permission(place, number, days=days) for number, (days, _) in enumerate(sample)]
        for row, (_, minor) in zip(rows, sample, strict=True):
            Authorization.objects.filter(pk=row.pk).update(risk_minor=minor)
        wanted = [rows[number].pk for number in (3, 2, 1, 4, 0)]
        for most in range(1, 7):
            assert service.worst_ending(place, now=NOW, rows=most) == wanted[:most]

    def test_is_counted_as_it_is_listed_also_after_a_loss(self, place: Workspace) -> None:
        rows = [permission(place, number, days=days) for number, days in enumerate((2, 9, 60))]

        def counted() -> tuple[int, int, int]:
            return (
                service.count_ending(place, now=NOW),
                service.count_usable_ending(place, now=NOW),
                service.count_usable(place),
            )

        assert counted() == (2, 2, 3)
        assert service.ending(place, now=NOW).count() == 2
        for row in rows[1:]:
            transitions.move(row, State.REVOKED, at=NOW, source="test")
        assert counted() == (3, 1, 1)
        assert service.ending(place, now=NOW).count() == 3

    def test_is_opened_together_for_several_lists(self, place: Workspace) -> None:
        one, other = permission(place, 1, days=2), permission(place, 2, days=3)
        keys = {"a": [other.pk, one.pk], "b": [one.pk], "c": [], "d": [10**9]}
        found = service.opened_by_key(place, keys, now=NOW)
        listed = {name: [each.authorization.pk for each in some] for name, some in found.items()}
        assert listed == {"a": [other.pk, one.pk], "b": [one.pk], "c": [], "d": []}
        assert found["a"][1] == service.find_permission(place, one.pk, now=NOW)


def ad_account(place: Workspace, currency: str, *spends: dict[str, int]) -> AdAccount:
    """An ad account with its last full days; of each the spend by post, minor units."""
    connection_, _ = Connection.objects.get_or_create(
        workspace=place, name="Sample", base_url="http://127.0.0.1:1", app_id="1"
    )
    account = AdAccount.objects.create(
        workspace=place, connection=connection_, advertiser_id=currency, name=currency,
        currency=currency, timezone="UTC",
    )  # fmt: skip
    first = (NOW - len(spends) * DAY).date()
    counters = dict.fromkeys(
        ("impressions", "clicks", "conversions", "video_views_2s", "video_views_6s",
         "video_views_p100", "likes", "comments", "shares", "follows"), 0,
    )  # fmt: skip
    rows = [
        {
            "account": account.lake_key, "day": first + number * DAY, "ad_id": f"{currency}{item}",
            "adgroup_id": None, "campaign_id": None, "item_id": item, "currency": currency,
            "spend_minor": minor, **counters,
        }
        for number, spend in enumerate(spends)
        for item, minor in spend.items()
    ]  # fmt: skip
    booking.book_ad_days(account.lake_key, first, (NOW - DAY).date(), rows, at=NOW)
    return account


class TestSpendInOtherCurrencies:
    """No rate is on record, so each currency has its own total, and none is left out."""

    @pytest.mark.slow
    def test_is_swept_summed_and_shown_beside_the_workspaces_own(self, place: Workspace) -> None:
        both, euros, quiet = (permission(place, number, days=3) for number in range(3))
        item, other = both.post.item_id, euros.post.item_id
        ad_account(place, "USD", {item: 300}, {item: 600}, {item: 900})
        ad_account(place, "EUR", {item: 30, other: 3_000}, {item: 30}, {item: 30, other: 300})
        swept = daily.sweep(place, now=NOW)
        assert swept.at_risk_minor == 600
        held = {
            row.pk: (row.risk_minor, row.risk_other)
            for row in Authorization.objects.filter(workspace=place)
        }
        assert held == {
            both.pk: (600, {"EUR": 30}), euros.pk: (0, {"EUR": 1_100}), quiet.pk: (0, {}),
        }  # fmt: skip
        sums = [Money(600, "USD"), Money(1_130, "EUR")]
        assert service.risk_totals(place, now=NOW) == sums
        answers = five.five(place, now=NOW)
        assert answers.at_risk_per_day == five.today_summary(place, now=NOW).at_risk_per_day == sums
        told = five.to_json(answers)
        assert told["at_risk_per_day"] == {"amount": "6.00", "currency": "USD"}
        assert told["at_risk_in_other_currencies"] == [{"amount": "11.30", "currency": "EUR"}]
        assert set(service.at_risk(place, now=NOW, days=14)) == {both, euros}
        client = signed_in()
        for path in ("", "authorizations/", "authorizations/risk/"):
            assert "$6.00 and €11.30" in client.get(f"/w/sample-shop/{path}").content.decode()
        assert "€11.00 a day" in client.get("/w/sample-shop/authorizations/").content.decode()
        assert "€11.00" in client.get(f"/w/sample-shop/authorizations/{euros.pk}/").content.decode()

    @pytest.mark.slow
    def test_is_told_when_an_authorization_begins_to_end(self, place: Workspace) -> None:
        euros = permission(place, 1, days=3)
        ad_account(place, "EUR", *([{euros.post.item_id: 1_200}] * 3))
        daily.sweep(place, now=NOW)  # brings the figure; the state is told by the next one
        Authorization.objects.update(state=State.BOUND)
        daily.sweep(place, now=NOW)
        assert Notice.objects.filter(title__contains="with spend will end soon: €12.00").exists()

    def test_stays_as_it_was_while_days_are_missing(self, place: Workspace) -> None:
        euros = permission(place, 1, days=3)
        account = ad_account(place, "EUR", *([{euros.post.item_id: 900}] * 3))
        SyncedDay.objects.filter(account=account.lake_key, day=(NOW - 2 * DAY).date()).delete()
        Authorization.objects.update(risk_other={"EUR": 77})
        daily.sweep(place, now=NOW)
        euros.refresh_from_db()
        assert euros.risk_other == {"EUR": 77}


class TestTheSweepBesideOthers:
    """What was read before somebody else wrote is old news."""

    def test_does_not_end_a_permission_that_was_extended_meanwhile(self, place: Workspace) -> None:
        row = permission(place, 1, days=-0.1, state=State.RENEWAL_REQUESTED)
        step = transitions.ClockMove(row.pk, State.RENEWAL_REQUESTED, State.EXPIRED, row.ends_at)
        Authorization.objects.filter(pk=row.pk).update(ends_at=NOW + timedelta(days=7))
        transitions.move_by_clock(place, [step], at=NOW)
        row.refresh_from_db()
        assert row.state == State.RENEWAL_REQUESTED
        assert not AuthorizationEvent.objects.filter(source="clock").exists()

    def test_leaves_the_index_of_a_row_that_changed_meanwhile(
        self, place: Workspace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        row = permission(place, 1, days=10)
        Authorization.objects.filter(pk=row.pk).update(paid_until=None)
        known = daily._write_index

        def late(changed: list[tuple[daily._Row, State]]) -> None:
            Authorization.objects.filter(pk=row.pk).update(ends_at=NOW + timedelta(days=40))
            known(changed)

        monkeypatch.setattr(daily, "_write_index", late)
        daily.sweep(place, now=NOW)
        row.refresh_from_db()
        assert row.paid_until is None

    def test_that_ends_a_permission_settles_its_notice_and_calls_the_guard(
        self, place: Workspace
    ) -> None:
        row = permission(place, 1, days=-0.1, state=State.EXPIRING)
        key = f"permission-{row.pk}-ends"
        notices.notify(
            place, key=key, roles=("creator_manager",), title="Ends.", next_step="", path="", at=NOW
        )
        daily.sweep(place, now=NOW)
        row.refresh_from_db()
        assert row.state == State.EXPIRED
        assert not Notice.objects.filter(key=key, done_at=None).exists()
        assert Intent.objects.filter(task="delivery.guard").count() == 1


class TestTheCalendar:
    def test_has_every_last_safe_moment_and_no_code(self, place: Workspace) -> None:
        row = permission(place, 1, days=10, code="#secretsecretsecret1234=", code_hint="•••1234")
        actor = workspaces.actor_for(User.objects.get(), "sample-shop")
        url = feeds.make_feed(actor, at=NOW)
        answer = Client().get(url[url.index("/calendar/") :])
        text = answer.content.decode()
        assert answer["Content-Type"].startswith("text/calendar")
        assert f"UID:permission-{row.pk}@" in text
        assert row.paid_until is not None
        assert f"DTSTART:{row.paid_until:%Y%m%dT%H%M%SZ}" in text
        assert "secret" not in text

    def test_ends_with_a_new_address_with_the_member_and_by_hand(self, place: Workspace) -> None:
        actor = workspaces.actor_for(User.objects.get(), "sample-shop")
        first, second = feeds.make_feed(actor, at=NOW), feeds.make_feed(actor, at=NOW)
        assert Client().get(first[first.index("/calendar/") :]).status_code == 404
        assert Client().get(second[second.index("/calendar/") :]).status_code == 200
        feeds.end_feeds(actor, at=NOW)
        with pytest.raises(NotFoundError):
            feeds.workspace_of(second.rsplit("/", 1)[1].removesuffix(".ics"))


class TestAGap:
    @pytest.mark.parametrize(
        ("right", "is_good", "state", "code", "gap"),
        [
            (60, True, None, None, Gap.NO_PERMISSION),
            (60, True, State.REQUESTED, None, None),
            (None, False, State.BOUND, 30, Gap.NO_RIGHT),
            (None, False, State.EXPIRED, -1, None),
            (60, True, State.BOUND, 10, Gap.RIGHT_OUTLASTS),
            (60, True, State.BOUND, 40, None),
            (5, True, State.BOUND, 40, Gap.RIGHT_ENDS_FIRST),
            (30, True, State.BOUND, 30, None),
        ],
    )
    def test_is_named_in_both_directions(
        self,
        right: int | None,
        is_good: bool,
        state: State | None,
        code: int | None,
        gap: Gap | None,
    ) -> None:
        found = gap_between(
            right_ends_at=NOW + timedelta(days=right) if right is not None else None,
            is_right_good=is_good,
            state=state,
            authorization_ends_at=NOW + timedelta(days=code) if code is not None else None,
            now=NOW,
        )
        assert found is gap


class TestReminders:
    @pytest.mark.parametrize(
        ("days", "sent", "due"),
        [(0.5, 0, False), (1, 0, True), (2, 1, False), (3, 1, True), (7, 2, True), (30, 3, False)],
    )
    def test_of_requests_come_after_1_3_and_7_days(self, days: float, sent: int, due: bool) -> None:
        asked = NOW - timedelta(days=days)
        assert reminder_due(asked_at=asked, reminders=sent, now=NOW) is due

    @pytest.mark.parametrize(
        ("left", "reminded", "due"),
        [
            (20, (), None),
            (14, (), 14),
            (10, (14,), None),
            (6, (14,), 7),
            (2, (), 3),
            (0.5, (14, 7, 3), 1),
            (0.5, (1,), None),
            (-1, (), None),
        ],
    )
    def test_of_renewals_come_once_per_lead_time(
        self, left: float, reminded: tuple[int, ...], due: int | None
    ) -> None:
        assert lead_due(ends_at=NOW + timedelta(days=left), reminded=reminded, now=NOW) == due


class TestAnOrder:
    def test_of_the_earliest_end_has_those_without_an_end_last(self, place: Workspace) -> None:
        rows = [permission(place, number, days=days) for number, days in enumerate([40, 10, 20])]
        Authorization.objects.filter(pk=rows[0].pk).update(paid_until=None, state=State.REVOKED)
        for row, days in ((rows[1], 3), (rows[2], 2)):
            Authorization.objects.filter(pk=row.pk).update(paid_until=NOW + timedelta(days=days))
        expected = [rows[2].pk, rows[1].pk, rows[0].pk]
        listed = service.list_authorizations(place)
        assert [row.pk for row in listed] == expected
        assert [row.pk for row in service.ending(place, now=NOW)] == expected
        assert "NULLS LAST" in str(listed.query)

    def test_of_the_latest_batches_has_the_newest_first(self, place: Workspace) -> None:
        made = [
            Intake.objects.create(workspace=place, created_at=NOW + timedelta(minutes=number))
            for number in range(7)
        ]
        assert [each.pk for each in intakes.recent(place)] == [each.pk for each in made[:1:-1]]

"""Results of ads: groups, days, what changed, and what is not known."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from desk import Desk, desk
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from posts_with_numbers import make_posts
from result_days import book, day, make_ad, order, sell

from kindling.delivery.results import service
from kindling.delivery.results.rules import By
from kindling.errors import InvalidInputError
from kindling.facts.results import DaySums
from kindling.kit.money import Money
from kindling.money import service as money
from kindling.posts.models import Post
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import AdAccount, User

__all__ = ["desk"]
DAYS = st.dates(min_value=date(2010, 1, 1), max_value=date(2100, 1, 1))


def results(desk: Desk, by: By = By.CREATOR, **more: object) -> service.Results:
    return service.results(desk.workspace, by=by, now=desk.now, **more)  # type: ignore[arg-type]


def a_day(spend: int = 1_000, **more: int | None) -> dict[str, int | None]:
    return {
        "spend_minor": spend, "impressions": 1_000, "clicks": 20, "conversions": 1, "video_views_2s": 400,
        "video_views_6s": 200, "reach": 900, **more,
    }  # fmt: skip


class TestSums:
    @given(values=st.lists(st.integers(0, 10**9) | st.none(), min_size=1, max_size=6))
    def test_are_unknown_where_a_part_is_and_reach_has_none(self, values: list[int | None]) -> None:
        parts = [DaySums(1, {"clicks": each, "reach": each}) for each in values]
        found = DaySums.total(parts)
        known = [each for each in values if each is not None]
        assert found.sums["clicks"] == (sum(known) if len(known) == len(values) else None)
        assert found.sums["reach"] == (values[0] if len(values) == 1 else None)
        assert found.rows == len(values)


class TestResults:
    def test_add_up_to_the_same_total_in_every_view(self, desk: Desk) -> None:
        made = make_posts(desk, 3)
        Post.objects.filter(pk=made[0].pk).update(angle="Before and after")
        ads = [
            make_ad(desk, f"9{n}", post=post, campaign=f"c{n % 2}") for n, post in enumerate(made)
        ]
        ads.append(make_ad(desk, "99"))
        book(desk, {ad: {2: a_day(100 * (n + 1)), 20: a_day(50)} for n, ad in enumerate(ads)})
        for by in By:
            (whole,) = results(desk, by).totals()
            assert whole.figure("spend") == Money(1_000, "USD")
            assert whole.before.figure("spend") == Money(200, "USD")
            assert whole.figure("thumb_stop_rate") == 0.4
            assert whole.ads == 4
        assert {row.label for row in results(desk, By.CAMPAIGN).rows} == {
            "Campaign c0", "Campaign c1",
        }  # fmt: skip
        assert {row.key for row in results(desk, By.ANGLE).rows} == {"Before and after", None}

    def test_divide_sums_never_ratios(self, desk: Desk) -> None:
        (post,) = make_posts(desk, 1)
        first, second = make_ad(desk, "91", post=post), make_ad(desk, "92", post=post)
        book(desk, {
            first: {1: a_day(impressions=100, clicks=10)}, second: {1: a_day(impressions=900, clicks=0)},
        })  # fmt: skip
        (row,) = results(desk).rows
        assert row.figure("ctr") == 0.01
        assert row.figure("reach") is None
        assert row.figure("frequency") is None
        one = results(desk, By.AD, first_day=day(desk, 1), last_day=day(desk, 1)).rows[0]
        assert one.figure("reach") == 900

    def test_say_what_changed_only_where_every_day_of_both_is_held(self, desk: Desk) -> None:
        (post,) = make_posts(desk, 1)
        ad = make_ad(desk, "91", post=post)
        book(desk, {ad: {3: a_day(3_000), 10: a_day(2_000)}}, since=14)
        (week,) = results(desk, days=7).rows
        assert week.change("spend") == 0.5
        (fortnight,) = results(desk, days=14).rows
        assert fortnight.figure("spend") == Money(5_000, "USD")
        assert fortnight.change("spend") is None
        assert fortnight.before.figure("spend") is None

    def test_say_until_when_they_are_synced(self, desk: Desk) -> None:
        ad = make_ad(desk, "91")
        book(desk, {ad: {5: a_day()}}, until=4)
        found = results(desk, days=7)
        assert "is synced until" in found.lacks[0]
        assert found.rows[0].change("spend") is None
        assert [minor for _, minor in found.rows[0].by_day][-3:] == [None, None, None]
        assert [minor for _, minor in found.rows[0].by_day][2:4] == [1_000, 0]

    def test_keep_what_tiktok_counts_apart_from_what_the_shop_sold(self, desk: Desk) -> None:
        (post,) = make_posts(desk, 1)
        ad = make_ad(desk, "91", post=post)
        book(desk, {ad: {1: a_day(3_000, conversions=5)}})
        sell(desk, *(order(desk, post, number, ad_id="91") for number in range(2)))
        for by in (By.CREATOR, By.POST, By.AD, By.CAMPAIGN, By.PRODUCT):
            (row,) = results(desk, by).rows
            assert (row.figure("conversions"), row.figure("shop_orders")) == (5, 2), by
            assert row.figure("cpa") == Money(600, "USD")
            assert row.figure("shop_cpa") == Money(1_500, "USD")
            assert row.figure("roas") == Decimal("2.67")

    def test_break_even_where_profit_does(self, desk: Desk) -> None:
        (post,) = make_posts(desk, 1)
        book(desk, {make_ad(desk, "91", post=post): {1: a_day(3_000)}})
        sell(desk, order(desk, post, 1))
        (row,) = results(desk).rows
        table = money.profit(desk.workspace, by="creator", now=desk.now)
        (same,) = [each for each in table.rows if each.key]
        assert row.figure("break_even_cpa") == Money(same.books.break_even_cpa_minor or 0, "USD")
        assert row.figure("break_even_cpa") == Money(3_000, "USD")

    def test_never_add_two_currencies(self, desk: Desk) -> None:
        other = AdAccount.objects.create(
            workspace=desk.workspace, connection=desk.account.connection, currency="EUR",
            advertiser_id="7000000000000000002", name="Other", timezone="Europe/Berlin",
        )  # fmt: skip
        (post,) = make_posts(desk, 1)
        book(desk, {make_ad(desk, "91", post=post): {1: a_day(3_000)}})
        book(
            desk, {make_ad(desk, "92", post=post, account=other): {1: a_day(2_000)}}, account=other
        )
        found = results(desk)
        assert [(row.currency, row.figure("spend")) for row in found.rows] == [
            ("EUR", Money(2_000, "EUR")), ("USD", Money(3_000, "USD")),
        ]  # fmt: skip
        assert len(found.totals()) == 2
        only = results(desk, ad_account="7000000000000000002")
        assert [row.currency for row in only.rows] == ["EUR"]
        with pytest.raises(InvalidInputError):
            results(desk, ad_account="1")

    def test_ask_the_database_as_often_for_many_rows_as_for_few(
        self, desk: Desk, client: Client
    ) -> None:
        client.force_login(User.objects.get(email="viewer@shop.example"))
        made = make_posts(desk, 12)
        asked = []
        for some in (made[:2], made[2:]):
            ads = [make_ad(desk, f"9{post.item_id[-3:]}", post=post) for post in some]
            book(desk, {ad: {1: a_day(), 9: a_day()} for ad in ads})
            for by in ("post", "ad"):
                url = desk.where("delivery:results") + f"?by={by}"
                client.get(url)
                with CaptureQueriesContext(connection) as seen:
                    assert client.get(url).status_code == 200
                asked.append(len(seen))
        assert asked[2:] == asked[:2]


class TestWays:
    def test_are_for_nobody_and_for_nobody_else(self, desk: Desk, client: Client) -> None:
        page = desk.where("delivery:results")
        assert client.get(page).status_code == 302
        assert client.get("/api/v1/ads/results").status_code == 401
        client.force_login(User.objects.create_user("else@shop.example", name="Sample stranger"))
        assert client.get(page).status_code == 404

    def test_show_nothing_of_another_workspace(self, desk: Desk) -> None:
        ad = make_ad(desk, "91")
        book(desk, {ad: {1: a_day()}})
        other = User.objects.create_user("other@shop.example", name="Sample other")
        place = workspaces.create_workspace(
            slug="other", name="Other", owner=other, currency="USD", timezone="UTC", at=desk.now
        )
        actor = workspaces.actor_for(other, place.slug)
        token = workspaces.issue_token(actor, name="t", at=desk.now)
        answer = Client(headers={"Authorization": f"Bearer {token}"}).get("/api/v1/ads/results")
        assert json.loads(answer.content)["rows"] == []

    def test_tell_the_same_on_the_page_and_by_the_api(self, desk: Desk, client: Client) -> None:
        (post,) = make_posts(desk, 1)
        book(desk, {make_ad(desk, "91", post=post): {1: a_day(3_000), 16: a_day(2_000)}})
        client.force_login(User.objects.get(email="viewer@shop.example"))
        shown = client.get(desk.where("delivery:results")).content.decode()
        assert "@sample.ana" in shown
        assert "$30.00" in shown
        assert "+50 %" in shown
        assert '<svg class="sparkline"' in shown
        assert "Spend a day: $0.00 to $30.00, last $30.00" in shown
        token = workspaces.issue_token(desk.viewer, name="t", at=desk.now)
        api = Client(headers={"Authorization": f"Bearer {token}"})
        told = json.loads(api.get("/api/v1/ads/results?days=14").content)
        (row,) = told["rows"]
        assert row["figures"]["spend"] == {"amount": "30.00", "currency": "USD"}
        assert row["change"]["spend"] == 0.5
        listed = json.loads(api.get("/api/v1/lists/results").content)["rows"]
        assert listed[0]["spend_change"] == 0.5
        assert api.get("/api/v1/ads/results?days=0").status_code == 422

    def test_refuse_days_in_the_wrong_order(self, desk: Desk, client: Client) -> None:
        client.force_login(User.objects.get(email="viewer@shop.example"))
        page = desk.where("delivery:results")
        shown = client.get(f"{page}?from=2026-03-05&to=2026-03-01").content.decode()
        assert "The last day is before the first day." in shown

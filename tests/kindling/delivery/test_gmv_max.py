"""GMV Max is read whole or not at all, is shown with its states, and its revenue enters nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest
from click.testing import CliRunner
from django.test import Client
from django.urls import reverse
from sample_team import PLAIN, Team

from kindling.cli import main
from kindling.delivery import sync as delivery_sync
from kindling.delivery import tasks
from kindling.delivery.gmv_max import rules, service, sync
from kindling.delivery.models import GmvMaxCampaign, GmvMaxPost, GmvMaxReading
from kindling.delivery.results import service as results
from kindling.delivery.results.rules import By
from kindling.jobs.registry import registry
from kindling.kit.money import Money
from kindling.launches.models import Plan
from kindling.notices.models import Notice
from kindling.posts.models import Post
from kindling.products.models import Product
from kindling.workspaces.models import AdAccount


def make_campaign(team: Team, name: str = "Sample GMV Max") -> None:
    """A campaign, as the shop's own people make it in Ads Manager."""
    (shop,) = asked(team, "gmv_max/store/list", "store_list")
    team.in_ads_manager(
        "campaign/gmv_max/create",
        request_id=str(abs(hash(name)) % 10**9),
        store_id=shop["store_id"],
        store_authorized_bc_id=shop["store_authorized_bc_id"],
        shopping_ads_type="PRODUCT",
        campaign_name=name,
        optimization_goal="VALUE",
        deep_bid_type="VO_MIN_ROAS",
        roas_bid=2,
        budget=90,
        schedule_type="SCHEDULE_FROM_NOW",
        schedule_start_time=f"{team.now:%Y-%m-%d %H:%M:%S}",
        product_video_specific_type="AUTO_SELECTION",
    )


def asked(team: Team, path: str, rows: str) -> list[dict[str, Any]]:
    answer = httpx.get(
        f"{team.sandbox.url}/open_api/v1.3/{path}/",
        params={"advertiser_id": team.account.advertiser_id},
        headers={"Access-Token": team.account.connection.access_token},
        trust_env=False, verify=PLAIN,
    ).json()  # fmt: skip
    assert answer["code"] == 0, answer["message"]
    found: list[dict[str, Any]] = answer["data"][rows]
    return found


@pytest.fixture
def read(team: Team) -> GmvMaxReading:
    """A campaign that ran for five days, and was read."""
    make_campaign(team)
    team.sandbox.advance(days=5)
    return sync.read(team.account, at=team.now)


class TestAReading:
    def test_has_the_campaign_its_posts_and_what_they_sold(
        self, team: Team, read: GmvMaxReading
    ) -> None:
        assert (read.problem, read.at) == ("", team.now)
        campaign = GmvMaxCampaign.objects.get()
        assert (campaign.name, campaign.promotes) == ("Sample GMV Max", "PRODUCT_GMV_MAX")
        assert campaign.budget_minor == 9_000
        assert campaign.target_roi == 2
        rows = list(service.used(team.workspace))
        assert rows
        assert {row.currency for row in rows} == {"USD"}
        assert sum(row.cost_minor or 0 for row in rows) > 0
        assert all(row.delivery_status for row in rows)

    def test_that_fails_changes_nothing_and_says_why(self, team: Team, read: GmvMaxReading) -> None:
        before = list(GmvMaxPost.objects.order_by("pk").values())
        team.sandbox.advance(hours=6)
        team.fault("error", "/gmv_max/report/get/", code=50000, times=50)
        again = sync.read(team.account, at=team.now)
        assert again.problem
        assert again.at == read.at
        assert list(GmvMaxPost.objects.order_by("pk").values()) == before

    def test_that_is_older_than_the_last_one_changes_nothing(
        self, team: Team, read: GmvMaxReading
    ) -> None:
        GmvMaxCampaign.objects.update(name="Later")
        sync.read(team.account, at=team.now - timedelta(hours=1))
        assert GmvMaxCampaign.objects.get().name == "Later"

    def test_that_fails_later_than_a_newer_one_was_whole_says_nothing(
        self, team: Team, read: GmvMaxReading
    ) -> None:
        team.fault("error", "/gmv_max/store/list/", code=50000, times=50)
        assert sync.read(team.account, at=team.now - timedelta(hours=1)).problem == ""

    def test_guesses_no_currency(
        self, team: Team, read: GmvMaxReading, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ask = sync._ask

        def without(*account: Any, **more: Any) -> Any:
            found = ask(*account, **more)
            results = {
                key: msgspec.structs.replace(each, currency=None)
                for key, each in found.results.items()
            }
            return replace(found, results=results)

        monkeypatch.setattr(sync, "_ask", without)
        sync.read(team.account, at=team.now)
        assert set(service.used(team.workspace).values_list("cost_minor", "currency")) == {
            (None, "")
        }
        assert service.totals(service.used(team.workspace)) == []

    def test_marks_what_tiktok_does_not_list_any_more(
        self, team: Team, read: GmvMaxReading
    ) -> None:
        GmvMaxCampaign.objects.create(
            ad_account=team.account, campaign_id="1", name="Gone", promotes="PRODUCT_GMV_MAX",
            store_id="1", seen_at=team.now,
        )  # fmt: skip
        GmvMaxPost.objects.create(
            campaign=GmvMaxCampaign.objects.get(name="Sample GMV Max"), item_id="5",
            seen_at=team.now,
        )  # fmt: skip
        sync.read(team.account, at=team.now)
        assert GmvMaxCampaign.objects.get(name="Gone").is_gone
        assert GmvMaxPost.objects.get(item_id="5").is_gone
        assert "5" not in {row.item_id for row in service.used(team.workspace)}

    def test_is_due_every_six_hours_for_each_ad_account(self, team: Team) -> None:
        wishes = {wish.arguments["ad_account"]: wish for wish in tasks.gmv_max_readings(team.now)}
        wish = wishes[team.account.pk]
        assert len(wishes) == AdAccount.objects.filter(is_used=True).count()
        registry.run(wish.task, wish.arguments)
        assert GmvMaxReading.objects.get().at == team.now


class TestItsRevenue:
    def test_is_in_no_result_profit_or_sum(self, team: Team) -> None:
        plan = team.apply(team.approved(team.launchable(1)))
        assert plan.state == Plan.State.APPLIED
        team.sandbox.advance(days=2)
        delivery_sync.sync_account(team.account, at=team.now)

        def told() -> list[Any]:
            found = results.results(team.workspace, by=By.POST, now=team.now, days=7)
            return [row.to_json() for row in (*found.rows, *found.totals())]

        before = told()
        campaign = GmvMaxCampaign.objects.create(
            ad_account=team.account, campaign_id="1", name="Sample", promotes="PRODUCT_GMV_MAX",
            store_id="1", seen_at=team.now,
        )  # fmt: skip
        GmvMaxPost.objects.create(
            campaign=campaign, item_id=Post.objects.order_by("pk")[0].item_id, currency="USD",
            cost_minor=99_999, sku_orders=99, gross_revenue_minor=999_999, seen_at=team.now,
        )  # fmt: skip
        assert told() == before


class TestAState:
    def test_that_needs_people_opens_a_notice_which_closes_with_it(
        self, team: Team, read: GmvMaxReading
    ) -> None:
        used = service.used(team.workspace)[0]
        world = team.sandbox.app.state.hub.world
        post = world.state.posts[used.item_id]
        was, post.status = post.status, "USER_DELETE"
        sync.read(team.account, at=team.now)
        row = GmvMaxPost.objects.get(pk=used.pk)
        assert rules.state_of(row.delivery_status).needs_people, row.delivery_status
        notice = Notice.objects.get(key__startswith="gmv-max-", done_at=None)
        assert notice.roles == ["creator_manager", "media_buyer"]
        post.status = was
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sync, "_status", lambda item, result: "")
            sync.read(team.account, at=team.now)
            notice.refresh_from_db()
            assert notice.done_at is None, "what is not known settles nothing"
        sync.read(team.account, at=team.now)
        notice.refresh_from_db()
        assert notice.done_at is not None

    def test_of_a_right_that_another_ad_account_holds_opens_one_too(
        self, team: Team, read: GmvMaxReading
    ) -> None:
        stores = team.sandbox.app.state.hub.world.state.stores
        shop = stores[GmvMaxCampaign.objects.get().store_id]
        was, shop.exclusive_advertiser_id = shop.exclusive_advertiser_id, "1"
        sync.read(team.account, at=team.now)
        notice = Notice.objects.get(key=f"gmv-max-holder-{team.account.pk}", done_at=None)
        assert notice.roles == ["media_buyer", "owner"]
        shop.exclusive_advertiser_id = was
        sync.read(team.account, at=team.now)
        notice.refresh_from_db()
        assert notice.done_at is not None


class TestTheCommission:
    def test_stands_beside_a_post_with_an_agreement_and_a_price(
        self, team: Team, read: GmvMaxReading
    ) -> None:
        (mine,) = team.launchable(1)
        row = service.used(team.workspace)[0]
        GmvMaxPost.objects.filter(pk=row.pk).update(item_id=mine.item_id, post=mine)
        (found,) = service.opened(
            team.workspace, [service.used(team.workspace).get(pk=row.pk)], now=team.now
        )
        price = Product.objects.get(sku=mine.sku).price_minor
        assert found.own_per_100 is not None
        assert found.own_per_100 == found.ads_per_100
        assert 0 < found.own_per_100.minor < 100 * price
        assert found.permission is not None


class TestThePage:
    def page(self, team: Team, query: str = "") -> str:
        client = Client()
        assert team.buyer.user is not None
        client.force_login(team.buyer.user)
        url = reverse("delivery:gmv_max", args=[team.workspace.slug])
        answer = client.get(url + query)
        assert answer.status_code == 200
        return str(answer.content.decode())

    def test_shows_posts_states_and_totals(self, team: Team, read: GmvMaxReading) -> None:
        text = self.page(team)
        (cost, orders, revenue), *others = service.totals(service.used(team.workspace))
        assert not others
        assert isinstance(cost, Money)
        assert (str(cost) in text, str(revenue) in text) == (True, True)
        assert "Sample GMV Max" in text
        assert "added to nothing else" in text
        assert orders >= 0

    def test_filters_by_campaign_and_by_what_needs_people(
        self, team: Team, read: GmvMaxReading
    ) -> None:
        campaign = GmvMaxCampaign.objects.get()
        first = service.used(team.workspace)[0].item_id
        assert first in self.page(team, f"?campaign={campaign.campaign_id}")
        assert first not in self.page(team, "?state=needs_people")

    def test_says_what_could_not_be_read_and_how_old_the_figures_are(
        self, team: Team, read: GmvMaxReading
    ) -> None:
        GmvMaxReading.objects.update(problem="TikTok answered with an error.")
        assert "could not be read: TikTok answered with an error." in self.page(team)

    def test_is_empty_before_the_first_reading(self, team: Team) -> None:
        assert "it was not read yet" in self.page(team)

    def test_stands_on_the_post_s_own_page(self, team: Team, read: GmvMaxReading) -> None:
        (mine,) = team.launchable(1)
        row = service.used(team.workspace)[0]
        GmvMaxPost.objects.filter(pk=row.pk).update(item_id=mine.item_id, post=mine)
        client = Client()
        assert team.buyer.user is not None
        client.force_login(team.buyer.user)
        text = client.get(
            reverse("profiles:post", args=[team.workspace.slug, mine.item_id])
        ).content.decode()
        assert "Sample GMV Max" in text
        assert "are in no sum of this page" in text

    def test_is_told_by_the_command_line(self, team: Team) -> None:
        make_campaign(team)
        found = CliRunner().invoke(main, ["gmv-max", "--read", "--as", "owner@shop.example"])
        assert found.exit_code == 0, found.output
        assert "GMV Max" in found.output
        assert set(GmvMaxReading.objects.values_list("at", flat=True)) == {team.now}

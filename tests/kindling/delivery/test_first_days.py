"""The first days of a post's ads: what its numbers say, and what they cannot say yet."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from desk import Desk, desk
from django.test import Client
from posts_with_numbers import make_posts

from kindling.conversions import service as conversions
from kindling.delivery import rules, watch
from kindling.delivery.models import Ad, AdGroup, Campaign
from kindling.delivery.rules import WatchVerdict
from kindling.facts import booking
from kindling.facts.schema import AD_DAYS, COUNTERS
from kindling.notices.models import Notice
from kindling.posts.models import Post
from kindling.workspaces.models import User

__all__ = ["desk"]


def run_ads(desk: Desk, rows: list[tuple[Post, int, int]], *, began: int = 3) -> None:
    """Ads of posts that began some days ago and run: minor units and clicks a day of 10,000 impressions."""
    campaign = Campaign.objects.create(
        ad_account=desk.account, campaign_id="c", name="C", objective="TRAFFIC",
        operation_status="ENABLE", seen_at=desk.now,
    )  # fmt: skip
    group = AdGroup.objects.create(
        ad_account=desk.account, adgroup_id="g", campaign=campaign, name="G",
        operation_status="ENABLE", seen_at=desk.now,
    )  # fmt: skip
    facts = []
    first = (desk.now - timedelta(days=began)).date()
    for post, spend, clicks in rows:
        Post.objects.filter(pk=post.pk).update(first_boosted_at=desk.now - timedelta(days=began))
        Ad.objects.create(
            ad_account=desk.account, ad_id=f"9{post.item_id}", adgroup=group, name="A",
            item_id=post.item_id, post=post, identity_type="AUTH_CODE", operation_status="ENABLE",
            secondary_status="AD_STATUS_DELIVERY_OK", seen_at=desk.now,
        )  # fmt: skip
        for day in range(began):
            told: dict[str, Any] = dict.fromkeys(AD_DAYS.names) | dict.fromkeys(COUNTERS, 1)
            facts.append(
                told
                | {
                    "account": desk.account.lake_key, "day": first + timedelta(days=day),
                    "ad_id": f"9{post.item_id}", "item_id": post.item_id, "spend_minor": spend,
                    "currency": "USD", "conversions": 0, "impressions": 10_000, "clicks": clicks,
                }
            )  # fmt: skip
    booking.book_ad_days(desk.account.lake_key, first, desk.now.date(), facts, at=desk.now)


def sell(desk: Desk, post: Post, orders: int) -> None:
    lines = ["order_id,ordered_at,sku,quantity,currency,gross,landing_url"]
    url = f"https://shop.example/?utm_medium=paid_social&post={post.item_id}&cr=sample.ana"
    for number in range(orders):
        at = desk.now - timedelta(hours=1, minutes=number)
        lines.append(f"o{post.pk}-{number},{at.isoformat()},SAMPLE,1,USD,40.00,{url}")
    lines.append(f"last,{desk.now.isoformat()},SAMPLE,1,USD,40.00,")
    conversions.import_orders(desk.owner, "\n".join(lines).encode(), file_name="o.csv", at=desk.now)


class TestTheFirstDays:
    def test_tell_the_post_that_sells_from_those_that_do_not(self, desk: Desk) -> None:
        made = make_posts(desk)
        run_ads(desk, [(post, 6_000, 100) for post in made[10:14]])
        sell(desk, made[12], 14)
        found = {each.post.pk: each for each in watch.watch(desk.workspace, now=desk.now)}
        assert set(found) == {post.pk for post in made[10:14]}
        good, bad = found[made[12].pk], found[made[11].pk]
        assert (good.verdict, good.orders, good.ads) == (WatchVerdict.GO_ON, 14, 1)
        assert bad.verdict is WatchVerdict.STOP
        assert good.chance is not None
        assert good.before is not None
        assert bad.chance is not None
        assert bad.chance < good.before < good.chance
        assert good.spent.to_json() == {"amount": "180.00", "currency": "USD"}

    def test_put_what_needs_a_decision_first(self, desk: Desk) -> None:
        made = make_posts(desk)
        run_ads(desk, [(post, 6_000, 100) for post in made[10:14]])
        sell(desk, made[12], 14)
        verdicts = [each.verdict for each in watch.watch(desk.workspace, now=desk.now)]
        assert verdicts[-1] is WatchVerdict.GO_ON
        assert verdicts[0] is WatchVerdict.STOP

    def test_hear_the_clicks_before_the_orders(self, desk: Desk) -> None:
        made = make_posts(desk)
        rows = [(post, 1_500, 300 if post is made[12] else 60) for post in made[10:14]]
        run_ads(desk, rows, began=2)
        sell(desk, made[0], 0)
        found = {each.post.pk: each for each in watch.watch(desk.workspace, now=desk.now)}
        clicked, other = found[made[12].pk].chance, found[made[11].pk].chance
        assert clicked is not None
        assert other is not None
        assert clicked > 2 * other

    def test_are_over_after_a_week_and_of_running_ads_alone(self, desk: Desk) -> None:
        made = make_posts(desk)
        run_ads(desk, [(made[10], 6_000, 100)], began=9)
        assert watch.watch(desk.workspace, now=desk.now) == []
        Ad.objects.all().delete()
        AdGroup.objects.all().delete()
        Campaign.objects.all().delete()
        run_ads(desk, [(made[11], 6_000, 100)])
        assert len(watch.watch(desk.workspace, now=desk.now)) == 1
        Ad.objects.update(secondary_status="AD_STATUS_DISABLE")
        assert watch.watch(desk.workspace, now=desk.now) == []


class TestTheVerdict:
    @pytest.mark.parametrize(
        ("chance", "needed", "verdict"),
        [
            (None, 9.0, WatchVerdict.EARLY),
            (0.01, 0.99, WatchVerdict.EARLY),
            (0.19, 1.0, WatchVerdict.STOP),
            (0.2, 1.0, WatchVerdict.GO_ON),
        ],
    )
    def test_waits_until_enough_was_spent(
        self, chance: float | None, needed: float, verdict: WatchVerdict
    ) -> None:
        found, reason = rules.watch_verdict(chance, orders=0, needed=needed)
        assert found is verdict
        assert reason.endswith(".")


class TestThePage:
    def test_is_for_nobody_and_for_nobody_else(self, desk: Desk, client: Client) -> None:
        page = desk.where("delivery:first_days")
        assert client.get(page).status_code == 302
        client.force_login(User.objects.create_user("else@shop.example", name="Sample stranger"))
        assert client.get(page).status_code == 404

    def test_says_what_each_post_says(self, desk: Desk, client: Client) -> None:
        client.force_login(User.objects.get(email="viewer@shop.example"))
        page = desk.where("delivery:first_days")
        assert "Not calculated yet" in client.get(page).content.decode()
        watch.judge(desk.workspace, now=desk.now)
        assert "No ads in their first days" in client.get(page).content.decode()
        made = make_posts(desk)
        run_ads(desk, [(post, 6_000, 100) for post in made[10:14]])
        sell(desk, made[12], 14)
        watch.judge(desk.workspace, now=desk.now)
        shown = client.get(page).content.decode()
        assert shown.count("Consider stopping") == 3
        assert shown.count("Go on") == 1
        assert "Pause on Live" in shown
        assert "published figures" in shown
        assert "Calculated" in shown

    def test_reads_what_was_kept_and_not_the_library(
        self, desk: Desk, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = make_posts(desk)
        run_ads(desk, [(post, 6_000, 100) for post in made[10:14]])
        watch.judge(desk.workspace, now=desk.now)

        def opened(*_: object, **__: object) -> None:
            raise AssertionError("the page opens the library")

        monkeypatch.setattr(watch.chances, "open_library", opened)
        client.force_login(User.objects.get(email="viewer@shop.example"))
        assert (
            client.get(desk.where("delivery:first_days")).content.decode().count("sample.ana") >= 4
        )

    def test_keeps_what_the_library_says(self, desk: Desk) -> None:
        made = make_posts(desk)
        run_ads(desk, [(post, 6_000, 100) for post in made[10:14]])
        watch.judge(desk.workspace, now=desk.now)
        kept = watch.latest(desk.workspace)
        found = watch.watch(desk.workspace, now=desk.now)
        assert {each.post.pk: each.to_json() for each in kept.rows} == {
            each.post.pk: each.to_json() for each in found
        }
        assert (kept.at, kept.launches) == (desk.now, 0)


class TestDanger:
    def keys(self) -> list[str]:
        open_ones = Notice.objects.filter(key__startswith=watch.DANGER, done_at=None)
        return sorted(open_ones.values_list("key", flat=True))

    def test_is_told_once_for_a_post_and_done_when_over(self, desk: Desk) -> None:
        made = make_posts(desk)
        run_ads(desk, [(post, 6_000, 100) for post in made[10:14]])
        sell(desk, made[12], 14)
        watch.judge(desk.workspace, now=desk.now)
        assert len(self.keys()) == 4  # hardly anybody watches these ads, the one that sells too
        first = Notice.objects.filter(key__startswith=watch.DANGER).first()
        assert first is not None
        assert first.roles == ["media_buyer"]
        assert first.path == "live/first-days/"
        watch.judge(desk.workspace, now=desk.now)
        assert Notice.objects.filter(key__startswith=watch.DANGER).count() == 4
        Ad.objects.update(secondary_status="AD_STATUS_DISABLE")
        watch.judge(desk.workspace, now=desk.now)
        assert self.keys() == []

    def test_compares_with_ten_launches_of_ones_own(self, desk: Desk) -> None:
        made = make_posts(desk)
        run_ads(desk, [(post, 6_000, 100) for post in made[:12]], began=6)
        library = watch.chances.open_library(desk.workspace, now=desk.now)
        usual, shown = watch._launches(desk.workspace, library, now=desk.now)
        assert usual["ctr"].launches == 12
        assert usual["ctr"].rate == pytest.approx(0.01, rel=0.05)
        assert shown[made[0].item_id] == (20_000, 200, 2)
        (run,) = [watch.judge(desk.workspace, now=desk.now)]
        assert run.launches == 12
        assert not run.is_by_published
        assert all(not each.dangers for each in run.rows)  # alike: none is weaker than the others

    def test_of_an_older_judgement_never_replaces_a_newer(self, desk: Desk) -> None:
        make_posts(desk)
        watch.judge(desk.workspace, now=desk.now + timedelta(hours=1))
        watch.judge(desk.workspace, now=desk.now)
        assert watch.latest(desk.workspace).at == desk.now + timedelta(hours=1)

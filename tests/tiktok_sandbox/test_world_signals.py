"""Events that are received act: on reports, on learning, by what they say of the buyer."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from sandbox_small_world import creator_posts
from sandbox_team import Team

from tiktok_sandbox.control.truth_document import truth
from tiktok_sandbox.server import SandboxServer
from tiktok_sandbox.world.ads.buyers import buyer_of
from tiktok_sandbox.world.ads.events import API, PIXEL, Event, click_id, take_event
from tiktok_sandbox.world.ads.ready_made import add_ad, add_adgroup, add_campaign, authorize
from tiktok_sandbox.world.ads.signals import orders_known_to_platform, set_mode
from tiktok_sandbox.world.delivery.measures import MEASURES, delivery_sums
from tiktok_sandbox.world.delivery.orders import read_orders
from tiktok_sandbox.world.drawing.build import build_world, read_family, sent_family
from tiktok_sandbox.world.families.files import FamilyFileError
from tiktok_sandbox.world.passing.hours import advance_to
from tiktok_sandbox.world.state.entities import Order
from tiktok_sandbox.world.state.events import Pixel
from tiktok_sandbox.world.state.refusals import RefusedError
from tiktok_sandbox.world.storage import load, save
from tiktok_sandbox.world.world import World

PLACES = {name: place for place, name in enumerate(MEASURES)}
HASHED = ("email", "phone", "external_id")


def world_with(pixel: str, **group: Any) -> World:
    """The demo world with two ads that sell, measured in this way."""
    base = read_family("demo")
    world = build_world(family=replace(base, shop=replace(base.shop, pixel=pixel)), seed=7)
    advertiser_id = next(iter(world.state.advertisers))
    world.state.measurement.pixels["7200"] = Pixel(
        pixel_id="7200",
        pixel_code="CSAMPLE",
        advertiser_id=advertiser_id,
        name="Sample",
        category="ONLINE_STORE",
        created_at=world.now,
    )
    campaign = add_campaign(world, advertiser_id)
    for post in creator_posts(world)[4:6]:
        authorize(world, post.item_id, advertiser_id)
        add_ad(world, add_adgroup(world, campaign, budget=300, **group), post.item_id)
    return world


def advance(world: World, days: float) -> None:
    advance_to(world, world.now + timedelta(days=days))


def reported(world: World) -> dict[str, int]:
    """Sums of a report over everything there ever was."""
    advertiser_id = next(iter(world.state.advertisers))
    sums = delivery_sums(world, advertiser_id=advertiser_id, hours_per_bucket=0)
    return {name: sum(int(row[place]) for row in sums.values()) for name, place in PLACES.items()}


def sent(world: World, order: Order, *names: str, **given: Any) -> str:
    """Send the purchase of an order with these identifiers; the verdict."""
    buyer = buyer_of(world.seed, int(order.order_id[3:]) - 1)
    user = {
        name: (hashlib.sha256(str(getattr(buyer, name)).encode()).hexdigest(),)
        if name in HASHED
        else (str(getattr(buyer, name)),)
        for name in names
        if name != "ttclid"
    }
    ttclid = None
    if "ttclid" in names and order.ad_id is not None:
        ttclid = click_id(world, world.state.ads[order.ad_id], order.clicked_at)
    fields: dict[str, Any] = {
        "source": "web",
        "source_id": "CSAMPLE",
        "channel": API,
        "name": "Purchase",
        "event_id": order.order_id,
        "at": order.placed_at,
        "ttclid": ttclid,
        "user": user,
        "value_minor": order.gross_minor - order.discount_minor,
    }
    return take_event(world, Event(**fields | given))


def send_all(world: World, *names: str, **given: Any) -> None:
    for order in read_orders(world, until=world.now):
        sent(world, order, *names, **given)


def by_click(world: World) -> tuple[int, int]:
    found = reported(world)
    return (
        found["conversions"] - found["view_conversions"],
        found["value_minor"] - found["view_value_minor"],
    )


def match_rate(world: World) -> float:
    tallies = world.state.measurement.tallies.values()
    return sum(t.recognised for t in tallies) / sum(t.counted for t in tallies)


def worth(document: dict[str, object]) -> dict[str, object]:
    return {name: part for name, part in document.items() if name != "events"}


class TestInstalledPixel:
    def test_tells_everything_and_events_beside_it_change_nothing(self) -> None:
        plain, busy = world_with("installed"), world_with("installed")
        for world in (plain, busy):
            advance(world, 5)
        send_all(busy, "email", "phone", "ttclid")
        for world in (plain, busy):
            advance(world, 5)
        assert worth(truth(plain)) == worth(truth(busy))
        assert reported(busy)["conversions"] > 50


class TestReceivedEvents:
    def test_are_all_that_reports_count(self) -> None:
        world, other = world_with("events_api"), world_with("installed")
        for each in (world, other):
            advance(each, 3)
        assert reported(world)["conversions"] == 0
        assert [o.order_id for o in read_orders(world, until=world.now)]
        send_all(world, "ttclid")
        placed = [o for o in read_orders(world, until=world.now) if o.ad_id is not None]
        value = sum(o.gross_minor - o.discount_minor for o in placed)
        assert by_click(world) == (len(placed), value)

    def test_with_the_click_restore_what_an_installed_pixel_tells(self) -> None:
        """Nothing was learned yet in the first hours, so both worlds sold the same."""
        world, other = world_with("events_api"), world_with("installed")
        for each in (world, other):
            advance(each, 0.25)
        send_all(world, "ttclid", "email", "phone", "external_id", "ttp")
        assert by_click(world) == by_click(other)
        assert by_click(other)[0] > 0

    @pytest.mark.slow
    def test_are_recognised_by_what_they_carry(self) -> None:
        rates = {}
        for names in (("email",), ("phone",), ("email", "phone"), ("ttp", "email", "phone"), ()):
            world = world_with("events_api")
            advance(world, 14)
            send_all(world, *names)
            rates[names] = match_rate(world)
        assert rates[()] == 0
        # Some 900 orders: two standard errors of a share are .035.
        assert rates["email",] == pytest.approx(0.55, abs=0.05)
        assert rates["phone",] == pytest.approx(0.45, abs=0.05)
        assert rates["email", "phone"] == pytest.approx(1 - 0.45 * 0.55, abs=0.05)
        assert rates["ttp", "email", "phone"] > rates["email", "phone"] > rates["email",]

    def test_without_a_click_bring_the_credit_of_those_recognised(self) -> None:
        world = world_with("events_api")
        advance(world, 10)
        send_all(world, "email")
        found = reported(world)
        tallies = world.state.measurement.tallies.values()
        assert found["conversions"] == sum(t.converted for t in tallies) > 0
        assert sum(t.matched for t in tallies) < sum(t.recognised for t in tallies)
        assert found["view_conversions"] > 0

    def test_count_once_whatever_way_they_come(self) -> None:
        world = world_with("events_api")
        advance(world, 3)
        send_all(world, "ttclid")
        once = reported(world)
        send_all(world, "ttclid")
        send_all(world, "ttclid", channel=PIXEL)
        assert reported(world) == once

    def test_count_for_the_goal_of_their_ad_group_alone(self) -> None:
        world = world_with("events_api", optimization_event="ON_WEB_CART")
        advance(world, 3)
        send_all(world, "ttclid")
        assert reported(world)["conversions"] == 0
        send_all(world, "ttclid", name="AddToCart")
        assert by_click(world)[0] > 0

    def test_count_for_ad_groups_of_their_pixel_and_account_alone(self) -> None:
        world = world_with("events_api", pixel_id="7200")
        advance(world, 3)
        send_all(world, "ttclid", source="crm", source_id="C-1")
        crm = by_click(world)[0]
        assert crm > 0
        other = list(world.state.advertisers)[1]
        stranger = replace(world.state.measurement.pixels["7200"], pixel_id="7201")
        stranger.pixel_code, stranger.advertiser_id = "COTHER", other
        world.state.measurement.pixels["7201"] = stranger
        send_all(world, "ttclid", source_id="COTHER")
        assert by_click(world)[0] == crm
        send_all(world, "ttclid")
        assert by_click(world)[0] == 2 * crm

    def test_may_be_worth_anything(self) -> None:
        world = world_with("events_api")
        advance(world, 1)
        send_all(world, "ttclid", value_minor=10**15)
        assert reported(world)["value_minor"] == 2_000_000_000 * by_click(world)[0]

    def test_are_kept_in_a_save(self) -> None:
        world = world_with("events_api")
        advance(world, 4)
        send_all(world, "email", "ttclid")
        again = load(save(world))
        for each in (world, again):
            send_all(each, "phone", event_id=None)
            advance(each, 4)
        assert truth(world) == truth(again)


class TestLearning:
    @pytest.mark.slow
    def test_needs_events(self) -> None:
        deaf, told = world_with("events_api"), world_with("events_api")
        installed = world_with("installed")
        worlds = (deaf, told, installed)
        for _ in range(12):
            for world in worlds:
                advance(world, 1)
            send_all(told, "ttclid")
        known = [
            orders_known_to_platform(world, world.tally.group_orders.astype(float)).sum()
            for world in worlds
        ]
        assert known[0] == 0
        assert known[1] > 0.8 * known[2] > 50
        sold = [
            sum(order.ad_id is not None for order in read_orders(world, until=world.now))
            for world in worlds
        ]
        assert sold[1] > 1.2 * sold[0]
        assert sold[1] == pytest.approx(sold[2], rel=0.15)

    def test_knows_what_was_booked_where_the_pixel_is_installed(self) -> None:
        world = world_with("installed")
        advance(world, 2)
        booked = world.tally.group_orders.astype(float)
        assert orders_known_to_platform(world, booked) is booked
        set_mode(world, "installed")
        advance(world, 0.25)
        world.state.ticks_done -= world.state.ticks_done % 6
        again = orders_known_to_platform(world, world.tally.group_orders.astype(float))
        assert again.tolist() == world.tally.group_orders.tolist()


class TestOutages:
    def test_lose_what_was_sold_while_they_last(self) -> None:
        world = world_with("installed")
        advance(world, 3)
        before = reported(world)["conversions"]
        set_mode(world, "none")
        advance(world, 3)
        assert reported(world)["conversions"] == before
        send_all(world, "ttclid")
        assert reported(world)["conversions"] == before
        start = world.now
        set_mode(world, "installed")
        advance(world, 3)
        after = [o for o in read_orders(world, until=world.now) if o.placed_at >= start]
        clicks = sum(o.ad_id is not None for o in after)
        assert before + clicks <= reported(world)["conversions"] <= before + len(after)

    def test_of_one_pixel_leave_other_ad_groups_alone(self) -> None:
        mine, others = world_with("installed", pixel_id="7200"), world_with("installed")
        for world in (mine, others):
            set_mode(world, "none", world.state.measurement.pixels["7200"])
            advance(world, 3)
        assert reported(mine)["conversions"] == 0
        assert reported(others)["conversions"] > 0

    def test_of_the_pixel_an_ad_tracks_with_are_its_own(self) -> None:
        world = world_with("installed")
        first, *_ = world.state.ads.values()
        first.fields = first.fields | {"tracking_pixel_id": 7200}
        set_mode(world, "none", world.state.measurement.pixels["7200"])
        advance(world, 3)
        advertiser_id = first.advertiser_id
        sums = delivery_sums(world, advertiser_id=advertiser_id, hours_per_bucket=0)
        sold = {ad: int(row[PLACES["conversions"]]) for (ad, _), row in sums.items()}
        assert sold[first.number] == 0 < sold[1 - first.number]

    def test_do_not_touch_what_is_sold_on_tiktok(self) -> None:
        world = world_with("none", promotion_type="TIKTOK_SHOP")
        advance(world, 3)
        assert reported(world)["conversions"] > 0

    def test_have_names(self) -> None:
        world = world_with("installed")
        with pytest.raises(RefusedError):
            set_mode(world, "broken")
        with pytest.raises(FamilyFileError):
            sent_family({"extends": "demo", "name": "x", "shop": {"pixel": "broken"}})


class TestOverHttp:
    def test_a_shop_sends_what_it_knows_of_its_buyers(self) -> None:
        world = world_with("events_api", optimization_goal="CONVERT")
        with SandboxServer(world=world) as sandbox:
            team = Team(sandbox)
            sandbox.advance(days=2)
            lines = sandbox.text("shop/buyers.csv").splitlines()
            rows = [
                dict(zip(lines[0].split(","), line.split(","), strict=True)) for line in lines[1:]
            ]
            assert len(rows) > 15
            data = [
                {
                    "event": "Purchase",
                    "event_time": 1_772_500_000,
                    "event_id": row["order_id"],
                    "user": {
                        "email": hashlib.sha256(row["email"].encode()).hexdigest(),
                        "phone": [hashlib.sha256(row["phone"].encode()).hexdigest()],
                        "ttclid": row["ttclid"],
                    },
                    "properties": {"value": 20.5, "currency": "USD"},
                    "page": {"url": "https://shop.example/thanks"},
                }
                for row in rows
            ]
            body = {"event_source": "web", "event_source_id": "CSAMPLE", "data": data}
            assert team.call("POST", "/event/track/", **body)["code"] == 0
            (stats,) = team.get(
                "/pixel/event/stats/",
                pixel_ids=["7200"],
                date_range={"start_date": "2026-03-01", "end_date": "2026-03-30"},
            )["list"]
            (purchases,) = stats["statistics"]
            assert 0.6 < float(purchases["match_rate"]) <= 1
            (row,) = sandbox.get("truth/")["events"]
            assert row["match_rate"] == float(purchases["match_rate"])
            spent = team.report("AUCTION_ADVERTISER", by=None, metrics=["conversion"])[0]
            assert int(spent["metrics"]["conversion"]) == row["converted"] > 5
            value = sum(day["value_minor"] for day in sandbox.get("truth/")["ad_days"])
            assert value == 2050 * row["converted"]

    def test_control_breaks_a_pixel_and_mends_it(self, team: Team) -> None:
        made = team.post("/pixel/create/", pixel_name="Sample")
        for mode in ("none", "events_api", "installed"):
            given = {"mode": mode, "pixel_code": made["pixel_code"]}
            found = team.sandbox.post("pixel/mode/", given)
        assert found["at_first"] == "installed"
        assert [row["mode"] for row in found["changes"]] == ["none", "events_api", "installed"]
        assert team.sandbox.get("pixel/mode/") == found
        for bad in ({}, {"mode": "x"}, {"mode": "none", "pixel_code": "CNOBODY"}):
            with pytest.raises(Exception, match=r"mode|pixel_code"):
                team.sandbox.post("pixel/mode/", bad)
        fired = {"pixel_code": made["pixel_code"], "event": "Purchase", "value": -1}
        with pytest.raises(Exception, match="value"):
            team.sandbox.post("pixel/fire/", fired)

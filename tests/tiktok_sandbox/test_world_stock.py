"""Stock that ends: orders take it, nobody buys what is gone, ads go on spending."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sandbox_small_world import creator_posts
from sandbox_team import Team, http_status

from tiktok_sandbox.control.truth_document import truth
from tiktok_sandbox.world.ads.ready_made import add_ad, add_adgroup, add_campaign, authorize
from tiktok_sandbox.world.delivery.orders import read_orders
from tiktok_sandbox.world.delivery.stock import restock, set_stock, stock_of
from tiktok_sandbox.world.drawing.build import build_world, read_family
from tiktok_sandbox.world.passing.hours import advance_to
from tiktok_sandbox.world.state.refusals import RefusedError
from tiktok_sandbox.world.storage import load, save
from tiktok_sandbox.world.world import World

pytestmark = pytest.mark.slow


def world_with(stock: int) -> World:
    """The demo world with so many units of everything and three ads that sell."""
    base = read_family("demo")
    goods = tuple(replace(item, stock=stock) for item in base.products)
    world = build_world(family=replace(base, products=goods), seed=7)
    advertiser_id = next(iter(world.state.advertisers))
    campaign = add_campaign(world, advertiser_id)
    for post in creator_posts(world)[4:7]:
        authorize(world, post.item_id, advertiser_id)
        add_ad(world, add_adgroup(world, campaign, budget=300), post.item_id)
    return world


def units_sold(world: World) -> dict[str, int]:
    sold = dict.fromkeys(world.state.products, 0)
    for order in read_orders(world, until=world.now):
        sold[order.sku] += order.quantity
    return sold


class TestStock:
    def test_is_what_orders_have_not_taken_at_any_minute(self) -> None:
        world = world_with(40)
        for minutes in (60, 90, 1000, 25, 2000, 5000, 10_000):
            advance_to(world, world.now + timedelta(minutes=minutes))
            left, sold = stock_of(world), units_sold(world)
            assert {sku: left[sku] + sold[sku] for sku in sold} == dict.fromkeys(sold, 40)
            assert min(left.values()) >= 0
        assert min(left.values()) == 0

    def test_that_ended_ends_the_orders_but_not_the_spending(self) -> None:
        world = world_with(25)
        advance_to(world, world.now + timedelta(days=12))
        gone = {sku for sku, left in stock_of(world).items() if not left}
        assert gone
        before, spent = units_sold(world), world.ad_hours.column("spend_minor").sum()
        clicks = world.ad_hours.column("clicks").sum()
        advance_to(world, world.now + timedelta(days=4))
        after = units_sold(world)
        assert {sku: after[sku] for sku in gone} == {sku: before[sku] for sku in gone}
        assert world.ad_hours.column("spend_minor").sum() > spent + 50_000
        assert world.ad_hours.column("clicks").sum() > clicks
        sku = next(iter(gone))
        assert restock(world, sku, 500) == 500
        advance_to(world, world.now + timedelta(days=4))
        assert units_sold(world)[sku] > after[sku]

    def test_never_takes_back_an_order_that_was_seen(self) -> None:
        world = world_with(25)
        seen: dict[str, object] = {}
        for _ in range(60):
            advance_to(world, world.now + timedelta(minutes=130))
            found = {order.order_id: order for order in read_orders(world, until=world.now)}
            assert {number: found.get(number) for number in seen} == seen
            seen = dict(found)

    def test_changes_nothing_while_there_is_enough(self) -> None:
        few, many = world_with(2_000), world_with(900_000)
        for world in (few, many):
            advance_to(world, world.now + timedelta(days=6))
        assert truth(few) == truth(many)

    def test_is_the_same_after_a_save_and_in_other_steps(self) -> None:
        one, other = world_with(30), world_with(30)
        end = one.now + timedelta(days=9)
        advance_to(one, end)
        while other.now < end:
            advance_to(other, min(end, other.now + timedelta(hours=31)))
            other = load(save(other))
        assert (truth(one), stock_of(one)) == (truth(other), stock_of(other))

    def test_may_be_set_but_not_to_nonsense(self) -> None:
        world = world_with(25)
        sku = next(iter(world.state.products))
        assert set_stock(world, sku, 3) == 3
        assert set_stock(world, sku, 80) == 80
        for units in (-1, 2_000_000_000):
            with pytest.raises(RefusedError):
                set_stock(world, sku, units)
        with pytest.raises(RefusedError):
            restock(world, "NOBODY", 1)
        assert stock_of(world)[sku] == 80


acts = st.lists(
    st.tuples(st.sampled_from(["minutes", "units", "stock"]), st.integers(0, 900)),
    min_size=4,
    max_size=14,
)


class TestLaw:
    @pytest.mark.slow
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(stock=st.integers(0, 30), acts=acts)
    def test_never_sells_what_is_not_there(self, stock: int, acts: list[tuple[str, int]]) -> None:
        """Whatever is added and set, what is left and what was sold is what was there."""
        world = world_with(stock)
        there = dict.fromkeys(world.state.products, stock)
        for act, number in acts:
            for sku in list(there):
                before = stock_of(world)[sku]
                if act == "units":
                    there[sku] += restock(world, sku, number % 10) - before
                elif act == "stock":
                    there[sku] += set_stock(world, sku, number % 20) - before
            if act == "minutes":
                advance_to(world, world.now + timedelta(minutes=7 * number))
            left, sold = stock_of(world), units_sold(world)
            assert {sku: left[sku] + sold[sku] for sku in there} == there
            assert min(left.values()) >= 0


class TestControl:
    def test_restocks_and_empties(self, team: Team) -> None:
        sku = team.world["products"][0]["sku"]
        assert team.sandbox.post("shop/restock/", {"sku": sku, "stock": 7})["stock"] == 7
        assert team.sandbox.post("shop/restock/", {"sku": sku, "units": 5})["stock"] == 12
        row = next(line for line in _products(team) if line.startswith(sku))
        assert row.endswith(",12")

    def test_shows_on_the_page_where_ads_lead(self, team: Team) -> None:
        sku = team.world["products"][0]["sku"]
        address = f"{team.sandbox.url}/p/{sku}"
        assert "In stock" in http_status(address)[1]
        team.sandbox.post("shop/restock/", {"sku": sku, "stock": 0})
        status, text = http_status(address)
        assert (status, "Out of stock" in text) == (200, True)
        assert http_status(f"{team.sandbox.url}/p/NOTHING")[0] == 404

    @pytest.mark.parametrize("body", [{}, {"units": 3}, {"sku": "X", "units": 3}, {"units": "3"}])
    def test_says_what_is_wrong(self, team: Team, body: dict[str, object]) -> None:
        with pytest.raises(Exception, match=r"units|no product"):
            team.sandbox.post("shop/restock/", body)


def _products(team: Team) -> list[str]:
    answer = team.sandbox._send("GET", "/sandbox/v1/shop/products.csv", None)
    return answer.decode().splitlines()

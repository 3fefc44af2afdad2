"""Orders: what was bought, when people can see it, who caused it, and whom the platform credits.

An order is a row of numbers, drawn as a function of (seed, hour, source, ordinal). It becomes a
record with texts only when somebody reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote_plus, urlencode

import numpy as np

from tiktok_sandbox.world.ads.outages import befallen
from tiktok_sandbox.world.delivery.eligible_ads import EligibleAds
from tiktok_sandbox.world.delivery.prices import calendar_buying
from tiktok_sandbox.world.delivery.stock import may_buy
from tiktok_sandbox.world.ledgers import ledger
from tiktok_sandbox.world.ledgers.ledger import ORDER
from tiktok_sandbox.world.randomness.columns import FloatArray, IntArray, hashed, poisson
from tiktok_sandbox.world.state.clock import seconds
from tiktok_sandbox.world.state.entities import Ad, Order, Post
from tiktok_sandbox.world.state.hours import DAY_SECONDS, HOUR_SECONDS, Hours
from tiktok_sandbox.world.world import World

DIRECT, FREE, PAID = ledger.DIRECT, ledger.FREE, ledger.PAID
SOURCES = ("direct", "organic", "spark")
BY_CLICK, BY_VIEW, NOBODY = ledger.BY_CLICK, ledger.BY_VIEW, ledger.NOBODY
REFUND_DAYS_LOW, REFUND_DAYS_HIGH = 3.0, 10.0
VIEW_HOURS = 24
SHOP = "https://shop.example"


def place_ad_orders(
    world: World, eligible: EligibleAds, *, ticks: IntArray, places: IntArray, counts: IntArray
) -> IntArray:
    """Orders of people who clicked an ad in an hour; places are rows of the eligible ads.

    Returns how many of the `counts` found the product in stock, same shape.
    """
    for place in np.unique(places[eligible.landing[places] == NOBODY]):
        ad = eligible.ads[place]
        eligible.landing[place] = world.landing_number(landing_url(world, ad))
    landings = eligible.landing[places].copy()
    epoch = seconds(world.state.epoch)
    untracked = befallen(
        world,
        "tracking_gap",
        accounts=eligible.account[places],
        instants=epoch + ticks * HOUR_SECONDS,
    )
    for row in np.flatnonzero(untracked).tolist():
        # The page is opened without what would say where from.
        page = world.state.landings[landings[row]].partition("?")[0]
        landings[row] = world.landing_number(page)
    group = eligible.group[places]
    return _place(
        world,
        ticks,
        source=PAID,
        refs=eligible.number[places],
        counts=counts,
        posts=eligible.post[places],
        products=world.traits.product[eligible.post[places]],
        landings=landings,
        click_days=eligible.group_click_days[group],
    )


def place_organic_orders(
    world: World, *, ticks: IntArray, posts: IntArray, counts: IntArray
) -> None:
    """Orders of people who saw a post for free."""
    everything = list(world.state.posts.values())
    landings = [world.landing_number(organic_url(everything[number])) for number in posts]
    _place(
        world,
        ticks,
        source=FREE,
        refs=posts,
        counts=counts,
        posts=posts,
        products=world.traits.product[posts],
        landings=np.array(landings, dtype=np.int64),
    )


def place_direct_orders(world: World, hours: Hours) -> None:
    """Orders from nowhere: people who typed the shop's name."""
    products = list(world.state.products.values())
    draws = hashed(world.seed, "direct", hours.tick[:, None], np.arange(len(products)))
    # The shop's own country has the first account's calendar.
    willing = calendar_buying(world.family, hours)[:, :1]
    mean = world.family.shop.direct_orders_per_hour * willing * np.ones(len(products))
    counts = poisson(mean, draws)
    hour, bought = np.nonzero(counts)
    if len(bought):
        landings = [world.landing_number(f"{SHOP}/p/{products[place].sku}") for place in bought]
        _place(
            world,
            hours.tick[hour],
            source=DIRECT,
            refs=bought,
            counts=counts[hour, bought],
            posts=np.full(len(bought), NOBODY),
            products=bought,
            landings=np.array(landings, dtype=np.int64),
        )


def _place(
    world: World,
    ticks: IntArray,
    *,
    source: int,
    refs: IntArray,
    counts: IntArray,
    posts: IntArray,
    products: IntArray,
    landings: IntArray,
    click_days: IntArray | None = None,
) -> IntArray:
    """Draw the orders of several causes at once; arrays are shape (causes,).

    Returns how many there are of each: fewer than `counts` where stock has ended.
    """
    each = np.repeat(np.arange(len(refs)), counts)
    ordinal = np.arange(len(each)) - np.concatenate([[0], np.cumsum(counts)])[each]
    is_sold = products[each] >= 0
    each, ordinal = each[is_sold], ordinal[is_sold]
    if not len(each):
        return np.zeros(len(refs), dtype=np.int64)
    ref, tick = refs[each], ticks[each]

    def draw(purpose: str) -> FloatArray:
        return hashed(world.seed, f"order.{source}.{purpose}", tick, ref, ordinal)

    shop, goods = world.family.shop, list(world.state.products.values())
    within = np.floor(draw("second") * HOUR_SECONDS).astype(np.int64)
    clicked = seconds(world.state.epoch) + tick * HOUR_SECONDS + within
    waited = np.searchsorted(np.cumsum(shop.delay_days)[:-1], draw("delay"))
    days = waited if source == PAID else np.zeros(len(each), dtype=np.int64)
    placed = clicked + days * DAY_SECONDS
    quantity = 1 + np.searchsorted(np.cumsum(shop.quantities)[:-1], draw("quantity"))
    gross = np.array([item.price_minor for item in goods])[products[each]] * quantity
    is_cheaper = draw("discount") < shop.discount_share
    discount = np.where(is_cheaper, gross * shop.discount_bp // 10_000, 0)
    is_returned = draw("refund") < shop.refund_share
    after = REFUND_DAYS_LOW + (REFUND_DAYS_HIGH - REFUND_DAYS_LOW) * draw("return")
    refunded = placed + np.floor(after * DAY_SECONDS).astype(np.int64)
    if source == PAID:
        in_window = days < click_days[each] if click_days is not None else days < 0
        credited, credit = np.where(in_window, ref, NOBODY), np.where(in_window, BY_CLICK, 0)
    else:
        credited = _seen_before(world, tick, draw("view"))
        credit = np.where(credited == NOBODY, 0, BY_VIEW)
    is_ads = credited != NOBODY
    silent = befallen(
        world,
        "pixel_outage",
        accounts=world.tally.ad_account[np.where(is_ads, credited, 0)]
        if is_ads.any()
        else credited,
        instants=placed,
    )
    credited = np.where(is_ads & silent, NOBODY, credited)
    credit = np.where(credited == NOBODY, 0, credit)
    columns = {
        "tick": tick,
        "source": np.full(len(each), source),
        "ref": ref,
        "post": posts[each],
        "product": products[each],
        "clicked_second": clicked,
        "placed_second": placed,
        "quantity": quantity,
        "gross_minor": gross,
        "discount_minor": discount,
        "refund_minor": np.where(is_returned, gross - discount, 0),
        "refunded_second": np.where(is_returned, refunded, NOBODY),
        "landing": landings[each],
        "credited_ad": credited,
        "credit": credit,
    }
    sold = may_buy(world, products=products[each], quantities=quantity, is_now=days == 0)
    rows = np.stack([columns[name] for name in ORDER], axis=1).astype(np.int64)
    world.orders.append(rows[sold])
    return np.bincount(each[sold], minlength=len(refs))


def _seen_before(world: World, ticks: IntArray, draws: FloatArray) -> IntArray:
    """The ad that a buyer nobody sent happens to have seen within a day, or NOBODY.

    This is view-through credit: it grows with reach alone, whatever the ads did (science.md §4.7).
    """
    found = np.full(len(draws), NOBODY)
    if not world.family.reporting.view_through:
        return found
    for tick in np.unique(ticks).tolist():
        recent = world.ad_hours.since(tick - VIEW_HOURS)
        recent = recent[: np.searchsorted(recent[:, 0], tick)]
        seen = np.bincount(
            recent[:, 1], weights=recent[:, world.ad_hours.place("impressions")], minlength=1
        )
        chance = np.cumsum(np.minimum(seen / world.family.delivery.audience, 1.0))
        mine = ticks == tick
        ads = np.searchsorted(chance, draws[mine])
        found[mine] = [_if_counted(world, int(ad), most=len(chance)) for ad in ads]
    return found


def _if_counted(world: World, number: int, *, most: int) -> int:
    """The ad, unless there is none or its ad group counts no views."""
    if number >= most:
        return NOBODY
    ad = world.find.ads()[number]
    window = world.state.adgroups[ad.adgroup_id].fields.get("view_attribution_window")
    return NOBODY if window == "OFF" else number


def organic_url(post: Post) -> str:
    """The landing page of people who saw the post for free, with its UTM parameters."""
    query = urlencode(
        {
            "utm_source": "tiktok",
            "utm_medium": "organic_creator",
            "cr": post.handle,
            "post": post.item_id,
            "sku": post.sku,
        }
    )
    return f"{SHOP}/p/{post.sku}?{query}"


def landing_url(world: World, ad: Ad) -> str:
    """The ad's landing page with TikTok's macros filled in (tiktok-api.md §8.3)."""
    campaign = world.state.campaigns[ad.campaign_id]
    adgroup = world.state.adgroups[ad.adgroup_id]
    values: Mapping[str, object] = {
        "__CAMPAIGN_NAME__": campaign.fields.get("campaign_name", ""),
        "__CAMPAIGN_ID__": campaign.campaign_id,
        "__AID_NAME__": adgroup.fields.get("adgroup_name", ""),
        "__AID__": adgroup.adgroup_id,
        "__CID_NAME__": ad.fields.get("ad_name", ""),
        "__CID__": ad.ad_id,
        "__PLACEMENT__": "TikTok",
    }
    url = str(ad.fields.get("landing_page_url") or "")
    for macro, value in values.items():
        url = url.replace(macro, quote_plus(str(value)))
    return url


def read_orders(world: World, *, until: datetime) -> list[Order]:
    """Orders placed by `until`, oldest first, as records."""
    rows = world.orders.rows
    shown = np.flatnonzero(world.orders.column("placed_second") <= until.timestamp())
    ads, posts = list(world.state.ads), list(world.state.posts)
    products = list(world.state.products.values())
    ads_only = {number for number, post in enumerate(world.state.posts.values()) if post.ads_only}
    found = []
    for place in shown.tolist():
        row = dict(zip(ORDER, rows[place].tolist(), strict=True))
        product = products[row["product"]]
        found.append(
            Order(
                order_id=f"SO-{place + 1:06d}",
                clicked_at=_instant(row["clicked_second"]),
                placed_at=_instant(row["placed_second"]),
                sku=product.sku,
                quantity=row["quantity"],
                currency=product.currency,
                gross_minor=row["gross_minor"],
                discount_minor=row["discount_minor"],
                discount_code="SAMPLE10" if row["discount_minor"] else "",
                refund_minor=row["refund_minor"],
                refunded_at=(
                    None if row["refunded_second"] == NOBODY else _instant(row["refunded_second"])
                ),
                source="ads_only" if row["post"] in ads_only else SOURCES[row["source"]],
                item_id=None if row["post"] == NOBODY else posts[row["post"]],
                ad_id=ads[row["ref"]] if row["source"] == PAID else None,
                landing_url=world.state.landings[row["landing"]],
            )
        )
    found.sort(key=lambda order: (order.placed_at, order.order_id))
    return found


def _instant(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)

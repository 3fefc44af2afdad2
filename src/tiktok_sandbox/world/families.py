"""Families of worlds: who exists at the start, drawn from the seed.

`demo` is a small brand with two ad accounts, twelve creators, four products and about thirty
creator posts, nine of them older than the epoch. All names are sample data.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import numpy as np

from tiktok_sandbox.world.behaviour import Behaviour
from tiktok_sandbox.world.clock import Clock
from tiktok_sandbox.world.entities import (
    Advertiser,
    App,
    Creator,
    Deal,
    Post,
    Product,
    Qualities,
)
from tiktok_sandbox.world.organic import book_life_before
from tiktok_sandbox.world.randomness import FloatArray, IdMint, normals, uniforms
from tiktok_sandbox.world.world import PUBLIC, State, World, utc

EPOCH = utc(2026, 3, 2)
HANDLES = (
    "ana",
    "ben",
    "cleo",
    "dario",
    "emi",
    "farid",
    "gwen",
    "hugo",
    "iris",
    "jonas",
    "kaya",
    "lou",
)
BRAND = "sample.brand"
# sku, title, price, unit cost, fulfilment, platform bp, payment bp, commission bp, appeal
PRODUCTS = (
    ("GLOW-SERUM", "Glow serum 30 ml", 3400, 620, 450, 200, 290, 1000, 1.15),
    ("LUMEN-LAMP", "Lumen desk lamp", 4900, 1450, 700, 200, 290, 1000, 0.85),
    ("TRAIL-FLASK", "Trail flask 750 ml", 2900, 650, 480, 200, 290, 1200, 1.10),
    ("KNIT-THROW", "Knit throw", 7900, 2400, 900, 200, 290, 800, 0.65),
)
OPENINGS = (
    "Honest look at",
    "Three weeks with",
    "Why I kept",
    "Unboxing",
    "My routine with",
    "Rating",
)
CREATOR_POSTS, OLDER_POSTS, SCRIPT_DAYS = 30, 9, 30
SPREAD = {"hook": 0.35, "hold": 0.18, "engage": 0.40, "persuade": 0.60, "click": 0.45, "reach": 1.0}


class UnknownWorldError(ValueError):
    """No family of worlds has this name."""


def build_world(
    *,
    family: str = "demo",
    seed: int = 7,
    clock: str = "manual",
    behaviour: Behaviour | None = None,
    real: Callable[[], float] = time.time,
) -> World:
    """A fresh world at its epoch. Raises UnknownWorldError and ClockModeError."""
    if family not in FAMILIES:
        raise UnknownWorldError(f'no world is called "{family}"; known: {", ".join(FAMILIES)}')
    started = Clock(at_anchor=EPOCH, real_anchor=real())
    started.set_mode(clock, real=real())
    world = World(FAMILIES[family](seed, started), behaviour=behaviour, real=real)
    book_life_before(world)
    return world


def demo(seed: int, clock: Clock) -> State:
    mint = IdMint(seed)
    state = State(family="demo", seed=seed, epoch=EPOCH, clock=clock, app=_app(mint))
    for account in _advertisers(mint):
        state.advertisers[account.advertiser_id] = account
    for creator in _creators(seed, mint, linked=list(state.advertisers)):
        state.creators[creator.handle] = creator
    for sku, title, price, cost, fulfil, platform, payment, commission, appeal in PRODUCTS:
        state.products[sku] = Product(
            sku=sku,
            title=title,
            currency="USD",
            price_minor=price,
            unit_cost_minor=cost,
            fulfilment_cost_minor=fulfil,
            platform_fee_bp=platform,
            payment_fee_bp=payment,
            commission_bp=commission,
            stock=400,
            appeal=appeal,
        )
    for post in _posts(seed, mint):
        state.posts[post.item_id] = post
    _make_specials(state)
    for deal in _deals(seed, state):
        state.deals[deal.item_id] = deal
    return state


FAMILIES: dict[str, Callable[[int, Clock], State]] = {"demo": demo}


def _app(mint: IdMint) -> App:
    return App(
        app_id=mint.digits("app", 0, prefix="74"),
        name="Sample spark desk",
        secret=mint.hex("app.secret", 0, 20),
        client_key="sb" + mint.hex("app.key", 0, 8),
        client_secret=mint.hex("app.client_secret", 0, 16),
    )


def _advertisers(mint: IdMint) -> list[Advertiser]:
    rows = (
        ("Sample US account", "USD", "America/New_York", "US"),
        ("Sample EU account", "EUR", "Europe/Berlin", "DE"),
    )
    return [
        Advertiser(
            advertiser_id=mint.digits("advertiser", number, prefix="72"),
            name=name,
            currency=currency,
            timezone=timezone,
            country=country,
            company="Sample Brand",
            created_at=EPOCH - timedelta(days=400),
        )
        for number, (name, currency, timezone, country) in enumerate(rows)
    ]


def _creators(seed: int, mint: IdMint, *, linked: list[str]) -> list[Creator]:
    sizes = np.exp(np.log(9000) + 1.2 * normals(seed, "creator.followers", 0, len(HANDLES)))
    creators = [
        Creator(
            handle=f"sample.{name}",
            display_name=f"Sample {name.capitalize()}",
            open_id="_000" + mint.hex("open_id", number, 16),
            identity_id=mint.digits("identity", number, prefix="70"),
            followers=round(float(size)),
        )
        for number, (name, size) in enumerate(zip(HANDLES, sizes, strict=True))
    ]
    brand = Creator(
        handle=BRAND,
        display_name="Sample Brand",
        open_id="_000" + mint.hex("open_id", len(HANDLES), 16),
        identity_id=mint.digits("identity", len(HANDLES), prefix="70"),
        followers=15_400,
        is_brand=True,
        linked_advertiser_ids=linked,
    )
    return [*creators, brand]


def _qualities(seed: int, count: int) -> list[Qualities]:
    """Latents of posts: hook, hold and engagement go together, persuasion only weakly."""
    raw = {name: normals(seed, f"quality.{name}", 0, count) for name in SPREAD}
    common = normals(seed, "quality.common", 0, count)
    click: FloatArray = 0.35 * raw["persuade"] + np.sqrt(1 - 0.35**2) * raw["click"]
    loading = {"hook": 0.7, "hold": 0.7, "engage": 0.7, "reach": 0.4, "persuade": 0.2}

    def mixed(name: str) -> FloatArray:
        value: FloatArray
        if name == "click":
            value = click * SPREAD["click"]
            return value
        load = loading[name]
        value = (load * common + np.sqrt(1 - load**2) * raw[name]) * SPREAD[name]
        return value

    columns = {name: mixed(name) for name in SPREAD}
    return [
        Qualities(**{name: round(float(columns[name][i]), 6) for name in SPREAD})
        for i in range(count)
    ]


def _posts(seed: int, mint: IdMint) -> list[Post]:
    brand_posts = 4
    count = CREATOR_POSTS + brand_posts
    qualities = _qualities(seed, count)
    when, which, length, tone = (
        uniforms(seed, f"post.{purpose}", 0, count) for purpose in ("when", "sku", "length", "tone")
    )
    posts = []
    for number in range(count):
        is_brand = number >= CREATOR_POSTS
        handle = BRAND if is_brand else f"sample.{HANDLES[number % len(HANDLES)]}"
        sku, title = PRODUCTS[int(which[number] * len(PRODUCTS))][:2]
        older = number < OLDER_POSTS or is_brand
        days = -(1 + 9 * when[number]) if older else SCRIPT_DAYS * when[number]
        opening = OPENINGS[int(tone[number] * len(OPENINGS))]
        posts.append(
            Post(
                item_id=mint.digits("item", number, prefix="75"),
                handle=handle,
                sku=sku,
                caption=f"{opening} the {title} #ad #{sku.lower().replace('-', '')} [{sku}]",
                posted_at=EPOCH + timedelta(minutes=round(days * 1440)),
                item_type="VIDEO",
                status=PUBLIC,
                duration_seconds=round(11 + 22 * float(length[number]), 2),
                qualities=qualities[number],
                music_id=mint.digits("music", number, prefix="69"),
            )
        )
    return sorted(posts, key=lambda post: post.posted_at)


def _make_specials(state: State) -> None:
    """A deleted, a private and an unlicensed one among the old posts; a story and a duet later."""
    own = [post for post in state.posts.values() if post.handle != BRAND]
    old = [post for post in own if post.posted_at < state.epoch]
    later = [post for post in own if post.posted_at >= state.epoch]
    old[0].status = "USER_DELETE"
    old[1].status = "ONLY_AUTHOR_SEE"
    old[2].music_licensed = False
    later[0].is_story = True
    later[1].duet_of = old[-1].item_id
    later[2].item_type = "CAROUSEL"


def _deals(seed: int, state: State) -> list[Deal]:
    own = [post for post in state.posts.values() if post.handle != BRAND]
    fee, length, paid = (
        uniforms(seed, f"deal.{purpose}", 0, len(own)) for purpose in ("fee", "length", "paid")
    )
    deals = []
    for number, post in enumerate(own):
        days = (45, 60, 90, 180)[int(length[number] * 4)]
        ends = post.posted_at.replace(hour=0, minute=0) + timedelta(days=days)
        deals.append(
            Deal(
                item_id=post.item_id,
                content_fee_minor=1000 * (1 + int(fee[number] * 6)),
                currency="USD",
                paid_allowed=bool(paid[number] > 0.1),
                rights_start=post.posted_at.replace(hour=0, minute=0),
                rights_end=ends,
                hold_until=ends + timedelta(days=30),
                commission_bp=state.products[post.sku].commission_bp,
            )
        )
    return deals

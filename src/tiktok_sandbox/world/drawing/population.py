"""Who exists when a world begins, drawn from a family and a seed. All names are sample data."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from tiktok_sandbox.world.drawing.business import add_sample_business
from tiktok_sandbox.world.families.family import Family
from tiktok_sandbox.world.posts.latents import draw_columns, qualities_of
from tiktok_sandbox.world.randomness.columns import IdMint, normals, uniforms
from tiktok_sandbox.world.randomness.single import Draws
from tiktok_sandbox.world.state.clock import Clock
from tiktok_sandbox.world.state.entities import (
    PUBLIC,
    Advertiser,
    App,
    Creator,
    Deal,
    Post,
    Product,
)
from tiktok_sandbox.world.state.state import State
from tiktok_sandbox.world.texts.captions import write_caption
from tiktok_sandbox.world.texts.languages import creator_language

OLDEST_DAYS, YOUNGEST_OLD_DAYS = 10.0, 1.0
HOLD_DAYS = 30


def populate(family: Family, *, seed: int, clock: Clock) -> State:
    """The state at the family's epoch."""
    mint = IdMint(seed)
    state = State(
        recipe=family,
        seed=seed,
        epoch=family.epoch,
        clock=clock,
        app=_app(mint),
        rejection_share=family.review.reject_share,
    )
    for account in _advertisers(family, mint):
        state.advertisers[account.advertiser_id] = account
    for creator in _creators(family, seed, mint, linked=list(state.advertisers)):
        state.creators[creator.handle] = creator
    for item in family.products:
        state.products[item.sku] = Product(
            **{name: getattr(item, name) for name in item.__struct_fields__}
        )
    for post in _posts(family, seed, mint):
        state.posts[post.item_id] = post
    if family.posts.specials:
        _make_specials(family, state)
    for deal in _deals(family, seed, state):
        state.deals[deal.item_id] = deal
    add_sample_business(state)
    return state


def _app(mint: IdMint) -> App:
    return App(
        app_id=mint.digits("app", 0, prefix="74"),
        name="Sample spark desk",
        secret=mint.hex("app.secret", 0, 20),
        client_key="sb" + mint.hex("app.key", 0, 8),
        client_secret=mint.hex("app.client_secret", 0, 16),
    )


def _advertisers(family: Family, mint: IdMint) -> list[Advertiser]:
    return [
        Advertiser(
            advertiser_id=mint.digits("advertiser", number, prefix="72"),
            name=account.name,
            currency=account.currency,
            timezone=account.timezone,
            country=account.country,
            company=family.brand.company,
            created_at=family.epoch - timedelta(days=400),
            balance_minor=account.balance_minor,
        )
        for number, account in enumerate(family.accounts)
    ]


def handles(family: Family) -> list[str]:
    """The creators' handles: those the file names, then numbered ones."""
    named = list(family.creators.handles[: family.creators.count])
    return named + [
        f"sample.c{number + 1:05d}" for number in range(len(named), family.creators.count)
    ]


def _creators(family: Family, seed: int, mint: IdMint, *, linked: list[str]) -> list[Creator]:
    names, numbers = handles(family), family.creators
    drawn = normals(seed, "creator.followers", 0, len(names))
    sizes = numbers.followers_median * np.exp(numbers.followers_sigma * drawn)
    creators = [
        Creator(
            handle=name,
            display_name=f"Sample {name.removeprefix('sample.').capitalize()}",
            open_id="_000" + mint.hex("open_id", number, 16),
            identity_id=mint.digits("identity", number, prefix="70"),
            followers=round(float(size)),
        )
        for number, (name, size) in enumerate(zip(names, sizes, strict=True))
    ]
    brand = Creator(
        handle=family.brand.handle,
        display_name=family.brand.display_name,
        open_id="_000" + mint.hex("open_id", len(names), 16),
        identity_id=mint.digits("identity", len(names), prefix="70"),
        followers=family.brand.followers,
        is_brand=True,
        linked_advertiser_ids=linked,
    )
    return [*creators, brand]


def _posts(family: Family, seed: int, mint: IdMint) -> list[Post]:
    numbers, names = family.posts, handles(family)
    creator_posts = numbers.count if names else 0
    count = creator_posts + family.brand.posts
    is_brand = np.arange(count) >= creator_posts
    columns = draw_columns(family, count, seed=seed, is_brand=is_brand)
    qualities = qualities_of(columns)
    when, which, disclosure, sound = (
        uniforms(seed, f"post.{purpose}", 0, count) for purpose in ("when", "sku", "told", "sound")
    )
    foreign = family.conversation.foreign_creators
    posts = []
    for number in range(count):
        own = bool(is_brand[number])
        item = family.products[int(which[number] * len(family.products))]
        is_older = number < numbers.older or own
        days = (
            -(YOUNGEST_OLD_DAYS + (OLDEST_DAYS - YOUNGEST_OLD_DAYS) * when[number])
            if is_older
            else numbers.script_days * when[number]
        )
        is_disclosed = bool(disclosure[number] >= numbers.undisclosed_share)
        handle = family.brand.handle if own else names[number % len(names)]
        posts.append(
            Post(
                item_id=mint.digits("item", number, prefix="75"),
                handle=handle,
                sku=item.sku,
                caption=write_caption(
                    Draws(seed, "post.caption", number),
                    language=creator_language(seed, handle, is_brand=own, foreign=foreign),
                    title=item.title,
                    sku=item.sku,
                    is_disclosed=is_disclosed,
                ),
                posted_at=family.epoch + timedelta(minutes=round(float(days) * 1440)),
                item_type="VIDEO",
                status=PUBLIC,
                duration_seconds=float(columns["duration"][number]),
                qualities=qualities[number],
                music_id=mint.digits("music", number, prefix="69"),
                music_licensed=bool(own or sound[number] >= numbers.unlicensed_share),
                is_disclosed=is_disclosed,
            )
        )
    return sorted(posts, key=lambda post: post.posted_at)


def _make_specials(family: Family, state: State) -> None:
    """A deleted, a private and an unlicensed one among the old posts; a story and a duet later."""
    own = [post for post in state.posts.values() if post.handle != family.brand.handle]
    old = [post for post in own if post.posted_at < state.epoch]
    later = [post for post in own if post.posted_at >= state.epoch]
    if len(old) < 4 or len(later) < 3:
        return
    old[0].status = "USER_DELETE"
    old[1].status = "ONLY_AUTHOR_SEE"
    old[2].music_licensed = False
    later[0].is_story = True
    later[1].duet_of = old[-1].item_id
    later[2].item_type = "CAROUSEL"


def _deals(family: Family, seed: int, state: State) -> list[Deal]:
    own = [post for post in state.posts.values() if post.handle != family.brand.handle]
    fee, length, paid = (
        uniforms(seed, f"deal.{purpose}", 0, len(own)) for purpose in ("fee", "length", "paid")
    )
    terms = family.deals
    steps = max(1, (terms.fee_minor_high - terms.fee_minor_low) // 1000 + 1)
    deals = []
    for number, post in enumerate(own):
        days = terms.rights_days[int(length[number] * len(terms.rights_days))]
        starts = post.posted_at.replace(hour=0, minute=0)
        ends = starts + timedelta(days=days)
        deals.append(
            Deal(
                item_id=post.item_id,
                content_fee_minor=terms.fee_minor_low + 1000 * int(fee[number] * steps),
                currency=state.products[post.sku].currency,
                paid_allowed=bool(paid[number] > 1 - terms.paid_allowed_share),
                rights_start=starts,
                rights_end=ends,
                hold_until=ends + timedelta(days=HOLD_DAYS),
                commission_bp=state.products[post.sku].commission_bp,
            )
        )
    return deals

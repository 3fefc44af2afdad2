"""Creators on the shop, and what open plans and invitations of them have in common."""

from __future__ import annotations

from tiktok_sandbox.media.links import creator_url
from tiktok_sandbox.wire.protocol.fields import integer, text
from tiktok_sandbox.wire.shop.protocol import (
    CIPHER,
    Data,
    Paged,
    ShopCall,
    ShopEndpoint,
    invalid,
    money,
    not_found,
    one_page,
    product_id_of,
)
from tiktok_sandbox.world.creators import collaborations
from tiktok_sandbox.world.state.business import Store
from tiktok_sandbox.world.state.clock import seconds
from tiktok_sandbox.world.state.entities import Creator
from tiktok_sandbox.world.state.shop import OPEN, Collaboration
from tiktok_sandbox.world.world import World


def creator_user_id(world: World, handle: str) -> str:
    """The number creators go by on the shop."""
    return world.mint.digits(f"shop.creator.{handle}", 0, prefix="74")


def creator_of_id(world: World, number: str) -> Creator:
    for handle, creator in world.state.creators.items():
        if not creator.is_brand and creator_user_id(world, handle) == number:
            return creator
    raise not_found("creator", number)


def standing(call: ShopCall, kind: str) -> list[Collaboration]:
    """Collaborations of the shop's products that have not ended, newest first."""
    mine = set(call.store().spu_ids.values())
    now = call.world.now
    found = collaborations.standing(call.world, kind, at=now)
    return [one for one in reversed(found) if mine & set(one.rates)]


def end_second(found: Collaboration) -> int:
    return seconds(found.ends_at) if found.ends_at is not None else 0


def product_row(world: World, store: Store, sku: str, left: int) -> dict[str, object]:
    product = world.state.products[sku]
    price = money(product.price_minor)
    return {
        "id": product_id_of(store, sku),
        "title": product.title,
        "status": "LIVE" if left else "OUT_OF_STOCK",
        "original_price": {
            "currency": product.currency,
            "minimum_amount": price,
            "maximum_amount": price,
        },
    }


def posters(world: World, one: Collaboration) -> int:
    """How many creators have posted its products since it began."""
    return len(
        {
            post.handle
            for post in world.visible_posts()
            if post.sku in one.rates
            and post.posted_at >= one.starts_at
            and not world.creator_of(post).is_brand
            and (one.kind == OPEN or post.handle in one.handles)
        }
    )


def creators_search(call: ShopCall) -> Data:
    """Creators of the world, most followers first."""
    world, word = call.world, call.body.text("keyword", "").lower()
    call.store()
    if call.query.text("page_size") not in ("12", "20"):
        raise invalid("page_size", "Must be 12 or 20")
    found = [
        creator
        for creator in world.state.creators.values()
        if not creator.is_brand and word in f"{creator.handle} {creator.display_name}".lower()
    ]
    found.sort(key=lambda creator: (-creator.followers, creator.handle))
    paged = Paged(
        name="creators",
        ids=[creator.handle for creator in found],
        row=lambda place: (
            creator_row(world, found[place], call.address)
            | {"creator_user_id": creator_user_id(world, found[place].handle)}
        ),
    )
    return one_page(call, paged)


def creator_row(world: World, creator: Creator, address: str) -> dict[str, object]:
    return {
        "username": creator.handle,
        "nickname": creator.display_name,
        "avatar": {"url": creator_url(world, creator, address=address)},
        "follower_count": creator.followers,
        "selection_region": "US",
    }


ENDPOINTS: tuple[ShopEndpoint, ...] = (
    ShopEndpoint(
        method="POST",
        path="/affiliate_seller/202406/marketplace_creators/search",
        handler=creators_search,
        query=(CIPHER, integer("page_size", required=True), text("page_token", most=200)),
        body=(text("keyword", most=255),),
        limits="Names only; creator_user_id stands in the row, which is ours",
    ),
)

"""`/affiliate_seller`: open plans and invitations of creators, with what each of them earns."""

from __future__ import annotations

from datetime import timedelta

from tiktok_sandbox.media.links import creator_url
from tiktok_sandbox.wire.protocol.fields import (
    boolean,
    choice,
    ids,
    integer,
    many,
    record,
    text,
)
from tiktok_sandbox.wire.protocol.parameters import Parameters
from tiktok_sandbox.wire.shop.protocol import (
    CIPHER,
    LAST_SECOND,
    Data,
    Paged,
    ShopCall,
    ShopEndpoint,
    instant,
    invalid,
    money,
    not_found,
    one_page,
    pages,
    product_id_of,
)
from tiktok_sandbox.world.creators import collaborations
from tiktok_sandbox.world.creators.collaborations import LEAST_RATE, MOST_RATE
from tiktok_sandbox.world.delivery.stock import stock_of
from tiktok_sandbox.world.state.business import Store
from tiktok_sandbox.world.state.clock import seconds
from tiktok_sandbox.world.state.entities import Creator
from tiktok_sandbox.world.state.shop import OPEN, TARGET, Collaboration
from tiktok_sandbox.world.world import World

MOST_OPEN, MOST_TARGET, MOST_CREATORS, MOST_PRODUCTS = 100, 100, 50, 100
LONG = timedelta(days=7)


def creator_user_id(world: World, handle: str) -> str:
    """The number creators go by on the shop."""
    return world.mint.digits(f"shop.creator.{handle}", 0, prefix="74")


def _creator(world: World, number: str) -> Creator:
    for handle, creator in world.state.creators.items():
        if not creator.is_brand and creator_user_id(world, handle) == number:
            return creator
    raise not_found("creator", number)


def _standing(call: ShopCall, kind: str) -> list[Collaboration]:
    """Collaborations of the shop's products that have not ended, newest first."""
    mine = set(call.store().spu_ids.values())
    now = call.world.now
    found = collaborations.standing(call.world, kind, at=now)
    return [one for one in reversed(found) if mine & set(one.rates)]


def _second(found: Collaboration) -> int:
    return seconds(found.ends_at) if found.ends_at is not None else 0


def open_create(call: ShopCall) -> Data:
    product = call.product(call.body.text("product_id"))
    made = collaborations.open_plan(
        call.world,
        sku=product.sku,
        rate=call.body.integer("commission_rate", 0, low=LEAST_RATE, high=MOST_RATE),
        fields={
            "require_seller_approve_creator": call.body.boolean("require_seller_approve_creator")
        },
    )
    return {
        "open_collaboration": {
            "id": made.collaboration_id,
            "product_id": product_id_of(call.store(), product.sku),
            "effective_time": seconds(made.starts_at),
        }
    }


def open_search(call: ShopCall) -> Data:
    world, store = call.world, call.store()
    kind, word = call.body.text("keyword_type", ""), call.body.text("keyword", "").lower()
    left = stock_of(world)
    found = [one for one in _standing(call, OPEN) if _is_named(world, store, one, kind, word)]
    paged = Paged(
        name="open_collaborations",
        ids=[one.collaboration_id for one in found],
        row=lambda place: _open_row(world, store, found[place], left),
    )
    return one_page(call, paged)


def _is_named(world: World, store: Store, one: Collaboration, kind: str, word: str) -> bool:
    if kind == "PRODUCT_ID":
        return word in {product_id_of(store, sku) for sku in one.rates}
    if kind == "PRODUCT_NAME":
        return any(word in world.state.products[sku].title.lower() for sku in one.rates)
    return True


def _product(world: World, store: Store, sku: str, left: int) -> dict[str, object]:
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


def _posters(world: World, one: Collaboration) -> int:
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


def _open_row(world: World, store: Store, one: Collaboration, left: dict[str, int]) -> Data:
    ((sku, rate),) = one.rates.items()
    return {
        "id": one.collaboration_id,
        "status": "NORMAL" if one.ends_at is None else "TERMINATING",
        "require_seller_approve_creator": one.fields.get("require_seller_approve_creator", False),
        "current_commission": {
            "rate": rate,
            "start_time": seconds(one.starts_at),
            "end_time": _second(one),
        },
        "product": _product(world, store, sku, left[sku]) | {"inventory": left[sku]},
        "content_creator_count": _posters(world, one),
        "showcase_creator_count": 0,
    }


def open_remove(call: ShopCall) -> Data:
    """End the open plan of a product at the next midnight UTC."""
    sku = call.product(call.ids["product_id"]).sku
    found = next((one for one in _standing(call, OPEN) if sku in one.rates), None)
    if found is None:
        raise not_found("open collaboration of product", call.ids["product_id"])
    return {"terminated_effective_time": seconds(collaborations.end(call.world, found))}


def remove_creator(call: ShopCall) -> Data:
    """A creator earns nothing from this plan any more; orders placed before stay his."""
    number = call.ids["open_collaboration_id"]
    found = next((one for one in _standing(call, OPEN) if one.collaboration_id == number), None)
    if found is None:
        raise not_found("open collaboration", number)
    handle = _creator(call.world, call.body.text("creator_user_id")).handle
    if call.product(call.body.text("product_id")).sku not in found.rates:
        raise invalid("product_id", "It is not of this collaboration")
    collaborations.remove_creator(call.world, found, handle)
    return {}


def target_create(call: ShopCall) -> Data:
    world, body = call.world, call.body
    rates: dict[str, int] = {}
    for entry in body.items("products"):
        given = Parameters(entry if isinstance(entry, dict) else {}, is_query=False)
        sku = call.product(given.text("id")).sku
        rates[sku] = given.integer("target_commission_rate", 0, low=LEAST_RATE, high=MOST_RATE)
    numbers = body.ids("creator_user_ids", most=MOST_CREATORS)
    handles = [_creator(world, number).handle for number in dict.fromkeys(numbers)]
    conflicts = collaborations.conflicts_of(world, rates=rates, handles=handles)
    if conflicts:
        store = call.store()
        return {
            "target_collaboration_conflicts": [
                {
                    "creator_user_id": creator_user_id(world, handle),
                    "product_id": product_id_of(store, sku),
                }
                for handle, sku in conflicts
            ]
        }
    ends_at = body.integer("end_time", 0, low=0, high=LAST_SECOND)
    made = collaborations.invite(
        world,
        name=body.text("name"),
        rates=rates,
        handles=handles,
        ends_at=instant(ends_at) if ends_at else None,
        fields={
            "message": body.text("message", ""),
            "free_sample_rule": body.raw("free_sample_rule") or {"has_free_sample": False},
            "seller_contact_info": body.raw("seller_contact_info") or {},
        },
    )
    return {"target_collaboration": {"id": made.collaboration_id}}


def target_search(call: ShopCall) -> Data:
    world, now = call.world, call.world.now
    wanted = call.body.text("collaboration_status", "VALID")
    creator = call.body.find_text("creator_user_id")
    handle = _creator(world, creator).handle if creator else None
    mine = set(call.store().spu_ids.values())
    found = [
        one
        for one in reversed(world.state.collaborations.values())
        if one.kind == TARGET
        and mine & set(one.rates)
        and handle in (None, *one.handles)
        and _is_status(one, wanted, left=one.ends_at - now if one.ends_at else None)
    ]
    paged = Paged(
        name="target_collaborations",
        ids=[one.collaboration_id for one in found],
        row=lambda place: _target_row(world, found[place]),
    )
    return one_page(call, paged)


def _is_status(one: Collaboration, wanted: str, *, left: timedelta | None) -> bool:
    over = left is not None and left <= timedelta(0)
    if wanted == "COMPLETED":
        return over
    if wanted == "CANCELING":
        return not over and bool(one.fields.get("is_cancelled"))
    is_soon = left is not None and left < LONG
    return not over and (wanted == "VALID" or is_soon == (wanted == "EXPIRING"))


def _target_row(world: World, one: Collaboration) -> dict[str, object]:
    return {
        "id": one.collaboration_id,
        "name": one.name,
        "type": "STANDARD",
        "message": one.fields.get("message", ""),
        "start_time": seconds(one.starts_at),
        "end_time": _second(one),
        "update_time": seconds(one.modified_at),
        "product_count": len(one.rates),
        "creator_invited_count": len(one.handles),
        "content_creator_count": _posters(world, one),
        "showcase_creator_count": 0,
        "free_sample_rule": one.fields.get("free_sample_rule"),
    }


def _target(call: ShopCall) -> Collaboration:
    number = call.ids["target_collaboration_id"]
    found = call.world.state.collaborations.get(number)
    mine = set(call.store().spu_ids.values())
    if found is None or found.kind != TARGET or not mine & set(found.rates):
        raise not_found("target collaboration", number)
    return found


def target_detail(call: ShopCall) -> Data:
    world, store, one = call.world, call.store(), _target(call)
    left = stock_of(world)
    creators = [world.state.creators[handle] for handle in one.handles]
    return {
        "target_collaboration": _target_row(world, one)
        | {
            "seller_contact_info": one.fields.get("seller_contact_info"),
            "creators": [
                {
                    **_creator_row(world, creator, call.address),
                    "user_id": creator_user_id(world, creator.handle),
                    "collaboration_status": "NORMAL",
                    "product_effective_status": "EFFECTIVE_ALL",
                }
                for creator in creators
            ],
            "products": [
                _product(world, store, sku, left[sku])
                | {
                    "collaboration_status": "NORMAL",
                    "commission_effective_status": "EFFECTIVE_ALL",
                    "commission": {
                        "rate": rate,
                        "currency": world.state.products[sku].currency,
                        "effective_time": str(seconds(one.starts_at)),
                    },
                }
                for sku, rate in one.rates.items()
            ],
        }
    }


def target_remove(call: ShopCall) -> Data:
    found = _target(call)
    found.fields = found.fields | {"is_cancelled": True}
    collaborations.end(call.world, found)
    return {}


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
            _creator_row(world, found[place], call.address)
            | {"creator_user_id": creator_user_id(world, found[place].handle)}
        ),
    )
    return one_page(call, paged)


def _creator_row(world: World, creator: Creator, address: str) -> dict[str, object]:
    return {
        "username": creator.handle,
        "nickname": creator.display_name,
        "avatar": {"url": creator_url(world, creator, address=address)},
        "follower_count": creator.followers,
        "selection_region": "US",
    }


PLAN = "{open_collaboration_id}"
INVITATION = "/affiliate_seller/202409/target_collaborations/{target_collaboration_id}"
RATE = integer("target_commission_rate", required=True, low=LEAST_RATE, high=MOST_RATE)
ENDPOINTS: tuple[ShopEndpoint, ...] = (
    ShopEndpoint(
        method="POST",
        path="/affiliate_seller/202405/open_collaborations",
        handler=open_create,
        body=(
            text("product_id", required=True, most=32),
            integer("commission_rate", required=True, low=LEAST_RATE, high=MOST_RATE),
            boolean("require_seller_approve_creator"),
        ),
        limits="In force at once, for all creators; approval is kept, not acted on",
    ),
    ShopEndpoint(
        method="POST",
        path="/affiliate_seller/202409/open_collaborations/search",
        handler=open_search,
        query=(
            *pages(MOST_OPEN),
            choice("sort_order", "ASC", "DESC"),
            choice("sort_field", "product_original_price"),
        ),
        body=(
            choice("keyword_type", "PRODUCT_ID", "PRODUCT_NAME"),
            text("keyword", most=255),
            text("top_level_category_id", most=32),
        ),
        limits="Newest first whatever the order; no categories or showcases",
    ),
    ShopEndpoint(
        method="DELETE",
        path="/affiliate_seller/202409/open_collaborations/products/{product_id}",
        handler=open_remove,
        limits="The path is unverified; ends at 00:00 UTC",
    ),
    ShopEndpoint(
        method="POST",
        path=f"/affiliate_seller/202405/open_collaborations/{PLAN}/remove_creator",
        handler=remove_creator,
        body=(
            text("creator_user_id", required=True, most=32),
            text("product_id", required=True, most=32),
        ),
        limits="At once; the creator cannot join again",
    ),
    ShopEndpoint(
        method="POST",
        path="/affiliate_seller/202405/target_collaborations",
        handler=target_create,
        body=(
            text("name", required=True, most=100),
            many(
                "products",
                record("product", text("id", required=True, most=32), RATE),
                required=True,
                least=1,
                most=MOST_PRODUCTS,
            ),
            ids("creator_user_ids", required=True, most=MOST_CREATORS),
            integer("end_time", low=0, high=LAST_SECOND),
            text("message", most=2000),
            record(
                "free_sample_rule",
                boolean("has_free_sample"),
                boolean("is_sample_approval_exempt"),
            ),
            record("seller_contact_info", text("email", most=255)),
        ),
        limits="Every invited creator accepts at once; least rate 100 as elsewhere",
    ),
    ShopEndpoint(
        method="POST",
        path="/affiliate_seller/202409/target_collaborations/search",
        handler=target_search,
        query=pages(MOST_TARGET, required=False),
        body=(
            choice(
                "collaboration_status", "ONGOING", "EXPIRING", "VALID", "CANCELING", "COMPLETED"
            ),
            choice("creator_accept_status", "ACCEPT", "ALL"),
            text("creator_user_id", most=32),
            choice("free_sample_setting", "WITH_FREE_SAMPLE", "ALL"),
        ),
        limits="Search words, samples and acceptance do not filter",
    ),
    ShopEndpoint(method="GET", path=INVITATION, handler=target_detail),
    ShopEndpoint(
        method="DELETE", path=INVITATION, handler=target_remove, limits="Ends at 00:00 UTC"
    ),
    ShopEndpoint(
        method="POST",
        path="/affiliate_seller/202406/marketplace_creators/search",
        handler=creators_search,
        query=(CIPHER, integer("page_size", required=True), text("page_token", most=200)),
        body=(text("keyword", most=255),),
        limits="Names only; creator_user_id stands in the row, which is ours",
    ),
)

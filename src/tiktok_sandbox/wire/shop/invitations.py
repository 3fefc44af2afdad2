"""`/affiliate_seller/…/target_collaborations`: creators invited to sell products at a rate of their own."""

from __future__ import annotations

from datetime import timedelta

from tiktok_sandbox.wire.protocol.fields import boolean, choice, ids, integer, many, record, text
from tiktok_sandbox.wire.protocol.parameters import Parameters
from tiktok_sandbox.wire.shop.affiliates import (
    creator_of_id,
    creator_row,
    creator_user_id,
    end_second,
    posters,
    product_row,
)
from tiktok_sandbox.wire.shop.protocol import (
    LAST_SECOND,
    Data,
    Paged,
    ShopCall,
    ShopEndpoint,
    instant,
    not_found,
    one_page,
    pages,
    product_id_of,
)
from tiktok_sandbox.world.creators import collaborations
from tiktok_sandbox.world.creators.collaborations import LEAST_RATE, MOST_RATE
from tiktok_sandbox.world.delivery.stock import stock_of
from tiktok_sandbox.world.state.clock import seconds
from tiktok_sandbox.world.state.shop import TARGET, Collaboration
from tiktok_sandbox.world.world import World

MOST_PER_PAGE, MOST_CREATORS, MOST_PRODUCTS = 100, 50, 100
# What runs for less than this is about to expire.
LONG = timedelta(days=7)


def target_create(call: ShopCall) -> Data:
    world, body = call.world, call.body
    rates: dict[str, int] = {}
    for entry in body.items("products"):
        given = Parameters(entry if isinstance(entry, dict) else {}, is_query=False)
        sku = call.product(given.text("id")).sku
        rates[sku] = given.integer("target_commission_rate", 0, low=LEAST_RATE, high=MOST_RATE)
    numbers = body.ids("creator_user_ids", most=MOST_CREATORS)
    handles = [creator_of_id(world, number).handle for number in dict.fromkeys(numbers)]
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
    handle = creator_of_id(world, creator).handle if creator else None
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
        "end_time": end_second(one),
        "update_time": seconds(one.modified_at),
        "product_count": len(one.rates),
        "creator_invited_count": len(one.handles),
        "content_creator_count": posters(world, one),
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
                    **creator_row(world, creator, call.address),
                    "user_id": creator_user_id(world, creator.handle),
                    "collaboration_status": "NORMAL",
                    "product_effective_status": "EFFECTIVE_ALL",
                }
                for creator in creators
            ],
            "products": [
                product_row(world, store, sku, left[sku])
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


INVITATION = "/affiliate_seller/202409/target_collaborations/{target_collaboration_id}"
RATE = integer("target_commission_rate", required=True, low=LEAST_RATE, high=MOST_RATE)
ENDPOINTS: tuple[ShopEndpoint, ...] = (
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
        query=pages(MOST_PER_PAGE, required=False),
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
)

"""`/api/v2/token/`: a seller's code becomes a token, and a token is renewed. At the shop's own host.

Success is said by the code alone, the HTTP status is 200 (as clients report); lives of tokens are
those commonly reported. Both are unverified.
"""

from __future__ import annotations

import hmac
from datetime import timedelta

from tiktok_sandbox.wire.access.oauth import take_code
from tiktok_sandbox.wire.protocol.errors import WireError
from tiktok_sandbox.wire.protocol.fields import choice, text
from tiktok_sandbox.wire.shop.protocol import (
    Data,
    ShopCall,
    ShopEndpoint,
    ShopError,
    app_key_of,
    app_secret_of,
)
from tiktok_sandbox.world.state.clock import seconds, whole_seconds
from tiktok_sandbox.world.state.shop import ShopGrant
from tiktok_sandbox.world.world import World

BAD_CODE, NO_RECORD, REFRESH_ENDED, BAD_APP = 36004004, 36004005, 36004001, 36004003
ACCESS_LIVES, REFRESH_LIVES = timedelta(days=7), timedelta(days=365)
SCOPES = (
    *("seller.order.info", "seller.product.basic", "seller.return_refund.basic"),
    *("seller.affiliate_collaboration.read", "seller.affiliate_collaboration.write"),
)


def grant_shop(world: World, store_ids: list[str], *, lives: timedelta = ACCESS_LIVES) -> ShopGrant:
    """A token pair as if the seller had allowed it now. lives : of the access token"""
    now = whole_seconds(world.now)
    made = ShopGrant(
        token=world.next_token("shop.token"),
        refresh_token=world.next_token("shop.refresh"),
        store_ids=store_ids,
        access_ends_at=now + lives,
        refresh_ends_at=now + REFRESH_LIVES,
    )
    world.state.shop_grants.append(made)
    return made


def _check_app(call: ShopCall) -> None:
    secret = call.query.text("app_secret").encode()
    is_right = hmac.compare_digest(secret, app_secret_of(call.world).encode())
    if call.query.text("app_key") != app_key_of(call.world) or not is_right:
        raise _refused(BAD_APP, "app_key or app_secret is incorrect")


def _refused(code: int, message: str) -> ShopError:
    return ShopError(code, message, status=200)


def get(call: ShopCall) -> Data:
    """A code that is used once."""
    _check_app(call)
    try:
        code = take_code(call.world, kind="shop", given=call.query.text("auth_code"))
    except WireError:
        raise _refused(BAD_CODE, "invalid auth code") from None
    return _tokens(call.world, grant_shop(call.world, code.subject))


def refresh(call: ShopCall) -> Data:
    """A fresh access token; the one before ends."""
    _check_app(call)
    world, given = call.world, call.query.text("refresh_token")
    found = next((one for one in world.state.shop_grants if one.refresh_token == given), None)
    if found is None:
        raise _refused(NO_RECORD, "can not find related auth record")
    if found.refresh_ends_at <= world.now:
        raise _refused(REFRESH_ENDED, "rt has expired")
    found.token = world.next_token("shop.token")
    found.access_ends_at = whole_seconds(world.now) + ACCESS_LIVES
    return _tokens(world, found)


def _tokens(world: World, grant: ShopGrant) -> Data:
    stores = [world.state.stores[number] for number in grant.store_ids]
    return {
        "access_token": grant.token,
        "access_token_expire_in": seconds(grant.access_ends_at),
        "refresh_token": grant.refresh_token,
        "refresh_token_expire_in": seconds(grant.refresh_ends_at),
        "open_id": world.mint.hex("shop.seller", 0, 16),
        "seller_name": stores[0].name if stores else "",
        "seller_base_region": stores[0].region if stores else "",
        "user_type": 0,
        "granted_scopes": list(SCOPES),
    }


APP = (text("app_key", required=True, most=64), text("app_secret", required=True, most=128))
LIMITS = "Lives of 7 and 365 days, the codes of refusals and their status are unverified"
ENDPOINTS: tuple[ShopEndpoint, ...] = (
    ShopEndpoint(
        method="GET",
        path="/api/v2/token/get",
        handler=get,
        is_open=True,
        query=(
            *APP,
            text("auth_code", required=True, most=256),
            choice("grant_type", "authorized_code", required=True),
        ),
        limits=LIMITS,
    ),
    ShopEndpoint(
        method="GET",
        path="/api/v2/token/refresh",
        handler=refresh,
        is_open=True,
        query=(
            *APP,
            text("refresh_token", required=True, most=256),
            choice("grant_type", "refresh_token", required=True),
        ),
        limits=LIMITS,
    ),
)

"""`bc/get` and `bc/balance/get`: the Business Center around the ad accounts. Source: [Y], [G]."""

from __future__ import annotations

from tiktok_sandbox.wire.access.advertisers import balance
from tiktok_sandbox.wire.protocol.calls import Call, Data, Endpoint, one_page
from tiktok_sandbox.wire.protocol.errors import NO_PERMISSION, WireError
from tiktok_sandbox.wire.protocol.fields import pages, text
from tiktok_sandbox.world.state.entities import Advertiser

MOST_PER_PAGE = 50


def _centers(call: Call) -> dict[str, list[Advertiser]]:
    """Business Center → the token's ad accounts in it."""
    grant = call.ads_grant()
    found: dict[str, list[Advertiser]] = {}
    for account in call.world.state.advertisers.values():
        if account.bc_id and account.advertiser_id in grant.advertiser_ids:
            found.setdefault(account.bc_id, []).append(account)
    return found


def _members(call: Call, bc_id: str) -> list[Advertiser]:
    members = _centers(call).get(bc_id)
    if members is None:
        raise WireError(NO_PERMISSION, f"No permission to operate Business Center {bc_id}")
    return members


def get(call: Call) -> Data:
    asked = call.parameters.find_text("bc_id")
    centers = {asked: _members(call, asked)} if asked else _centers(call)
    shown, info = one_page(call.parameters, list(centers.items()), most=MOST_PER_PAGE)
    return {
        "list": [
            {
                "bc_info": {
                    "bc_id": bc_id,
                    "name": f"{members[0].company} Business Center",
                    "company": members[0].company,
                    "currency": members[0].currency,
                    "registered_area": members[0].country,
                    "status": "ENABLE",
                    "timezone": members[0].timezone,
                    "type": "NORMAL",
                },
                "user_role": "ADMIN",
                "ext_user_role": {"finance_role": "MANAGER"},
            }
            for bc_id, members in shown
        ],
        "page_info": info,
    }


def balance_get(call: Call) -> Data:
    """What the ad accounts of the Business Center's currency have left together."""
    bc_id = call.parameters.text("bc_id")
    members = _members(call, bc_id)
    currency = members[0].currency
    left = round(sum(balance(call.world, one) for one in members if one.currency == currency), 2)
    return {
        "bc_id": bc_id,
        "currency": currency,
        "account_balance": left,
        "valid_account_balance": left,
        "frozen_balance": 0.0,
        "tax": 0.0,
        "cash_balance": left,
        "valid_cash_balance": left,
        "grant_balance": 0.0,
        "valid_grant_balance": 0.0,
    }


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path="/bc/get/",
        handler=get,
        section="5",
        takes=(text("bc_id", most=32), *pages(most=MOST_PER_PAGE)),
        limits="One sample Business Center, of those the token's ad accounts are in",
    ),
    Endpoint(
        method="GET",
        path="/bc/balance/get/",
        handler=balance_get,
        section="5",
        takes=(text("bc_id", required=True, most=32), text("payment_portfolio_id", most=32)),
        limits="The sum of its ad accounts of one currency; cash only",
    ),
)

"""`advertiser/info`. Source: tiktok-api.md §5 (`advertiser_info.yml`)."""

from __future__ import annotations

from decimal import Decimal

from tiktok_sandbox.wire.calls import Call, Data, Endpoint
from tiktok_sandbox.world.budgets import account_spent_minor
from tiktok_sandbox.world.entities import Advertiser
from tiktok_sandbox.world.world import World, seconds

MOST = 100
OPENING_BALANCE = Decimal(1_000_000)


def info(call: Call) -> Data:
    ids = call.parameters.ids("advertiser_ids", most=MOST, least=1)
    fields = [str(name) for name in call.parameters.items("fields")]
    rows = [row(call.world, call.permitted(number)) for number in ids]
    return {
        "list": [
            {k: v for k, v in found.items() if not fields or k in fields or k == "advertiser_id"}
            for found in rows
        ]
    }


def row(world: World, account: Advertiser) -> dict[str, object]:
    spent = account_spent_minor(world, account.advertiser_id)
    return {
        "advertiser_id": account.advertiser_id,
        "name": account.name,
        "status": "STATUS_ENABLE",
        "role": "ROLE_ADVERTISER",
        "currency": account.currency,
        "timezone": account.timezone,
        "display_timezone": account.timezone,
        "balance": float(OPENING_BALANCE - Decimal(spent) / 100),
        "country": account.country,
        "company": account.company,
        "industry": "290000",
        "owner_bc_id": None,
        "advertiser_account_type": "AUCTION",
        "ads_only_mode": False,
        "create_time": seconds(account.created_at),
    }


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path="/advertiser/info/",
        handler=info,
        section="5",
        limits="Always STATUS_ENABLE; the balance falls with spend and is never enforced",
    ),
)

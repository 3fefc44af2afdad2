"""`advertiser/*`: ad accounts and their money. Source: tiktok-api.md §5 (`advertiser_info.yml`)."""

from __future__ import annotations

from decimal import Decimal

from tiktok_sandbox.wire.protocol.calls import Call, Data, Endpoint, one_page
from tiktok_sandbox.wire.protocol.errors import NO_PERMISSION, WireError
from tiktok_sandbox.wire.protocol.field_names import ADVERTISER, asked_fields
from tiktok_sandbox.wire.protocol.fields import choice, ids, many, pages, record, text
from tiktok_sandbox.world.ads.statuses import balance_minor
from tiktok_sandbox.world.state.clock import seconds
from tiktok_sandbox.world.state.entities import Advertiser
from tiktok_sandbox.world.world import World

MOST = 100
STATUSES = (
    "STATUS_ENABLE",
    "STATUS_DISABLE",
    "STATUS_PENDING_CONFIRM",
    "STATUS_PENDING_VERIFIED",
    "STATUS_CONFIRM_FAIL",
    "STATUS_CONFIRM_FAIL_END",
    "STATUS_PENDING_CONFIRM_MODIFY",
    "STATUS_CONFIRM_MODIFY_FAIL",
    "STATUS_LIMIT",
    "STATUS_WAIT_FOR_BPM_AUDIT",
    "STATUS_WAIT_FOR_PUBLIC_AUTH",
    "STATUS_SELF_SERVICE_UNAUDITED",
    "STATUS_CONTRACT_PENDING",
)


def info(call: Call) -> Data:
    numbers = call.parameters.ids("advertiser_ids", most=MOST, least=1)
    fields = asked_fields(call.parameters, ADVERTISER)
    rows = [row(call.world, call.permitted(number)) for number in numbers]
    return {
        "list": [
            {k: v for k, v in found.items() if not fields or k in fields or k == "advertiser_id"}
            for found in rows
        ]
    }


def row(world: World, account: Advertiser) -> dict[str, object]:
    return {
        "advertiser_id": account.advertiser_id,
        "name": account.name,
        "status": "STATUS_ENABLE",
        "role": "ROLE_ADVERTISER",
        "currency": account.currency,
        "timezone": account.timezone,
        "display_timezone": account.timezone,
        "balance": balance(world, account),
        "country": account.country,
        "company": account.company,
        "industry": "290000",
        "owner_bc_id": account.bc_id or None,
        "advertiser_account_type": "AUCTION",
        "ads_only_mode": False,
        "create_time": seconds(account.created_at),
    }


def balance(world: World, account: Advertiser) -> float:
    """Money left, in the account's currency; never shown below 0."""
    return float(Decimal(max(0, balance_minor(world, account.advertiser_id))) / 100)


def balance_get(call: Call) -> Data:
    """Balances of the Business Center's ad accounts that the token covers."""
    grant = call.ads_grant()
    bc_id = call.parameters.text("bc_id")
    members = [a for a in call.world.state.advertisers.values() if a.bc_id == bc_id]
    accounts = [a for a in members if a.advertiser_id in grant.advertiser_ids]
    if not accounts:
        raise WireError(NO_PERMISSION, f"No permission to operate Business Center {bc_id}")
    filtering = call.parameters.mapping("filtering")
    keyword = filtering.text("keyword", "").lower()
    statuses = filtering.items("advertiser_status")
    found = [
        a
        for a in accounts
        if (keyword in a.name.lower() or keyword == a.advertiser_id)
        and (not statuses or "STATUS_ENABLE" in statuses)
    ]
    shown, info = one_page(call.parameters, found, most=50)
    return {
        "advertiser_account_list": [_balance_row(call.world, a) for a in shown],
        "page_info": info,
    }


def _balance_row(world: World, account: Advertiser) -> Data:
    left = balance(world, account)
    return {
        "advertiser_id": account.advertiser_id,
        "advertiser_name": account.name,
        "advertiser_status": "STATUS_ENABLE",
        "advertiser_type": "AUCTION",
        "company": account.company,
        "currency": account.currency,
        "timezone": account.timezone,
        "create_time": seconds(account.created_at),
        "account_open_days": (world.now - account.created_at).days,
        "account_balance": left,
        "valid_account_balance": left,
        "cash_balance": left,
        "valid_cash_balance": left,
        "grant_balance": 0.0,
        "valid_grant_balance": 0.0,
        "frozen_balance": 0.0,
        "tax": 0.0,
    }


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path="/advertiser/info/",
        handler=info,
        section="5",
        takes=(ids("advertiser_ids", required=True, most=MOST), many("fields")),
        limits="Always STATUS_ENABLE",
    ),
    Endpoint(
        method="GET",
        path="/advertiser/balance/get/",
        handler=balance_get,
        section="5",
        takes=(
            text("bc_id", required=True, most=32),
            text("child_bc_id", most=32),
            record(
                "filtering",
                text("keyword", most=200),
                many("advertiser_status", choice("status", *STATUSES)),
            ),
            *pages(most=50),
        ),
        limits="Cash only: no credit, vouchers or tax",
    ),
)

"""`subscription/*`: webhooks of the marketing side. Source: tiktok-api.md §13, [G]."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from tiktok_sandbox.wire.access.oauth import check_app
from tiktok_sandbox.wire.protocol.calls import Call, Data, Endpoint, one_page
from tiktok_sandbox.wire.protocol.errors import (
    NO_PERMISSION,
    TOKEN_INVALID,
    WireError,
    invalid,
    missing,
    not_found,
)
from tiktok_sandbox.wire.protocol.fields import choice, ids, many, pages, record, text
from tiktok_sandbox.wire.protocol.parameters import Parameters
from tiktok_sandbox.world.creators.marketplace import account_id
from tiktok_sandbox.world.passing.webhook_events import OBJECTS
from tiktok_sandbox.world.state.clock import whole_seconds
from tiktok_sandbox.world.state.entities import Ad, AdGroup, AdsGrant
from tiktok_sandbox.world.state.webhooks import Subscription

ENTITIES = tuple(sorted(OBJECTS))
FREQUENCIES = ("5_MINUTE", "15_MINUTE", "30_MINUTE", "60_MINUTE")
PRODUCTS = (
    "BUSINESS_CENTER_API",
    "CREATIVES_API",
    "CATALOG_API",
    "TIKTOK_STORE_API",
    "CAMPAIGN_API",
    "REPORTING_API",
    "AUDIENCE_API",
    "STREAMING_API",
    "EVENTS_API",
    "ACCOUNTS_API",
    "MENTIONS_API",
    "TIKTOK_ONE_API",
    "DISCOVERY_API",
    "SPARK_RECOMMEND_API",
    "BUSINESS_MESSAGING_API",
)
LOOPBACK = ("127.0.0.1", "localhost", "::1")
MOST_ADVERTISERS, LONGEST_URL = 100, 2000
NEEDS_ACCOUNT = ("AD_GROUP", "AD", "LEAD", "CREATIVE_FATIGUE")


def subscribe(call: Call) -> Data:
    check_app(call, id_field="app_id", secret_field="secret")  # noqa: S106 - a field's name
    given = call.parameters
    entity, url = given.text("subscribe_entity"), callback_url(given.text("callback_url"))
    detail = given.mapping("subscription_detail")
    grant = call.world.find.ads_grant(detail.text("access_token"))
    if grant is None or grant.revoked:
        raise WireError(TOKEN_INVALID, "subscription_detail.access_token is incorrect or revoked.")
    state = call.world.state
    accounts = _accounts(call, entity, detail, grant)
    adgroup_id = _within(detail, "adgroup_id", state.adgroups, required=entity == "AD_GROUP")
    ad_id = _within(detail, "ad_id", state.ads, required=entity == "AD")
    subscription = Subscription(
        subscription_id=call.world.next_id("subscription", prefix="76"),
        entity=entity,
        callback_url=url,
        access_token=grant.token,
        advertiser_ids=accounts,
        adgroup_id=adgroup_id,
        ad_id=ad_id,
        detail={
            name: detail.raw(name)
            for name in detail.names()
            if name != "access_token" and name in detail
        },
        created_at=whole_seconds(call.world.now),
    )
    call.world.state.webhooks.subscriptions[subscription.subscription_id] = subscription
    return {"subscription_id": subscription.subscription_id}


def callback_url(url: str) -> str:
    """https, or http on this machine only. Raises WireError."""
    try:
        parts = urlsplit(url)
        is_local = parts.hostname in LOOPBACK
    except ValueError:
        raise invalid("callback_url", "Not a valid URL") from None
    if not (parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and is_local))):
        raise invalid("callback_url", "Must be https, or http on this machine (127.0.0.1)")
    return url


def _accounts(call: Call, entity: str, detail: Parameters, grant: AdsGrant) -> list[str]:
    """Ad accounts the subscription is about; all of them must be the token's. Raises WireError."""
    if entity in NEEDS_ACCOUNT:
        detail.require("advertiser_id")
        wanted = [detail.text("advertiser_id")]
    elif entity in ("AD_ACCOUNT_SUSPENSION", "REPORT_DATA_CHANGE"):
        wanted = detail.ids("advertiser_ids", most=MOST_ADVERTISERS)
        if not wanted and entity == "AD_ACCOUNT_SUSPENSION" and detail.find_text("bc_id"):
            accounts = call.world.state.advertisers.values()
            wanted = [a.advertiser_id for a in accounts if a.bc_id == detail.text("bc_id")]
        if not wanted:
            raise missing("subscription_detail.advertiser_ids")
    else:
        if entity.startswith("TCM") and detail.text("tto_tcm_account_id", "") not in (
            "",
            account_id(call.world),
        ):
            raise not_found("TCM account", detail.text("tto_tcm_account_id"))
        return list(grant.advertiser_ids)
    for number in wanted:
        if number not in grant.advertiser_ids:
            raise WireError(NO_PERMISSION, f"No permission to operate advertiser {number}")
    return wanted


def _within(
    detail: Parameters,
    field: str,
    things: Mapping[str, Ad] | Mapping[str, AdGroup],
    *,
    required: bool,
) -> str | None:
    """The ad or ad group of the account that the subscription narrows to. Raises WireError."""
    number = detail.find_text(field)
    if number is None:
        if required:
            raise missing(f"subscription_detail.{field}")
        return None
    thing = things.get(number)
    if thing is None or thing.advertiser_id != detail.text("advertiser_id", ""):
        raise not_found(field.removesuffix("_id"), number)
    return number


def get(call: Call) -> Data:
    check_app(call, id_field="app_id", secret_field="secret")  # noqa: S106 - a field's name
    wanted = call.parameters.find_text("subscribe_entity")
    found = [
        row(call, subscription)
        for subscription in call.world.state.webhooks.subscriptions.values()
        if wanted in (None, subscription.entity)
    ]
    shown, info = one_page(call.parameters, found, most=1000)
    return {
        "subscriptions": shown,
        "page_info": info,
    }


def row(call: Call, subscription: Subscription) -> dict[str, object]:
    return {
        "app_id": call.world.state.app.app_id,
        "subscription_id": subscription.subscription_id,
        "subscribe_entity": subscription.entity,
        "callback_url": subscription.callback_url,
        "subscription_detail": {
            **subscription.detail,
            "access_token": subscription.access_token,
        },
    }


def unsubscribe(call: Call) -> Data:
    check_app(call, id_field="app_id", secret_field="secret")  # noqa: S106 - a field's name
    number = call.parameters.text("subscription_id")
    if call.world.state.webhooks.subscriptions.pop(number, None) is None:
        raise not_found("subscription", number)
    return {"subscription_id": number}


APP = (text("app_id", required=True), text("secret", required=True))
DETAIL = record(
    "subscription_detail",
    text("access_token", required=True),
    text("advertiser_id"),
    text("adgroup_id"),
    text("ad_id"),
    text("bc_id"),
    ids("advertiser_ids", most=MOST_ADVERTISERS),
    text("library_id"),
    text("page_id"),
    choice("lead_source", "INSTANT_FORM", "DIRECT_MESSAGE"),
    choice("notify_frequency", *FREQUENCIES),
    many("product_filters", choice("product", *PRODUCTS)),
    text("tto_tcm_account_id"),
    required=True,
)

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="POST",
        path="/subscription/subscribe/",
        handler=subscribe,
        holder="nobody",
        section="13",
        takes=(
            *APP,
            choice("subscribe_entity", *ENTITIES, required=True),
            text("callback_url", required=True, most=LONGEST_URL),
            DETAIL,
        ),
        limits="Hourly at most; no leads and no TCM_VIDEOS happen; payload shapes are [G]'s",
    ),
    Endpoint(
        method="GET",
        path="/subscription/get/",
        handler=get,
        holder="nobody",
        section="13",
        takes=(*APP, choice("subscribe_entity", *ENTITIES), *pages(most=1000)),
    ),
    Endpoint(
        method="POST",
        path="/subscription/unsubscribe/",
        handler=unsubscribe,
        holder="nobody",
        section="13",
        takes=(*APP, text("subscription_id", required=True)),
    ),
)

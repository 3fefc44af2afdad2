"""Control of webhooks: what waits, what was delivered, and incidents to notify of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tiktok_sandbox.control.bodies import Act, BadRequestError, Body
from tiktok_sandbox.control.truth_document import iso
from tiktok_sandbox.world.creators.marketplace import account_id
from tiktok_sandbox.world.passing.webhook_events import queue_for_subscribers
from tiktok_sandbox.world.state.webhooks import WebhookDelivery

if TYPE_CHECKING:
    from tiktok_sandbox.runtime.hub import Hub

TIME = "%Y-%m-%d %H:%M:%S"
LEVELS, INCIDENTS = ("LOW_DISRUPTION", "MAJOR_DISRUPTION"), ("CREATE", "UPDATE", "RESOLVE")


def webhooks(hub: Hub, body: Body) -> object:
    """Undelivered and ended webhooks, with their attempts."""
    book = hub.current().state.webhooks
    return {
        "pending": [delivery_row(delivery) for delivery in book.pending],
        "ended": [delivery_row(delivery) for delivery in book.ended],
        "subscriptions": len(book.subscriptions),
        "hooks": sorted(book.hooks),
        "tcm_account_id": account_id(hub.world),
    }


def delivery_row(delivery: WebhookDelivery) -> dict[str, object]:
    return {
        "number": delivery.number,
        "event": delivery.event,
        "callback_url": delivery.callback_url,
        "body": delivery.body,
        "created_at": iso(delivery.created_at),
        "next_at": iso(delivery.next_at),
        "attempts": delivery.attempts,
        "delivered_at": iso(delivery.delivered_at),
        "given_up": delivery.given_up,
        "last_answer": delivery.last_answer,
    }


def incident(hub: Hub, body: Body) -> object:
    """{"title", "products", "type", "level", "detail"}: tell subscribers of API_SERVICE_STATUS."""
    world = hub.current()
    kind, level = str(body.get("type", "CREATE")), str(body.get("level", "LOW_DISRUPTION"))
    if kind not in INCIDENTS or level not in LEVELS:
        raise BadRequestError(f"type is one of {INCIDENTS}, level one of {LEVELS}")
    entry: dict[str, object] = {
        "incident_id": str(body.get("incident_id", "sample-incident")),
        "incident_title": str(body.get("title", "Sample incident")),
        "incident_products": list(body.get("products", ["CAMPAIGN_API"])),
        "incident_event_type": kind,
        "incident_level": level,
        "incident_start_time": world.now.strftime(TIME),
        "incident_resolve_time": world.now.strftime(TIME) if kind == "RESOLVE" else None,
        "incident_detail": str(body.get("detail", "")),
    }
    queue_for_subscribers(world, "API_SERVICE_STATUS", entry, world.now)
    return {"pending": len(world.state.webhooks.pending)}


def suspend(hub: Hub, body: Body) -> object:
    """{"advertiser_id", "reason"}: suspend an ad account; {"advertiser_id"} alone lifts it."""
    world = hub.current()
    account = world.state.advertisers.get(str(body.get("advertiser_id", "")))
    if account is None:
        raise BadRequestError("advertiser_id must be an ad account of this world; see world/")
    reason = str(body.get("reason", ""))
    entry: dict[str, object] = {
        "advertiser_id": account.advertiser_id,
        "advertiser_name": account.name,
        "owner_bc_id": account.bc_id,
        "status": "STATUS_LIMIT" if reason else "STATUS_ENABLE",
        "status_change_time": world.now.strftime(TIME),
        # Their spelling.
        "suspension_reasion": reason or None,
    }
    for subscription in world.state.webhooks.subscriptions.values():
        if account.advertiser_id in subscription.advertiser_ids:
            entry["subscription_id"] = subscription.subscription_id
    queue_for_subscribers(world, "AD_ACCOUNT_SUSPENSION", entry, world.now)
    return {"advertiser_id": account.advertiser_id, "status": entry["status"]}


TABLE: tuple[tuple[str, str, Act], ...] = (
    ("GET", "webhooks/", webhooks),
    ("POST", "incidents/", incident),
    ("POST", "suspensions/", suspend),
)

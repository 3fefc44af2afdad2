"""The queue of webhooks: at least once, repeated with growing waits for 72 simulated hours (§13)."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from tiktok_sandbox.world.state.clock import seconds, whole_seconds
from tiktok_sandbox.world.state.webhooks import WebhookDelivery
from tiktok_sandbox.world.world import World

RETRIED_FOR = timedelta(hours=72)
# Waits between attempts, in simulated time; the last one repeats.
BACKOFF_MINUTES = (1, 5, 30, 120, 360, 720)
MOST_ENDED = 500
CLIENT, ADS, UNSIGNED = "client", "ads", "none"


def queue(
    world: World, *, event: str, url: str, body: object, signed_for: str, at: datetime
) -> WebhookDelivery:
    """Put a webhook on its way, of something that happened at `at`."""
    book, now = world.state.webhooks, whole_seconds(at)
    book.queued += 1
    delivery = WebhookDelivery(
        number=book.queued,
        event=event,
        callback_url=url,
        body=msgspec.json.encode(body).decode(),
        signed_for=signed_for,
        created_at=now,
        next_at=now,
    )
    book.pending.append(delivery)
    return delivery


def due(world: World, *, everything: bool = False) -> list[WebhookDelivery]:
    """Webhooks to be tried now; all that are pending when `everything`."""
    now = world.now
    return [d for d in world.state.webhooks.pending if everything or d.next_at <= now]


def note_attempt(world: World, delivery: WebhookDelivery, *, succeeded: bool, answer: str) -> None:
    """Book an attempt: done, to be repeated later, or given up after 72 hours."""
    book, now = world.state.webhooks, whole_seconds(world.now)
    delivery.attempts += 1
    delivery.last_answer = answer
    if succeeded:
        delivery.delivered_at = now
    else:
        wait = BACKOFF_MINUTES[min(delivery.attempts, len(BACKOFF_MINUTES)) - 1]
        delivery.next_at = now + timedelta(minutes=wait)
        delivery.given_up = delivery.next_at > delivery.created_at + RETRIED_FOR
    if (succeeded or delivery.given_up) and delivery in book.pending:
        book.pending.remove(delivery)
        book.ended.append(delivery)
        del book.ended[:-MOST_ENDED]


def queue_account_webhook(
    world: World, event: str, url: str, open_id: str, content: object, at: datetime
) -> None:
    """Queue a webhook of a creator's account, signed with the client secret."""
    queue(
        world,
        event=event,
        url=url,
        body={
            "client_key": world.state.app.client_key,
            "event": event,
            "create_time": seconds(at),
            "user_openid": open_id,
            "content": msgspec.json.encode(content).decode(),
        },
        signed_for=CLIENT,
        at=at,
    )

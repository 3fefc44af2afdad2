"""The courier: posts waiting webhooks over HTTP, in the background or on request."""

from __future__ import annotations

import asyncio
import hashlib
import hmac

from tiktok_sandbox.runtime.hub import Hub
from tiktok_sandbox.runtime.posting import NoAnswerError, post
from tiktok_sandbox.world.state.clock import seconds
from tiktok_sandbox.world.state.webhooks import WebhookDelivery
from tiktok_sandbox.world.webhook_queue import ADS, UNSIGNED, due, note_attempt
from tiktok_sandbox.world.world import World

LOOK_EVERY_SECONDS, ANSWER_SECONDS = 0.2, 10.0
SCHEMA_VERSION = "1.0"


def signature(secret: str, *, stamp: int, body: bytes) -> str:
    """Value of `tiktok-signature`: HMAC-SHA256 of "<t>.<raw body>" (§13)."""
    whole = str(stamp).encode() + b"." + body
    return f"t={stamp},s={hmac.new(secret.encode(), whole, hashlib.sha256).hexdigest()}"


class Courier:
    """Delivers what is due, in order, one flush at a time."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self._turn = asyncio.Lock()

    async def run(self) -> None:
        """Look for due webhooks until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            webhooks = self.hub.world.state.webhooks
            if webhooks.subscriptions or webhooks.hooks or webhooks.pending:
                self.hub.current()
                await self.flush()

    async def flush(self, *, everything: bool = False) -> list[WebhookDelivery]:
        """Try what is due, or all that is pending; returns what was tried."""
        async with self._turn:
            world = self.hub.world
            waiting = due(world, everything=everything)
            if not waiting:
                return []
            for delivery in waiting:
                await self._try(world, delivery)
                self.hub.writes += 1
            return waiting

    async def _try(self, world: World, delivery: WebhookDelivery) -> None:
        fault = self.hub.faults.take_webhook(delivery.event)
        if fault is not None and fault.kind == "lose_webhook":
            note_attempt(world, delivery, succeeded=False, answer="lost by a planned fault")
            return
        status = await self._send(world, delivery)
        if fault is not None:
            await self._send(world, delivery)
        note_attempt(world, delivery, succeeded=status.startswith("HTTP 2"), answer=status)

    async def _send(self, world: World, delivery: WebhookDelivery) -> str:
        """One POST; what came of it in a few words."""
        body = delivery.body.encode()
        headers = {
            "Content-Type": "application/json",
            "webhook-schema-version": SCHEMA_VERSION,
            "x-tt-logid": world.mint.hex("webhook.log", delivery.number, 16),
        }
        if delivery.signed_for != UNSIGNED:
            app = world.state.app
            secret = app.secret if delivery.signed_for == ADS else app.client_secret
            headers["tiktok-signature"] = signature(secret, stamp=seconds(world.now), body=body)
        try:
            status = await post(delivery.callback_url, body, headers, within=ANSWER_SECONDS)
        except NoAnswerError as error:
            return f"no answer: {error}"
        return f"HTTP {status}"

"""`/sandbox/v1/`: JSON over HTTP, without any authentication, meant for the same machine only."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tiktok_sandbox.control import accounts, measurement, shop, troubles, webhooks
from tiktok_sandbox.control.bodies import BadRequestError, Body, read_instant
from tiktok_sandbox.control.truth_document import iso
from tiktok_sandbox.describe.openapi import openapi
from tiktok_sandbox.describe.shop_openapi import shop_openapi
from tiktok_sandbox.runtime import descriptors
from tiktok_sandbox.runtime.courier import Courier
from tiktok_sandbox.runtime.faults import LONGEST_DELAY_SECONDS, Fault
from tiktok_sandbox.runtime.hub import Hub
from tiktok_sandbox.runtime.limits import TIERS, UnknownTierError
from tiktok_sandbox.wire.access.oauth import grant_ads, issue_code
from tiktok_sandbox.world.creators.marketplace import account_id
from tiktok_sandbox.world.drawing.build import (
    FamilyFileError,
    UnknownWorldError,
    build_world,
    sent_family,
)
from tiktok_sandbox.world.state.behaviour import UnknownSettingError, changed
from tiktok_sandbox.world.state.clock import ClockModeError
from tiktok_sandbox.world.state.refusals import RefusedError
from tiktok_sandbox.world.storage import WorldFileError, load, save
from tiktok_sandbox.world.world import World

PREFIX = "/sandbox/v1"
LONGEST_ADVANCE = timedelta(days=400)
# What moves the clock or replaces the world: one after the other, an advance to its end.
IN_TURN = (("POST", "clock/"), ("POST", "clock/advance/"), ("POST", "reset/"))


class Control:
    """The control endpoints of one hub."""

    def __init__(self, hub: Hub, courier: Courier | None = None) -> None:
        self.hub = hub
        self.courier = courier or Courier(hub)

    def routes(self) -> list[Route]:
        table: list[tuple[str, str, Callable[[Body], object]]] = [
            ("GET", "health/", self.health),
            ("GET", "clock/", self.clock),
            ("POST", "clock/", self.set_clock),
            ("POST", "clock/advance/", self.advance),
            ("POST", "reset/", self.reset),
            ("GET", "tier/", self.tier),
            ("POST", "tier/", self.set_tier),
            ("GET", "behaviour/", self.behaviour),
            ("POST", "behaviour/", self.set_behaviour),
            ("GET", "world/", self.world),
            ("POST", "grants/ads/", self.grant_ads),
            ("POST", "grants/creator/", self.grant_creator),
            ("POST", "grants/shop/", partial(shop.grant, self.hub)),
            ("GET", "faults/", self.faults),
            ("POST", "faults/", self.add_fault),
            ("DELETE", "faults/", self.clear_faults),
            ("GET", "openapi.json", self.openapi),
            ("GET", "shop-openapi.json", self.shop_openapi),
        ]
        table += [
            (method, path, partial(act, self.hub))
            for method, path, act in (
                *accounts.TABLE,
                *measurement.TABLE,
                *troubles.TABLE,
                *shop.TABLE,
                *webhooks.TABLE,
            )
        ]
        routes = [
            Route(
                f"{PREFIX}/{path}",
                as_json(handler, self.hub.turn if (method, path) in IN_TURN else None),
                methods=[method],
            )
            for method, path, handler in table
        ]
        files = [
            Route(f"{PREFIX}/save/", self.save, methods=["GET"]),
            Route(f"{PREFIX}/load/", self.load, methods=["POST"]),
            Route(f"{PREFIX}/webhooks/deliver/", self.deliver, methods=["POST"]),
            Route(f"{PREFIX}/shop/{{name}}", self.shop, methods=["GET"]),
        ]
        return routes + files

    def health(self, body: Body) -> object:
        return {"status": "ok", "now": iso(self.hub.world.now), "seed": self.hub.world.seed}

    def clock(self, body: Body) -> object:
        world = self.hub.current()
        clock = world.state.clock
        return {"mode": clock.mode, "speed": clock.speed, "now": iso(world.now)}

    def set_clock(self, body: Body) -> object:
        self.hub.current().set_clock(str(body.get("mode", "")))
        return self.clock(body)

    async def advance(self, body: Body) -> object:
        """{"hours": n}, {"days": n} or {"to": instant}; simulates every hour in between."""
        await self.hub.pass_hours()
        world = self.hub.world
        target = read_target(world, body)
        if target - world.now > LONGEST_ADVANCE:
            raise BadRequestError(f"one call advances at most {LONGEST_ADVANCE.days} days")
        self.hub.note_write()
        world.state.clock.set_now(target, real=world.real())
        await self.hub.pass_hours()
        return self.clock(body)

    def reset(self, body: Body) -> object:
        """A fresh world; seed, family and clock mode stay unless named, behaviour unless "default"."""
        old = self.hub.world
        epoch = body.get("epoch")
        if epoch is not None and not isinstance(epoch, str):
            raise BadRequestError('epoch must be text like "2026-03-02" or "today"')
        seed = body.get("seed", old.seed)
        if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**63:
            raise BadRequestError("seed must be a whole number from 0 to 2^63 - 1")
        fresh = build_world(
            family=sent_family(body["world"]) if "world" in body else old.family,
            seed=seed,
            epoch=epoch,
            clock=str(body.get("clock", old.state.clock.mode)),
            behaviour=None if body.get("behaviour") == "default" else old.behaviour,
            real=old.real,
        )
        self.hub.replace_world(fresh)
        self.hub.faults.clear()
        return self.clock(body)

    def tier(self, body: Body) -> object:
        return {"tier": self.hub.limiter.tier, "tiers": list(TIERS)}

    def set_tier(self, body: Body) -> object:
        self.hub.limiter.set_tier(str(body.get("tier", "")))
        return self.tier(body)

    def behaviour(self, body: Body) -> object:
        return msgspec.to_builtins(self.hub.world.behaviour)

    def set_behaviour(self, body: Body) -> object:
        self.hub.world.behaviour = changed(self.hub.world.behaviour, body)
        return self.behaviour(body)

    def world(self, body: Body) -> object:
        """What a team would know of its own accounts, secrets of the app included."""
        state = self.hub.current().state
        return {
            "family": state.recipe.name,
            "seed": state.seed,
            "epoch": iso(state.epoch),
            "app": {
                "app_id": state.app.app_id,
                "name": state.app.name,
                "secret": state.app.secret,
                "client_key": state.app.client_key,
                "client_secret": state.app.client_secret,
            },
            "advertisers": [
                {
                    "advertiser_id": account.advertiser_id,
                    "name": account.name,
                    "currency": account.currency,
                    "timezone": account.timezone,
                }
                for account in state.advertisers.values()
            ],
            "creators": [
                {
                    "handle": creator.handle,
                    "display_name": creator.display_name,
                    "open_id": creator.open_id,
                    "followers": creator.followers,
                }
                for creator in state.creators.values()
                if not creator.is_brand
            ],
            "brand": next(
                {
                    "handle": creator.handle,
                    "display_name": creator.display_name,
                    "open_id": creator.open_id,
                    "identity_id": creator.identity_id,
                    "identity_type": "TT_USER",
                    "advertiser_ids": creator.linked_advertiser_ids,
                }
                for creator in state.creators.values()
                if creator.is_brand
            ),
            "tcm_account_id": account_id(self.hub.world),
            "shop": shop.about(self.hub.world),
            "products": [
                {"sku": product.sku, "title": product.title, "currency": product.currency}
                for product in state.products.values()
            ],
        }

    def grant_ads(self, body: Body) -> object:
        """A token as if a person had allowed it; all ad accounts unless some are named."""
        world = self.hub.current()
        wanted = body.get("advertiser_ids", list(world.state.advertisers))
        known = world.state.advertisers
        if not isinstance(wanted, list) or not all(
            isinstance(number, str) and number in known for number in wanted
        ):
            raise BadRequestError("advertiser_ids must be ids of this world; see world/")
        grant = grant_ads(world, wanted)
        return {"access_token": grant.token, "advertiser_ids": grant.advertiser_ids}

    def grant_creator(self, body: Body) -> object:
        """A fresh OAuth code of a creator, as the consent page would have handed out."""
        world = self.hub.current()
        creator = world.state.creators.get(str(body.get("handle", "")))
        if creator is None:
            raise BadRequestError("handle must be a creator of this world; see world/")
        scope = str(body.get("scope", ""))
        code = issue_code(world, kind="creator", subject=[creator.open_id], scope=scope)
        return {"auth_code": code.code, "open_id": creator.open_id}

    def faults(self, body: Body) -> object:
        return {"faults": msgspec.to_builtins(self.hub.faults.standing())}

    def add_fault(self, body: Body) -> object:
        fault = msgspec.convert(dict(body), Fault)
        check_fault(fault)
        self.hub.faults.add(fault)
        self.hub.note_write()
        return self.faults(body)

    def clear_faults(self, body: Body) -> object:
        self.hub.faults.clear()
        self.hub.history.clear()
        return self.faults(body)

    def openapi(self, body: Body) -> object:
        return openapi()

    def shop_openapi(self, body: Body) -> object:
        return shop_openapi()

    async def save(self, request: Request) -> Response:
        return Response(save(self.hub.current()), media_type="application/octet-stream")

    async def load(self, request: Request) -> Response:
        data = await request.body()
        async with self.hub.turn:
            try:
                world = load(data, real=self.hub.world.real)
            except WorldFileError as error:
                return JSONResponse({"error": str(error)}, status_code=400)
            self.hub.replace_world(world)
        return JSONResponse(self.clock({}))

    async def deliver(self, request: Request) -> Response:
        """Try webhooks that are due now; all pending ones with {"everything": true}."""
        raw = await request.body()
        try:
            body = msgspec.json.decode(raw, type=dict[str, Any]) if raw else {}
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        self.hub.current()
        tried = await self.courier.flush(everything=body.get("everything") is True)
        return JSONResponse({"tried": [webhooks.delivery_row(delivery) for delivery in tried]})

    async def shop(self, request: Request) -> Response:
        world = self.hub.current()
        name = request.path_params["name"]
        if name == "products.csv":
            text = shop.products_csv(world)
        elif name == "deals.csv":
            text = shop.deals_csv(world)
        elif name in ("orders.csv", "buyers.csv"):
            try:
                asked = request.query_params.get("since")
                since = read_instant(asked) if asked else None
                written = shop.orders_csv if name == "orders.csv" else shop.buyers_csv
                text = written(world, since=since)
            except BadRequestError as error:
                return JSONResponse({"error": str(error)}, status_code=400)
        else:
            known = "products.csv, orders.csv, buyers.csv, deals.csv"
            return JSONResponse({"error": f"no file {name}; known: {known}"}, status_code=404)
        return Response(text, media_type="text/csv")


def read_target(world: World, body: Body) -> datetime:
    if "to" in body:
        return read_instant(str(body["to"]))
    try:
        step = timedelta(hours=float(body.get("hours", 0)), days=float(body.get("days", 0)))
    except (TypeError, ValueError, OverflowError):
        raise BadRequestError("hours and days must be numbers of a sensible size") from None
    if step <= timedelta(0):
        raise BadRequestError('say {"hours": n}, {"days": n} or {"to": "2026-03-05T00:00:00Z"}')
    return world.now + step


def check_fault(fault: Fault) -> None:
    """Is the plan a sensible one? Raises BadRequestError."""
    if fault.times is not None and fault.times < 1:
        raise BadRequestError("times must be at least 1, or null for no end")
    if not 0 <= fault.probability <= 1 or fault.skip < 0 or fault.met:
        raise BadRequestError("probability lies between 0 and 1, skip is at least 0, met is ours")
    if fault.kind in ("drop_reply", "drop_request") and not descriptors.DESCRIPTORS.is_dir():
        raise BadRequestError(f"{fault.kind} needs {descriptors.DESCRIPTORS}: Linux or macOS")
    if not 400 <= fault.status <= 599:
        raise BadRequestError("status must be an HTTP error, 400 to 599")
    most = LONGEST_DELAY_SECONDS if fault.kind == "delay" else float("inf")
    if not 0 <= fault.seconds <= most:
        raise BadRequestError("seconds must be at least 0, of a delay at most 120")


def as_json(
    handler: Callable[[Body], object], turn: asyncio.Lock | None = None
) -> Callable[[Request], Awaitable[Response]]:
    """A route that reads a JSON object, and answers JSON or 400 with the reason.

    turn : held while the handler works, which may be a coroutine
    """

    async def answer(request: Request) -> Response:
        raw = await request.body()
        try:
            body = msgspec.json.decode(raw, type=dict[str, Any]) if raw else {}
            async with turn or nullcontext():
                found = handler(body)
                if isinstance(found, Awaitable):
                    found = await found
        except (
            BadRequestError,
            ClockModeError,
            RefusedError,
            UnknownTierError,
            UnknownSettingError,
            FamilyFileError,
            UnknownWorldError,
            msgspec.DecodeError,
            msgspec.ValidationError,
        ) as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        return Response(msgspec.json.encode(found), media_type="application/json")

    return answer

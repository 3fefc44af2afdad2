"""Webhooks of both sides: what is told, signed how, delivered when (tiktok-api.md §13)."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest
from sandbox_creator import CreatorApp
from sandbox_team import Team

from tiktok_sandbox.world.drawing.build import build_world
from tiktok_sandbox.world.ledgers.ledger import AD_HOUR, Ledger
from tiktok_sandbox.world.passing.hours import advance_to
from tiktok_sandbox.world.passing.webhook_events import note_events
from tiktok_sandbox.world.storage import load, save
from tiktok_sandbox.world.webhook_queue import due, note_attempt, queue
from tiktok_sandbox.world.world import World


class Receiver:
    """Somebody's webhook endpoint on this machine; `status` is what it answers."""

    def __init__(self) -> None:
        self.status = 200
        self.got: list[tuple[dict[str, str], bytes]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((dict(self.headers), body))
                self.send_response(receiver.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.got]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    running = Receiver()
    yield running
    running.close()


def app_fields(team: Team) -> dict[str, object]:
    return {"app_id": team.world["app"]["app_id"], "secret": team.world["app"]["secret"]}


def subscribe(team: Team, receiver: Receiver, entity: str, **detail: object) -> str:
    made = team.post(
        "/subscription/subscribe/",
        subscribe_entity=entity,
        callback_url=receiver.url,
        subscription_detail={"access_token": team.token, **detail},
        **app_fields(team),
    )
    return str(made["subscription_id"])


def deliver(team: Team, **body: object) -> list[dict[str, Any]]:
    """Have everything that is due tried; the courier may have been quicker."""
    found: list[dict[str, Any]] = team.sandbox.post("webhooks/deliver/", body)["tried"]
    return found


class TestSubscriptions:
    def test_tell_that_a_review_ended(self, team: Team, receiver: Receiver) -> None:
        made = team.launch()
        subscribe(team, receiver, "AD", advertiser_id=team.advertiser_id, ad_id=made["ad_id"])
        team.sandbox.advance(hours=48)
        deliver(team)
        body = receiver.bodies[0]
        assert (body["object"], body["entry"][0]["ad_id"]) == (3, made["ad_id"])

    def test_tell_the_reason_of_a_rejection(self, team: Team, receiver: Receiver) -> None:
        made = team.launch()
        subscribe(team, receiver, "AD", advertiser_id=team.advertiser_id, ad_id=made["ad_id"])
        ad = team.sandbox.app.state.hub.world.state.ads[made["ad_id"]]
        ad.reject_reasons = ["Sample reason"]
        team.sandbox.advance(hours=48)
        deliver(team)
        assert receiver.bodies[0]["entry"][0]["reject_reason"] == "Sample reason"

    def test_tell_of_changed_reports_every_hour_something_ran(
        self, team: Team, receiver: Receiver
    ) -> None:
        team.launch()
        subscribe(team, receiver, "REPORT_DATA_CHANGE", advertiser_ids=[team.advertiser_id])
        team.sandbox.advance(hours=12)
        deliver(team)
        values = [
            body["entry"][0]["changed_metrics_values"][team.advertiser_id]
            for body in receiver.bodies
        ]
        assert len(values) > 3
        shown = [int(value["impressions"]) for value in values]
        assert shown == sorted(shown)

    @pytest.mark.parametrize(("late_clicks", "is_fatigued"), [(5, True), (6, False)])
    def test_tell_of_ads_whose_click_rate_has_halved(
        self, team: Team, receiver: Receiver, late_clicks: int, is_fatigued: bool
    ) -> None:
        made = team.launch()
        number = subscribe(team, receiver, "CREATIVE_FATIGUE", advertiser_id=team.advertiser_id)
        world = team.sandbox.app.state.hub.world
        book = Ledger(AD_HOUR)
        rows = np.zeros((144, len(AD_HOUR)), dtype=np.int64)
        rows[:, book.place("tick")] = np.arange(144)
        rows[:, book.place("impressions")] = 100
        rows[:, book.place("clicks")] = np.repeat([10, late_clicks], 72)
        book.append(rows)
        world.ad_hours = book
        note_events(world, 143)
        told = [json.loads(delivery.body) for delivery in world.state.webhooks.pending]
        assert len(told) == int(is_fatigued)
        if is_fatigued:
            assert told[0]["subscription_id"] == number
            assert told[0]["entry"][0]["ad_ids"] == [int(made["ad_id"])]
            assert told[0]["entry"][0]["date"] == "2026-03-07"

    def test_tell_what_a_creator_answered_the_marketplace(
        self, team: Team, receiver: Receiver
    ) -> None:
        subscribe(team, receiver, "TCM_SPARK_ADS")
        item_id = team.plain_post()["item_id"]
        account = team.world["tcm_account_id"]
        team.post("/tcm/tt_video/apply/", tcm_account_id=account, video_id=item_id)
        team.sandbox.advance(days=4)
        deliver(team)
        entry = receiver.bodies[0]["entry"][0]
        assert (entry["video_id"], receiver.bodies[0]["object"]) == (item_id, 9)

    def test_tell_of_incidents_and_suspensions(self, team: Team, receiver: Receiver) -> None:
        subscribe(team, receiver, "API_SERVICE_STATUS")
        subscribe(team, receiver, "AD_ACCOUNT_SUSPENSION", advertiser_ids=[team.advertiser_id])
        team.sandbox.post("incidents/", {"title": "Sample incident"})
        given = {"advertiser_id": team.advertiser_id, "reason": "Sample reason"}
        team.sandbox.post("suspensions/", given)
        deliver(team)
        entries = [body["entry"][0] for body in receiver.bodies]
        assert entries[0]["incident_title"] == "Sample incident"
        assert entries[1]["status"] == "STATUS_LIMIT"

    def test_are_signed_with_the_apps_secret_unless_set_otherwise(
        self, team: Team, receiver: Receiver
    ) -> None:
        subscribe(team, receiver, "API_SERVICE_STATUS")
        team.sandbox.post("incidents/")
        team.sandbox.post("behaviour/", {"marketing_webhooks": "unsigned"})
        team.sandbox.post("incidents/")
        deliver(team)
        (signed, body), (unsigned, _) = receiver.got
        check_signature(signed["tiktok-signature"], body, team.world["app"]["secret"])
        assert "tiktok-signature" not in unsigned

    def test_end_with_their_token(self, team: Team, receiver: Receiver) -> None:
        subscribe(team, receiver, "API_SERVICE_STATUS")
        team.post("/oauth2/revoke_token/", access_token=team.token, **app_fields(team))
        team.sandbox.post("incidents/")
        assert team.sandbox.get("webhooks/")["pending"] == []

    def test_can_be_listed_and_ended(self, team: Team, receiver: Receiver) -> None:
        number = subscribe(team, receiver, "API_SERVICE_STATUS")
        listed = team.get("/subscription/get/", **app_fields(team))["subscriptions"]
        assert [row["subscription_id"] for row in listed] == [number]
        team.post("/subscription/unsubscribe/", subscription_id=number, **app_fields(team))
        assert team.get("/subscription/get/", **app_fields(team))["subscriptions"] == []

    @pytest.mark.parametrize("url", ["http://shop.example/x", "ftp://127.0.0.1/x", "nowhere"])
    def test_need_https_or_this_machine(self, team: Team, url: str) -> None:
        detail = {"access_token": team.token}
        given = {"subscribe_entity": "API_SERVICE_STATUS", "callback_url": url}
        refusal = team.refused(
            "POST",
            "/subscription/subscribe/",
            subscription_detail=detail,
            **given,
            **app_fields(team),
        )
        assert refusal[0] == 40002

    def test_refuse_accounts_the_token_does_not_cover(self, team: Team, receiver: Receiver) -> None:
        wanted = {"advertiser_ids": [team.advertiser_id]}
        narrow = team.sandbox.post("grants/ads/", wanted)["access_token"]
        detail = {"access_token": narrow, "advertiser_ids": [team.eu_advertiser_id]}
        refusal = team.refused(
            "POST",
            "/subscription/subscribe/",
            subscribe_entity="REPORT_DATA_CHANGE",
            callback_url=receiver.url,
            subscription_detail=detail,
            **app_fields(team),
        )
        assert refusal[0] == 40001


def check_signature(header: str, body: bytes, secret: str) -> None:
    stamp, seal = (part.split("=", 1)[1] for part in header.split(","))
    whole = stamp.encode() + b"." + body
    assert seal == hmac.new(secret.encode(), whole, hashlib.sha256).hexdigest()


class TestAccountWebhooks:
    @pytest.mark.slow
    def test_tell_connected_creators_of_posts_and_comments(
        self, team: Team, receiver: Receiver
    ) -> None:
        creators = [CreatorApp(team, row["handle"]) for row in team.world["creators"]]
        for kind in ("VIDEO", "COMMENT"):
            fields = {"event_type": kind, "callback_url": receiver.url}
            team.post("/business/webhook/update/", **fields, **app_fields(team))
        team.sandbox.advance(days=5)
        deliver(team, everything=True)
        events = {body["event"] for body in receiver.bodies}
        assert events == {"post.publish.complete", "comment.update"}
        known = {creator.open_id for creator in creators}
        assert {body["user_openid"] for body in receiver.bodies} <= known
        headers, body = receiver.got[0]
        check_signature(headers["tiktok-signature"], body, team.world["app"]["client_secret"])
        content = json.loads(json.loads(body)["content"])
        assert isinstance(content, dict)

    def test_leave_out_creators_who_never_connected(self, team: Team, receiver: Receiver) -> None:
        fields = {"event_type": "COMMENT", "callback_url": receiver.url}
        team.post("/business/webhook/update/", **fields, **app_fields(team))
        team.sandbox.advance(days=5)
        assert team.sandbox.get("webhooks/")["pending"] == []

    def test_can_be_listed_and_deleted(self, team: Team) -> None:
        fields = {"event_type": "VIDEO", "callback_url": "https://shop.example/hook"}
        team.post("/business/webhook/update/", **fields, **app_fields(team))
        assert len(team.get("/business/webhook/list/", **app_fields(team))["list"]) == 1
        team.post("/business/webhook/delete/", event_type="VIDEO", **app_fields(team))
        refusal = team.refused(
            "POST", "/business/webhook/delete/", event_type="VIDEO", **app_fields(team)
        )
        assert refusal[0] == 40007


class TestDelivery:
    def test_is_tried_again_after_a_failure(self, team: Team, receiver: Receiver) -> None:
        receiver.status = 500
        subscribe(team, receiver, "API_SERVICE_STATUS")
        team.sandbox.post("incidents/")
        deliver(team)
        assert len(team.sandbox.get("webhooks/")["pending"]) == 1
        receiver.status = 200
        team.sandbox.advance(hours=1)
        deliver(team)
        ended = team.sandbox.get("webhooks/")["ended"]
        assert (len(ended), ended[0]["attempts"]) == (1, 2)
        assert len(receiver.got) == 2

    def test_happens_twice_when_a_fault_says_so(self, team: Team, receiver: Receiver) -> None:
        subscribe(team, receiver, "API_SERVICE_STATUS")
        team.sandbox.post("faults/", {"path": "API_*", "kind": "duplicate_webhook"})
        team.sandbox.post("incidents/")
        deliver(team)
        assert len(receiver.got) == 2
        assert receiver.got[0][1] == receiver.got[1][1]

    def test_loses_an_attempt_when_a_fault_says_so(self, team: Team, receiver: Receiver) -> None:
        subscribe(team, receiver, "API_SERVICE_STATUS")
        team.sandbox.post("faults/", {"path": "*", "kind": "lose_webhook"})
        team.sandbox.post("incidents/")
        deliver(team)
        deliver(team, everything=True)
        assert [row["attempts"] for row in team.sandbox.get("webhooks/")["ended"]] == [2]

    def test_is_given_up_after_72_simulated_hours(self) -> None:
        world = build_world(seed=7)
        delivery = queued(world)
        for _ in range(200):
            if delivery.given_up:
                break
            advance_to(world, max(world.now, delivery.next_at))
            note_attempt(world, delivery, succeeded=False, answer="HTTP 500")
        assert delivery.given_up
        tried_for = world.now - delivery.created_at
        assert 60 < tried_for.total_seconds() / 3600 <= 72

    def test_waits_over_save_and_load(self) -> None:
        world = build_world(seed=7)
        queued(world)
        assert [delivery.event for delivery in due(load(save(world)))] == ["AD"]

    @pytest.mark.slow
    def test_happens_by_itself_in_a_served_world(self, team: Team, receiver: Receiver) -> None:
        subscribe(team, receiver, "API_SERVICE_STATUS")
        team.sandbox.post("incidents/")
        arrived = threading.Event()
        for _ in range(100):
            if receiver.got:
                break
            arrived.wait(0.05)
        assert len(receiver.got) == 1


def queued(world: World) -> Any:
    return queue(
        world,
        event="AD",
        url="https://shop.example/hook",
        body={"object": 3},
        signed_for="ads",
        at=world.now,
    )


class TestMarketplace:
    def test_brings_a_code_when_the_creator_accepts(self, team: Team) -> None:
        account = {"tcm_account_id": team.world["tcm_account_id"]}
        wanted = [post["item_id"] for post in team.posts(status="HESITATE_RECOMMEND")][:6]
        for number in wanted:
            team.post("/tcm/tt_video/apply/", video_id=number, authorization_days=60, **account)
            waiting = team.get("/tcm/tt_video/status/", video_id=number, **account)
            assert waiting["auth_status"] == "WAITING"
        team.sandbox.advance(days=4)
        found = [team.get("/tcm/tt_video/status/", video_id=n, **account) for n in wanted]
        assert {row["auth_status"] for row in found} <= {"ACCEPTED", "REJECTED"}
        accepted = [row for row in found if row["auth_status"] == "ACCEPTED"]
        assert accepted
        team.post("/tt_video/authorize/", auth_code=accepted[0]["auth_code"])

    def test_takes_one_request_at_a_time(self, team: Team) -> None:
        given = {
            "tcm_account_id": team.world["tcm_account_id"],
            "video_id": team.plain_post()["item_id"],
        }
        team.post("/tcm/tt_video/apply/", **given)
        assert team.refused("POST", "/tcm/tt_video/apply/", **given)[0] == 40002

"""Pixels and the Events API 2.0: form, hashing, deduplication, matching (tiktok-api.md §12)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sandbox_team import Team

from tiktok_sandbox.runtime.limits import Limiter, OverLimitError
from tiktok_sandbox.server import SandboxServer
from tiktok_sandbox.world.ads.events import (
    API,
    DROPPED_WITHIN_SECONDS,
    PIXEL,
    Event,
    take_event,
    tallies,
)
from tiktok_sandbox.world.drawing.build import build_world
from tiktok_sandbox.world.storage import load, save

SPAN = {"start_date": "2026-03-01", "end_date": "2026-03-31"}
DAY = {"date_range": SPAN}
AT = 1_772_409_600  # 2026-03-02T00:00:00Z, the epoch of the demo world


@pytest.fixture(scope="module")
def shared() -> Iterator[Team]:
    with SandboxServer(seed=7) as sandbox:
        yield Team(sandbox)


@pytest.fixture
def pixel(shared: Team, request: pytest.FixtureRequest) -> dict[str, str]:
    """A pixel of its own for every test."""
    made: dict[str, str] = shared.post("/pixel/create/", pixel_name=request.node.name)
    return made


def event(**given: object) -> dict[str, object]:
    fields: dict[str, object] = {
        "event": "Purchase",
        "event_time": AT,
        "event_id": "o-1",
        "page": {"url": "https://shop.example/thanks"},
    }
    return fields | given


def track(team: Team, pixel: dict[str, str], *events: dict[str, object], **given: object) -> Any:
    fields: dict[str, object] = {
        "event_source": "web",
        "event_source_id": pixel["pixel_code"],
        "data": list(events),
    }
    return team.call("POST", "/event/track/", **fields | given)


def stats(team: Team, pixel: dict[str, str]) -> dict[str, int]:
    """What TikTok shows, and what the sandbox alone knows of it."""
    (row,) = team.get("/pixel/event/stats/", pixel_ids=[pixel["pixel_id"]], **DAY)["list"]
    names = ("total_count", "attributed_count", "server_event_total_count")
    shown = {name: sum(entry[name] for entry in row["statistics"]) for name in names}
    known = team.sandbox.get("events/")["tallies"]
    mine = [tally for tally in known if tally["source_id"] == pixel["pixel_code"]]
    return shown | {
        "received_count": sum(tally["received"] for tally in mine),
        "deduplicated_count": sum(tally["merged"] + tally["dropped"] for tally in mine),
    }


class TestStatistics:
    def test_are_by_event_and_way_as_clients_read_them(
        self, shared: Team, pixel: dict[str, str]
    ) -> None:
        track(shared, pixel, event(), event(event="Sample event", event_id="o-2"))
        fired = {"pixel_code": pixel["pixel_code"], "event": "Purchase", "event_id": "o-9"}
        shared.sandbox.post("pixel/fire/", {**fired, "at": "2026-03-02T01:00:00Z"})
        (row,) = shared.get("/pixel/event/stats/", pixel_ids=[pixel["pixel_id"]], **DAY)["list"]
        assert row["pixel_id"] == pixel["pixel_id"]
        bought, custom = row["statistics"]
        assert (bought["pixel_event_type"], bought["custom_event_type"]) == ("SHOPPING", None)
        assert bought["total_count"] == 2
        assert bought["browser_event_total_count"] == bought["server_event_total_count"] == 1
        assert (custom["pixel_event_type"], custom["custom_event_type"]) == (None, "Sample event")

    def test_are_found_by_code_without_a_list_and_with_days_beside(
        self, shared: Team, pixel: dict[str, str]
    ) -> None:
        track(shared, pixel, event())
        asked: list[dict[str, object]] = [
            {"pixel_ids": [pixel["pixel_code"]], **DAY},
            {"pixel_ids": pixel["pixel_code"], **DAY},
            {"pixel_ids": pixel["pixel_id"], **SPAN},
            {"pixel_ids": [pixel["pixel_id"]], **SPAN},
        ]
        answers = [shared.get("/pixel/event/stats/", **one)["list"] for one in asked]
        assert all(answer == answers[0] for answer in answers)
        assert answers[0][0]["statistics"][0]["total_count"] == 1

    def test_are_refused_for_other_peoples_pixels_and_more_than_thirty_days(
        self, shared: Team, pixel: dict[str, str]
    ) -> None:
        path, number = "/pixel/event/stats/", pixel["pixel_id"]
        assert shared.refused("GET", path, pixel_ids=["1"], **DAY)[0] == 40007
        assert shared.refused("GET", path, pixel_ids=[number])[0] == 40002
        longer = {"start_date": "2026-03-01", "end_date": "2026-04-01"}
        assert shared.refused("GET", path, pixel_ids=[number], date_range=longer)[0] == 40002


class TestOfflineSets:
    def test_must_exist_before_events_are_sent_to_them(self, team: Team) -> None:
        def sent(number: str) -> int:
            plain = {key: value for key, value in event().items() if key != "page"}
            given = {"event_source": "offline", "event_source_id": number, "data": [plain]}
            return int(team.call("POST", "/event/track/", **given)["code"])

        assert sent("7400000000000000000") == 40007
        number = team.post("/offline/create/", name="Sample till", auto_tracking=True)
        number = number["event_set_id"]
        assert sent(number) == 0
        assert team.refused("POST", "/offline/create/", name="Sample till")[0] == 40002
        team.post("/offline/update/", event_set_id=number, name="Sample shop")
        (row,) = team.get("/offline/get/", event_set_ids=[number])["event_sets"]
        assert (row["name"], row["auto_tracking"]) == ("Sample shop", True)
        team.post("/offline/delete/", event_set_id=number)
        assert team.get("/offline/get/")["event_sets"] == []
        assert sent(number) == 40007

    def test_belong_to_an_account_of_the_token(self, team: Team) -> None:
        number = team.post("/offline/create/", name="Sample till")["event_set_id"]
        wanted = {"advertiser_ids": [team.eu_advertiser_id]}
        narrow = team.sandbox.post("grants/ads/", wanted)["access_token"]
        plain = {key: value for key, value in event().items() if key != "page"}
        given = {"event_source": "offline", "event_source_id": number, "data": [plain]}
        assert team.call("POST", "/event/track/", token=narrow, **given)["code"] == 40001


class TestInstantPages:
    def test_can_be_optimised_for_a_click_of_the_button(self, shared: Team) -> None:
        asked = {"objective_type": "WEB_CONVERSIONS", "optimization_goal": "CONVERT"}
        (row,) = shared.get("/pixel/instant_page/event/", **asked)["list"]
        (kind,) = row["instant_page_events"]["objective_types"]
        assert kind["objective_type"] == "CONVERSIONS"
        assert kind["optimization_goals"][0]["optimization_events"] == ["BUTTON"]


class TestEventTrack:
    def test_counts_an_event(self, shared: Team, pixel: dict[str, str]) -> None:
        assert track(shared, pixel, event())["data"] == {}
        assert stats(shared, pixel)["total_count"] == 1

    def test_refuses_the_whole_request_of_1001_events(
        self, shared: Team, pixel: dict[str, str]
    ) -> None:
        answer = track(shared, pixel, *(event(event_id=str(n)) for n in range(1001)))
        assert answer["code"] == 40061
        assert stats(shared, pixel)["received_count"] == 0

    def test_takes_a_thousand(self, shared: Team, pixel: dict[str, str]) -> None:
        assert track(shared, pixel, *(event(event_id=str(n)) for n in range(1000)))["code"] == 0
        assert stats(shared, pixel)["total_count"] == 1000

    @pytest.mark.parametrize("name", ["email", "phone", "external_id"])
    def test_refuses_personal_data_that_is_not_hashed(
        self, shared: Team, pixel: dict[str, str], name: str
    ) -> None:
        answer = track(shared, pixel, event(), event(user={name: ["alice_abc@gmail.com"]}))
        assert (answer["code"], name in answer["message"]) == (40062, True)
        assert stats(shared, pixel)["received_count"] == 0

    def test_takes_hashed_data_as_text_or_list(self, shared: Team, pixel: dict[str, str]) -> None:
        hashed = hashlib.sha256(b"alice_abc@gmail.com").hexdigest()
        assert hashed == "848a771458438fc2ec420560d769fb9b9b86851ee338ec56517baabd79d3bb4f"
        user = {"email": hashed, "phone": [hashed], "ip": "192.0.2.1"}
        assert track(shared, pixel, event(user=user))["code"] == 0

    def test_refuses_upper_case_hashes(self, shared: Team, pixel: dict[str, str]) -> None:
        user = {"email": hashlib.sha256(b"x").hexdigest().upper()}
        assert track(shared, pixel, event(user=user))["code"] == 40062

    def test_needs_the_page_of_a_web_event(self, shared: Team, pixel: dict[str, str]) -> None:
        answer = track(shared, pixel, event(page={}))
        assert (answer["code"], "page.url" in answer["message"]) == (40002, True)

    def test_needs_no_page_offline(self, shared: Team, pixel: dict[str, str]) -> None:
        bare = {"event": "Purchase", "event_time": AT}
        number = shared.post("/offline/create/", name="Sample of no page")["event_set_id"]
        offline = {"event_source": "offline", "event_source_id": number}
        assert track(shared, pixel, bare, **offline)["code"] == 0

    def test_knows_event_names_by_their_case(self, shared: Team, pixel: dict[str, str]) -> None:
        track(shared, pixel, event(), event(event="purchase"))
        assert stats(shared, pixel)["total_count"] == 2

    def test_refuses_a_pixel_nobody_made(self, shared: Team) -> None:
        assert track(shared, {"pixel_code": "CNOBODY"}, event())["code"] == 40007

    def test_refuses_a_pixel_of_somebody_else(self, shared: Team, pixel: dict[str, str]) -> None:
        wanted = {"advertiser_ids": [shared.eu_advertiser_id]}
        token = shared.sandbox.post("grants/ads/", wanted)["access_token"]
        assert track(shared, pixel, event(), token=token)["code"] == 40001

    def test_keeps_test_events_apart_when_told_to(self, pixel: dict[str, str], team: Team) -> None:
        made = team.post("/pixel/create/", pixel_name="Test view")
        track(team, made, event(), test_event_code="TEST1")
        assert stats(team, made)["total_count"] == 1
        team.sandbox.post("behaviour/", {"test_events": "apart"})
        track(team, made, event(event_id="o-2"), test_event_code="TEST1")
        assert stats(team, made)["total_count"] == 1
        shown = team.sandbox.get("events/")["test_events"]["TEST1"]
        assert [row["verdict"] for row in shown] == ["counted", "apart"]


class TestDeduplication:
    @pytest.mark.parametrize(
        ("later_seconds", "verdicts"),
        [(0, (1, 1)), (48 * 3600, (1, 1)), (48 * 3600 + 1, (2, 0))],
    )
    def test_drops_what_came_by_the_same_way_within_48_hours(
        self,
        shared: Team,
        pixel: dict[str, str],
        later_seconds: int,
        verdicts: tuple[int, int],
    ) -> None:
        track(shared, pixel, event(), event(event_time=AT + later_seconds))
        found = stats(shared, pixel)
        assert (found["total_count"], found["deduplicated_count"]) == verdicts

    @pytest.mark.parametrize(
        ("at", "verdict"),
        [
            ("2026-03-02T00:05:00Z", "merged"),
            ("2026-03-02T00:05:01Z", "dropped"),
            ("2026-03-04T00:00:01Z", "counted"),
        ],
    )
    def test_merges_pixel_and_api_inside_five_minutes(
        self, shared: Team, pixel: dict[str, str], at: str, verdict: str
    ) -> None:
        track(shared, pixel, event())
        fired = {"pixel_code": pixel["pixel_code"], "event": "Purchase", "event_id": "o-1"}
        assert shared.sandbox.post("pixel/fire/", fired | {"at": at})["verdict"] == verdict

    def test_counts_events_without_an_id_every_time(
        self, shared: Team, pixel: dict[str, str]
    ) -> None:
        bare = event()
        del bare["event_id"]
        track(shared, pixel, bare, bare)
        assert stats(shared, pixel)["total_count"] == 2

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        arrivals=st.lists(
            st.tuples(
                st.integers(0, 3),
                st.integers(0, 2 * DROPPED_WITHIN_SECONDS),
                st.sampled_from([API, PIXEL]),
            ),
            max_size=30,
        ),
        saved_after=st.integers(0, 30),
    )
    def test_never_counts_an_event_twice_in_48_hours(
        self, arrivals: list[tuple[int, int, str]], saved_after: int
    ) -> None:
        world = WORLD
        world.state.measurement.tallies.clear()
        world.state.measurement.first_seen.clear()
        counted: dict[int, list[int]] = {}
        for place, (number, later, channel) in enumerate(arrivals):
            if place == saved_after:
                world = load(save(world))
            verdict = take_event(
                world,
                Event(
                    source="web",
                    source_id="C1",
                    channel=channel,
                    name="Purchase",
                    event_id=str(number),
                    at=datetime.fromtimestamp(AT + later, tz=UTC),
                ),
            )
            if verdict == "counted":
                counted.setdefault(number, []).append(later)
        for times in counted.values():
            for earlier, later in pairwise(times):
                assert abs(later - earlier) > DROPPED_WITHIN_SECONDS
        books = [tally for *_, tally in tallies(world)]
        assert sum(tally.received for tally in books) == len(arrivals)
        parts = ("counted", "merged", "dropped", "apart")
        assert sum(getattr(tally, part) for tally in books for part in parts) == len(arrivals)

    def test_forgets_keys_that_can_meet_nothing_any_more(self) -> None:
        world = build_world(seed=7)
        one = Event(source="web", source_id="C1", channel=API, name="x", event_id="1", at=world.now)
        take_event(world, one)
        later = datetime.fromtimestamp(AT, tz=UTC).replace(month=4)
        two = Event(source="web", source_id="C1", channel=API, name="x", event_id="2", at=later)
        with world.standing_at(later):
            take_event(world, two)
        assert len(world.state.measurement.first_seen) == 1


WORLD = build_world(seed=7)


class TestMatching:
    def test_finds_the_ad_behind_a_click(self, team: Team) -> None:
        made = team.launch()
        pixel = team.post("/pixel/create/", pixel_name="Matching")
        ttclid = team.sandbox.post("clicks/", {"ad_id": made["ad_id"]})["ttclid"]
        track(team, pixel, event(user={"ttclid": ttclid}))
        forged = ttclid[:-1] + ("0" if ttclid[-1] != "0" else "1")
        track(team, pixel, event(event_id="o-2", user={"ttclid": forged}))
        late = event(event_id="o-3", event_time=AT + 40 * 86_400, user={"ttclid": ttclid})
        track(team, pixel, late)
        assert team.sandbox.get("events/")["last"][0]["ad_id"] == made["ad_id"]
        assert stats(team, pixel)["attributed_count"] == 1


class TestPixels:
    def test_can_be_made_listed_and_renamed(self, shared: Team, pixel: dict[str, str]) -> None:
        shared.post("/pixel/update/", pixel_id=pixel["pixel_id"], pixel_name="Renamed")
        row = shared.get("/pixel/list/", pixel_id=pixel["pixel_id"])["pixels"][0]
        assert (row["pixel_name"], row["pixel_code"]) == ("Renamed", pixel["pixel_code"])

    def test_hold_events_that_can_be_changed_and_deleted(
        self, shared: Team, pixel: dict[str, str]
    ) -> None:
        number = pixel["pixel_id"]
        wanted = [{"event_code": "Purchase", "event_type": "SHOPPING"}]
        made = shared.post("/pixel/event/create/", pixel_id=number, pixel_events=wanted)
        event_id = made["pixel_events"][0]["event_id"]
        shared.post("/pixel/event/update/", event_id=event_id, event_name="Bought")
        row = shared.get("/pixel/list/", pixel_id=number)["pixels"][0]
        assert row["events"][0]["event_name"] == "Bought"
        shared.post("/pixel/event/delete/", event_id=event_id)
        assert shared.get("/pixel/list/", pixel_id=number)["pixels"][0]["events"] == []

    def test_of_another_account_do_not_exist(self, shared: Team, pixel: dict[str, str]) -> None:
        given = {"pixel_id": pixel["pixel_id"], "pixel_name": "x"}
        other = shared.eu_advertiser_id
        assert shared.refused("POST", "/pixel/update/", advertiser_id=other, **given)[0] == 40007


class TestOldEndpoints:
    def test_count_one_event_and_batches(self, shared: Team, pixel: dict[str, str]) -> None:
        old = {
            "event": "CompletePayment",
            "timestamp": "2026-03-02T00:00:00Z",
            "context": {"page": {"url": "https://shop.example"}},
        }
        shared.post("/pixel/track/", pixel_code=pixel["pixel_code"], event_id="1", **old)
        batch = [{"type": "track", "event_id": str(n), **old} for n in range(3)]
        shared.post("/pixel/batch/", pixel_code=pixel["pixel_code"], batch=batch)
        assert stats(shared, pixel)["total_count"] == 3

    def test_have_their_own_rate_limits(self) -> None:
        limiter = Limiter("basic")
        for _ in range(1000):
            limiter.check(app_id="a", path="/event/track/", advertiser_id=None, real=0.0)
        with pytest.raises(OverLimitError, match="QPS limit 1000"):
            limiter.check(app_id="a", path="/event/track/", advertiser_id=None, real=0.0)

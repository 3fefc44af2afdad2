"""A plan file is held to the limits of a specification: what one could not ask for, the other may not hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from kindling.errors import InvalidInputError
from kindling.kit.money import from_minor
from kindling.launches import rules
from kindling.launches.planning import content as contents
from kindling.launches.rules import PostToLaunch, Spec

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TOKEN = "0123abcd"
SPEC = Spec(
    name="Spring serum", objective="traffic", item_ids=("7561217414655688790",), daily_budget_minor=2_500,
    starts_at=NOON, days=14, locations=("6252001",), countries=("US",), brand="glow", market="us",
)  # fmt: skip
POST = PostToLaunch(
    item_id="7561217414655688790", item_type="VIDEO", handle="sample.ana", sku="GLOW-SERUM",
    landing_url="https://shop.example/serum", identity_id="identity-1", identity_type="AUTH_CODE",
    business_center_id="", duration_seconds=14.6, window=None,
)  # fmt: skip
Content = dict[str, Any]


def written(spec: Spec = SPEC, count: int = 1) -> Content:
    posts = [replace(POST, item_id=str(int(POST.item_id) + n)) for n in range(count)]
    made = rules.build(spec, posts, advertiser_id="70001", currency="USD", token=TOKEN)
    return made.to_json()


def check(content: Content) -> None:
    contents.check(content, advertiser_id="70001", currency="USD")


def in_payload(kind: str, **fields: object) -> Callable[[Content], object]:
    def change(content: Content) -> None:
        for each in content["objects"]:
            if each["kind"] == kind:
                each["payload"] |= fields

    return change


def in_thing(kind: str, **fields: object) -> Callable[[Content], object]:
    def change(content: Content) -> None:
        for each in content["objects"]:
            if each["kind"] == kind:
                each |= fields

    return change


def on_top(**fields: object) -> Callable[[Content], object]:
    return lambda content: content.update(fields)


def with_budget(minor: int) -> Callable[[Content], object]:
    def change(content: Content) -> None:
        in_payload("adgroup", budget_minor=minor)(content)
        content["daily_budget_minor"] = minor
        content["daily_budget"] = str(minor)

    return change


class TestAPlanFile:
    @pytest.mark.parametrize("objective", rules.OBJECTIVES)
    def test_as_it_was_planned_is_taken(self, objective: str) -> None:
        check(written(replace(SPEC, objective=objective)))

    def test_at_the_limits_of_a_specification_is_taken(self) -> None:
        most = int(contents.LARGEST) * 100
        check(written(replace(SPEC, days=365, daily_budget_minor=most), count=50))

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (in_payload("ad", call_to_action="x" * 5_000), "call to action is none of TikTok's"),
            (in_payload("ad", call_to_action=None), "call to action is none of TikTok's"),
            (in_payload("ad", landing_page_url=None), "landing page is no https address"),
            (in_payload("ad", landing_page_url="http://shop.example"), "no https address"),
            (
                in_payload("ad", landing_page_url="https://" + "x" * 1_993),
                "at most 2000 characters",
            ),
            (in_payload("ad", ad_format="LIVE"), "format is not one of Spark Ads"),
            (in_payload("ad", identity_id=None), "has no identity"),
            (in_payload("ad", identity_authorized_bc_id=7), "business center is no id"),
            (in_payload("adgroup", optimization_goal=None), "does not match the plan's objective"),
            (in_payload("adgroup", promotion_type=None), "does not match the plan's objective"),
            (in_payload("adgroup", location_ids="6252001"), "locations are no list of ids"),
            (in_thing("ad", name=TOKEN + "n" * 505), "name is no text of 1 to 512 characters"),
            (in_thing("ad", name=5), "name is no text"),
            (in_thing("ad", key="k" * 65), "key is no text of 1 to 64 characters"),
            (
                in_thing("adgroup", flight_end="9999-12-31 23:59:59", ends_first="authorization"),
                "last up to 365 days",
            ),
            (in_thing("adgroup", flight_end="2026-03-02 12:00:00"), "last up to 365 days"),
            (in_payload("adgroup", schedule_start_time="0001-01-01 00:00:00"), "start in 2000 to"),
            (with_budget(10**32), "larger than any amount of money"),
            (with_budget(10**14 + 1), "larger than any amount of money"),
            (on_top(countries=[]), "no country"),
            (on_top(countries="US"), "countries are no list of texts"),
            (on_top(notes=5), "notes are no list of texts"),
            (on_top(objects=[]), "damaged"),
            (on_top(objects=None), "damaged"),
            (on_top(objective=["traffic"]), "damaged"),
        ],
    )
    def test_beyond_them_is_refused_with_the_reason(
        self, change: Callable[[Content], object], words: str
    ) -> None:
        content = written()
        change(content)
        with pytest.raises(InvalidInputError, match="The plan is damaged") as refusal:
            check(content)
        assert words in str(refusal.value)

    def test_of_more_posts_than_a_specification_may_name_is_refused(self) -> None:
        with pytest.raises(InvalidInputError, match="more than 50 posts"):
            check(written(count=51))

    def test_of_an_objective_without_a_landing_page_has_none(self) -> None:
        content = written(replace(SPEC, objective="reach"))
        in_payload("ad", landing_page_url="https://shop.example/")(content)
        with pytest.raises(InvalidInputError, match="which its objective has not"):
            check(content)

    def test_shows_the_amount_that_it_spends(self) -> None:
        content = written()
        assert content["daily_budget"] == str(from_minor(2_500, "USD"))
        content["daily_budget"] = "24.99"
        with pytest.raises(InvalidInputError, match="not the one that would be spent"):
            check(content)


class TestASpecification:
    @pytest.mark.parametrize("year", [2101, 9999])
    def test_that_starts_near_the_end_of_the_calendar_is_refused(self, year: int) -> None:
        spec = replace(SPEC, starts_at=datetime(year, 12, 25, tzinfo=UTC))
        with pytest.raises(InvalidInputError, match=f"starts in the year {year}") as refusal:
            rules.check_spec(spec, now=NOON)
        assert refusal.value.http_status == 422

"""A plan file is held to the limits of a specification: what one could not ask for, the other may not hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from kindling.errors import ConflictError, InvalidInputError
from kindling.kit.money import from_minor
from kindling.launches import rules
from kindling.launches.planning import building
from kindling.launches.planning import content as contents
from kindling.launches.planning.objectives import OBJECTIVES
from kindling.launches.rules import Part, PostToLaunch, Spec

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
    parts = [Part(spec, tuple(posts))]
    made = building.build(parts, advertiser_id="70001", currency="USD", token=TOKEN)
    return made.to_json()


def check(content: Content) -> None:
    contents.check(content, advertiser_id="70001", currency="USD")


def in_payload(kind: str, **fields: object) -> Callable[[Content], object]:
    def change(content: Content) -> None:
        for each in content["objects"]:
            if each["kind"] == kind:
                each["payload"] |= fields

    return change


def in_thing(kind: str, /, **fields: object) -> Callable[[Content], object]:
    def change(content: Content) -> None:
        for each in content["objects"]:
            if each["kind"] == kind:
                each |= fields

    return change


def on_top(**fields: object) -> Callable[[Content], object]:
    return lambda content: content.update(fields)


def in_first(kind: str, /, **fields: object) -> Callable[[Content], object]:
    """In one object of the kind only."""

    def change(content: Content) -> None:
        next(each for each in content["objects"] if each["kind"] == kind).update(fields)

    return change


def without(kind: str) -> Callable[[Content], object]:
    """Without the last object of the kind."""

    def change(content: Content) -> None:
        content["objects"].remove([e for e in content["objects"] if e["kind"] == kind][-1])

    return change


def cut(moment: str, by: str) -> Callable[[Content], object]:
    """With an ad group that TikTok ends then, because of that clock."""

    def change(content: Content) -> None:
        in_payload("adgroup", schedule_end_time=moment)(content)
        in_thing("adgroup", ends_first=by)(content)

    return change


def in_both(*changes: Callable[[Content], object]) -> Callable[[Content], object]:
    def change(content: Content) -> None:
        for each in changes:
            each(content)

    return change


def with_budget(minor: object) -> Callable[[Content], object]:
    def change(content: Content) -> None:
        in_payload("adgroup", budget_minor=minor)(content)
        content["daily_budget_minor"] = minor
        content["daily_budget"] = str(minor)

    return change


class TestAPlanFile:
    @pytest.mark.parametrize(
        ("objective", "goal"),
        [(name, goal) for name, each in OBJECTIVES.items() for goal in each.goals],
    )
    def test_as_it_was_planned_is_taken(self, objective: str, goal: str) -> None:
        spec = replace(SPEC, objective=objective, goal=goal)
        if spec.its_goal.wants_event:
            spec = replace(spec, pixel_id="73", event="SHOPPING")
        if spec.its_objective.wants_store:
            spec = replace(spec, store_id="74")
        rules.check_specs([spec], now=NOON)
        check(written(spec))

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

    @pytest.mark.parametrize(
        "change",
        [
            on_top(name="n" * 200),
            on_top(name="n"),
            on_top(notes=[]),
            in_payload("ad", ad_format="CAROUSEL_ADS"),
            in_payload("ad", identity_id="i"),
            in_payload("ad", identity_id="i" * 64),
            in_payload("ad", identity_authorized_bc_id="7" * 64),
            in_payload("ad", identity_authorized_bc_id=None),
            in_payload("adgroup", location_ids=["6252001", "5128581"]),
            cut("2026-03-05 12:00:00", "hold_period"),
        ],
    )
    def test_that_somebody_edited_within_the_limits_is_taken(
        self, change: Callable[[Content], object]
    ) -> None:
        content = written()
        change(content)
        check(content)

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (on_top(token="0123abc"), "token is not valid"),
            (on_top(name=""), "has no name, or its name is too long"),
            (on_top(name="n" * 201), "has no name, or its name is too long"),
            (on_top(name=["n"]), "has no name, or its name is too long"),
            (in_payload("ad", identity_id=""), "has no identity"),
            (in_payload("ad", identity_id="i" * 65), "has no identity"),
            (on_top(countries=["US", 5]), "countries are no list of texts"),
            (in_payload("ad", identity_authorized_bc_id=""), "business center is no id"),
        ],
    )
    def test_without_a_name_or_an_id_of_its_own_is_refused(
        self, change: Callable[[Content], object], words: str
    ) -> None:
        self.refuse(written(), change, words)

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (in_thing("ad", name=TOKEN), "a name appears twice"),
            (in_thing("ad", key="ad"), "a key appears twice"),
            (in_first("ad", name="nameless"), "lacks the plan's token"),
            (in_thing("campaign", kind="note"), "does not start with its campaign"),
            (in_thing("campaign", parent="ad-1"), "stands before what it belongs to"),
            (in_payload("campaign", budget=5), "campaign does not match its objective"),
            (in_payload("campaign", objective_type="REACH"), "does not match its objective"),
            (in_thing("campaign", objective="reach"), "does not match its objective"),
            (in_thing("campaign", type="search"), "does not match its objective"),
            (in_thing("campaign", type="smart_plus"), "type does not fit its objective"),
            (in_thing("campaign", existing="x"), "id of what exists already is none"),
            (in_thing("adgroup", existing="5"), "is in a campaign that does not"),
            (without("ad"), "a campaign or an ad group has no ads"),
            (in_both(without("ad"), without("adgroup")), None),
            (
                in_both(without("ad"), without("ad"), without("adgroup"), without("adgroup")),
                "countries are not those of its ad groups",
            ),
            (in_first("ad", kind="campaign"), "is not where it belongs"),
            (in_first("ad", kind="note"), "an object is of no kind"),
            (in_first("ad", kind="smart_ad"), "is not in a Smart+ campaign"),
            (
                lambda content: content["objects"].append(
                    {**content["objects"][-1], "kind": "note", "key": "note", "name": TOKEN}
                ),
                "an object is of no kind",
            ),
            (in_first("adgroup", parent="adgroup-2"), "stands before what it belongs to"),
            (in_first("adgroup", parent=""), "is not where it belongs"),
            (in_payload("adgroup", skan="1"), "says skan, which is not sent"),
            (in_payload("ad", deeplink="shop://"), "says deeplink, which is not sent"),
            (in_payload("adgroup", pixel_id="7"), "pixel and event do not fit its goal"),
            (in_payload("adgroup", store_id="7"), "does not match the plan's objective"),
            (in_payload("adgroup", bid_minor=5), "bid does not fit its way of bidding"),
            (in_payload("adgroup", bid_minor=0), "bid is not a whole number"),
            (in_payload("adgroup", age_groups=["AGE_5"]), "age_groups are none of TikTok's"),
            (in_payload("adgroup", gender="X"), "gender is none of TikTok's"),
            (in_payload("adgroup", dayparting="1"), "is not like"),
            (in_payload("adgroup", audience_ids="7"), "audience_ids are no list of texts"),
            (
                in_both(in_thing("ad", item_id="7"), in_payload("ad", tiktok_item_id="7")),
                "a post or a video appears twice",
            ),
            (in_first("ad", item_id="7"), "a different post from the one that was checked"),
            (in_first("adgroup", item_id="7"), "a different post from the one that was checked"),
            (in_payload("ad", tiktok_item_id="7"), "a different post from the one"),
            (in_first("ad", parent="adgroup-2"), "damaged"),
            (in_first("ad", parent="campaign-1"), "damaged"),
        ],
    )
    def test_is_campaigns_with_ad_groups_and_ads(
        self, change: Callable[[Content], object], words: str | None
    ) -> None:
        content = written(count=2)
        if words is None:
            change(content)
            content |= {"daily_budget_minor": 2_500, "daily_budget": "25.00"}
            check(content)
        else:
            self.refuse(content, change, words)

    def test_names_the_post_of_each_ad(self) -> None:
        nobody = in_both(
            in_thing("ad", item_id=""),
            in_thing("adgroup", item_id=""),
            in_payload("ad", tiktok_item_id=""),
        )
        self.refuse(written(), nobody, "neither a post nor a video with its cover")

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (in_payload("adgroup", budget_mode="BUDGET_MODE_TOTAL"), "has no daily budget"),
            (in_payload("adgroup", location_ids=[]), "targets no country, unlike the plan"),
            (
                in_payload("adgroup", location_ids=["6252001", "2921044", "2782113"]),
                "targets AT, DE, unlike the plan",
            ),
            (in_payload("adgroup", location_ids=["6252001", 5]), "locations are no list of ids"),
            (in_payload("adgroup", location_ids=["6252001", "4" * 65]), "no list of ids"),
            (cut("2026-03-05 12:00:00", "the moon"), "damaged"),
            (cut("2026-03-05 12:00:00", ""), "end does not fit the plan's"),
            (cut("2026-03-16 12:00:00", "authorization"), "end does not fit the plan's"),
            (cut("2026-03-16 12:00:01", ""), "end does not fit the plan's"),
            (cut("2026-03-16 12:00:01", "authorization"), "end does not fit the plan's"),
            (
                in_both(
                    in_payload("adgroup", schedule_start_time="2101-03-02 12:00:00"),
                    in_payload("adgroup", schedule_end_time="2101-03-05 12:00:00"),
                    in_thing("adgroup", flight_end="2101-03-05 12:00:00"),
                ),
                "does not start in 2000 to 2100 and last up to 365 days",
            ),
            (with_budget(0), "not a whole number of minor units above zero"),
            (with_budget(-1), "not a whole number of minor units above zero"),
            (with_budget(2_500.0), "not a whole number of minor units above zero"),
            (on_top(daily_budget_minor=2_499), "do not add up"),
            (on_top(daily_budget_minor=2_500.0), "do not add up"),
        ],
    )
    def test_spends_and_runs_as_it_says_and_in_its_countries_only(
        self, change: Callable[[Content], object], words: str
    ) -> None:
        self.refuse(written(), change, words)

    def test_may_spend_a_cent_a_day(self) -> None:
        content = written(replace(SPEC, daily_budget_minor=1))
        check(content)

    def test_hides_no_budget_behind_one_below_zero(self) -> None:
        content = written(count=2)
        budgets = iter([-5_000, 10_000])
        for each in content["objects"]:
            if each["kind"] == "adgroup":
                each["payload"]["budget_minor"] = next(budgets)
        self.refuse(content, lambda _: None, "whole number of minor units above zero")

    def refuse(
        self, content: Content, change: Callable[[Content], object], words: str
    ) -> InvalidInputError:
        change(content)
        with pytest.raises(InvalidInputError, match="The plan is damaged") as refusal:
            check(content)
        assert words in str(refusal.value)
        assert "Make it again" in refusal.value.next_step
        return refusal.value

    def test_of_another_kind_is_none(self) -> None:
        content = written()
        content["schema"] = "kindling.plan/1"
        with pytest.raises(InvalidInputError, match="This file is not a plan") as refusal:
            check(content)
        assert "kindling.plan/2" in refusal.value.next_step

    @pytest.mark.parametrize("other", [{"advertiser_id": "70002"}, {"currency": "EUR"}])
    def test_of_another_ad_account_is_refused(self, other: dict[str, str]) -> None:
        account = {"advertiser_id": "70001", "currency": "USD", **other}
        with pytest.raises(ConflictError, match="different ad account or currency") as refusal:
            contents.check(written(), **account)
        assert "Plan again" in refusal.value.next_step

    def test_of_more_ads_than_a_specification_may_name_is_refused(self) -> None:
        check(written(count=1_000))
        with pytest.raises(InvalidInputError, match="more than 1,000 ads"):
            check(written(count=1_001))

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


class TestAPlansParts:
    SECOND = str(int(POST.item_id) + 1)

    def test_are_found_by_their_key_their_post_and_their_parent(self) -> None:
        content = written(count=2)
        ad = contents.Tree(content).by_key["ad-2"]
        assert (ad["kind"], ad["item_id"]) == ("ad", self.SECOND)
        assert contents.Tree(content).group(ad)["key"] == "adgroup-2"
        assert contents.Tree(content).campaign(ad)["key"] == "campaign-1"
        assert contents.group_of(content, self.SECOND)["key"] == "adgroup-2"
        assert [each["key"] for each in contents.ads(content)] == ["ad-1", "ad-2"]

    def test_stand_behind_what_they_belong_to(self) -> None:
        content = written(count=2)
        campaign, *rest = content["objects"]
        content["objects"] = [campaign, *rest[2:], *rest[:2]]
        check(content)
        content["objects"] = [campaign, *reversed(rest)]
        with pytest.raises(InvalidInputError, match="stands before what it belongs to"):
            check(content)

    def test_of_several_lengths_make_a_plan_as_long_as_its_longest(self) -> None:
        content = written(count=2)
        contents.group_of(content, POST.item_id)["flight_end"] = "2026-03-04 12:00:00"
        assert contents.last_end(content) == datetime(2026, 3, 16, 12, tzinfo=UTC)
        assert contents.flight_days(content, zone="UTC") == 15


class TestAnAdAsItsCreatorIsShownIt:
    def shown(self, objective: str, number: int) -> Content:
        content = written(replace(SPEC, objective=objective), count=2)
        item_id = str(int(POST.item_id) + number)
        return contents.as_shown(contents.Tree(content), item_id, caption="Honest look #ad")

    def test_says_where_it_leads_and_where_and_when_it_runs(self) -> None:
        shown = self.shown("traffic", 1)
        assert shown.pop("ad_name").endswith(f"v1-{TOKEN}-2")
        assert f"post={shown['item_id']}" in shown.pop("landing_page")
        assert shown == {
            "item_id": str(int(POST.item_id) + 1),
            "caption": "Honest look #ad",
            "call_to_action": "SHOP_NOW",
            "countries": ["US"],
            "starts_at": "2026-03-02T12:00:00+00:00",
            "ends_at": "2026-03-16T12:00:00+00:00",
        }

    def test_that_leads_nowhere_has_no_page(self) -> None:
        assert self.shown("reach", 0)["landing_page"] == ""


class TestASpecification:
    @pytest.mark.parametrize("year", [2101, 9999])
    def test_that_starts_near_the_end_of_the_calendar_is_refused(self, year: int) -> None:
        spec = replace(SPEC, starts_at=datetime(year, 12, 25, tzinfo=UTC))
        with pytest.raises(InvalidInputError, match=f"starts in the year {year}") as refusal:
            rules.check_specs([spec], now=NOON)
        assert refusal.value.http_status == 422

"""A plan is what its specification asks for: objects, budgets, times, names, and no more."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindling.agreements.rights.rules import ClockName, PaidWindow
from kindling.errors import InvalidInputError
from kindling.launches import rules
from kindling.launches.planning import building, naming, utm
from kindling.launches.planning import content as contents
from kindling.launches.planning.audience import (
    Audience,
    audience_words,
    dayparting,
    dayparting_words,
)
from kindling.launches.planning.objectives import OBJECTIVES, CampaignType
from kindling.launches.rules import (
    CreatorAnswer,
    Existing,
    ExistingGroup,
    Part,
    PlanContent,
    PlannedObjectType,
    PostToLaunch,
    Spec,
    Upload,
    UploadToLaunch,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SPEC = Spec(
    name="Spring serum",
    objective="traffic",
    item_ids=("7561217414655688790",),
    daily_budget_minor=2_500,
    starts_at=NOON,
    days=14,
    locations=("6252001",),
    countries=("US",),
    brand="glow",
    market="us",
)
POST = PostToLaunch(
    item_id="7561217414655688790",
    item_type="VIDEO",
    handle="sample.ana",
    sku="GLOW-SERUM",
    landing_url="https://shop.example/serum",
    identity_id="identity-1",
    identity_type="AUTH_CODE",
    business_center_id="",
    duration_seconds=14.6,
    window=None,
)


def build(spec: Spec = SPEC, *posts: PostToLaunch) -> PlanContent:
    parts = [Part(spec, posts or (POST,))]
    return building.build(parts, advertiser_id="70001", currency="USD", token="ab12")


def refused(**changed: Any) -> InvalidInputError:
    with pytest.raises(InvalidInputError) as refusal:
        rules.check_specs([replace(SPEC, **changed)], now=NOON)
    assert refusal.value.next_step.endswith(".")
    return refusal.value


class TestASpecification:
    def test_that_can_be_fulfilled_is_not_refused(self) -> None:
        rules.check_specs([SPEC], now=NOON)

    def test_uses_these_defaults(self) -> None:
        assert (SPEC.call_to_action, SPEC.landing_url, SPEC.strategy, SPEC.audience) == (
            "SHOP_NOW", "", "test", "broad",
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("changed", "message", "step"),
        [
            ({"objective": "fame"}, "'fame' is not an objective", "traffic, reach"),
            ({"item_ids": ()}, "has no post", "Inventory"),
            ({"item_ids": ("1", "2", "1")}, "in the plan twice", "once"),
            ({"days": 0}, "0 days is not a valid flight", "1 to 365"),
            ({"days": 366}, "366 days is not a valid flight", "1 to 365"),
            ({"daily_budget_minor": 0}, "must be above zero", "daily budget"),
            ({"call_to_action": "GO"}, "'GO' is not a call to action", "LEARN_MORE, SHOP_NOW"),
            ({"locations": ()}, "has no country", "at least one country"),
            (
                {"starts_at": NOON - timedelta(hours=12, seconds=1)},
                "starts in the past",
                "at most 12 hours in the past",
            ),
        ],
    )
    def test_that_cannot_be_is_refused_with_what_fits(
        self, changed: dict[str, Any], message: str, step: str
    ) -> None:
        refusal = refused(**changed)
        assert message in refusal.message
        assert step in refusal.next_step

    def test_of_more_than_1000_ads_is_refused(self) -> None:
        many = tuple(str(number) for number in range(1_001))
        rules.check_specs([replace(SPEC, item_ids=many[:1_000])], now=NOON)
        refusal = refused(item_ids=many)
        assert "1,001 ads are too many" in refusal.message
        assert "at most 1,000" in refusal.next_step

    @pytest.mark.parametrize(
        "changed",
        [
            {"days": 1},
            {"days": 365},
            {"daily_budget_minor": 1},
            {"starts_at": NOON - timedelta(hours=12)},
            {"call_to_action": "PREORDER_NOW"},
        ],
    )
    def test_is_taken_up_to_its_bounds(self, changed: dict[str, Any]) -> None:
        rules.check_specs([replace(SPEC, **changed)], now=NOON)

    @pytest.mark.parametrize(
        ("starts_at", "year"),
        [
            (datetime(1999, 12, 31, 23, 59, tzinfo=UTC), 1999),
            (datetime(2101, 1, 1, tzinfo=UTC), 2101),
        ],
    )
    def test_of_a_year_that_times_cannot_be_told_in_is_refused(
        self, starts_at: datetime, year: int
    ) -> None:
        with pytest.raises(InvalidInputError) as refusal:
            rules.check_specs([replace(SPEC, starts_at=starts_at)], now=starts_at)
        assert f"starts in the year {year}." in refusal.value.message
        assert refusal.value.next_step == "Enter a start by 2100."

    @pytest.mark.parametrize(
        "starts_at",
        [datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 12, 31, 23, 59, tzinfo=UTC)],
    )
    def test_of_the_first_and_of_the_last_year_is_taken(self, starts_at: datetime) -> None:
        rules.check_specs([replace(SPEC, starts_at=starts_at)], now=starts_at)


class TestTheCreatorsAnswer:
    """An approval is of the ad as it was shown, and of no other."""

    @pytest.mark.parametrize("is_approved", [True, False, None])
    def test_is_none_where_they_were_never_asked(self, is_approved: bool | None) -> None:
        found = rules.answer_of(was_shown=None, is_shown="new", is_approved=is_approved)
        assert found is CreatorAnswer.NOT_ASKED

    @pytest.mark.parametrize("is_approved", [True, False, None])
    def test_to_another_ad_does_not_count_for_this_one(self, is_approved: bool | None) -> None:
        found = rules.answer_of(was_shown="old", is_shown="new", is_approved=is_approved)
        assert found is CreatorAnswer.CHANGED

    @pytest.mark.parametrize(
        ("is_approved", "answer"),
        [
            (None, CreatorAnswer.ASKED),
            (True, CreatorAnswer.APPROVED),
            (False, CreatorAnswer.REFUSED),
        ],
    )
    def test_to_this_ad_counts(self, is_approved: bool | None, answer: CreatorAnswer) -> None:
        found = rules.answer_of(was_shown="new", is_shown="new", is_approved=is_approved)
        assert found is answer


class TestACampaign:
    @pytest.mark.parametrize(
        ("objective", "wire"),
        [
            ("traffic", "TRAFFIC"),
            ("reach", "REACH"),
            ("video_views", "VIDEO_VIEWS"),
            ("engagement", "ENGAGEMENT"),
        ],
    )
    def test_has_its_money_in_its_ad_groups(self, objective: str, wire: str) -> None:
        campaign = build(replace(SPEC, objective=objective)).things[0]
        assert campaign.payload == {"objective_type": wire, "budget_mode": "BUDGET_MODE_INFINITE"}

    def test_is_named_by_the_convention_with_the_plan_s_token(self) -> None:
        campaign = build().things[0]
        assert (campaign.key, campaign.kind, campaign.parent, campaign.item_id) == (
            "campaign-1", "campaign", "", "",
        )  # fmt: skip
        assert naming.parse(campaign.name, naming.CAMPAIGN_FIELDS) == {
            "brand": "glow", "market": "us", "objective": "traffic", "strategy": "test",
            "audience": "broad", "yymm": "2603", "version": "v1-ab12-c1",
        }  # fmt: skip


class TestAnAdGroup:
    def test_says_all_that_tiktok_wants_to_know(self) -> None:
        group = build().things[1]
        assert group.payload == {
            "budget_mode": "BUDGET_MODE_DAY",
            "budget_minor": 2_500,
            "schedule_type": "SCHEDULE_START_END",
            "schedule_start_time": "2026-03-02 12:00:00",
            "schedule_end_time": "2026-03-16 12:00:00",
            "optimization_goal": "CLICK",
            "billing_event": "CPC",
            "pacing": "PACING_MODE_SMOOTH",
            "bid_type": "BID_TYPE_NO_BID",
            "location_ids": ["6252001"],
            "placement_type": "PLACEMENT_TYPE_NORMAL",
            "placements": ["PLACEMENT_TIKTOK"],
            "promotion_type": "WEBSITE",
        }

    @pytest.mark.parametrize(
        ("objective", "goal", "event"),
        [
            ("reach", "REACH", "CPM"),
            ("video_views", "ENGAGED_VIEW", "CPV"),
            ("engagement", "PAGE_VISIT", "OCPM"),
        ],
    )
    def test_of_another_objective_has_its_goal_and_no_website(
        self, objective: str, goal: str, event: str
    ) -> None:
        payload = build(replace(SPEC, objective=objective)).things[1].payload
        assert (payload["optimization_goal"], payload["billing_event"]) == (goal, event)
        assert "promotion_type" not in payload

    def test_belongs_to_the_campaign_and_to_one_post(self) -> None:
        group = build().things[1]
        assert (group.key, group.kind, group.parent, group.item_id) == (
            "adgroup-1", "adgroup", "campaign-1", "7561217414655688790",
        )  # fmt: skip
        assert naming.parse(group.name, naming.ADGROUP_FIELDS) == {
            "audience": "broad", "optimisation": "click", "bid": "nobid", "placement": "tiktok",
            "post6": "688790", "test": "test", "version": "v1-ab12-1",
        }  # fmt: skip


class TestAnAd:
    def test_is_the_post_under_its_identity_with_a_landing_page(self) -> None:
        ad = build().things[2]
        landing = ad.payload.pop("landing_page_url")
        assert ad.payload == {
            "tiktok_item_id": "7561217414655688790",
            "identity_id": "identity-1",
            "identity_type": "AUTH_CODE",
            "identity_authorized_bc_id": None,
            "ad_format": "SINGLE_VIDEO",
            "call_to_action": "SHOP_NOW",
        }
        assert landing.startswith("https://shop.example/serum?")
        told = utm.read(landing)
        assert (told["cr"], told["post"], told["sku"]) == (
            "sample.ana", "7561217414655688790", "glow-serum",
        )  # fmt: skip

    def test_of_photos_is_a_carousel(self) -> None:
        ad = build(SPEC, replace(POST, item_type="CAROUSEL")).things[2]
        assert ad.payload["ad_format"] == "CAROUSEL_ADS"

    def test_names_the_business_center_of_its_identity(self) -> None:
        ad = build(SPEC, replace(POST, business_center_id="bc-7")).things[2]
        assert ad.payload["identity_authorized_bc_id"] == "bc-7"

    @pytest.mark.parametrize("objective", ["reach", "video_views", "engagement"])
    def test_of_another_objective_leads_nowhere(self, objective: str) -> None:
        ad = build(replace(SPEC, objective=objective), replace(POST, landing_url="")).things[2]
        assert "landing_page_url" not in ad.payload

    def test_leads_to_the_plan_s_page_before_the_product_s(self) -> None:
        ad = build(replace(SPEC, landing_url="https://shop.example/spring")).things[2]
        assert ad.payload["landing_page_url"].startswith("https://shop.example/spring?")

    def test_without_any_page_is_refused_by_name(self) -> None:
        with pytest.raises(InvalidInputError) as refusal:
            build(SPEC, replace(POST, landing_url=""))
        assert "Post 7561217414655688790 of @sample.ana has no landing page" in str(refusal.value)
        assert "not an https address" in refusal.value.message
        assert "Add a landing page to the product" in refusal.value.next_step

    def test_is_named_by_the_convention(self) -> None:
        window = PaidWindow(NOON + 29 * DAY, ClockName.HOLD, NOON + 30 * DAY)
        ad = build(SPEC, replace(POST, window=window)).things[2]
        assert (ad.key, ad.kind, ad.parent, ad.item_id) == (
            "ad-1", "ad", "adgroup-1", "7561217414655688790",
        )  # fmt: skip
        assert naming.parse(ad.name, naming.AD_FIELDS) == {
            "date": "260302", "brand": "glow", "market": "us", "sku": "glow-serum",
            "creator": "sample.ana", "post6": "688790", "format": "spark-pull", "usecase": "na",
            "angle": "na", "hook": "na", "offer": "na", "length": "15s", "rights_end": "260401",
            "version": "v1-ab12-1",
        }  # fmt: skip

    def test_without_a_paid_window_names_no_end_of_rights(self) -> None:
        parsed = naming.parse(build().things[2].name, naming.AD_FIELDS)
        assert parsed is not None
        assert parsed["rights_end"] == "na"


class TestAFlight:
    """R59: an ad group never ends after the paid window."""

    def test_ends_after_its_days(self) -> None:
        assert rules.flight_end(SPEC, [POST.window]) == NOON + 14 * DAY

    @given(days=st.integers(1, 365), left=st.timedeltas(timedelta(0), timedelta(days=400)))
    def test_never_passes_the_paid_window(self, days: int, left: timedelta) -> None:
        window = PaidWindow(NOON + left, ClockName.HOLD, NOON + left + DAY)
        end = rules.flight_end(replace(SPEC, days=days), [window])
        assert end == min(NOON + days * DAY, NOON + left)

    def test_that_is_cut_short_is_told_with_the_clock_that_binds(self) -> None:
        window = PaidWindow(NOON + 3 * DAY, ClockName.AUTHORIZATION, NOON + 4 * DAY)
        plan = build(SPEC, replace(POST, window=window))
        assert plan.things[1].payload["schedule_end_time"] == "2026-03-05 12:00:00"
        assert plan.notes == (
            "@sample.ana 7561217414655688790: ends 2026-03-05 12:00 UTC, "
            "ends first because of ad authorization.",
        )
        content = plan.to_json()
        assert contents.most_minor(content, zone="UTC") == 15 * SPEC.daily_budget_minor
        assert contents.last_end(content) == NOON + 14 * DAY
        cut = plan.things[1].to_json()
        assert (cut["flight_end"], cut["ends_first"]) == ("2026-03-16 12:00:00", "authorization")

    def test_that_ends_with_the_window_is_not_worth_a_note(self) -> None:
        window = PaidWindow(NOON + 14 * DAY, ClockName.AUTHORIZATION, NOON + 15 * DAY)
        plan = build(SPEC, replace(POST, window=window))
        assert plan.notes == ()
        assert (plan.things[1].more["flight_end"], plan.things[1].more["ends_first"]) == (
            "2026-03-16 12:00:00",
            "",
        )

    @pytest.mark.parametrize(
        ("zone", "days"),
        [("UTC", 4), ("Pacific/Auckland", 4), ("Etc/GMT-12", 3), ("Etc/GMT+12", 3)],
    )
    def test_can_spend_its_daily_budget_on_every_day_of_the_account_it_touches(
        self, zone: str, days: int
    ) -> None:
        content = build(replace(SPEC, days=3)).to_json()  # noon to noon in UTC
        assert contents.flight_days(content, zone=zone) == days
        assert contents.most_minor(content, zone=zone) == days * SPEC.daily_budget_minor

    @pytest.mark.parametrize(
        ("since", "days"),
        [
            (-DAY, 4),
            (0 * DAY, 4),
            (DAY, 3),
            (2.5 * DAY, 1),
            (3 * DAY - timedelta(seconds=1), 1),
            (3 * DAY, 0),
        ],
    )
    def test_can_still_spend_on_the_days_that_are_left(self, since: timedelta, days: int) -> None:
        content = build(replace(SPEC, days=3)).to_json()
        group = contents.group_of(content, POST.item_id)
        found = contents.most_of_group(group, zone="UTC", since=NOON + since)
        assert found == days * SPEC.daily_budget_minor


class TestAPlan:
    def test_has_one_ad_group_and_one_ad_per_post_and_all_their_money(self) -> None:
        other = replace(POST, item_id="7561217414655688791")
        plan = build(SPEC, POST, other)
        assert [thing.key for thing in plan.things] == [
            "campaign-1", "adgroup-1", "ad-1", "adgroup-2", "ad-2",
        ]  # fmt: skip
        assert plan.daily_budget_minor == 5_000
        assert [thing.item_id for thing in plan.things] == [
            "", POST.item_id, POST.item_id, other.item_id, other.item_id,
        ]  # fmt: skip
        assert all("ab12" in thing.name for thing in plan.things)
        assert len({thing.name for thing in plan.things}) == 5

    def test_is_data(self) -> None:
        told = build().to_json()
        things = told.pop("objects")
        assert told == {
            "schema": "kindling.plan/2",
            "token": "ab12",
            "name": "Spring serum",
            "advertiser_id": "70001",
            "currency": "USD",
            "countries": ["US"],
            "daily_budget": "25.00",
            "daily_budget_minor": 2_500,
            "notes": [],
        }
        assert [thing["key"] for thing in things] == ["campaign-1", "adgroup-1", "ad-1"]

    def test_s_money_has_the_currency_s_own_digits(self) -> None:
        assert replace(build(), currency="JPY").to_json()["daily_budget"] == "2500"

    def test_s_objects_are_data_too(self) -> None:
        thing = PlannedObjectType("ad-1", "ad", "a_name", {"a": 1}, "adgroup-1", "77")
        assert thing.to_json() == {
            "key": "ad-1", "kind": "ad", "parent": "adgroup-1", "name": "a_name", "item_id": "77",
            "payload": {"a": 1},
        }  # fmt: skip

    def test_s_campaign_and_ads_have_no_end_of_their_own(self) -> None:
        campaign, _, ad = build().things
        assert campaign.more == {"objective": "traffic", "type": "manual", "existing": ""}
        assert ad.more == {}

    def test_has_a_fingerprint_that_any_change_moves(self) -> None:
        # printf '{"a":"é","b":[1,2]}' | sha256sum
        assert rules.digest({"b": [1, 2], "a": "é"}) == (
            "9cfb1f938a87f2b8f3b8cc429c7a09116d54f048322742d4c23d4767b85f85da"
        )
        assert rules.digest({"a": 1}) != rules.digest({"a": 2})


class TestLocations:
    def test_beside_the_countries_are_named(self) -> None:
        assert rules.countries_beside(["6252001", "2921044", "2782113"], ["US"]) == ["AT", "DE"]

    def test_that_the_countries_name_are_not(self) -> None:
        assert rules.countries_beside(["6252001", "6251999"], ["CA", "US"]) == []

    def test_of_an_unknown_id_are_not_guessed(self) -> None:
        assert rules.countries_beside(["42"], ["US"]) == []

    def test_whose_country_is_not_on_record_are_named_once_and_in_order(self) -> None:
        found = rules.unknown_locations(["6252001", "5128581", "2643743", "5128581"])
        assert found == ("2643743", "5128581")
        assert rules.unknown_locations(["6252001", "2921044"]) == ()

    def test_are_the_geonames_ids_of_the_countries(self) -> None:
        # GeoNames, countryInfo.txt, column geonameid: https://download.geonames.org/export/dump/countryInfo.txt
        assert rules.LOCATIONS == {
            "AT": "2782113", "AU": "2077456", "BE": "2802361", "BR": "3469034", "CA": "6251999",
            "CH": "2658434", "DE": "2921044", "DK": "2623032", "ES": "2510769", "FR": "3017382",
            "GB": "2635167", "ID": "1643084", "IE": "2963597", "IT": "3175395", "JP": "1861060",
            "MX": "3996063", "MY": "1733045", "NL": "2750405", "NO": "3144096", "NZ": "2186224",
            "PH": "1694008", "PL": "798544", "PT": "2264397", "SE": "2661886", "SG": "1880251",
            "TH": "1605651", "US": "6252001", "VN": "1562822",
        }  # fmt: skip


class TestTheTables:
    def test_of_calls_to_action_are_tiktok_s(self) -> None:
        # Reference tiktok-api §8.3.
        assert set(rules.CALLS_TO_ACTION) == {
            "LEARN_MORE", "SHOP_NOW", "VIEW_NOW", "ORDER_NOW", "SIGN_UP", "DOWNLOAD_NOW",
            "CONTACT_US", "APPLY_NOW", "BOOK_NOW", "WATCH_NOW", "READ_MORE", "GET_QUOTE",
            "SUBSCRIBE", "VISIT_STORE", "PREORDER_NOW",
        }  # fmt: skip

    def test_of_objectives_say_which_need_a_landing_page_and_their_names(self) -> None:
        told = {name: (each.wants_landing_page, each.label) for name, each in OBJECTIVES.items()}
        assert told == {
            "traffic": (True, "Traffic"),
            "reach": (False, "Reach"),
            "video_views": (False, "Video views"),
            "engagement": (False, "Community interaction"),
            "conversions": (True, "Conversions"),
            "product_sales": (False, "Product sales"),
        }

    def test_of_minimum_budgets_are_r53_s(self) -> None:
        assert (rules.MIN_CAMPAIGN_MINOR, rules.MIN_ADGROUP_MINOR) == (5_000, 2_000)


SECOND = replace(POST, item_id="7561217414655688791", handle="sample_bo_")


def plan_of(*parts: Part) -> dict[str, Any]:
    """A plan that holds what a plan file is held to, too."""
    made = building.build(parts, advertiser_id="70001", currency="USD", token="0123abcd").to_json()
    contents.check(made, advertiser_id="70001", currency="USD")
    return made


class TestSeveralPostsInAnAdGroup:
    SPEC = replace(SPEC, together=True)

    def test_share_one_budget_and_the_earliest_end(self) -> None:
        window = PaidWindow(NOON + 3 * DAY, ClockName.HOLD, NOON + 4 * DAY)
        content = plan_of(Part(self.SPEC, (POST, replace(SECOND, window=window))))
        assert [each["kind"] for each in content["objects"]] == ["campaign", "adgroup", "ad", "ad"]
        group = content["objects"][1]
        assert (group["item_id"], group["payload"]["budget_minor"]) == ("", 2_500)
        assert group["payload"]["schedule_end_time"] == "2026-03-05 12:00:00"
        assert content["daily_budget_minor"] == 2_500
        assert content["notes"] == [
            "@sample_bo_ 7561217414655688791: ends 2026-03-05 12:00 UTC, ends first because of hold period. "
            "The ad group's other 1 end with it."
        ]

    def test_are_50_at_most(self) -> None:
        many = tuple(str(number) for number in range(51))
        rules.check_specs([replace(self.SPEC, item_ids=many[:50])], now=NOON)
        with pytest.raises(InvalidInputError, match="51 ads are too many for one ad group"):
            rules.check_specs([replace(self.SPEC, item_ids=many)], now=NOON)


class TestASmartPlusCampaign:
    SPEC = replace(
        SPEC, objective="conversions", type=CampaignType.SMART_PLUS, pixel_id="73", event="SHOPPING"
    )

    def test_is_one_ad_of_all_its_posts_which_leads_to_one_page(self) -> None:
        content = plan_of(Part(self.SPEC, (POST, SECOND)))
        tree = contents.Tree(content)
        smart = tree.by_key["smart-ad-1"]
        assert [ad["parent"] for ad in tree.ads] == ["smart-ad-1", "smart-ad-1"]
        assert tree.group(tree.ads[1])["key"] == "adgroup-1"
        assert tree.is_smart(smart)
        pages = {ad["payload"]["landing_page_url"] for ad in tree.ads}
        assert len(pages) == 1
        told = utm.read(pages.pop())
        assert "post" not in told
        assert "cr" not in told
        assert told["utm_content"] == "__CID__"

    def test_of_posts_that_lead_to_different_pages_is_refused(self) -> None:
        other = replace(SECOND, landing_url="https://shop.example/cream")
        with pytest.raises(InvalidInputError, match="lead to one page, and these lead to 2"):
            plan_of(Part(self.SPEC, (POST, other)))

    @pytest.mark.parametrize(
        ("changed", "message"),
        [
            (
                {"objective": "reach", "pixel_id": "", "event": ""},
                "cannot have the objective reach",
            ),
            ({"campaign_id": "5"}, "is planned with a campaign of its own"),
            (
                {"item_ids": tuple(str(each) for each in range(32))},
                "32 posts are too many for one Smart+ ad",
            ),
            ({"uploads": (Upload("v", "glow", "Words"),)}, "takes posts here, no uploads"),
        ],
    )
    def test_is_refused_where_it_does_not_fit(self, changed: dict[str, Any], message: str) -> None:
        rules.check_specs([self.SPEC], now=NOON)
        with pytest.raises(InvalidInputError) as refusal:
            rules.check_specs([replace(self.SPEC, **changed)], now=NOON)
        assert message in refusal.value.message


class TestAPlanOfSeveralCampaigns:
    def test_has_the_money_of_all_and_each_ad_under_its_own(self) -> None:
        search = replace(SPEC, type=CampaignType.SEARCH, daily_budget_minor=3_000)
        reach = replace(SPEC, objective="reach", countries=("DE",), locations=("2921044",))
        content = plan_of(Part(search, (POST,)), Part(reach, (SECOND,)))
        tree = contents.Tree(content)
        assert content["daily_budget_minor"] == 5_500
        assert content["countries"] == ["US", "DE"]
        assert [tree.campaign(ad)["objective"] for ad in tree.ads] == ["traffic", "reach"]
        assert tree.campaign(tree.ads[0])["payload"]["is_search_campaign"] is True
        assert contents.as_shown(contents.Tree(content), SECOND.item_id, caption="")[
            "countries"
        ] == ["DE"]

    def test_does_not_have_a_post_twice(self) -> None:
        with pytest.raises(InvalidInputError, match="A post is in the plan twice"):
            rules.check_specs([SPEC, replace(SPEC, objective="reach")], now=NOON)

    @given(
        budgets=st.lists(st.integers(1, 10**6), min_size=1, max_size=5),
        together=st.lists(st.booleans(), min_size=5, max_size=5),
    )
    def test_can_spend_what_its_ad_groups_can(
        self, budgets: list[int], together: list[bool]
    ) -> None:
        parts = [
            Part(
                replace(SPEC, daily_budget_minor=budget, together=together[n]),
                tuple(replace(POST, item_id=f"75{n}{each}") for each in range(3)),
            )
            for n, budget in enumerate(budgets)
        ]
        content = plan_of(*parts)
        groups = sum(budget * (1 if together[n] else 3) for n, budget in enumerate(budgets))
        assert content["daily_budget_minor"] == groups
        assert contents.most_minor(content, zone="UTC") == groups * 15


class TestAnAudience:
    def test_is_told_to_tiktok_and_back(self) -> None:
        viewers = Audience(
            ages=("18-24", "55+"), gender="female", languages=("en",), interests=("15",),
            dayparting=dayparting("mon-fri 08:00-20:00"),
        )  # fmt: skip
        content = plan_of(Part(replace(SPEC, viewers=viewers), (POST,)))
        payload = content["objects"][1]["payload"]
        assert payload["age_groups"] == ["AGE_18_24", "AGE_55_100"]
        assert payload["gender"] == "GENDER_FEMALE"
        assert "audience_ids" not in payload
        assert audience_words(payload)[:3] == ["Ages 18-24, 55+", "Female", "Language en"]

    @pytest.mark.parametrize(
        ("changed", "message"),
        [
            ({"ages": ("20-30",)}, "is not an age group"),
            ({"gender": "x"}, "is not a choice"),
            ({"languages": ("English",)}, "is not a language code"),
            ({"interests": ("shoes",)}, "is not an id"),
        ],
    )
    def test_that_tiktok_does_not_know_is_refused(
        self, changed: dict[str, Any], message: str
    ) -> None:
        with pytest.raises(InvalidInputError) as refusal:
            rules.check_specs([replace(SPEC, viewers=Audience(**changed))], now=NOON)
        assert message in refusal.value.message

    @pytest.mark.parametrize(
        ("text", "words", "half_hours"),
        [
            ("mon 08:00-20:00", "mon 08:00-20:00", 24),
            ("sat-mon 00:00-24:00", "mon 00:00-24:00; sat 00:00-24:00; sun 00:00-24:00", 144),
            ("fri 9:30-10:00; fri 12:00-12:30", "fri 09:30-10:00; fri 12:00-12:30", 2),
            ("", "", 0),
        ],
    )
    def test_s_hours_are_half_hours_of_the_week(
        self, text: str, words: str, half_hours: int
    ) -> None:
        week = dayparting(text)
        assert len(week) in {0, 336}
        assert week.count("1") == half_hours
        assert dayparting_words(week) == words
        assert dayparting(words) == week

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("whenever", "is not like"),
            ("mon 20:00-08:00", "ends before it starts"),
            ("abc 08:00-09:00", "is not a day"),
            ("mon 08:00-25:00", "is no time of day"),
            ("0" * 336, "no hour is left"),
            ("mon 08:15-09:00", "is not like"),
        ],
    )
    def test_s_hours_that_are_none_are_refused(self, text: str, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            dayparting(text)


class TestAnUpload:
    UPLOAD = UploadToLaunch(
        Upload("v100", "glow", "Calm skin in a week"), "img1", 12.0, "brand-1", "TT_USER", "",
        "https://shop.example/serum",
    )  # fmt: skip

    def test_is_an_ad_without_a_post_in_ads_only(self) -> None:
        spec = replace(SPEC, item_ids=(), uploads=(self.UPLOAD.wish,))
        rules.check_specs([spec], now=NOON)
        content = plan_of(Part(spec, (), (self.UPLOAD,)))
        (ad,) = contents.ads(content)
        assert (ad["item_id"], contents.subject_of(ad)) == ("", "video v100")
        assert ad["payload"]["dark_post_status"] == "ON"
        parsed = naming.parse(ad["name"], naming.AD_FIELDS)
        assert parsed is not None
        assert (parsed["format"], parsed["creator"]) == ("adsonly", "glow")

    @pytest.mark.parametrize(
        ("text", "message"),
        [("", "1 to 100 characters"), ("x" * 101, "1 to 100"), ("Wow \U0001f600", "refuses emoji")],
    )
    def test_s_text_is_what_tiktok_takes(self, text: str, message: str) -> None:
        spec = replace(SPEC, item_ids=(), uploads=(replace(self.UPLOAD.wish, text=text),))
        with pytest.raises(InvalidInputError) as refusal:
            rules.check_specs([spec], now=NOON)
        assert message in refusal.value.message


class TestWhatExistsAtTikTok:
    GROUP = ExistingGroup("99", "Evergreen", 7_000, NOON - 30 * DAY, NOON + 9 * DAY, ("6252001",))

    def test_keeps_its_name_its_budget_and_its_end(self) -> None:
        spec = replace(SPEC, campaign_id="88", adgroup_id="99")
        content = plan_of(Part(spec, (POST,), existing=Existing("88", "Old one", self.GROUP)))
        campaign, group, ad = content["objects"]
        assert (campaign["name"], campaign["existing"]) == ("Old one", "88")
        assert (group["name"], group["existing"]) == ("Evergreen", "99")
        assert group["payload"]["budget_minor"] == content["daily_budget_minor"] == 7_000
        assert group["payload"]["schedule_start_time"] == "2026-03-02 12:00:00"
        assert group["flight_end"] == "2026-03-11 12:00:00"
        assert "0123abcd" in ad["name"]

    def test_gets_ad_groups_of_the_plan_s_own(self) -> None:
        spec = replace(SPEC, campaign_id="88")
        content = plan_of(Part(spec, (POST,), existing=Existing("88", "Old one")))
        campaign, group, _ = content["objects"]
        assert (campaign["existing"], group["existing"]) == ("88", "")
        assert group["payload"]["budget_minor"] == 2_500

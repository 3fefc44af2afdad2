"""A specification is read from what a person wrote, with defaults, and refused field by field."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from kindling.errors import InvalidInputError
from kindling.launches.planning import specs
from kindling.launches.rules import Spec, Upload
from kindling.workspaces.models import AdAccount, Workspace

NOW = datetime(2026, 3, 2, 12, 30, 45, 7, tzinfo=UTC)
ITEM = "7561217414655688790"
GLOW = Workspace(pk=1, slug="glow", name="Glow")
DOLLARS = AdAccount(pk=9, workspace=GLOW, currency="USD")


def read(given: dict[str, Any], *, account: AdAccount = DOLLARS) -> Spec:
    (found,) = read_all(given, account=account)
    return found


def read_all(given: dict[str, Any], *, account: AdAccount = DOLLARS) -> tuple[Spec, ...]:
    return specs.from_mapping(given, account=account, workspace=GLOW, now=NOW)


def refused(given: dict[str, Any]) -> InvalidInputError:
    with pytest.raises(InvalidInputError) as refusal:
        read(given)
    return refusal.value


class TestASpecification:
    def test_of_posts_alone_is_filled_with_defaults(self) -> None:
        assert read({"posts": [ITEM]}) == Spec(
            name="Launch of 02 Mar 2026 12:30",
            objective="traffic",
            item_ids=(ITEM,),
            daily_budget_minor=5_000,
            starts_at=datetime(2026, 3, 2, 12, 31, tzinfo=UTC),
            days=14,
            locations=("6252001",),
            countries=("US",),
            brand="glow",
            market="us",
            call_to_action="SHOP_NOW",
            landing_url="",
            strategy="test",
            audience="broad",
        )

    def test_says_everything_that_was_written(self) -> None:
        given = {
            "name": " Spring ", "ad_account": "7", "objective": "reach",
            "posts": [f"https://www.tiktok.com/@ana/video/{ITEM}", int(ITEM) + 1],
            "daily_budget": "25.50", "start": "2026-03-05T08:00:00+02:00", "days": 7,
            "countries": ["de", "AT"], "brand": "Glow & Co", "market": "dach",
            "call_to_action": "learn_more", "landing_url": "https://shop.example/",
            "strategy": "scale", "audience": "fans",
        }  # fmt: skip
        assert read(given) == Spec(
            name="Spring",
            objective="reach",
            item_ids=(ITEM, str(int(ITEM) + 1)),
            daily_budget_minor=2_550,
            starts_at=datetime(2026, 3, 5, 6, tzinfo=UTC),
            days=7,
            locations=("2921044", "2782113"),
            countries=("DE", "AT"),
            brand="Glow & Co",
            market="dach",
            call_to_action="LEARN_MORE",
            landing_url="https://shop.example/",
            strategy="scale",
            audience="fans",
        )

    def test_takes_one_post_and_one_country_without_a_list(self) -> None:
        found = read({"posts": ITEM, "countries": "ca"})
        assert (found.item_ids, found.countries, found.market) == ((ITEM,), ("CA",), "ca")

    def test_names_its_market_after_its_countries(self) -> None:
        assert read({"countries": ("us", "ca")}).market == "us-ca"

    def test_counts_its_budget_in_the_account_s_currency(self) -> None:
        yen = AdAccount(pk=9, workspace=GLOW, currency="JPY")
        assert read({"daily_budget": "3000"}, account=yen).daily_budget_minor == 3_000

    @pytest.mark.parametrize(
        "start",
        [
            datetime(2026, 3, 5, 6),  # noqa: DTZ001 (YAML reads a time without a zone like this)
            datetime(2026, 3, 5, 6, tzinfo=UTC),
            "2026-03-05T06:00:00Z",
        ],
    )
    def test_takes_its_start_in_utc_unless_it_says_otherwise(self, start: object) -> None:
        assert read({"start": start}).starts_at == datetime(2026, 3, 5, 6, tzinfo=UTC)

    def test_may_name_locations_beside_those_that_are_known(self) -> None:
        found = read({"countries": ["US", "ZA"], "locations": [6252001, "953987"]})
        assert found.locations == ("6252001", "953987")

    @pytest.mark.parametrize(
        ("given", "message", "step"),
        [
            ({"color": "red"}, "Unknown field: color.", "Use ad_account, adgroup_id"),
            ({"b": 1, "a": 2}, "Unknown fields: a, b.", "ad_account"),
            (
                {"countries": ["US", "ZA", "EG"]},
                "No location id is known for ZA, EG.",
                "under `locations`",
            ),
            (
                {"countries": ["US"], "locations": ["6252001", "2921044", "2782113"]},
                "The locations are in AT, DE, missing from the countries",
                "Add every country",
            ),
            ({"posts": ["soon"]}, "posts: 'soon' is not a TikTok post", "Correct this field."),
            ({"daily_budget": "12.345"}, "daily_budget: '12.345' has more digits", "Correct"),
            ({"days": "two"}, "days: invalid literal", "Correct"),
            ({"start": "tomorrow"}, "start: 'tomorrow' is not a time", "Correct"),
            ({"start": "2026-03-05T06:00:00"}, "has no time zone", "Correct"),
        ],
    )
    def test_that_cannot_be_read_names_the_field(
        self, given: dict[str, Any], message: str, step: str
    ) -> None:
        refusal = refused(given)
        assert message in refusal.message
        assert step in refusal.next_step
        assert refusal.message.endswith(".")
        assert refusal.next_step.endswith(".")


class TestTheAdAccount:
    @pytest.mark.parametrize(
        ("given", "account"),
        [({"ad_account": 7001}, "7001"), ({"ad_account": "7001"}, "7001"), ({}, None),
         ({"ad_account": ""}, None)],
    )  # fmt: skip
    def test_is_the_one_that_is_named(self, given: dict[str, Any], account: str | None) -> None:
        assert specs.ad_account_of(given) == account

    @pytest.mark.parametrize("given", [[], "name: x", None])
    def test_is_asked_only_of_a_list_of_fields(self, given: object) -> None:
        with pytest.raises(InvalidInputError, match="not a mapping of fields") as refusal:
            specs.ad_account_of(given)
        assert "docs/reference/plan.md" in refusal.value.next_step


class TestASpecificationOfCampaigns:
    WHOLE = {
        "name": "Spring", "daily_budget": "60", "countries": ["US", "CA"], "call_to_action": "order_now",
        "campaigns": [
            {"objective": "traffic", "posts": [ITEM], "type": "search", "ages": ["18-24"]},
            {
                "objective": "conversions", "type": "Smart+", "posts": [f"{int(ITEM) + 1}"], "pixel_id": 73,
                "event": "shopping", "daily_budget": "80.50", "bid": "12",
            },
            {
                "objective": "reach", "countries": "US", "together": True, "dayparting": "sat 10:00-12:00",
                "uploads": [{"video_id": "v1", "handle": "@Glow", "text": "Words", "visible": "yes"}],
            },
        ],
    }  # fmt: skip

    def test_takes_for_each_what_it_does_not_say_itself(self) -> None:
        search, smart, reach = read_all(self.WHOLE)
        assert (search.type, smart.type, reach.type) == ("search", "smart_plus", "manual")
        assert [each.daily_budget_minor for each in (search, smart, reach)] == [6_000, 8_050, 6_000]
        assert [each.countries for each in (search, reach)] == [("US", "CA"), ("US",)]
        assert {each.call_to_action for each in (search, smart, reach)} == {"ORDER_NOW"}
        assert {each.name for each in (search, smart, reach)} == {"Spring"}
        assert (smart.pixel_id, smart.event, smart.bid_minor) == ("73", "SHOPPING", 1_200)
        assert search.viewers.ages == ("18-24",)
        assert (reach.together, reach.viewers.dayparting.count("1")) == (True, 4)
        assert reach.uploads == (Upload("v1", "glow", "Words", is_ads_only=False),)

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            ({"posts": [ITEM]}, "has posts beside its campaigns"),
            ({"campaigns": []}, "is not a list of campaigns"),
            ({"campaigns": "reach"}, "is not a list of campaigns"),
            ({"campaigns": ["reach"]}, "A campaign is not a mapping of fields"),
            ({"campaigns": [{"colour": "red"}]}, "Unknown field: colour"),
            ({"campaigns": [{"brand": "x"}]}, "Unknown field: brand"),
            ({"campaigns": [{}] * 21}, "21 campaigns are too many"),
            ({"campaigns": [{"type": "turbo"}]}, "'turbo' is not a type of campaign"),
            ({"campaigns": [{"together": "perhaps"}]}, "neither yes nor no"),
            ({"campaigns": [{"daily_budget": "1.500,00"}]}, "daily_budget:"),
            ({"campaigns": [{"uploads": ["v1"]}]}, "An upload is not a mapping"),
            ({"campaigns": [{"uploads": [{"file": "v1"}]}]}, "Unknown field: file"),
            ({"campaigns": [{"dayparting": "always"}]}, "dayparting: 'always' is not like"),
        ],
    )
    def test_that_cannot_be_read_says_what_is_wrong(
        self, changed: dict[str, Any], words: str
    ) -> None:
        with pytest.raises(InvalidInputError) as refusal:
            read_all({**self.WHOLE, **changed})
        assert words in refusal.value.message
        assert refusal.value.next_step

    def test_is_kept_as_it_was_written_without_what_was_left_empty(self) -> None:
        start = datetime(2026, 3, 5, 6)  # noqa: DTZ001 (YAML reads times without a zone so)
        told = specs.kept(
            {"name": "A", "days": 7, "landing_url": "", "start": start, "posts": (1,)}
        )
        assert told == {
            "name": "A", "days": 7, "start": "2026-03-05T06:00:00+00:00", "posts": [1],
        }  # fmt: skip
        assert read_all(specs.kept(self.WHOLE)) == read_all(self.WHOLE)

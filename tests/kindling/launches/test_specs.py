"""A specification is read from what a person wrote, with defaults, and refused field by field."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from kindling.errors import InvalidInputError
from kindling.launches.planning import specs
from kindling.launches.rules import Spec
from kindling.workspaces.models import AdAccount, Workspace

NOW = datetime(2026, 3, 2, 12, 30, 45, 7, tzinfo=UTC)
ITEM = "7561217414655688790"
GLOW = Workspace(pk=1, slug="glow", name="Glow")
DOLLARS = AdAccount(pk=9, workspace=GLOW, currency="USD")


def read(given: dict[str, Any], *, account: AdAccount = DOLLARS) -> Spec:
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
            ({"color": "red"}, "Unknown field: color.", "Use ad_account, audience"),
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

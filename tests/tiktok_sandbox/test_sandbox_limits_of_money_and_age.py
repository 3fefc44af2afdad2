"""What an ad account may spend in its currency, and whom an ad group may target (§17)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace
from sandbox_team import Team

from tiktok_sandbox.server import SandboxServer
from tiktok_sandbox.wire.ads.currencies import FACTORS, factor_of
from tiktok_sandbox.world.drawing.build import build_world, read_family

US, CANADA, GERMANY, BRAZIL, JAPAN = "6252001", "6251999", "2921044", "3469034", "1861060"


def in_currency(currency: str) -> SandboxServer:
    base = read_family("demo")
    first, *others = base.accounts
    accounts = (replace(first, currency=currency), *others)
    return SandboxServer(world=build_world(family=replace(base, accounts=accounts), seed=7))


class TestBudgets:
    @pytest.mark.parametrize(
        ("currency", "factor"),
        [
            ("USD", 1),
            ("EUR", 1),
            ("PLN", 4),
            ("MXN", 10),
            ("PHP", 50),
            ("JPY", 100),
            ("KRW", 1000),
            ("VND", 10000),
        ],
    )
    def test_have_the_minimum_and_the_bound_of_the_currency(
        self, currency: str, factor: int
    ) -> None:
        with in_currency(currency) as sandbox:
            team = Team(sandbox)

            def campaign(budget: float) -> int:
                given = {"budget_mode": "BUDGET_MODE_DAY", "budget": budget}
                name = {"campaign_name": f"of {budget}", "objective_type": "TRAFFIC"}
                return int(team.call("POST", "/campaign/create/", **given, **name)["code"])

            assert campaign(50 * factor - 0.01) == 40002
            assert campaign(50 * factor) == 0
            assert campaign(10_000_000 * factor - 0.01) == 0
            assert campaign(10_000_000 * factor) == 40002
            made = team.campaign("Sample of groups")

            def group(budget: float, **more: object) -> int:
                fields = team.adgroup_fields(made, budget=budget, **more)
                fields["adgroup_name"] = f"of {budget} {sorted(more)}"
                return int(team.call("POST", "/adgroup/create/", **fields)["code"])

            assert group(20 * factor - 0.01) == 40002
            assert group(20 * factor) == 0
            assert group(10 * factor, product_source="STORE") == 0
            assert group(10 * factor - 0.01, product_source="SHOWCASE") == 40002
            assert group(10 * factor, product_source="CATALOG") == 40002

    def test_count_a_currency_that_is_not_listed_as_dollars(self) -> None:
        assert factor_of("XAF") == 1
        assert (FACTORS["HUF"], FACTORS["NIO"], FACTORS["PYG"]) == (1, 10, 10_000)


class TestTeenagers:
    @pytest.fixture(scope="class")
    @staticmethod
    def shared() -> Iterator[Team]:
        with SandboxServer(seed=7) as sandbox:
            yield Team(sandbox)

    @pytest.mark.parametrize(
        ("places", "code"),
        [
            ([US], 40065),
            ([JAPAN, US], 40065),
            ([CANADA], 40002),
            ([GERMANY], 40002),
            ([BRAZIL], 40002),
            ([JAPAN], 0),
        ],
    )
    def test_are_refused_where_tiktok_refuses_them(
        self, shared: Team, places: list[str], code: int
    ) -> None:
        made = shared.campaign(f"Sample of {places}")
        fields = shared.adgroup_fields(
            made, location_ids=places, age_groups=["AGE_13_17", "AGE_18_24"]
        )
        assert shared.call("POST", "/adgroup/create/", **fields)["code"] == code
        grown = shared.adgroup_fields(made, location_ids=places, age_groups=["AGE_18_24"])
        grown["adgroup_name"] = "Grown-ups"
        assert shared.call("POST", "/adgroup/create/", **grown)["code"] == 0

    def test_cannot_be_added_later_but_can_be_allowed_by_a_setting(self, team: Team) -> None:
        number = team.adgroup(team.campaign("Sample"), location_ids=[US])
        young = {"adgroup_id": number, "age_groups": ["AGE_13_17"]}
        assert team.refused("POST", "/adgroup/update/", **young)[0] == 40065
        team.sandbox.post("behaviour/", {"teenagers": "allowed"})
        assert team.call("POST", "/adgroup/update/", **young)["code"] == 0

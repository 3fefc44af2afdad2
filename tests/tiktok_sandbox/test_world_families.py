"""Families of worlds: files anyone can write, the calibration report, and the truth over HTTP."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sandbox_team import Team

from tiktok_sandbox.cli import main
from tiktok_sandbox.describe.calibration import Figure, as_markdown, calibrate
from tiktok_sandbox.server import SandboxError, SandboxServer
from tiktok_sandbox.world.drawing.build import build_world
from tiktok_sandbox.world.families.files import (
    FamilyFileError,
    UnknownWorldError,
    family_of,
    names,
    read_family,
    sent_family,
)

MINIMAL = {
    "name": "mine",
    "accounts": [{"name": "Sample account"}],
    "products": [{"sku": "A", "title": "Sample", "price_minor": 2000, "unit_cost_minor": 500}],
}


class TestWorldFiles:
    @pytest.mark.parametrize("name", names())
    def test_that_come_along_make_worlds(self, name: str) -> None:
        world = build_world(family=name, seed=1)
        assert world.family.name == name
        assert world.state.posts

    def test_need_little_more_than_a_product(self) -> None:
        family = family_of(MINIMAL)
        assert build_world(family=family).state.creators

    def test_extend_another_family(self, tmp_path: Path) -> None:
        file = tmp_path / "tired.yaml"
        file.write_text("extends: reference\nname: tired\ndelivery: {buy_wear: 2.0}\n")
        family = read_family(str(file))
        assert family.delivery.buy_wear == 2.0
        assert family.delivery.audience == read_family("reference").delivery.audience

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"name": ""}, "name"),
            ({"colour": "red"}, "colour"),
            ({"accounts": []}, "accounts"),
            ({"accounts": [{"name": "x", "timezone": "Mars/Base"}]}, "time zone"),
            ({"segments": [{"share": 0.5, "age": "AGE_18_24", "gender": "MALE"}]}, "sum to 1"),
            ({"posts": {"count": 2, "older": 3}}, "posts.older"),
            ({"delivery": {"audience": 3}}, "audience"),
            ({"response": {"like": 1.5}}, "like"),
            ({"products": [MINIMAL["products"][0]] * 2}, "same sku"),  # type: ignore[index]  # a dict of objects
            ({"epoch": "2026-03-02T00:30:00Z"}, "full hour"),
        ],
    )
    def test_say_what_is_wrong_with_them(self, change: dict[str, Any], reason: str) -> None:
        with pytest.raises(FamilyFileError, match=reason):
            family_of(MINIMAL | change)

    def test_must_not_extend_each_other_in_a_circle(self, tmp_path: Path) -> None:
        file = tmp_path / "loop.yaml"
        file.write_text(f"extends: {file}\nname: loop\n")
        with pytest.raises(FamilyFileError, match="circle"):
            read_family(str(file))

    def test_must_be_yaml(self, tmp_path: Path) -> None:
        file = tmp_path / "bad.yaml"
        file.write_text("name: [")
        with pytest.raises(FamilyFileError, match="not valid YAML"):
            read_family(str(file))

    def test_are_never_read_from_a_path_a_call_sends(self, tmp_path: Path) -> None:
        file = tmp_path / "mine.yaml"
        file.write_text("extends: reference\nname: mine\n")
        with pytest.raises(UnknownWorldError):
            sent_family(str(file))

    def test_are_served_checked_and_listed_by_the_command(self, tmp_path: Path) -> None:
        file = tmp_path / "mine.yaml"
        file.write_text(json.dumps(MINIMAL))
        checked = CliRunner().invoke(main, ["worlds", str(file)])
        assert (checked.exit_code, checked.output[:5]) == (0, "mine:")
        assert "reference:" in CliRunner().invoke(main, ["worlds"]).output
        schema = json.loads(CliRunner().invoke(main, ["worlds", "--schema"]).output)
        assert "Family" in schema["$defs"]
        file.write_text("name: 3")
        wrong = CliRunner().invoke(main, ["worlds", str(file)])
        assert wrong.exit_code == 1
        assert "world file" in wrong.output


@pytest.fixture(scope="module")
def reference() -> dict[tuple[str, str], Figure]:
    return {(f.kind, f.name): f for f in calibrate(read_family("reference"))}


class TestCalibration:
    def test_meets_every_published_figure(self, reference: dict[tuple[str, str], Figure]) -> None:
        published = [f for f in reference.values() if f.published is not None]
        assert len(published) >= 12
        assert [f.name for f in published if not f.agrees] == []

    @pytest.mark.parametrize(
        ("published", "causal"),
        [
            ("completion, per 2-s view", "completion, per 2-s view"),
            ("engagement rate", "engagement rate"),
            ("conversion rate", "conversion rate"),
            ("completion, per impression", "completion, per impression"),
            ("6-s view rate", "6-s view rate"),
        ],
    )
    def test_keeps_the_effect_of_the_format_well_below(
        self, reference: dict[tuple[str, str], Figure], published: str, causal: str
    ) -> None:
        claim = reference["observed lift, %", published].published
        assert claim is not None
        assert 0 < reference["causal lift, %", causal].high < 0.6 * claim[0]

    @pytest.mark.slow
    def test_finds_no_effect_in_the_null_world_though_winners_look_better(self) -> None:
        figures = {(f.kind, f.name): f for f in calibrate(read_family("null"))}
        effects = [f for (kind, _), f in figures.items() if kind == "causal lift, %"]
        assert [f.simulated for f in effects] == [0] * len(effects)
        assert figures["observed lift, %", "engagement rate"].low > 30

    @pytest.mark.slow
    def test_prints_the_same_page_as_the_docs(
        self, reference: dict[tuple[str, str], Figure]
    ) -> None:
        page = as_markdown(read_family("reference"), list(reference.values()))
        assert CliRunner().invoke(main, ["calibrate"]).output == page
        docs = Path(__file__).parents[2] / "docs/reference/sandbox-calibration.md"
        assert docs.read_text() == page


@pytest.fixture(scope="module")
def played() -> Any:
    """A team two days after its first launch; tests only read its world."""
    with SandboxServer(seed=3) as sandbox:
        team = Team(sandbox)
        team.launch()
        sandbox.advance(days=2)
        yield team


class TestTruthOverHttp:
    def test_knows_what_posts_are_made_of(self, played: Team) -> None:
        posts = played.sandbox.get("truth/qualities/")["posts"]
        assert {"item_id", "hook", "native", "climate"} <= posts[0].keys()

    def test_knows_what_an_ad_would_have_brought_as_ads_only(self, played: Team) -> None:
        (row,) = played.sandbox.get("truth/ads/")["ads"]
        assert row["format"] == "spark"
        assert row["impressions"] > 0
        assert row["ads_only"]["likes"] < row["spark"]["likes"]
        assert played.sandbox.get(f"truth/ads/?ad_id={row['ad_id']}")["ads"] == [row]

    def test_compares_the_formats_of_a_post(self, played: Team) -> None:
        item_id = played.plain_post()["item_id"]
        found = played.sandbox.get(f"truth/formats/?item_id={item_id}")
        assert found["lift"]["thumb_stops"] > 0
        assert set(found["per_thousand"]) == {"spark", "ads_only"}

    def test_knows_the_best_plan(self, played: Team) -> None:
        plan = played.sandbox.get("truth/oracle/?budget_minor=60000&days=7")
        days = zip(*plan["daily_minor"].values(), strict=True)
        assert all(sum(spends) <= 60000 for spends in days)
        assert 0 <= plan["profit_minor"] <= plan["bound_minor"]

    def test_knows_the_climate_of_a_thread(self, played: Team) -> None:
        item_id = played.plain_post()["item_id"]
        assert played.sandbox.get(f"truth/comments/?item_id={item_id}")["item_id"] == item_id

    @pytest.mark.parametrize(
        "question",
        ["ads/?ad_id=1", "formats/", "comments/?item_id=1", "oracle/", "oracle/?budget_minor=x"],
    )
    def test_asks_back_when_the_question_makes_no_sense(self, played: Team, question: str) -> None:
        with pytest.raises(SandboxError) as error:
            played.sandbox.get(f"truth/{question}")
        assert error.value.status == 400

    def test_is_reset_to_a_world_that_was_sent(self) -> None:
        with SandboxServer(seed=3) as sandbox:
            sandbox.post("reset/", {"world": MINIMAL})
            assert sandbox.get("world/")["family"] == "mine"
            sandbox.post("reset/", {"seed": 4})
            assert sandbox.get("world/")["family"] == "mine"
            for wrong in ("mars", 3, {"name": "x"}):
                with pytest.raises(SandboxError):
                    sandbox.post("reset/", {"world": wrong})

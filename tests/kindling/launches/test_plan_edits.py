"""A draft's specification is changed campaign by campaign and post by post. Nothing here is stored."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindling.errors import InvalidInputError, NotFoundError
from kindling.launches.planning import edits

ONE, TWO, THREE = "7561217414655688790", "7561217414655688791", "7561217414655688792"
FLAT = {
    "name": "Spring",
    "posts": [ONE, TWO],
    "daily_budget": "60",
    "start": "2026-03-05T06:00:00Z",
}
WHOLE: dict[str, Any] = {
    "name": "Spring",
    "daily_budget": "60",
    "campaigns": [
        {"objective": "reach", "posts": [f"https://www.tiktok.com/@ana/video/{ONE}"]},
        {"posts": [TWO, THREE], "daily_budget": "80"},
    ],
}


class TestASpecification:
    def test_of_one_campaign_is_told_as_a_list_of_one(self) -> None:
        assert edits.by_campaigns(FLAT) == {
            "name": "Spring",
            "campaigns": [
                {"posts": [ONE, TWO], "daily_budget": "60", "start": "2026-03-05T06:00:00Z"}
            ],
        }
        assert edits.campaign_of(WHOLE, 2)["daily_budget"] == "80"
        assert edits.campaign_of(WHOLE, 1)["daily_budget"] == "60"

    @pytest.mark.parametrize("number", [0, 3, -1])
    def test_has_no_other_campaigns(self, number: int) -> None:
        for change in (
            lambda: edits.campaign_of(WHOLE, number),
            lambda: edits.without_campaign(WHOLE, number),
            lambda: edits.with_changed_campaign(WHOLE, number, {}),
        ):
            with pytest.raises(NotFoundError):
                change()

    def test_is_not_changed_itself(self) -> None:
        before = repr(WHOLE)
        edits.without_post(WHOLE, TWO)
        edits.with_swapped_post(WHOLE, ONE, "1")
        edits.with_campaign(WHOLE, {"posts": ["5"]})
        edits.without_campaign(WHOLE, 1)
        edits.copied(WHOLE, name="Other")
        assert repr(WHOLE) == before


class TestAPost:
    def test_goes_with_its_campaign_where_it_was_the_only_one(self) -> None:
        left = edits.without_post(WHOLE, ONE)
        assert [each["posts"] for each in left["campaigns"]] == [[TWO, THREE]]

    def test_is_swapped_in_its_place(self) -> None:
        left = edits.with_swapped_post(WHOLE, TWO, ONE)
        assert left["campaigns"][1]["posts"] == [ONE, THREE]

    def test_that_is_not_in_the_plan_is_not_found(self) -> None:
        with pytest.raises(NotFoundError, match="not in the plan"):
            edits.without_post(WHOLE, "1")

    def test_that_is_the_last_stays(self) -> None:
        with pytest.raises(InvalidInputError, match="Nothing would be left"):
            edits.without_post({"posts": ONE}, ONE)

    @given(st.lists(st.sampled_from([ONE, TWO, THREE]), unique=True, max_size=2))
    def test_leaves_all_the_others(self, gone: list[str]) -> None:
        left: dict[str, Any] = WHOLE
        for item_id in gone:
            left = edits.without_post(left, item_id)
        posts = [post for each in left["campaigns"] for post in each["posts"]]
        assert {post[-19:] for post in posts} == {ONE, TWO, THREE} - set(gone)


def test_a_template_holds_nothing_of_one_launch() -> None:
    assert edits.as_template(FLAT, 1) == {"daily_budget": "60"}


def test_a_copy_starts_when_it_is_planned() -> None:
    copied = edits.copied(FLAT, name="Other")
    assert (copied["name"], "start" in copied["campaigns"][0]) == ("Other", False)

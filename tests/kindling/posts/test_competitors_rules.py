"""Which competitors a caption names: handles as mentions, names as whole words or one hashtag."""

from __future__ import annotations

import pytest

from kindling.posts.rules import competitors_named


@pytest.mark.parametrize(
    ("caption", "competitors", "named"),
    [
        ("Love my @glow.rival serum", ["@glow.rival"], ["@glow.rival"]),
        ("Love my @GLOW.rival!", ["@Glow.Rival."], ["@Glow.Rival."]),
        ("Love my glow.rival serum", ["@glow.rival"], []),
        ("Love my @glow.rivals", ["@glow.rival"], []),
        ("Glow Rival is nice", [" Glow Rival "], ["Glow Rival"]),
        ("glow rival is nice", ["Glow Rival"], ["Glow Rival"]),
        ("glowrival is nice", ["Glow Rival"], []),
        ("#glowrival every day", ["Glow Rival"], ["Glow Rival"]),
        ("#GlowRival every day", ["glow-rival"], ["glow-rival"]),
        ("#glowrivals every day", ["Glow Rival"], []),
        ("afterglow rivalry", ["Glow Rival"], []),
        ("Nothing at all", ["", "  ", "@", "!!"], []),
        ("Serum・Creme", ["・"], []),  # a sign is no name, were it between words
        ("@one.rival and Two", ["Two", "@one.rival", "Three"], ["Two", "@one.rival"]),
        ("", ["Two"], []),
        ("Two", [], []),
    ],
)
def test_competitors_that_a_caption_names(
    caption: str, competitors: list[str], named: list[str]
) -> None:
    assert competitors_named(caption, competitors) == named

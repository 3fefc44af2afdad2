"""A person sees what a post looks like, plays it, and chooses among covers."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from conftest import DESK_SIZE, PHONE_SIZE, Walker

TIME = "document.querySelector('.clip-box video')?.currentTime ?? 0"


def wait_until_it_plays(walker: Walker) -> None:
    for _ in range(100):
        if walker.page.evaluate(TIME) > 0:
            return
        walker.page.wait_for_timeout(100)
    raise AssertionError("the video does not play")


@pytest.mark.parametrize("walker", [DESK_SIZE, PHONE_SIZE], ids=["desk", "phone"], indirect=True)
def test_a_buyer_sees_covers_and_plays_one(walker: Walker) -> None:
    walker.sign_in("buyer")
    page = walker.page
    walker.go("posts/")
    cover = page.locator("button.cover").first
    cover.scroll_into_view_if_needed()
    expect(cover.locator("img")).to_be_visible()
    assert cover.locator("img").evaluate("each => each.decode().then(() => each.naturalWidth)") > 0
    cover.click()
    wait_until_it_plays(walker)
    player = page.get_by_role("dialog", name="Play the video of")
    expect(player.get_by_role("link", name="Open on TikTok")).to_be_visible()
    page.keyboard.press("Escape")
    expect(player).to_be_hidden()

    page.get_by_role("button", name="Gallery").click()
    tiles = page.locator(".tile")
    expect(tiles.first).to_be_visible()
    walker.look()
    page.reload()
    expect(tiles.first).to_be_visible()
    page.get_by_role("button", name="Table").click()
    expect(page.locator("[data-list=posts] table")).to_be_visible()


@pytest.mark.parametrize("walker", [DESK_SIZE], ids=["desk"], indirect=True)
def test_a_cover_plays_by_itself_only_for_those_who_like_motion(walker: Walker) -> None:
    walker.sign_in("buyer")
    page = walker.page
    walker.go("posts/")
    cover = page.locator("button.cover").first
    cover.scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    page.emulate_media(reduced_motion="reduce")
    cover.hover()
    page.wait_for_timeout(1_000)
    assert page.locator(".clip-box").count() == 0
    page.mouse.move(2, 2)
    page.emulate_media(reduced_motion="no-preference")
    cover.hover()
    wait_until_it_plays(walker)

"""A person looks at the feed of the simulated TikTok: covers, and clips that play."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from conftest import Opened, Walker
from tiktok_sandbox.server import SandboxServer

pytestmark = pytest.mark.journey
ARE_DRAWN = "images => images.every(each => each.complete && each.naturalWidth > 0)"


@pytest.fixture
def viewer(
    request: pytest.FixtureRequest, chromium: Browser
) -> Iterator[tuple[Walker, SandboxServer]]:
    """A browser at (width, height, colours) and a fresh sandbox."""
    width, height, colours = request.param
    context = chromium.new_context(
        viewport={"width": width, "height": height},
        color_scheme=colours,
        reduced_motion="reduce",
        has_touch=width < 500,
    )
    context.set_default_timeout(20_000)
    with SandboxServer(seed=7, clock="manual") as sandbox:
        yield Walker(context.new_page(), Opened(sandbox.url, "", sandbox.url)), sandbox
    context.close()


@pytest.mark.parametrize(
    "viewer",
    [(1280, 860, "light"), (390, 844, "dark")],
    ids=["desk", "phone-dark"],
    indirect=True,
)
def test_a_person_sees_covers_and_plays_a_clip(viewer: tuple[Walker, SandboxServer]) -> None:
    walker, sandbox = viewer
    page = walker.page
    post = next(
        each
        for each in sandbox.world.visible_posts()
        if each.status == "HESITATE_RECOMMEND" and each.item_type == "VIDEO"
    )

    page.goto(f"{sandbox.url}/phone/feed/")
    page.wait_for_load_state("networkidle")
    covers = page.locator("img.poster")
    assert covers.count() > 5
    covers.last.scroll_into_view_if_needed()
    page.wait_for_function(
        "() => [...document.querySelectorAll('img.poster')].every(each => each.naturalWidth > 0)"
    )
    assert covers.evaluate_all(ARE_DRAWN)
    walker.look()

    page.locator(f"a.tile[href*='{post.item_id}']").first.click()
    video = page.get_by_label(f"Video of @{post.handle}").first
    expect(video).to_be_visible()
    assert video.evaluate("video => video.paused && video.currentTime === 0")
    walker.look()
    video.focus()
    page.keyboard.press("Space")
    page.wait_for_function(
        "video => !video.paused && video.currentTime > 0.5", arg=video.element_handle()
    )
    assert video.evaluate("video => [video.videoWidth, video.videoHeight]") == [270, 480]
    assert video.evaluate("video => video.duration") == pytest.approx(
        post.duration_seconds, abs=0.05
    )
    video.evaluate("video => { video.currentTime = video.duration - 1; }")
    page.wait_for_function("video => !video.seeking", arg=video.element_handle())
    assert video.evaluate("video => video.error") is None

    for path in (f"/@{post.handle}/video/{post.item_id}", f"/embed/v2/{post.item_id}"):
        page.goto(sandbox.url + path)
        expect(page.get_by_label(f"Video of @{post.handle}")).to_be_visible()
        page.wait_for_load_state("networkidle")
        assert page.locator("img.face").evaluate_all(ARE_DRAWN)
        walker.look()

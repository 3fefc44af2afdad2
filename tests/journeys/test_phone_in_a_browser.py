"""A creator's phone in a real browser: from the post to its code, its ad, and the three cards."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from ads_manager import AdsManager
from conftest import Opened, Walker
from tiktok_sandbox.server import SandboxServer

pytestmark = pytest.mark.journey


def advertise(code: str, brand: dict[str, str], sandbox: SandboxServer) -> None:
    """The brand at the other end: one video as a Spark Ad and as an ads-only ad."""
    manager = AdsManager(sandbox)
    info = manager.bind_code(code)
    item_id, identity_id = info["item_info"]["item_id"], info["user_info"]["identity_id"]
    spark = manager.adgroup(manager.campaign("Spark"), adgroup_name="Spark")
    manager.ad(spark, item_id, identity_id)
    video = manager.post(
        "/file/video/ad/upload/",
        upload_type="UPLOAD_BY_VIDEO_ID",
        video_id=info["video_info"]["video_id"],
    )[0]
    image = manager.post(
        "/file/image/ad/upload/",
        upload_type="UPLOAD_BY_URL",
        image_url="https://shop.example/cover.jpeg",
    )
    push = {
        "ad_name": "Sample ad",
        "ad_format": "SINGLE_VIDEO",
        "call_to_action": "SHOP_NOW",
        "landing_page_url": "https://shop.example/p/x",
        "identity_type": "TT_USER",
        "identity_id": brand["identity_id"],
        "video_id": video["video_id"],
        "image_ids": [image["image_id"]],
        "ad_text": "The same video, from the brand",
    }
    group = manager.adgroup(manager.campaign("Ads-only"), adgroup_name="Ads-only")
    manager.post("/ad/create/", adgroup_id=group, creatives=[push])


@pytest.fixture
def creator(
    request: pytest.FixtureRequest, chromium: Browser
) -> Iterator[tuple[Walker, SandboxServer]]:
    """A browser at (width, height, colours) and a fresh sandbox."""
    width, height, colours = request.param
    context = chromium.new_context(
        viewport={"width": width, "height": height},
        color_scheme=colours,
        reduced_motion="reduce",
        has_touch=width < 500,
        permissions=["clipboard-read", "clipboard-write"],
    )
    context.set_default_timeout(20_000)
    with SandboxServer(seed=7, clock="manual") as sandbox:
        yield Walker(context.new_page(), Opened(sandbox.url, "", sandbox.url)), sandbox
    context.close()


def handle_and_post(sandbox: SandboxServer) -> tuple[str, str]:
    """A creator with a public video that nothing speaks against."""
    state = sandbox.world.state
    post = next(
        each
        for each in sandbox.world.visible_posts()
        if each.status == "HESITATE_RECOMMEND"
        and each.item_type == "VIDEO"
        and each.music_licensed
        and each.is_disclosed
        and not each.is_story
        and not each.needs_original_code
        and not state.creators[each.handle].is_brand
    )
    return post.handle, post.item_id


@pytest.mark.parametrize(
    "creator",
    [
        (1280, 860, "light"),
        (1280, 860, "dark"),
        (390, 844, "light"),
        (390, 844, "dark"),
    ],
    ids=["desk", "desk-dark", "phone", "phone-dark"],
    indirect=True,
)
def test_a_creator_authorizes_a_post_and_sees_it_three_ways(
    creator: tuple[Walker, SandboxServer], request: pytest.FixtureRequest
) -> None:
    walker, sandbox = creator
    page, size = walker.page, request.node.callspec.id
    handle, item_id = handle_and_post(sandbox)

    page.goto(f"{sandbox.url}/phone/")
    walker.look()
    page.get_by_role("link", name=f"@{handle}").click()
    walker.look()
    page.locator(f"a.tile[href*='{item_id}']").click()
    walker.look()
    page.get_by_label("More").click()
    walker.look()
    page.get_by_role("link", name="Ad settings").click()
    expect(page.get_by_role("button", name="Save")).to_be_hidden()
    page.get_by_role("switch", name="Ad authorization").check()
    page.get_by_role("radio", name="30 days").check()
    walker.look()
    if size == "phone":
        walker.picture("phone-ad-settings")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Ad authorization is on")
    walker.look()
    page.get_by_role("link", name="Generate code").click()
    page.get_by_role("button", name="Copy code").click()
    expect(page.get_by_text("Copied. Send it to the brand.")).to_be_visible()
    walker.look()
    code = page.evaluate("navigator.clipboard.readText()")
    assert code == page.get_by_label("Copy this code").input_value()

    advertise(code, sandbox.get("world/")["brand"], sandbox)
    sandbox.advance(days=3)
    sandbox.phone(f"posts/{item_id}/request/", {"kind": "extend", "days": 30})
    page.get_by_role("link", name=re.compile("^Inbox")).click()
    expect(page.get_by_role("heading", name="Your post is being promoted")).to_be_visible()
    expect(page.get_by_role("heading", name="Sample Brand asks for 30 more days")).to_be_visible()
    walker.look()
    if size == "phone-dark":
        walker.picture("phone-inbox-dark")
    page.get_by_role("button", name="Agree").click()
    expect(page.get_by_text("Done: the same code now runs until")).to_be_visible()
    walker.look()

    page.goto(f"{sandbox.url}/phone/{handle}/posts/{item_id}/ads/")
    page.get_by_role("button", name="Extend").click()
    expect(page.get_by_text("Extended. The code stays the same.")).to_be_visible()
    expect(page.get_by_text("2026-05-30 23:59:59 UTC")).to_be_visible()
    walker.look()
    if size == "desk":
        walker.picture("phone-authorized-desk")
    page.get_by_role("switch", name="Ad authorization").uncheck()
    page.get_by_role("button", name="Save").click()
    walker.look()
    page.get_by_role("button", name="Turn off and delete code").click()
    expect(page.get_by_role("alert")).to_contain_text("An ad uses this post")
    walker.look()

    page.get_by_role("link", name="Feed").click()
    walker.look()
    page.locator(f"a.tile[href*='{item_id}']").first.click()
    for name in ("Organic", "Spark Ad", "Ads-only ad"):
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_attached()
    expect(page.get_by_text("Sponsored")).to_have_count(2)
    walker.look()
    if size == "desk":
        page.set_viewport_size({"width": 1280, "height": 680})
        page.wait_for_timeout(2_000)  # until the videos' controls have stopped turning
        walker.picture("phone-feed-desk")
    page.get_by_role("link", name="Show the truth").click()
    expect(page.get_by_role("heading", name="The sandbox knows")).to_have_count(2)
    walker.look()


@pytest.mark.parametrize("creator", [(390, 844, "light")], ids=["phone"], indirect=True)
def test_the_keyboard_alone_is_enough(creator: tuple[Walker, SandboxServer]) -> None:
    walker, sandbox = creator
    page, (handle, item_id) = walker.page, handle_and_post(sandbox)
    page.goto(f"{sandbox.url}/phone/{handle}/posts/{item_id}/")
    page.get_by_label("More").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Ad settings")).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("switch", name="Ad authorization").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Save")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Ends in 60 days")).to_be_visible()

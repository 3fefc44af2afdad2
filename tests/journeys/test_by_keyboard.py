"""By the keyboard alone, at the usual size and at 200 % zoom: codes, plan, approval, apply, stop. Without motion."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, expect

from conftest import DESK_SIZE, Opened, Walker

ZOOMED = (640, 430, "light")  # what 1280 x 860 shows at 200 %
MOST_TABS = 400


class Typist:
    """Somebody without a mouse: every step is a key, and what has the focus is what was looked for."""

    def __init__(self, walker: Walker) -> None:
        self.walker, self.page = walker, walker.page

    def to(self, place: Locator, *, key: str = "Tab") -> None:
        """Press Tab until a place has the focus. It must be in sight there: focus nobody sees is none."""
        expect(place.first).to_be_attached()
        for _ in range(MOST_TABS):
            if place.first.evaluate("each => each === document.activeElement"):
                seen = place.first.evaluate(
                    "each => { const box = each.getBoundingClientRect();"
                    " return box.bottom > 0 && box.top < innerHeight; }"
                )
                assert seen, f"{place} has the focus out of sight"
                return
            self.page.keyboard.press(key)
        raise AssertionError(f"{MOST_TABS} times {key} do not reach {place} on {self.page.url}")

    def press(self, place: Locator, key: str = "Enter") -> None:
        self.to(place)
        self.page.keyboard.press(key)

    def type(self, place: Locator, text: str) -> None:
        self.to(place)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def sign_in(self, name: str) -> None:
        self.walker.sign_out()
        self.page.goto(self.walker.opened.url + "/accounts/login/")
        self.type(self.page.get_by_label("E-mail"), f"{name}@shop.example")
        self.type(self.page.get_by_label("Password"), self.walker.opened.password)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/w/sample-shop/")

    def find(self, words: str, path: str) -> None:
        """Go to a page by Find."""
        self.page.keyboard.press("Control+k")
        self.page.keyboard.type(words)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(f"**{path}")
        self.walker.look()


@pytest.mark.parametrize("walker", [DESK_SIZE, ZOOMED], ids=["usual", "zoomed"], indirect=True)
def test_a_post_goes_from_its_code_to_an_ad_that_is_stopped(
    walker: Walker, request: pytest.FixtureRequest
) -> None:
    page, typist = walker.page, Typist(walker)
    named = f"By keyboard, {request.node.callspec.id}"

    typist.sign_in("manager")
    typist.find("add codes", "/authorizations/add/")
    code = walker.opened.fresh_code()
    typist.type(page.get_by_label("Video codes"), code)
    typist.press(page.get_by_role("button", name="Add codes", exact=True))
    expect(page.get_by_role("heading", name=re.compile("^Done: 1 of 1"))).to_be_visible()
    walker.look()

    typist.sign_in("buyer")
    typist.find("inventory", "/inventory/")
    typist.press(page.locator("input[name=posts]"), "Space")
    typist.type(page.get_by_label("Name", exact=True), named)
    typist.type(page.get_by_label("Daily budget per post"), "250.00")
    typist.press(page.get_by_role("button", name="Plan launch"))
    expect(page.get_by_text("a second person must approve")).to_be_visible()
    walker.look()
    plan = page.url

    typist.sign_in("finance")
    typist.find("plans", "/plans/")
    typist.press(page.get_by_role("link", name=named))
    page.wait_for_url(plan)
    typist.press(page.get_by_role("button", name=re.compile("^Approve")))
    expect(page.locator(".chip.is-approved")).to_be_visible()

    typist.sign_in("buyer")
    page.goto(plan)
    typist.press(page.get_by_role("button", name="Apply", exact=True))
    expect(page.get_by_text("3 of 3 switched on")).to_be_visible(timeout=60_000)
    expect(page.locator(".chip.is-applied")).to_be_visible()
    row = page.get_by_role("row").filter(has=page.get_by_text("Spark Ad", exact=True))
    ad_id = row.locator('[data-label="TikTok\'s id"]').inner_text()

    typist.find("live", "/live/")
    typist.press(page.get_by_role("link", name=re.compile("^All")))
    page.wait_for_url("**show=all*")
    page.keyboard.press("/")
    page.keyboard.type(ad_id)
    page.wait_for_url(f"**q={ad_id}*")
    walker.wait_for_rows(1)  # once it is read: in review first, and it may run by now
    typist.press(page.locator("td.pick input"), "Space")
    expect(page.locator("[data-count]")).to_have_text("1 selected")
    walker.look()
    page.keyboard.press("Enter")  # from the box to what can be done
    expect(page.get_by_role("button", name="Pause", exact=True).last).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="1 selected")).to_be_visible()
    walker.look()
    typist.type(page.get_by_label("Reason"), "Spends without selling.")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 ad is paused at TikTok.")).to_be_visible()
    walker.look()
    ads = walker.opened.phones("GET", "sandbox/v1/truth/")["ads"]
    off = {ad["ad_id"] for ad in ads if ad["operation_status"] == "DISABLE"}
    assert off & {
        ad["ad_id"] for ad in ads if named in ad.get("ad_name", "") or ad["ad_id"] == ad_id
    }


@pytest.mark.parametrize("walker", [DESK_SIZE], ids=["desk"], indirect=True)
def test_what_was_done_to_several_posts_is_undone(walker: Walker) -> None:
    page, typist = walker.page, Typist(walker)
    typist.sign_in("buyer")
    typist.find("posts", "/posts/")
    boxes = page.locator("td.pick input")
    before = page.locator("td[data-label=Status]").all_inner_texts()
    boxes.nth(0).focus()
    page.keyboard.press("Space")
    boxes.nth(2).click(modifiers=["Shift"])
    expect(page.locator("[data-count]")).to_have_text("3 selected")
    page.get_by_role("button", name="Set status").click()
    page.get_by_label("Status", exact=True).select_option("keep_out")
    page.get_by_label("Reason").fill("Season over.")
    page.get_by_role("button", name="Set status: 3").click()
    expect(page.get_by_text("3 posts have another status.")).to_be_visible()
    walker.look()
    walker.look_in_the_dark()
    typist.press(page.get_by_role("button", name="Undo"))
    expect(page.get_by_text("Undone for 3 rows.")).to_be_visible()
    assert page.locator("td[data-label=Status]").all_inner_texts() == before


MOVING = """() => [...document.querySelectorAll('*')].filter(each => {
  const style = getComputedStyle(each);
  return parseFloat(style.transitionDuration) > 0 || style.animationName !== 'none';
}).length"""


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_nothing_moves_for_whoever_wants_no_motion(
    chromium: Browser, opened: Opened, motion: str
) -> None:
    context = chromium.new_context(viewport={"width": 1280, "height": 860}, reduced_motion=motion)  # type: ignore[arg-type]  # one of the two
    walker = Walker(context.new_page(), opened)
    walker.sign_in("buyer")
    moving = 0
    for path in ("", "posts/", "live/", "plans/1/", "authorizations/batches/1/"):
        walker.go(path)
        moving += walker.page.evaluate(MOVING)
    assert (moving == 0) is (motion == "reduce")
    page = walker.page
    walker.go("live/")
    page.get_by_role("button", name=re.compile("^Pause")).first.click()
    expect(page.get_by_role("dialog").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog").first).to_be_hidden()
    context.close()

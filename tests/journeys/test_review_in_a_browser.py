"""The review desk in a browser: a film plays, notes stand at the playhead, the decision is in sight."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from takes import recorded

from conftest import PHONE_SIZE, Opened, Walker, walking

pytestmark = [pytest.mark.journey, pytest.mark.slow]

FILM = "document.querySelector('[data-film]')"
IN_SIGHT = """(each) => {
  const box = each.getBoundingClientRect();
  return box.top >= 0 && box.bottom <= innerHeight && box.height > 0;
}"""


def until(walker: Walker, words: str) -> None:
    """Wait for something of the film; the pages' policy lets no polling function be evaluated."""
    for _ in range(100):
        if walker.page.evaluate(words):
            return
        walker.page.wait_for_timeout(100)
    raise AssertionError(f"never: {words}")


def submitted(walker: Walker) -> str:
    """A film that the manager submits for a deliverable of its own; the path of its review."""
    page = walker.page
    walker.go("briefs/?state=ready")
    page.locator("#main tbody a").first.click()
    page.get_by_role("link", name="Assign to creators").click()
    page.locator("input[name=creator]").first.check()
    page.get_by_label("Title").fill("Review in a browser")
    page.get_by_role("button", name="Assign").click()
    page.get_by_role("link", name="Review in a browser").first.click()
    page.get_by_role("link", name=re.compile("Submit")).first.click()
    browser = page.context.browser
    assert browser is not None
    film = recorded(browser, "Sample review", seconds=4)
    payload = {"name": "clip.mp4", "mimeType": "video/mp4", "buffer": film}
    page.get_by_label("File").set_input_files([payload])  # type: ignore[list-item]  # a payload, not a path
    page.get_by_label("Caption as it will be posted").fill("A sample caption #ad")
    page.locator("main form button").last.click()
    expect(page.get_by_text("is submitted. Reviewers were notified.")).to_be_visible()
    href = page.locator("a[href*='/briefs/drafts/']").first.get_attribute("href")
    assert href is not None
    return href.split("/sample-shop/")[1]


def test_a_film_is_watched_noted_and_decided_on(desk: Walker, opened: Opened) -> None:
    page = desk.page
    desk.sign_in("manager")
    path = submitted(desk)
    desk.be("reviewer")
    desk.go(path)
    _film_is_sent_in_ranges_to_members_only(desk, opened, path)

    expect(page.get_by_role("button", name="Save decision for brand")).to_be_visible()
    assert page.get_by_role("button", name="Save decision for brand").evaluate(IN_SIGHT)
    assert page.get_by_role("button", name="Add note").evaluate(IN_SIGHT)

    until(desk, f"{FILM}.readyState >= 1")
    page.locator("h1").click()
    page.keyboard.press("k")
    until(desk, f"{FILM}.currentTime > 1.2")
    page.keyboard.press("n")
    assert page.evaluate(f"{FILM}.paused")
    at = page.get_by_label("Timestamp").input_value()
    assert re.fullmatch(r"0:0[1-4]", at)
    page.keyboard.type("The logo is cut off.")
    page.get_by_role("button", name="Add note").click()
    expect(page.locator(".notes").get_by_text("The logo is cut off.")).to_be_visible()
    desk.look()
    desk.look_in_the_dark()

    page.evaluate(f"{FILM}.currentTime = 0")
    page.get_by_role("button", name=f"Go to {at} of the video").click()
    until(desk, f"{FILM}.currentTime >= {int(at[-1])} && !{FILM}.seeking")


def _film_is_sent_in_ranges_to_members_only(desk: Walker, opened: Opened, path: str) -> None:
    address = opened.page(path + "file/")
    part = desk.page.request.get(address, headers={"Range": "bytes=0-99"})
    assert (part.status, len(part.body())) == (206, 100)
    assert part.headers["content-range"].startswith("bytes 0-99/")
    browser = desk.page.context.browser
    assert browser is not None
    outside = browser.new_context()
    answer = outside.request.get(address, max_redirects=0)
    assert answer.status == 302
    assert "/accounts/login/" in answer.headers["location"]
    outside.close()


def test_a_phone_has_the_decision_in_sight(chromium: object, opened: Opened) -> None:
    with walking(chromium, opened, PHONE_SIZE) as phone:  # type: ignore[arg-type]  # the session's browser
        phone.sign_in("manager")
        path = submitted(phone)
        phone.be("reviewer")
        phone.go(path)
        page = phone.page
        for name in ("Approve", "Ask for changes"):
            link = page.get_by_role("navigation", name="Decide on this draft").get_by_role(
                "link", name=name
            )
            assert link.evaluate(IN_SIGHT)
        page.get_by_role("link", name="Ask for changes").click()
        expect(page.get_by_label("Ask for changes")).to_be_checked()
        expect(page.get_by_label("Reason")).to_be_focused()
        page.keyboard.type("Show the bottle.")
        phone.look()
        page.get_by_role("button", name="Save decision for brand").click()
        expect(page.get_by_text("Saved. The deliverable is now:")).to_be_visible()
        phone.look()

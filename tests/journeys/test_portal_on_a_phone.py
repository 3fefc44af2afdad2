"""Every page of the creators' portal on a phone: both languages, both colours, targets for a thumb."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from conftest import PHONE_SIZE, Walker

pytestmark = [pytest.mark.journey, pytest.mark.slow]

PAGES = ("", "ads/", "payments/", "consents/")
THUMB = 44  # CSS pixels
TARGETS = (
    "button, .button, .check, .portal-task, .portal-nav a, summary, select, textarea, "
    "input:not([type=hidden], [type=checkbox], [type=radio])"
)
SMALL = """([targets, least]) => [...document.querySelectorAll(targets)]
  .filter((each) => each.offsetParent !== null)
  .map((each) => [each.outerHTML.slice(0, 80), each.getBoundingClientRect().height])
  .filter(([, height]) => height < least - 0.5)"""


def look(walker: Walker) -> None:
    walker.look()
    walker.look_in_the_dark()
    assert walker.page.evaluate(SMALL, [TARGETS, THUMB]) == [], walker.page.url


@pytest.mark.parametrize("walker", [PHONE_SIZE], ids=["phone"], indirect=True)
@pytest.mark.parametrize("handle", ["sample.jonas", "sample.lou"], ids=["changes", "offered"])
def test_every_portal_page_fits_a_thumb_in_both_languages(walker: Walker, handle: str) -> None:
    walker.open_portal(handle)
    for button, words in (("Español", "Pagos"), ("English", "Payments")):
        walker.portal()
        walker.page.get_by_role("button", name=button).click()
        expect(walker.page.get_by_role("link", name=words)).to_be_visible()
        for path in PAGES:
            walker.portal(path)
            look(walker)
        walker.portal()
        for task in [
            each.get_attribute("href") for each in walker.page.locator(".portal-task").all()
        ]:
            walker.page.goto(walker.opened.url + str(task))
            for summary in walker.page.locator("summary").all():
                summary.click()
            look(walker)


def test_a_link_that_was_used_says_so(walker: Walker) -> None:
    walker.page.set_viewport_size({"width": 390, "height": 844})
    address = walker.opened.portal_link("sample.iris")
    walker.page.goto(address)
    walker.page.get_by_role("button", name="Open my pages").click()
    walker.page.wait_for_url("**/portal/")
    walker.page.get_by_role("button", name="Close my pages here").click()
    expect(walker.page.get_by_role("heading", name="Closed on this device")).to_be_visible()
    look(walker)
    walker.page.goto(address)
    expect(walker.page.get_by_text(re.compile("already used"))).to_be_visible()
    look(walker)

"""Workspace in a browser: settings, members, an invitation, calls; and a name as long as it may be on every page."""

from __future__ import annotations

import pytest

from conftest import DESK_SIZE, PHONE_SIZE, Walker

pytestmark = pytest.mark.journey
LONG = "Averyveryverylongnamewithoutasingleblank" * 3
PAGES = (
    "", "creators/", "agreements/", "briefs/", "posts/", "authorizations/", "inventory/", "plans/", "live/",
    "live/?show=all", "profit/", "payments/", "orders/", "workspace/", "workspace/settings/", "workspace/members/",
    "workspace/audit/", "workspace/calls/", "workspace/notices/", "workspace/products/",
)  # fmt: skip
OVERLAPS = """() => {
  const boxes = [...document.querySelectorAll('main .card')].map(each => [each, each.getBoundingClientRect()]);
  return boxes.flatMap(([a, one]) => boxes.filter(([b, other]) => a !== b && !a.contains(b) && !b.contains(a)
    && one.left < other.right - 1 && other.left < one.right - 1
    && one.top < other.bottom - 1 && other.top < one.bottom - 1).map(([b]) => [a.innerText, b.innerText]));
}"""
SPILLS = """() => [...document.querySelectorAll('main .card')].filter(card =>
  card.scrollWidth > card.clientWidth + 1).map(card => card.innerText.slice(0, 60))"""


@pytest.mark.parametrize("walker", [DESK_SIZE, PHONE_SIZE], ids=["desk", "phone"], indirect=True)
def test_settings_members_and_long_names(walker: Walker) -> None:
    page = walker.page
    walker.sign_in("owner")
    walker.go("workspace/settings/")
    before = page.get_by_label("Name", exact=True).input_value()
    page.get_by_label("Name", exact=True).fill(LONG)
    page.get_by_role("button", name="Save").click()
    page.get_by_text("The settings are saved.").wait_for()
    for path in PAGES:
        walker.go(path)
        assert page.evaluate(OVERLAPS) == [], path
        assert page.evaluate(SPILLS) == [], path
    walker.go("workspace/settings/")
    page.get_by_label("Name", exact=True).fill(before)
    page.get_by_role("button", name="Save").click()
    page.get_by_text("The settings are saved.").wait_for()


@pytest.mark.parametrize("walker", [PHONE_SIZE], ids=["phone"], indirect=True)
def test_an_invitation_from_link_to_today(walker: Walker) -> None:
    page = walker.page
    walker.sign_in("owner")
    walker.go("workspace/members/")
    page.get_by_role("region", name="Invite a person").get_by_label("Role").select_option("viewer")
    page.get_by_role("button", name="Create link").click()
    link = page.locator(".token").inner_text()
    walker.look()
    walker.sign_out()
    page.goto(link)
    walker.look()
    page.get_by_label("E-mail").fill("nina@shop.example")
    page.get_by_label("Name").fill("Nina")
    page.get_by_label("Password").fill("a long enough password")
    page.get_by_role("button", name="Create account and join").click()
    page.wait_for_url("**/w/sample-shop/")
    walker.sign_out()
    page.goto(link)
    page.get_by_text("This invitation is closed").wait_for()
    walker.look()
    walker.sign_in("owner")
    walker.go("workspace/members/")
    page.get_by_role("button", name="Remove nina@shop.example").click()
    dialog = page.get_by_role("dialog", name="Remove nina@shop.example")
    dialog.get_by_role("button", name="Remove").click()
    page.get_by_text("no longer a member").wait_for()
    walker.look()

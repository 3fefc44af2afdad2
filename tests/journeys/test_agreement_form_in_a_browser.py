"""The form of an agreement in a browser: a template, what folded groups hold, the contract while one types."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from conftest import DESK_SIZE, PHONE_SIZE, Walker

pytestmark = [pytest.mark.journey, pytest.mark.slow]


@pytest.mark.parametrize("walker", [DESK_SIZE, PHONE_SIZE], ids=["desk", "phone"], indirect=True)
def test_an_agreement_starts_from_a_template_and_is_read_while_it_is_typed(walker: Walker) -> None:
    page = walker.page
    walker.sign_in("manager")
    walker.go("agreements/templates/")
    walker.look_in_the_dark()
    walker.go("agreements/new/")
    page.get_by_label("Creator's handle", exact=True).fill("sample.iris")
    page.get_by_role("link", name="Flat fee, 60 days").click()
    expect(page.get_by_label("Term (days)")).to_have_value("60")
    expect(page.get_by_label("Creator's handle", exact=True)).to_have_value("sample.iris")

    page.get_by_label("Title").fill("Typed in a browser")
    page.get_by_label("Content fee").fill("450")
    expect(page.get_by_text("Fee for the content: 450.00 USD.")).to_be_visible()
    page.get_by_text("Español").click()
    expect(page.get_by_text("Pago por el contenido: 450.00 USD.")).to_be_visible()

    group = page.locator("summary", has_text="Usage rights")
    group.focus()
    page.keyboard.press("Enter")
    page.get_by_label("Countries").fill("us ca")
    expect(group).to_contain_text("countries: US, CA")
    expect(page.get_by_label("Countries")).to_be_focused()
    walker.look()
    walker.look_in_the_dark()

    page.get_by_label("Term (days)").fill("")
    expect(page.get_by_text("Not shown yet")).to_be_visible()
    page.get_by_label("Term (days)").fill("45")
    page.locator("summary", has_text="Exclusivity").click()
    page.get_by_label("Days", exact=True).fill("30")
    page.locator("summary", has_text="Exclusivity").click()
    page.get_by_role("button", name="Save as draft").click()
    expect(page.get_by_label("Named competitors")).to_be_visible()
    expect(page.get_by_label("Content fee")).to_have_value("450")
    walker.look()
    page.get_by_label("Named competitors").fill("Rival")
    page.get_by_role("button", name="Save as draft").click()
    expect(page.get_by_role("heading", level=1, name="Typed in a browser")).to_be_visible()
    walker.look()

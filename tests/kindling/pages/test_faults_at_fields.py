"""Forms of the areas from agreements to the tracker: what is wrong stands at its field, and what was typed is kept."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from furnished import Browser, Furnished
from test_access import addresses

CODE = "#SampleSecretCode0123456789abcdefgh="
HOSTILE = [
    "",
    "x" * 200_000,
    "\u202eabc\u200b",
    "مرحبا",
    "👩‍👧",
    "<script>alert(1)</script>",
    "1.500,00",
    "1,500.00",
    "1899-12-31",
    "9" * 40,
    "-1",
    "٣",
    "' OR 1=1 --",
]
FORMS: dict[str, tuple[str, ...]] = {
    "authorizations:ask": ("days", "through", "ad_account"),
    "authorizations:renew": ("days", "price", "reason"),
    "authorizations:end_consent": ("reason",),
    "authorizations:paste": ("codes", "ad_account"),
    "authorizations:look": ("codes", "ad_account"),
    "authorizations:choose_account": ("ad_account",),
    "profiles:note_consent": ("collab_ends_on",),
    "profiles:make_code": ("days", "ad_account"),
    "profiles:move": ("lane", "reason"),
    "profiles:tag": ("sku",),
    "profiles:approve_caption": ("version",),
    "profiles:allow_again": ("reason",),
    "launches:new": (
        "posts",
        "ad_account",
        "name",
        "objective",
        "daily_budget",
        "days",
        "call_to_action",
        "countries",
        "landing_url",
    ),
    "launches:approve": ("digest",),
    "delivery:pause": ("reason",),
    "delivery:choose_protection": ("mode", "seen"),
    "agreements:post_live": ("item_id", "live_on"),
    "agreements:add_payable": ("kind", "amount", "due_in_days", "what"),
    "agreements:plan_sample": ("sku", "quantity", "value", "note"),
    "agreements:move_sample": ("to", "carrier", "tracking_number"),
    "agreements:open_breach": ("kind", "item_id", "right", "evidence"),
    "agreements:resolve": ("remedy", "replacement_item_id", "resolution"),
    "agreements:consent": ("as_name", "reason"),
    "agreements:withdraw": ("reason",),
    "agreements:new": ("creator", "title", "currency", "media", "term_days", "content_fee_minor"),
    "agreements:write": ("start_on", "renewal_prices", "item_ids", "commission_ads_bp"),
    "agreements:end": ("reason", "with_kill_fee"),
    "payments:approve": ("invoice_number",),
    "payments:pay": ("reference",),
    "payments:cancel": ("reason",),
    "posts:agreements": ("file",),
    "products:list": ("file",),
    "products:landing_page": ("title", "price", "stock"),
    "conversions:import": ("file", "do"),
    "tracker:choose": ("file",),
    "tracker:import": ("ad_account", "header", "c0", "order"),
}


def where(furnished: Furnished, name: str) -> str:
    return next(each for each in addresses() if each.name == name).url(furnished)


def text(answer: Any) -> str:
    return str(answer.content.decode())


def sent(value: str, names: tuple[str, ...]) -> dict[str, object]:
    """The value in every field of a form, as a file where it wants one."""
    return {
        name: SimpleUploadedFile("x.csv", value.encode()) if name == "file" else value
        for name in names
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMS)
def test_whatever_is_typed_is_answered_and_never_run(
    furnished: Furnished, browser: Browser, name: str
) -> None:
    url, client = where(furnished, name), browser("owner")
    for value in HOSTILE:
        answer = client.post(url, sent(value, FORMS[name]))
        # 404: a tracker is forgotten once it is imported.
        assert answer.status_code in {200, 302, 404, 409, 422}, (value[:20], answer.status_code)
        if answer.status_code != 302:
            assert "<script>alert(1)" not in text(answer)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "field", "typed", "says"),
    [
        ("authorizations:ask", "days", {"days": "8", "through": "portal"}, "valid choice"),
        ("authorizations:renew", "price", {"days": "30", "price": "1.500,00"}, "two ways"),
        ("authorizations:renew", "reason", {"days": "30", "price": "1.50"}, "needs a reason"),
        ("profiles:note_consent", "collab_ends_on", {"collab_ends_on": "1899-12-31"}, "range"),
        ("profiles:move", "reason-status", {"lane": "keep_out", "reason": ""}, "required"),
        ("launches:new", "days", {"days": "many", "daily_budget": "50.00"}, "whole number"),
        (
            "agreements:add_payable",
            "amount",
            {"kind": "bonus", "amount": "-1", "due_in_days": "30", "what": "x"},
            "above zero",
        ),
        ("agreements:plan_sample", "quantity", {"sku": "S", "quantity": "٣"}, "whole number"),
        ("agreements:post_live", "item_id-live", {"item_id": "a link"}, "digits only"),
        ("agreements:open_breach", "kind-breach", {"kind": "the moon"}, "valid choice"),
        ("agreements:new", "creator", {"creator": ""}, "required"),
        ("products:list", "file", {}, "No file was chosen"),
        ("conversions:import", "file", {"do": "import"}, "No file was chosen"),
        ("tracker:choose", "file", {}, "No file was chosen"),
        ("posts:agreements", "file", {}, "No file was chosen"),
    ],
)
def test_a_fault_stands_at_its_field(
    furnished: Furnished,
    browser: Browser,
    name: str,
    field: str,
    typed: dict[str, str],
    says: str,
) -> None:
    answer = browser("owner").post(where(furnished, name), typed)
    assert answer.status_code == 422
    page = text(answer)
    assert 'role="alert"' in page
    faults = dict(re.findall(r'class="errorlist" id="([^"]+)_error">([^<]+)<', page))
    assert says in faults.get(field, ""), faults
    assert re.search(rf'id="{field}"[^>]*aria-invalid|aria-invalid[^>]*id="{field}"', page)


@pytest.mark.slow
class TestWhatWasTyped:
    def test_is_kept_in_the_form_that_it_was_typed_in_alone(
        self, furnished: Furnished, browser: Browser
    ) -> None:
        page = text(
            browser("owner").post(
                where(furnished, "agreements:add_payable"),
                {"kind": "kill_fee", "amount": "1.500,00", "due_in_days": "7", "what": "Kept."},
            )
        )
        for kept in ('value="1.500,00"', 'value="7"', 'value="Kept."', 'value="kill_fee" selected'):
            assert kept in page
        assert page.count('value="Kept."') == 1
        assert '<details class="card-foot" open><summary>Add a bonus' in page

    def test_is_kept_where_a_rule_of_the_use_case_is_broken(
        self, furnished: Furnished, browser: Browser
    ) -> None:
        item_id = furnished.plan.content["objects"][-1]["item_id"]
        given = {
            "posts": item_id,
            "ad_account": furnished.team.account.advertiser_id,
            "days": "9999",
            "daily_budget": "12.50",
            "name": "<b>Kept</b>",
        }
        page = text(browser("owner").post(where(furnished, "launches:new"), given))
        assert re.search(r'id="days_error">[^<]*not a valid flight', page)
        for kept in (
            'value="12.50"',
            'value="&lt;b&gt;Kept&lt;/b&gt;"',
            f'value="{item_id}" checked',
        ):
            assert kept in page

    def test_is_kept_in_its_row_of_a_list(self, furnished: Furnished, browser: Browser) -> None:
        pk = furnished.payable.pk
        page = text(
            browser("owner").post(
                where(furnished, "payments:approve"), {"invoice_number": "N" * 61}
            )
        )
        assert f'id="invoice_number-{pk}_error"' in page
        assert "<details open><summary>Approve" in page
        assert f'value="{"N" * 61}"' in page

    @pytest.mark.parametrize("page", ["paste", "look"])
    def test_is_never_written_back_where_it_is_a_code(
        self, furnished: Furnished, browser: Browser, page: str
    ) -> None:
        url = where(furnished, f"authorizations:{page}")
        for more in ({}, {"ad_account": "999"}, {"file": SimpleUploadedFile("x", b"\xff\xfe\0")}):
            answer = browser("owner").post(url, {"codes": CODE, "ad_account": "999", **more})
            assert answer.status_code == 422
            assert CODE[:12] not in text(answer)

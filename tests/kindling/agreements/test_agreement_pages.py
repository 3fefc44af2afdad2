"""Pages and API of agreements: what was typed stays, what happened is shown, nobody else gets in."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from deals import PAID, Deal
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kindling.agreements import samples, service
from kindling.agreements.contract import fields
from kindling.agreements.contract.terms import Medium, StartTrigger, Terms
from kindling.agreements.models import Agreement, Payable
from kindling.kit.money import Money
from kindling.lists.spec import find_list
from kindling.notices.models import Notice
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import User, Workspace
from kindling.workspaces.service import Actor, system_actor


def where(deal: Deal, name: str, *more: object) -> str:
    return reverse(name, args=[deal.workspace.slug, *more])


def text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined, no-any-return]  # Django's test answer


def typed(deal: Deal, terms: Terms = PAID, **changes: object) -> dict[str, object]:
    return {"creator": "@sample.ana", "title": "Spring video", **fields.show(terms), **changes}


def test_both_commissions_stand_above_the_button_that_records_a_consent(
    deal: Deal, desk: Client
) -> None:
    shop = replace(
        PAID,
        media=(*PAID.media, Medium.SHOP_ADS),
        commission_organic_bp=1_500,
        commission_ads_bp=800,
    )
    desk.post(where(deal, "agreements:new"), typed(deal, shop))
    page = text(desk.get(where(deal, "agreements:one", Agreement.objects.get().pk)))
    said = "15 % of sales through the post itself, 8 % of sales by Shop ads (with GMV Max)."
    assert page.index(said) < page.index("Record consent</button>")


class TestTheForm:
    def test_starts_from_the_usual_values_in_the_workspace_s_currency(
        self, deal: Deal, desk: Client
    ) -> None:
        page = text(desk.get(where(deal, "agreements:new") + "?creator=sample.ana"))
        assert 'name="term_days" value="30" inputmode="numeric"' in page
        assert 'value="USD"' in page
        assert 'value="sample.ana"' in page

    def test_writes_an_agreement(self, deal: Deal, desk: Client) -> None:
        answer = desk.post(where(deal, "agreements:new"), typed(deal))
        made = Agreement.objects.get()
        assert answer["Location"] == where(deal, "agreements:one", made.pk)
        assert service.newest_version(made).content == PAID

    def test_keeps_what_was_typed_and_marks_each_wrong_field(
        self, deal: Deal, desk: Client
    ) -> None:
        answer = desk.post(
            where(deal, "agreements:new"),
            typed(deal, term_days="a month", forbidden_claims="It heals <b>all</b>", media=[]),
        )
        page = text(answer)
        assert answer.status_code == 422
        assert 'id="term_days_error"' in page
        assert "It heals &lt;b&gt;all&lt;/b&gt;" in page
        assert 'value="a month"' in page
        assert not Agreement.objects.exists()

    def test_says_when_there_is_no_such_creator(self, deal: Deal, desk: Client) -> None:
        answer = desk.post(where(deal, "agreements:new"), typed(deal, creator="nobody"))
        assert answer.status_code == 422
        assert "Creator @nobody was not found." in text(answer)
        assert 'id="creator_error"' in text(answer)
        assert 'value="Spring video"' in text(answer)

    def test_makes_a_new_version_of_what_was_agreed(self, deal: Deal, desk: Client) -> None:
        version = deal.agreed()
        url = where(deal, "agreements:write", version.agreement_id)
        assert "until the creator consents to the new one" in text(desk.get(url))
        desk.post(url, typed(deal, replace(PAID, term_days=60)))
        shown = text(desk.get(where(deal, "agreements:version", version.agreement_id, 2)))
        assert "<del>30</del>" in shown
        assert "<ins>60</ins>" in shown


class TestOneAgreement:
    def test_goes_from_draft_to_consent_on_paper(self, deal: Deal, desk: Client) -> None:
        version = deal.drafted()
        pk = version.agreement_id
        page = text(desk.post(where(deal, "agreements:offer", pk, 1), follow=True))
        assert "is waiting for the creator" in page
        answer = desk.post(
            where(deal, "agreements:consent", pk, 1),
            {"as_name": "Sample Ana", "reason": "Signed on paper.",
             "document": SimpleUploadedFile("signed.pdf", b"%PDF-1.7 sample")},
            follow=True,
        )  # fmt: skip
        assert "Agreed" in text(answer)
        assert "Sample Ana" in text(answer)
        given = desk.get(where(deal, "agreements:document", pk, 1))
        assert given.content == b"%PDF-1.7 sample"
        assert given["Content-Type"] == "application/pdf"
        assert given["X-Content-Type-Options"] == "nosniff"
        assert given["Content-Disposition"] == 'attachment; filename="signed.pdf"'

    def test_refuses_a_file_that_only_says_it_is_a_pdf_and_keeps_the_name(
        self, deal: Deal, desk: Client
    ) -> None:
        version = deal.drafted()
        answer = desk.post(
            where(deal, "agreements:consent", version.agreement_id, 1),
            {"as_name": "Sample Ana", "reason": "Paper.",
             "document": SimpleUploadedFile("signed.pdf", b"<script>")},
        )  # fmt: skip
        assert answer.status_code == 422
        assert "The document is not a PDF." in text(answer)
        assert 'value="Sample Ana"' in text(answer)

    def test_needs_a_reason_to_withdraw(self, deal: Deal, desk: Client) -> None:
        version = deal.offered()
        url = where(deal, "agreements:withdraw", version.agreement_id, 1)
        assert desk.post(url, {"reason": ""}).status_code == 422
        assert "Withdrawn" in text(desk.post(url, {"reason": "Price."}, follow=True))

    @pytest.mark.slow
    def test_starts_the_clocks_of_a_post_noted_as_live(self, deal: Deal, desk: Client) -> None:
        version = deal.agreed()
        url = where(deal, "agreements:post_live", version.agreement_id)
        post = "7400000000000000001"
        assert desk.post(url, {"item_id": "a link"}).status_code == 422
        assert desk.post(url, {"item_id": post, "live_on": "2030-01-01"}).status_code == 422
        assert "31 Mar 2026" in text(desk.post(url, {"item_id": post}, follow=True))
        other = desk.post(url, {"item_id": "7400000000000000002"})
        assert other.status_code == 409
        assert "does not cover that post" in text(other)

    def test_reads_in_spanish_too(self, deal: Deal, desk: Client) -> None:
        url = where(deal, "agreements:one", deal.agreed().agreement_id)
        assert "Qué puede hacer la marca" in text(desk.get(url + "?language=es"))

    def test_shows_text_of_people_as_text(self, deal: Deal, desk: Client) -> None:
        version = deal.drafted(replace(PAID, other_clauses=("<script>alert(1)</script>",)))
        page = text(desk.get(where(deal, "agreements:one", version.agreement_id)))
        assert "<script>alert(1)" not in page

    def test_gives_the_evidence_pack(self, deal: Deal, desk: Client) -> None:
        answer = desk.post(where(deal, "agreements:pack", deal.agreed().agreement_id))
        assert answer["Content-Type"] == "application/zip"
        assert answer.content[:2] == b"PK"

    def test_opens_and_resolves_a_breach(self, deal: Deal, desk: Client) -> None:
        version = deal.agreed()
        pk = version.agreement_id
        url = where(deal, "agreements:open_breach", pk)
        assert desk.post(url, {"kind": "other", "evidence": ""}).status_code == 422
        page = text(desk.post(url, {"kind": "other", "evidence": "Late."}, follow=True))
        assert "Late." in page
        breach = version.agreement.breaches.get()
        done = desk.post(
            where(deal, "agreements:resolve", breach.pk),
            {"remedy": "waived", "resolution": "Talked about it."}, follow=True,
        )  # fmt: skip
        assert "Resolved." in text(done)

    def test_lists_and_resolves_a_breach_that_is_of_no_agreement(
        self, deal: Deal, desk: Client
    ) -> None:
        breach = service.open_breach(
            system_actor(deal.workspace), deal.creator, kind="revoked", item_id="7" * 19,
            evidence="The code is gone.", at=deal.now,
        )  # fmt: skip
        told = Notice.objects.get(title__startswith="Breach")
        page = text(desk.get(f"/w/{deal.workspace.slug}/{told.path}"))
        assert "The code is gone." in page
        url = where(deal, "agreements:resolve", breach.pk)
        wrong = desk.post(url, {"remedy": "refund", "resolution": "Paid back."})
        assert wrong.status_code == 422
        assert "No refund is due" in text(wrong)
        assert "<details open><summary>Resolve" in text(wrong)
        assert 'value="Paid back."' in text(wrong)
        desk.post(url, {"remedy": "waived", "resolution": "Let go."})
        breaches = where(deal, "agreements:breaches")
        assert "Let go." in text(desk.get(breaches + "?state=resolved&q=7777"))
        assert "Let go." not in text(desk.get(breaches + "?state=open"))

    @pytest.mark.slow
    def test_asks_which_right_a_breach_is_of_where_it_cannot_be_told(
        self, deal: Deal, desk: Client
    ) -> None:
        post = "7400000000000000001"
        first, second = (
            deal.agreed(replace(PAID, item_ids=(post,), start_trigger=StartTrigger.FIRST_SPEND))
            for _ in range(2)
        )
        breach = service.open_breach(
            system_actor(deal.workspace), deal.creator, kind="deleted", item_id=post,
            evidence="Gone.", at=deal.now,
        )  # fmt: skip
        page = text(desk.get(where(deal, "agreements:one", second.agreement_id)))
        assert "Assign to this agreement?" in page
        chosen = where(deal, "agreements:choose_right", second.agreement_id, breach.pk)
        for theirs in ("0", str(first.rights.get().pk), "x", ""):
            assert desk.post(chosen, {"right": theirs}).status_code == 422
        right = second.rights.get()
        assert "assigned to this agreement" in text(
            desk.post(chosen, {"right": right.pk}, follow=True)
        )
        assert (second.agreement.breaches.get(), first.agreement.breaches.count()) == (breach, 0)

    def test_plans_and_sends_a_sample(self, deal: Deal, desk: Client) -> None:
        pk = deal.agreed().agreement_id
        wrong = desk.post(
            where(deal, "agreements:plan_sample", pk),
            {"sku": "S", "quantity": "many", "value": "1.500,00"},
        )
        assert wrong.status_code == 422
        page = text(wrong)
        assert "Quantity: &#x27;many&#x27; is not a whole number." in page
        assert 'value="1.500,00" inputmode="decimal"' in page
        assert 'aria-describedby="value_helptext value_error"' in page
        desk.post(
            where(deal, "agreements:plan_sample", pk),
            {"sku": "SERUM", "quantity": "1", "value": "40.00"},
        )
        sample = Agreement.objects.get(pk=pk).samples.get()
        url = where(deal, "agreements:move_sample", sample.pk)
        assert desk.post(url, {"to": "the moon"}).status_code == 422
        page = text(desk.post(url, {"to": "sent", "tracking_number": "T-1"}, follow=True))
        assert "T-1" in page


class TestPayments:
    def test_go_from_due_to_paid(self, deal: Deal, till: Client) -> None:
        deal.agreed()
        fee = Payable.objects.get(kind="content_fee")
        assert "$300.00" in text(till.get(where(deal, "payments:list")))
        till.post(where(deal, "payments:approve", fee.pk), {"invoice_number": "INV-9"})
        refused = till.post(where(deal, "payments:pay", fee.pk), {"reference": ""})
        assert refused.status_code == 422
        assert "Payment reference: This field is required." in text(refused)
        alone = till.post(where(deal, "payments:pay", fee.pk), {"reference": "SEPA 1"})
        assert "needs a second person" in text(alone)
        Workspace.objects.update(pay_second_person_above_minor=30_000)
        till.post(where(deal, "payments:pay", fee.pk), {"reference": "SEPA 1"})
        assert "SEPA 1" in text(till.get(where(deal, "payments:list") + "?which=paid"))

    def test_are_exported_with_every_column(self, deal: Deal, till: Client) -> None:
        deal.agreed()
        spec = find_list("payments")
        chosen = {"columns": [each.name for each in spec.columns if not each.is_title]}
        till.post(where(deal, "lists:columns", "payments"), chosen)
        Payable.objects.filter(kind="content_fee").update(
            what="=HYPERLINK(1)", reference="@SUM(A1)"
        )
        sheet = text(till.get(where(deal, "lists:export", "payments"))).removeprefix("\ufeff")
        row = next(
            each for each in csv.DictReader(io.StringIO(sheet)) if each["kind"] == "Content fee"
        )
        assert (row["payment"], row["reference"]) == ("'=HYPERLINK(1)", "'@SUM(A1)")
        assert (row["handle"], row["amount"], row["amount_currency"]) == (
            "sample.ana",
            "300.00",
            "USD",
        )
        assert (row["state"], row["next_step"]) == ("Due", "Approve")

    def test_are_those_to_pay_unless_others_are_asked_for(self, deal: Deal, till: Client) -> None:
        deal.agreed()
        url = where(deal, "payments:list")
        fee = Payable.objects.get(kind="content_fee")
        till.post(where(deal, "payments:cancel", fee.pk), {"reason": "Not delivered"})
        assert "Not delivered" not in text(till.get(url))
        assert "Not delivered" in text(till.get(url + "?which=all"))
        assert till.get(url + "?which=nothing").status_code == 422

    def test_that_one_made_oneself_wait_for_a_second_person(self, deal: Deal, till: Client) -> None:
        deal.agreed()
        Payable.objects.update(created_by=deal.finance.user)
        shown = text(till.get(where(deal, "payments:list")))
        assert "A second person must approve this." in shown
        row = shown.split("A second person must approve this.")[1].split("</tr>")[0]
        assert "Cancel payment" in row
        assert "Approve</summary>" not in row


@pytest.mark.slow
class TestLists:
    def test_filter_and_find(self, deal: Deal, desk: Client) -> None:
        deal.drafted(title="Spring video")
        deal.agreed()
        url = where(deal, "agreements:list")
        assert "Nothing matches" in text(desk.get(url + "?state=ended"))
        assert "Spring video" in text(desk.get(url + "?q=sample.ana&state=draft"))
        assert "Nothing matches" in text(desk.get(url + "?q=nothing"))

    def test_ask_no_more_queries_when_rows_grow(self, deal: Deal, desk: Client) -> None:
        names = ["agreements:list", "payments:list", "agreements:samples"]

        def add() -> None:
            version = deal.agreed()
            samples.plan(
                deal.manager,
                version.agreement,
                sku="S",
                quantity=1,
                value=Money(100, "USD"),
                at=deal.now,
            )

        def count() -> list[int]:
            counts = []
            for name in names:
                with CaptureQueriesContext(connection) as seen:
                    assert desk.get(where(deal, name)).status_code == 200
                counts.append(len(seen))
            return counts

        add()
        few = count()
        for _ in range(12):
            add()
        assert count() == few


def token(actor: Actor, deal: Deal) -> dict[str, str]:
    issued = workspaces.issue_token(actor, name="test", at=deal.now)
    return {"authorization": f"Bearer {issued}"}


ENDPOINTS = [
    ("get", ""), ("get", "/{id}"), ("post", ""), ("put", "/{id}/terms"), ("post", "/{id}/offer"),
    ("post", "/{id}/withdraw"), ("post", "/{id}/consent"), ("post", "/{id}/pack"),
    ("get", "/payments"), ("post", "/payments/{fee}/approve"), ("post", "/payments/{fee}/pay"),
]  # fmt: skip
BODY = {
    "handle": "sample.ana", "title": "By API", "terms": {}, "reason": "x", "as_name": "x",
    "reference": "x",
}  # fmt: skip


@pytest.mark.parametrize(("method", "path"), ENDPOINTS)
class TestTheApi:
    def ask(self, deal: Deal, method: str, path: str, headers: dict[str, str]) -> object:
        version = deal.agreed()
        fee = Payable.objects.filter(agreement=version.agreement).first()
        url = "/api/v1/agreements" + path.format(id=version.agreement_id, fee=fee.pk)  # type: ignore[union-attr]
        more = {} if method == "get" else {"data": BODY, "content_type": "application/json"}
        return getattr(Client(), method)(url, headers=headers, **more)

    def test_is_closed_to_nobody(self, deal: Deal, method: str, path: str) -> None:
        assert self.ask(deal, method, path, {}).status_code == 401  # type: ignore[attr-defined]

    def test_shows_nothing_of_somebody_else_s(self, deal: Deal, method: str, path: str) -> None:
        stranger = User.objects.create_user("owner@other.example")
        other = workspaces.create_workspace(
            slug="other", name="Other", owner=stranger, currency="USD", timezone="UTC", at=deal.now
        )
        headers = token(workspaces.actor_for(stranger, other.slug), deal)
        answer = self.ask(deal, method, path, headers)
        if path in {"", "/payments"} and method == "get":
            assert answer.json() == {"rows": [], "next_cursor": None}  # type: ignore[attr-defined]
        else:
            assert answer.status_code == 404  # type: ignore[attr-defined]

    def test_changes_nothing_for_a_viewer(self, deal: Deal, method: str, path: str) -> None:
        answer = self.ask(deal, method, path, token(deal.viewer, deal))
        assert answer.status_code == (200 if method == "get" else 403)  # type: ignore[attr-defined]


class TestAnAgreementByApi:
    def test_is_written_offered_and_agreed(self, deal: Deal) -> None:
        client, headers = Client(), token(deal.manager, deal)
        asked = {"content_type": "application/json", "headers": headers}
        made = client.post(
            "/api/v1/agreements", {**BODY, "terms": {"content_fee_minor": 500}}, **asked
        ).json()
        url = f"/api/v1/agreements/{made['id']}"
        assert client.post(f"{url}/offer", {}, **asked).json()["state"] == "offered"
        agreed = client.post(f"{url}/consent", BODY, **asked).json()
        assert agreed["state"] == "agreed"
        assert agreed["versions"][0]["terms"]["content_fee_minor"] == 500
        assert agreed["versions"][0]["text"][0]["title"] == "What the brand may do"

    def test_names_each_term_that_is_wrong(self, deal: Deal) -> None:
        answer = Client().post(
            "/api/v1/agreements", {**BODY, "terms": {"term_days": "x", "media": []}},
            content_type="application/json", headers=token(deal.manager, deal),
        )  # fmt: skip
        assert answer.status_code == 422
        assert "term_days" in answer.json()["message"]

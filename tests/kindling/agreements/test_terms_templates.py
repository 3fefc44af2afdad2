"""Templates of agreements: kept without what is of one deal, chosen on the page, by API and on the command line."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from click.testing import CliRunner
from deals import PAID, Deal
from django.test import Client, RequestFactory
from django.urls import reverse

from kindling.agreements import service
from kindling.agreements.contract import fields
from kindling.agreements.contract.summaries import summary
from kindling.agreements.contract.terms import Medium, StartTrigger, Terms, from_json, problems
from kindling.agreements.forms import TermsForm
from kindling.agreements.models import Agreement, TermsTemplate
from kindling.agreements.saved_terms import service as saved_terms
from kindling.agreements.saved_terms.shipped import SHIPPED
from kindling.cli import main
from kindling.errors import ConflictError, InvalidInputError, NotFoundError
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import User
from kindling.workspaces.service import Actor


def where(deal: Deal, name: str, *more: object) -> str:
    return reverse(f"agreements:{name}", args=[deal.workspace.slug, *more])


def text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined, no-any-return]  # Django's test answer


def kept(deal: Deal, name: str = "Ours", terms: Terms = PAID, **more: bool) -> TermsTemplate:
    return saved_terms.save_template(deal.manager, name=name, terms=terms, at=deal.now, **more)


class TestATemplate:
    def test_keeps_terms_without_the_posts_and_dates_of_one_deal(self, deal: Deal) -> None:
        one = replace(
            PAID, item_ids=("74",), term_days=None, end_on=date(2026, 9, 1),
            start_trigger=StartTrigger.DATE, start_on=date(2026, 8, 1),
        )  # fmt: skip
        found = kept(deal, terms=one).content
        assert (found.item_ids, found.end_on, found.start_on) == ((), None, None)
        assert found.renewal_prices == PAID.renewal_prices

    def test_is_refused_where_no_deal_could_stand(self, deal: Deal) -> None:
        with pytest.raises(InvalidInputError) as refused:
            kept(deal, terms=replace(PAID, media=()))
        assert "media" in refused.value.facts

    def test_has_a_name_of_its_own(self, deal: Deal) -> None:
        kept(deal)
        with pytest.raises(ConflictError):
            kept(deal)
        with pytest.raises(InvalidInputError):
            kept(deal, name="  ")

    def test_is_the_default_alone(self, deal: Deal) -> None:
        first, second = kept(deal, "First", is_default=True), kept(deal, "Second")
        saved_terms.set_default(deal.manager, second, is_default=True, at=deal.now)
        first.refresh_from_db()
        assert not first.is_default
        third = kept(deal, "Third", replace(PAID, term_days=77), is_default=True)
        assert saved_terms.starting_terms(deal.workspace).term_days == 77
        saved_terms.set_default(deal.manager, third, is_default=False, at=deal.now)
        assert saved_terms.starting_terms(deal.workspace) == Terms(currency=deal.workspace.currency)

    def test_stands_before_one_of_ours_of_the_same_name(self, deal: Deal) -> None:
        name = SHIPPED[0].name
        kept(deal, name)
        names = [each.name for each in saved_terms.starting_points(deal.workspace)]
        assert names == [name, *(each.name for each in SHIPPED[1:])]
        assert saved_terms.starting_terms(deal.workspace, name).content_fee_minor == 30_000

    def test_is_not_there_for_another_workspace(self, deal: Deal) -> None:
        pk = kept(deal).pk
        other = stranger(deal)
        with pytest.raises(NotFoundError):
            saved_terms.find_template(other.workspace, pk)
        with pytest.raises(NotFoundError):
            saved_terms.starting_terms(other.workspace, "Ours")

    @pytest.mark.parametrize("shipped", SHIPPED, ids=lambda each: each.name)
    def test_of_ours_can_be_offered_as_it_is(self, shipped: object) -> None:
        assert problems(shipped.terms) == {}  # type: ignore[attr-defined]  # a Shipped


class TestGivenTerms:
    def test_replace_the_days_by_a_last_day(self) -> None:
        found = from_json(saved_terms.with_terms(Terms(), {"end_on": "2026-09-01"}))
        assert (found.term_days, found.end_on) == (None, date(2026, 9, 1))

    def test_replace_a_last_day_by_days(self) -> None:
        start = Terms(hold_days=None, hold_until=date(2026, 9, 1))
        found = from_json(saved_terms.with_terms(start, {"hold_days": 10}))
        assert (found.hold_days, found.hold_until) == (10, None)


class TestASummary:
    def test_says_in_one_line_what_each_group_holds(self) -> None:
        for group in fields.GROUPS:
            line = summary(group.key, Terms())
            assert line
            assert "\n" not in line

    def test_names_a_few_of_many(self) -> None:
        terms = Terms(territory=("US", "CA", "GB", "DE", "FR"))
        assert "countries: US, CA, GB and 2 more" in summary("use", terms)
        assert "countries: all" in summary("use", Terms())

    def test_changes_with_every_term_of_a_folded_group_that_is_no_detail(self) -> None:
        other = Terms(
            item_ids=("7",), media=(Medium.SHOP_ADS,), renewal_prices=((30, 100),), hold_renews=False,
            bonus_minor=500, bonus_text="x", allowed_claims=("Soft",), exclusivity_days=3,
            exclusivity_competitors=("Rival",), other_clauses=("One.",),
        )  # fmt: skip
        same = [
            group.key
            for group in fields.GROUPS
            if summary(group.key, other) == summary(group.key, Terms())
        ]
        assert same == ["deal", "breach"]


class TestTheForm:
    def test_shows_what_is_decided_each_time_and_folds_the_rest(
        self, deal: Deal, desk: Client
    ) -> None:
        page = text(desk.get(where(deal, "new")))
        assert page.index('name="content_fee_minor"') < page.index('<details class="fold">')
        assert '<details class="fold" open>' not in page
        assert 'id="holds-use">Ads from the creator&#x27;s handle (Spark); countries: all<' in page

    def test_starts_from_a_template(self, deal: Deal, desk: Client) -> None:
        kept(deal, terms=replace(PAID, term_days=45))
        page = text(desk.get(where(deal, "new"), {"template": "Ours", "creator": "@sample.ana"}))
        assert 'name="term_days" value="45"' in page
        assert 'value="@sample.ana"' in page
        assert desk.get(where(deal, "new"), {"template": "Nothing"}).status_code == 404

    def test_opens_a_folded_group_with_a_fault(self, deal: Deal, desk: Client) -> None:
        typed = {
            "creator": "@sample.ana",
            "title": "x",
            **fields.show(PAID),
            "exclusivity_days": "9",
        }
        answer = desk.post(where(deal, "new"), typed)
        assert answer.status_code == 422
        page = text(answer)
        assert page.count('<details class="fold" open>') == 1
        assert 'id="exclusivity_competitors_error"' in page

    def test_previews_the_contract_in_both_languages_and_saves_nothing(
        self, deal: Deal, desk: Client
    ) -> None:
        typed = {**fields.show(PAID), "content_fee_minor": "77.00", "preview": "1"}
        answer = desk.post(where(deal, "new"), typed)
        assert answer.status_code == 200
        page = text(answer)
        assert "Fee for the content: 77.00 USD." in page
        assert "Pago por el contenido: 77.00 USD." in page
        assert not Agreement.objects.exists()

    def test_previews_around_what_cannot_stand(self, deal: Deal, desk: Client) -> None:
        typed = {**fields.show(PAID), "term_days": "", "content_fee_minor": "much", "preview": "1"}
        page = text(desk.post(where(deal, "new"), typed))
        preview = page[page.index('id="preview"') :]
        assert "It lasts 30 days." in preview
        assert "None" not in preview
        assert "Term (days): Enter either the days of the term or its last day." in preview
        assert "Content fee (USD):" in preview

    def test_previews_text_of_people_as_text(self, deal: Deal, desk: Client) -> None:
        typed = {**fields.show(PAID), "other_clauses": "<script>alert(1)</script>", "preview": "1"}
        assert "<script>alert(1)" not in text(desk.post(where(deal, "new"), typed))

    def test_reads_any_typing_without_an_error(self) -> None:
        for value in ("", "x", "-1", "9" * 40, "\0", "2999-99-99", "1,5", "30 = x"):
            typed = {each.name: value for each in fields.FIELDS}
            form = TermsForm(RequestFactory().post("/", typed), start=Terms())
            found, faults = form.so_far()
            assert problems(found) == {}
            assert form.groups()
            assert faults or value == ""


class TestThePages:
    def test_keep_the_terms_of_an_agreement(self, deal: Deal, desk: Client) -> None:
        version = deal.agreed()
        url = where(deal, "save_template", version.agreement_id)
        wrong = desk.post(url, {"name": ""})
        assert wrong.status_code == 422
        desk.post(url, {"name": "From Ana", "is_default": "on"})
        found = TermsTemplate.objects.get()
        assert (found.content, found.is_default) == (PAID, True)
        taken = desk.post(url, {"name": "From Ana"})
        assert taken.status_code == 409
        assert "There is already a template" in text(taken)

    def test_change_make_default_and_delete_a_template(self, deal: Deal, desk: Client) -> None:
        template = kept(deal)
        shown = fields.show(replace(PAID, term_days=12))
        typed = {name: value for name, value in shown.items() if name not in fields.OF_ONE_DEAL}
        desk.post(where(deal, "template", template.pk), {**typed, "name": "Short"})
        template.refresh_from_db()
        assert (template.name, template.content.term_days) == ("Short", 12)
        page = text(
            desk.post(
                where(deal, "default_template", template.pk), {"is_default": "on"}, follow=True
            )
        )
        assert ">Default<" in page
        desk.post(where(deal, "delete_template", template.pk))
        assert not TermsTemplate.objects.exists()

    def test_make_a_template_of_one_of_ours(self, deal: Deal, desk: Client) -> None:
        page = text(desk.get(where(deal, "new_template"), {"template": SHIPPED[2].name}))
        assert 'name="commission_ads_bp" value="10.00"' in page
        assert 'name="item_ids"' not in page


def stranger(deal: Deal) -> Actor:
    person = User.objects.create_user("owner@other.example")
    made = workspaces.create_workspace(
        slug="other", name="Other", owner=person, currency="USD", timezone="UTC", at=deal.now
    )
    return workspaces.actor_for(person, made.slug)


def headers(actor: Actor, deal: Deal) -> dict[str, str]:
    return {"authorization": f"Bearer {workspaces.issue_token(actor, name='test', at=deal.now)}"}


class TestTheApi:
    ENDPOINTS = (("get", ""), ("post", ""), ("post", "/{id}/delete"))

    def ask(self, deal: Deal, method: str, path: str, **more: object) -> object:
        url = "/api/v1/agreements/templates" + path.format(id=kept(deal).pk)
        body = (
            {}
            if method == "get"
            else {"data": {"name": "By API"}, "content_type": "application/json"}
        )
        return getattr(Client(), method)(url, **body, **more)

    @pytest.mark.parametrize(("method", "path"), ENDPOINTS)
    def test_is_closed_to_nobody(self, deal: Deal, method: str, path: str) -> None:
        assert self.ask(deal, method, path).status_code == 401  # type: ignore[attr-defined]

    @pytest.mark.parametrize(("method", "path"), ENDPOINTS)
    def test_shows_nothing_of_somebody_else_s(self, deal: Deal, method: str, path: str) -> None:
        answer = self.ask(deal, method, path, headers=headers(stranger(deal), deal))
        if path:
            assert answer.status_code == 404  # type: ignore[attr-defined]
        else:
            assert "Ours" not in answer.content.decode()  # type: ignore[attr-defined]
        assert TermsTemplate.objects.filter(workspace=deal.workspace).count() == 1

    @pytest.mark.parametrize(("method", "path"), ENDPOINTS)
    def test_changes_nothing_for_a_viewer(self, deal: Deal, method: str, path: str) -> None:
        answer = self.ask(deal, method, path, headers=headers(deal.viewer, deal))
        assert answer.status_code == (200 if method == "get" else 403)  # type: ignore[attr-defined]

    def test_writes_an_agreement_from_a_template(self, deal: Deal) -> None:
        asked = {"content_type": "application/json", "headers": headers(deal.manager, deal)}
        saved = Client().post(
            "/api/v1/agreements/templates",
            {"name": "Sixty", "template": "Flat fee, 60 days", "terms": {"content_fee_minor": 900}},
            **asked,
        )  # type: ignore[arg-type]
        assert saved.status_code == 201
        made = (
            Client()
            .post(
                "/api/v1/agreements",
                {
                    "handle": "sample.ana",
                    "title": "x",
                    "template": "Sixty",
                    "terms": {"deliverables": 2},
                },
                **asked,
            )
            .json()
        )  # type: ignore[arg-type]
        terms = made["versions"][0]["terms"]
        assert (terms["term_days"], terms["content_fee_minor"], terms["deliverables"]) == (
            60,
            900,
            2,
        )


class TestTheCommand:
    def run(self, deal: Deal, *given: str) -> object:
        return CliRunner().invoke(main, [*given, "--as", deal.manager.user.email])

    def test_writes_an_agreement_from_a_template(self, deal: Deal) -> None:
        done = self.run(
            deal, "agreement", "@sample.ana", "--title", "Spring", "--template", "Flat fee, 60 days",
            "--term", "content_fee_minor=45000", "--term", "sku=SERUM", "--json",
        )  # fmt: skip
        assert done.exit_code == 0, done.output  # type: ignore[attr-defined]
        told = json.loads(done.output)  # type: ignore[attr-defined]
        terms = service.newest_version(Agreement.objects.get(pk=told["id"])).content
        assert (terms.term_days, terms.content_fee_minor, terms.sku) == (60, 45_000, "SERUM")

    def test_names_a_term_that_is_wrong(self, deal: Deal) -> None:
        done = self.run(deal, "agreement", "sample.ana", "--title", "x", "--term", "term_days=soon")
        assert done.exit_code == 1  # type: ignore[attr-defined]
        assert "term_days" in done.output  # type: ignore[attr-defined]

    def test_lists_the_templates(self, deal: Deal) -> None:
        kept(deal, is_default=True)
        done = self.run(deal, "agreement-templates")
        assert "Whitelisting with commission" in done.output  # type: ignore[attr-defined]
        assert "default" in done.output  # type: ignore[attr-defined]

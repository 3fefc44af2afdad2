"""Landing pages of the sample shop, read over HTTP as the worker, the page, the API and the command line do."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from bad_servers import Answer, endless, html, own_certificate, raw, served
from click.testing import CliRunner
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import reverse
from sample_team import Team

from kindling.cli import main
from kindling.errors import InvalidInputError, NotAllowedError, NotFoundError
from kindling.launches.checks import pages_of_posts
from kindling.products.landing import service
from kindling.products.landing.rules import PageProblem, Selectors
from kindling.products.models import LandingPageAnswer, Product
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import User


def redirect(to: bytes) -> bytes:
    return b"HTTP/1.1 302 Go\r\nLocation: " + to + b"\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
def product(team: Team) -> Product:
    team.shop()
    return Product.objects.filter(workspace=team.workspace).order_by("sku")[0]


def signed_in(team: Team, who: str = "buyer") -> Client:
    client = Client()
    client.force_login(getattr(team, who).user)
    return client


def url(team: Team, product: Product) -> str:
    return reverse("products:landing_page", args=[team.workspace.slug, product.sku])


class TestReadingAPage:
    def test_finds_the_product_its_price_and_its_stock(self, team: Team, product: Product) -> None:
        found = service.check(team.buyer, product.sku, now=team.now)
        assert (found.status, found.problem) == (200, PageProblem.NONE)
        assert (found.facts.sku, found.facts.title) == (product.sku, product.title)
        assert (found.facts.price_minor, found.facts.currency) == (product.price_minor, "USD")
        assert (found.facts.in_stock, found.facts.found_by) == (True, "json-ld")

    def test_of_a_product_that_the_shop_lost_says_its_status(
        self, team: Team, product: Product
    ) -> None:
        found = service.check(team.buyer, "https://shop.example/p/NONE", now=team.now)
        assert (found.status, found.problem, found.is_broken) == (404, PageProblem.STATUS, True)

    def test_of_a_shop_that_is_on_no_network_is_unknown(self, team: Team, product: Product) -> None:
        found = service.check(team.buyer, "https://elsewhere.invalid/", now=team.now)
        assert (found.problem, found.is_broken) == (PageProblem.UNREACHABLE, False)

    def test_is_kept_and_read_again_after_a_day(self, team: Team, product: Product) -> None:
        wanted = [service.Wanted(product.landing_url, product)]
        assert service.read_stale(team.workspace, wanted, now=team.now) == 1
        assert service.read_stale(team.workspace, wanted, now=team.now) == 0
        later = team.now + timedelta(hours=settings.KINDLING_LANDING_PAGE_HOURS)
        assert service.kept(team.workspace, [product.landing_url], now=later) == {}
        assert service.read_stale(team.workspace, wanted, now=later) == 1
        assert LandingPageAnswer.objects.count() == 1

    def test_never_happens_inside_a_transaction(self, team: Team, product: Product) -> None:
        with transaction.atomic(), pytest.raises(RuntimeError):
            service.check(team.buyer, product.sku, now=team.now)

    def test_is_bounded_in_each_reading(
        self, team: Team, product: Product, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        team.launchable(1)
        monkeypatch.setattr(pages_of_posts, "MOST_A_READING", 1)
        assert pages_of_posts.read_stale(team.workspace, now=team.now) == 1

    @pytest.mark.parametrize("address", ["", "no-sku-of-ours", "https://", "https://[::1"])
    def test_of_what_is_no_page_is_refused(self, team: Team, address: str) -> None:
        with pytest.raises((InvalidInputError, NotFoundError)):
            service.check(team.buyer, address, now=team.now)

    def test_is_of_one_s_own_workspace(self, team: Team, product: Product) -> None:
        service.check(team.buyer, product.sku, now=team.now)
        other = workspaces.create_workspace(
            slug="other", name="Other", owner=User.objects.create_user("o@other.example"),
            currency="USD", timezone="UTC", at=team.now,
        )  # fmt: skip
        assert service.kept(other, [product.landing_url], now=team.now) == {}
        with pytest.raises(NotFoundError):
            service.find_product(other, product.sku)

    def test_is_not_for_everybody(self, team: Team, product: Product) -> None:
        with pytest.raises(NotAllowedError):
            service.check(team.manager, product.sku, now=team.now)


class TestABadPage:
    @pytest.mark.parametrize(
        ("answer", "problem"),
        [
            (endless, PageProblem.TOO_LONG),
            (html(b"a" * 10_000_000), PageProblem.TOO_LONG),
            (html(b'<div id="app"></div><script src="/app.js"></script>'), PageProblem.NEEDS_JAVASCRIPT),
            (html(b"<p>" + b"word " * 80 + b"</p>"), PageProblem.NOTHING_FOUND),
            (
                html(b"%PDF", head=b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n"),
                PageProblem.NO_PAGE,
            ),
            (html(b"", head=b"HTTP/1.1 401 Who\r\nContent-Type: text/html\r\n"), PageProblem.STATUS),
            (raw(redirect(b"https://shop.example:8443@10.0.0.1/")), PageProblem.ADDRESS),
            (html(b"", head=b"HTTP/1.1 500 Oh\r\nContent-Type: text/html\r\n"), PageProblem.STATUS),
            (html(b"", head=b"HTTP/1.1 403 No\r\nContent-Type: text/html\r\n"), PageProblem.REFUSES),
            (raw(redirect(b"https://10.0.0.1/")), PageProblem.PRIVATE),
            (raw(redirect(b"http://shop.example/")), PageProblem.NOT_HTTPS),
            (raw(b""), PageProblem.UNREACHABLE),
        ],
    )  # fmt: skip
    def test_is_told_by_its_own_word(
        self, team: Team, monkeypatch: pytest.MonkeyPatch, answer: Answer, problem: PageProblem
    ) -> None:
        with served(answer) as server:
            monkeypatch.setattr(settings, "KINDLING_SAMPLE_SHOP", server)
            found = service.check(team.buyer, "https://shop.example/", now=team.now)
        assert found.problem is problem
        kept = service.last_answer(team.workspace, "https://shop.example/")
        assert kept == found

    def test_with_a_certificate_that_nobody_signed_is_broken(
        self, team: Team, monkeypatch: pytest.MonkeyPatch, tmp_path: object
    ) -> None:
        with served(html(b""), tls=own_certificate(tmp_path)) as server:  # type: ignore[arg-type]
            monkeypatch.setattr(settings, "KINDLING_SAMPLE_SHOP", server)
            found = service.check(team.buyer, "https://shop.example/", now=team.now)
        assert (found.problem, found.is_broken) == (PageProblem.CERTIFICATE, True)


class TestSelectors:
    def test_are_set_and_the_page_is_read_by_them(self, team: Team, product: Product) -> None:
        service.check(team.buyer, product.sku, now=team.now)
        service.set_selectors(team.buyer, product, Selectors(title="h1"), at=team.now)
        assert service.last_answer(team.workspace, product.landing_url) is None
        product.refresh_from_db()
        found = service.check(team.buyer, product.sku, now=team.now)
        assert (found.facts.title, found.facts.found_by) == (product.title, "selectors")

    def test_that_are_none_are_refused(self, team: Team, product: Product) -> None:
        with pytest.raises(InvalidInputError, match="no CSS selector"):
            service.set_selectors(team.buyer, product, Selectors(price="div["), at=team.now)

    def test_stay_when_products_are_imported_again(self, team: Team, product: Product) -> None:
        service.set_selectors(team.buyer, product, Selectors(price="p"), at=team.now)
        team._shop()
        product.refresh_from_db()
        assert product.price_selector == "p"


class TestThePageOfALandingPage:
    def test_is_not_for_nobody(self, team: Team, product: Product) -> None:
        assert Client().get(url(team, product)).status_code == 302

    def test_is_not_of_another_workspace(self, team: Team, product: Product) -> None:
        stranger = Client()
        stranger.force_login(User.objects.create_user("s@other.example"))
        assert stranger.get(url(team, product)).status_code == 404

    def test_shows_what_the_selectors_find_before_they_are_saved(
        self, team: Team, product: Product
    ) -> None:
        client = signed_in(team)
        assert "This page was not read yet" in client.get(url(team, product)).content.decode()
        tried = client.post(url(team, product), {"title": "h1", "price": "p", "try": "1"})
        page = tried.content.decode()
        assert "What these selectors find" in page
        assert product.title in page
        product.refresh_from_db()
        assert product.price_selector == ""
        assert not LandingPageAnswer.objects.exists()

    def test_saves_and_reads(self, team: Team, product: Product) -> None:
        client = signed_in(team, "finance")
        answer = client.post(url(team, product), {"price": "p"}, follow=True)
        page = answer.content.decode()
        assert "The page was read." in page
        assert "selectors" in page
        product.refresh_from_db()
        assert product.price_selector == "p"

    def test_says_what_is_wrong_with_a_selector(self, team: Team, product: Product) -> None:
        answer = signed_in(team).post(url(team, product), {"price": "div["})
        assert answer.status_code == 422
        assert "no CSS selector" in answer.content.decode()


class TestTheApi:
    def test_is_not_for_nobody(self, team: Team) -> None:
        answer = Client().post(
            "/api/v1/products/landing-page", {"page": "x"}, content_type="application/json"
        )
        assert answer.status_code == 401

    def test_of_another_workspace_does_not_know_the_sku(self, team: Team, product: Product) -> None:
        person = User.objects.create_user("o@other.example")
        workspaces.create_workspace(
            slug="other", name="Other", owner=person, currency="USD", timezone="UTC", at=team.now
        )
        token = workspaces.issue_token(workspaces.actor_for(person, "other"), name="t", at=team.now)
        assert self.post(token, product.sku).status_code == 404

    def test_reads_a_page(self, team: Team, product: Product) -> None:
        token = workspaces.issue_token(team.buyer, name="t", at=team.now)
        told = self.post(token, product.sku).json()
        assert (told["status"], told["sku"], told["in_stock"]) == (200, product.sku, True)
        assert told["problem"] is None

    def post(self, token: str, page: str) -> object:  # type: ignore[override]
        return Client().post(
            "/api/v1/products/landing-page", {"page": page}, content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )  # fmt: skip


class TestTheCommand:
    def run(self, team: Team, *words: str) -> tuple[int, str]:
        assert team.buyer.user is not None
        more = ["--as", team.buyer.user.email, "--workspace", team.workspace.slug]
        found = CliRunner().invoke(main, ["landing-page", "check", *words, *more])
        return found.exit_code, found.output

    def test_says_what_the_page_says(self, team: Team, product: Product) -> None:
        code, said = self.run(team, product.sku)
        assert code == 0
        assert product.title in said
        assert "in stock" in said

    def test_tells_programs_in_json(self, team: Team, product: Product) -> None:
        code, said = self.run(team, product.sku, "--json")
        told = json.loads(said)
        assert (code, told["schema"], told["sku"]) == (0, "kindling.landing-page/1", product.sku)

    def test_ends_with_1_where_visitors_cannot_reach_it(self, team: Team, product: Product) -> None:
        code, said = self.run(team, "https://shop.example/p/NONE")
        assert code == 1
        assert "does not answer 200" in said

"""The creators' portal: the way in, what only its creator sees, and what they can do there."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from sample_team import PLAIN, Team

from kindling import config
from kindling.access import service as access
from kindling.access.models import PortalSession
from kindling.agreements import service as agreements
from kindling.agreements.contract.terms import Medium, Terms
from kindling.authorizations.codes import intake as intakes
from kindling.authorizations.lifecycle.rules import State
from kindling.authorizations.models import Authorization, Intake
from kindling.authorizations.requests import ask as requests
from kindling.authorizations.requests import renewals
from kindling.briefs.models import Deliverable
from kindling.creators.models import Creator, CreatorGrant
from kindling.errors import ConflictError, InvalidInputError
from kindling.portal import service
from kindling.portal.rules import Task, TaskKind, ordered
from kindling.posts.models import Post
from kindling.posts.reading import sources
from kindling.workspaces import tiktok

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _forget_limits() -> None:
    cache.clear()


@pytest.fixture
def post(team: Team) -> Post:
    """A creator's public post on record, without a code."""
    team.shop()
    return Post.objects.select_related("creator").get(item_id=team.plain_posts()[0]["item_id"])


def link_for(team: Team, creator: Creator) -> str:
    return urlsplit(access.make_link(creator, purpose="test", at=team.now, actor=team.manager)).path


def inside(team: Team, creator: Creator) -> Client:
    """A phone on which the creator opened a link."""
    phone = Client()
    answer = phone.post(link_for(team, creator))
    assert answer.status_code == 302
    return phone


def asked(team: Team, post: Post) -> Authorization:
    return requests.ask(
        team.manager, post, days=30, through="portal", ad_account=team.account, at=team.now
    )


def addresses() -> list[tuple[str, str, Any]]:
    """Name, address and view of every page of the portal but its door."""
    (portal,) = [
        each for each in get_resolver().url_patterns if getattr(each, "namespace", "") == "portal"
    ]
    found = []
    for entry in portal.url_patterns:
        if isinstance(entry, URLPattern) and entry.name != "open":
            given = dict.fromkeys(entry.pattern.converters, 999_999)
            found.append(
                (entry.name, reverse(f"portal:{entry.name}", kwargs=given), entry.callback)
            )
    return found


class TestEveryPage:
    @pytest.mark.parametrize(("name", "url", "view"), addresses())
    def test_is_closed_for_nobody(self, database: None, name: str, url: str, view: Any) -> None:
        phone = Client()
        answer = phone.get(url) if view.kindling_portal != "POST" else phone.post(url)
        assert answer.status_code == 401
        assert "no-store" in answer["Cache-Control"]

    def test_of_somebody_else_is_not_there(self, team: Team, post: Post) -> None:
        other = Creator.objects.exclude(pk=post.creator_id).exclude(is_own=True).first()
        assert other is not None
        row = asked(team, post)
        version = offered(team, post.creator)
        phone = inside(team, other)
        for name, pk in (("code", row.pk), ("agreement", version.pk)):
            assert phone.get(reverse(f"portal:{name}", args=[pk])).status_code == 404, name
            assert (
                phone.post(reverse(f"portal:{name}", args=[pk]), {"code": "x"}).status_code == 404
            )
        row.refresh_from_db()
        assert row.state == State.REQUESTED

    def test_opens_in_spanish_for_who_reads_spanish(self, team: Team, post: Post) -> None:
        asked(team, post)
        Creator.objects.filter(pk=post.creator_id).update(language="es")
        phone = inside(team, post.creator)
        page = phone.get("/portal/").content.decode()
        assert "cosa pendiente" in page
        assert 'lang="es"' in page

    @pytest.mark.parametrize(
        ("browser", "chosen", "language"),
        [("es-MX,es;q=0.9", "", "es"), ("de", "", "en"), ("es", "en", "en"), ("en", "es", "es")],
    )
    def test_follows_the_browser_until_a_language_is_chosen(
        self, team: Team, post: Post, browser: str, chosen: str, language: str
    ) -> None:
        assert post.creator.language == "", (
            "nobody chose one for a creator who came with their post"
        )
        Creator.objects.filter(pk=post.creator_id).update(language=chosen)
        phone, url = Client(headers={"Accept-Language": browser}), link_for(team, post.creator)
        assert f'lang="{language}"' in phone.get(url).content.decode()
        phone.post(url)
        assert f'lang="{language}"' in phone.get("/portal/").content.decode()

    def test_that_takes_a_form_leads_home_when_it_is_opened(self, team: Team, post: Post) -> None:
        phone = inside(team, post.creator)
        for name in ("leave", "language", "disconnect"):
            assert phone.get(reverse(f"portal:{name}"))["Location"] == "/portal/", name


class TestAMagicLink:
    def test_opens_once(self, team: Team, post: Post) -> None:
        url = link_for(team, post.creator)
        assert Client().post(url).status_code == 302
        assert Client().post(url).status_code == 404

    def test_is_not_used_up_by_looking(self, team: Team, post: Post) -> None:
        url = link_for(team, post.creator)
        for _ in range(3):
            assert Client().get(url).status_code == 200
        assert Client().post(url).status_code == 302

    def test_ends_after_three_days(self, team: Team, post: Post) -> None:
        url = link_for(team, post.creator)
        team.sandbox.advance(days=3, hours=1)
        assert Client().post(url).status_code == 404

    def test_is_closed_with_every_session_when_it_is_revoked(self, team: Team, post: Post) -> None:
        phone, url = inside(team, post.creator), link_for(team, post.creator)
        assert access.revoke_all(team.manager, post.creator, at=team.now) == 2
        assert phone.get("/portal/").status_code == 401
        assert Client().post(url).status_code == 404

    def test_is_limited_by_address(self, team: Team, post: Post) -> None:
        statuses = [Client().post("/portal/open/guess/").status_code for _ in range(25)]
        assert statuses.count(429) >= 4
        answer = Client(headers={"Accept-Language": "es"}).get("/portal/open/guess/")
        assert answer.status_code == 404, "looking uses nothing up and is not counted"
        answer = Client(headers={"Accept-Language": "es"}).post("/portal/open/guess/")
        assert "Espera unos minutos" in answer.content.decode()

    def test_is_not_made_without_end(self, team: Team, post: Post) -> None:
        for _ in range(access.MOST_LINKS_A_DAY):
            access.make_link(post.creator, purpose="test", at=team.now)
        with pytest.raises(ConflictError, match="links today"):
            access.make_link(post.creator, purpose="test", at=team.now)

    def test_lets_browsers_say_which_site_a_form_is_on(self, team: Team, post: Post) -> None:
        # With "no-referrer" a browser sends `Origin: null` with every form, which the CSRF check refuses.
        url = link_for(team, post.creator)
        assert Client().get(url)["Referrer-Policy"] == "same-origin"
        assert inside(team, post.creator).get("/portal/")["Referrer-Policy"] == "same-origin"

    def test_leaves_no_key_in_the_database(self, team: Team, post: Post) -> None:
        key = link_for(team, post.creator).rstrip("/").rsplit("/", 1)[1]
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SELECT digest FROM access_portallink")
            assert all(key not in row[0] for row in cursor.fetchall())

    def test_ends_the_session_when_its_owner_leaves(self, team: Team, post: Post) -> None:
        phone = inside(team, post.creator)
        assert phone.post("/portal/leave/").status_code == 200
        assert PortalSession.objects.get().revoked_at is not None
        assert phone.get("/portal/").status_code == 401


def offered(team: Team, creator: Creator) -> Any:
    terms = Terms(currency="USD", content_fee_minor=25_000, hold_days=60, term_days=30)
    version = agreements.create(team.manager, creator, title="Spring", terms=terms, at=team.now)
    return agreements.offer(team.manager, version, at=team.now)


class TestAnAgreement:
    def test_is_agreed_to_with_a_name_and_keeps_the_evidence(self, team: Team, post: Post) -> None:
        version = offered(team, post.creator)
        phone = inside(team, post.creator)
        url = reverse("portal:agreement", args=[version.pk])
        assert "250" in phone.get(url).content.decode()
        refused = phone.post(url, {"answer": "agree", "name": "Sample Ana"})
        assert refused.status_code == 422
        done = phone.post(url, {"answer": "agree", "name": "Sample Ana", "read": "yes"})
        assert done.status_code == 302
        version.refresh_from_db()
        assert version.consented_as == "Sample Ana"
        assert version.consent_ip == "127.0.0.1"
        assert version.is_unaltered
        assert phone.get(url).status_code == 404

    def test_says_above_the_button_what_shop_ads_change_about_the_commission(
        self, team: Team, post: Post
    ) -> None:
        terms = Terms(
            media=(Medium.PAID_FROM_CREATOR, Medium.SHOP_ADS),
            commission_organic_bp=1_500,
            commission_ads_bp=800,
            hold_days=60,
            term_days=30,
        )
        draft = agreements.create(team.manager, post.creator, title="A", terms=terms, at=team.now)
        version = agreements.offer(team.manager, draft, at=team.now)
        phone, url = inside(team, post.creator), reverse("portal:agreement", args=[version.pk])
        said = "15 % of sales through the post itself, 8 % of sales by Shop ads (with GMV Max)."
        page = phone.get(url).content.decode()
        assert 0 < page.index(said) < page.index('value="agree"')
        other = offered(team, post.creator)
        page = phone.get(reverse("portal:agreement", args=[other.pk])).content.decode()
        assert "GMV Max" not in page, "these terms allow no Shop ads"

    def test_can_be_declined(self, team: Team, post: Post) -> None:
        version = offered(team, post.creator)
        url = reverse("portal:agreement", args=[version.pk])
        phone = inside(team, post.creator)
        assert phone.post(url, {"answer": "decline", "reason": "Too little."}).status_code == 302
        version.refresh_from_db()
        assert version.declined_because == "Too little."


class TestAForm:
    """Every form of the portal says at its field what is wrong, in the creator's language, and keeps the rest."""

    def test_says_in_spanish_what_is_wrong_at_its_field(self, team: Team, post: Post) -> None:
        version = offered(team, post.creator)
        Creator.objects.filter(pk=post.creator_id).update(language="es")
        answer = inside(team, post.creator).post(
            reverse("portal:agreement", args=[version.pk]),
            {"answer": "agree", "name": "", "reason": "<b>kept</b> مرحبا 👩‍👧"},
        )
        page = answer.content.decode()
        assert answer.status_code == 422
        assert 'id="name_error">Escribe tu nombre para aceptar.<' in page
        assert 'id="read_error">Marca la casilla' in page
        assert "Hay que corregir 1 campo más." in page
        assert 'value="&lt;b&gt;kept&lt;/b&gt; مرحبا 👩‍👧"' in page

    def test_keeps_the_tick_and_the_name_that_is_too_long(self, team: Team, post: Post) -> None:
        version = offered(team, post.creator)
        answer = inside(team, post.creator).post(
            reverse("portal:agreement", args=[version.pk]),
            {"answer": "agree", "read": "on", "name": "x" * 200},
        )
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "x" * 200 in page
        assert re.search(r'name="read"[^>]* checked', page)
        version.refresh_from_db()
        assert not version.consented_as

    @pytest.mark.parametrize("given", [{}, {"answer": "made up"}, {"name": "Sample Ana"}])
    def test_without_an_answer_agrees_to_nothing(
        self, team: Team, post: Post, given: dict[str, str]
    ) -> None:
        version = offered(team, post.creator)
        url = reverse("portal:agreement", args=[version.pk])
        assert inside(team, post.creator).post(url, given).status_code == 422
        version.refresh_from_db()
        assert (version.consented_as, version.declined_because) == ("", "")

    def test_of_a_code_names_days_that_are_not_offered(self, team: Team, post: Post) -> None:
        row = asked(team, post)
        url = reverse("portal:code", args=[row.pk])
        phone = inside(team, post.creator)
        for days in ("", "9999", "30 days", "٣"):
            assert phone.post(url, {"answer": "allow", "days": days}).status_code == 422, days
        assert phone.post(url, {"answer": "code", "code": "  "}).status_code == 422
        row.refresh_from_db()
        assert row.state == State.REQUESTED

    def test_of_a_code_opens_where_the_reason_is_too_long(self, team: Team, post: Post) -> None:
        row = asked(team, post)
        answer = inside(team, post.creator).post(
            reverse("portal:code", args=[row.pk]),
            {"answer": "decline", "reason": "r" * 301, "code": "#SecretSecretSecret"},
        )
        page = answer.content.decode()
        assert answer.status_code == 422
        assert 'class="card" open' in page
        assert "r" * 301 in page
        assert "SecretSecret" not in page

    def test_of_the_language_stays_on_the_list(self, team: Team, post: Post) -> None:
        answer = inside(team, post.creator).post("/portal/language/", {"language": "xx"})
        assert answer.status_code == 422
        assert "Choose one of the languages." in answer.content.decode()
        assert "Close my pages here" in answer.content.decode()


class TestACode:
    @pytest.mark.slow
    def test_that_is_pasted_is_taken_in_and_never_shown(self, team: Team, post: Post) -> None:
        row = asked(team, post)
        phone, code = inside(team, post.creator), team.code(post.item_id)
        url = reverse("portal:code", args=[row.pk])
        assert phone.post(url, {"answer": "code", "code": code}).status_code == 302
        intakes.process_batch(Intake.objects.get().pk)
        row.refresh_from_db()
        assert row.state == State.BOUND
        for _, page, view in addresses():
            if view.kindling_portal != "POST":
                assert code not in phone.get(page).content.decode()

    def test_that_is_none_is_refused_with_what_to_do(self, team: Team, post: Post) -> None:
        row = asked(team, post)
        answer = inside(team, post.creator).post(
            reverse("portal:code", args=[row.pk]), {"answer": "code", "code": "my code is here"}
        )
        assert answer.status_code == 422
        assert "not a video code" in answer.content.decode()
        assert "my code is here" not in answer.content.decode()

    def test_can_be_refused(self, team: Team, post: Post) -> None:
        row = asked(team, post)
        phone = inside(team, post.creator)
        phone.post(reverse("portal:code", args=[row.pk]), {"answer": "decline", "reason": "No."})
        row.refresh_from_db()
        assert (row.state, row.declined_because) == (State.NOT_REQUESTED, "No.")


class TestTooOften:
    """Whoever holds a link may still not flood the team, or TikTok through us."""

    @pytest.fixture
    def limits(self, settings: Any) -> Any:
        def to(**rates: str) -> None:
            settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, **rates}

        return to

    def test_is_a_page_that_says_to_wait(self, team: Team, post: Post, limits: Any) -> None:
        limits(portal_session="3/m/key")
        phone = inside(team, post.creator)
        answers = [phone.post("/portal/language/", {"language": "es"}) for _ in range(4)]
        assert [each.status_code for each in answers] == [302, 302, 302, 429]
        assert "Espera unos minutos" in answers[-1].content.decode()
        assert phone.get("/portal/").status_code == 200, "looking is not limited"

    def test_is_said_in_english_too(self, team: Team, post: Post, limits: Any) -> None:
        limits(portal_session="1/m/key")
        phone = inside(team, post.creator)
        phone.post("/portal/language/", {"language": "en"})
        answer = phone.post("/portal/language/", {"language": "en"})
        assert answer.status_code == 429
        assert "Wait a few minutes" in answer.content.decode()
        assert "no-store" in answer["Cache-Control"]

    @pytest.mark.parametrize("page", ["deliverable", "post_link", "code", "agreement", "renewal"])
    def test_counts_every_form(self, team: Team, post: Post, limits: Any, page: str) -> None:
        limits(portal_session="1/m/key")
        phone = inside(team, post.creator)
        url = reverse(f"portal:{page}", args=[999_999])
        assert [phone.post(url).status_code for _ in range(2)] == [404, 429]

    def test_counts_the_devices_of_a_creator_together(
        self, team: Team, post: Post, limits: Any
    ) -> None:
        limits(portal_session="2/m/key", portal_creator="3/m/key")
        phones = [inside(team, post.creator) for _ in range(2)]
        said = [
            phones[number % 2].post("/portal/language/", {"language": "en"}).status_code
            for number in range(4)
        ]
        assert said == [302, 302, 302, 429]
        other = Creator.objects.exclude(pk=post.creator_id).exclude(is_own=True).first()
        assert other is not None
        assert inside(team, other).post("/portal/language/", {"language": "en"}).status_code == 302

    @pytest.mark.slow
    def test_comes_sooner_for_codes_and_asks_tiktok_no_more(self, team: Team, post: Post) -> None:
        row = asked(team, post)
        phone, url = inside(team, post.creator), reverse("portal:code", args=[row.pk])
        said = []
        for number in range(8):
            code = "#" + f"SampleCode{number}" * 3
            said.append(phone.post(url, {"answer": "code", "code": code}))
        assert [each.status_code for each in said] == [302] * 6 + [429] * 2
        assert "Wait a few minutes" in said[-1].content.decode()
        assert Intake.objects.count() == 6
        assert phone.post(url, {"answer": "decline"}).status_code == 302, "a no is always heard"

    def test_comes_for_connecting_too(self, team: Team, post: Post, limits: Any) -> None:
        limits(portal_code_session="2/m/key")
        phone = inside(team, post.creator)
        back = {"state": "made up", "code": "made up"}
        said = [phone.get("/portal/connect/callback", back).status_code for _ in range(3)]
        assert said == [422, 422, 429]


class TestTheLimits:
    def test_are_the_operators_to_set(self) -> None:
        given = {"KINDLING_PORTAL_CODE_LIMIT": "2/5m, 9/d"}
        assert config.PORTAL_CODE_LIMIT.read(given) == ((2, "5m"), (9, "d"))

    @pytest.mark.parametrize("typed", ["", "often", "0/m", "5", "5/w", "5/m/ip", "5/m,", "5/0m"])
    def test_that_cannot_be_read_are_named(self, typed: str) -> None:
        with pytest.raises(config.SettingError, match="KINDLING_PORTAL_LIMIT"):
            config.PORTAL_LIMIT.read({"KINDLING_PORTAL_LIMIT": typed})


def connected(team: Team, phone: Client, handle: str) -> Any:
    """Press Connect, allow it at TikTok as this account, and come back."""
    away = phone.get("/portal/connect/")
    told = parse_qs(urlsplit(away["Location"]).query)
    form = {name: told[name][0] for name in ("redirect_uri", "state", "scope")}
    answer = httpx.post(
        f"{team.sandbox.url}/v2/auth/authorize",
        data={**form, "handle": handle},
        trust_env=False,
        verify=PLAIN,
    )
    back = urlsplit(answer.headers["location"])
    return phone.get(f"{back.path}?{back.query}")


class TestAConnection:
    def test_makes_the_code_without_copying(self, team: Team, post: Post) -> None:
        row = asked(team, post)
        phone = inside(team, post.creator)
        assert connected(team, phone, post.creator.handle).status_code == 302
        url = reverse("portal:code", args=[row.pk])
        assert phone.post(url, {"answer": "allow", "days": "60"}).status_code == 302
        intakes.process_batch(Intake.objects.get().pk)
        row.refresh_from_db()
        assert (row.state, row.granted_days) == (State.BOUND, 60)

    def test_of_another_account_is_refused_and_not_kept(self, team: Team, post: Post) -> None:
        other = Creator.objects.exclude(pk=post.creator_id).exclude(is_own=True).first()
        assert other is not None
        phone = inside(team, post.creator)
        answer = connected(team, phone, other.handle)
        assert answer.status_code == 422
        assert not CreatorGrant.objects.exists()

    def test_of_another_account_leaves_the_good_one_as_it_is(
        self, team: Team, post: Post, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        given_back = []
        real = tiktok.revoke_creator_token
        monkeypatch.setattr(
            tiktok,
            "revoke_creator_token",
            lambda connection, token: (given_back.append(token), real(connection, token)),
        )
        other = Creator.objects.exclude(pk=post.creator_id).exclude(is_own=True).first()
        assert other is not None
        phone = inside(team, post.creator)
        connected(team, phone, post.creator.handle)
        good = CreatorGrant.objects.get()
        answer = connected(team, phone, other.handle)
        assert answer.status_code == 422
        assert "none of your posts" in answer.content.decode()
        kept = CreatorGrant.objects.get()
        assert (kept.pk, kept.open_id, kept.access_token) == (
            good.pk, good.open_id, good.access_token,
        )  # fmt: skip
        assert post.item_id in sources.listed_in_account(kept, at=team.now)
        assert len(given_back) == 1
        assert given_back[0] != good.access_token

    def test_of_another_account_does_not_end_that_creators_own(
        self, team: Team, post: Post
    ) -> None:
        """TikTok ends all of an account's tokens at once, and one of them is theirs to keep."""
        other = Creator.objects.exclude(pk=post.creator_id).exclude(is_own=True).first()
        assert other is not None
        theirs = team.connect_creator(other.handle)
        phone = inside(team, post.creator)
        assert connected(team, phone, other.handle).status_code == 422
        theirs.refresh_from_db()
        assert sources.listed_in_account(theirs, at=team.now)

    def test_that_cannot_be_looked_at_replaces_no_other_account(
        self, team: Team, post: Post
    ) -> None:
        other = Creator.objects.exclude(pk=post.creator_id).exclude(is_own=True).first()
        assert other is not None
        phone = inside(team, post.creator)
        connected(team, phone, post.creator.handle)
        good = CreatorGrant.objects.get()
        team.fault("http_500", "/business/video/list/", times=20)
        answer = connected(team, phone, other.handle)
        assert answer.status_code == 422
        assert "connected to a different TikTok account" in answer.content.decode()
        assert CreatorGrant.objects.get().open_id == good.open_id

    def test_that_cannot_be_looked_at_is_kept_where_there_was_none(
        self, team: Team, post: Post
    ) -> None:
        team.fault("http_500", "/business/video/list/", times=20)
        phone = inside(team, post.creator)
        assert connected(team, phone, post.creator.handle).status_code == 302
        assert CreatorGrant.objects.get().creator == post.creator

    def test_that_started_on_another_phone_is_refused(self, team: Team, post: Post) -> None:
        first, second = inside(team, post.creator), inside(team, post.creator)
        away = first.get("/portal/connect/")
        state = parse_qs(urlsplit(away["Location"]).query)["state"][0]
        answer = second.get("/portal/connect/callback", {"state": state, "code": "stolen"})
        assert answer.status_code == 422

    @pytest.mark.slow
    def test_is_taken_back_by_the_creator(self, team: Team, post: Post) -> None:
        phone = inside(team, post.creator)
        connected(team, phone, post.creator.handle)
        assert phone.post("/portal/disconnect/").status_code == 302
        assert not CreatorGrant.objects.exists()


class TestARenewal:
    @pytest.mark.slow
    def test_is_accepted_and_the_new_end_shows(self, team: Team, post: Post) -> None:
        team.paste(team.code(post.item_id, days=7))
        row = Authorization.objects.get(post=post)
        phone = inside(team, post.creator)
        connected(team, phone, post.creator.handle)
        row = Authorization.objects.select_related("post__creator__grant", "workspace").get(
            pk=row.pk
        )
        renewal = renewals.ask_renewal(team.manager, row, days=30, at=team.now)
        url = reverse("portal:renewal", args=[renewal.pk])
        assert phone.get(url).status_code == 200
        assert phone.post(url, {"answer": "accept"}).status_code == 422
        before = row.ends_at
        assert phone.post(url, {"answer": "accept", "name": "Sample Ana"}).status_code == 302
        row.refresh_from_db()
        assert before is not None
        assert row.ends_at == before + timedelta(days=30)
        assert row.ends_at.strftime("%Y") in phone.get("/portal/ads/").content.decode()


class TestAPostsLink:
    def test_of_somebody_else_is_refused(self, team: Team, post: Post) -> None:
        other = Creator.objects.exclude(pk=post.creator_id).exclude(is_own=True).first()
        assert other is not None
        row = Deliverable(workspace=team.workspace, creator=other)
        for link in (
            post.item_id,
            f"https://www.tiktok.com/@{post.creator.handle}/video/7{'1' * 18}",
            f"https://www.tiktok.com/@{other.handle}/video/7{'1' * 18}/video/{post.item_id}",
        ):
            with pytest.raises(InvalidInputError, match="not yours"):
                service.link_post(other, row, link, at=team.now)


class TestTheList:
    def test_has_late_things_first_and_then_by_day(self, team: Team) -> None:
        at = team.now
        found = ordered(
            [
                Task(TaskKind.DRAFT, 1, "later", at + timedelta(days=2)),
                Task(TaskKind.CODE, 2, "no day", None),
                Task(TaskKind.POST, 3, "late", at - timedelta(days=1)),
            ],
            now=at,
        )
        assert [(each.pk, each.is_late) for each in found] == [(3, True), (1, False), (2, False)]


class TestTheTranslation:
    def catalog(self) -> Any:
        from babel.messages.pofile import read_po

        with (ROOT / "src/kindling/locale/es/LC_MESSAGES/django.po").open("rb") as file:
            return read_po(file)

    def test_has_every_sentence_of_the_portal(self) -> None:
        known = {
            str(each.id) for each in self.catalog() if isinstance(each.id, str) and each.string
        }
        wanted = set()
        for page in (ROOT / "src/kindling/portal/templates").rglob("*.html"):
            wanted |= set(re.findall(r'\{% translate "([^"]*)"', page.read_text()))
        modules = [ROOT / "src/kindling/kit/forms.py", *(ROOT / "src/kindling/portal").glob("*.py")]
        for module in modules:
            wanted |= set(re.findall(r'\b_\(\s*"([^"]*)"', module.read_text()))
        assert wanted - known == set()

    def test_is_compiled_as_it_is_written(self) -> None:
        loader = importlib.machinery.SourceFileLoader(
            "compile_messages", str(ROOT / "scripts/compile-messages")
        )
        spec = importlib.util.spec_from_loader("compile_messages", loader)
        assert spec is not None
        module = importlib.util.module_from_spec(spec)
        loader.exec_module(module)
        for path, data in module.compile_all().items():
            assert path.read_bytes() == data, "run scripts/compile-messages"

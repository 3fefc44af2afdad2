"""Forms: bad input is answered where it was typed, with what to do; secrets are not shown again."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape
from furnished import Browser, Furnished
from sample_team import Team

import kindling
from kindling.authorizations.models import Intake
from kindling.creators.models import Creator
from kindling.launches.models import Plan
from kindling.posts.models import Post
from kindling.workspaces.models import ApiToken, User

CODE = "#SampleSecretCode0123456789abcdefgh="


def where(team: Team, name: str, *more: object) -> str:
    return reverse(name, args=[team.workspace.slug, *more])


def text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined, no-any-return]  # Django's test answer


def fault(answer: object, field: str) -> str:
    """What the page says at a field."""
    return unescape(re.findall(f'id="{field}_error">([^<]*)<', text(answer))[0])


class TestSigningIn:
    def test_says_so_when_the_password_is_wrong(self, database: None) -> None:
        User.objects.create_user("owner@shop.example", "correct horse battery")
        answer = Client().post(
            "/accounts/login/", {"login": "owner@shop.example", "password": "wrong"}
        )
        assert 'role="alert"' in text(answer)
        assert 'value="owner@shop.example"' in text(answer)
        assert "wrong" not in text(answer)

    def test_leads_to_the_only_workspace(self, team: Team, browser: Browser) -> None:
        answer = browser("owner").get("/")
        assert answer["Location"] == where(team, "today:home")

    def test_offers_the_choice_of_several_and_says_what_to_do_with_none(
        self, database: None
    ) -> None:
        client = Client()
        client.force_login(User.objects.create_user("new@shop.example"))
        assert "Ask an owner to invite new@shop.example" in text(client.get("/"))


class TestColours:
    def test_are_remembered_on_the_device(self, database: None) -> None:
        client = Client()
        answer = client.post("/theme/", {"theme": "dark", "back": "/accounts/login/"})
        assert answer["Location"] == "/accounts/login/"
        assert 'data-theme="dark"' in text(client.get("/accounts/login/"))

    def test_lead_back_to_our_own_pages_only(self, database: None) -> None:
        answer = Client().post("/theme/", {"theme": "dark", "back": "https://elsewhere.example/"})
        assert answer["Location"] == "/"

    def test_that_there_are_not_are_those_of_the_system(self, database: None) -> None:
        client = Client()
        for theme in ("", "<b>pink</b>", "d" * 10_000):
            assert client.post("/theme/", {"theme": theme})["Location"] == "/"
            assert client.cookies["theme"].value == "auto"


class TestAddingACreator:
    def test_keeps_what_was_typed_and_names_the_problem(self, team: Team, browser: Browser) -> None:
        answer = browser("creator_manager").post(
            where(team, "creators:add"), {"handle": "not a handle!", "email": "a@shop.example"}
        )
        assert answer.status_code == 422
        assert "not a handle!" in text(answer)
        assert "is not a TikTok handle" in text(answer)
        assert 'value="a@shop.example"' in text(answer)

    def test_leads_to_the_creator(self, team: Team, browser: Browser) -> None:
        answer = browser("creator_manager").post(
            where(team, "creators:add"), {"handle": "https://www.tiktok.com/@Sample.New"}
        )
        assert answer["Location"] == where(team, "profiles:creator", "sample.new")
        assert Creator.objects.filter(handle="sample.new").exists()


class TestCorrectingACreator:
    @pytest.fixture
    def creator(self, team: Team) -> Creator:
        return Creator.objects.create(
            workspace=team.workspace, handle="sample.form", source="hand", created_at=team.now
        )

    @pytest.mark.parametrize(
        ("name", "field", "typed", "says"),
        [
            ("edit", "display_name", "n" * 121, "at most 120"),
            ("edit", "email", "<b>no</b> address", "is not an e-mail address"),
            ("edit", "language", "xx", "Select a valid choice"),
            ("edit", "country", "Atlantis \u202e", "is not a country"),
            ("edit", "tags", ",".join(f"tag{each}" for each in range(21)), "at most 20 tags"),
            ("rename", "handle", "مرحبا 👩‍👧", "is not a TikTok handle"),
            ("rename", "handle", "", "This field is required"),
            ("merge", "into", "@nobody.here", "not found"),
            ("merge", "into", "@sample.form", "two different creators"),
            ("write_note", "text", "  ", "This field is required"),
            ("write_note", "text", "<i>x</i>" * 600, "longer than 4,000"),
        ],
    )
    def test_says_at_its_field_what_is_wrong_and_keeps_it(
        self, team: Team, browser: Browser, creator: Creator, name: str, field: str, typed: str,
        says: str,
    ) -> None:  # fmt: skip
        answer = browser("creator_manager").post(
            where(team, f"creators:{name}", creator.handle),
            {"tags": "summer", "reason": "Kept", field: typed},
        )
        assert answer.status_code == 422
        assert says in fault(answer, field)
        assert escape(typed.strip(" \u202e")) in text(answer)
        creator.refresh_from_db()
        assert (creator.handle, creator.country, creator.tags.count()) == ("sample.form", "", 0)

    def test_reads_country_and_tags_as_people_write_them(
        self, team: Team, browser: Browser, creator: Creator
    ) -> None:
        given = {"email": "Ana@Shop.example", "country": "us", "tags": "#Summer; winter, summer"}
        browser("creator_manager").post(where(team, "creators:edit", creator.handle), given)
        creator.refresh_from_db()
        assert (creator.email, creator.country, creator.is_own) == ("ana@shop.example", "US", False)
        assert set(creator.tags.values_list("name", flat=True)) == {"summer", "winter"}

    def test_takes_only_handles_that_are_mentioned(self, team: Team, browser: Browser) -> None:
        client, url = browser("creator_manager"), where(team, "creators:add_mentioned")
        assert client.post(url, {"handle": ""}).status_code == 422
        assert client.post(url, {"handle": "<b>made.up</b>"}).status_code == 404


class TestPastingCodes:
    def test_never_shows_a_code_again(self, team: Team, browser: Browser) -> None:
        client = browser("creator_manager")
        given = {"codes": CODE, "ad_account": team.account.advertiser_id}
        looked = client.post(where(team, "authorizations:look"), given)
        assert looked.status_code == 200
        assert "1 of 1 codes look valid" in text(looked)
        assert CODE not in text(looked)
        taken = client.post(where(team, "authorizations:paste"), given, follow=True)
        assert "Batch" in text(taken)
        assert CODE not in text(taken)
        assert "•••" in text(taken)

    def test_asks_for_codes_when_there_is_none(self, team: Team, browser: Browser) -> None:
        answer = browser("media_buyer").post(
            where(team, "authorizations:paste"),
            {"codes": "  \n", "ad_account": team.account.advertiser_id},
        )
        assert answer.status_code == 422
        assert "No video code was found." in text(answer)
        assert not Intake.objects.exists()

    def test_takes_a_sheet_as_a_file_and_names_the_broken_row(
        self, team: Team, browser: Browser
    ) -> None:
        sheet = SimpleUploadedFile("codes.csv", f"code,handle\n{CODE},sample.ana\nhm,\n".encode())
        answer = browser("creator_manager").post(
            where(team, "authorizations:paste"),
            {"file": sheet, "ad_account": team.account.advertiser_id},
            follow=True,
        )
        assert "This is not a video code." in text(answer)
        assert CODE not in text(answer)


class TestPlanning:
    def test_says_which_ad_account_it_is_for(self, furnished: Furnished, browser: Browser) -> None:
        team = furnished.team
        shown = text(browser("media_buyer").get(where(team, "launches:inventory")))
        wanted = f'name="ad_account" value="{team.account.advertiser_id}"'
        assert wanted in shown

    def test_keeps_the_form_when_a_field_is_wrong(
        self, furnished: Furnished, browser: Browser
    ) -> None:
        team, item_id = furnished.team, furnished.plan.content["objects"][-1]["item_id"]
        answer = browser("media_buyer").post(
            where(team, "launches:new"),
            {
                "posts": item_id,
                "ad_account": team.account.advertiser_id,
                "daily_budget": "fifty",
                "days": "14",
                "name": "My launch",
            },
        )
        assert answer.status_code == 422
        assert "is not an amount" in text(answer)
        assert 'value="fifty"' in text(answer)
        assert 'value="My launch"' in text(answer)
        assert f'value="{item_id}" checked' in text(answer)

    @pytest.mark.slow
    def test_goes_from_plan_to_approval_by_a_second_person_to_apply(
        self, furnished: Furnished, browser: Browser
    ) -> None:
        team, plan = furnished.team, furnished.plan
        Plan.objects.filter(pk=plan.pk).update(created_by=team.buyer.user)
        team.workspace.second_person_above_minor = 0
        team.workspace.save()
        page, digest = where(team, "launches:plan", plan.pk), {"digest": plan.digest}
        alone = browser("media_buyer").post(where(team, "launches:approve", plan.pk), digest)
        assert alone.status_code == 403
        assert "needs a second approver" in text(alone)
        stale = browser("finance").post(
            where(team, "launches:approve", plan.pk), {"digest": "another"}
        )
        assert stale.status_code == 409
        approved = browser("finance").post(
            where(team, "launches:approve", plan.pk), digest, follow=True
        )
        assert "Approved" in text(approved)
        applied = browser("media_buyer").post(where(team, "launches:apply", plan.pk))
        assert applied["Location"] == page
        plan.refresh_from_db()
        assert plan.state == Plan.State.APPLYING
        assert 'hx-trigger="every 1s"' in text(browser("viewer").get(page))


class TestPausing:
    @pytest.mark.slow
    def test_needs_a_reason(self, furnished: Furnished, browser: Browser) -> None:
        url = where(furnished.team, "delivery:pause", furnished.ad.ad_id)
        refused = browser("community").post(url, {"reason": " "})
        assert refused.status_code == 422
        assert "Reason: This field is required." in text(refused)
        done = browser("community").post(url, {"reason": "Spends without selling."}, follow=True)
        assert "is paused at TikTok" in text(done)


class TestAPost:
    def test_shows_its_caption_as_plain_text(self, furnished: Furnished, browser: Browser) -> None:
        Post.objects.filter(pk=furnished.post.pk).update(caption="<script>alert(1)</script> & more")
        page = text(
            browser("viewer").get(where(furnished.team, "profiles:post", furnished.post.item_id))
        )
        assert "<script>alert(1)" not in page
        assert "&lt;script&gt;alert(1)" in page

    def test_moves_lane_with_a_reason_only(self, furnished: Furnished, browser: Browser) -> None:
        url = where(furnished.team, "profiles:move", furnished.post.item_id)
        client = browser("reviewer")
        assert client.post(url, {"lane": "keep_out", "reason": ""}).status_code == 422
        client.post(url, {"lane": "keep_out", "reason": "Claims too much."})
        page = text(client.get(where(furnished.team, "profiles:post", furnished.post.item_id)))
        assert "Claims too much." in page


class TestOrders:
    def test_look_first_stores_nothing(self, team: Team, browser: Browser) -> None:
        team.shop()
        orders = team.sandbox.text("shop/orders.csv").encode() or b"order_id\n"
        client, url = browser("finance"), where(team, "conversions:import")
        looked = client.post(url, {"file": SimpleUploadedFile("orders.csv", orders), "do": "look"})
        assert "Dry run, nothing stored" in text(looked)
        assert "No orders yet" in text(looked)

    @pytest.mark.parametrize("data", [b"", b"a,b\n1,2\n", b"\xff\xfe\x00\x01"])
    def test_names_what_a_useless_file_lacks(
        self, team: Team, browser: Browser, data: bytes
    ) -> None:
        answer = browser("finance").post(
            where(team, "conversions:import"),
            {"file": SimpleUploadedFile("x.csv", data), "do": "import"},
        )
        assert answer.status_code == 422
        assert "data-problem" in text(answer)

    def test_asks_for_the_file_when_none_was_chosen(self, team: Team, browser: Browser) -> None:
        answer = browser("finance").post(where(team, "conversions:import"), {"do": "import"})
        assert answer.status_code == 422
        assert "No file was chosen." in text(answer)


class TestTheWorkspace:
    def test_shows_a_new_token_once(self, team: Team, browser: Browser) -> None:
        client = browser("viewer")
        answer = client.post(where(team, "workspaces:issue_token"), {"name": "Weekly sums"})
        assert "kd_" in text(answer)
        assert answer["Cache-Control"] == "no-store"
        again = client.get(where(team, "workspaces:home"))
        assert "kd_" not in text(again)
        assert "Weekly sums" in text(again)
        token = ApiToken.objects.get(name="Weekly sums")
        client.post(where(team, "workspaces:revoke_token", token.pk))
        assert "Weekly sums" not in text(client.get(where(team, "workspaces:home")))

    def test_refuses_an_address_that_tokens_must_not_go_to(
        self, team: Team, browser: Browser
    ) -> None:
        answer = browser("owner").post(
            where(team, "workspaces:save_connection"),
            {
                "name": "Elsewhere",
                "base_url": "https://elsewhere.example",
                "app_id": "1",
                "app_secret": "sample-secret-typed",
            },
        )
        assert answer.status_code == 422
        assert 'value="Elsewhere"' in text(answer)
        assert "sample-secret-typed" not in text(answer)

    @pytest.mark.parametrize(
        ("field", "typed", "says"),
        [
            ("name", "", "This field is required"),
            ("name", "n" * 81, "at most 80"),
            ("base_url", "https://elsewhere.example", "is not an allowed address"),
            ("app_id", "9" * 65, "at most 64"),
            ("app_secret", "", "This field is required"),
        ],
    )
    def test_says_at_its_field_what_is_wrong_with_a_connection(
        self, team: Team, browser: Browser, field: str, typed: str, says: str
    ) -> None:
        given = {
            "name": "<b>Kept</b>",
            "base_url": "https://business-api.tiktok.com",
            "app_id": "1",
            "app_secret": "sample-secret-typed",
            "client_secret": "sample-secret-typed",
            field: typed,
        }
        answer = browser("owner").post(where(team, "workspaces:save_connection"), given)
        assert answer.status_code == 422
        assert says in fault(answer, f"{field}-connection")
        assert escape(given["name"]) in text(answer)
        assert "sample-secret-typed" not in text(answer)

    @pytest.mark.parametrize("name", ["", " \u202e ", "t" * 81])
    def test_makes_no_token_without_a_purpose(
        self, team: Team, browser: Browser, name: str
    ) -> None:
        url = where(team, "workspaces:issue_token")
        answer = browser("viewer").post(url, {"name": name})
        assert answer.status_code == 422
        assert fault(answer, "name-token")
        assert "kd_" not in text(answer)

    def test_invites_nobody_as_what_there_is_not(self, team: Team, browser: Browser) -> None:
        client, url = browser("owner"), where(team, "members:invite")
        answer = client.post(url, {"email": "<b>no</b> address", "role": "viewer", "how": "mail"})
        assert answer.status_code == 422
        assert "is not a valid e-mail address" in fault(answer, "email")
        assert escape("<b>no</b> address") in text(answer)
        answer = client.post(url, {"email": "a@shop.example", "role": "emperor", "how": "link"})
        assert answer.status_code == 422
        assert "Select a valid choice" in fault(answer, "role")
        assert 'value="a@shop.example"' in text(answer)

    def test_knows_yes_and_no_to_mailed_notices(self, team: Team, browser: Browser) -> None:
        client, url = browser("viewer"), where(team, "notices:set_wants_mail")
        for said, status in (("yes", 302), ("no", 302), ("perhaps", 422), ("", 422)):
            assert client.post(url, {"wants_mail": said}).status_code == status, said

    def test_keeps_a_forged_consent_out(self, team: Team, browser: Browser) -> None:
        answer = browser("owner").get(
            where(team, "workspaces:callback"), {"state": "forged", "auth_code": "x"}
        )
        assert answer.status_code == 422
        assert "was not started here" in text(answer)


@pytest.mark.slow
class TestLists:
    def test_ask_no_more_queries_when_rows_grow(self, team: Team, browser: Browser) -> None:
        team.shop()
        client = browser("viewer")
        self._queries(client, team)  # what is kept for a minute is kept in both
        few = self._queries(client, team)
        creator = Creator.objects.first()
        Post.objects.bulk_create(
            Post(
                workspace=team.workspace,
                creator=creator,
                item_id=f"{7000000000000000000 + number}",
                status="NOT_SEEN",
                source="test",
                first_seen_at=team.now,
                seen_at=team.now,
            )
            for number in range(40)
        )
        assert self._queries(client, team) == few

    def _queries(self, client: Client, team: Team) -> dict[str, int]:
        names = ("today:home", "creators:list", "posts:list", "authorizations:list")
        names += ("launches:inventory", "launches:plans", "delivery:live", "money:profit")
        counts = {}
        for name in names:
            with CaptureQueriesContext(connection) as seen:
                assert client.get(where(team, name)).status_code == 200
            counts[name] = len(seen)
        return counts


def test_no_page_reads_what_was_typed_but_a_form() -> None:
    """Django's forms are the only readers of a POST, so that each input is checked, kept and explained one way."""
    source = Path(kindling.__file__).parent
    readers = [
        str(path.relative_to(source))
        for path in sorted(source.rglob("*.py"))
        if re.search(r"request\.(POST|FILES)\b", path.read_text())
    ]
    assert readers == ["kit/clean_forms.py", "kit/forms.py"]

"""Addresses typed, reloaded or kept in a bookmark: they lead to a page, whatever stands behind the question mark."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from furnished import Browser, Furnished
from sample_team import Team
from test_access import addresses

from kindling.facts import lake
from kindling.workspaces.models import User, Workspace
from kindling.workspaces.web import page_above

LONG = "Averyveryverylongnamewithoutasingleblankinit" * 2
CSS = settings.HERE / "static" / "css"
DAY = date(2026, 2, 20)


def where(team: Team, name: str, *more: object) -> str:
    return reverse(name, args=[team.workspace.slug, *more])


class TestAnAddressThatTakesAForm:
    @pytest.mark.slow
    def test_leads_to_the_page_above_it_when_it_is_opened(
        self, furnished: Furnished, browser: Browser
    ) -> None:
        client, wrong = browser("owner"), []
        forms = [each for each in addresses() if each.view.kindling_method == "POST"]
        assert len(forms) > 20
        for each in forms:
            answer = client.get(each.url(furnished), follow=True)
            if not answer.redirect_chain or answer.status_code != 200:
                wrong.append((each.name, answer.redirect_chain, answer.status_code))
        assert wrong == []

    def test_says_that_nothing_was_sent(self, team: Team, browser: Browser) -> None:
        answer = browser("owner").get(where(team, "workspaces:issue_token"), follow=True)
        assert answer.redirect_chain == [(where(team, "workspaces:home"), 302)]
        assert "Nothing was sent." in answer.content.decode()

    def test_is_where_nobody_ends_after_signing_in_again(self, team: Team) -> None:
        User.objects.create_user("lost@shop.example", "correct horse battery")
        client, url = Client(), where(team, "workspaces:issue_token")
        at_the_door = client.post(url, {"name": "x"})
        signed_in = client.post(
            at_the_door["Location"],
            {"login": "lost@shop.example", "password": "correct horse battery"},
        )
        assert signed_in["Location"] == url
        assert client.get(url)["Location"] == where(team, "workspaces:home")

    def test_takes_no_other_method(self, team: Team, browser: Browser) -> None:
        assert browser("owner").put(where(team, "workspaces:issue_token")).status_code == 405

    def test_of_the_colours_leads_home(self, database: None) -> None:
        assert Client().get("/theme/")["Location"] == "/"

    def test_without_a_page_above_it_has_none(self) -> None:
        assert page_above("/nowhere/at/all/", "kindling_method") == ""


class TestADayOutsideTheCalendar:
    @pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "0000-00-00", "today"])
    @pytest.mark.parametrize("end", ["from", "to"])
    @pytest.mark.parametrize("name", ["money:profit", "money:chart", "audit:trail"])
    def test_is_refused_with_what_to_correct(
        self, team: Team, browser: Browser, name: str, end: str, day: str
    ) -> None:
        answer = browser("owner").get(where(team, name), {end: day})
        assert answer.status_code == 422
        assert "Correct the" in answer.content.decode()

    def test_leaves_the_trail_on_the_page(self, team: Team, browser: Browser) -> None:
        answer = browser("owner").get(where(team, "audit:trail"), {"from": "0001-01-01"})
        assert "Created workspace" in answer.content.decode()


class TestTheProfitFile:
    @pytest.mark.slow
    def test_has_the_days_of_the_page(self, team: Team, browser: Browser) -> None:
        client, key = browser("finance"), team.account.lake_key
        no_names = dict.fromkeys(("item_id", "adgroup_id", "campaign_id"))
        spent = [
            {**no_names, "account": key, "day": day, "ad_id": ad_id, "currency": "USD", "spend_minor": 100}
            for day, ad_id in ((DAY, "ad-0"), (DAY - timedelta(days=1), "ad-1"))
        ]  # fmt: skip
        lake.replace_ad_days(key, DAY - timedelta(days=1), DAY, spent)
        days = {"by": "ad", "from": DAY.isoformat(), "to": DAY.isoformat()}
        page = client.get(where(team, "money:profit"), days).content.decode()
        link = (
            where(team, "lists:export", "profit")
            + "?by=ad&amp;from=2026-02-20&amp;to=2026-02-20&amp;format=csv"
        )
        assert link in page
        file = client.get(link.replace("&amp;", "&")).content.decode("utf-8-sig")
        assert [each["label"] for each in csv.DictReader(io.StringIO(file))] == ["ad-0"]

    @pytest.mark.parametrize("name", ["money:profit", "payments:list"])
    def test_and_payments_say_why_their_fees_differ(
        self, team: Team, browser: Browser, name: str
    ) -> None:
        page = browser("finance").get(where(team, name)).content.decode()
        assert "can differ" in page


class TestALongName:
    def test_breaks_instead_of_widening_the_page(self, team: Team, browser: Browser) -> None:
        """No browser here: the columns that hold everything may be narrower than their longest word."""
        Workspace.objects.filter(pk=team.workspace.pk).update(name=LONG)
        assert LONG in browser("owner").get(where(team, "today:home")).content.decode()
        for file, rule in (
            ("layout.css", ".main {"), ("layout.css", ".stack {"), ("layout.css", ".stack-tight {"),
            ("components.css", ".card {"), ("components.css", ".form {"),
        ):  # fmt: skip
            text = (CSS / file).read_text()
            body = text[text.index(f"\n{rule}") :].split("}", 1)[0]
            assert "minmax(0, 1fr)" in body, (file, rule)

    def test_list_of_all_ads_scrolls_with_the_page(self) -> None:
        text = (settings.HERE / "templates" / "components" / "list.html").read_text()
        (line,) = [each for each in text.splitlines() if 'class="table-wrap' in each]
        assert "is-tall" not in line

"""Every list: page, API, file and command line show the same rows; members keep columns and views of their own."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import openpyxl
import pyarrow.parquet as pq
import pytest
from django.conf import settings as settings_of_django
from django.template.base import Node
from django.template.loader import get_template
from django.test import Client
from django.urls import reverse
from furnished import Browser, Furnished
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sample_team import Team
from test_access import WANT_MORE, addresses

from kindling.authorizations.models import Intake
from kindling.errors import InvalidInputError
from kindling.lists import pages, service
from kindling.lists.models import ListExport, SavedView
from kindling.lists.query import count_of, opened_in_batches, read_wanted, rows_of
from kindling.lists.rules import ALL, MOST_VIEWS, FileFormat
from kindling.lists.spec import ListSpec, Scope, all_lists, find_list
from kindling.lists.templatetags.list_cells import CellNode, CellsNode
from kindling.outreach.models import Sequence
from kindling.posts.models import Post
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import User

LISTS = [each.name for each in all_lists()]
# Lists without a row in the furnished workspace.
EMPTY = {
    "code-requests", "mentions", "outreach-messages", "renewals", "results", "rule-firings",
    "spend-at-risk", "stopped-ads",
}  # fmt: skip


def text(answer: Any) -> str:
    if getattr(answer, "streaming", False):
        return b"".join(answer.streaming_content).decode()
    return str(answer.content.decode())


def table(answer: Any) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    return list(csv.DictReader(io.StringIO(text(answer).removeprefix("\ufeff"))))


def parts(team: Team, spec: ListSpec) -> dict[str, str]:
    """Filters whose values are parts of the page's address."""
    known: dict[str, Callable[[], object]] = {
        "batch": lambda: Intake.objects.latest("pk").pk,
        "sequence": lambda: Sequence.objects.latest("pk").pk,
        "ad_account": lambda: team.account.advertiser_id,
    }
    return {name: str(known[name]()) for name in spec.page_of}


def page_of(team: Team, spec: ListSpec, **told: str) -> str:
    given = {name: value for name, value in told.items() if name not in spec.page_of}
    return f"{spec.address(team.workspace.slug, parts(team, spec))}?{urlencode(given)}"


def address(team: Team, name: str, *more: object, **told: str) -> str:
    url = reverse(f"lists:{name}", args=[team.workspace.slug, *more])
    return f"{url}?{urlencode(told)}" if told else url


def titles(spec: ListSpec, team: Team, told: dict[str, str]) -> list[str]:
    """What names each wanted row, in order."""
    scope = Scope(team.owner, team.now)
    title = next(each for each in spec.columns if each.is_title)
    rows = rows_of(spec, read_wanted(spec, told, scope), scope)
    return [
        str(title.value(row)) for batch in opened_in_batches(spec, rows, scope) for row in batch
    ]


def choices(spec: ListSpec, team: Team) -> st.SearchStrategy[dict[str, str]]:
    """Any filters, order and search that the list knows."""
    scope = Scope(team.owner, team.now)
    told: dict[str, st.SearchStrategy[str]] = {
        each.name: st.sampled_from(
            ["", "2026-03-01"]
            if each.is_day
            else ["", *(value for value, _ in each.choices(scope))]
        )
        for each in spec.filters
    }
    sorts = [each.name for each in spec.columns if each.sort]
    told["sort"] = st.sampled_from(["", *sorts, *(f"-{each}" for each in sorts)])
    if spec.can_search:
        told["q"] = st.sampled_from(["", "sample", "7", "@SAMPLE.ANA", "no such thing", "<b>"])
    told |= {name: st.just(value) for name, value in parts(team, spec).items()}
    return st.fixed_dictionaries(told)


@pytest.fixture
def api(furnished: Furnished) -> Client:
    token = workspaces.issue_token(furnished.team.owner, name="lists", at=furnished.team.now)
    return Client(headers={"Authorization": f"Bearer {token}"})


class TestTheSameRows:
    @pytest.mark.slow
    @pytest.mark.parametrize("name", LISTS)
    def test_are_on_the_page_in_the_api_and_in_the_file(
        self, furnished: Furnished, browser: Browser, api: Client, name: str
    ) -> None:
        team, spec = furnished.team, find_list(name)
        client = browser("owner")

        @settings(max_examples=12, suppress_health_check=list(HealthCheck))
        @given(told=choices(spec, team))
        def check(told: dict[str, str]) -> None:
            wanted = titles(spec, team, told)
            shown = client.get(page_of(team, spec, **told))
            assert shown.status_code == 200
            found = text(shown)
            assert found.count("</tr>") - ("<thead>" in found) - ("<tfoot>" in found) >= min(
                len(wanted), 50
            )
            rows: list[dict[str, Any]] = []
            cursor = ""
            while True:
                said = {each: value for each, value in told.items() if value}
                part = api.get(f"/api/v1/lists/{name}", {**said, "limit": 7, "cursor": cursor})
                assert part.status_code == 200, part.content
                rows += part.json()["rows"]
                cursor = part.json()["next_cursor"] or ""
                if not cursor:
                    break
            title = next(each.name for each in spec.columns if each.is_title)
            assert [str(row[title]) for row in rows] == wanted
            file = client.get(address(team, "export", name, format="csv", **told))
            assert [row[title].lstrip("'") for row in table(file)] == wanted

        check()

    def test_are_of_ones_own_workspace(self, furnished: Furnished) -> None:
        team, empty = furnished.team, set()
        other = User.objects.create_user("owner@other.example")
        workspaces.create_workspace(
            slug="other", name="Other", owner=other, currency="USD", timezone="UTC", at=team.now
        )
        stranger = workspaces.actor_for(other, "other")
        for spec in all_lists():
            told = {each.name: ALL for each in spec.filters if each.unless and each.has_all}
            counts = []
            for actor in (team.owner, stranger):
                scope = Scope(actor, team.now)
                counts.append(count_of(rows_of(spec, read_wanted(spec, told, scope), scope)))
            empty |= set() if counts[0] else {spec.name}
            assert counts[1] == (1 if spec.name in {"members", "audit"} else 0), spec.name
        assert empty == EMPTY

    @pytest.mark.parametrize("name", LISTS)
    def test_are_sorted_by_what_a_column_shows(self, furnished: Furnished, name: str) -> None:
        team, spec = furnished.team, find_list(name)
        scope = Scope(team.owner, team.now)
        for column in spec.data_columns:
            for sort in [column.name, f"-{column.name}"] if column.sort else []:
                rows = rows_of(spec, read_wanted(spec, {"sort": sort}, scope), scope)
                shown = [row for batch in opened_in_batches(spec, rows, scope) for row in batch]
                keys = [service.files.cells((column,), row)[0] for row in shown]
                known = [each for each in keys if each is not None]
                if not all(isinstance(each, str) for each in known):
                    assert known == sorted(known, reverse=sort.startswith("-")), (name, sort)


class TestAList:
    @pytest.mark.parametrize("name", LISTS)
    def test_draws_a_cell_for_each_of_its_columns_in_their_order(self, name: str) -> None:
        spec = find_list(name)
        if spec.row_template == "lists/row.html":
            return
        nodes = get_template(spec.row_template).template.nodelist.get_nodes_by_type(Node)  # type: ignore[attr-defined]  # Django's own template
        drawn: list[str] = []
        for node in nodes:
            if isinstance(node, CellNode):
                drawn.append(node.name)
            elif isinstance(node, CellsNode):
                drawn += [each.name for each in node.columns(spec)]
        assert drawn == [each.name for each in spec.columns]

    @pytest.mark.parametrize("name", LISTS)
    def test_is_named_by_one_column_and_has_each_name_once(self, name: str) -> None:
        spec = find_list(name)
        assert sum(each.is_title for each in spec.columns) == 1
        names = [each.name for each in spec.columns] + [each.name for each in spec.filters]
        assert not set(names) & {"q", "sort", "page", "limit", "cursor", "format"}
        assert len({each.name for each in spec.columns}) == len(spec.columns)

    @pytest.mark.parametrize("name", LISTS)
    def test_says_so_when_it_is_asked_for_what_it_does_not_have(
        self, furnished: Furnished, browser: Browser, api: Client, name: str
    ) -> None:
        team, spec = furnished.team, find_list(name)
        told = [{"sort": "no_such_column"}, {"sort": "-"}]
        told += [{each.name: "no-such-choice"} for each in spec.filters]
        for wrong in told:
            if not set(wrong) & set(spec.page_of):
                shown = browser("owner").get(page_of(team, spec, **wrong))
                assert shown.status_code == 422
                said = ("Use one of", "Correct the date", "Use the number")
                assert any(each in text(shown) for each in said)
            assert api.get(f"/api/v1/lists/{name}", wrong).status_code == 422
        assert api.get(f"/api/v1/lists/{name}", {"no_such_filter": "1"}).status_code == 422

    def test_shows_its_last_page_where_the_number_is_beyond_it(
        self, furnished: Furnished, browser: Browser
    ) -> None:
        url = page_of(furnished.team, find_list("posts"), page="9999")
        assert furnished.post.item_id in text(browser("viewer").get(url))

    def test_keeps_search_and_filters_while_it_is_sorted(
        self, furnished: Furnished, browser: Browser
    ) -> None:
        url = page_of(furnished.team, find_list("posts"), lane="spark_ready", q="sample")
        shown = text(browser("viewer").get(url))
        assert 'href="?q=sample&amp;lane=spark_ready&amp;sort=-views"' in shown

    def test_tells_screen_readers_how_it_is_sorted(
        self, furnished: Furnished, browser: Browser
    ) -> None:
        shown = text(
            browser("viewer").get(page_of(furnished.team, find_list("posts"), sort="-views"))
        )
        assert re.search(r'aria-sort="descending"><a class="sort" href="\?sort=views">Views', shown)

    def test_has_an_address_that_nobody_and_no_stranger_opens(
        self, furnished: Furnished, browser: Browser
    ) -> None:
        team = furnished.team
        made = service.ask_export(
            team.owner, find_list("posts"), read_wanted(find_list("posts"), {}, Scope(team.owner, team.now)),
            columns=["views"], fmt=FileFormat.CSV, at=team.now,
        )  # fmt: skip
        view = service.save_view(
            team.owner, find_list("posts"), name="Mine",
            wanted=read_wanted(find_list("posts"), {"sort": "-views"}, Scope(team.owner, team.now)),
        )  # fmt: skip
        stranger = Client()
        stranger.force_login(User.objects.create_user("stranger@other.example"))
        for url in (
            address(team, "export", "posts"),
            address(team, "export_file", made.pk),
            address(team, "download", made.pk),
            address(team, "exports"),
        ):
            assert Client().get(url).status_code == 302
            assert stranger.get(url).status_code == 404
        for url in (
            address(team, "columns", "posts"),
            address(team, "save_view", "posts"),
            address(team, "delete_view", view.pk),
        ):
            assert Client().post(url).status_code == 302
            assert stranger.post(url).status_code == 404
        colleague = browser("finance")
        assert colleague.get(address(team, "export_file", made.pk)).status_code == 404
        assert colleague.get(address(team, "download", made.pk)).status_code == 404
        assert colleague.post(address(team, "delete_view", view.pk)).status_code == 404
        assert SavedView.objects.filter(pk=view.pk).exists()


class TestColumns:
    def test_are_kept_for_the_one_who_chose_them(
        self, furnished: Furnished, browser: Browser
    ) -> None:
        team, spec = furnished.team, find_list("posts")
        chosen = {"columns": ["views", "seconds"], "is_compact": "on"}
        answer = browser("owner").post(
            address(team, "columns", "posts", lane="spark_ready"), chosen
        )
        assert answer["Location"] == page_of(team, spec, lane="spark_ready")
        mine, others = (
            text(browser(role).get(page_of(team, spec))) for role in ("owner", "finance")
        )
        assert "Length in seconds</th>" in mine
        assert ">Likes</a>" not in mine
        assert "is-compact" in mine
        assert "Length in seconds</th>" not in others
        assert ">Likes</a>" in others

    def test_are_those_of_the_file(self, furnished: Furnished, browser: Browser) -> None:
        team, client = furnished.team, browser("owner")
        refused = client.post(address(team, "columns", "posts"), {"columns": ["sku", "nothing"]})
        assert refused.status_code == 422
        client.post(address(team, "columns", "posts"), {"columns": ["sku"]})
        assert list(table(client.get(address(team, "export", "posts")))[0]) == ["post", "sku"]


class TestAView:
    def test_brings_back_what_was_shown(self, furnished: Furnished, browser: Browser) -> None:
        team, client = furnished.team, browser("media_buyer")
        spec = find_list("authorizations")
        told = {"state": "usable", "sort": "-spend_at_risk"}
        saved = client.post(
            address(team, "save_view", spec.name, **told),
            {"name": " Money <b>first</b> "},
            follow=True,
        )
        assert "The view “Money &lt;b&gt;first&lt;/b&gt;” is saved." in text(saved)
        assert f'href="?{urlencode(told).replace("&", "&amp;")}" aria-current="true"' in text(saved)
        assert "Money &lt;b&gt;" not in text(browser("owner").get(page_of(team, spec)))

    def test_needs_a_name_and_there_are_not_endlessly_many(self, furnished: Furnished) -> None:
        team, spec = furnished.team, find_list("posts")
        wanted = read_wanted(spec, {"sort": "-views"}, Scope(team.owner, team.now))
        with pytest.raises(InvalidInputError, match="needs a name"):
            service.save_view(team.buyer, spec, name="  ", wanted=wanted)
        for number in range(MOST_VIEWS):
            service.save_view(team.buyer, spec, name=f"View {number}", wanted=wanted)
        service.save_view(team.buyer, spec, name="View 3", wanted=wanted)
        with pytest.raises(InvalidInputError, match="already"):
            service.save_view(team.buyer, spec, name="One more", wanted=wanted)

    def test_can_be_deleted(self, furnished: Furnished, browser: Browser) -> None:
        team, spec = furnished.team, find_list("posts")
        wanted = read_wanted(spec, {"sort": "-views"}, Scope(team.owner, team.now))
        view = service.save_view(team.owner, spec, name="Mine", wanted=wanted)
        answer = browser("owner").post(address(team, "delete_view", view.pk))
        assert answer["Location"] == reverse(spec.page, args=[team.workspace.slug])
        assert not SavedView.objects.filter(pk=view.pk).exists()


class TestAFile:
    def test_holds_amounts_with_their_currency_and_days_as_days(
        self, furnished: Furnished, browser: Browser, tmp_path: Path
    ) -> None:
        team, client = furnished.team, browser("owner")
        plain = table(client.get(address(team, "export", "authorizations", state="usable")))
        assert {"post", "state", "stop_by", "spend_at_risk", "spend_at_risk_currency"} <= set(
            plain[0]
        )
        book = client.get(address(team, "export", "authorizations", state="usable", format="xlsx"))
        (tmp_path / "book.xlsx").write_bytes(book.content)
        sheet = openpyxl.load_workbook(tmp_path / "book.xlsx").active
        assert sheet is not None
        rows = list(sheet.iter_rows(values_only=True))
        assert list(rows[0]) == list(plain[0])
        assert [row[0] for row in rows[1:]] == [row["post"] for row in plain]
        parquet = client.get(
            address(team, "export", "authorizations", state="usable", format="parquet")
        )
        (tmp_path / "rows.parquet").write_bytes(parquet.content)
        found = pq.read_table(tmp_path / "rows.parquet")
        assert found.column_names == list(plain[0])
        assert str(found.schema.field("stop_by").type) == "timestamp[us, tz=UTC]"
        assert str(found.schema.field("spend_at_risk").type) == "decimal128(24, 4)"

    def test_runs_no_text_as_a_formula(
        self, furnished: Furnished, browser: Browser, tmp_path: Path
    ) -> None:
        team, client = furnished.team, browser("owner")
        Post.objects.filter(pk=furnished.post.pk).update(lane_reason='=HYPERLINK("x")')
        client.post(address(team, "columns", "posts"), {"columns": ["reason"]})
        plain = {row["reason"] for row in table(client.get(address(team, "export", "posts")))}
        assert '\'=HYPERLINK("x")' in plain
        (tmp_path / "book.xlsx").write_bytes(
            client.get(address(team, "export", "posts", format="xlsx")).content
        )
        sheet = openpyxl.load_workbook(tmp_path / "book.xlsx").active
        assert sheet is not None
        cells = [row[1] for row in sheet.iter_rows() if row[1].value == '=HYPERLINK("x")']
        assert [each.data_type for each in cells] == ["s"]

    def test_never_holds_a_code(self, furnished: Furnished, browser: Browser) -> None:
        team, client = furnished.team, browser("owner")
        columns = find_list("authorizations").data_columns
        everything = [each.name for each in columns if not each.is_title]
        chosen = client.post(address(team, "columns", "authorizations"), {"columns": everything})
        assert chosen.status_code == 302
        found = text(client.get(address(team, "export", "authorizations")))
        assert furnished.codes
        assert not any(code in found for code in furnished.codes)


class TestALongFile:
    def test_is_written_in_the_background_and_found_again(
        self, furnished: Furnished, browser: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        team, client = furnished.team, browser("owner")
        monkeypatch.setattr(pages, "AT_ONCE", 1)
        url = address(team, "export", "posts", lane="spark_ready", sort="-views")
        offered = client.get(url)
        assert "are written in the background" in text(offered)
        assert ListExport.objects.get() == furnished.export
        asked = client.post(url, {"format": "csv"})
        made = ListExport.objects.exclude(pk=furnished.export.pk).get()
        assert asked["Location"] == address(team, "export_file", made.pk)
        assert "0 of" in text(client.get(asked["Location"]))
        assert client.get(address(team, "download", made.pk)).status_code == 404
        service.write_export(made.pk, at=team.now)
        service.write_export(made.pk, at=team.now)  # a second time changes nothing
        assert "The file is ready." in text(client.get(asked["Location"]))
        file = table(client.get(address(team, "download", made.pk)))
        wanted = titles(find_list("posts"), team, {"lane": "spark_ready", "sort": "-views"})
        assert [row["post"] for row in file] == wanted
        assert "Ready" in text(client.get(address(team, "exports")))

    def test_is_written_anew_after_a_crash_in_the_middle(
        self, furnished: Furnished, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        team, spec = furnished.team, find_list("posts")
        wanted = read_wanted(spec, {}, Scope(team.owner, team.now))
        made = service.ask_export(
            team.owner, spec, wanted, columns=["views"], fmt=FileFormat.CSV, at=team.now
        )
        with monkeypatch.context() as broken:
            broken.setattr(service, "_note_progress", lambda pk, done: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                service.write_export(made.pk, at=team.now)
        assert not service.file_of(made).exists()
        service.write_export(made.pk, at=team.now)
        made.refresh_from_db()
        assert made.state == ListExport.State.DONE
        assert len(service.file_of(made).read_text("utf-8-sig").splitlines()) == 1 + made.rows_total

    def test_says_what_went_wrong(self, furnished: Furnished) -> None:
        team, spec = furnished.team, find_list("posts")
        wanted = read_wanted(spec, {"lane": "spark_ready"}, Scope(team.owner, team.now))
        made = service.ask_export(
            team.owner, spec, wanted, columns=[], fmt=FileFormat.XLSX, at=team.now
        )
        ListExport.objects.filter(pk=made.pk).update(query={"lane": "gone"})
        service.write_export(made.pk, at=team.now)
        made.refresh_from_db()
        assert made.state == ListExport.State.FAILED
        assert "is not a choice" in made.problem

    def test_is_refused_where_a_sheet_cannot_hold_it(
        self, furnished: Furnished, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(service.files, "XLSX_ROWS", 1)
        team, spec = furnished.team, find_list("posts")
        wanted = read_wanted(spec, {}, Scope(team.owner, team.now))
        with pytest.raises(InvalidInputError, match="Choose CSV"):
            service.ask_export(
                team.owner, spec, wanted, columns=[], fmt=FileFormat.XLSX, at=team.now
            )

    def test_is_deleted_after_a_week(self, furnished: Furnished) -> None:
        team, spec = furnished.team, find_list("posts")
        wanted = read_wanted(spec, {}, Scope(team.owner, team.now))
        made = service.ask_export(
            team.owner, spec, wanted, columns=[], fmt=FileFormat.CSV, at=team.now
        )
        service.write_export(made.pk, at=team.now)
        assert service.forget_exports(at=team.now + timedelta(days=6)) == 0
        assert service.file_of(made).exists()
        assert (
            service.forget_exports(at=team.now + timedelta(days=8)) == 2
        )  # with the furnished one
        assert not service.file_of(made).exists()


class TestTheApi:
    def test_describes_every_list_that_whoever_asks_may_see(self, api: Client) -> None:
        told = {each["name"]: each for each in api.get("/api/v1/lists").json()}
        assert set(told) == set(LISTS)
        states = next(each for each in told["authorizations"]["filters"] if each["name"] == "state")
        assert {"value": "lost", "label": "Lost"} in states["choices"]
        views = next(each for each in told["posts"]["columns"] if each["name"] == "views")
        assert views == {"name": "views", "label": "Views", "kind": "count", "can_sort": True}

    def test_knows_no_other_list(self, api: Client) -> None:
        answer = api.get("/api/v1/lists/secrets")
        assert answer.status_code == 404
        assert "posts" in json.loads(answer.content)["next_step"]

    def test_opens_for_nobody(self, database: None) -> None:
        assert Client().get("/api/v1/lists").status_code == 401
        assert Client().get("/api/v1/lists/posts").status_code == 401


class TestEveryTable:
    """A table is the list's component, or part of one thing's page and named here."""

    DETAILS = {
        "agreements/one.html": "rights, payments and samples of one agreement",
        "agreements/version.html": "what one version of an agreement changed",
        "authorizations/diagnosis.html": "what each error and state means",
        "authorizations/preview.html": "codes before they are kept",
        "authorizations/risk.html": "the figures of a chart",
        "briefs/deliverable.html": "the rounds of one deliverable",
        "conversions/problems.html": "refused rows of one file",
        "delivery/first_days.html": "posts whose ads have just begun",
        "delivery/live.html": "the figures of a chart",
        "delivery/rule.html": "the dry run of one rule",
        "imported.html": "refused rows of the file just read",
        "launches/compare.html": "what of one plan differs at TikTok",
        "launches/plan.html": "the objects of one plan",
        "launches/planned_ad.html": "the checks of one ad of a plan",
        "posts/back_test.html": "the figures of one back-test",
        "posts/policy.html": "what one policy would change",
        "profiles/creator.html": "posts, rights and history of one creator",
        "profiles/post.html": "history and ads of one post",
        "tracker/preview.html": "sheets of the file just read",
        "tracker/rows.html": "rows of the file just read",
        "workspaces/settings.html": "what each role may do",
    }

    def test_is_the_component_or_part_of_one_things_page(self) -> None:
        having = {
            str(path).split("/templates/")[1]
            for path in settings_of_django.HERE.glob("**/templates/**/*.html")
            if "<table" in path.read_text()
        }
        assert having == {*self.DETAILS, "components/list.html"}

    @pytest.mark.slow
    def test_of_a_list_is_found_on_a_walk_over_all_addresses(
        self, furnished: Furnished, browser: Browser
    ) -> None:
        client, found = browser("owner"), set()
        for each in addresses():
            if each.view.kindling_method == "POST" or each.name in WANT_MORE:
                continue
            answer = client.get(each.url(furnished))
            if "html" in answer.headers["Content-Type"] and not answer.streaming:
                found |= set(
                    re.findall(r'<div id="results"[^>]* data-list="([a-z-]+)"', text(answer))
                )
        assert found == set(LISTS)


class TestTheGallery:
    def test_shows_every_component(self, furnished: Furnished, browser: Browser) -> None:
        page = (settings_of_django.HERE / "lists/templates/lists/gallery.html").read_text()
        parts = {
            path.stem for path in (settings_of_django.HERE / "templates/components").glob("*.html")
        }
        elsewhere = {
            "search",
            "toast",
        }  # above lists that are no `ListSpec`; in the frame of every page
        assert {each for each in parts if f"<c-{each}" not in page} == elsewhere
        shown = text(browser("viewer").get(address(furnished.team, "gallery")))
        assert "Where it can be, it is undone here." in shown

    def test_shows_faults_at_the_fields_and_keeps_nothing(
        self, furnished: Furnished, browser: Browser
    ) -> None:
        client, url = browser("viewer"), address(furnished.team, "gallery")
        wrong = client.post(url, {"count": "many", "price": "1.2.3", "send": "1"})
        assert wrong.status_code == 422
        assert text(wrong).count('class="errorlist"') >= 4
        right = client.post(
            url,
            {"name": "x", "choice": "one", "count": "3", "reason": "y", "send": "1"},
            follow=True,
        )
        assert "Nothing was kept." in text(right)

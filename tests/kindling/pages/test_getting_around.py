"""The menu is in the order of a role's work, and Find leads to what somebody may open, and to nothing else."""

from __future__ import annotations

import re

import pytest
from django.urls import resolve, reverse
from furnished import Browser, Furnished
from sample_team import Team

from kindling.facts import queries
from kindling.facts.schema import LakeDamagedError
from kindling.today.find import EACH, find
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import Role, User
from kindling.workspaces.navigation import DESTINATIONS, Destination, menu_for
from kindling.workspaces.rules import may


def entries(role: str) -> list[str]:
    return [entry.name for group in menu_for(role) for entry in group.entries]


def labels(groups: list[str]) -> list[str]:
    return [label for label in groups if label]


class TestTheMenu:
    @pytest.mark.parametrize("role", Role.values)
    def test_has_every_page_once_whatever_the_role(self, role: str) -> None:
        assert sorted(entries(role)) == sorted(entries("owner"))
        assert len(set(entries(role))) == len(entries(role))
        assert entries(role)[0] == "today:home"

    @pytest.mark.parametrize(
        ("role", "first"),
        [
            (Role.MEDIA_BUYER, "Ads"),
            (Role.COMMUNITY, "Ads"),
            (Role.FINANCE, "Money"),
            (Role.CREATOR_MANAGER, "Creators"),
            (Role.LEGAL, "Creators"),
            (Role.VIEWER, "Creators"),
        ],
    )
    def test_begins_with_the_work_of_the_role(self, role: str, first: str) -> None:
        groups = labels([group.label for group in menu_for(role)])
        assert groups[0] == first
        assert sorted(groups) == ["Ads", "Creators", "Money"]

    def test_has_a_key_of_its_own_for_every_entry(self) -> None:
        keys = [entry.key for group in menu_for("owner") for entry in group.entries]
        assert len(set(keys)) == len(keys)
        assert all(re.fullmatch("[a-z]", key) for key in keys)

    def test_marks_the_page_that_is_open(self, furnished: Furnished, browser: Browser) -> None:
        page = browser("owner").get(f"/w/{furnished.slug}/authorizations/risk/").content.decode()
        rail = page.split('aria-label="Main"')[1].split("</nav>")[0]
        assert re.findall(r'aria-current="page">.*?</span>([^<]+)<', rail) == ["Authorizations"]

    @pytest.mark.parametrize("each", DESTINATIONS, ids=lambda each: each.label)
    def test_leads_only_who_may_open_it(self, each: Destination) -> None:
        view = resolve(reverse(each.name, args=["sample-shop"])).func
        assert view.kindling_method != "POST"
        for role in Role.values:
            assert may(role, view.kindling_action) or not may(role, each.action)


class TestFind:
    def test_names_the_page_that_begins_with_the_word_first(
        self, furnished: Furnished, browser: Browser
    ) -> None:
        url = reverse("today:find", args=[furnished.slug])
        page = browser("owner").get(url, {"q": "live"}).content.decode()
        assert page.index(
            reverse("delivery:live", args=[furnished.slug]), page.index('id="found"')
        ) < page.index("Deliverables")

    def found(self, team: Team, text: str) -> dict[str, list[tuple[str, str]]]:
        return {
            group.label: [(each.label, each.url) for each in group.rows]
            for group in find(team.owner, text)
        }

    def test_gives_every_page_and_action_before_anything_is_typed(
        self, furnished: Furnished
    ) -> None:
        (group,) = find(furnished.team.owner, "")
        assert {"Today", "Add codes", "Settings", "Calls to TikTok"} <= {
            each.label for each in group.rows
        }

    def test_leaves_out_what_the_role_may_not_begin(self, furnished: Furnished) -> None:
        told = {each.label for group in find(furnished.team.finance, "") for each in group.rows}
        assert "Import orders" in told
        assert not {"Add codes", "Connect TikTok", "Write an agreement"} & told

    def test_finds_a_creator_their_posts_and_agreements_by_handle(
        self, furnished: Furnished
    ) -> None:
        handle, slug = furnished.post.creator.handle, furnished.slug
        for typed in (handle, f"@{handle}", f"  {handle.upper()} "):
            told = self.found(furnished.team, typed)
            assert (f"@{handle}", f"/w/{slug}/creators/@{handle}/") in told["Creators"]
            urls = [url for _, url in told["Posts"]]
            assert f"/w/{slug}/posts/{furnished.post.item_id}/" in urls
            assert "Agreements" in told

    def test_finds_a_post_by_the_beginning_of_its_id(self, furnished: Furnished) -> None:
        told = self.found(furnished.team, furnished.post.item_id[:12])
        assert [url for _, url in told["Posts"]] == [
            f"/w/{furnished.slug}/posts/{furnished.post.item_id}/"
        ]

    def test_finds_plans_and_briefs_by_name(self, furnished: Furnished) -> None:
        told = self.found(furnished.team, furnished.plan.name)
        assert f"/w/{furnished.slug}/plans/{furnished.plan.pk}/" in [
            url for _, url in told["Plans"]
        ]
        assert [label for label, _ in self.found(furnished.team, "sample br")["Briefs"]] == [
            "Sample brief"
        ]

    def test_finds_an_order_by_its_whole_number(self, furnished: Furnished) -> None:
        team = furnished.team
        team.sandbox.advance(hours=48)
        team.orders()
        owned = [row for row in queries.orders_of(team.workspace.pk).to_pylist() if row["item_id"]]
        order_id, item_id = owned[0]["order_id"], owned[0]["item_id"]
        ((label, url), *_) = self.found(team, order_id)["Orders"]
        assert order_id in label
        assert self.found(team, order_id.lower()) == self.found(team, order_id.upper())
        assert url == f"/w/{furnished.slug}/posts/{item_id}/"
        assert "Orders" not in self.found(team, order_id[:-1])

    def test_gives_a_few_of_each_kind(self, furnished: Furnished) -> None:
        told = self.found(furnished.team, "sample")
        assert all(len(rows) <= EACH for kind, rows in told.items() if kind != "Pages and actions")

    @pytest.mark.slow
    def test_leads_nowhere_that_answers_with_an_error(
        self, furnished: Furnished, browser: Browser
    ) -> None:
        client = browser("owner")
        for text in ("", "sample", furnished.post.item_id[:5]):
            for rows in self.found(furnished.team, text).values():
                for _, url in rows:
                    assert client.get(url).status_code == 200, url

    @pytest.mark.parametrize("text", ["%", "%%", "__", "<b>", "🎬🎬", "a" * 5_000, "‏‏", "'; --"])
    def test_takes_any_text(self, furnished: Furnished, browser: Browser, text: str) -> None:
        answer = browser("owner").get(f"/w/{furnished.slug}/find/", {"q": text})
        assert answer.status_code == 200
        page = answer.content.decode()
        assert "<b>" not in page
        if "%" in text or "_" in text:
            assert "/creators/@" not in page

    def test_never_finds_a_video_code(self, furnished: Furnished, browser: Browser) -> None:
        client = browser("owner")
        for code in furnished.codes:
            page = client.get(f"/w/{furnished.slug}/find/", {"q": code[1:9]}).content.decode()
            assert "Nothing matches" in page
            assert code not in page

    def test_finds_nothing_of_another_workspace(self, furnished: Furnished) -> None:
        other = User.objects.create_user("other@shop.example")
        workspaces.create_workspace(
            slug="other-shop", name="Other", owner=other, currency="USD", timezone="UTC",
            at=furnished.team.now,
        )  # fmt: skip
        stranger = workspaces.actor_for(other, "other-shop")
        furnished.team.sandbox.advance(hours=48)
        furnished.team.orders()
        order_id = queries.orders_of(furnished.team.workspace.pk).to_pylist()[0]["order_id"]
        for text in (
            furnished.post.creator.handle, furnished.post.item_id, furnished.plan.name, order_id,
            furnished.version.agreement.title, furnished.brief.title,
        ):  # fmt: skip
            mine, theirs = (
                [group.label for group in find(actor, text) if group.label != "Pages and actions"]
                for actor in (furnished.team.owner, stranger)
            )
            assert mine
            assert theirs == []

    def test_finds_the_rest_while_the_lake_cannot_be_read(
        self, furnished: Furnished, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def damaged(*given: object) -> None:
            raise LakeDamagedError("orders", "sample")

        monkeypatch.setattr(queries, "find_order", damaged)
        assert "Creators" in self.found(furnished.team, furnished.post.creator.handle)

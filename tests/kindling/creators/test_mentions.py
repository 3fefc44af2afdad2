"""Creators found in captions: who names the brand, and whom captions mention."""

from __future__ import annotations

from datetime import timedelta

import pytest
from desk import Desk
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from kindling.creators import directory, mentions, rules
from kindling.creators.models import Creator, Mention
from kindling.creators.rules import HANDLE
from kindling.errors import NotAllowedError, NotFoundError
from kindling.posts.models import Post
from kindling.products.models import Product
from kindling.workspaces.models import AuditEntry, User, Workspace

NAMES, MENTIONED = Mention.Kind.NAMES_BRAND, Mention.Kind.MENTIONED


def caption(desk: Desk, creator: Creator, text: str, number: int = 1, days_ago: int = 0) -> Post:
    return Post.objects.create(
        workspace=desk.workspace, creator=creator, item_id=str(7300000000000000000 + number),
        status="", source="test", caption=text, posted_at=desk.now - timedelta(days=days_ago),
        first_seen_at=desk.now, seen_at=desk.now,
    )  # fmt: skip


@pytest.fixture
def brand(desk: Desk) -> Creator:
    Product.objects.create(
        workspace=desk.workspace, sku="GLOW-30", title="Night Serum", currency="USD",
        price_minor=1, unit_cost_minor=1,
    )  # fmt: skip
    return desk.creator("sample.shop", is_own=True)


class TestWhoNamesTheBrand:
    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("I love @Sample.Shop.", "@sample.shop"),
            ("so good #sample.shop!", "#sample.shop"),
            ("the glow-30, again", "glow-30"),
            ("#glow30 #fyp", "#glow30"),
            ("My #NightSerum", "#nightserum"),
        ],
    )
    def test_is_found_by_account_sku_or_hashtag(
        self, desk: Desk, brand: Creator, text: str, name: str
    ) -> None:
        caption(desk, desk.creator(), text)
        mentions.find_mentions(desk.workspace, at=desk.now)
        row = mentions.list_mentions(desk.workspace, kind=NAMES).get()
        assert (row.handle, row.names, row.times) == ("sample.ana", [name], 1)

    @pytest.mark.parametrize("text", ["@sample.shopping", "night serum", "aglow-30x", "#fyp", ""])
    def test_is_not_found_by_less(self, desk: Desk, brand: Creator, text: str) -> None:
        caption(desk, desk.creator(), text)
        mentions.find_mentions(desk.workspace, at=desk.now)
        assert not mentions.list_mentions(desk.workspace, kind=NAMES).exists()

    def test_is_not_the_brand_itself(self, desk: Desk, brand: Creator) -> None:
        caption(desk, brand, "We are @sample.shop #glow30")
        mentions.find_mentions(desk.workspace, at=desk.now)
        assert not Mention.objects.exists()

    def test_is_listed_with_how_often_where_and_when(self, desk: Desk, brand: Creator) -> None:
        ana = desk.creator()
        for number in range(7):
            caption(desk, ana, "@sample.shop", number, days_ago=number)
        caption(desk, ana, "", 50)
        caption(desk, desk.creator("sample.ben"), "@sample.shop", 60)
        mentions.find_mentions(desk.workspace, at=desk.now)
        first = mentions.list_mentions(desk.workspace, kind=NAMES).first()
        assert (first.handle, first.times, first.last_at) == ("sample.ana", 7, desk.now)
        assert first.items == [str(7300000000000000000 + number) for number in range(5)]


class TestWhoIsMentioned:
    def test_is_offered_until_the_directory_knows_them(self, desk: Desk) -> None:
        ana = directory.rename(desk.manager, desk.creator("sample.old"), "sample.ana", at=desk.now)
        caption(desk, ana, "with @Sample.New, @sample.ana, @sample.old, mail ana@shop.example")
        mentions.find_mentions(desk.workspace, at=desk.now)
        row = mentions.list_mentions(desk.workspace, kind=MENTIONED).get()
        assert (row.handle, row.names) == ("sample.new", ["@sample.ana"])
        desk.creator("sample.new")
        assert not mentions.list_mentions(desk.workspace, kind=MENTIONED).exists()

    def test_is_added_by_a_manager_and_by_nobody_else(self, desk: Desk) -> None:
        caption(desk, desk.creator(), "with @sample.new")
        mentions.find_mentions(desk.workspace, at=desk.now)
        with pytest.raises(NotAllowedError):
            mentions.add(desk.viewer, "sample.new", at=desk.now)
        assert mentions.add(desk.manager, "sample.new", at=desk.now).source == "mention"
        assert AuditEntry.objects.get(action="added creator").subject == "@sample.new"
        with pytest.raises(NotFoundError):
            mentions.add(desk.manager, "sample.new", at=desk.now)

    def test_is_not_added_for_another_workspace(self, desk: Desk) -> None:
        caption(desk, desk.creator(), "with @sample.new")
        mentions.find_mentions(desk.workspace, at=desk.now)
        Mention.objects.update(workspace=Workspace.objects.create(slug="other", name="Other"))
        with pytest.raises(NotFoundError):
            mentions.add(desk.manager, "sample.new", at=desk.now)
        assert Creator.objects.count() == 1

    def test_is_forgotten_when_no_caption_mentions_them_any_more(self, desk: Desk) -> None:
        post = caption(desk, desk.creator(), "with @sample.new")
        mentions.find_mentions(desk.workspace, at=desk.now)
        Post.objects.filter(pk=post.pk).update(caption="alone")
        assert mentions.find_mentions(desk.workspace, at=desk.now) == 0
        assert not Mention.objects.exists()

    @given(st.text(alphabet="@.a_b é#/1 ", max_size=40))
    def test_has_a_handle_that_tiktok_allows(self, text: str) -> None:
        for each in rules.mentions(text):
            assert HANDLE.fullmatch(each)
            assert "@" + each in text.lower()


class TestThePage:
    def test_is_not_there_for_nobody_and_for_strangers(self, desk: Desk) -> None:
        stranger = Client()
        stranger.force_login(User.objects.create_user("stranger@other.example"))
        url = desk.where("creators:mentions")
        assert (Client().get(url).status_code, stranger.get(url).status_code) == (302, 404)
        url = desk.where("creators:add_mentioned")
        assert (Client().post(url).status_code, stranger.post(url).status_code) == (302, 404)

    def test_adds_with_one_press_and_says_what_it_looks_at(
        self, desk: Desk, browser: Client
    ) -> None:
        caption(desk, desk.creator(), "with @sample.new <b>")
        url = desk.where("creators:mentions")
        assert "No mentions found yet" in browser.get(url).content.decode()
        mentions.find_mentions(desk.workspace, at=desk.now)
        page = browser.get(url, {"kind": "mentioned"}).content.decode()
        assert "Only posts in your library are searched" in page
        assert "Add to directory" in page
        answer = browser.post(
            desk.where("creators:add_mentioned"), {"handle": "sample.new"}, follow=True
        )
        assert "@sample.new was added to the directory." in answer.content.decode()
        assert Creator.objects.filter(handle="sample.new").exists()

    def test_does_not_offer_the_button_to_viewers(self, desk: Desk) -> None:
        caption(desk, desk.creator(), "with @sample.new")
        mentions.find_mentions(desk.workspace, at=desk.now)
        viewer = Client()
        viewer.force_login(User.objects.get(email="viewer@shop.example"))
        page = viewer.get(desk.where("creators:mentions"), {"kind": "mentioned"}).content.decode()
        assert "@sample.new" in page
        assert "Add to directory" not in page
        answer = viewer.post(desk.where("creators:add_mentioned"), {"handle": "sample.new"})
        assert answer.status_code == 403

"""The directory: facts, tags, notes, handles that change, two entries that are one, the portal's door."""

from __future__ import annotations

from datetime import timedelta

import pytest
from desk import Desk
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from kindling.access import service as access
from kindling.access.models import PortalLink, PortalSession
from kindling.agreements.models import UsageRight
from kindling.creators import directory, service
from kindling.creators.directory import Facts
from kindling.creators.events import Event, merged
from kindling.creators.models import Creator, HandleChange
from kindling.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from kindling.notices.models import Notice
from kindling.posts.models import Post
from kindling.posts.service import PostFacts, record_post
from kindling.workspaces.models import AuditEntry, User


def seen(handle: str, number: int = 1) -> PostFacts:
    return PostFacts(item_id=str(7300000000000000000 + number), handle=handle)


class TestFacts:
    def test_are_changed_with_before_and_after_in_the_trail(self, desk: Desk) -> None:
        ana = desk.creator(email="old@shop.example")
        facts = Facts(email="new@shop.example", country="ES", language="es", tags=("beauty",))
        directory.change(desk.manager, ana, facts, at=desk.now)
        entry = AuditEntry.objects.get(action="changed creator")
        assert entry.before["email"] == "old@shop.example"
        assert entry.after == {
            "email": "new@shop.example", "country": "ES", "language": "es", "tags": ["beauty"],
        }  # fmt: skip

    @pytest.mark.parametrize(
        "facts", [Facts(email="no"), Facts(country="Spain"), Facts(language="xx")]
    )
    def test_that_are_none_are_refused(self, desk: Desk, facts: Facts) -> None:
        with pytest.raises(InvalidInputError):
            directory.change(desk.manager, desk.creator(), facts, at=desk.now)

    def test_are_not_for_viewers(self, desk: Desk) -> None:
        with pytest.raises(NotAllowedError):
            directory.change(desk.viewer, desk.creator(), Facts(), at=desk.now)


class TestTheList:
    def test_is_filtered_by_tag_and_country(self, desk: Desk, browser: Client) -> None:
        ana = desk.creator()
        desk.creator("sample.ben", country="US")
        directory.change(desk.manager, ana, Facts(tags=("beauty",), country="ES"), at=desk.now)
        url = desk.where("creators:list")
        page = browser.get(url, {"tag": "beauty"}).content.decode()
        assert "@sample.ana" in page
        assert "@sample.ben" not in page
        page = browser.get(url, {"country": "US"}).content.decode()
        assert "@sample.ana" not in page

    def test_finds_by_a_former_handle(self, desk: Desk, browser: Client) -> None:
        directory.rename(desk.manager, desk.creator(), "@sample.new", at=desk.now)
        assert (
            "@sample.new"
            in browser.get(desk.where("creators:list"), {"q": "@sample.ana"}).content.decode()
        )
        answer = browser.get(desk.where("profiles:creator", "sample.ana"))
        assert answer["Location"] == desk.where("profiles:creator", "sample.new")


class TestAHandle:
    def test_that_changed_still_finds_its_creator(self, desk: Desk) -> None:
        ana = directory.rename(desk.manager, desk.creator(), "sample.new", at=desk.now)
        assert service.record_creator(
            desk.workspace, handle="sample.ana", at=desk.now, source="code"
        ) == ana  # fmt: skip
        assert Creator.objects.count() == 1

    def test_is_the_new_owner_s_once_somebody_else_has_it(self, desk: Desk) -> None:
        ana = directory.rename(desk.manager, desk.creator(), "sample.new", at=desk.now)
        other = Creator.objects.create(
            workspace=desk.workspace, handle="sample.ana", source="test", created_at=desk.now
        )
        assert service.find_creator(desk.workspace, "sample.ana") == other != ana

    def test_of_somebody_else_is_not_taken(self, desk: Desk) -> None:
        desk.creator("sample.ben")
        with pytest.raises(ConflictError):
            directory.rename(desk.manager, desk.creator(), "sample.ben", at=desk.now)

    def test_changes_by_itself_when_a_known_post_shows_another(self, desk: Desk) -> None:
        first = record_post(desk.workspace, seen("sample.ana"), source="code", at=desk.now)
        again = record_post(desk.workspace, seen("sample.new"), source="code", at=desk.now)
        assert again.pk == first.pk
        creator = Creator.objects.get()
        assert creator.handle == "sample.new"
        assert HandleChange.objects.get().source == "tiktok"

    def test_does_not_turn_back_for_a_look_that_is_behind(self, desk: Desk) -> None:
        for handle in ("sample.ana", "sample.new", "sample.ana"):
            record_post(desk.workspace, seen(handle), source="code", at=desk.now)
        assert Creator.objects.get().handle == "sample.new"

    def test_of_an_id_renames_nobody(self, desk: Desk) -> None:
        record_post(desk.workspace, seen("sample.ana"), source="code", at=desk.now)
        record_post(desk.workspace, seen("not a handle at all!"), source="code", at=desk.now)
        assert Creator.objects.filter(handle="sample.ana").exists()
        assert not HandleChange.objects.exists()

    def test_that_another_creator_holds_asks_people_to_merge(self, desk: Desk) -> None:
        desk.creator("sample.new")
        record_post(desk.workspace, seen("sample.ana"), source="code", at=desk.now)
        record_post(desk.workspace, seen("sample.new"), source="code", at=desk.now)
        assert Creator.objects.count() == 2
        assert "merge @sample.ana into @sample.new" in Notice.objects.get().next_step


class TestAMerge:
    def test_moves_everything_and_keeps_the_handle_as_a_former_one(self, desk: Desk) -> None:
        post = record_post(desk.workspace, seen("sample.old"), source="code", at=desk.now)
        old = Creator.objects.get(handle="sample.old")
        Creator.objects.filter(pk=old.pk).update(email="ana@shop.example")
        old.refresh_from_db()
        directory.write_note(desk.manager, old, "Likes mornings.", at=desk.now)
        UsageRight.objects.create(
            workspace=desk.workspace, creator=old, item_id=post.item_id, paid_allowed=True,
            starts_at=desk.now, ends_at=desk.now + timedelta(days=9), currency="USD", source="test",
            recorded_at=desk.now,
        )  # fmt: skip
        ana = directory.merge(desk.manager, old, desk.creator(), reason="Same person.", at=desk.now)
        assert Post.objects.get().creator == ana
        assert UsageRight.objects.get().creator == ana
        assert ana.notes.count() == 1
        assert ana.email == "ana@shop.example"
        assert service.find_creator(desk.workspace, "sample.old") == ana
        assert AuditEntry.objects.get(action="merged creators").reason == "Same person."

    def test_closes_the_portal_to_whoever_was_let_in_for_the_dissolved_entry(
        self, desk: Desk
    ) -> None:
        """Seen by reading: its links and sessions opened the agreements and payments of the other entry."""
        old, ana = desk.creator("sample.old"), desk.creator()
        keys = {
            each.pk: access.make_link(each, purpose="test", at=desk.now).rstrip("/").split("/")[-1]
            for each in (old, ana)
        }
        sessions = {
            pk: access.open_link(key, device="Phone", at=desk.now)[1] for pk, key in keys.items()
        }
        unopened = access.make_link(old, purpose="test", at=desk.now).rstrip("/").split("/")[-1]
        whose, theirs = sessions[old.pk], sessions[ana.pk]
        directory.merge(desk.manager, old, ana, reason="Same person.", at=desk.now)
        assert access.session_of(whose, at=desk.now) is None
        with pytest.raises(NotFoundError):
            access.open_link(unopened, device="Phone", at=desk.now)
        session = access.session_of(theirs, at=desk.now)
        assert session is not None
        assert session.creator_id == ana.pk

    def test_stops_where_both_hold_the_same_right(self, desk: Desk) -> None:
        one, other = desk.creator(), desk.creator("sample.two")
        for each in (one, other):
            UsageRight.objects.create(
                workspace=desk.workspace, creator=each, item_id="1", paid_allowed=True,
                starts_at=desk.now, ends_at=desk.now, currency="USD", source="test", recorded_at=desk.now,
            )  # fmt: skip
        with pytest.raises(ConflictError):
            directory.merge(desk.manager, one, other, reason="Same.", at=desk.now)
        assert Creator.objects.count() == 2

    def test_needs_a_reason_and_two_creators(self, desk: Desk) -> None:
        one, other = desk.creator(), desk.creator("sample.two")
        with pytest.raises(InvalidInputError):
            directory.merge(desk.manager, one, other, reason=" ", at=desk.now)
        with pytest.raises(InvalidInputError):
            directory.merge(desk.manager, one, one, reason="Same.", at=desk.now)


class TestNotes:
    def test_are_written_by_reviewers_and_deleted_by_their_author_or_a_manager(
        self, desk: Desk
    ) -> None:
        ana = desk.creator()
        mine = directory.write_note(desk.reviewer, ana, "One", at=desk.now)
        theirs = directory.write_note(desk.manager, ana, "Two", at=desk.now)
        with pytest.raises(NotAllowedError):
            directory.delete_note(desk.reviewer, ana, theirs.pk, at=desk.now)
        directory.delete_note(desk.manager, ana, mine.pk, at=desk.now)
        with pytest.raises(NotFoundError):
            directory.delete_note(desk.manager, ana, mine.pk, at=desk.now)

    def test_are_shown_as_text_on_the_creator_s_page(self, desk: Desk, browser: Client) -> None:
        desk.creator()
        url = desk.where("creators:write_note", "sample.ana")
        page = browser.post(url, {"text": "<b>bold</b>"}, follow=True).content.decode()
        assert "&lt;b&gt;bold&lt;/b&gt;" in page
        assert "Note: &lt;b&gt;" in page


class TestThePortal:
    def test_link_is_shown_once_and_not_stored_anywhere(self, desk: Desk, browser: Client) -> None:
        ana = desk.creator()
        answer = browser.post(desk.where("access:link", ana.handle))
        assert answer["Cache-Control"] == "no-store"
        assert "/portal/open/" in answer.content.decode()
        page = browser.get(desk.where("profiles:creator", ana.handle)).content.decode()
        assert "/portal/open/" not in page
        assert "1 link not opened yet" in page

    def test_access_is_closed_at_once(self, desk: Desk, browser: Client) -> None:
        ana = desk.creator()
        PortalSession.objects.create(
            creator=ana, digest="d", opened_at=desk.now, last_used_at=desk.now,
            expires_at=desk.now + timedelta(days=1),
        )  # fmt: skip
        browser.post(desk.where("access:link", ana.handle))
        browser.post(desk.where("access:revoke", ana.handle))
        assert not PortalLink.objects.filter(revoked_at=None).exists()
        assert not PortalSession.objects.filter(revoked_at=None).exists()


class TestThePageToChangeOne:
    def test_keeps_what_was_typed_when_something_is_wrong(
        self, desk: Desk, browser: Client
    ) -> None:
        desk.creator()
        url = desk.where("creators:edit", "sample.ana")
        answer = browser.post(url, {"display_name": "Sample Ana", "email": "no", "language": "en"})
        assert answer.status_code == 422
        assert 'value="Sample Ana"' in answer.content.decode()
        browser.post(
            url,
            {"display_name": "Sample Ana", "country": "Germany", "tags": "A, b", "language": "en"},
        )
        ana = Creator.objects.get()
        assert (ana.country, sorted(ana.tags.values_list("name", flat=True))) == ("DE", ["a", "b"])

    def test_is_not_there_for_nobody_and_for_strangers(self, desk: Desk) -> None:
        desk.creator()
        url = desk.where("creators:edit", "sample.ana")
        assert Client().get(url).status_code == 302
        stranger = Client()
        stranger.force_login(User.objects.create_user("stranger@other.example"))
        assert stranger.get(url).status_code == 404


@pytest.mark.slow
@given(
    st.lists(st.lists(st.datetimes(), max_size=5), max_size=4),
)
def test_a_timeline_has_every_event_newest_first(sources: list[list[object]]) -> None:
    events = [[Event(at, "x", "y") for at in each] for each in sources]  # type: ignore[arg-type]  # naive is fine here
    result = merged(*events)
    assert [each.at for each in result] == sorted(
        (event.at for each in events for event in each), reverse=True
    )

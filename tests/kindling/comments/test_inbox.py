"""Comments are read from TikTok, kept as people wrote them, and found again by what they need."""

from __future__ import annotations

from datetime import timedelta

import pytest
from commented_posts import at_tiktok, opened
from django.test import Client
from django.urls import reverse
from sample_team import Team

from kindling.clock import now
from kindling.comments import service, sync, tasks
from kindling.comments.models import Comment, CommentReading
from kindling.errors import InvalidInputError, NotAllowedError, NotFoundError, PlatformError
from kindling.posts.models import Post
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import AuditEntry, User


class TestReading:
    def test_brings_every_comment_under_an_ad_with_its_words(self, commented: Team) -> None:
        rows = Comment.objects.filter(workspace=commented.workspace)
        assert rows.count() > 5
        item = rows.order_by("item_id")[0].item_id
        true = {each["comment_id"]: each["text"] for each in at_tiktok(commented, item)}
        for row in rows.filter(item_id=item):
            assert row.text == true[row.comment_id]
            assert row.ad is not None
            assert row.post is not None

    def test_a_second_time_changes_no_label_of_a_person(
        self, commented: Team, comment: Comment
    ) -> None:
        before = Comment.objects.count()
        service.set_label(commented.owner, comment, "spam_scam", at=commented.now)
        commented.sandbox.advance(hours=1)
        sync.sync_ad_account(commented.account, at=commented.now)
        assert Comment.objects.count() >= before
        assert opened(commented, comment.comment_id).category == "spam_scam"

    def test_that_fails_is_told_and_keeps_what_was_read(self, commented: Team) -> None:
        count = Comment.objects.count()
        commented.fault("http_500", "/comment/list/", times=99)
        with pytest.raises(PlatformError):
            sync.sync_ad_account(commented.account, at=commented.now)
        assert Comment.objects.count() == count
        assert CommentReading.objects.get(ad_account=commented.account).problem
        told = service.coverage(commented.workspace, now=commented.now)
        assert len(told.problems) == 1
        assert told.read_at is not None

    def test_says_which_posts_nobody_lets_it_read(self, commented: Team) -> None:
        told = service.coverage(commented.workspace, now=commented.now)
        assert "have not allowed Kindling to read them" in told.lacks[0]

    def test_reads_a_creators_posts_where_they_allow_it(self, commented: Team) -> None:
        commented.manager.workspace.asks_for_comments = True
        commented.manager.workspace.save(update_fields=["asks_for_comments"])
        row = Comment.objects.select_related("post__creator").filter(post__isnull=False)[0]
        assert row.post is not None
        handle = row.post.creator.handle
        Comment.objects.all().delete()
        grant = commented.connect_creator(handle)
        assert sync.may_read(grant)
        count = sync.sync_creator(grant, at=commented.now)
        rows = Comment.objects.filter(post__creator__handle=handle)
        assert rows.count() >= count > 0

    def test_asks_creators_for_no_more_than_posts_and_codes_unless_the_workspace_wants_it(
        self, commented: Team
    ) -> None:
        post = commented.workspace.posts.select_related("creator").filter(creator__is_own=False)[0]
        grant = commented.connect_creator(post.creator.handle)
        assert not sync.may_read(grant)
        assert sync.sync_creator(grant, at=commented.now) == 0


class TestWhatPeopleSay:
    def test_a_label_counts_above_the_classifier_and_is_recorded(
        self, commented: Team, comment: Comment
    ) -> None:
        service.set_label(commented.owner, comment, "where_to_buy", at=commented.now)
        row = opened(commented, comment.comment_id)
        assert (row.category, row.label_by) == ("where_to_buy", commented.owner.user)
        assert row.due_at == row.written_at + timedelta(hours=2)
        entry = AuditEntry.objects.get(action="set category of comment")
        assert entry.after == {"category": "where_to_buy"}

    def test_a_label_that_does_not_exist_is_refused(
        self, commented: Team, comment: Comment
    ) -> None:
        with pytest.raises(InvalidInputError):
            service.set_label(commented.owner, comment, "nonsense", at=commented.now)

    def test_a_role_without_the_permission_can_do_nothing(
        self, commented: Team, comment: Comment
    ) -> None:
        for act in (
            lambda: service.set_label(commented.finance, comment, "spam_scam", at=now()),
            lambda: service.assign(commented.finance, comment, "", at=now()),
            lambda: service.mark_answered(commented.finance, comment, at=now()),
        ):
            with pytest.raises(NotAllowedError):
                act()

    def test_comments_are_assigned_only_to_members_who_may_answer(
        self, commented: Team, comment: Comment
    ) -> None:
        assert commented.finance.user is not None
        assert commented.owner.user is not None
        with pytest.raises(InvalidInputError):
            service.assign(commented.owner, comment, str(commented.finance.user.pk), at=now())
        service.assign(commented.owner, comment, str(commented.owner.user.pk), at=now())
        assert opened(commented, comment.comment_id).assignee == commented.owner.user


class TestAPageOfAComment:
    def test_is_closed_to_nobody(self, commented: Team, comment: Comment) -> None:
        answer = Client().get(self.address(commented, comment))
        assert answer.status_code == 302
        assert "login" in answer.headers["Location"]

    def test_is_not_found_by_somebody_elses_team(self, commented: Team, comment: Comment) -> None:
        other = User.objects.create_user("owner@other.example")
        workspaces.create_workspace(
            slug="other",
            name="Other",
            owner=other,
            currency="USD",
            timezone="UTC",
            at=commented.now,
        )
        client = Client()
        client.force_login(other)
        assert client.get(self.address(commented, comment)).status_code == 404
        mine = reverse("comments:one", args=["other", comment.comment_id])
        assert client.get(mine).status_code == 404
        stranger = workspaces.actor_for(other, "other")
        with pytest.raises(NotFoundError):
            service.set_label(stranger, comment, "spam_scam", at=commented.now)

    def test_shows_the_words_as_words(self, commented: Team, comment: Comment) -> None:
        evil = "<script>alert(1)</script>\u202e{{ 7 }} ' onmouseover=x"
        Comment.objects.filter(pk=comment.pk).update(text=evil, author="<b>who</b>")
        client = Client()
        assert commented.owner.user is not None
        client.force_login(commented.owner.user)
        listed = reverse("comments:list", args=[commented.workspace.slug]) + "?show=all"
        for url in (self.address(commented, comment), listed):
            text = client.get(url).content.decode()
            assert "<script>alert" not in text
            assert "<b>who" not in text
            assert "&lt;script&gt;" in text

    def address(self, team: Team, comment: Comment) -> str:
        return reverse("comments:one", args=[team.workspace.slug, comment.comment_id])


class TestByPost:
    def test_counts_what_is_there_with_the_spend_beside_it(self, commented: Team) -> None:
        rows = service.by_post(commented.workspace, now=commented.now)
        assert rows
        for row in rows:
            mine = Comment.objects.filter(item_id=row.item_id, is_ours=False)
            assert row.all == mine.count()
            assert row.spend is not None
            assert row.spend.minor > 0

    def test_three_of_seven_gate_nothing_and_sixty_of_three_hundred_do(
        self, commented: Team
    ) -> None:
        def fill(item_id: str, critical: int, n: int) -> None:
            Comment.objects.bulk_create(
                Comment(
                    workspace=commented.workspace, comment_id=f"{item_id}-{number}", item_id=item_id,
                    written_at=commented.now, seen_at=commented.now,
                    category="skepticism" if number < critical else "praise_trust",
                )
                for number in range(n)
            )  # fmt: skip

        fill("9001", 3, 7)
        fill("9002", 60, 300)
        found = service.quality_of(commented.workspace, ["9001", "9002", "9003"])
        assert [found[each].is_bad for each in ("9001", "9002", "9003")] == [False, True, False]
        assert found["9003"].share is None

    def test_tells_posts_how_much_of_it_is_critical(self, commented: Team) -> None:
        tasks.watch(commented.workspace.pk)
        rows = service.by_post(commented.workspace, now=commented.now)
        told = {post.item_id: post for post in Post.objects.filter(read_comments__gt=0)}
        assert told
        for row in rows:
            post = told[row.item_id]
            assert (post.read_comments, post.sceptical_comments) == (
                row.quality.n,
                row.quality.critical,
            )

"""What is done about a comment at TikTok: by whom, once, on record before TikTok is asked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from commented_posts import opened
from sample_team import Team

from kindling.clock import now
from kindling.comments import acts, replies, requests, sync, words
from kindling.comments.models import BlockedWord, Comment, CommentAct, ReplyRequest
from kindling.comments.rules import Speaker
from kindling.errors import (
    ConflictError,
    InvalidInputError,
    NotAllowedError,
    OutcomeUnknownError,
    PlatformError,
)
from kindling.notices.models import Mail
from kindling.portal import service as portal
from kindling.workspaces.models import AuditEntry
from tiktok_business.resources.comments import Comments


@pytest.fixture
def own(commented: Team, comment: Comment, monkeypatch: pytest.MonkeyPatch) -> Comment:
    """A comment that the brand can answer: the ad shows a post of the brand's own account."""
    monkeypatch.setattr(acts, "speaker", lambda _: Speaker.BRAND)
    return comment


def replies_at_tiktok(comment: Comment, text: str) -> int:
    """How often an answer stands in the thread, as TikTok shows it."""
    return sum(each.text == text for each in acts._thread(comment, at=now()))


class TestAnswering:
    def test_under_a_creators_post_is_refused_and_says_whom_to_ask(
        self, commented: Team, comment: Comment
    ) -> None:
        assert acts.speaker(comment) is Speaker.ASK_CREATOR
        with pytest.raises(NotAllowedError) as refused:
            acts.reply(commented.owner, comment, "Hi", at=now())
        assert refused.value.next_step == acts.ASK_CREATOR
        assert not CommentAct.objects.exists()

    def test_needs_the_role(self, commented: Team, own: Comment) -> None:
        with pytest.raises(NotAllowedError):
            acts.reply(commented.finance, own, "Hi", at=now())

    @pytest.mark.parametrize("text", ["", "  ", "x" * 1201])
    def test_needs_some_words_and_not_too_many(
        self, commented: Team, own: Comment, text: str
    ) -> None:
        with pytest.raises(InvalidInputError):
            acts.reply(commented.owner, own, text, at=now())

    def test_in_the_name_of_a_creator_who_allows_it_stands_at_tiktok_once(
        self, commented: Team, comment: Comment
    ) -> None:
        comment = allowed(commented, comment)
        assert acts.speaker(comment) is Speaker.CREATOR
        act = acts.reply(commented.owner, comment, "Thank you, it is in our shop.", at=now())
        assert act.is_done
        assert act.reply_id
        assert replies_at_tiktok(comment, "Thank you, it is in our shop.") == 1
        assert opened(commented, comment.comment_id).answered_at
        assert AuditEntry.objects.get(action="answered comment").actor == commented.owner.user

    def test_whose_reply_was_lost_is_found_in_the_thread_and_not_sent_again(
        self, commented: Team, comment: Comment
    ) -> None:
        comment = allowed(commented, comment)
        commented.fault("drop_reply", "/business/comment/reply/create/", times=1)
        act = acts.reply(commented.owner, comment, "Found again.", at=now())
        assert act.is_done
        assert replies_at_tiktok(comment, "Found again.") == 1

    def test_that_nobody_saw_answered_is_looked_up_before_the_next_try(
        self, commented: Team, comment: Comment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        comment = allowed(commented, comment)
        commented.fault("drop_reply", "/business/comment/reply/create/", times=1)
        with monkeypatch.context() as patch:
            patch.setattr(acts, "_thread", _cannot_be_asked)
            with pytest.raises(OutcomeUnknownError):
                acts.reply(commented.owner, comment, "Twice?", at=now())
            with pytest.raises(ConflictError):
                acts.reply(commented.owner, comment, "Twice?", at=now())
        assert CommentAct.objects.get().is_done is None
        acts.settle(comment, at=now())
        assert CommentAct.objects.get().is_done
        assert replies_at_tiktok(comment, "Twice?") == 1

    def test_is_not_sent_again_while_the_thread_may_be_old(
        self, commented: Team, comment: Comment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The list of a thread may lag: an answer that it does not show a moment later may be there."""
        comment, at = allowed(commented, comment), now()
        commented.fault("drop_reply", "/business/comment/reply/create/", times=1)
        with monkeypatch.context() as patch:
            patch.setattr(acts, "_thread", lambda *_, **__: [])
            with pytest.raises(OutcomeUnknownError):
                acts.reply(commented.owner, comment, "Once.", at=at)
            soon = at + acts.LISTED_AFTER - timedelta(seconds=1)
            with pytest.raises(ConflictError, match="not settled"):
                acts.reply(commented.owner, comment, "Once.", at=soon)
            assert CommentAct.objects.get().is_done is None
            acts.settle(comment, at=at + acts.LISTED_AFTER)
        assert CommentAct.objects.get().is_done is False

    def test_that_tiktok_refuses_is_recorded_as_refused(
        self, commented: Team, own: Comment
    ) -> None:
        with pytest.raises(PlatformError):
            acts.reply(commented.owner, own, "Hi", at=now())  # the ad's identity is a code's
        act = CommentAct.objects.get()
        assert act.is_done is False
        assert act.problem
        assert AuditEntry.objects.filter(action="tried: answered comment").exists()

    def test_begins_with_a_template_in_the_comments_language(self, comment: Comment) -> None:
        comment.category, comment.language, comment.author = "where_to_buy", "de", "ana"
        assert replies.suggested(comment) == "Hi @ana, der Link steht in unserem Profil."
        comment.language = ""
        assert replies.suggested(comment) == "Hi @ana, the link is in our profile."
        comment.category = "praise_trust"
        assert replies.suggested(comment) == ""

    def test_templates_are_the_workspaces_own_once_changed(self, commented: Team) -> None:
        replies.save(commented.owner, "where_to_buy", "de", "Hier: {brand}", at=now())
        assert replies.find(commented.workspace, "where_to_buy", "de").is_own
        replies.save(commented.owner, "where_to_buy", "de", " ", at=now())
        assert not replies.find(commented.workspace, "where_to_buy", "de").is_own
        assert AuditEntry.objects.filter(action="changed reply template").count() == 2
        with pytest.raises(NotAllowedError):
            replies.save(commented.finance, "where_to_buy", "de", "x", at=now())


def allowed(team: Team, comment: Comment) -> Comment:
    """The comment after its post's creator allowed Kindling to answer comments."""
    assert comment.post is not None
    team.manager.workspace.asks_for_comments = True
    team.manager.workspace.save(update_fields=["asks_for_comments"])
    team.connect_creator(comment.post.creator.handle)
    return opened(team, comment.comment_id)


def _cannot_be_asked(*_: Any, **__: Any) -> Any:
    raise PlatformError("TikTok is away.", can_retry=True)


class TestHiding:
    def test_hides_at_tiktok_and_keeps_who_and_why(self, commented: Team, comment: Comment) -> None:
        acts.hide(commented.owner, comment, reason="spam_scam", note="A link.", at=now())
        row = opened(commented, comment.comment_id)
        assert row.is_hidden
        assert row.category == "spam_scam"
        commented.sandbox.advance(hours=1)
        sync.sync_ad_account(commented.account, at=now())
        assert opened(commented, comment.comment_id).is_hidden
        entry = AuditEntry.objects.get(action="hid comment")
        assert entry.reason == "Spam or scam: A link."

    @pytest.mark.parametrize("category", ["skepticism", "own_experience_negative", "order_support"])
    def test_of_criticism_is_refused_and_tiktok_is_not_asked(
        self, commented: Team, comment: Comment, category: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Comments, "set_status", _cannot_be_asked)
        Comment.objects.filter(pk=comment.pk).update(category=category)
        comment = opened(commented, comment.comment_id)
        with pytest.raises(InvalidInputError, match="criticism"):
            acts.hide(commented.owner, comment, reason="spam_scam", at=now())
        assert not CommentAct.objects.exists()

    def test_of_what_became_criticism_meanwhile_is_refused(
        self, commented: Team, comment: Comment
    ) -> None:
        Comment.objects.filter(pk=comment.pk).update(category="skepticism")
        with pytest.raises(ConflictError):
            acts.hide(commented.owner, comment, reason="spam_scam", at=now())
        assert not CommentAct.objects.exists()

    def test_is_no_machines_work(self, commented: Team, comment: Comment) -> None:
        from kindling.workspaces.service import system_actor

        with pytest.raises(NotAllowedError):
            acts.hide(system_actor(commented.workspace), comment, reason="spam_scam", at=now())

    def test_whose_reply_was_lost_is_read_back(self, commented: Team, comment: Comment) -> None:
        commented.fault("drop_reply", "/comment/status/update/", times=99)
        acts.hide(commented.owner, comment, reason="abuse_hate", at=now())
        assert CommentAct.objects.get().is_done
        assert opened(commented, comment.comment_id).is_hidden

    def test_is_undone_by_showing_it_again(self, commented: Team, comment: Comment) -> None:
        acts.hide(commented.owner, comment, reason="off_topic", at=now())
        acts.show(commented.owner, opened(commented, comment.comment_id), at=now())
        assert not opened(commented, comment.comment_id).is_hidden
        with pytest.raises(ConflictError):
            acts.show(commented.owner, opened(commented, comment.comment_id), at=now())


class TestAskingTheCreator:
    def test_reaches_their_pages_and_their_mail(self, commented: Team, comment: Comment) -> None:
        assert comment.post is not None
        creator = comment.post.creator
        creator.email = "creator@example.com"
        creator.save(update_fields=["email"])
        made = requests.ask(commented.owner, comment, "Say that it is in stock.", at=now())
        tasks = portal.tasks(creator, now=now())
        assert [each.pk for each in tasks if each.kind == "comment"] == [made.pk]
        mail = Mail.objects.get(key=f"reply-request-{made.pk}")
        assert mail.to == "creator@example.com"
        with pytest.raises(ConflictError):
            requests.ask(commented.owner, comment, "", at=now())

    def test_ends_when_they_say_so(self, commented: Team, comment: Comment) -> None:
        assert comment.post is not None
        made = requests.ask(commented.owner, comment, "", at=now())
        requests.close(comment.post.creator, made.pk, is_answered=True, at=now())
        assert opened(commented, comment.comment_id).answered_at
        assert not requests.open_for(comment.post.creator).exists()

    def test_ends_when_their_answer_is_read(self, commented: Team, comment: Comment) -> None:
        made = requests.ask(commented.owner, comment, "", at=now())
        assert comment.post is not None
        Comment.objects.create(
            workspace=commented.workspace, comment_id="77", parent_id=comment.comment_id, item_id=comment.item_id,
            author=comment.post.creator.handle, is_ours=True, written_at=now(), seen_at=now(),
        )  # fmt: skip
        sync._note_answers(commented.workspace, {comment.comment_id}, at=now())
        assert ReplyRequest.objects.get(pk=made.pk).is_answered

    def test_is_refused_to_somebody_elses_creator(self, commented: Team, comment: Comment) -> None:
        made = requests.ask(commented.owner, comment, "", at=now())
        other = commented.workspace.creators.exclude(pk=made.creator_id)[0]
        from kindling.errors import NotFoundError

        with pytest.raises(NotFoundError):
            requests.close(other, made.pk, is_answered=True, at=now())


class TestBlockedWords:
    def test_are_added_listed_and_removed_at_tiktok(self, commented: Team) -> None:
        words.add(commented.owner, commented.account, "buy followers\nzzqq", at=now())
        BlockedWord.objects.all().delete()
        assert words.read(commented.account, at=now()) == 2
        words.remove(commented.owner, commented.account, "zzqq", at=now())
        assert words.read(commented.account, at=now()) == 1
        assert (
            AuditEntry.objects.filter(action__in=["blocked words", "unblocked word"]).count() == 2
        )

    def test_that_would_hide_criticism_are_refused(self, commented: Team, comment: Comment) -> None:
        Comment.objects.filter(pk=comment.pk).update(
            category="skepticism", text="This looks FAKE to me"
        )
        with pytest.raises(InvalidInputError, match="would hide criticism"):
            words.add(commented.owner, commented.account, "fake", at=now())
        assert words.read(commented.account, at=now()) == 0

    def test_need_the_role(self, commented: Team) -> None:
        with pytest.raises(NotAllowedError):
            words.add(commented.finance, commented.account, "x", at=now())

    def test_comments_they_hide_are_not_shown_by_hand(
        self, commented: Team, comment: Comment
    ) -> None:
        Comment.objects.filter(pk=comment.pk).update(is_hidden=True, hit_blocked_word=True)
        with pytest.raises(ConflictError, match="blocked word"):
            acts.show(commented.owner, opened(commented, comment.comment_id), at=now())

"""Comments as TikTok writes them, read by the client."""

from __future__ import annotations

from datetime import UTC, datetime

from tiktok_business import CommentStatus
from tiktok_business.protocol.fields import Fields
from tiktok_business.resources.comments import AdComment, PostComment


def fields(**values: object) -> Fields:
    return Fields(values, "/comment/list/")


class TestAnAdsComment:
    def test_is_read_as_tiktok_writes_it(self) -> None:
        found = AdComment.from_wire(
            fields(
                comment_id=7123, original_comment_id="7000", content="<b>hi</b>", likes=3, replies=0,
                comment_status="HIDDEN", hit_blockedword=True, create_time="2021-01-14 07:04:16 +0000 UTC",
                ad_id="1", tiktok_item_id="2", user_name="sample", user_id="9", can_delete=False,
                is_auth_comment_manage_scope=False, identity_id="x", identity_type="AUTH_CODE",
            )
        )  # fmt: skip
        assert (found.comment_id, found.parent_id) == ("7123", "7000")
        assert found.text == "<b>hi</b>"
        assert found.status == CommentStatus.HIDDEN
        assert found.hit_blocked_word
        assert found.written_at == datetime(2021, 1, 14, 7, 4, 16, tzinfo=UTC)
        assert found.may_manage is False

    def test_at_the_top_names_itself_and_has_no_parent(self) -> None:
        found = AdComment.from_wire(fields(comment_id="7", original_comment_id="7"))
        assert found.parent_id is None
        assert found.text == ""
        assert found.may_manage is None


class TestAPostsComment:
    def test_brings_its_first_replies(self) -> None:
        found = PostComment.from_wire(
            fields(
                comment_id="1", video_id="2", text="hello", create_time="1700000000", owner=True,
                reply_list=[{"comment_id": "3", "parent_comment_id": "1", "video_id": "2", "text": "re"}],
            )
        )  # fmt: skip
        assert found.is_owner
        assert [each.parent_id for each in found.shown_replies] == ["1"]
        assert found.written_at == datetime.fromtimestamp(1700000000, UTC)

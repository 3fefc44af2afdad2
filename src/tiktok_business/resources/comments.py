"""`/comment/*`, `/blockedword/*` and `/business/comment/*`: what people write under ads and posts.

Source: reference pages "Comments" v1.3 (`comment_list`, `comment_post`, `comment_status_update`, `comment_reference`,
`blockedword_*`), "Accounts" pages v1.3 for a creator's own posts.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

import msgspec

from tiktok_business.ids import (
    AdGroupId,
    AdId,
    AdvertiserId,
    BusinessId,
    CommentId,
    IdentityId,
    ItemId,
)
from tiktok_business.protocol import endpoints
from tiktok_business.protocol.calls import Caller
from tiktok_business.protocol.fields import Fields
from tiktok_business.protocol.paging import each_by_cursor, each_numbered
from tiktok_business.resources.identities import IdentityType

LARGEST_PAGE = 100
LARGEST_OWN_PAGE = 30
LARGEST_WORD_PAGE = 500
MOST_HIDDEN_AT_ONCE = 100


class CommentStatus(StrEnum):
    """Whether people see a comment."""

    PUBLIC = "PUBLIC"
    HIDDEN = "HIDDEN"


class AdComment(msgspec.Struct, frozen=True, kw_only=True):
    """A comment under an ad, as its ad account sees it.

    parent_id : the comment at the top of its thread, None for one that is there itself
    is_ours : the account may delete it, so it wrote it
    hit_blocked_word : hidden by a word of the account; such a comment is neither shown nor hidden by hand
    may_manage : whether the post's owner lets the app manage comments there; None where TikTok does not say
    """

    comment_id: CommentId
    parent_id: CommentId | None
    text: str
    written_at: datetime | None
    likes: int | None
    replies: int | None
    status: str | None
    hit_blocked_word: bool
    is_ours: bool
    may_manage: bool | None
    ad_id: AdId | None
    item_id: ItemId | None
    identity_id: IdentityId | None
    identity_type: str | None
    user_id: str | None
    user_name: str | None

    @classmethod
    def from_wire(cls, row: Fields) -> AdComment:
        """Read one of `comments`."""
        number = row.id("comment_id")
        parent = row.find_id("original_comment_id")
        ad, item, identity = (
            row.find_id(name) for name in ("ad_id", "tiktok_item_id", "identity_id")
        )
        return cls(
            comment_id=CommentId(number),
            parent_id=CommentId(parent) if parent and parent != number else None,
            text=row.find_text("content") or "",
            written_at=row.time("create_time"),
            likes=row.integer("likes"),
            replies=row.integer("replies"),
            status=row.find_text("comment_status"),
            hit_blocked_word=bool(row.flag("hit_blockedword")),
            is_ours=bool(row.flag("can_delete")),
            may_manage=row.flag("is_auth_comment_manage_scope"),
            ad_id=AdId(ad) if ad else None,
            item_id=ItemId(item) if item else None,
            identity_id=IdentityId(identity) if identity else None,
            identity_type=row.find_text("identity_type"),
            user_id=row.find_id("user_id"),
            user_name=row.find_text("user_name"),
        )


class PostComment(msgspec.Struct, frozen=True, kw_only=True):
    """A comment under a creator's own post, as the creator's account sees it."""

    comment_id: CommentId
    parent_id: CommentId | None
    item_id: ItemId | None
    text: str
    written_at: datetime | None
    likes: int | None
    replies: int | None
    status: str | None
    is_owner: bool
    user_id: str | None
    user_name: str | None
    shown_replies: tuple[PostComment, ...]

    @classmethod
    def from_wire(cls, row: Fields) -> PostComment:
        """Read one of `comments`, or of the `reply_list` of one."""
        number = row.id("comment_id")
        parent, item = row.find_id("parent_comment_id"), row.find_id("video_id")
        return cls(
            comment_id=CommentId(number),
            parent_id=CommentId(parent) if parent and parent != number else None,
            item_id=ItemId(item) if item else None,
            text=row.find_text("text") or "",
            written_at=row.time("create_time"),
            likes=row.integer("likes"),
            replies=row.integer("replies"),
            status=row.find_text("status"),
            is_owner=bool(row.flag("owner")),
            user_id=row.find_id("user_id"),
            user_name=row.find_text("username"),
            shown_replies=tuple(
                cls.from_wire(each)
                for each in (row.children("reply_list") if "reply_list" in row.values else ())
            ),
        )


@dataclass(frozen=True, slots=True)
class Comments:
    """Comments under an ad account's ads."""

    caller: Caller

    async def each(
        self, advertiser_id: AdvertiserId, adgroup_id: AdGroupId, start: date, end: date
    ) -> AsyncIterator[AdComment]:
        """Yield the comments under the ads of an ad group written on the UTC days from start to before end."""
        query = {
            "advertiser_id": advertiser_id,
            "search_field": "ADGROUP_ID",
            "search_value": adgroup_id,
            "start_time": start.isoformat(),
            "end_time": (end - timedelta(days=1)).isoformat(),
            "comment_type": ["ALL"],
            "comment_status": ["ALL"],
            "sort_field": "CREATE_TIME",
            "sort_type": "ASC",
        }
        async for row in self._listed(endpoints.COMMENT_LIST, advertiser_id, query):
            yield row

    async def thread(
        self, advertiser_id: AdvertiserId, comment_id: CommentId, *, is_reply: bool, top: CommentId
    ) -> AsyncIterator[AdComment]:
        """Yield the thread around a comment. `top`: the comment it is under, itself where it is no reply."""
        query = {
            "advertiser_id": advertiser_id,
            "comment_id": comment_id,
            "comment_type": "REPLY" if is_reply else "COMMENT",
            "original_comment_id": top,
        }
        async for row in self._listed(endpoints.COMMENT_REFERENCE, advertiser_id, query):
            yield row

    def _listed(
        self, endpoint: endpoints.Endpoint, advertiser_id: AdvertiserId, query: Mapping[str, object]
    ) -> AsyncIterator[AdComment]:
        return each_numbered(
            self.caller,
            endpoint,
            query,
            AdComment.from_wire,
            lambda found: found.comment_id,
            advertiser=advertiser_id,
            page_size=LARGEST_PAGE,
            list_name="comments",
        )

    async def reply(
        self,
        advertiser_id: AdvertiserId,
        comment_id: CommentId,
        text: str,
        *,
        ad_id: AdId,
        item_id: ItemId,
        identity_id: IdentityId,
        identity_type: IdentityType,
    ) -> CommentId | None:
        """Answer a comment in an identity's name; returns the answer's id, None where TikTok does not say it.

        Sent twice it stands there twice: after a lost reply look at the thread first.
        """
        body = {
            "advertiser_id": advertiser_id,
            "ad_id": ad_id,
            "tiktok_item_id": item_id,
            "comment_id": comment_id,
            "comment_type": "REPLY",
            "text": text,
            "identity_type": identity_type,
            "identity_id": identity_id,
        }
        answer = await self.caller.post(endpoints.COMMENT_POST, body, advertiser=advertiser_id)
        return _made(answer.data)

    async def set_status(
        self, advertiser_id: AdvertiserId, comment_ids: Sequence[CommentId], status: CommentStatus
    ) -> None:
        """Hide comments or show them again, at most 100. TikTok changes none where it refuses one."""
        body = {
            "advertiser_id": advertiser_id,
            "comment_ids": list(comment_ids),
            "operation": status,
        }
        await self.caller.post(endpoints.COMMENT_STATUS, body, advertiser=advertiser_id)


def _made(data: Fields) -> CommentId | None:
    """The id of a comment that was written; some descriptions of the answer have it one level deeper."""
    number = data.find_id("comment_id")
    if number is None and "comment" in data.values:
        number = data.child("comment").find_id("comment_id")
    return CommentId(number) if number else None


@dataclass(frozen=True, slots=True)
class BlockedWords:
    """Words that hide a comment under an account's ads by themselves."""

    caller: Caller

    async def each(self, advertiser_id: AdvertiserId) -> AsyncIterator[str]:
        """Yield the account's blocked words."""
        async for word in each_numbered(
            self.caller,
            endpoints.BLOCKED_WORD_LIST,
            {"advertiser_id": advertiser_id},
            _word,
            lambda found: found,
            advertiser=advertiser_id,
            page_size=LARGEST_WORD_PAGE,
        ):
            yield word

    async def add(self, advertiser_id: AdvertiserId, words: Sequence[str]) -> None:
        """Block words; those that are blocked already stay so."""
        body = {"advertiser_id": advertiser_id, "blocked_words": list(words)}
        await self.caller.post(endpoints.BLOCKED_WORD_CREATE, body, advertiser=advertiser_id)

    async def remove(self, advertiser_id: AdvertiserId, words: Sequence[str]) -> None:
        """Block words no longer. Raises RefusedError where one of them is not blocked."""
        body = {"advertiser_id": advertiser_id, "blocked_words": list(words)}
        await self.caller.post(endpoints.BLOCKED_WORD_DELETE, body, advertiser=advertiser_id)


def _word(row: Fields) -> str:
    return row.text("bw_content")


@dataclass(frozen=True, slots=True)
class PostComments:
    """Comments under a creator's own posts, with the creator's token (scopes comment.list, comment.list.manage)."""

    caller: Caller

    async def each(self, business_id: BusinessId, item_id: ItemId) -> AsyncIterator[PostComment]:
        """Yield the comments at the top of their threads, each with its first replies, the newest first."""
        query = {
            "business_id": business_id,
            "video_id": item_id,
            "include_replies": True,
            "status": "ALL",
            "sort_field": "create_time",
            "sort_order": "desc",
            "max_count": LARGEST_OWN_PAGE,
        }
        async for row in each_by_cursor(
            self.caller,
            endpoints.BUSINESS_COMMENT_LIST,
            query,
            PostComment.from_wire,
            lambda found: found.comment_id,
            advertiser="",
            list_name="comments",
            is_offset=True,
        ):
            yield row

    async def replies(
        self, business_id: BusinessId, item_id: ItemId, comment_id: CommentId
    ) -> AsyncIterator[PostComment]:
        """Yield the replies to a comment."""
        query = {
            "business_id": business_id,
            "video_id": item_id,
            "comment_id": comment_id,
            "status": "ALL",
            "max_count": LARGEST_OWN_PAGE,
        }
        async for row in each_by_cursor(
            self.caller,
            endpoints.BUSINESS_COMMENT_REPLIES,
            query,
            PostComment.from_wire,
            lambda found: found.comment_id,
            advertiser="",
            list_name="comments",
            is_offset=True,
        ):
            yield row

    async def reply(
        self, business_id: BusinessId, item_id: ItemId, comment_id: CommentId, text: str
    ) -> CommentId | None:
        """Answer a comment as the account itself. Sent twice it stands there twice."""
        body = {
            "business_id": business_id,
            "video_id": item_id,
            "comment_id": comment_id,
            "text": text,
        }
        return _made((await self.caller.post(endpoints.BUSINESS_COMMENT_REPLY, body)).data)

    async def set_status(
        self, business_id: BusinessId, item_id: ItemId, comment_id: CommentId, status: CommentStatus
    ) -> None:
        """Hide a comment or show it again."""
        body = {
            "business_id": business_id,
            "video_id": item_id,
            "comment_id": comment_id,
            "action": "HIDE" if status is CommentStatus.HIDDEN else "UNHIDE",
        }
        await self.caller.post(endpoints.BUSINESS_COMMENT_HIDE, body)

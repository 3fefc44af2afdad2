"""Read comments from TikTok: those under an account's ads, and those under posts whose owners allow it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from kindling.comments import learning, rules
from kindling.comments.classify.model import Judgement
from kindling.comments.models import Comment, CommentReading, ReplyRequest
from kindling.creators import grants
from kindling.creators.models import Creator, CreatorGrant
from kindling.delivery.models import Ad, AdGroup
from kindling.errors import PlatformError
from kindling.jobs import lease
from kindling.kit.fitting import fitted
from kindling.posts.models import Post
from kindling.workspaces import tiktok
from kindling.workspaces.models import AdAccount, Workspace
from tiktok_business import (
    AdComment,
    AdGroupId,
    AdvertiserId,
    BusinessId,
    CommentStatus,
    ItemId,
    PostComment,
    TikTok,
)

log = logging.getLogger(__name__)
READ_DAYS = 30  # back from now at first; likes and hidden states of later ones are read again for `AGAIN_DAYS`
AGAIN_DAYS = 7
MOST_POSTS = 30  # of a connected creator, the newest
ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Seen:
    """A comment as one look at TikTok showed it. `may_manage`: None where the look does not tell."""

    comment_id: str
    parent_id: str
    item_id: str
    ad_id: str
    author_id: str
    author: str
    text: str
    likes: int
    replies: int
    written_at: datetime | None
    is_hidden: bool
    hit_blocked_word: bool
    is_ours: bool


def sync_ad_account(account: AdAccount, *, at: datetime) -> int:
    """Read the comments under the account's ads; returns how many. What fails is noted and raised: PlatformError."""
    with lease.held(f"comments-{account.pk}"), tiktok.session(account):
        reading = CommentReading.objects.filter(ad_account=account).first()
        days = AGAIN_DAYS if reading and reading.read_at else READ_DAYS
        first, after = (at - timedelta(days=days)).astimezone(UTC).date(), at.astimezone(UTC).date()
        try:
            found: list[AdComment] = []
            for adgroup in _adgroups(account):
                found += _read_adgroup(account, adgroup, first, after + timedelta(days=1))
        except PlatformError as error:
            _note(error.message, at=at, ad_account=account)
            raise
        seen = [_of_ad(each) for each in found if each.item_id]
        _write(account.workspace, seen, account=account, at=at)
        _note("", at=at, ad_account=account)
    return len(seen)


def _adgroups(account: AdAccount) -> list[AdGroupId]:
    rows = AdGroup.objects.filter(ad_account=account, is_gone=False, ads__is_gone=False)
    rows = rows.exclude(ads__item_id="").distinct().order_by("adgroup_id")
    return [AdGroupId(each) for each in rows.values_list("adgroup_id", flat=True)]


def _read_adgroup(
    account: AdAccount, adgroup: AdGroupId, first: date, after: date
) -> list[AdComment]:
    async def read(client: TikTok) -> list[AdComment]:
        rows = client.comments.each(AdvertiserId(account.advertiser_id), adgroup, first, after)
        return await tiktok.gather_list(rows)

    return tiktok.ask(account, read)


def _of_ad(row: AdComment) -> Seen:
    return Seen(
        comment_id=row.comment_id,
        parent_id=row.parent_id or "",
        item_id=row.item_id or "",
        ad_id=row.ad_id or "",
        author_id=row.user_id or "",
        author=row.user_name or "",
        text=row.text,
        likes=max(0, row.likes or 0),
        replies=max(0, row.replies or 0),
        written_at=row.written_at,
        is_hidden=row.status == CommentStatus.HIDDEN,
        hit_blocked_word=row.hit_blocked_word,
        is_ours=row.is_ours,
    )


# --- Posts whose owners allow it ----------------------------------------------------------------------------------


def may_read(grant: CreatorGrant) -> bool:
    return grants.COMMENT_SCOPES[0] in grant.scopes.split(",")


def may_manage(grant: CreatorGrant) -> bool:
    return grants.COMMENT_SCOPES[1] in grant.scopes.split(",")


def sync_creator(grant: CreatorGrant, *, at: datetime) -> int:
    """Read the comments under a connected creator's newest posts; returns how many. Raises PlatformError."""
    if not may_read(grant):
        return 0
    creator = grant.creator
    posts = Post.objects.filter(workspace=creator.workspace, creator=creator).order_by("-posted_at")
    items = list(posts.values_list("item_id", flat=True)[:MOST_POSTS])
    token = grants.fresh_token(grant, at=at)

    async def read(client: TikTok) -> list[PostComment]:
        found: list[PostComment] = []
        account = BusinessId(grant.open_id)
        for item in items:
            rows = await tiktok.gather_list(client.post_comments.each(account, ItemId(item)))
            for row in rows:
                found += [row, *row.shown_replies]
                if (row.replies or 0) > len(row.shown_replies):
                    replies = client.post_comments.replies(account, ItemId(item), row.comment_id)
                    found += await tiktok.gather_list(replies)
        return found

    try:
        found = tiktok.ask_as_creator(grant.connection, token, read)
    except PlatformError as error:
        _note(error.message, at=at, creator=creator)
        raise
    seen = {row.comment_id: _of_post(row) for row in found if row.item_id}
    _write(creator.workspace, list(seen.values()), account=None, at=at)
    _note("", at=at, creator=creator)
    return len(seen)


def _of_post(row: PostComment) -> Seen:
    return Seen(
        comment_id=row.comment_id,
        parent_id=row.parent_id or "",
        item_id=row.item_id or "",
        ad_id="",
        author_id=row.user_id or "",
        author=row.user_name or "",
        text=row.text,
        likes=max(0, row.likes or 0),
        replies=max(0, row.replies or 0),
        written_at=row.written_at,
        is_hidden=row.status == CommentStatus.HIDDEN,
        hit_blocked_word=False,
        is_ours=row.is_owner,
    )


# --- Written ------------------------------------------------------------------------------------------------------


def _write(
    workspace: Workspace, seen: Sequence[Seen], *, account: AdAccount | None, at: datetime
) -> None:
    """Store what was seen; labels, assignments and answers of people stay. New comments are judged first."""
    by_id = {each.comment_id: each for each in seen}
    for first in range(0, len(by_id), ROWS_AT_ONCE):
        _write_some(workspace, list(by_id.values())[first : first + ROWS_AT_ONCE], account, at=at)
    _note_answers(workspace, {each.parent_id for each in seen if each.parent_id}, at=at)


def _write_some(
    workspace: Workspace, seen: list[Seen], account: AdAccount | None, *, at: datetime
) -> None:
    ids = [each.comment_id for each in seen]
    known = set(
        Comment.objects.filter(workspace=workspace, comment_id__in=ids).values_list(
            "comment_id", flat=True
        )
    )
    new = [each for each in seen if each.comment_id not in known]
    judged = dict(
        zip(
            (each.comment_id for each in new),
            learning.judge(workspace, [e.text for e in new]),
            strict=True,
        )
    )
    posts = {
        post.item_id: post
        for post in Post.objects.filter(
            workspace=workspace, item_id__in={each.item_id for each in seen}
        ).select_related("creator")
    }
    ads = (
        {
            ad.ad_id: ad
            for ad in Ad.objects.filter(ad_account=account, ad_id__in={each.ad_id for each in seen})
        }
        if account
        else {}
    )
    own = [_own(each, posts.get(each.item_id)) for each in seen]
    with transaction.atomic():
        Comment.objects.bulk_create(
            [
                _row(workspace, each, judged[each.comment_id], posts, ads, at=at)
                for each in own
                if each.comment_id in judged
            ],
            ignore_conflicts=True,  # another reading was first; its row is the same
        )
        rows = Comment.objects.select_for_update(no_key=True).filter(
            workspace=workspace, comment_id__in=known
        )
        by_id = {each.comment_id: each for each in own}
        changed = []
        for row in rows.order_by("pk"):
            look = by_id[row.comment_id]
            if row.seen_at > at:
                continue  # a newer look, or an act since, says more
            row.likes, row.replies, row.seen_at = look.likes, look.replies, at
            row.is_hidden, row.is_ours = look.is_hidden, look.is_ours or row.is_ours
            row.hit_blocked_word = look.hit_blocked_word or (
                row.hit_blocked_word and not look.ad_id
            )
            row.post = row.post or posts.get(look.item_id)
            row.ad = ads.get(look.ad_id) or row.ad
            changed.append(row)
        Comment.objects.bulk_update(
            changed,
            [
                "likes",
                "replies",
                "seen_at",
                "is_hidden",
                "is_ours",
                "hit_blocked_word",
                "post",
                "ad",
            ],
        )


def _own(seen: Seen, post: Post | None) -> Seen:
    """What the post's own creator wrote is ours, too."""
    is_creators = (
        post is not None and seen.author.lower().lstrip("@") == post.creator.handle.lower()
    )
    return replace(seen, is_ours=seen.is_ours or is_creators)


def _row(
    workspace: Workspace,
    seen: Seen,
    judged: Judgement,
    posts: dict[str, Post],
    ads: dict[str, Ad],
    *,
    at: datetime,
) -> Comment:
    category = rules.category_of(judged.label, judged.confidence, "")
    written_at = seen.written_at or at
    waits = not seen.is_ours and not seen.is_hidden
    waits = waits and rules.wants_answer(category, asks="?" in seen.text)
    return Comment(
        workspace=workspace,
        post=posts.get(seen.item_id),
        ad=ads.get(seen.ad_id),
        likes=seen.likes,
        replies=seen.replies,
        written_at=written_at,
        is_hidden=seen.is_hidden,
        hit_blocked_word=seen.hit_blocked_word,
        is_ours=seen.is_ours,
        label=judged.label,
        confidence=judged.confidence,
        language=judged.language,
        category="" if seen.is_ours else category,
        due_at=rules.due_at(category, written_at, hours=workspace.comment_hours) if waits else None,
        seen_at=at,
        text=seen.text.replace("\x00", ""),
        comment_id=seen.comment_id,
        parent_id=seen.parent_id,
        item_id=seen.item_id,
        **fitted(Comment, author_id=seen.author_id, author=seen.author),
    )


def _note_answers(workspace: Workspace, threads: Iterable[str], *, at: datetime) -> None:
    """Comments under which the brand or the creator has written since are answered; so are requests about them."""
    rows = Comment.objects.filter(workspace=workspace, parent_id__in=list(threads), is_ours=True)
    first: dict[str, datetime] = {}
    for parent_id, written_at in rows.values_list("parent_id", "written_at"):
        first[parent_id] = min(first.get(parent_id, written_at), written_at)
    for comment_id, answered_at in first.items():
        of_thread = Q(comment_id=comment_id) | Q(parent_id=comment_id)
        waiting = Comment.objects.filter(
            of_thread,
            workspace=workspace,
            is_ours=False,
            answered_at=None,
            written_at__lte=answered_at,
        )
        pks = list(waiting.values_list("pk", flat=True))
        Comment.objects.filter(pk__in=pks, answered_at=None).update(answered_at=answered_at)
        ReplyRequest.objects.filter(comment__in=pks, closed_at=None).update(
            closed_at=at, is_answered=True
        )


def _note(
    problem: str,
    *,
    at: datetime,
    ad_account: AdAccount | None = None,
    creator: Creator | None = None,
) -> None:
    told = {"tried_at": at, "problem": problem, **({} if problem else {"read_at": at})}
    whose = {"ad_account": ad_account} if ad_account is not None else {"creator": creator}
    CommentReading.objects.update_or_create(**whose, defaults=told)

"""What a member does about a comment at TikTok: answer, hide, show. Each act is on record before TikTok is asked.

An answer whose reply was lost is looked up in the thread before anybody may answer again; hiding and showing set a
state, so asking again is harmless. A machine hides nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import IntegrityError, transaction

from kindling.comments import rules
from kindling.comments.classify.labels import Category
from kindling.comments.models import Comment, CommentAct, ReplyRequest
from kindling.comments.rules import Speaker
from kindling.comments.sync import may_manage
from kindling.creators import grants
from kindling.creators.models import CreatorGrant
from kindling.errors import (
    ConflictError,
    InvalidInputError,
    NotAllowedError,
    OutcomeUnknownError,
    PlatformError,
)
from kindling.workspaces import tiktok
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, check_again, record, system_actor
from tiktok_business import (
    AdId,
    AdvertiserId,
    BusinessId,
    CommentId,
    CommentStatus,
    IdentityId,
    IdentityType,
    ItemId,
    TikTok,
)

log = logging.getLogger(__name__)
T = TypeVar("T")
CLOCKS_APART = timedelta(minutes=5)
# A list of TikTok's may be as old: until then an answer that is not seen may be there.
LISTED_AFTER = timedelta(minutes=2)
ASK_CREATOR = "Ask the creator to answer it."
WORDS = {
    Speaker.BRAND: "Your own account answers.",
    Speaker.BRAND_ACCOUNT: "Your own account answers.",
    Speaker.CREATOR: "The answer appears in the creator's name: they allow Kindling to answer comments for them.",
    Speaker.ASK_CREATOR: "Only the creator can answer here. Ask them to.",
}


def speaker(comment: Comment) -> Speaker:
    """In whose name this comment can be answered."""
    grant = _grant(comment)
    return rules.speaker_of(
        is_own_post=bool(comment.post and comment.post.creator.is_own),
        has_ad=comment.ad is not None and not comment.ad.is_gone and bool(comment.ad.identity_id),
        identity_type=comment.ad.identity_type if comment.ad else "",
        may_manage=grant is not None and may_manage(grant),
    )


def _grant(comment: Comment) -> CreatorGrant | None:
    creator = comment.post.creator if comment.post else None
    grant: CreatorGrant | None = getattr(creator, "grant", None) if creator else None
    return grant


# --- Answering ----------------------------------------------------------------------------------------------


def reply(actor: Actor, comment: Comment, text: str, *, at: datetime) -> CommentAct:
    """Answer a comment in the name that its post allows (R84).

    raises : NotAllowedError where only the creator may speak; OutcomeUnknownError where the reply of TikTok was lost
        and the thread does not show the answer yet: it is looked up before the next try
    """
    actor.require(Action.ANSWER_COMMENTS)
    text = text.strip()
    if not text or len(text) > rules.MOST_REPLY:
        raise InvalidInputError(
            f"An answer has 1 to {rules.MOST_REPLY:,} characters.",
            next_step="Shorten it.",
            field="text",
        )
    who = speaker(comment)
    if who is Speaker.ASK_CREATOR:
        raise NotAllowedError(
            "TikTok lets only the creator answer under this post.", next_step=ASK_CREATOR
        )
    settle(comment, at=at)
    act = _begin(
        actor, comment, CommentAct(kind=CommentAct.Kind.REPLY, speaker=who, text=text, at=at)
    )
    try:
        number = _send(comment, who, text, at=at)
    except OutcomeUnknownError as error:
        if _look_up(comment, act, at=at):
            act.refresh_from_db()
            return act
        raise OutcomeUnknownError(
            "TikTok did not confirm the answer, and the thread does not show it yet.",
            next_step="Try again in a minute: Kindling looks at the thread before it sends anything.",
            can_retry=True,
        ) from error
    except PlatformError as error:
        _refused(actor, act, error, at=at)
        raise
    _done(actor, act, at=at, reply_id=number or "")
    act.refresh_from_db()
    return act


def _send(comment: Comment, who: Speaker, text: str, *, at: datetime) -> str | None:
    if who is Speaker.BRAND:
        ad = comment.ad
        assert ad is not None  # noqa: S101 - the brand speaks under an ad alone

        async def answer(client: TikTok) -> CommentId | None:
            return await client.comments.reply(
                AdvertiserId(ad.ad_account.advertiser_id),
                CommentId(comment.comment_id),
                text,
                ad_id=AdId(ad.ad_id),
                item_id=ItemId(comment.item_id),
                identity_id=IdentityId(ad.identity_id),
                identity_type=IdentityType(ad.identity_type),
            )

        return tiktok.ask(ad.ad_account, answer)

    async def answer_as_owner(client: TikTok, account: BusinessId) -> CommentId | None:
        return await client.post_comments.reply(
            account, ItemId(comment.item_id), CommentId(comment.comment_id), text
        )

    return _as_owner(comment, answer_as_owner, at=at)


def _as_owner(
    comment: Comment, work: Callable[[TikTok, BusinessId], Awaitable[T]], *, at: datetime
) -> T:
    grant = _grant(comment)
    if grant is None:
        raise NotAllowedError("The creator has disconnected TikTok.", next_step=ASK_CREATOR)
    token = grants.fresh_token(grant, at=at)
    account = BusinessId(grant.open_id)
    return tiktok.ask_as_creator(grant.connection, token, lambda client: work(client, account))


def settle(comment: Comment, *, at: datetime) -> None:
    """Look up an act on the comment whose outcome nobody saw. Raises ConflictError while it stays unknown."""
    act = CommentAct.objects.filter(comment=comment, is_done=None).select_related("by").first()
    if act is None:
        return
    is_old = at - act.at >= LISTED_AFTER or act.kind != CommentAct.Kind.REPLY
    if not _look_up(comment, act, at=at, closes=is_old):
        raise ConflictError(
            "An earlier act on this comment is not settled: TikTok does not show it, or cannot be asked now.",
            next_step="Try again in a few minutes.",
        )


@dataclass(frozen=True, slots=True)
class _Shown:
    """A comment of a thread as TikTok shows it."""

    comment_id: str
    text: str
    written_at: datetime | None
    is_reply: bool
    is_hidden: bool


def _look_up(comment: Comment, act: CommentAct, *, at: datetime, closes: bool = False) -> bool:
    """Settle an act by what TikTok shows. Returns whether it is settled.

    closes : an act that is not to be seen was not carried out; without it, it stays open, as TikTok may be late
    """
    try:
        shown = _thread(comment, at=at)
    except PlatformError as problem:
        log.warning("act %s on a comment was not looked up: %s", act.pk, type(problem).__name__)
        return False
    if act.kind == CommentAct.Kind.REPLY:
        known = set(
            CommentAct.objects.filter(comment__workspace=comment.workspace_id)
            .exclude(reply_id="")
            .values_list("reply_id", flat=True)
        )
        mine = [
            each
            for each in shown
            if each.is_reply
            and _same(each.text, act.text)
            and each.comment_id not in known
            and (each.written_at is None or each.written_at >= act.at - CLOCKS_APART)
        ]
        is_done, number = bool(mine), mine[0].comment_id if mine else ""
    else:
        row = next((each for each in shown if each.comment_id == comment.comment_id), None)
        is_done = row is not None and row.is_hidden == (act.kind == CommentAct.Kind.HIDE)
        number = ""
    actor = _actor_of(comment, act)
    if is_done:
        _done(actor, act, at=at, reply_id=number)
    elif closes:
        CommentAct.objects.filter(pk=act.pk, is_done=None).update(
            is_done=False, problem="TikTok did not carry it out."
        )
    return is_done or closes


def _same(one: str, other: str) -> bool:
    return " ".join(one.split()) == " ".join(other.split())


def _thread(comment: Comment, *, at: datetime) -> list[_Shown]:
    top = CommentId(comment.parent_id or comment.comment_id)
    if comment.ad is not None:
        ad = comment.ad

        async def read(client: TikTok) -> list[_Shown]:
            rows = client.comments.thread(
                AdvertiserId(ad.ad_account.advertiser_id),
                CommentId(comment.comment_id),
                is_reply=bool(comment.parent_id),
                top=top,
            )
            return [
                _Shown(
                    row.comment_id, row.text, row.written_at, bool(row.parent_id),
                    row.status == CommentStatus.HIDDEN,
                )
                for row in await tiktok.gather_list(rows)
            ]  # fmt: skip

        return tiktok.ask(ad.ad_account, read)

    async def read_as_owner(client: TikTok, account: BusinessId) -> list[_Shown]:
        item = ItemId(comment.item_id)
        tops = await tiktok.gather_list(client.post_comments.each(account, item))
        rows = [row for row in tops if row.comment_id == top]
        rows += await tiktok.gather_list(client.post_comments.replies(account, item, top))
        return [
            _Shown(
                row.comment_id, row.text, row.written_at, row.comment_id != top,
                row.status == CommentStatus.HIDDEN,
            )
            for row in rows
        ]  # fmt: skip

    return _as_owner(comment, read_as_owner, at=at)


# --- Hiding and showing -------------------------------------------------------------------------------------


def hide(
    actor: Actor, comment: Comment, *, reason: str, note: str = "", at: datetime
) -> CommentAct:
    """Hide a comment as spam, abuse, personal data or off topic (R88). Criticism is refused: it gets an answer.

    reason : a category; where nobody knew the comment's, it is set to it
    """
    because = rules.why_not_hidden(
        comment.category, reason, hit_blocked_word=comment.hit_blocked_word
    )
    if because:
        raise InvalidInputError(
            because,
            next_step="Set another category first if this one is wrong."
            if comment.category
            else "Choose one of these reasons.",
            field="reason",
        )
    words = rules.LABELS[Category(reason)] + (f": {note.strip()}" if note.strip() else "")
    act = CommentAct(kind=CommentAct.Kind.HIDE, reason=words, at=at)
    made = _set(actor, comment, act, CommentStatus.HIDDEN, at=at)
    if not comment.label_by_person and comment.category != reason:
        Comment.objects.filter(pk=comment.pk, label_by_person="").update(
            label_by_person=reason, label_by=actor.user, category=reason
        )
    return made


def show(actor: Actor, comment: Comment, *, at: datetime) -> CommentAct:
    """Show a hidden comment again."""
    if comment.hit_blocked_word:
        raise ConflictError(
            "A blocked word hides this comment; TikTok lets nobody show it by hand.",
            next_step="Remove the word from the blocked words.",
        )
    act = CommentAct(kind=CommentAct.Kind.SHOW, at=at)
    return _set(actor, comment, act, CommentStatus.PUBLIC, at=at)


def _set(
    actor: Actor, comment: Comment, act: CommentAct, status: CommentStatus, *, at: datetime
) -> CommentAct:
    actor.require(Action.ANSWER_COMMENTS)
    grant = _grant(comment)
    if comment.ad is None and (grant is None or not may_manage(grant)):
        raise NotAllowedError(
            "Comments under a post without ads are hidden by its creator.",
            next_step="Ask the creator.",
        )
    settle(comment, at=at)
    begun = _begin(actor, comment, act)
    try:
        _ask_status(comment, status, at=at)
    except OutcomeUnknownError:
        if not _look_up(comment, begun, at=at, closes=True):
            raise
    except PlatformError as error:
        _refused(actor, begun, error, at=at)
        raise
    else:
        _done(actor, begun, at=at)
    begun.refresh_from_db()
    if not begun.is_done:
        raise PlatformError(
            "TikTok did not carry it out.", next_step="Try again in a minute.", can_retry=True
        )
    return begun


def _ask_status(comment: Comment, status: CommentStatus, *, at: datetime) -> None:
    number = CommentId(comment.comment_id)
    if comment.ad is not None:
        ad = comment.ad

        async def change(client: TikTok) -> None:
            await client.comments.set_status(
                AdvertiserId(ad.ad_account.advertiser_id), [number], status
            )

        tiktok.ask(ad.ad_account, change)
        return

    async def change_as_owner(client: TikTok, account: BusinessId) -> None:
        await client.post_comments.set_status(account, ItemId(comment.item_id), number, status)

    _as_owner(comment, change_as_owner, at=at)


# --- On record ----------------------------------------------------------------------------------------------


def _begin(actor: Actor, comment: Comment, act: CommentAct) -> CommentAct:
    """The act on record, before TikTok is asked. Raises ConflictError while another one on the comment is open."""
    try:
        with transaction.atomic():
            check_again(actor, Action.ANSWER_COMMENTS)
            row = Comment.objects.select_for_update(no_key=True).get(pk=comment.pk)
            if act.kind == CommentAct.Kind.REPLY and _is_there(row, act.text):
                raise ConflictError(
                    "This very answer is on TikTok already.", next_step="Write another, or none."
                )
            if act.kind == CommentAct.Kind.HIDE and row.is_hidden:
                raise ConflictError("This comment is hidden already.", next_step="Nothing to do.")
            if act.kind == CommentAct.Kind.SHOW and not row.is_hidden:
                raise ConflictError("This comment is not hidden.", next_step="Nothing to do.")
            if act.kind == CommentAct.Kind.HIDE and row.category in rules.CRITICISM:
                raise ConflictError(
                    "It was found to be criticism meanwhile, which is not hidden.",
                    next_step="Answer it instead.",
                )
            act.comment, act.by = row, actor.user
            act.save(force_insert=True)
    except IntegrityError:
        raise ConflictError(
            "Something else is being done about this comment.", next_step="Reload the page."
        ) from None
    return act


def _is_there(comment: Comment, text: str) -> bool:
    """Whether a member has answered with these words before: two may have had the page open."""
    done = CommentAct.objects.filter(comment=comment, kind=CommentAct.Kind.REPLY, is_done=True)
    return any(_same(each, text) for each in done.values_list("text", flat=True))


def _done(actor: Actor, act: CommentAct, *, at: datetime, reply_id: str = "") -> None:
    """TikTok carried an act out. Whoever finds it first writes it down."""
    with transaction.atomic():
        done = CommentAct.objects.filter(pk=act.pk, is_done=None).update(
            is_done=True, reply_id=reply_id[:32]
        )
        if not done:
            return
        rows = Comment.objects.filter(pk=act.comment_id)
        if act.kind == CommentAct.Kind.REPLY:
            rows.filter(answered_at=None).update(answered_at=at)
            ReplyRequest.objects.filter(comment=act.comment_id, closed_at=None).update(
                closed_at=at, is_answered=True
            )
        else:
            rows.update(is_hidden=act.kind == CommentAct.Kind.HIDE, seen_at=at)
        record(
            actor, _WORDS[CommentAct.Kind(act.kind)], f"comment {act.comment.comment_id}", at=at, reason=act.reason,
            after={"text": act.text, "speaker": act.speaker} if act.text else None,
        )  # fmt: skip


_WORDS = {
    CommentAct.Kind.REPLY: "answered comment",
    CommentAct.Kind.HIDE: "hid comment",
    CommentAct.Kind.SHOW: "showed comment again",
}


def _refused(actor: Actor, act: CommentAct, error: PlatformError, *, at: datetime) -> None:
    with transaction.atomic():
        CommentAct.objects.filter(pk=act.pk, is_done=None).update(
            is_done=False, problem=error.message[:500]
        )
        record(
            actor, f"tried: {_WORDS[CommentAct.Kind(act.kind)]}", f"comment {act.comment.comment_id}", at=at,
            reason=act.reason, after={"refused": error.message[:200]},
        )  # fmt: skip


def _actor_of(comment: Comment, act: CommentAct) -> Actor:
    actor = system_actor(comment.workspace)
    return replace(actor, user=act.by, label=str(act.by)) if act.by else actor


def why_not_hidden(comment: Comment) -> str:
    """Why nobody may hide this comment, as a sentence; "" where it may be for some reason."""
    reasons = [
        rules.why_not_hidden(comment.category, each, hit_blocked_word=comment.hit_blocked_word)
        for each in rules.HIDEABLE
    ]
    return "" if "" in reasons else reasons[0]

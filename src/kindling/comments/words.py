"""Blocked words of an ad account: TikTok hides comments with them by itself, so none may hide criticism."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from kindling.comments import rules
from kindling.comments.models import BlockedWord, Comment
from kindling.errors import ConflictError, InvalidInputError, OutcomeUnknownError
from kindling.workspaces import tiktok
from kindling.workspaces.models import AdAccount, Workspace
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, check_again, record
from tiktok_business import AdvertiserId, TikTok

MOST_AT_ONCE = 200
MOST_LOOKED_AT = 20_000  # of the newest critical comments


def of_workspace(workspace: Workspace) -> list[BlockedWord]:
    rows = BlockedWord.objects.filter(ad_account__workspace=workspace, ad_account__is_used=True)
    return list(rows.select_related("ad_account", "added_by"))


def read(account: AdAccount, *, at: datetime) -> int:
    """Take over the blocked words as TikTok lists them now; returns how many. Raises PlatformError."""

    async def ask(client: TikTok) -> list[str]:
        rows = client.blocked_words.each(AdvertiserId(account.advertiser_id))
        return await tiktok.gather_list(rows)

    listed = tiktok.ask(account, ask)
    with transaction.atomic():
        _locked(account)
        if BlockedWord.objects.filter(ad_account=account, seen_at__gt=at).exists():
            return len(listed)  # somebody changed them since this list was asked for
        BlockedWord.objects.filter(ad_account=account).exclude(word__in=listed).delete()
        _keep(account, listed, at=at)
    return len(listed)


def add(actor: Actor, account: AdAccount, text: str, *, at: datetime) -> list[str]:
    """Block words, one a line. Raises InvalidInputError for one that would hide criticism."""
    actor.require(Action.ANSWER_COMMENTS)
    words = rules.words_of(text)
    too_long = [word for word in words if len(word) > rules.MOST_WORD]
    if not words or too_long or len(words) > MOST_AT_ONCE:
        raise InvalidInputError(
            f"Write 1 to {MOST_AT_ONCE} words, one a line, each of at most {rules.MOST_WORD} characters.",
            next_step="Correct it, then submit it again.",
            field="words",
        )
    for word, count in _criticism_with(actor.workspace, words).items():
        raise InvalidInputError(
            f"“{word}” would hide criticism: {count:,} comment{'' if count == 1 else 's'} with it "
            f"{'is' if count == 1 else 'are'} criticism.",
            next_step="Choose a word that only spam or abuse has.",
            field="words",
        )
    check_again_now(actor)

    async def ask(client: TikTok) -> None:
        await client.blocked_words.add(AdvertiserId(account.advertiser_id), words)

    tiktok.ask(account, ask)
    with transaction.atomic():
        _locked(account)
        _keep(account, words, at=at, actor=actor)
        record(actor, "blocked words", account.name, at=at, after={"words": words})
    return words


def remove(actor: Actor, account: AdAccount, word: str, *, at: datetime) -> None:
    """Block a word no longer; comments that only it hid are shown again."""
    actor.require(Action.ANSWER_COMMENTS)
    if not BlockedWord.objects.filter(ad_account=account, word=word).exists():
        raise ConflictError("This word is not blocked any more.", next_step="Nothing to do.")
    check_again_now(actor)

    async def ask(client: TikTok) -> None:
        await client.blocked_words.remove(AdvertiserId(account.advertiser_id), [word])

    try:
        tiktok.ask(account, ask)
    except OutcomeUnknownError:
        read(account, at=at)  # the list says whether it is gone
        if BlockedWord.objects.filter(ad_account=account, word=word).exists():
            raise
    with transaction.atomic():
        _locked(account)
        BlockedWord.objects.filter(ad_account=account, word=word).delete()
        record(actor, "unblocked word", account.name, at=at, before={"word": word})


def check_again_now(actor: Actor) -> None:
    with transaction.atomic():
        check_again(actor, Action.ANSWER_COMMENTS)


def _locked(account: AdAccount) -> None:
    AdAccount.objects.select_for_update(no_key=True).get(pk=account.pk)


def _keep(
    account: AdAccount, words: Iterable[str], *, at: datetime, actor: Actor | None = None
) -> None:
    for word in words:
        row, is_new = BlockedWord.objects.get_or_create(
            ad_account=account,
            word=word[: rules.MOST_WORD],
            defaults={"seen_at": at, "added_by": actor.user if actor else None},
        )
        if not is_new:
            BlockedWord.objects.filter(pk=row.pk).update(seen_at=at)


def _criticism_with(workspace: Workspace, words: list[str]) -> dict[str, int]:
    """How many critical comments have each of these words, as TikTok looks for them: whole words, in any case."""
    rows = Comment.objects.filter(
        workspace=workspace, category__in=list(rules.CRITICISM), is_ours=False
    )
    texts = list(rows.order_by("-written_at").values_list("text", flat=True)[:MOST_LOOKED_AT])
    found = {}
    for word in words:
        has = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE).search
        count = sum(has(text) is not None for text in texts)
        if count:
            found[word] = count
    return found

"""Asks TikTok whether posts' music is cleared for places and dates (R44), and keeps its answers for Inventory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from kindling.authorizations.models import Binding
from kindling.clock import now
from kindling.errors import PlatformError
from kindling.kit.fitting import fitted
from kindling.launches.models import MusicAnswer, Plan
from kindling.launches.planning import content as contents
from kindling.launches.rules import LOCATIONS
from kindling.workspaces import tiktok
from kindling.workspaces.models import AdAccount
from tiktok_business import (
    AdvertiserId,
    BusinessCenterId,
    IdentityId,
    IdentityType,
    ItemId,
    TikTok,
)

MANY_POSTS = 1_000  # more are not named in a query
KEPT_FOR = timedelta(days=3)  # what Inventory goes by; a plan asks anew
USUAL_COUNTRIES = ("US",)  # as the form of a plan starts


@dataclass(frozen=True, slots=True)
class _Question:
    """One post's music, from when to when, where."""

    item_id: str
    identity_id: str
    identity_type: str
    business_center_id: str | None
    location_ids: Sequence[str]
    start: datetime
    end: datetime


def read(ad_account: AdAccount, content: dict[str, Any]) -> dict[str, str]:
    """TikTok's music_status by item id; a post is missing where TikTok did not answer."""
    questions = []
    tree = contents.Tree(content)
    for ad in tree.ads:
        if not ad["item_id"]:
            continue  # an upload's sound is its own
        group = tree.group(ad)["payload"]
        questions.append(
            _Question(
                item_id=ad["item_id"],
                identity_id=ad["payload"]["identity_id"],
                identity_type=ad["payload"]["identity_type"],
                business_center_id=ad["payload"].get("identity_authorized_bc_id"),
                location_ids=group["location_ids"],
                start=contents.instant(group["schedule_start_time"]),
                end=contents.instant(group["schedule_end_time"]),
            )
        )
    return _read(ad_account, questions, content["countries"])


def read_bound(
    ad_account: AdAccount, bound: Iterable[tuple[str, Binding]], *, start: datetime, end: datetime
) -> dict[str, str]:
    """TikTok's music_status of posts with a binding in the ad account, for the countries it usually advertises in."""
    countries = usual_countries(ad_account)
    questions = [
        _Question(
            item_id=item_id,
            identity_id=binding.identity_id,
            identity_type=binding.identity_type,
            business_center_id=binding.business_center_id or None,
            location_ids=[LOCATIONS[each] for each in countries],
            start=start,
            end=end,
        )
        for item_id, binding in bound
    ]
    return _read(ad_account, questions, countries)


def _read(
    ad_account: AdAccount, questions: Sequence[_Question], countries: Iterable[str]
) -> dict[str, str]:
    found: dict[str, str] = {}
    with tiktok.session(ad_account):
        for question in questions:
            try:
                answer = _read_one(ad_account, question)
            except PlatformError:
                continue  # preflight shows "not known", which blocks; the reason is in the client's log
            for item_id, status in answer.items():
                _keep(ad_account, item_id, countries, status, at=now())
            found |= answer
    return found


def _read_one(ad_account: AdAccount, question: _Question) -> dict[str, str]:
    """The music_status of one post by item id. Raises PlatformError."""

    async def cleared(client: TikTok) -> dict[str, str]:
        answers = await client.identities.music_authorization(
            AdvertiserId(ad_account.advertiser_id),
            IdentityId(question.identity_id),
            IdentityType(question.identity_type),
            ItemId(question.item_id),
            location_ids=question.location_ids,
            start=question.start,
            end=question.end,
            business_center_id=BusinessCenterId(question.business_center_id)
            if question.business_center_id
            else None,
        )
        return {answer.item_id: answer.status for answer in answers}

    return tiktok.ask(ad_account, cleared)


# --- Kept -------------------------------------------------------------------------------------------------------


def usual_countries(ad_account: AdAccount) -> tuple[str, ...]:
    """Where the ad account advertised last, by its newest plan; the plan form's own start before any."""
    newest = Plan.objects.filter(ad_account=ad_account).order_by("-created_at", "-pk").first()
    countries = tuple(newest.content["countries"]) if newest else ()
    known = tuple(each for each in countries if each in LOCATIONS)
    return known or USUAL_COUNTRIES


def kept_answers(
    ad_account: AdAccount,
    *,
    now: datetime,
    good_for: timedelta = KEPT_FOR,
    item_ids: Sequence[str] | None = None,
) -> dict[str, MusicAnswer]:
    """The answers for the usual countries that are still good, by item id. item_ids : only of these, if not many"""
    rows = MusicAnswer.objects.filter(
        ad_account=ad_account,
        countries=_joined(usual_countries(ad_account)),
        asked_at__gt=now - good_for,
    )
    if item_ids is not None and len(item_ids) <= MANY_POSTS:
        rows = rows.filter(item_id__in=item_ids)
    return {row.item_id: row for row in rows}


def _keep(
    ad_account: AdAccount, item_id: str, countries: Iterable[str], status: str, *, at: datetime
) -> None:
    MusicAnswer.objects.update_or_create(
        ad_account=ad_account,
        item_id=item_id,
        countries=_joined(countries),
        defaults=fitted(MusicAnswer, status=status, asked_at=at),
    )


def _joined(countries: Iterable[str]) -> str:
    return " ".join(sorted(set(countries)))[:200]

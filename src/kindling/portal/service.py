"""What a creator sees and does in the portal, gathered from every area. A creator acts here, never a member."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kindling.agreements import service as agreements
from kindling.agreements.models import AgreementVersion, Payable, UsageRight
from kindling.authorizations import service as authorizations
from kindling.authorizations.lifecycle import rules
from kindling.authorizations.models import Authorization, Renewal
from kindling.authorizations.requests import ask as requests
from kindling.authorizations.requests import renewals
from kindling.authorizations.service import Permission
from kindling.briefs import deliverables
from kindling.briefs.drafts import service as drafts
from kindling.briefs.models import Deliverable, Draft
from kindling.comments import requests as reply_requests
from kindling.creators.models import Creator
from kindling.delivery.models import Ad
from kindling.delivery.rules import DELIVERING
from kindling.errors import InvalidInputError, NotFoundError
from kindling.launches import creator_approval
from kindling.launches.models import AdApproval
from kindling.portal.rules import Task, TaskKind, ordered
from kindling.posts.models import Post

MOST_CONSENTS = 200  # of one kind on the page


def tasks(creator: Creator, *, now: datetime) -> list[Task]:
    """What waits for the creator, what is due first on top."""
    found = [
        *(
            Task(TaskKind.AGREEMENT, version.pk, version.agreement.title, None)
            for version in agreements.offered_to(creator)
        ),
        *(
            Task(TaskKind.of_deliverable(row.state), row.pk, row.title, row.due_at)
            for row in deliverables.deliverables_of(creator)
            if row.state in TaskKind.OF_STATES
        ),
        *(
            Task(TaskKind.CODE, row.pk, row.post.caption or row.post.item_id, None)
            for row in requests.requests_to(creator)
        ),
        *(
            Task(
                TaskKind.RENEWAL if renewal.state == Renewal.State.ASKED else TaskKind.EXTEND,
                renewal.pk,
                renewal.authorization.post.caption or renewal.authorization.post.item_id,
                renewal.authorization.paid_until or renewal.authorization.ends_at,
            )
            for renewal in renewals.renewals_for(creator)
        ),
        *(
            Task(TaskKind.AD, row.pk, row.post.caption or row.post.item_id, None)
            for row in creator_approval.waiting_for(creator)
        ),
        *(
            Task(TaskKind.COMMENT, row.pk, row.comment.text, None)
            for row in reply_requests.open_for(creator)
        ),
    ]
    return ordered(found, now=now)


# --- Agreements -------------------------------------------------------------------------------------------------


def find_offer(creator: Creator, pk: int) -> AgreementVersion:
    """A version that waits for this creator's answer. Raises NotFoundError."""
    found = next((each for each in agreements.offered_to(creator) if each.pk == pk), None)
    if found is None:
        raise NotFoundError("There is no open offer here.", next_step="Go back to your list.")
    return found


# --- Content ----------------------------------------------------------------------------------------------------


def find_deliverable(creator: Creator, pk: int) -> Deliverable:
    found = deliverables.deliverables_of(creator).filter(pk=pk).first()
    if found is None:
        raise NotFoundError("This task was not found.", next_step="Go back to your list.")
    return found


def link_post(creator: Creator, row: Deliverable, post: str, *, at: datetime) -> Deliverable:
    """The creator's own post for a task. Raises InvalidInputError for one that is somebody else's."""
    named = re.search(r"tiktok\.com/@([A-Za-z0-9._]+)", post)
    others = Post.objects.filter(workspace=creator.workspace, item_id=drafts.post_named(post))
    is_anothers = others.exclude(creator=creator).exists()
    if is_anothers or (named is not None and named[1].lower() != creator.handle):
        raise InvalidInputError(
            "This post is not yours.",
            next_step="Open your own post in TikTok and copy its link.",
            field="post",
        )
    return drafts.link_post(row, post, by=creator, at=at)


def find_draft(creator: Creator, pk: int) -> Draft:
    """A draft of this creator, with its deliverable. Raises NotFoundError."""
    found = (
        Draft.objects.select_related("deliverable__brief")
        .filter(pk=pk, deliverable__creator=creator)
        .first()
    )
    if found is None:
        raise NotFoundError("This draft was not found.", next_step="Go back to your list.")
    return found


def find_own_post(creator: Creator, item_id: str) -> Post:
    """A post of the creator's. Raises NotFoundError for anybody else's."""
    rows = Post.objects.select_related("creator")
    found = rows.filter(workspace=creator.workspace, creator=creator, item_id=item_id).first()
    if found is None:
        raise NotFoundError("This post is not on record.")
    return found


# --- Ads with my posts ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PostInAds:
    """A post of the creator that ads use or may use: until when, and how many ads run now."""

    post: Post
    permission: Permission
    running: int


def posts_in_ads(creator: Creator, *, now: datetime) -> list[PostInAds]:
    """Every post of the creator that the brand may or might advertise, running ones first."""
    rows = Authorization.objects.filter(
        workspace=creator.workspace,
        post__creator=creator,
        state__in=list(rules.USABLE | rules.LOST),
    )
    running: dict[str, int] = {}
    ads = Ad.objects.filter(
        ad_account__workspace=creator.workspace, post__creator=creator, is_gone=False,
        secondary_status__in=DELIVERING,
    )  # fmt: skip
    for item_id in ads.values_list("item_id", flat=True):
        running[item_id] = running.get(item_id, 0) + 1
    opened = authorizations.opened(creator.workspace, rows.order_by("-ends_at")[:200], now=now)
    found = [PostInAds(each.post, each, running.get(each.post.item_id, 0)) for each in opened]
    return sorted(found, key=lambda each: -each.running)


@dataclass(frozen=True, slots=True)
class AdToApprove:
    """An ad that waits for the creator's approval, as they were asked about it."""

    row: AdApproval
    starts_at: datetime
    ends_at: datetime


def ads_to_approve(creator: Creator) -> list[AdToApprove]:
    """The ads that wait for the creator's approval, the longest first."""
    return [
        AdToApprove(
            row,
            datetime.fromisoformat(row.shown["starts_at"]),
            datetime.fromisoformat(row.shown["ends_at"]),
        )
        for row in creator_approval.waiting_for(creator)
    ]


# --- Money and consents -----------------------------------------------------------------------------------------


def money(creator: Creator) -> list[Payable]:
    """What the brand owes or paid the creator, the newest first. Refunds and goods stand with their sign."""
    return agreements.payables_of(creator)


def consents(creator: Creator) -> dict[str, Any]:
    """Everything the creator agreed to, allowed or refused, with its dates."""
    return {
        "agreements": AgreementVersion.objects.filter(
            agreement__creator=creator, consented_at__isnull=False
        )
        .select_related("agreement")
        .order_by("-consented_at"),
        "rights": UsageRight.objects.filter(creator=creator, superseded_at=None).order_by(
            "-ends_at"
        ),
        "permissions": Authorization.objects.filter(
            workspace=creator.workspace, post__creator=creator
        )
        .exclude(state__in=["not_requested"])
        .select_related("post")
        .order_by("-created_at")[:MOST_CONSENTS],
        "ads": creator_approval.answered_by(creator)[:MOST_CONSENTS],
        "grant": getattr(creator, "grant", None),
    }


def set_language(creator: Creator, language: str) -> Creator:
    if language not in {code for code, _ in creator._meta.get_field("language").choices or ()}:
        raise InvalidInputError(
            "Choose one of the languages.", next_step="English or Español.", field="language"
        )
    Creator.objects.filter(pk=creator.pk).update(language=language)
    creator.language = language
    return creator

"""Use cases of posts: the library, one post in it, and what people set on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from kindling.briefs import deliverables as briefs
from kindling.creators import directory
from kindling.creators import service as creators
from kindling.creators.models import Creator
from kindling.errors import InvalidInputError, NotFoundError
from kindling.kit.fitting import fitted, fitting_id
from kindling.posts import rules
from kindling.posts.models import Post, PostEvidence
from kindling.posts.reading.captions import compare_caption, is_to_compare
from kindling.posts.rules import LANES, NOTES, Lane, LanePolicy
from kindling.products import service as products
from kindling.workspaces.models import Workspace
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, record


@dataclass(frozen=True, slots=True)
class PostFacts:
    """A post as one look at the platform showed it. None and "" mean: this look does not tell."""

    item_id: str
    handle: str
    item_type: str = "VIDEO"
    caption: str | None = None
    status: str = ""
    posted_at: datetime | None = None
    duration_seconds: float | None = None
    is_own: bool = False
    duet_or_stitch_of: str = ""


@transaction.atomic
def note_not_listed(post: Post, *, at: datetime) -> None:
    """Keep that the post's own account does not show it any more; what TikTok said more exactly stays."""
    Post.objects.filter(pk=post.pk, status=rules.PUBLIC).update(status=rules.NOT_LISTED, seen_at=at)
    post.refresh_from_db(fields=["status", "seen_at"])


def note_refusal(workspace: Workspace, item_id: str, because: str, *, at: datetime) -> None:
    """Remember that TikTok refuses a post as an ad for good: it is no longer ready, nor asked a code for."""
    Post.objects.filter(workspace=workspace, item_id=item_id).update(
        refused_because=because, refused_at=at
    )


def forget_refusal(workspace: Workspace, item_id: str) -> None:
    """TikTok has taken the post after all."""
    refused = Post.objects.filter(workspace=workspace, item_id=item_id).exclude(refused_at=None)
    refused.update(refused_because="", refused_at=None)


@transaction.atomic
def allow_again(actor: Actor, post: Post, *, reason: str, at: datetime) -> None:
    """A person overrules a remembered refusal, with a reason: TikTok may be asked again."""
    actor.require(Action.MOVE_LANES)
    if not reason.strip():
        raise InvalidInputError(
            "A reason is required.", next_step="Say what has changed.", field="reason"
        )
    before = {"refused_because": post.refused_because}
    forget_refusal(actor.workspace, post.item_id)
    record(
        actor, "allowed post again", f"post {post.item_id}", at=at, reason=reason.strip(),
        before=before,
    )  # fmt: skip


def record_post(workspace: Workspace, seen: PostFacts, *, source: str, at: datetime) -> Post:
    """The post, made when new and renewed with what this look tells."""
    known = (
        Post.objects.select_related("creator__workspace")
        .filter(workspace=workspace, item_id=seen.item_id)
        .first()
    )
    if known is not None:
        directory.note_handle_seen(known.creator, seen.handle, at=at)
    creator = creators.record_creator(
        workspace,
        handle=_handle_of(seen),
        at=at,
        source=source,
        is_own=seen.is_own,
    )
    skus = list(products.products(workspace))
    if known is None:
        made = Post.objects.create(
            workspace=workspace,
            creator=creator,
            item_id=seen.item_id,
            source=source,
            sku=rules.sku_in_caption(seen.caption or "", skus),
            first_seen_at=at,
            seen_at=at,
            **{"status": rules.NOT_SEEN, **_told(seen)},
        )
        compare_caption(made, at=at)
        return made
    changes = {**_changes(known, seen, skus), "seen_at": at}
    Post.objects.filter(pk=known.pk).update(**changes)
    for name, value in changes.items():
        setattr(known, name, value)
    compare_caption(known, at=at)
    return known


def _told(seen: PostFacts) -> dict[str, Any]:
    """The fields of a post that this look tells."""
    facts = fitted(
        Post,
        item_type=seen.item_type,
        caption=seen.caption,
        status=seen.status,
        posted_at=seen.posted_at,
        duration_seconds=seen.duration_seconds,
    )
    facts["duet_or_stitch_of"] = fitting_id(Post, "duet_or_stitch_of", seen.duet_or_stitch_of)
    return {name: value for name, value in facts.items() if value}


def _changes(post: Post, seen: PostFacts, skus: list[str]) -> dict[str, Any]:
    """The fields of a known post that this look tells otherwise; its SKU where it has none yet."""
    told = _told(seen)
    if not post.sku and seen.caption:
        told["sku"] = rules.sku_in_caption(seen.caption, skus)
    return {name: value for name, value in told.items() if getattr(post, name) != value}


def _handle_of(seen: PostFacts) -> str:
    return creators.handle_or(f"post.{seen.item_id}", seen.handle)


def record_posts(
    workspace: Workspace, looks: Sequence[PostFacts], *, source: str, at: datetime
) -> list[Post]:
    """The posts of a whole listing in its order: `record_post` of each, but those as known in one write together."""
    items = [seen.item_id for seen in looks]
    rows = Post.objects.select_related("creator__workspace").filter(
        workspace=workspace, item_id__in=items
    )
    known = {post.item_id: post for post in rows}
    locked = briefs.approved_captions(workspace, items)
    skus = list(products.products(workspace))
    found, same = [], set()
    for seen in looks:
        post = known.get(seen.item_id)
        if post is not None and _is_as_known(post, seen, skus, locked=locked.get(post.item_id, "")):
            same.add(post.pk)
            post.seen_at = at
        else:
            post = record_post(workspace, seen, source=source, at=at)
            known[post.item_id] = post
        found.append(post)
    Post.objects.filter(pk__in=same).update(seen_at=at)
    return found


def _is_as_known(post: Post, seen: PostFacts, skus: list[str], *, locked: str) -> bool:
    """Whether this look tells nothing new of the post, its creator or its caption."""
    if _handle_of(seen) != post.creator.handle or _changes(post, seen, skus):
        return False
    if seen.is_own and not post.creator.is_own:
        return False
    return not is_to_compare(post, locked=locked)


@transaction.atomic
def record_linked_post(creator: Creator, item_id: str, *, source: str, at: datetime) -> Post:
    """A post that people named, in the library before any list of TikTok's tells of it. Safe to run again."""
    known = Post.objects.filter(workspace=creator.workspace, item_id=item_id).first()
    if known is None:
        seen = PostFacts(item_id=item_id, handle=creator.handle)
        return record_post(creator.workspace, seen, source=source, at=at)
    compare_caption(known, at=at)
    return known


# --- Library ----------------------------------------------------------------------------------------


def library(workspace: Workspace, *, lane: str = "") -> QuerySet[Post]:
    """Posts with their creator and their newest organic counters, newest post first."""
    found = Post.objects.filter(workspace=workspace).select_related("creator")
    if lane:
        if lane not in LANES:
            raise InvalidInputError(
                f"{lane!r} is not a status.", next_step=f"Use one of {', '.join(LANES)}."
            )
        found = found.filter(lane=lane)
    return found.order_by("-posted_at", "-pk")


def matching(posts: QuerySet[Post], search: str, *, workspace: Workspace) -> QuerySet[Post]:
    """Those of the workspace's posts whose creator's handle, id or SKU is searched for; all of them for ""."""
    word = search.strip().lstrip("@")
    if not word:
        return posts
    # Creators and products are few beside posts: found first, so that no comparison runs over all of them.
    named = Creator.objects.filter(workspace=workspace, handle__icontains=word).values("pk")
    is_found = Q(creator__in=named)
    if word.isdigit():  # as every post id is
        is_found |= Q(item_id__startswith=word)
    if word.lower() in {sku.lower() for sku in products.products(workspace)}:
        is_found |= Q(sku__iexact=word)
    return posts.filter(is_found)


def lane_counts(workspace: Workspace) -> dict[str, int]:
    """How many posts stand in each lane."""
    rows = Post.objects.filter(workspace=workspace).values_list("lane").annotate(count=Count("pk"))
    return dict(rows.order_by())


def library_rows(workspace: Workspace, *, lane: str = "") -> list[dict[str, Any]]:
    """The library as plain rows, for `--json`, the API and exports."""
    return [library_row(post) for post in library(workspace, lane=lane)]


def library_row(post: Post) -> dict[str, Any]:
    """One post of `library` as a plain row."""
    return {
        "item_id": post.item_id,
        "handle": post.creator.handle,
        "is_own": post.creator.is_own,
        "item_type": post.item_type,
        "status": post.status,
        "posted_at": post.posted_at.isoformat() if post.posted_at else None,
        "sku": post.sku or None,
        "views": post.views,
        "lane": post.lane,
        "lane_reason": post.lane_reason,
        "chance": post.chance,
        **{name: getattr(post, name) for name in NOTES if name != "sku"},
    }


def evidence_row(post: Post) -> dict[str, Any]:
    """What the last look says of a post's chance, as plain data. None: not known."""
    found: PostEvidence | None = getattr(post, "evidence", None)
    return {
        "item_id": post.item_id,
        "chance": found.chance if found else None,
        "returned": found.returned if found else None,
        "returned_low": found.returned_low if found else None,
        "returned_high": found.returned_high if found else None,
        "learnt_from": found.learnt_from if found else None,
        "views": found.views if found else None,
        "snapshot_at": found.snapshot_at.isoformat() if found and found.snapshot_at else None,
        "at": found.at.isoformat() if found else None,
        "signals": found.signals if found else {},
    }


def signals_of(post: Post) -> list[dict[str, Any]]:
    """The signals of a post as its page shows them; what is not known of one is None."""
    row: PostEvidence | None = getattr(post, "evidence", None)
    nothing = dict.fromkeys(("count", "of", "rate", "low", "high", "typical"))
    told = row.signals if row else {}
    return [
        {**nothing, **told[name], "label": label}
        for name, label in rules.SIGNALS.items()
        if name in told
    ]


def find_post(workspace: Workspace, item_id: str) -> Post:
    post = (
        Post.objects.select_related("creator").filter(workspace=workspace, item_id=item_id).first()
    )
    if post is None:
        raise NotFoundError(
            f"Post {item_id} is not in the library.",
            next_step="Add its video code, or connect the creator.",
        )
    return post


def notes_of(post: Post) -> dict[str, str]:
    """What is written on a post, by name of `NOTES`."""
    return {name: getattr(post, name) for name in NOTES}


def lacks_views(policy: LanePolicy, *, now: datetime) -> Q:
    """Posts an ads-only test is proposed for: `rules.wants_ads_only_test` as a condition of the database."""
    return Q(
        lane=Lane.ORGANIC_TEST,
        status=rules.PUBLIC,
        posted_at__lte=now - rules.LONG_ENOUGH,
        views__lt=policy.min_views,
    )


@transaction.atomic
def set_notes(actor: Actor, post: Post, values: Mapping[str, str], *, at: datetime) -> None:
    """Write on a post what whoever launches it should know: some of `NOTES`, but for the SKU.

    raises : InvalidInputError for a landing page that is no https address
    """
    actor.require(Action.MOVE_LANES)
    told = {name: values[name].strip() for name in NOTES if name in values and name != "sku"}
    address = told.get("landing_url", "")
    if address and (not address.startswith("https://") or not urlsplit(address).hostname):
        raise InvalidInputError(
            f"{address[:80]!r} is no https address.",
            next_step="Write the whole address, starting with https://.", field="landing_url",
        )  # fmt: skip
    held = Post.objects.select_for_update(no_key=True).get(pk=post.pk)
    before = {name: getattr(held, name) for name in told}
    if before == told:
        return
    Post.objects.filter(pk=post.pk).update(**told)
    for name, text in told.items():
        setattr(post, name, text)
    record(actor, "noted on post", post.item_id, at=at, before=before, after=told)


@transaction.atomic
def set_sku(actor: Actor, post: Post, sku: str, *, at: datetime) -> None:
    actor.require(Action.MOVE_LANES)
    if sku:
        products.require_product(actor.workspace, sku)
    before, post.sku = post.sku, sku
    post.save(update_fields=["sku"])
    record(actor, "tagged post", post.item_id, at=at, before={"sku": before}, after={"sku": sku})
